"""`liansuo points hold`, `capture` and `release`: points for something that is not paid for yet."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import typer

from application.loyalty.hold_points import (
    DAYS_MAX,
    CapturePoints,
    HoldPoints,
    ReleasePoints,
    capture_points,
    hold_points,
    release_points,
)
from application.loyalty.views import PointsHeld
from application.ports.kernel import UnitOfWork
from entrypoints.cli.database import DatabaseOption
from entrypoints.cli.once import done_once
from entrypoints.cli.output import notes
from entrypoints.cli.request_ids import RequestOption

HoldArgument = Annotated[int, typer.Argument(metavar="HOLD_ID", help="Id of the hold, as `points hold` told it.")]


def hold(
    member: Annotated[str, typer.Argument(help="Number, phone, card or code of the member.")],
    number: Annotated[int, typer.Argument(metavar="POINTS", min=1, help="Points to hold.")],
    reference: Annotated[str, typer.Option("--for", help="What they are held for, e.g. the number of an order.")],
    minutes: Annotated[int, typer.Option("--minutes", min=1, max=DAYS_MAX * 1_440, help="For how long.")] = 60,
    store: Annotated[str, typer.Option("--store", help="Code of the store where it happens.")] = "",
    request: RequestOption = "",
    database: DatabaseOption = None,
) -> None:
    """Hold points of a member: nobody else can spend them until they are captured, released or the time is over."""
    asked = HoldFor(member, number, reference, minutes, store)
    held = done_once(hold_for, asked, request=request, database=database)
    if held is not None:
        until_text = f"{held.expires_at:%Y-%m-%d %H:%M} UTC"
        notes.print(
            f"Hold {held.hold_id}: {held.points:,} points of {held.member_number} until {until_text}.", markup=False
        )


def capture(
    hold_id: HoldArgument,
    number: Annotated[int, typer.Option("--points", min=0, help="How many of them pay; 0 for all.")] = 0,
    request: RequestOption = "",
    database: DatabaseOption = None,
) -> None:
    """Pay with points that are held, for what is sold elsewhere; the others are released."""
    held = done_once(capture_points, CapturePoints(hold_id, number), request=request, database=database)
    if held is not None:
        notes.print(
            f"Hold {held.hold_id}: {held.captured_points:,} points captured, {held.released_points:,} released;"
            f" {held.member_number} has {held.points_balance:,} now.",
            markup=False,
        )


def release(hold_id: HoldArgument, request: RequestOption = "", database: DatabaseOption = None) -> None:
    """Give points that are held back to their member."""
    held = done_once(release_points, ReleasePoints(hold_id), request=request, database=database)
    if held is not None:
        notes.print(f"Hold {held.hold_id}: {held.released_points:,} points released.", markup=False)


@dataclass(frozen=True, slots=True)
class HoldFor:
    """What was asked for: the same again is the same request, though its minutes would end later."""

    member_key: str
    points: int
    reference: str
    minutes: int
    store_code: str


def hold_for(uow: UnitOfWork, asked: HoldFor) -> PointsHeld:
    """Holds points from now on for so many minutes."""
    until = uow.now.replace(microsecond=0) + timedelta(minutes=asked.minutes)
    return hold_points(uow, HoldPoints(asked.member_key, asked.points, asked.reference, until, asked.store_code))
