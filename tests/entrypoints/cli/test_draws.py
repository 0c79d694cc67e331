"""Lucky draws at the command line: from a file to the proof."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from application.identity.regions import PutRegions, put_regions
from application.identity.stores import PutStores, put_stores
from application.identity.views import RegionView, StoreView
from application.marketing.play_draw import PlayDraw, play_draw
from application.marketing.tickets import GrantTickets, grant_tickets
from application.membership.register_member import RegisterMember, register_member
from domain.identity.organisation import StoreStatus
from entrypoints.cli.database import opened, system
from tests.entrypoints.cli.journeys import Shell

ROOT = Path(__file__).parents[3]
THANKS = {"code": "THANKS", "kind": "nothing", "name_en": "Thank you", "name_zh": "谢谢参与"}


def written(folder: Path, **changes: Any) -> Path:
    """A draw that begins in a moment, of which half of the plays win points."""
    now = datetime.now(UTC)
    points = {
        "code": "P5", "kind": "points", "name_en": "Five", "name_zh": "五", "number": 2, "chance_ppm": 1_000_000,
        "value_minor": 5, "points": 5,
    }  # fmt: skip
    terms = {
        "code": "XMAS", "name_en": "Draw", "name_zh": "抽奖", "currency": "CNY",
        "from_at": (now + timedelta(hours=1)).isoformat(), "until_at": (now + timedelta(days=1)).isoformat(),
        "prizes": [points, THANKS], **changes,
    }  # fmt: skip
    file = folder / "draws.json"
    file.write_text(json.dumps({"draws": [terms]}))
    return file


def played(times: int) -> None:
    """A member plays the draw so often, an hour from now."""
    later = datetime.now(UTC) + timedelta(hours=2)
    with opened(None) as chain:
        chain.write(put_regions, PutRegions((RegionView("EAST", "East"),)))
        store = StoreView("S1", "Store", "EAST", "CNY", "Asia/Shanghai", 0, StoreStatus.OPEN)
        chain.write(put_stores, PutStores((store,)))
        chain.write(register_member, RegisterMember(card="C1", source="test"))
        chain.write(grant_tickets, GrantTickets("XMAS", "C1", times, "Test", "S1"))
        for _ in range(times):
            chain.transactor.write(play_draw, PlayDraw("XMAS", "C1", "S1"), caller=system(), now=later)


@pytest.mark.capability("PRM-18")
def test_a_draw_goes_from_its_file_to_its_proof(chain_shell: Shell, anywhere: Path):
    file = written(anywhere)
    assert "XMAS: new draft." in chain_shell("draw", "put", file).err
    assert "XMAS: draft changed." in chain_shell("draw", "put", file).err
    commitment = chain_shell("draw", "publish", "XMAS").out.split()[2]
    shown = chain_shell("draw", "show", "XMAS")
    assert (shown.code, commitment in shown.err, "secret until the end" in shown.err) == (0, True, True)
    played(3)
    rows = chain_shell("draw", "plays", "XMAS", "--format", "json").json
    assert [(row["play_number"], row["outcome"], row["prize_code"]) for row in rows] == [
        (1, "won", "P5"), (2, "won", "P5"), (3, "none_left", "THANKS"),
    ]  # fmt: skip
    figures = chain_shell("draw", "show", "XMAS", "--format", "json").json
    assert [(row["code"], row["awarded"], row["remaining"]) for row in figures] == [
        ("P5", 2, 0),
        ("THANKS", None, None),
    ]
    proof = chain_shell("draw", "verify", "XMAS")
    assert (proof.code, "all 3 plays are as they were drawn" in proof.err) == (0, True)
    assert chain_shell("check").code == 0


@pytest.mark.capability("PRM-18")
def test_a_tampered_play_ends_the_proof_with_1(chain_shell: Shell, anywhere: Path):
    chain_shell("draw", "put", written(anywhere))
    chain_shell("draw", "publish", "XMAS")
    played(3)
    with opened(None) as chain, chain.units.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE draw_plays SET prize_position = 1 WHERE play_number = 3")
    proof = chain_shell("draw", "verify", "XMAS")
    assert proof.code == 1
    assert "2 plays are as they were drawn, but play 3 differs: prize_code is P5, and should be THANKS." in proof.err


def test_the_file_to_start_from_can_be_published(chain_shell: Shell):
    assert chain_shell("draw", "put", ROOT / "docs" / "draws.yaml").code == 0
    assert chain_shell("draw", "publish", "SPRING").code == 0


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"price": 1}, "draws.0.price"),
        ({"prizes": [{**THANKS, "kind": "money"}]}, "draws.0.prizes.0.kind"),
    ],
)
def test_says_what_is_wrong_with_a_file(shell: Shell, anywhere: Path, changes: dict[str, Any], place: str):
    ended = shell("draw", "put", written(anywhere, **changes))
    assert (ended.code, place in ended.err) == (1, True), ended.err
