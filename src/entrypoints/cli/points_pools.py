"""`liansuo points pool`: families that share points."""

from typing import Annotated, Final

import typer

from application.loyalty.pool_points import (
    POINTS_MAX,
    GetPointsPool,
    JoinPointsPool,
    LeavePointsPool,
    PointsPool,
    SetPointsPoolRule,
    TransferPoints,
    get_points_pool,
    join_points_pool,
    leave_points_pool,
    set_points_pool_rule,
    transfer_points,
)
from domain.loyalty.pool import PoolSpending
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.once import done_once
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, show
from entrypoints.cli.request_ids import RequestOption

pool = typer.Typer(help="Pools of points: families hand points on, or pay with them.", no_args_is_help=True)

POOL: Final = (
    Column("member_number", "Member"),
    Column("is_owner", "Owner"),
    Column("points_balance", "Points", Kind.COUNT),
)
OwnerArgument = Annotated[str, typer.Argument(metavar="OWNER", help="Number, phone, card or code of the owner.")]
MemberArgument = Annotated[str, typer.Argument(metavar="MEMBER", help="Number, phone, card or code of the member.")]


@pool.command()
def join(
    owner: OwnerArgument, member: MemberArgument, request: RequestOption = "", database: DatabaseOption = None
) -> None:
    """Take a member into the pool of an owner, who has consented; it begins with the first who joins."""
    _tell(done_once(join_points_pool, JoinPointsPool(owner, member), request=request, database=database))


@pool.command()
def leave(member: MemberArgument, request: RequestOption = "", database: DatabaseOption = None) -> None:
    """Let a member out of their pool with the points that are theirs; an owner who leaves dissolves it."""
    _tell(done_once(leave_points_pool, LeavePointsPool(member), request=request, database=database))


@pool.command()
def rule(
    owner: OwnerArgument,
    spending: Annotated[PoolSpending, typer.Argument(help="Who may pay with the points of all members.")],
    day_max: Annotated[
        int,
        typer.Option("--per-day", min=0, max=POINTS_MAX, help="Points of the others for each member; 0: no bound."),
    ] = 0,
    request: RequestOption = "",
    database: DatabaseOption = None,
) -> None:
    """Say who may pay at a till with the points of all members, who have consented."""
    command = SetPointsPoolRule(owner, spending, day_max)
    _tell(done_once(set_points_pool_rule, command, request=request, database=database))


@pool.command("show")
def show_pool(member: MemberArgument, database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show the pool that a member belongs to, with what each has and who may spend it."""
    with opened(database) as chain:
        found = chain.read(get_points_pool, GetPointsPool(member))
    rows = [
        [one.member_number, "yes" if one.member_number == found.owner_number else "", one.points_balance]
        for one in found.members
    ]
    show(Figures("Pool of points", POOL, rows, note=_words(found)), form)


@pool.command()
def transfer(
    giver: Annotated[str, typer.Argument(metavar="FROM", help="Number, phone, card or code of who gives.")],
    taker: Annotated[str, typer.Argument(metavar="TO", help="The same of who gets.")],
    points: Annotated[int, typer.Argument(metavar="POINTS", min=1, max=POINTS_MAX, help="Points to hand on.")],
    store: Annotated[str, typer.Option("--store", help="Code of the store where it is booked.")] = "",
    request: RequestOption = "",
    database: DatabaseOption = None,
) -> None:
    """Hand points on to another member of the same pool, without a fee; they keep their expiry."""
    command = TransferPoints(giver, taker, points, store)
    made = done_once(transfer_points, command, request=request, database=database)
    if made is not None:
        notes.print(
            f"Transfer {made.transfer_id}: {made.points:,} points; {made.from_member_number} has"
            f" {made.from_balance:,} now, {made.to_member_number} {made.to_balance:,}.",
            markup=False,
        )


def _tell(found: PointsPool | None) -> None:
    if found is not None:
        notes.print(_words(found), markup=False)


def _words(found: PointsPool) -> str:
    if not found.members:
        return "There is no pool."
    day_max = f", {found.points_per_day_max:,} points of the others a day" if found.points_per_day_max else ""
    return (
        f"Pool of {found.owner_number}: {len(found.members)} members; {found.spending} may pay with the points of all"
        f"{day_max}."
    )
