"""What promotions with limits may take off one basket: counted down while the basket is priced."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from domain.pricing.limits import AMOUNTS, Limit
from domain.pricing.promotion import Promotion, Situation, Unmet


@dataclass(frozen=True, slots=True)
class Most:
    """The most that a promotion may take off, and the limit that says so."""

    minor: int
    limit: Limit


class Allowance:
    """What each promotion may still take off, by its own limits and by the budgets that several of them share.

    Immutable, because a search tries many orders of the same promotions.
    """

    __slots__ = ("_campaigns", "_left", "_own")

    def __init__(self, own: Mapping[str, Most], campaigns: Mapping[str, str], left: Mapping[str, int]) -> None:
        self._own = own
        self._campaigns = campaigns
        self._left = left

    def most(self, code: str) -> Most | None:
        """What the promotion may take off; None when nothing bounds it."""
        own = self._own.get(code)
        campaign = self._campaigns.get(code)
        if campaign is not None and (own is None or self._left[campaign] < own.minor):
            return Most(self._left[campaign], Limit.BUDGET)
        return own

    def less(self, code: str, off_minor: int) -> "Allowance":
        """What is left after the promotion has taken so much; a basket gets each promotion once."""
        campaign = self._campaigns.get(code)
        if campaign is None:
            return self
        return Allowance(self._own, self._campaigns, {**self._left, campaign: self._left[campaign] - off_minor})

    def mark(self, code: str) -> int:
        """The campaign whose budget the promotion shares, as a set of bits with one bit for it; none is 0."""
        campaign = self._campaigns.get(code)
        return 0 if campaign is None else 1 << list(self._left).index(campaign)

    @property
    def key(self) -> tuple[int, ...]:
        """What distinguishes it from others of the same basket."""
        return tuple(self._left.values())


UNLIMITED: Final = Allowance({}, {}, {})


@dataclass(frozen=True, slots=True)
class Shut:
    """Why a promotion with limits is not to be had in a situation, whatever the basket holds."""

    unmet: Unmet
    limit: Limit | None = None


def lefts_of(promotion: Promotion, situation: Situation) -> dict[Limit, int]:
    """What each limit of a promotion leaves; one that the situation does not know of has not been drawn on."""
    assert promotion.limits is not None
    known = {one.limit: one.left for one in situation.limits_left if one.promotion_code == promotion.code}
    return {**promotion.limits.stated(), **known}


def shut_by_limits(promotion: Promotion, situation: Situation) -> Shut | None:
    """Why the limits of a promotion refuse it before a basket is looked at; None when they do not."""
    limits = promotion.limits
    if limits is None:
        return None
    if limits.per_member and not situation.member:
        return Shut(Unmet.MEMBERS_ONLY)
    for limit, left in lefts_of(promotion, situation).items():
        if left <= 0:
            return Shut(Unmet.NOT_NOW if limit is Limit.PERIOD else Unmet.EXHAUSTED, limit)
    return None


def allowance_for(promotions: Iterable[Promotion], situation: Situation) -> Allowance:
    """What these promotions may take off a basket in a situation."""
    own: dict[str, Most] = {}
    campaigns: dict[str, str] = {}
    left: dict[str, int] = {}
    for promotion in promotions:
        if promotion.limits is None:
            continue
        amounts = {limit: most for limit, most in lefts_of(promotion, situation).items() if limit in AMOUNTS}
        if Limit.BUDGET in amounts:
            campaign = campaigns[promotion.code] = promotion.limits.campaign_code
            left[campaign] = amounts.pop(Limit.BUDGET)
        if amounts:
            own[promotion.code] = min(
                [Most(minor, limit) for limit, minor in amounts.items()], key=lambda most: most.minor
            )
    return Allowance(own, campaigns, left) if own or campaigns else UNLIMITED
