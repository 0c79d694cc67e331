"""Checks of the terms of a lucky draw: what is published must be whole, possible and allowed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from application.fields import (
    Missing,
    NamedTwice,
    at_most,
    in_order,
    named_once,
    required_code,
    required_name,
    within,
)
from domain.marketing.draw import CHANCES_PPM, LuckyDraw, Prize, PrizeKind
from domain.shared.errors import Invalid
from domain.shared.money import AMOUNT_MINOR_MAX, minor_digits

PRIZES_MAX: Final = 50
PLACES_MAX: Final = 1_000
NUMBER_MAX: Final = 1_000_000_000
PIECES_MAX: Final = 1_000_000
POINTS_MAX: Final = 1_000_000_000
PLAYS_MAX: Final = 1_000_000
TICKETS_AT_ONCE_MAX: Final = 100
"""Tickets that one sale, one check-in or one grant brings at most: each of them is a row."""


class ChancesBeyondAll(Invalid):
    en = "The chances sum to {sum_ppm} parts per million; they must not pass {chances_ppm}. Lower some of them."
    zh = "各奖项中奖概率之和为百万分之 {sum_ppm}，不得超过 {chances_ppm}，请调低。"


class NotOfThisKind(Invalid):
    en = "A prize of kind “{kind}” does not read this field. Leave it empty."
    zh = "“{kind}”类奖项不使用此字段，请留空。"


class NoZone(Invalid):
    en = "This time says no time zone. Write it with its offset, e.g. 2026-12-01T00:00:00+08:00."
    zh = "此时间没有时区，请注明偏移量，例如 2026-12-01T00:00:00+08:00。"


_OF_KIND: Final = {
    PrizeKind.GOODS: ("sku", "pieces"),
    PrizeKind.POINTS: ("points",),
    PrizeKind.COUPON: ("coupon_batch_code",),
    PrizeKind.NOTHING: (),
}
_FIELDS_OF_KINDS: Final = ("sku", "pieces", "points", "coupon_batch_code")


def check_draw(draw: LuckyDraw, *, field: str) -> None:
    """Refuses terms that are not whole or contradict themselves, at the field at fault.

    What they name (stores, products, batches) is looked up elsewhere.
    """
    required_code(draw.code, field=f"{field}.code")
    required_name(draw.name_en, field=f"{field}.name_en")
    required_name(draw.name_zh, field=f"{field}.name_zh")
    minor_digits(draw.currency, field=f"{field}.currency")
    with_zone(draw.from_at, field=f"{field}.from_at")
    with_zone(draw.until_at, field=f"{field}.until_at")
    in_order(draw.from_at, draw.until_at, field=f"{field}.until_at")
    for name in ("store_codes", "region_codes", "channels"):
        _check_codes(getattr(draw, name), f"{field}.{name}")
    within(draw.spend_step_minor, 0, AMOUNT_MINOR_MAX, field=f"{field}.spend_step_minor")
    within(draw.tickets_per_sale_max, 0, TICKETS_AT_ONCE_MAX, field=f"{field}.tickets_per_sale_max")
    within(draw.plays_per_member_max, 0, PLAYS_MAX, field=f"{field}.plays_per_member_max")
    within(draw.plays_per_member_day_max, 0, PLAYS_MAX, field=f"{field}.plays_per_member_day_max")
    at_most(draw.prizes, PRIZES_MAX, field=f"{field}.prizes")
    named_once([prize.code for prize in draw.prizes], field=f"{field}.prizes")
    for index, prize in enumerate(draw.prizes):
        _check_prize(prize, f"{field}.prizes[{index}]")
    total = sum(prize.chance_ppm for prize in draw.prizes)
    if total > CHANCES_PPM:
        raise ChancesBeyondAll(f"{field}.prizes", sum_ppm=total, chances_ppm=CHANCES_PPM)


def with_zone(at: datetime, *, field: str) -> None:
    """Refuses a time that could be meant in any time zone."""
    if at.tzinfo is None:
        raise NoZone(field)


def _check_prize(prize: Prize, field: str) -> None:
    required_code(prize.code, field=f"{field}.code")
    required_name(prize.name_en, field=f"{field}.name_en")
    required_name(prize.name_zh, field=f"{field}.name_zh")
    counted = 0 if prize.kind is PrizeKind.NOTHING else 1
    within(prize.number, counted, counted * NUMBER_MAX, field=f"{field}.number")
    within(prize.chance_ppm, counted, CHANCES_PPM, field=f"{field}.chance_ppm")
    within(prize.value_minor, counted, counted * AMOUNT_MINOR_MAX, field=f"{field}.value_minor")
    read = _OF_KIND[prize.kind]
    for name in _FIELDS_OF_KINDS:
        if name in read and not getattr(prize, name):
            raise Missing(f"{field}.{name}")
        if name not in read and getattr(prize, name):
            raise NotOfThisKind(f"{field}.{name}", kind=prize.kind)
    within(prize.pieces, 0, PIECES_MAX, field=f"{field}.pieces")
    within(prize.points, 0, POINTS_MAX, field=f"{field}.points")
    if prize.sku:
        required_code(prize.sku, field=f"{field}.sku")
    if prize.coupon_batch_code:
        required_code(prize.coupon_batch_code, field=f"{field}.coupon_batch_code")


def _check_codes(codes: Sequence[str], field: str) -> None:
    if codes:
        at_most(codes, PLACES_MAX, field=field)
    seen: set[str] = set()
    for index, code in enumerate(codes):
        required_code(code, field=f"{field}[{index}]")
        if code in seen:
            raise NamedTwice(f"{field}[{index}]", code=code)
        seen.add(code)
