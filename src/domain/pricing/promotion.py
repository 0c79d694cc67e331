"""What a promotion says: where and when it holds, what it needs in the basket, and what it gives.

Promotions name things by their codes, as HQ wrote them: the same terms are priced on the server, in a terminal and in a
test file.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from domain.pricing.limits import LimitLeft, Limits

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
    GIFT = "gift"
    POINTS = "points"
    COUPON = "coupon"
    PLUG_IN = "plug_in"


REWARDS: Final = frozenset({BenefitKind.GIFT, BenefitKind.POINTS, BenefitKind.COUPON})
"""Kinds that take nothing off the goods: they compete with nothing for them, and use none of them up."""


class GiftShortage(StrEnum):
    """What becomes of a sale when a gift that it has earned is not there; where nothing is said, it warns."""

    WARN = "warn"
    REFUSE = "refuse"


class Described(Protocol):
    """What goods are known by; `categories` are the codes of their category and those above."""

    @property
    def sku(self) -> str: ...
    @property
    def categories(self) -> Collection[str]: ...
    @property
    def brand(self) -> str: ...
    @property
    def supplier_code(self) -> str: ...
    @property
    def tags(self) -> Collection[str]: ...


@dataclass(frozen=True, slots=True)
class ItemSet:
    """Goods: all, or those that at least one of the codes names; never those that one of the excluded codes names.

    They are named by SKU, by a category that they stand in or below, by brand, by tag or by supplier.
    """

    everything: bool = False
    skus: tuple[str, ...] = ()
    category_codes: tuple[str, ...] = ()
    excluded_skus: tuple[str, ...] = ()
    excluded_category_codes: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    supplier_codes: tuple[str, ...] = ()
    excluded_brands: tuple[str, ...] = ()
    excluded_tags: tuple[str, ...] = ()
    excluded_supplier_codes: tuple[str, ...] = ()

    @property
    def excludes(self) -> bool:
        """Whether some of the goods named are excluded again."""
        return bool(
            self.excluded_skus
            or self.excluded_category_codes
            or self.excluded_brands
            or self.excluded_tags
            or self.excluded_supplier_codes
        )

    def holds(self, goods: Described) -> bool:
        """Whether these goods are meant."""
        named = (
            self.everything
            or goods.sku in self.skus
            or any(code in goods.categories for code in self.category_codes)
            or goods.brand in self.brands
            or goods.supplier_code in self.supplier_codes
            or any(tag in self.tags for tag in goods.tags)
        )
        return named and not (
            goods.sku in self.excluded_skus
            or any(code in goods.categories for code in self.excluded_category_codes)
            or goods.brand in self.excluded_brands
            or goods.supplier_code in self.excluded_supplier_codes
            or any(tag in self.excluded_tags for tag in goods.tags)
        )


@dataclass(frozen=True, slots=True)
class Needed:
    """Goods that the basket must hold, at least so many and worth so much; they may take part in the benefit too."""

    items: ItemSet
    quantity_milli: int = 0
    amount_minor: int = 0


class Festival(StrEnum):
    """A day of the Chinese calendar: of its moon, or of its sun (Qingming, winter solstice)."""

    NEW_YEARS_EVE = "new_years_eve"
    SPRING = "spring"
    LANTERN = "lantern"
    DRAGON_HEAD = "dragon_head"
    QINGMING = "qingming"
    DRAGON_BOAT = "dragon_boat"
    QIXI = "qixi"
    ZHONGYUAN = "zhongyuan"
    MID_AUTUMN = "mid_autumn"
    DOUBLE_NINTH = "double_ninth"
    WINTER_SOLSTICE = "winter_solstice"
    LABA = "laba"


@dataclass(frozen=True, slots=True)
class FestivalDays:
    """A festival, with so many days before and after it."""

    festival: Festival
    days_before: int = 0
    days_after: int = 0


@dataclass(frozen=True, slots=True)
class BirthdayDays:
    """The member's birthday, with so many days before and after it."""

    days_before: int = 0
    days_after: int = 0


@dataclass(frozen=True, slots=True)
class Condition:
    """What must be so for a promotion to apply: everything that is stated, and nothing that is not.

    `all_of` conditions must hold, one of `any_of`, and none of `none_of`. Of codes and numbers one must be the right
    one; of `goods` all must be in the basket. A purchase is the member's first when no earlier one stands; every sale
    to a member is a visit, and voiding it takes the visit back. `payment_kinds` are what the whole basket is paid by,
    points and manufacturers' coupons beside. Dates, weekdays, days of the month and hours mean the same as those of a
    promotion.
    """

    all_of: tuple["Condition", ...] = ()
    any_of: tuple["Condition", ...] = ()
    none_of: tuple["Condition", ...] = ()
    goods: tuple[Needed, ...] = ()
    member: bool = False
    member_numbers: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    first_purchase: bool = False
    visits_every: int = 0
    visit_numbers: tuple[int, ...] = ()
    birthday: BirthdayDays | None = None
    payment_kinds: tuple[str, ...] = ()
    store_codes: tuple[str, ...] = ()
    region_codes: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    from_date: str = ""
    until_date: str = ""
    weekdays: tuple[int, ...] = ()
    days_of_month: tuple[int, ...] = ()
    from_minute: int = 0
    until_minute: int = 0
    festivals: tuple[FestivalDays, ...] = ()

    def walk(self) -> Iterator["Condition"]:
        """This condition and all those within it."""
        yield self
        for part in (*self.all_of, *self.any_of, *self.none_of):
            yield from part.walk()


