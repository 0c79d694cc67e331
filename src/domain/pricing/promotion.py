"""What a promotion says: where and when it holds, what it needs in the basket, and what it gives.

Promotions name things by their codes, as HQ wrote them: the same terms are priced on the server, in a terminal and in a
test file.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

MINUTES_OF_DAY: Final = 24 * 60


class BenefitKind(StrEnum):
    """How the advantage is computed; see Benefit for what each kind reads."""

    RATE = "rate"
    AMOUNT = "amount"
    UNIT_AMOUNT = "unit_amount"
    UNIT_PRICE = "unit_price"
    CHEAPEST = "cheapest"
    EVERY_NTH = "every_nth"
    BUY_GET = "buy_get"
    SET_PRICE = "set_price"
    PLUG_IN = "plug_in"


@dataclass(frozen=True, slots=True)
class ItemSet:
    """Goods: those named by SKU or by a category that they stand in or below, or all; never those excluded."""

    everything: bool = False
    skus: tuple[str, ...] = ()
    category_codes: tuple[str, ...] = ()
    excluded_skus: tuple[str, ...] = ()
    excluded_category_codes: tuple[str, ...] = ()

    @property
    def excludes(self) -> bool:
        """Whether some of the goods named are excluded again."""
        return bool(self.excluded_skus or self.excluded_category_codes)

    def holds(self, sku: str, categories: Collection[str]) -> bool:
        """Whether goods of this SKU are meant; `categories` are the codes of its category and those above."""
        if not (self.everything or sku in self.skus or any(code in categories for code in self.category_codes)):
            return False
        return sku not in self.excluded_skus and not any(code in categories for code in self.excluded_category_codes)


@dataclass(frozen=True, slots=True)
class Needed:
    """Goods that the basket must hold, at least so many and worth so much; they may take part in the benefit too."""

    items: ItemSet
    quantity_milli: int = 0
    amount_minor: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What is given from a quantity or a value of the benefit's goods on; both zero is from the first piece on."""

    quantity_milli: int = 0
    amount_minor: int = 0
    rate_bp: int = 0
    off_minor: int = 0


@dataclass(frozen=True, slots=True)
class Component:
    """Whole units of goods that make up a set, or that have to be bought."""

    items: ItemSet
    units: int


@dataclass(frozen=True, slots=True)
class Benefit:
    """The advantage on `items`, by kind:

    - rate: the rate of the highest step reached, off all the goods.
    - amount: the amount of the highest step reached, off all the goods together; with `each` once for every time the
      step is reached (满300减50 and 每满300减50).
    - unit_amount: `off_minor` off each whole unit.
    - unit_price: each unit for `price_minor`, unless it costs less; goods sold by weight too, where nothing bounds it.
    - cheapest: `rate_bp` off the `units` cheapest units.
    - every_nth: of every `every` units, dearest first, `rate_bp` off the `units` cheapest (第2件半价: 2, 1, 5000).
    - buy_get: for every `components` bought, `rate_bp` off `units` units of the goods, the cheapest first.
    - set_price: `components` together for `price_minor`; the dearest goods that fit first.
    - plug_in: what the installed plug-in of this name makes of `parameters`, a JSON object as text.
    """

    kind: BenefitKind
    items: ItemSet = ItemSet()
    steps: tuple[Step, ...] = ()
    each: bool = False
    rate_bp: int = 0
    off_minor: int = 0
    price_minor: int = 0
    every: int = 0
    units: int = 0
    components: tuple[Component, ...] = ()
    plug_in: str = ""
    parameters: str = ""


@dataclass(frozen=True, slots=True)
class Promotion:
    """The terms of one promotion; an empty condition means any.

    Promotions of one stage compete: each piece of goods goes to one of them, by priority and then to the customer's
    best advantage. Stages follow each other in ascending order, each on what the one before has left. An exclusive
    promotion stands alone in a basket.

    Dates are ISO texts, which sort as the days do, in the store's own calendar; `until_date` is the first day on which
    it no longer holds. Weekdays are 1 (Monday) to 7. The hours run from `from_minute` of the day up to `until_minute`,
    over midnight where that is smaller: the small hours then belong to the evening before. `times_max` and
    `discount_minor_max` bound it per basket, 0 is no bound. `theme` names the campaign that it belongs to.
    """

    code: str
    name: str
    benefit: Benefit
    paused: bool = False
    stage: int = 0
    priority: int = 0
    exclusive: bool = False
    from_date: str = ""
    until_date: str = ""
    weekdays: tuple[int, ...] = ()
    from_minute: int = 0
    until_minute: int = 0
    currency: str = ""
    store_codes: tuple[str, ...] = ()
    excluded_store_codes: tuple[str, ...] = ()
    region_codes: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    members_only: bool = False
    tiers: tuple[str, ...] = ()
    needs: tuple[Needed, ...] = ()
    times_max: int = 0
    discount_minor_max: int = 0
    theme: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """Where, when and by whom a basket is bought; date and minute of the day by the store's clock."""

    store_code: str
    region_code: str
    channel: str
    currency: str
    tier: str
    member: bool
    on: date
    minute: int


