"""What may still come back: sales by id, by receipt or by member, in every store for those who may take them there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.returnable import StoredReturnable
from application.ports.selection import Selection
from application.sales.checkout import UnknownMember
from application.sales.order_money import name_as_paid_in
from application.sales.returning import ELSEWHERE, sale_id_named
from application.sales.views import SaleSummary, SaleTenderView, UnknownSale
from domain.sales.reversal import lines_left, tenders_left
from domain.sales.sale import SaleKind, TenderKind
from domain.shared.errors import Invalid

OF_MEMBER_MAX: Final = 50
"""Sales on a page, each of which is looked at with all that has taken it back."""


class MemberOrSale(Invalid):
    en = "Send member_key alone, or name one sale by sale_id or receipt_number."
    zh = "请只填写 member_key，或用 sale_id、receipt_number 指定一笔销售。"


class TooManyReturnables(Invalid):
    en = "A page has at most {limit} sales here, not {asked}. Ask for less at a time."
    zh = "此处每页最多 {limit} 笔销售，不能为 {asked}。请分页查询。"


@dataclass(frozen=True, slots=True)
class FindReturnable:
    """One sale, or those of a member, newest first."""

    sale_id: int = 0
    receipt_number: str = ""
    business_date: str = ""
    member_key: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(slots=True)
class ReturnableLine:
    """What is left of a line, in thousandths and in minor units with tax; `amount_only` has no goods."""

    line_number: int
    sku: str
    name: str
    quantity_milli: int
    total_minor: int
    amount_only: bool


@dataclass(slots=True)
class Returnable:
    """A sale with what is left of its lines, closed ones aside, and of its tenders."""

    sale: SaleSummary
    lines: list[ReturnableLine]
    tenders: list[SaleTenderView]


@dataclass(frozen=True, slots=True)
class ReturnablesFound:
    sales: Sequence[Returnable]
    next_page_token: str


def find_returnable(uow: UnitOfWork, query: FindReturnable) -> ReturnablesFound:
    """Sales of the caller's stores, and with `sales.refund_elsewhere` of the whole chain, with what is left of them.

    Raises MemberOrSale, UnknownSale, UnknownMember, TooManyReturnables, and what `sale_id_named` and `page` raise.
    """
    uow.refresh()
    if not query.member_key:
        sale_id = sale_id_named(uow, sale_id=query.sale_id, receipt_number=query.receipt_number, on=query.business_date)
        found = [one for one in uow.returnables.returnables([sale_id]) if _visible(uow, one)]
        if not found or (query.receipt_number and found[0].summary.receipt_number != query.receipt_number):
            raise UnknownSale("receipt_number" if query.receipt_number else "sale_id")
        return ReturnablesFound(_all_left(uow, found), "")
    if query.sale_id or query.receipt_number:
        raise MemberOrSale("member_key")
    asked = page(query.page_size, query.page_token, key=(date, datetime, int))
    limit = asked.limit if query.page_size else OF_MEMBER_MAX
    if limit > OF_MEMBER_MAX:
        raise TooManyReturnables("page_size", limit=OF_MEMBER_MAX, asked=limit)
    member_id = uow.members.ids([query.member_key]).get(query.member_key)
    if member_id is None:
        raise UnknownMember("member_key")
    visible = None if uow.caller.may(ELSEWHERE) or uow.caller.store_ids is None else sorted(uow.caller.store_ids)
    everything = Selection(visible, date.min, date.max)
    rows = uow.sales_history.list_sales(everything, member_id=member_id, after=asked.after, limit=limit + 1)
    sales = [summary.sale_id for _, summary in rows[:limit] if summary.kind is SaleKind.SALE]
    return ReturnablesFound(
        _all_left(uow, uow.returnables.returnables(sales)), next_token(rows, limit, lambda row: row[0])
    )


def _visible(uow: UnitOfWork, one: StoredReturnable) -> bool:
    return uow.caller.sees(one.store_id) or uow.caller.may(ELSEWHERE)


def _all_left(uow: UnitOfWork, found: Sequence[StoredReturnable]) -> list[Returnable]:
    """What is left of each, deposits as the money that was paid in: as that they are given back."""
    left = [_left(one) for one in found]
    name_as_paid_in(uow, {one.sale.sale_id: one.tenders for one in left})
    return left


def _left(one: StoredReturnable) -> Returnable:
    left = lines_left(one.lines, one.returned_lines)
    paid_back = [tender for tender in one.returned_tenders if tender.kind is not TenderKind.POINTS_SHORTFALL]
    return Returnable(
        sale=one.summary,
        lines=[
            ReturnableLine(
                line_number=number,
                sku=one.products[rest.line.sku_id].sku,
                name=one.products[rest.line.sku_id].name,
                quantity_milli=rest.quantity_milli,
                total_minor=rest.net_minor + rest.tax_minor,
                amount_only=rest.line.quantity_milli == 0,
            )
            for number, rest in left.items()
            if not rest.closed
        ],
        tenders=[
            SaleTenderView(tender.kind, tender.amount_minor, tender.points, tender.reference)
            for tender in tenders_left(
                one.tenders, change_minor=one.change_minor, returned=paid_back, tip_minor=one.tip_minor
            )
        ],
    )
