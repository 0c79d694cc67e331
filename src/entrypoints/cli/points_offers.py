"""`liansuo points offer, offers, record, redeem, cancel`: activities that earn points, and rewards for them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import BaseModel, ConfigDict

from application.marketing.put_activity import ListActivities, PutActivity, list_activities, put_activity
from application.marketing.put_reward import ListRewards, PutReward, list_rewards, put_reward
from application.marketing.record_activity import ActivityRecorded, RecordActivity, record_activity
from application.marketing.redeem_reward import (
    CancelRedemption,
    RedeemReward,
    RewardRedeemed,
    cancel_redemption,
    redeem_reward,
)
from application.ports.kernel import UnitOfWork
from domain.marketing.activity import Activity
from domain.marketing.reward import Reward
from entrypoints.cli.database import Database, DatabaseOption, opened
from entrypoints.cli.documents import read_document
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, show
from entrypoints.cli.request_ids import RequestOption, request_id_of

FILE_BYTES_MAX: Final = 1_000_000
PAGE_SIZE: Final = 500

offers_commands = typer.Typer()

MemberArgument = Annotated[str, typer.Argument(help="Number, phone, card or code of the member.")]
StoreOption = Annotated[str, typer.Option("--store", help="Where it happens and is booked, by its code.")]

OFFERS: Final = (
    Column("offer", "Offer"),
    Column("code", "Code"),
    Column("kind", "Kind"),
    Column("name_en", "Name"),
    Column("name_zh", "名称"),
    Column("points", "Points", Kind.COUNT),
    Column("from_date", "From"),
    Column("to_date", "To"),
    Column("points_budget", "Budget", Kind.COUNT),
    Column("given_points", "Given", Kind.COUNT),
)


class OfferFile(BaseModel):
    """Activities and rewards with the fields of the requests PutActivity and PutReward."""

    model_config = ConfigDict(extra="forbid")

    activities: list[Activity] = []
    rewards: list[Reward] = []


@offers_commands.command()
def offer(
    file: Annotated[
        Path, typer.Argument(help="YAML or JSON with `activities`, `rewards`.", exists=True, dir_okay=False)
    ],
    database: DatabaseOption = None,
) -> None:
    """Put the activities and rewards of the file, all or none; the same file again changes nothing."""
    read = read_document(file, OfferFile, bytes_max=FILE_BYTES_MAX)
    with opened(database) as chain:
        created = chain.write(_put_all, read)
    count = len(read.activities) + len(read.rewards)
    notes.print(f"{count} offers put, {created} of them new.", markup=False)


@offers_commands.command()
def offers(database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """List the activities that earn points, with what they gave, and the rewards that points are good for."""
    with opened(database) as chain:
        rows = [["activity", *_row(one)] for one in _activities(chain)]
        rows += [["reward", *_row(one)] for one in _rewards(chain)]
    show(Figures("Activities and rewards", OFFERS, rows), form)


@offers_commands.command()
def record(
    code: Annotated[str, typer.Argument(metavar="ACTIVITY", help="Code of the activity.")],
    member: MemberArgument,
    reference: Annotated[str, typer.Option("--reference", help="The event or the link, as the kind wants it.")] = "",
    brought: Annotated[str, typer.Option("--new-member", help="Whom the member brought, as the kind wants it.")] = "",
    store: StoreOption = "",
    request: RequestOption = "",
    database: DatabaseOption = None,
) -> None:
    """Record that a member did an activity, once for what its kind says, and give the points."""
    request_id = request_id_of(request)
    done: list[ActivityRecorded] = []

    def record_once(uow: UnitOfWork, command: RecordActivity) -> ActivityRecorded:
        done.append(record_activity(uow, command))
        return done[-1]

    with opened(database) as chain:
        command = RecordActivity(code, member, reference, brought, store)
        new = chain.once(record_once, command, request_id=request_id)
    if not new:
        notes.print(f"Request {request_id} was done before; nothing has changed.", markup=False)
        return
    made = done[-1]
    notes.print(
        f"Record {made.record_id}: {made.points:,} points for {made.member_number}, who has"
        f" {made.points_balance:,} now.",
        markup=False,
    )


@offers_commands.command()
def redeem(
    code: Annotated[str, typer.Argument(metavar="REWARD", help="Code of the reward.")],
    member: MemberArgument,
    store: StoreOption = "",
    request: RequestOption = "",
    database: DatabaseOption = None,
) -> None:
    """Redeem a member's points for a reward: goods of a store, or a coupon, whose code is printed."""
    request_id = request_id_of(request)
    done: list[RewardRedeemed] = []

    def redeem_once(uow: UnitOfWork, command: RedeemReward) -> RewardRedeemed:
        done.append(redeem_reward(uow, command))
        return done[-1]

    with opened(database) as chain:
        new = chain.once(redeem_once, RedeemReward(code, member, store), request_id=request_id)
    if not new:
        notes.print(f"Request {request_id} was done before; nothing has changed.", markup=False)
        return
    made = done[-1]
    notes.print(
        f"Redemption {made.redemption_id}: {made.points:,} points of {made.member_number}, who has"
        f" {made.points_balance:,} now.",
        markup=False,
    )
    if made.coupon_code:
        print(made.coupon_code)


@offers_commands.command()
def cancel(
    redemption_id: Annotated[int, typer.Argument(metavar="REDEMPTION", help="Number of the redemption.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays with the cancellation.")],
    database: DatabaseOption = None,
) -> None:
    """Undo a redemption of this trading day: the goods are back, or the coupon is not used."""
    with opened(database) as chain:
        made = chain.write(cancel_redemption, CancelRedemption(redemption_id, reason))
    notes.print(f"{-made.points:,} points are back; {made.member_number} has {made.points_balance:,}.", markup=False)


def _put_all(uow: UnitOfWork, file: OfferFile) -> int:
    """How many of them are new."""
    # What has been given is counted, so that a list that was written out can be put again.
    activities = [PutActivity(replace(one, given_points=0)) for one in file.activities]
    created = sum(put_activity(uow, one).created for one in activities)
    return created + sum(put_reward(uow, PutReward(one)).created for one in file.rewards)


def _activities(chain: Database) -> Iterator[Activity]:
    token = ""
    while True:
        page = chain.read(list_activities, ListActivities(PAGE_SIZE, token))
        yield from page.activities
        token = page.next_page_token
        if not token:
            return


def _rewards(chain: Database) -> Iterator[Reward]:
    token = ""
    while True:
        page = chain.read(list_rewards, ListRewards(PAGE_SIZE, token))
        yield from page.rewards
        token = page.next_page_token
        if not token:
            return


def _row(one: Activity | Reward) -> list[Any]:
    return [getattr(one, column.name, 0) for column in OFFERS[1:]]
