"""Questions about quotas of points."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.paging import next_token, page
from application.points_quotas import quota_counter
from application.ports.kernel import UnitOfWork
from application.scope import store_in_scope, trading_day
from domain.identity.organisation import Store
from domain.loyalty.quota import PointsQuota, QuotaPlace, month_of
from domain.shared.errors import Invalid

_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


class InvalidMonth(Invalid):
    en = "“{text}” is no month. Write it as YYYY-MM, such as 2026-11, or leave it empty for the present one."
    zh = "“{text}”不是有效月份，请使用 YYYY-MM 格式（如 2026-11），留空表示本月。"


@dataclass(frozen=True, slots=True)
class GetPointsQuotas:
    """Of one store or of all in scope, in a month such as 2026-11; without it the month in which each store trades."""

    store_code: str = ""
    month: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class QuotaFigures:
    """What a store and its region have issued in a month by sales less returns, and their quotas as they are set now.

    A quota of 0 is none. What was issued while there was no quota is not counted.
    """

    store_code: str
    month: str
    quota_points: int
    issued_points: int
    region_code: str
    region_quota_points: int
    region_issued_points: int


@dataclass(frozen=True, slots=True)
class QuotaFiguresList:
    quotas: Sequence[QuotaFigures]
    next_page_token: str


def get_points_quotas(uow: UnitOfWork, query: GetPointsQuotas) -> QuotaFiguresList:
    """How far the stores in scope have used their quotas of points, by store code.

    Raises InvalidMonth and UnknownStore.
    """
    asked = page(query.page_size, query.page_token, key=(str,))
    if query.month and not _MONTH.fullmatch(query.month):
        raise InvalidMonth("month", text=query.month[:64])
    uow.refresh()
    if query.store_code:
        stores = [store_in_scope(uow, query.store_code)]
    else:
        stores = [store for store in uow.chain.stores.values() if uow.caller.sees(store.store_id)]
    after = asked.after[0] if asked.after is not None else ""
    chosen = sorted((store for store in stores if store.code > after), key=lambda store: store.code)
    chosen = chosen[: asked.limit + 1]
    counted = {store.code: _counted(uow, store, query.month) for store in chosen}
    keys = {quota_counter(quota) for quotas in counted.values() for quota in quotas}
    counters = uow.promotion_uses.counters(keys)
    issued = {key: counter.uses for key, counter in counters.items()}
    rows = []
    for store in chosen:
        own, region = counted[store.code]
        rows.append(
            QuotaFigures(
                store.code,
                own.month,
                own.points,
                issued.get(quota_counter(own), 0),
                region.code,
                region.points,
                issued.get(quota_counter(region), 0),
            )
        )
    return QuotaFiguresList(rows[: asked.limit], next_token(rows, asked.limit, lambda row: (row.store_code,)))


def _counted(uow: UnitOfWork, store: Store, month: str) -> tuple[PointsQuota, PointsQuota]:
    """The quotas of a store and of its region, 0 for none; what was issued in a month stays known without them."""
    policies = uow.chain.policies(store.store_id)
    month = month or month_of(trading_day(uow, store))
    region_code = uow.chain.regions[store.region_id].code
    return (
        PointsQuota(QuotaPlace.STORE, store.code, month, policies.points_quota_store),
        PointsQuota(QuotaPlace.REGION, region_code, month, policies.points_quota_region),
    )