@dataclass(frozen=True, slots=True)
class Gift:
    """Whole units of one SKU, handed over at price zero."""

    sku: str
    units: int


@dataclass(frozen=True, slots=True)
class Step:
    """What is given from a quantity or a value of the benefit's goods on; both zero is from the first piece on.

    With `tiers` it is a step for members of these tiers only.
    """

    quantity_milli: int = 0
    amount_minor: int = 0
    rate_bp: int = 0
    off_minor: int = 0
    gifts: tuple[Gift, ...] = ()
    points_factor_bp: int = 0
    points: int = 0
    units: int = 0
    tiers: tuple[str, ...] = ()


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
    - gift: the `gifts`, as sale lines of their own. When one is not in stock, `gift_shortage` says what happens.
    - points: the goods earn `points_factor_bp` of what they would (20000 doubles), or the sale `points` more.
    - coupon: `units` coupons of the batch `coupon_batch_code`, for the next purchase.
    - plug_in: what the installed plug-in of this name makes of `parameters`, a JSON object as text.

    Gifts, points and coupons, too, give what the highest step reached says, and with `each` once for every time it is
    reached.
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
    gifts: tuple[Gift, ...] = ()
    gift_shortage: GiftShortage | None = None
    points_factor_bp: int = 0
    points: int = 0
    coupon_batch_code: str = ""
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
    `discount_minor_max` bound it per basket, `line_discount_minor_max` and `line_discount_bp_max` (a share of what is
    left of the line) per line, `limits` over all baskets; 0 is no bound. `when` must hold beside all this. With
    `coupon_batch_code` it is given only for coupons of that batch, once for each where its kind reads `times_max`, else
    once. `theme` names the season or occasion that it is for.
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
    when: Condition | None = None
    line_discount_minor_max: int = 0
    line_discount_bp_max: int = 0
    coupon_batch_code: str = ""
    limits: Limits | None = None
    theme: str = ""


@dataclass(frozen=True, slots=True)
class FestivalDay:
    """How far a day is from a festival: zero on the day itself, below zero before it."""

    festival: Festival
    days_after: int


@dataclass(slots=True)
class Situation:
    """Where, when and by whom a basket is bought; date and minute of the day by the store's clock.

    `visit_number` is that of this sale, 0 where nobody has shown to be a member. `days_after_birthday` counts from the
    birthday that is nearest, below zero before it; None where it is unknown or further away than any promotion asks
    for, so that a situation that is kept does not tell when somebody was born. Birthday and festivals are there only
    when a promotion asks for them. `payment_kinds` are what is paid by, or is meant to be.

    `gifts_left` has, by SKU in their order, the units of each gift that may still be given away beside what is bought;
    a SKU that is not there is not bounded.

    `coupon_batches` names the batch of each coupon that was presented, in ascending order; `limits_left` tells what the
    limits of promotions leave.
    """

    store_code: str
    region_code: str
    channel: str
    currency: str
    tier: str
    member: bool
    on: date
    minute: int
    member_number: str = ""
    segments: tuple[str, ...] = ()
    visit_number: int = 0
    days_after_birthday: int | None = None
    payment_kinds: tuple[str, ...] = ()
    festivals: tuple[FestivalDay, ...] = ()
    gifts_left: tuple[tuple[str, int], ...] = ()
    coupon_batches: tuple[str, ...] = ()
    limits_left: tuple[LimitLeft, ...] = ()


class Unmet(StrEnum):
    """Why a promotion gives nothing to a basket that holds its goods."""

    PAUSED = "paused"
    NOT_NOW = "not_now"
    NOT_HERE = "not_here"
    NOT_IN_CHANNEL = "not_in_channel"
    MEMBERS_ONLY = "members_only"
    NOT_FOR_TIER = "not_for_tier"
    COUPON_MISSING = "coupon_missing"
    QUANTITY_MISSING = "quantity_missing"
    AMOUNT_MISSING = "amount_missing"
    GOODS_MISSING = "goods_missing"
    CONDITION_MISSING = "condition_missing"
    BEATEN = "beaten"
    NO_ADVANTAGE = "no_advantage"
    GIFT_OUT_OF_STOCK = "gift_out_of_stock"
    EXHAUSTED = "exhausted"
    AT_FLOOR = "at_floor"