class Unmet(StrEnum):
    """Why a promotion gives nothing to a basket that holds its goods."""

    PAUSED = "paused"
    NOT_NOW = "not_now"
    NOT_HERE = "not_here"
    NOT_IN_CHANNEL = "not_in_channel"
    MEMBERS_ONLY = "members_only"
    NOT_FOR_TIER = "not_for_tier"
    QUANTITY_MISSING = "quantity_missing"
    AMOUNT_MISSING = "amount_missing"
    GOODS_MISSING = "goods_missing"
    BEATEN = "beaten"
    NO_ADVANTAGE = "no_advantage"


Check: TypeAlias = Callable[[Promotion, Situation], Unmet | None]


def checks_of(promotion: Promotion) -> tuple[Check, ...]:
    """What has to be asked about where, when and who; a condition that the terms do not state is not asked."""
    return tuple(
        [check for fields, check in CHECKS if any(getattr(promotion, field) != _UNSTATED[field] for field in fields)]
    )


def unmet_by(promotion: Promotion, situation: Situation) -> Unmet | None:
    """The first condition on where, when and who that does not hold; None when all do."""
    for check in checks_of(promotion):
        unmet = check(promotion, situation)
        if unmet is not None:
            return unmet
    return None


def over_on(promotion: Promotion, day: date) -> bool:
    """Whether its last day lies before this one."""
    return bool(promotion.until_date) and promotion.until_date <= day.isoformat()


def holds_in_store(promotion: Promotion, situation: Situation) -> bool:
    """Whether a basket in this store and currency can get it at all, at whatever time and by whomever."""
    return _in_store(promotion, situation) is None and _in_currency(promotion, situation) is None


def _paused(promotion: Promotion, _: Situation) -> Unmet | None:
    return Unmet.PAUSED if promotion.paused else None


def _now(promotion: Promotion, situation: Situation) -> Unmet | None:
    start, end = promotion.from_minute, promotion.until_minute or MINUTES_OF_DAY
    on = situation.on
    if start < end:
        if not start <= situation.minute < end:
            return Unmet.NOT_NOW
    elif situation.minute < end:
        on -= timedelta(days=1)
    elif situation.minute < start:
        return Unmet.NOT_NOW
    if promotion.from_date or promotion.until_date:
        day = on.isoformat()
        if day < promotion.from_date or (promotion.until_date and day >= promotion.until_date):
            return Unmet.NOT_NOW
    return Unmet.NOT_NOW if promotion.weekdays and on.isoweekday() not in promotion.weekdays else None


def _in_store(promotion: Promotion, situation: Situation) -> Unmet | None:
    if (
        (promotion.store_codes and situation.store_code not in promotion.store_codes)
        or situation.store_code in promotion.excluded_store_codes
        or (promotion.region_codes and situation.region_code not in promotion.region_codes)
    ):
        return Unmet.NOT_HERE
    return None


def _in_currency(promotion: Promotion, situation: Situation) -> Unmet | None:
    return Unmet.NOT_HERE if promotion.currency and promotion.currency != situation.currency else None


def _in_channel(promotion: Promotion, situation: Situation) -> Unmet | None:
    if promotion.channels and situation.channel not in promotion.channels:
        return Unmet.NOT_IN_CHANNEL
    return None


def _for_members(promotion: Promotion, situation: Situation) -> Unmet | None:
    return Unmet.MEMBERS_ONLY if promotion.members_only and not situation.member else None


def _for_tier(promotion: Promotion, situation: Situation) -> Unmet | None:
    return Unmet.NOT_FOR_TIER if promotion.tiers and situation.tier not in promotion.tiers else None


CHECKS: Final[Sequence[tuple[Sequence[str], Check]]] = (
    (("paused",), _paused),
    (("from_date", "until_date", "weekdays", "from_minute", "until_minute"), _now),
    (("store_codes", "excluded_store_codes", "region_codes"), _in_store),
    (("currency",), _in_currency),
    (("channels",), _in_channel),
    (("members_only",), _for_members),
    (("tiers",), _for_tier),
)
"""Every check, in the order in which they are asked, after the fields that state its condition."""

_UNSTATED: Final = {field.name: field.default for field in fields(Promotion)}
