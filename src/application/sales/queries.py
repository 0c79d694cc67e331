"""Questions about what was sold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from application.fields import named_once, optional_code, within
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.sales.views import (
    BestSeller,
    ExchangeView,
    ReturnedLineView,
    SaleSummary,
    SaleView,
    TakingsDimension,
    TakingsRow,
    TopMember,
    UnknownSale,
)
from application.scope import selected
from domain.sales.sale import SaleKind
from domain.shared.errors import Invalid, NotFound

TAKINGS_ROWS_MAX: Final = 20_000
RANKING_MAX: Final = 1_000


class SaleIdOrRequestId(Invalid):
    en = "Send either sale_id or request_id, and only one of them."
    zh = "必须且只能提供 sale_id 或 request_id 之一。"


class NotARequestId(Invalid):
    en = "A request_id is a UUID such as 0b6c7e0e-8f5b-4c36-9f0e-3a1d5a0f7c11."
    zh = "request_id 应为 UUID，例如 0b6c7e0e-8f5b-4c36-9f0e-3a1d5a0f7c11。"


class UnknownMemberNumber(NotFound):
    en = "There is no member with this number."
    zh = "没有此会员号的会员。"


class DepartmentWithTender(Invalid):
    en = "Takings cannot be grouped by department and tender at once: a tender pays the whole sale. Ask twice."
    zh = "不能同时按部门和付款方式汇总：一笔付款对应整张销售单。请分两次查询。"


class TooManyTakings(Invalid):
    en = "There are more than {rows_max} groups. Name a store, shorten the period, or group by less."
    zh = "分组超过 {rows_max} 个。请指定门店、缩短期间或减少分组维度。"


@dataclass(frozen=True, slots=True)
class GetSale:
    sale_id: int = 0
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class FoundSale:
    """A document, what took it back, and the exchanges that it is part of, oldest first."""

    sale: SaleView
    reversal_sale_ids: Sequence[int]
    returned_lines: Sequence[ReturnedLineView]
    exchanges: Sequence[ExchangeView]


@dataclass(frozen=True, slots=True)
class ListSales:
    store_code: str = ""
    from_date: str = ""
    to_date: str = ""
    member_number: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class SalesPage:
    sales: Sequence[SaleSummary]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class GetTakings:
    group_by: tuple[TakingsDimension, ...] = ()
    store_code: str = ""
    from_date: str = ""
    to_date: str = ""


@dataclass(frozen=True, slots=True)
class TakingsFound:
    rows: Sequence[TakingsRow]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The first `limit` of a ranking over the stores and dates of a selection, by amount."""

    limit: int
    store_code: str = ""
    from_date: str = ""
    to_date: str = ""


def get_sale(uow: UnitOfWork, query: GetSale) -> FoundSale:
    """One sale, refund or void as it was stored, with the ids of what took it back and its exchanges.

    Raises SaleIdOrRequestId, NotARequestId, and UnknownSale alike for absent sales and for those of foreign stores.
    """
    if bool(query.sale_id) == bool(query.request_id):
        raise SaleIdOrRequestId("sale_id")
    found = uow.sales_history.document(
        sale_id=query.sale_id, request_id=_request_id(query.request_id) if query.request_id else ""
    )
    if found is None:
        raise UnknownSale("sale_id" if query.sale_id else "request_id")
    returned = uow.returned_goods.of_refund(found.sale.sale_id) if found.sale.kind is SaleKind.REFUND else ()
    views = [ReturnedLineView(line.line_number, line.reason_code, line.condition) for line in returned]
    exchanges = [
        ExchangeView(one.returned_sale_id, one.refund_id, one.sale_id, one.exchanged_minor)
        for one in uow.exchanges.naming(found.sale.sale_id)
    ]
    return FoundSale(found.sale, found.reversal_sale_ids, views, exchanges)


def list_sales(uow: UnitOfWork, query: ListSales) -> SalesPage:
    """Sales, refunds and voids of the stores in scope, newest first.

    Raises UnknownMemberNumber and the refusals of `selected` and `page`.
    """
    asked = page(query.page_size, query.page_token, key=(date, datetime, int))
    selection = selected(uow, store_code=query.store_code, from_date=query.from_date, to_date=query.to_date)
    member_id = None
    if query.member_number:
        member_id = uow.sales_history.member_id(optional_code(query.member_number, field="member_number"))
        if member_id is None:
            raise UnknownMemberNumber("member_number")
    rows = uow.sales_history.list_sales(selection, member_id=member_id, after=asked.after, limit=asked.limit + 1)
    token = next_token(rows, asked.limit, lambda row: row[0])
    return SalesPage([sale for _, sale in rows[: asked.limit]], token)


def get_takings(uow: UnitOfWork, query: GetTakings) -> TakingsFound:
    """What was taken, one row per group and currency; every way of grouping adds up to the same totals.

    Raises DepartmentWithTender, NamedTwice, TooManyTakings and the refusals of `selected`.
    """
    named_once(query.group_by, field="group_by")
    if TakingsDimension.DEPARTMENT in query.group_by and TakingsDimension.TENDER in query.group_by:
        raise DepartmentWithTender("group_by")
    selection = selected(uow, store_code=query.store_code, from_date=query.from_date, to_date=query.to_date)
    rows = uow.takings.takings(selection, group_by=query.group_by, rows_max=TAKINGS_ROWS_MAX + 1)
    if len(rows) > TAKINGS_ROWS_MAX:
        raise TooManyTakings("group_by", rows_max=TAKINGS_ROWS_MAX)
    return TakingsFound(rows)


def best_sellers(uow: UnitOfWork, query: Ranking) -> Sequence[BestSeller]:
    """The products that brought most, sales less reversals, each currency for itself."""
    within(query.limit, 1, RANKING_MAX, field="limit")
    selection = selected(uow, store_code=query.store_code, from_date=query.from_date, to_date=query.to_date)
    return uow.takings.best_sellers(selection, limit=query.limit)


def top_members(uow: UnitOfWork, query: Ranking) -> Sequence[TopMember]:
    """The members who bought most, sales less reversals, each currency for itself."""
    within(query.limit, 1, RANKING_MAX, field="limit")
    selection = selected(uow, store_code=query.store_code, from_date=query.from_date, to_date=query.to_date)
    return uow.takings.top_members(selection, limit=query.limit)


def _request_id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise NotARequestId("request_id") from None