class ConditionKind(StrEnum):
    """What a condition is about; ALL and ANY are about other conditions."""

    ALL = "all"
    ANY = "any"
    GOODS = "goods"
    MEMBER = "member"
    MEMBER_NUMBER = "member_number"
    TIER = "tier"
    SEGMENT = "segment"
    FIRST_PURCHASE = "first_purchase"
    VISITS_EVERY = "visits_every"
    VISIT_NUMBER = "visit_number"
    BIRTHDAY = "birthday"
    PAYMENT_KIND = "payment_kind"
    STORE = "store"
    REGION = "region"
    CHANNEL = "channel"
    DATES = "dates"
    WEEKDAY = "weekday"
    DAY_OF_MONTH = "day_of_month"
    HOURS = "hours"
    FESTIVAL = "festival"


@dataclass(frozen=True, slots=True)
class Lacking:
    """A condition that does not hold, or with `excluded` one that does but must not.

    `wanted` are the codes or numbers that it names, and `found` what there is instead, where that is one thing. Goods
    are named by the first of their codes, with what is missing of them. Of the `parts` of ANY one is enough, each made
    of what it takes; ALL takes all of them.
    """

    kind: ConditionKind
    excluded: bool = False
    wanted: tuple[str, ...] = ()
    found: str = ""
    missing_quantity_milli: int = 0
    missing_amount_minor: int = 0
    parts: tuple["Lacking", ...] = ()


Check: TypeAlias = Callable[[Promotion, Situation], Unmet | None]


def checks_of(promotion: Promotion) -> tuple[Check, ...]:
    """What has to be asked about where, when and who; a condition that the terms do not state is not asked."""
    checks = [
        check for fields, check in CHECKS if any(getattr(promotion, field) != _UNSTATED[field] for field in fields)
    ]
    if promotion.benefit.kind is BenefitKind.POINTS and _for_members not in checks:
        checks.append(_for_points)
    if has_tiers(promotion):
        checks.append(_has_step)
    return tuple(checks)


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
    on = day_within_hours(promotion.from_minute, promotion.until_minute, situation)
    if on is None:
        return Unmet.NOT_NOW
    if promotion.from_date or promotion.until_date:
        day = on.isoformat()
        if day < promotion.from_date or (promotion.until_date and day >= promotion.until_date):
            return Unmet.NOT_NOW
    return Unmet.NOT_NOW if promotion.weekdays and on.isoweekday() not in promotion.weekdays else None


def day_within_hours(from_minute: int, until_minute: int, situation: Situation) -> date | None:
    """The day to which hours that are running belong, which may have begun the evening before; None outside them."""
    end = until_minute or MINUTES_OF_DAY
    if from_minute < end:
        return situation.on if from_minute <= situation.minute < end else None
    if situation.minute < end:
        return situation.on - timedelta(days=1)
    return situation.on if situation.minute >= from_minute else None


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


def _for_points(_: Promotion, situation: Situation) -> Unmet | None:
    # Nobody else has points to be multiplied.
    return None if situation.member else Unmet.MEMBERS_ONLY


def _has_step(promotion: Promotion, situation: Situation) -> Unmet | None:
    return None if _steps_for(promotion, situation.tier) else Unmet.NOT_FOR_TIER


def has_tiers(promotion: Promotion) -> bool:
    """Whether some of its steps are for members of certain tiers only."""
    return any(step.tiers for step in promotion.benefit.steps)


def as_for(promotion: Promotion, tier: str) -> Promotion:
    """The promotion with those of its steps only that count for a member of this tier, which is empty for nobody's."""
    return replace(promotion, benefit=replace(promotion.benefit, steps=_steps_for(promotion, tier)))


def _steps_for(promotion: Promotion, tier: str) -> tuple[Step, ...]:
    return tuple([step for step in promotion.benefit.steps if not step.tiers or tier in step.tiers])


def _with_coupon(promotion: Promotion, situation: Situation) -> Unmet | None:
    return None if promotion.coupon_batch_code in situation.coupon_batches else Unmet.COUPON_MISSING


CHECKS: Final[Sequence[tuple[Sequence[str], Check]]] = (
    (("paused",), _paused),
    (("from_date", "until_date", "weekdays", "from_minute", "until_minute"), _now),
    (("store_codes", "excluded_store_codes", "region_codes"), _in_store),
    (("currency",), _in_currency),
    (("channels",), _in_channel),
    (("members_only",), _for_members),
    (("tiers",), _for_tier),
    (("coupon_batch_code",), _with_coupon),
)
"""Every check, in the order in which they are asked, after the fields that state its condition."""

_UNSTATED: Final = {field.name: field.default for field in fields(Promotion)}
