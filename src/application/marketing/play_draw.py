"""A member plays a ticket of a lucky draw."""

from dataclasses import dataclass
from typing import Final

from application.fields import optional_code
from application.marketing.awarding import Given, hand_out
from application.marketing.draw_scope import check_here, open_draw
from application.marketing.publish_draw import seed_of_draw
from application.marketing.taking_part import Place, locked_member, place_in
from application.ports.kernel import UnitOfWork
from application.ports.marketing import DrawFigures, MemberPlays, StoredDraw
from application.ports.membership import MemberAccount
from application.scope import store_in_scope
from domain.marketing.draw import LuckyDraw, Prize
from domain.marketing.draw_ledger import DrawPlay, PlayOutcome
from domain.marketing.drawing import Awarded, Drawn, awarded, drawn
from domain.shared.errors import Rejected

CHANNEL_DEFAULT: Final = "store"


class NoTicket(Rejected):
    en = "This member has no ticket of “{code}” that can be played."
    zh = "该会员没有可用的“{code}”抽奖券。"


class PlayedOften(Rejected):
    en = "This member has played “{code}” {plays} times, and may not play more often."
    zh = "该会员已参与“{code}” {plays} 次，达到上限。"


class PlayedOftenToday(Rejected):
    en = "This member has played “{code}” {plays} times today, and may not play more often. Play again tomorrow."
    zh = "该会员今日已参与“{code}” {plays} 次，达到当日上限，请明日再来。"


@dataclass(frozen=True, slots=True)
class PlayDraw:
    draw_code: str
    member_key: str
    store_code: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Played:
    """The result of a play; `prize` is what the member gets, None for nothing at all."""

    play_number: int
    ticket_id: int
    roll_ppm: int
    outcome: PlayOutcome
    prize: Prize | None
    coupon_code: str
    points_balance: int


def play_draw(uow: UnitOfWork, command: PlayDraw) -> Played:
    """Plays the member's oldest ticket: what it wins follows from the seed, the play's number and the ticket.

    Locked are the member, then the draw, then what is handed out: plays of a draw come one after the other, in the
    order of their numbers, and never more of a prize is given than there is. Raises UnknownDraw, DrawNotPublished,
    DrawNotBegun, DrawOver, UnknownStore, StoreClosed, NotHere, NotInChannel, UnknownMember, PlayedOften,
    PlayedOftenToday and NoTicket.
    """
    channel = optional_code(command.channel, field="channel") or CHANNEL_DEFAULT
    uow.refresh()
    found = open_draw(uow, command.draw_code, field="draw_code")
    draw = found.terms
    place = place_in(uow, store_in_scope(uow, command.store_code), field="store_code")
    check_here(uow, draw, place.store, channel, field="store_code")
    member = locked_member(uow, command.member_key)
    _check_often(draw, uow.draws.lock_member(found.draw_id, member.member_id, day=place.on))
    ticket_id = uow.draws.next_ticket(found.draw_id, member.member_id)
    if ticket_id is None:
        raise NoTicket("member_key", code=draw.code)
    figures = uow.draws.lock(found.draw_id)
    return _play(uow, found, figures, member, place, ticket_id=ticket_id, channel=channel)


def _check_often(draw: LuckyDraw, played: MemberPlays) -> None:
    used, today = played.tickets.used, played.plays_on_day
    if draw.plays_per_member_max and used >= draw.plays_per_member_max:
        raise PlayedOften("member_key", code=draw.code, plays=used)
    if draw.plays_per_member_day_max and today >= draw.plays_per_member_day_max:
        raise PlayedOftenToday("member_key", code=draw.code, plays=today)


def _play(
    uow: UnitOfWork,
    found: StoredDraw,
    figures: DrawFigures,
    member: MemberAccount,
    place: Place,
    *,
    ticket_id: int,
    channel: str,
) -> Played:
    draw = found.terms
    number = figures.plays + 1
    seed = seed_of_draw(uow, found.draw_id, found.seed_cipher)
    result = drawn(draw, seed, play_number=number, ticket_id=ticket_id)
    left = figures.prizes[result.position - 1].remaining if result.position else 0
    play_id = uow.new_id()
    prize = draw.prize_at(result.position)
    given = Given(PlayOutcome.WON)
    if prize is not None and left:
        given = hand_out(uow, prize, member, place, play_id=play_id, channel=channel)
    award = awarded(draw, result.position, left=left, can_give=given.outcome)
    play = _row(uow, found, place, result, award, given, number=number, play_id=play_id, ticket_id=ticket_id,
                member_id=member.member_id, left=left, channel=channel)  # fmt: skip
    uow.add(play)
    got = draw.prize_at(award.position)
    if award.taken and got is not None:
        _announce(uow, draw, play, got)
    return Played(number, ticket_id, result.roll_ppm, award.outcome, got, given.coupon_code, member.points_balance)


def _row(
    uow: UnitOfWork,
    found: StoredDraw,
    place: Place,
    result: Drawn,
    award: Awarded,
    given: Given,
    *,
    number: int,
    play_id: int,
    ticket_id: int,
    member_id: int,
    left: int,
    channel: str,
) -> DrawPlay:
    return DrawPlay(
        draw_id=found.draw_id,
        play_number=number,
        play_id=play_id,
        ticket_id=ticket_id,
        member_id=member_id,
        store_id=place.store.store_id,
        caller_id=uow.caller.caller_id,
        staff_id=uow.caller.staff_id,
        channel=channel,
        business_date=place.on,
        played_at=uow.now,
        roll_ppm=result.roll_ppm,
        drawn_position=result.position,
        left_before=left,
        available_milli=given.available_milli,
        outcome=award.outcome,
        prize_position=award.position,
        taken=award.taken,
    )


def _announce(uow: UnitOfWork, draw: LuckyDraw, play: DrawPlay, prize: Prize) -> None:
    uow.publish(
        "PrizeAwarded",
        play.play_id,
        {
            "play_id": play.play_id,
            "draw_code": draw.code,
            "play_number": play.play_number,
            "prize_code": prize.code,
            "kind": prize.kind,
            "member_id": play.member_id,
            "store_id": play.store_id,
            "business_date": play.business_date.isoformat(),
        },
    )
