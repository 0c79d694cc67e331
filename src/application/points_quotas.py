"""Quotas of points as they are counted: each by a counter that entries move with the statement that commits.

The counters are those of promotions with limits, which nobody locks before that statement (decision 0013): a quota is
tested in the same row version that a sale makes, and a sale that decided on what others have used meanwhile is decided
again.
"""

from collections.abc import Iterable
from typing import Final

from application.policies import Policies
from application.ports.identity import Chain
from domain.identity.organisation import Store
from domain.loyalty.quota import PointsQuota, PointsQuotaUse, QuotaPlace
from domain.pricing.promotion_use import UNBOUNDED, CounterKey, PromotionCounter, Subject

SUBJECTS: Final = {QuotaPlace.REGION: Subject.POINTS_OF_REGION, QuotaPlace.STORE: Subject.POINTS_OF_STORE}


def quotas_of(policies: Policies, store: Store, chain: Chain, month: str) -> tuple[PointsQuota, ...]:
    """The quotas that sales of a store draw on in a month; none for most stores."""
    quotas = []
    if policies.points_quota_region:
        code = chain.regions[store.region_id].code
        quotas.append(PointsQuota(QuotaPlace.REGION, code, month, policies.points_quota_region))
    if policies.points_quota_store:
        quotas.append(PointsQuota(QuotaPlace.STORE, store.code, month, policies.points_quota_store))
    return tuple(quotas)


def quota_counter(counted: PointsQuota | PointsQuotaUse) -> CounterKey:
    """The counter of a quota, and of what was issued under it; its uses are points."""
    return CounterKey(SUBJECTS[counted.place], 0, counted.month, counted.code)


def quota_deltas(uses: Iterable[PointsQuotaUse]) -> dict[CounterKey, PromotionCounter]:
    """By how much entries move each counter, and within which quota; entries without points move none."""
    moved: dict[CounterKey, PromotionCounter] = {}
    for use in uses:
        if not use.points:
            continue
        key = quota_counter(use)
        delta = moved.get(key)
        if delta is None:
            delta = moved[key] = PromotionCounter(*key, 0, 0, 0, 0, 0)
        delta.uses += use.points
        if use.points > 0:
            delta.uses_max = max(delta.uses_max, UNBOUNDED if use.beyond else use.quota_points)
            # A quota bounds points alone; zero would keep what the counter has, as a return does.
            delta.discount_minor_max = UNBOUNDED
    return moved
