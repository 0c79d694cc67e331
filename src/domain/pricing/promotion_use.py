"""The ledger of promotions with limits: an entry per sale and promotion, and the counters that only entries move.

Every entry moves four counters of its promotion (in all, of the day, of the member, of the member on that day) and that
of its campaign. Counters move in the order of their keys, after everything else that is locked.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from domain.pricing.limits import AMOUNTS, Campaign, Limit, LimitLeft
from domain.pricing.promotion import Promotion


class Subject(StrEnum):
    """Whose counter it is."""

    PROMOTION = "promotion"
    CAMPAIGN = "campaign"
    # The points that a region and a store have issued in a month, which stands where the day does.
    POINTS_OF_REGION = "quota_of_region"
    POINTS_OF_STORE = "quota_of_store"
    # What a store was given for its staff (uses) and has paid out to it (discount), in minor units.
    TIPS = "tips_of_store"
    # What a member of staff has bought in a month, in minor units of a currency.
    STAFF_PURCHASES = "staff_purchases"


class CounterKey(NamedTuple):
    """What a counter counts: member 0 is anybody, an empty day any day, else an ISO date."""

    subject: Subject
    member_id: int
    day: str
    code: str


UNBOUNDED: Final = 10**18
"""What stands for no limit where a figure is needed: more than any limit, and small enough to be added to."""


@dataclass(slots=True)
class PromotionCounter:
    """What has been used under a key. `members` is, over all days, how many members have used the promotion.

    `uses_max` and `discount_minor_max` are the limits under which it was last used. Storage refuses what is beyond
    them, so that whoever decided on a figure that others have moved since has not sold.
    """

    subject: Subject
    member_id: int
    day: str
    code: str
    uses: int
    discount_minor: int
    members: int
    uses_max: int = UNBOUNDED
    discount_minor_max: int = UNBOUNDED


@dataclass(slots=True)
class PromotionUse:
    """That a sale was given a promotion, or that a refund or void gave some of it back.

    `business_date` is the day on which it counts: what is given back counts on the day of the sale. `members` is 1
    where the member has never used it before, and -1 where that is so again. `limits` are those that were in force, by
    name; `beyond` tells that the sale was uploaded and took more than they left.
    """

    sale_id: int
    promotion_code: str
    campaign_code: str
    member_id: int
    store_id: int
    business_date: date
    uses: int
    discount_minor: int
    members: int
    beyond: bool
    limits: dict[str, int]
    posted_at: datetime


Counters: TypeAlias = Mapping[CounterKey, PromotionCounter]


def counter_keys(promotion_code: str, campaign_code: str, *, member_id: int, day: str) -> Iterator[CounterKey]:
    """The keys of the counters that a use moves; member 0 is a customer who is nobody's member."""
    if campaign_code:
        yield CounterKey(Subject.CAMPAIGN, 0, "", campaign_code)
    for who in (0, member_id) if member_id else (0,):
        for when in ("", day):
            yield CounterKey(Subject.PROMOTION, who, when, promotion_code)


def deltas(uses: Iterable[PromotionUse]) -> dict[CounterKey, PromotionCounter]:
    """By how much the entries move each counter, and within which limits; zero where something is given back only."""
    moved: dict[CounterKey, PromotionCounter] = {}
    for use in uses:
        day = use.business_date.isoformat()
        for key in counter_keys(use.promotion_code, use.campaign_code, member_id=use.member_id, day=day):
            delta = moved.get(key)
            if delta is None:
                delta = moved[key] = PromotionCounter(*key, 0, 0, 0, 0, 0)
            delta.uses += use.uses
            delta.discount_minor += use.discount_minor
            if key.subject is Subject.PROMOTION and not key.member_id and not key.day:
                delta.members += use.members
            if use.uses > 0:
                uses_max, discount_minor_max = (UNBOUNDED, UNBOUNDED) if use.beyond else _bounds(key, use.limits)
                delta.uses_max = max(delta.uses_max, uses_max)
                delta.discount_minor_max = max(delta.discount_minor_max, discount_minor_max)
    return moved


def _bounds(key: CounterKey, limits: Mapping[str, int]) -> tuple[int, int]:
    """The limits of uses and of discount that bound a counter."""
    if key.subject is Subject.CAMPAIGN:
        return UNBOUNDED, limits.get(Limit.BUDGET.value, UNBOUNDED)
    of_uses, of_discount = _LIMITS_OF[bool(key.member_id), bool(key.day)]
    return limits.get(of_uses.value, UNBOUNDED), limits.get(of_discount.value, UNBOUNDED) if of_discount else UNBOUNDED


def limits_in_force(promotion: Promotion, campaign: Campaign | None) -> dict[str, int]:
    """The limits of a promotion and the budget of its campaign, by name, as an entry keeps them."""
    assert promotion.limits is not None
    found = {limit.value: most for limit, most in promotion.limits.stated().items()}
    if campaign is not None and campaign.budget_minor:
        found[Limit.BUDGET.value] = campaign.budget_minor
    return found


def limits_left(
    promotion: Promotion, campaign: Campaign | None, counters: Counters, *, member_id: int, day: str, local_day: str
) -> list[LimitLeft]:
    """What each limit leaves to a member (0: to somebody who is none) on a business day.

    `local_day` is the day by the calendar, on which the campaign must run. Limits per member leave a customer without
    membership nothing to count, and are left out.
    """
    lefts = []
    for name, most in limits_in_force(promotion, campaign).items():
        limit = Limit(name)
        key = _counted_by(limit, promotion, member_id=member_id, day=day)
        if key is None:
            continue
        counter = counters.get(key)
        used = 0 if counter is None else counter.discount_minor if limit in AMOUNTS else counter.uses
        lefts.append(LimitLeft(promotion.code, limit, max(0, most - used)))
    if campaign is not None and not campaign.runs_on(local_day):
        lefts.append(LimitLeft(promotion.code, Limit.PERIOD, 0))
    return lefts


def _counted_by(limit: Limit, promotion: Promotion, *, member_id: int, day: str) -> CounterKey | None:
    assert promotion.limits is not None
    if limit is Limit.BUDGET:
        return CounterKey(Subject.CAMPAIGN, 0, "", promotion.limits.campaign_code)
    of_member = limit in _OF_MEMBER
    if of_member and not member_id:
        return None
    return CounterKey(Subject.PROMOTION, member_id if of_member else 0, day if limit in _OF_DAY else "", promotion.code)


_LIMITS_OF: Final[Mapping[tuple[bool, bool], tuple[Limit, Limit | None]]] = {
    (False, False): (Limit.USES, Limit.DISCOUNT),
    (False, True): (Limit.USES_PER_DAY, Limit.DISCOUNT_PER_DAY),
    (True, False): (Limit.USES_PER_MEMBER, Limit.DISCOUNT_PER_MEMBER),
    (True, True): (Limit.USES_PER_MEMBER_PER_DAY, None),
}
"""By whether a counter is that of a member and that of a day."""
_OF_MEMBER: Final = frozenset({Limit.USES_PER_MEMBER, Limit.USES_PER_MEMBER_PER_DAY, Limit.DISCOUNT_PER_MEMBER})
_OF_DAY: Final = frozenset({Limit.USES_PER_DAY, Limit.USES_PER_MEMBER_PER_DAY, Limit.DISCOUNT_PER_DAY})
