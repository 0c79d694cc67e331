"""`liansuo points`: what the daily jobs of points do."""

import time
from typing import Annotated

import typer

from application.loyalty.expire_points import ExpirePoints, expire_points
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import notes, progress

points = typer.Typer(help="Let points expire.", no_args_is_help=True)


@points.callback()
def _several() -> None:
    """Commands on the chain's points."""


@points.command()
def expire(
    on: Annotated[
        str,
        typer.Option("--on", metavar="DATE", help="Business date of the run; default: the day begun in every store."),
    ] = "",
    database: DatabaseOption = None,
) -> None:
    """Take points that have expired out of members' balances; run it daily. An interrupted run carries on.

    5,000 lots in each transaction; tills refuse expired points by their date without it.
    """
    members = lots = taken = 0
    day, token = on, ""
    began = time.monotonic()
    with opened(database) as chain, progress() as step:
        advance = step("Lots expired", None)
        while True:
            batch = chain.write(expire_points, ExpirePoints(day, page_token=token))
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
