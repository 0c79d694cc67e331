"""`liansuo import`: what it creates, and that it creates it once."""

import stat
from pathlib import Path

import pytest

from entrypoints.cli import importing
from entrypoints.cli.database import opened
from entrypoints.cli.terminals import read_credentials
from tests.entrypoints.cli.journeys import Shell, three_weeks


@pytest.fixture
def imports(chain_shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell in which the data is a small journey."""
    monkeypatch.setattr(importing, "load", three_weeks)
    return chain_shell


def imported(shell: Shell, *options: str) -> dict[str, tuple[int, int]]:
    ended = shell("import", "complete-journey", "--terminals", "t.json", "--format", "json", *options)
    assert ended.code == 0, ended.err
    return {row["what"]: (row["created"], row["before"]) for row in ended.json}


def stock(shell: Shell) -> dict[str, int]:
    """Inventory and goods received not invoiced, in minor units."""
    rows = shell("report", "trial-balance", "--format", "json").json
    return {row["account_code"]: row["balance_minor"] for row in rows}


def test_creates_the_chain_with_stock_for_the_weeks_played(imports: Shell):
    assert imported(imports) == {
        "stores": (3, 0),
        "terminals": (3, 0),
        "departments": (3, 0),
        "products": (3, 0),
        "members": (2, 0),
        "opening receipts": (4, 0),
    }
    # 70 % of the shelf value. Chips: 9 units for 10.91, received as 5 + 1 + 1 + 2; fuel: 10.597 gallons for 25.00.
    assert stock(imports) == {"1405": 2514, "220202": -2514}
    assert imports("check").code == 0


def test_changes_nothing_the_second_time_and_says_so(imports: Shell, anywhere: Path):
    imported(imports)
    credentials = (anywhere / "t.json").read_bytes()
    books = stock(imports)
    again = imports("import", "complete-journey", "--terminals", "t.json", "--format", "json")
    assert {row["what"]: (row["created"], row["before"]) for row in again.json} == {
        "stores": (0, 3),
        "terminals": (0, 3),
        "departments": (0, 3),
        "products": (0, 3),
        "members": (0, 2),
        "opening receipts": (0, 4),
    }
    assert "Nothing new: everything was imported before." in again.err
    assert stock(imports) == books
    assert (anywhere / "t.json").read_bytes() == credentials


def test_more_weeks_add_their_stock_only(imports: Shell):
    assert imported(imports, "--weeks", "2")["opening receipts"] == (2, 0)
    assert imported(imports)["opening receipts"] == (2, 2)
    assert stock(imports)["1405"] == 2514


def test_credentials_are_for_their_owner_only(imports: Shell, anywhere: Path):
    imported(imports)
    assert stat.S_IMODE((anywhere / "t.json").stat().st_mode) == 0o600
    assert sorted(read_credentials(anywhere / "t.json")) == ["367", "5", "9"]


def test_lost_credentials_are_not_replaced_unasked(imports: Shell, anywhere: Path):
    imported(imports)
    (anywhere / "t.json").unlink()
    refused = imports("import", "complete-journey", "--terminals", "t.json")
    assert refused.code == 3
    assert "--renew-terminals" in refused.err
    assert not (anywhere / "t.json").exists()
    assert imported(imports, "--renew-terminals")["terminals"] == (3, 0)
    assert len(read_credentials(anywhere / "t.json")) == 3


def test_an_interruption_leaves_what_is_done_and_the_next_run_carries_on(
    imports: Shell, anywhere: Path, monkeypatch: pytest.MonkeyPatch
):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(importing, "register_members", interrupted)
        stopped = imports("import", "complete-journey", "--terminals", "t.json")
    assert (stopped.code, stopped.err) == (130, "Stopped. Run the same command again: it carries on.\n")
    assert imported(imports) == {
        "stores": (0, 3),
        "terminals": (0, 3),
        "departments": (0, 3),
        "products": (0, 3),
        "members": (2, 0),
        "opening receipts": (4, 0),
    }


def test_a_missing_package_is_named_with_what_to_install(shell: Shell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    ended = shell("import", "complete-journey")
    assert ended.code == 3
    assert ended.err == (
        "The demonstration data needs the package pyarrow, which is not installed.\n"
        "Run `make demo`, which installs everything, or: pip install 'liansuo[demo]'\n"
    )


def test_a_member_is_found_by_the_households_card(imports: Shell):
    from application.membership.queries import GetMember, get_member

    imported(imports)
    with opened(None) as chain:
        assert chain.read(get_member, GetMember("HH7")).cards == ("HH7",)
