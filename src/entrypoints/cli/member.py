"""`liansuo member`: files of one person are found, merged, and are two again; copies of what is known, and erasure."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final, TypeVar

import typer

from application.membership.consents import ListConsents, RecordConsent, list_consents, record_consent
from application.membership.erase_member import EraseMember, MemberErased, erase_member
from application.membership.export_member import ExportMember, export_member
from application.membership.find_duplicates import (
    FindDuplicateMembers,
    IndexMembers,
    find_duplicate_members,
    index_members,
)
from application.membership.get_member_habits import GetMemberHabits, get_member_habits
from application.membership.merge_members import (
    MembersMerged,
    MergeMembers,
    UndoMemberMerge,
    merge_members,
    undo_member_merge,
)
from application.paging import PAGE_SIZE_MAX
from application.ports.kernel import UnitOfWork
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.follow_ups import follow_ups
from entrypoints.cli.member_life import lifecycle, lifecycle_counts
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, progress, show
from entrypoints.cli.request_ids import request_id_of

COLUMNS = (
    Column("member_number", "Member"),
    Column("other_number", "Other file"),
    Column("score", "Score of 100", Kind.COUNT),
    Column("alike", "Alike"),
)
CONSENTS: Final = (
    Column("purpose", "Purpose"),
    Column("given", "Given"),
    Column("text_version", "Text in force", Kind.COUNT),
    Column("given_version", "Text agreed to", Kind.COUNT),
    Column("decided_at", "Since"),
)
C = TypeVar("C", MergeMembers, UndoMemberMerge)

member = typer.Typer(
    help="One member: habits, consent, copy, erasure; files of one person, merged and separated.", no_args_is_help=True
)

Reason = Annotated[str, typer.Option("--reason", help="Why; it stays with the merge. No personal data.")]
Request = Annotated[
    str, typer.Option("--request-id", help="UUID: the same one again changes nothing; an approval names it.")
]
Approval = Annotated[
    str, typer.Option("--approval", help="Token of another person's approval, where member_merge_approval asks for it.")
]


HABITS: Final = (
    Column("purchases", "Purchases", Kind.COUNT),
    Column("last_purchase_on", "Last on"),
    Column("top_category_code", "Top category"),
    Column("usual_weekday", "Weekday", Kind.COUNT),
)


@member.command()
def habits(
    member_key: Annotated[str, typer.Argument(help="Number, phone, card or code of the member.")],
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what a member buys most often and on which weekday, from their latest purchases."""
    with opened(database) as chain:
        found = chain.read(get_member_habits, GetMemberHabits(member_key))
    rows = [[getattr(found, column.name) for column in HABITS]]
    note = "Weekday: 1 is Monday, 7 Sunday, 0 unknown. Fewer than 5 purchases show no habit."
    show(Figures("Habits", HABITS, rows, note=note), form)


