"""A lucky draw: its terms, which are fixed when it is published, and when and where it may be played."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

CHANCES_PPM: Final = 1_000_000
"""All chances of a play, in parts per million."""
PIECE_MILLI: Final = 1_000
SEED_SHOWN_AFTER: Final = timedelta(minutes=1)
"""How long after the end the seed stays secret: no play that arrived before the end is still under way by then."""


class PrizeKind(StrEnum):
    GOODS = "goods"
    POINTS = "points"
    COUPON = "coupon"
    NOTHING = "nothing"


class DrawState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    OPEN = "open"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Prize:
    """One kind of prize: `number` of them, each drawn with `chance_ppm` and worth `value_minor`.

    Of kind NOTHING, the consolation, there is no number: it costs nothing and never runs out.
    """

    code: str
    kind: PrizeKind
    name_en: str
    name_zh: str
    number: int = 0
    chance_ppm: int = 0
    value_minor: int = 0
    sku: str = ""
    pieces: int = 0
    points: int = 0
    coupon_batch_code: str = ""

    @property
    def quantity_milli(self) -> int:
        """What one takes out of stock, in thousandths of a piece."""
        return self.pieces * PIECE_MILLI


@dataclass(frozen=True, slots=True)
class LuckyDraw:
    """The terms. The period is half-open; places that are empty mean everywhere, 0 means no bound.

    A prize is known by its position: 1 for the first, in the declared order.
    """

    code: str
    name_en: str
    name_zh: str
    currency: str
    from_at: datetime
    until_at: datetime
    store_codes: tuple[str, ...] = ()
    region_codes: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    prizes: tuple[Prize, ...] = ()
    spend_step_minor: int = 0
    tickets_per_sale_max: int = 0
    plays_per_member_max: int = 0
    plays_per_member_day_max: int = 0

    def prize_at(self, position: int) -> Prize | None:
        """The prize at a position; None for 0."""
        return self.prizes[position - 1] if position else None

    @property
    def consolation_position(self) -> int:
        """The position of the first prize of kind NOTHING; 0 without one."""
        return next((place for place, one in enumerate(self.prizes, start=1) if one.kind is PrizeKind.NOTHING), 0)


def state_at(draw: LuckyDraw, *, published: bool, now: datetime) -> DrawState:
    """What the draw is at an instant."""
    if not published:
        return DrawState.DRAFT
    if now < draw.from_at:
        return DrawState.PUBLISHED
    return DrawState.OPEN if now < draw.until_at else DrawState.ENDED


def seed_shown(draw: LuckyDraw, *, now: datetime) -> bool:
    """Whether everybody may know the seed by now."""
    return now >= draw.until_at + SEED_SHOWN_AFTER


def holds_in(draw: LuckyDraw, *, store_code: str, region_code: str) -> bool:
    """Whether the draw may be played in a store: one that it names, else one of a region that it names, else any."""
    if draw.store_codes:
        return store_code in draw.store_codes
    return not draw.region_codes or region_code in draw.region_codes


def holds_on(draw: LuckyDraw, channel: str) -> bool:
    """Whether the draw may be played in a channel."""
    return not draw.channels or channel in draw.channels


def tickets_for(draw: LuckyDraw, spend_minor: int, *, tickets_max: int) -> int:
    """One ticket for each full step of spend, none below one step, at most those that the draw gives for a sale."""
    if not draw.spend_step_minor:
        return 0
    return max(0, min(spend_minor // draw.spend_step_minor, draw.tickets_per_sale_max or tickets_max))


def terms_digest(draw: LuckyDraw) -> bytes:
    """SHA-256 of `terms_text` in UTF-8: what was published, so that a later change of the terms shows."""
    return hashlib.sha256(terms_text(draw).encode()).digest()


def terms_text(draw: LuckyDraw) -> str:
    """What decides about plays as JSON: keys in the order of the alphabet, no spaces, instants in UTC.

    Names are words only and left out. Whatever else is in the terms is in the text, so that two draws with the same
    text are the same draw.
    """
    facts = {
        **{name: getattr(draw, name) for name in draw.__dataclass_fields__ if name not in _NAMES},
        "from_at": _instant(draw.from_at),
        "until_at": _instant(draw.until_at),
        "prizes": [
            {name: getattr(prize, name) for name in prize.__dataclass_fields__ if name not in _NAMES}
            for prize in draw.prizes
        ],
    }
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _instant(at: datetime) -> str:
    # strftime would write the year 1 with one digit.
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


_NAMES: Final = frozenset({"name_en", "name_zh"})
