"""Draws, tickets and plays of the tests about them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from application.marketing.play_draw import PlayDraw, Played, play_draw
from application.marketing.publish_draw import PublishDraw, publish_draw
from application.marketing.put_draw import PutDraw, put_draw
from application.marketing.queries import GetDraw, ListPlays, get_draw, list_plays
from application.marketing.tickets import GrantTickets, grant_tickets
from application.marketing.verify_draw import Difference, VerifyDraw, verify_draw
from application.membership.register_member import RegisterMember, register_member
from domain.identity.organisation import SYSTEM, Caller
from domain.marketing.draw import LuckyDraw, Prize, PrizeKind
from tests.world import MEMBER, OPENING, World

OTHER = "13900139009"
"""A second member."""
END = datetime(2026, 12, 1, tzinfo=UTC)


def goods(code: str = "MUG1", *, number: int = 3, chance: int = 1_000_000, sku: str = "MUG", pieces: int = 1) -> Prize:
    kind = PrizeKind.GOODS
    return Prize(code, kind, "A mug", "马克杯一个", number, chance, value_minor=5_000, sku=sku, pieces=pieces)


def points(code: str = "P500", *, number: int = 3, chance: int = 1_000_000, count: int = 500) -> Prize:
    return Prize(code, PrizeKind.POINTS, "Points", "积分", number, chance, value_minor=500, points=count)


def coupon(code: str = "C10", batch: str = "SUMMER", *, number: int = 3, chance: int = 1_000_000) -> Prize:
    kind = PrizeKind.COUPON
    return Prize(code, kind, "A coupon", "优惠券", number, chance, value_minor=1_000, coupon_batch_code=batch)


def thanks(*, chance: int = 0) -> Prize:
    return Prize("THANKS", PrizeKind.NOTHING, "Thank you", "谢谢参与", chance_ppm=chance)


def draw(*prizes: Prize, code: str = "XMAS", **terms: Any) -> LuckyDraw:
    period = {"from_at": OPENING, "until_at": END, **terms}
    return LuckyDraw(code, "Christmas draw", "圣诞抽奖", "CNY", prizes=prizes, **period)


def put(world: World, terms: LuckyDraw) -> None:
    world.do(put_draw, PutDraw(terms))


def published(world: World, *prizes: Prize, code: str = "XMAS", **terms: Any) -> LuckyDraw:
    """A draw that is open now."""
    made = draw(*prizes, code=code, **terms)
    put(world, made)
    world.do(publish_draw, PublishDraw(code))
    return made


def grant(world: World, count: int = 1, member: str = MEMBER, code: str = "XMAS") -> list[int]:
    command = GrantTickets(code, member, count, "Opening", "S1")
    return list(world.do(grant_tickets, command).ticket_ids)


def play(world: World, member: str = MEMBER, code: str = "XMAS", *, caller: Caller | None = None) -> Played:
    played: Played = world.do(play_draw, PlayDraw(code, member), caller or world.s1)
    return played


def over(world: World) -> None:
    """The draw has ended, and its seed may be seen."""
    world.clock.now = END + timedelta(minutes=1)


def verified(world: World, code: str = "XMAS", *, page_size: int = 0) -> tuple[int, Difference | None]:
    """How many plays are as they should be, page after page, and the first difference."""
    total, token = 0, ""
    while True:
        found = world.ask(verify_draw, VerifyDraw(code, page_size, token))
        total += found.verified
        token = found.next_page_token
        if not token:
            return total, found.difference


def plays(world: World, code: str = "XMAS", caller: Caller = SYSTEM) -> list[Any]:
    return list(world.ask(list_plays, ListPlays(code, page_size=500), caller).plays)


def left(world: World, code: str = "XMAS") -> dict[str, tuple[int, int]]:
    """How many of each prize were given, and how many are left."""
    return {one.code: (one.awarded, one.remaining) for one in world.ask(get_draw, GetDraw(code)).figures}


def second_member(world: World) -> str:
    world.do(register_member, RegisterMember(name="李雷", phone=OTHER, source="till"))
    return OTHER
