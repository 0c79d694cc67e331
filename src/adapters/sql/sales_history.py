"""Stored sales in SQL, as they are shown."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, func, select

from adapters.sql.reading import Filtered, Scoped, bounds, newest_first
from adapters.sql.tables.catalog import products
from adapters.sql.tables.identity import callers, staff, stores
from adapters.sql.tables.membership import members
from adapters.sql.tables.sales import sale_lines, sale_tenders, sales
from adapters.sql.transaction import Transaction
from application.ports import sales as ports
from application.ports.sales import SalesKey
from application.ports.selection import Selection
from application.sales.views import SaleLineView, SaleSummary, SaleTenderView, SaleView, StoredDocument
from domain.sales.sale import SaleKind, TenderKind
from domain.shared.applied import AppliedDiscount, AppliedTax, given_by


def _with_codes(rows: Any) -> Select[Any]:
    """Rows of sales with the codes and numbers that people know."""
    return (
        select(
            rows,
            stores.c.code.label("store_code"),
            func.coalesce(callers.c.code, "").label("terminal_code"),
            func.coalesce(staff.c.code, "").label("cashier_code"),
            func.coalesce(members.c.member_number, "").label("member_number"),
        )
        .join_from(rows, stores, stores.c.store_id == rows.c.store_id)
        .outerjoin(callers, callers.c.caller_id == rows.c.terminal_id)
        .outerjoin(staff, staff.c.staff_id == rows.c.cashier_id)
        .outerjoin(members, members.c.member_id == rows.c.member_id)
    )


_BY_ID: Final = Scoped(
    lambda *within: _with_codes(sales).where(sales.c.sale_id == bindparam("sale_id"), *within), sales.c.store_id
)
_BY_REQUEST: Final = Scoped(
    lambda *within: _with_codes(sales).where(
        sales.c.terminal_id == bindparam("terminal_id"), sales.c.request_id == bindparam("request_id"), *within
    ),
    sales.c.store_id,
)
_LINES: Final = (
    select(sale_lines, products.c.sku, products.c.name)
    .join_from(sale_lines, products, products.c.sku_id == sale_lines.c.sku_id)
    .where(sale_lines.c.sale_id == bindparam("sale_id"))
    .order_by(sale_lines.c.line_number)
)
_TENDERS: Final = (
    select(sale_tenders).where(sale_tenders.c.sale_id == bindparam("sale_id")).order_by(sale_tenders.c.tender_number)
)
_REVERSALS: Final = (
    select(sales.c.sale_id)
    .where(sales.c.original_sale_id == bindparam("sale_id"))
    .order_by(sales.c.sold_at, sales.c.sale_id)
)
_MEMBER: Final = select(members.c.member_id).where(members.c.member_number == bindparam("member_number"))

_KEY: Final = (sales.c.business_date, sales.c.sold_at, sales.c.sale_id)


def _page(rows: Select[Any]) -> Select[Any]:
    """The rows found first, so that no join can lead the engine away from the index."""
    page = rows.subquery()
    return _with_codes(page).order_by(page.c.business_date.desc(), page.c.sold_at.desc(), page.c.sale_id.desc())


_SALES: Final = Scoped(lambda *within: _page(newest_first(*_KEY).where(*within)), Filtered(sales.c.store_id))
_SALES_OF_STORE: Final = _page(newest_first(*_KEY, where=sales.c.store_id))
_SALES_OF_MEMBER: Final = Scoped(
    lambda *within: _page(newest_first(*_KEY, where=sales.c.member_id).where(*within)), Filtered(sales.c.store_id)
)


class SalesHistory(ports.SalesHistory):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def document(self, *, sale_id: int = 0, request_id: str = "") -> StoredDocument | None:
        caller = self._transaction.caller
        if request_id:
            chosen, parameters = _BY_REQUEST, {"terminal_id": caller.caller_id, "request_id": request_id}
        else:
            chosen, parameters = _BY_ID, {"sale_id": sale_id}
        store_ids = None if caller.store_ids is None else sorted(caller.store_ids)
        row = self._transaction.execute(*chosen.within(store_ids, parameters)).one_or_none()
        if row is None:
            return None
        of_sale = {"sale_id": row.sale_id}
        lines = [_line(line) for line in self._transaction.execute(_LINES, of_sale)]
        tenders = [
            SaleTenderView(TenderKind(tender.kind), tender.amount_minor, tender.points, tender.reference)
            for tender in self._transaction.execute(_TENDERS, of_sale)
        ]
        reversals = [found.sale_id for found in self._transaction.execute(_REVERSALS, of_sale)]
        return StoredDocument(_sale(row, lines, tenders), reversals)

    def list_sales(
        self, selection: Selection, *, member_id: int | None, after: SalesKey | None, limit: int
    ) -> Sequence[tuple[SalesKey, SaleSummary]]:
        parameters = bounds(selection, after, limit)
        store_ids = selection.store_ids
        if member_id is not None:
            rows = self._transaction.execute(
                *_SALES_OF_MEMBER.within(store_ids, {**parameters, "member_id": member_id})
            )
        elif store_ids is not None and len(store_ids) == 1:
            rows = self._transaction.execute(_SALES_OF_STORE, {**parameters, "store_id": store_ids[0]})
        else:
            rows = self._transaction.execute(*_SALES.within(store_ids, parameters))
        return [((row.business_date, row.sold_at, row.sale_id), _summary(row)) for row in rows]

    def member_id(self, member_number: str) -> int | None:
        found = self._transaction.execute(_MEMBER, {"member_number": member_number}).scalar_one_or_none()
        return None if found is None else int(found)


_LINE_FIELDS: Final = [name for name in SaleLineView.__slots__ if name != "gift_promotion_code"]
_SALE_FIELDS: Final = [name for name in SaleView.__slots__ if name not in {"lines", "tenders", "warnings"}]


def _sale(row: Row[Any], lines: list[SaleLineView], tenders: list[SaleTenderView]) -> SaleView:
    figures = {name: row._mapping[name] for name in _SALE_FIELDS}
    figures["kind"] = SaleKind(row.kind)
    figures["original_sale_id"] = row.original_sale_id or 0
    figures["business_date"] = row.business_date.isoformat()
    return SaleView(**figures, lines=lines, tenders=tenders, warnings=[])


def _line(row: Row[Any]) -> SaleLineView:
    figures = {name: row._mapping[name] for name in _LINE_FIELDS}
    figures["discounts"] = discounts = [AppliedDiscount(**discount) for discount in row.discounts]
    figures["gift_promotion_code"] = given_by(discounts)
    figures["taxes"] = [AppliedTax(**tax) for tax in row.taxes]
    return SaleLineView(**figures)


def _summary(row: Row[Any]) -> SaleSummary:
    figures = {name: row._mapping[name] for name in SaleSummary.__slots__}
    figures["kind"] = SaleKind(row.kind)
    figures["business_date"] = row.business_date.isoformat()
    return SaleSummary(**figures)
