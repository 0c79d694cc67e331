"""Activities and rewards at the command line."""

from pathlib import Path

import pytest

from tests.entrypoints.cli.journeys import Shell
from tests.world import MEMBER

OFFERS = Path(__file__).parents[3] / "docs" / "points.yaml"
REQUEST = "6f1c2a52-6b0c-4e0e-9d55-0f4c8a1b2c3d"


@pytest.fixture
def furnished(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The furnished chain with the offers of the documentation."""
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    assert shell("points", "offer", OFFERS).err == "5 offers put, 5 of them new.\n"
    return shell


@pytest.mark.capability("PTS-02")
def test_an_activity_is_recorded_once_for_a_request(furnished: Shell):
    command = ("points", "record", "CHECK-IN", MEMBER, "--reference", "E1", "--store", "S1", "--request-id", REQUEST)
    assert ": 50 points for " in furnished(*command).err
    assert furnished(*command).err == f"Request {REQUEST} was done before; nothing has changed.\n"
    again = furnished(*command[:-1], REQUEST.replace("6f", "7f"))
    assert (again.code, "counts once" in again.err) == (1, True)
    assert furnished("points", "offer", OFFERS).err == "5 offers put, 0 of them new.\n"
    listed = {row["code"]: row["given_points"] for row in furnished("points", "offers", "--format", "json").json}
    assert listed == {"BIRTHDAY": 0, "CHECK-IN": 50, "FRIEND": 0, "PROFILE": 0, "SHARE": 0}
    assert furnished("check").code == 0


@pytest.mark.capability("PTS-09")
def test_a_reward_is_redeemed_and_cancelled(furnished: Shell, tmp_path: Path):
    file = tmp_path / "rewards.yaml"
    file.write_text(
        "rewards: [{code: MUG50, kind: goods, name_en: A mug, name_zh: 马克杯, points: 50, sku: MUG, pieces: 1}]",
        encoding="utf-8",
    )
    furnished("points", "offer", file)
    furnished("points", "record", "CHECK-IN", MEMBER, "--reference", "E1", "--store", "S1")
    redeemed = furnished("points", "redeem", "MUG50", MEMBER, "--store", "S1")
    assert (redeemed.code, redeemed.err.endswith("who has 0 now.\n")) == (0, True)
    number = redeemed.err.removeprefix("Redemption ").partition(":")[0]
    cancelled = furnished("points", "cancel", number, "--reason", "Chipped")
    assert (cancelled.code, cancelled.err.endswith("has 50.\n")) == (0, True)
    assert furnished("points", "cancel", number, "--reason", "Chipped").code == 1
    assert furnished("check").code == 0
