"""Members at the command line."""

from pathlib import Path

from application.membership.register_member import RegisterMember, register_member
from entrypoints.cli.database import opened
from tests.entrypoints.cli.journeys import Shell


def test_shows_habits_and_tells_who_is_unknown(chain_shell: Shell, anywhere: Path):
    with opened(None) as chain:
        chain.write(register_member, RegisterMember(card="C1"))
    assert chain_shell("member", "habits", "C1", "--format", "csv").out.splitlines() == [
        "purchases,last_purchase_on,top_category_code,usual_weekday",
        "0,,,0",
    ]
    refused = chain_shell("member", "habits", "C2")
    assert refused.code == 1
    assert "No member has this number" in refused.err
