"""Tiers at the command line: the programme that the documentation shows, and the daily runs."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from application.membership.register_member import RegisterMember, register_member
from entrypoints.cli.database import opened
from tests.entrypoints.cli.journeys import Shell

PROGRAMME = Path(__file__).parents[3] / "docs" / "tiers.yaml"


def test_the_documented_programme_is_put_shown_and_run(chain_shell: Shell, anywhere: Path):
    assert "Version 1 is in force now." in chain_shell("tier", "put", PROGRAMME).err
    assert "Version 1 was in force already." in chain_shell("tier", "put", PROGRAMME).err
    rows = chain_shell("tier", "show", "--format", "csv").out.splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["member", "silver", "gold", "platinum"]
    with opened(None) as chain:
        chain.write(register_member, RegisterMember(card="C1", tier="gold"))
    started = chain_shell("tier", "review")
    assert "0 reviewed, 1 given their first period so far." in started.err
    assert "given their first period" not in chain_shell("tier", "review").err
    assert chain_shell("tier", "evaluate", "--format", "csv").out.splitlines() == ["from_tier,to_tier,members"]


def test_what_is_wrong_is_told_with_its_place(chain_shell: Shell, anywhere: Path):
    file = anywhere / "tiers.yaml"
    file.write_text("programme: {currency: CNY, tiers: [{code: gold}]}")
    refused = chain_shell("tier", "put", file)
    assert refused.code == 1
    assert "programme.tiers.0.name_en" in refused.err
    chain_shell("tier", "put", PROGRAMME)
    later = (datetime.now(UTC).date() + timedelta(days=2)).isoformat()
    refused = chain_shell("tier", "review", "--on", later)
    assert refused.code == 1
    assert f"{date.fromisoformat(later)} has not come yet" in refused.err
