"""Stored sales in SQL, as they are shown."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import CursorResult, Row, Select, bindparam, func, select

from adapters.sql.coupon_locks import code_context
from adapters.sql.reading import Filtered, Scoped, bounds, newest_first
from adapters.sql.statements import any_of
from adapters.sql.tables.catalog import products
from adapters.sql.tables.coupons import coupon_batches, coupon_events, coupons
from adapters.sql.tables.identity import callers, staff, stores
from adapters.sql.tables.membership import members
from adapters.sql.tables.sales import sale_lines, sale_tenders, sales, tax_exemptions, tip_entries
from adapters.sql.tables.serial_numbers import serial_entries
from adapters.sql.transaction import Transaction
from application.ports import sales as ports
from application.ports.sales import SalesKey
from application.ports.selection import Selection
from application.sales.exempting import ExemptionView
from application.sales.views import (
    CouponCostView,
    SaleCouponView,
    SaleLineView,
    SaleSummary,
    SaleTenderView,
    SaleView,
    StoredDocument,
    costs_of,
)
from domain.identity.organisation import DeviceType
from domain.pricing.coupon import CouponEventKind, masked
from domain.sales.sale import SaleKind, TenderKind, late_hours
from domain.shared.applied import TAX_EXEMPTION, AppliedDiscount, AppliedTax, bought_by, given_by


def with_codes(rows: Any) -> Select[Any]:
    """Rows of sales with the codes and numbers that people know."""
    return (
        select(
            rows,
            stores.c.code.label("store_code"),
            func.coalesce(callers.c.code, "").label("terminal_code"),
            callers.c.device_type,
            func.coalesce(staff.c.code, "").label("cashier_code"),
            func.coalesce(members.c.member_number, "").label("member_number"),
        )
        .join_from(rows, stores, stores.c.store_id == rows.c.store_id)
        .outerjoin(callers, callers.c.caller_id == rows.c.terminal_id)
        .outerjoin(staff, staff.c.staff_id == rows.c.cashier_id)
        .outerjoin(members, members.c.member_id == rows.c.member_id)
    )


_BY_ID: Final = Scoped(
    lambda *within: with_codes(sales).where(sales.c.sale_id == bindparam("sale_id"), *within), sales.c.store_id
)
_BY_REQUEST: Final = Scoped(
    lambda *within: with_codes(sales).where(
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
_COUPONS: Final = (
    select(
        coupons.c.coupon_id, coupons.c.code_cipher, coupon_batches.c.code.label("batch_code"), coupon_batches.c.terms
    )
    .join_from(coupon_events, coupons, coupons.c.coupon_id == coupon_events.c.coupon_id)
    .join(coupon_batches, coupon_batches.c.batch_id == coupons.c.batch_id)
    .where(
        coupon_events.c.document_id == bindparam("sale_id"),
        coupon_events.c.document_id != 0,
        coupon_events.c.kind == CouponEventKind.REDEEMED.value,
    )
    .order_by(coupons.c.coupon_id)
)
_EXEMPTION: Final = select(tax_exemptions).where(tax_exemptions.c.sale_id == bindparam("sale_id"))
_TIP_STAFF: Final = (
    select(staff.c.code)
    .join_from(tip_entries, staff, staff.c.staff_id == tip_entries.c.staff_id)
    .where(tip_entries.c.document_id == bindparam("sale_id"))
)
_PIECES: Final = (
    select(serial_entries.c.line_number, serial_entries.c.serial_number)
    .where(serial_entries.c.sale_id == bindparam("sale_id"))
    .order_by(serial_entries.c.line_number, serial_entries.c.serial_number)
)
_REVERSALS: Final = (
    select(sales.c.sale_id)
    .where(sales.c.original_sale_id == bindparam("sale_id"))
    .order_by(sales.c.sold_at, sales.c.sale_id)
)
_MEMBER: Final = select(func.coalesce(members.c.merged_into, members.c.member_id)).where(
    members.c.member_number == bindparam("member_number")
)

_KEY: Final = (sales.c.business_date, sales.c.sold_at, sales.c.sale_id)


def _page(rows: Select[Any]) -> Select[Any]:
    """The rows found first, so that no join can lead the engine away from the index."""
    page = rows.subquery()
    return with_codes(page).order_by(page.c.business_date.desc(), page.c.sold_at.desc(), page.c.sale_id.desc())


_SALES: Final = Scoped(lambda *within: _page(newest_first(*_KEY).where(*within)), Filtered(sales.c.store_id))
_SALES_OF_STORE: Final = _page(newest_first(*_KEY, where=sales.c.store_id))
_SALES_OF_MEMBER: Final = Scoped(
    lambda *within: _page(newest_first(*_KEY, where=sales.c.member_id).where(*within)), Filtered(sales.c.store_id)
)
_FILES: Final = select(members.c.member_id).where(members.c.merged_into == bindparam("member_id"))
_SALES_OF_FILES: Final = Scoped(
    lambda *within: _page(newest_first(*_KEY).where(any_of(sales.c.member_id, "member_ids"), *within)),
    Filtered(sales.c.store_id),
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
        rows = self._transaction.execute(_LINES, of_sale).all()
        lines = [_line(line) for line in rows]
        numbered = {line.line_number: line for line in lines}
        for piece in self._transaction.execute(_PIECES, of_sale):
            line = numbered[piece.line_number]
            line.serial_numbers = (*line.serial_numbers, piece.serial_number)
        tenders = [
            SaleTenderView(
                TenderKind(tender.kind),
                tender.amount_minor,
                tender.points,
                tender.reference,
                TenderKind(tender.paid_kind) if tender.paid_kind else None,
            )
            for tender in self._transaction.execute(_TENDERS, of_sale)
        ]
        reversals = [found.sale_id for found in self._transaction.execute(_REVERSALS, of_sale)]
        sale = _sale(row, lines, tenders)
        sale.coupons = self._coupons(row.sale_id)
        if sale.coupons:
            sale.coupon_costs = self._coupon_costs(rows, {one.batch_code for one in sale.coupons})
        if any(one.code == TAX_EXEMPTION for line in lines for one in line.discounts):
            sale.tax_exemption = self._exemption(row.original_sale_id or row.sale_id)
        sale.staff_buyer_code = bought_by(lines[0].discounts) if lines else ""
        if sale.tip_minor:
            sale.tip_staff_code = self._transaction.execute(_TIP_STAFF, of_sale).scalar_one_or_none() or ""
        return StoredDocument(sale, reversals)

    def _exemption(self, sale_id: int) -> ExemptionView | None:
        row = self._transaction.execute(_EXEMPTION, {"sale_id": sale_id}).one_or_none()
        return None if row is None else ExemptionView(row.certificate, row.reason, row.exempt_minor)

    def _coupons(self, sale_id: int) -> list[SaleCouponView]:
        keys = self._transaction.keys
        return [
            SaleCouponView(
                coupon_id=row.coupon_id,
                batch_code=row.batch_code,
                batch_name=row.terms["name"],
                code=masked(keys.decrypt(row.code_cipher, code_context(row.coupon_id))),
                redeemed=True,
                reason="",
                explanation="",
            )
            for row in self._transaction.execute(_COUPONS, {"sale_id": sale_id})
        ]

    def _coupon_costs(self, lines: Sequence[Row[Any]], batch_codes: Collection[str]) -> list[CouponCostView]:
        """By the promotions that name these batches today; a promotion keeps its code, and seldom changes its batch."""
        promotions = self._transaction.snapshots.promotions(self._transaction).promotions
        batches = {
            f"promotion:{code}": promotion.coupon_batch_code
            for code, promotion in promotions.items()
            if promotion.coupon_batch_code in batch_codes
        }
        departments = self._transaction.chain.departments
        return costs_of(
            (batches[discount["code"]], departments[line.department_id], discount["amount_minor"])
            for line in lines
            for discount in line.discounts
            if discount["code"] in batches
        )

    def list_sales(
        self, selection: Selection, *, member_id: int | None, after: SalesKey | None, limit: int
    ) -> Sequence[tuple[SalesKey, SaleSummary]]:
        parameters = bounds(selection, after, limit)
        store_ids = selection.store_ids
        if member_id is not None:
            rows = self._sales_of(member_id, store_ids, parameters)
        elif store_ids is not None and len(store_ids) == 1:
            rows = self._transaction.execute(_SALES_OF_STORE, {**parameters, "store_id": store_ids[0]})
        else:
            rows = self._transaction.execute(*_SALES.within(store_ids, parameters))
        return [((row.business_date, row.sold_at, row.sale_id), summary_of(row)) for row in rows]

    def _sales_of(
        self, member_id: int, store_ids: Sequence[int] | None, parameters: dict[str, Any]
    ) -> CursorResult[Any]:
        """One history of the member and of the files that were merged into theirs."""
        files = self._transaction.execute(_FILES, {"member_id": member_id}).scalars().all()
        if not files:
            return self._transaction.execute(
                *_SALES_OF_MEMBER.within(store_ids, {**parameters, "member_id": member_id})
            )
        asked = {**parameters, "member_ids": [member_id, *files]}
        return self._transaction.execute(*_SALES_OF_FILES.within(store_ids, asked))

    def member_id(self, member_number: str) -> int | None:
        found = self._transaction.execute(_MEMBER, {"member_number": member_number}).scalar_one_or_none()
        return None if found is None else int(found)


_LINE_FIELDS: Final = [name for name in SaleLineView.__slots__ if name not in {"gift_promotion_code", "serial_numbers"}]
_OTHER_PARTS: Final = frozenset(
    {
        "lines",
        "tenders",
        "warnings",
        "coupons",
        "coupon_costs",
        "coupons_awarded",
        "late_hours",
        "tax_exemption",
        "tip_staff_code",
        "staff_buyer_code",
    }
)
_SALE_FIELDS: Final = [name for name in SaleView.__slots__ if name not in _OTHER_PARTS]


def _sale(row: Row[Any], lines: list[SaleLineView], tenders: list[SaleTenderView]) -> SaleView:
    figures = {name: row._mapping[name] for name in _SALE_FIELDS}
    figures["kind"] = SaleKind(row.kind)
    figures["device_type"] = DeviceType(row.device_type) if row.device_type else None
    figures["original_sale_id"] = row.original_sale_id or 0
    figures["tip_minor"] = row.tip_minor or 0
    figures["business_date"] = row.business_date.isoformat()
    return SaleView(**figures, lines=lines, tenders=tenders, warnings=[], late_hours=_late_hours(row))


def _line(row: Row[Any]) -> SaleLineView:
    figures = {name: row._mapping[name] for name in _LINE_FIELDS}
    figures["discounts"] = discounts = [AppliedDiscount(**discount) for discount in row.discounts]
    figures["gift_promotion_code"] = given_by(discounts)
    figures["taxes"] = [AppliedTax(**tax) for tax in row.taxes]
    return SaleLineView(**figures)


def summary_of(row: Row[Any]) -> SaleSummary:
    """A document of `with_codes` as lists show it."""
    figures = {name: row._mapping[name] for name in SaleSummary.__slots__ if name != "late_hours"}
    figures["kind"] = SaleKind(row.kind)
    figures["business_date"] = row.business_date.isoformat()
    return SaleSummary(**figures, late_hours=_late_hours(row))


def _late_hours(row: Row[Any]) -> int:
    return late_hours(row.sold_at, row.stored_at, uploaded=row.uploaded)
