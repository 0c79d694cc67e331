"""`liansuo tier`: the programme from a file, members upgraded after their sales, and tiers reviewed."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import BaseModel, ConfigDict

from application.membership.evaluate_tiers import EvaluateTiers, evaluate_tiers
from application.membership.paid_memberships import (
    ListPaidMemberships,
    ReleaseMemberships,
    list_paid_memberships,
    release_memberships,
)
from application.membership.review_tiers import ReviewTiers, review_tiers
from application.membership.tier_programme import (
    GetTierProgramme,
    PutTierProgramme,
    get_tier_programme,
    put_tier_programme,
)
from application.paging import PAGE_SIZE_MAX
from application.tier_entries import TierChange
from domain.membership.tier import TierProgramme
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.documents import read_document
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, rows_of, show

FILE_BYTES_MAX: Final = 100_000

tier = typer.Typer(help="Tiers of members: the programme, upgrades, and the review.", no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(help="YAML or JSON with `programme`.", exists=True, dir_okay=False)]

TIERS: Final = (
    Column("code", "Tier"),
    Column("name_en", "Name"),
    Column("name_zh", "名称"),
    Column("spend_minor", "Spend", Kind.MONEY),
    Column("visits", "Visits", Kind.COUNT),
    Column("points", "Points", Kind.COUNT),
    Column("score", "Score", Kind.COUNT),
    Column("all_of", "All of them"),
)
MEMBERSHIPS: Final = (
    Column("membership_id", "Membership"),
    Column("plan_code", "Plan"),
    Column("tier", "Tier"),
    Column("starts_on", "From"),
    Column("ends_on", "Until"),
    Column("units", "Periods", Kind.COUNT),
    Column("ended", "Ended"),
    Column("sale_id", "Sale"),
    Column("currency", "Currency"),
    Column("value_left_minor", "Value left", Kind.COUNT),
)
CHANGES: Final = (Column("from_tier", "From"), Column("to_tier", "To"), Column("members", "Members", Kind.COUNT))


class ProgrammeFile(BaseModel):
    """The programme with the fields of the PutTierProgramme request."""

    model_config = ConfigDict(extra="forbid")

    programme: TierProgramme


@tier.command()
def put(file: FileArgument, database: DatabaseOption = None) -> None:
    """Put the programme of the file; the same one again changes nothing."""
    read = read_document(file, ProgrammeFile, bytes_max=FILE_BYTES_MAX)
    with opened(database) as chain:
        done = chain.write(put_tier_programme, PutTierProgramme(read.programme))
    notes.print(
        f"Version {done.version} {'is in force now' if done.changed else 'was in force already'}.", markup=False
    )


@tier.command("show")
def show_programme(database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show the tiers of the programme in force with what each takes."""
    with opened(database) as chain:
        found = chain.read(get_tier_programme, GetTierProgramme())
    programme = found.programme
    rows = rows_of(TIERS, programme.tiers)
    note = (
        f"Counted: {programme.window} ({programme.window_days} days where rolling). Valid: {programme.review_days} "
        f"days, {programme.grace_days} of grace. Downgrade: {programme.downgrade}."
    )
    show(Figures(f"Tiers, version {found.version}", TIERS, rows, currency=programme.currency, note=note), form)


@tier.command()
def evaluate(
    since: Annotated[
        str, typer.Option("--since", metavar="DATE", help="Business date from which on; default: seven days ago.")
    ] = "",
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="As of this day; default: today.")] = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Upgrade members who have bought enough; run it as often as upgrades should come. Again, it changes nothing."""
    changes: list[TierChange] = []
    members, token = 0, ""
    with opened(database) as chain:
        while True:
            done = chain.write(evaluate_tiers, EvaluateTiers(since, token, on))
            changes += done.changes
            members += done.members
            token = done.next_page_token
            if not token:
                break
            notes.print(f"{members:,} members looked at, {len(changes):,} upgraded so far.", markup=False)
    show(_changed(f"{len(changes):,} members upgraded", changes), form)


@tier.command()
def review(
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="As of this day; default: today.")] = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Review the tiers that have ended, days of grace included; run it daily. It carries on where it was stopped."""
    changes: list[TierChange] = []
    started = reviewed = 0
    with opened(database) as chain:
        while not (done := chain.write(review_tiers, ReviewTiers(on))).finished:
            changes += done.changes
            started += done.started
            reviewed += done.reviewed
            notes.print(f"{reviewed:,} reviewed, {started:,} given their first period so far.", markup=False)
    show(_changed(f"{reviewed:,} members reviewed, {len(changes):,} with another tier now", changes), form)


@tier.command("release")
def release(
    on: Annotated[
        str, typer.Option("--on", metavar="DATE", help="As of this business date; default: the day begun everywhere.")
    ] = "",
    database: DatabaseOption = None,
) -> None:
    """Earn the revenue of paid memberships for the days that are over, and end those that are; run it daily.

    Again, it changes nothing; a run that was stopped carries on.
    """
    moved = ended = 0
    with opened(database) as chain:
        while (done := chain.write(release_memberships, ReleaseMemberships(on))).memberships:
            moved, ended = moved + done.memberships, ended + done.ended
    notes.print(f"{moved:,} paid memberships released up to {done.on}, of which {ended:,} have ended.", markup=False)


@tier.command("memberships")
def list_memberships(
    member: Annotated[str, typer.Argument(metavar="MEMBER", help="Number, phone, card or code of the member.")],
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List the paid memberships of a member; the value left is in minor units."""
    rows: list[list[object]] = []
    token = ""
    with opened(database) as chain:
        while True:
            page = chain.read(list_paid_memberships, ListPaidMemberships(member, PAGE_SIZE_MAX, token))
            rows += rows_of(MEMBERSHIPS, page.memberships)
            token = page.next_page_token
            if not token:
                break
    show(Figures("Paid memberships", MEMBERSHIPS, rows), form)


def _changed(title: str, changes: Iterable[TierChange]) -> Figures:
    """How many members went from which tier to which."""
    counted = Counter((one.from_tier, one.to_tier) for one in changes)
    rows = [[from_tier, to_tier, count] for (from_tier, to_tier), count in sorted(counted.items())]
    return Figures(title, CHANGES, rows)
