"""`liansuo points`: the daily jobs, corrections by hand, and what points_offers.py and points_quotas.py add."""

import time
from typing import Annotated

import typer

from application.loyalty.adjust_points import AdjustPoints, PointsAdjusted, adjust_points
from application.loyalty.expire_points import LOTS_AT_ONCE_MAX, ExpirePoints, expire_points
from application.loyalty.remind_points import RemindPoints, remind_points
from application.ports.kernel import UnitOfWork
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import notes, progress
from entrypoints.cli.points_holds import capture, hold, release
from entrypoints.cli.points_offers import offers_commands
from entrypoints.cli.points_pools import pool
from entrypoints.cli.points_quotas import quotas_commands
from entrypoints.cli.request_ids import request_id_of

points = typer.Typer(
    help="Points: what earns them, what they are good for, holds, expiry, reminders, corrections by hand.",
    no_args_is_help=True,
)

points.command()(hold)
points.command()(capture)
points.command()(release)
points.add_typer(pool, name="pool")


@points.command()
def expire(
    on: Annotated[
        str,
        typer.Option("--on", metavar="DATE", help="Business date of the run; default: the day begun in every store."),
    ] = "",
    at_once: Annotated[
        int, typer.Option("--lots", min=1, max=LOTS_AT_ONCE_MAX, help="Lots in each transaction.")
    ] = LOTS_AT_ONCE_MAX,
    database: DatabaseOption = None,
) -> None:
    """Take points that have expired out of members' balances; run it daily. An interrupted run carries on.

    Tills refuse expired points by their date without it.
    """
    members = lots = taken = 0
    day, token = on, ""
    began = time.monotonic()
    with opened(database) as chain, progress() as step:
        advance = step("Lots expired", None)
        while True:
            batch = chain.write(expire_points, ExpirePoints(day, at_once, token))
            members, lots, taken = members + batch.members, lots + batch.lots, taken + batch.points
            advance(batch.lots)
            # The whole run is booked on one day, midnight or not.
            day, token = batch.on, batch.next_page_token
            if not token:
                break
    rate = round(members / max(time.monotonic() - began, 0.001))
    notes.print(
        f"{taken:,} points in {lots:,} lots of {members:,} members have expired by {day}; {rate:,} members a second.",
        markup=False,
    )


@points.command()
def remind(database: DatabaseOption = None) -> None:
    """Announce whose points expire soon, one event for each member, date and notice; run it daily.

    The setting points_reminder_days says how many days before. However often it runs, nobody is told twice.
    """
    members = told = 0
    with opened(database) as chain, progress() as step:
        advance = step("Members told", None)
        more = True
        while more:
            batch = chain.write(remind_points, RemindPoints())
            members, told, more = members + batch.members, told + batch.points, batch.more
            advance(batch.members)
    notes.print(f"{members:,} notices: {told:,} points expire soon. `liansuo relay` delivers them.", markup=False)


@points.command()
def adjust(
    member: Annotated[str, typer.Argument(help="Number, phone, card or code of the member.")],
    number: Annotated[int, typer.Argument(metavar="POINTS", help="Points to give; to take some: -- MEMBER -100.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays with the adjustment.")],
    store: Annotated[str, typer.Option("--store", help="Where it is booked, by its code.")] = "",
    request: Annotated[
        str, typer.Option("--request-id", help="UUID: the same one again changes nothing; an approval names it.")
    ] = "",
    approval: Annotated[
        str, typer.Option("--approval", help="Token of another person's approval, beyond points_adjust_max.")
    ] = "",
    database: DatabaseOption = None,
) -> None:
    """Give a member points by hand, or take some, with a reason; booked against promotion expense."""
    request_id = request_id_of(request)
    done: list[PointsAdjusted] = []

    def adjust_once(uow: UnitOfWork, command: AdjustPoints) -> PointsAdjusted:
        done.append(adjust_points(uow, command))
        return done[-1]

    with opened(database) as chain:
        new = chain.once(adjust_once, AdjustPoints(member, number, reason, store, approval), request_id=request_id)
    if new:
        made = done[-1]
        notes.print(
            f"Adjustment {made.adjustment_id}: {made.points:+,} points for {made.member_number}, who has"
            f" {made.points_balance:,} now.",
            markup=False,
        )
    else:
        notes.print(f"Request {request_id} was done before; nothing has changed.", markup=False)


points.registered_commands += offers_commands.registered_commands + quotas_commands.registered_commands
