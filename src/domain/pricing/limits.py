"""How often and for how much money a promotion may be given: by sale, member and day, alone or with its campaign.

Zero is no bound everywhere. A use is one sale in which the promotion was applied.
"""

from dataclasses import dataclass
from enum import StrEnum


class WhenShort(StrEnum):
    """What becomes of a discount that is larger than what is left: it is cut to that, or not given at all."""

    CAP = "cap"
    REFUSE = "refuse"


class Limit(StrEnum):
    """The limits by the names of their terms; the last two are those of the campaign."""

    USES = "uses_max"
    USES_PER_DAY = "uses_per_day_max"
    USES_PER_MEMBER = "uses_per_member_max"
    USES_PER_MEMBER_PER_DAY = "uses_per_member_per_day_max"
    DISCOUNT = "discount_minor_total_max"
    DISCOUNT_PER_DAY = "discount_minor_per_day_max"
    DISCOUNT_PER_MEMBER = "discount_minor_per_member_max"
    BUDGET = "budget_minor"
    PERIOD = "period"


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one promotion; days are the business dates of the selling store.

    What has limits is counted, even when none of them is set. Limits per member make it a promotion for members.
    `campaign_code` names the campaign whose budget it shares with others. Without `when_short` it is CAP.
    """

    campaign_code: str = ""
    uses_max: int = 0
    uses_per_day_max: int = 0
    uses_per_member_max: int = 0
    uses_per_member_per_day_max: int = 0
    discount_minor_total_max: int = 0
    discount_minor_per_day_max: int = 0
    discount_minor_per_member_max: int = 0
    when_short: WhenShort | None = None

    @property
    def per_member(self) -> bool:
        """Whether somebody must have shown who they are for the limits to be kept."""
        return bool(self.uses_per_member_max or self.uses_per_member_per_day_max or self.discount_minor_per_member_max)

    def stated(self) -> dict[Limit, int]:
        """Those of its own limits that are set."""
        return {limit: most for limit in OWN_LIMITS if (most := getattr(self, limit.value))}


OWN_LIMITS = tuple([limit for limit in Limit if limit.value in Limits.__dataclass_fields__])
AMOUNTS = frozenset({Limit.DISCOUNT, Limit.DISCOUNT_PER_DAY, Limit.DISCOUNT_PER_MEMBER, Limit.BUDGET})
"""The limits that bound money; the others bound uses."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """Promotions that run in one period and share one budget.

    Dates are ISO texts in the store's own calendar, which sort as the days do; `until_date` is the first day on which
    the campaign is over. Its promotions are given while it runs and only as long as there is something left of
    `budget_minor`.
    """

    code: str
    name: str
    currency: str
    from_date: str = ""
    until_date: str = ""
    budget_minor: int = 0

    def runs_on(self, day: str) -> bool:
        """Whether this day, an ISO text, lies in its period."""
        return self.from_date <= day and (not self.until_date or day < self.until_date)


@dataclass(frozen=True, slots=True)
class LimitLeft:
    """What a limit of a promotion leaves: uses, or minor units of money; never below zero.

    Of a campaign's period nothing is left when it does not run.
    """

    promotion_code: str
    limit: Limit
    left: int