@member.command()
def consents(
    member_key: Annotated[str, typer.Argument(help="Number, phone, card or code of the member.")],
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what a member consents to, purpose by purpose, and since when they have said so."""
    with opened(database) as chain:
        found = chain.read(list_consents, ListConsents(member_key)).current
    rows = [[getattr(state, column.name) for column in CONSENTS] for state in found]
    show(Figures("Consents", CONSENTS, [[_shown(value) for value in row] for row in rows]), form)


@member.command()
def consent(
    member_key: Annotated[str, typer.Argument(help="Number, phone, card or code of the member.")],
    purpose: Annotated[str, typer.Argument(help="One of the setting consent_purposes.")],
    given: Annotated[int, typer.Option("--given", metavar="VERSION", help="Given to this version of the text.")] = 0,
    withdrawn: Annotated[bool, typer.Option("--withdrawn", help="Withdrawn.")] = False,
    evidence: Annotated[str, typer.Option("--evidence", help="What proves it. No personal data.")] = "",
    guardian: Annotated[bool, typer.Option("--guardian", help="A parent or guardian agreed.")] = False,
    request: Request = "",
    database: DatabaseOption = None,
) -> None:
    """Record that a member gives or withdraws consent for a purpose."""
    if bool(given) == withdrawn:
        raise typer.BadParameter("Say either --given with the version of the text, or --withdrawn.")
    command = RecordConsent(member_key, purpose, bool(given), given, "cli", evidence, guardian)
    with opened(database) as chain:
        chain.once(record_consent, command, request_id=request_id_of(request))
    notes.print(f"{purpose} is {'given' if given else 'withdrawn'}.", markup=False)


@member.command()
def export(
    member_key: Annotated[str, typer.Argument(help="Number, phone, card or code of the member.")],
    database: DatabaseOption = None,
) -> None:
    """Print everything that is held about a member, one JSON object a line; personal data, for nobody else."""
    with opened(database) as chain:
        token = ""
        while True:
            page = chain.read(export_member, ExportMember(member_key, PAGE_SIZE_MAX, token))
            for record in page.records:
                print(record)
            token = page.next_page_token
            if not token:
                break


@member.command()
def erase(
    member_key: Annotated[str, typer.Argument(help="Number, phone, card or code of the member.")],
    reason: Reason,
    give_up: Annotated[bool, typer.Option("--give-up", help="The member gives up points and coupons.")] = False,
    request: Request = "",
    database: DatabaseOption = None,
) -> None:
    """Erase a person for ever: their data and whatever leads to the file go, sales and the books stay."""
    request_id = request_id_of(request)
    done: list[MemberErased] = []
    with opened(database) as chain:
        command = EraseMember(member_key, reason, give_up)
        chain.once(lambda uow, asked: done.append(erase_member(uow, asked)), command, request_id=request_id)
    if not done:
        notes.print(f"Request {request_id} was done before; nothing has changed.", markup=False)
        return
    erased = done[-1]
    notes.print(
        f"Member {erased.member_number} is erased, with {erased.files} files. {erased.points:,} points end today, and"
        f" {erased.coupons:,} coupons are void.",
        markup=False,
    )


@member.command()
def merge(
    survivor: Annotated[str, typer.Argument(help="Number, phone, card or code of the member who stays.")],
    merged: Annotated[str, typer.Argument(help="The same of the file that leads to them from now on.")],
    reason: Reason,
    store: Annotated[str, typer.Option("--store", help="Where it is booked, by its code.")] = "",
    request: Request = "",
    approval: Approval = "",
    database: DatabaseOption = None,
) -> None:
    """Make two files one: keys, points, coupons, stored value and purchases of both are the survivor's."""
    command = MergeMembers(survivor, merged, reason, store, approval)
    if (made := _once(merge_members, command, request, database)) is not None:
        notes.print(
            f"Merge {made.merge_id}: {made.merged_number} leads to {made.survivor_number}, who got {made.points:,}"
            f" points and has {made.points_balance:,} now{_tier(made)}.",
            markup=False,
        )


@member.command()
def unmerge(
    merge_id: Annotated[int, typer.Argument(metavar="MERGE", help="As `liansuo member merge` told it.")],
    reason: Reason,
    request: Request = "",
    approval: Approval = "",
    database: DatabaseOption = None,
) -> None:
    """Make them two again: what came and is left goes back, what was spent since is spent."""
    command = UndoMemberMerge(merge_id, reason, approval)
    if (made := _once(undo_member_merge, command, request, database)) is not None:
        notes.print(
            f"Merge {made.merge_id} is undone: {made.merged_number} stands for itself and has {made.points:,} points"
            f" back, {made.survivor_number} has {made.points_balance:,} now{_tier(made)}.",
            markup=False,
        )


@member.command()
def duplicates(
    member_key: Annotated[
        str, typer.Argument(metavar="[MEMBER]", help="Number, phone, card or code; without it all members.")
    ] = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List pairs of members who may be one person: the same e-mail counts 60 of 100, the same name and birthday 40.

    Members of before digests were kept are taken into the index first.
    """
    found: list[tuple[object, ...]] = []
    with opened(database) as chain, progress() as step:
        advance = step("Members looked at", None)
        after: int | None = 0
        while after is not None:
            indexed = chain.write(index_members, IndexMembers(after))
            advance(indexed.members)
            after = indexed.next
        token = ""
        while True:
            page = chain.read(find_duplicate_members, FindDuplicateMembers(member_key, PAGE_SIZE_MAX, token))
            found += [
                (pair.member_number, pair.other_number, pair.score, ", ".join(pair.alike)) for pair in page.duplicates
            ]
            token = page.next_page_token
            if not token:
                break
    show(Figures("Members who may be one person", COLUMNS, found), form)


member.command()(lifecycle)
member.command()(lifecycle_counts)
member.add_typer(follow_ups, name="follow-ups")


def _once(
    use_case: Callable[[UnitOfWork, C], MembersMerged], command: C, request: str, database: DatabaseOption
) -> MembersMerged | None:
    request_id = request_id_of(request)
    done: list[MembersMerged] = []

    def run(uow: UnitOfWork, asked: C) -> MembersMerged:
        done.append(use_case(uow, asked))
        return done[-1]

    with opened(database) as chain:
        if chain.once(run, command, request_id=request_id):
            return done[-1]
    notes.print(f"Request {request_id} was done before; nothing has changed.", markup=False)
    return None


def _shown(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, datetime) else value or ""


def _tier(made: MembersMerged) -> str:
    return f", tier {made.tier}" if made.tier else ""
