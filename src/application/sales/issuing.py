"""Quotas of points at the till: what a store and its region may still issue, and what a sale earns of its points.

A sale is never refused for them. Beyond a quota it earns what fits, or earns as ever and is marked (setting
`points_quota_beyond`). One made without connection has promised its points already, so that it is marked, unless the
setting `promotion_limits_upload` says otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from application.points_quotas import quota_counter
from application.policies import Policies
from application.ports.kernel import UnitOfWork
from application.ports.sales import StoredSale
from application.sales.earning import Earned, cut_to
from domain.loyalty.quota import PointsQuota, PointsQuotaUse, QuotaBeyond, fitting
from domain.pricing.basket import PricedBasket
from domain.pricing.promotion_use import CounterKey, PromotionCounter
from domain.sales.sale import SaleLine
from domain.shared.errors import Rejected

EXCEED: Final = "exceed"
"""The value of `promotion_limits_upload` by which sales made offline are marked and not cut."""


class QuotaUsedUp(Rejected):
    en = (
        "The quota of points of {place} “{code}” for {month} is used up:"
        " this sale earns {points} and not {asked} points."
    )
    zh = "{place}“{code}”{month} 的积分发放额度已用完：本单获得 {points} 积分，而非 {asked} 积分。"


class BeyondQuota(Rejected):
    en = "The quota of points of {place} “{code}” for {month} is exceeded by the {points} points of this sale."
    zh = "本单的 {points} 积分使{place}“{code}”超出 {month} 的积分发放额度。"


@dataclass(frozen=True, slots=True)
class Issued:
    """What a sale of a store with quotas earns after them, of `asked` points; None for no point at all."""

    earned: Earned | None
    asked: int
    quotas: Sequence[PointsQuota]
    exceeded: Sequence[PointsQuota]
    marked: bool
    counters: Mapping[CounterKey, PromotionCounter]

    @property
    def points(self) -> int:
        return self.earned.points if self.earned is not None else 0

    def warnings(self, language: str) -> list[str]:
        """What the cashier is told, for each quota that does not hold what the sale asked."""
        refusal = BeyondQuota if self.marked else QuotaUsedUp
        return [
            refusal(
                "basket",
                place=place_name(quota, language),
                code=quota.code,
                month=quota.month,
                points=self.points,
                asked=self.asked,
            ).message(language)
            for quota in self.exceeded
        ]


def issue(
    earned: Earned | None,
    quotas: Sequence[PointsQuota],
    counters: Mapping[CounterKey, PromotionCounter],
    policies: Policies,
    priced: PricedBasket,
    *,
    uploaded: bool,
) -> Issued | None:
    """What of the points that a sale asks for its quotas leave room for; None where there is neither."""
    if earned is None or not quotas:
        return None
    left = {quota: quota.points - _issued(counters, quota) for quota in quotas}
    exceeded = [quota for quota in quotas if left[quota] < earned.points]
    warns = policies.points_quota_beyond == QuotaBeyond.WARN
    marked = bool(exceeded) and (warns or (uploaded and policies.promotion_limits_upload == EXCEED))
    kept: Earned | None = earned
    if exceeded and not marked:
        points = fitting(earned.points, left=left.values())
        kept = cut_to(points, earned, net_minor=priced.net_minor, policies=policies)
    return Issued(kept, earned.points, quotas, exceeded, marked, counters)


def record_issued(uow: UnitOfWork, issued: Issued, *, sale_id: int, store_id: int, at: datetime) -> None:
    """Adds an entry for each quota, so that the next sale of the batch finds less; tells of those that are exceeded."""
    for quota in issued.quotas:
        issued.counters[quota_counter(quota)].uses += issued.points
        use = PointsQuotaUse(
            sale_id=sale_id,
            place=quota.place,
            code=quota.code,
            month=quota.month,
            points=issued.points,
            withheld=issued.asked - issued.points,
            quota_points=quota.points,
            beyond=issued.marked and quota in issued.exceeded,
            posted_at=at,
        )
        uow.add(use)
    for quota in issued.exceeded:
        uow.publish(
            "PointsQuotaExceeded",
            sale_id,
            {
                "sale_id": sale_id,
                "store_id": store_id,
                "place": quota.place,
                "code": quota.code,
                "month": quota.month,
                "quota_points": quota.points,
                "points": issued.points,
                "points_withheld": issued.asked - issued.points,
                "marked": issued.marked,
            },
        )


def give_quotas_back(
    uow: UnitOfWork,
    original: StoredSale,
    earlier: Sequence[StoredSale],
    returned: Sequence[SaleLine],
    *,
    sale_id: int,
) -> None:
    """Gives the points of returned lines back to the quotas on which their sale drew, in the month of the sale.

    Nobody has to lock a counter to give back: there is no limit to it that others could reach.
    """
    points = -sum(line.points_earned for line in returned)
    if not points:
        return
    entries = uow.points_quotas.of_sales([document.sale.sale_id for document in (original, *earlier)])
    for entry in entries:
        if entry.sale_id == original.sale.sale_id:
            uow.add(
                PointsQuotaUse(
                    sale_id, entry.place, entry.code, entry.month, -points, 0, 0, beyond=False, posted_at=uow.now
                )
            )


def quotas_in_words(uses: Sequence[PointsQuotaUse], language: str) -> list[str]:
    """What a stored sale earned under its quotas, where one did not hold all that it asked."""
    words = []
    for use in uses:
        if not (use.withheld or use.beyond):
            continue
        quota = PointsQuota(use.place, use.code, use.month, use.quota_points)
        refusal = BeyondQuota if use.beyond else QuotaUsedUp
        told = refusal(
            "sale_id",
            place=place_name(quota, language),
            code=use.code,
            month=use.month,
            points=use.points,
            asked=use.points + use.withheld,
        )
        words.append(told.message(language))
    return words


def place_name(quota: PointsQuota, language: str) -> str:
    """“store” or “region” in the language of whoever asks."""
    return (_ZH if language.startswith("zh") else _EN)[quota.place]


def _issued(counters: Mapping[CounterKey, PromotionCounter], quota: PointsQuota) -> int:
    counter = counters.get(quota_counter(quota))
    return counter.uses if counter is not None else 0


_EN: Final = {"region": "region", "store": "store"}
_ZH: Final = {"region": "区域", "store": "门店"}
