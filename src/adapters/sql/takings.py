"""Takings in SQL: sums over sales, their lines or their tenders, by whatever they are grouped by."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    Subquery,
    bindparam,
    case,
    distinct,
    func,
    literal,
    select,
    union_all,
)

from adapters.sql.reading import Scoped
from adapters.sql.tables.catalog import categories, products
from adapters.sql.tables.identity import stores
from adapters.sql.tables.loyalty import points_accounts
from adapters.sql.tables.membership import members
from adapters.sql.tables.sales import sale_lines, sale_tenders, sales
from adapters.sql.transaction import Transaction
from application.ports import sales as ports
from application.ports.selection import Selection
from application.sales.views import BestSeller, TakingsDimension, TakingsRow, TopMember
from domain.sales.sale import SaleKind, TenderKind

_AMOUNTS: Final = ("gross_minor", "discount_minor", "net_minor", "tax_minor", "total_minor")
_SUMS: Final = ("quantity_milli", *_AMOUNTS, "rounding_minor", "tip_minor")
_TIP: Final = func.coalesce(sales.c.tip_minor, 0).label("tip_minor")
_NONE: Final = literal(0)
_IN_PERIOD: Final = sales.c.business_date.between(
    bindparam("from_date", type_=sales.c.business_date.type), bindparam("to_date", type_=sales.c.business_date.type)
)
_HEADER: Final = (
    sales.c.sale_id,
    sales.c.store_id,
    sales.c.business_date,
    sales.c.channel,
    sales.c.currency,
    (sales.c.kind == SaleKind.SALE.value).label("is_sale"),
)


def _of_sales(*within: ColumnElement[bool]) -> Select[Any]:
    """A row per document, with the units of its lines."""
    units = (
        select(func.sum(sale_lines.c.quantity_milli)).where(sale_lines.c.sale_id == sales.c.sale_id).scalar_subquery()
    )
    amounts = [sales.c[name] for name in _AMOUNTS]
    return select(*_HEADER, units.label("quantity_milli"), *amounts, sales.c.rounding_minor, _TIP).where(
        _IN_PERIOD, *within
    )


def _of_lines(*within: ColumnElement[bool]) -> Select[Any]:
    """A row per line, with its department."""
    amounts = [sale_lines.c[name] for name in ("quantity_milli", *_AMOUNTS)]
    return (
        select(
            *_HEADER,
            categories.c.code.label("department"),
            *amounts,
            _NONE.label("rounding_minor"),
            _NONE.label("tip_minor"),
        )
        .join_from(sales, sale_lines, sale_lines.c.sale_id == sales.c.sale_id)
        .join(categories, categories.c.category_id == sale_lines.c.department_id)
        .where(_IN_PERIOD, *within)
    )


def _of_tenders(*within: ColumnElement[bool]) -> CompoundSelect[Any]:
    """A row per tender with what was handed over, and one per document that takes the change off cash.

    One more, of no tender, tells of the tip: which tenders have paid it, nobody knows.
    """
    unknown = [_NONE.label(name) for name in _SUMS if name not in {"total_minor", "rounding_minor", "tip_minor"}]
    handed_over = (
        select(
            *_HEADER,
            sale_tenders.c.kind.label("tender"),
            *unknown,
            sale_tenders.c.amount_minor.label("total_minor"),
            _NONE.label("rounding_minor"),
            _NONE.label("tip_minor"),
        )
        .join_from(sales, sale_tenders, sale_tenders.c.sale_id == sales.c.sale_id)
        .where(_IN_PERIOD, *within)
    )
    change = select(
        *_HEADER,
        literal(TenderKind.CASH.value).label("tender"),
        *unknown,
        (-sales.c.change_minor).label("total_minor"),
        sales.c.rounding_minor,
        _NONE.label("tip_minor"),
    ).where((sales.c.change_minor != 0) | (sales.c.rounding_minor != 0), _IN_PERIOD, *within)
    nothing = (_NONE.label("total_minor"), _NONE.label("rounding_minor"))
    tip = select(*_HEADER, literal("").label("tender"), *unknown, *nothing, _TIP).where(
        sales.c.tip_minor.is_not(None), _IN_PERIOD, *within
    )
    return union_all(handed_over, change, tip)


@cache  # at most one per order of the five dimensions
def _grouped(group_by: tuple[TakingsDimension, ...]) -> Scoped:
    if TakingsDimension.DEPARTMENT in group_by:
        return Scoped(lambda *within: _sums(_of_lines(*within).subquery("found"), group_by), sales.c.store_id)
    if TakingsDimension.TENDER in group_by:
        return Scoped(lambda *within: _sums(_of_tenders(*within).subquery("found"), group_by), sales.c.store_id)
    return Scoped(lambda *within: _sums(_of_sales(*within).subquery("found"), group_by, once=True), sales.c.store_id)


def _sums(found: Subquery, group_by: tuple[TakingsDimension, ...], *, once: bool = False) -> Select[Any]:
    """The sums of the rows found by group; `once` when every document has one row, not several that count as one."""
    groups: list[ColumnElement[Any]] = []
    for dimension in group_by:
        if dimension is TakingsDimension.STORE:
            groups.append(stores.c.code.label("store"))
        elif dimension is TakingsDimension.DATE:
            groups.append(found.c.business_date.label("date"))
        else:
            groups.append(found.c[dimension.value])
    groups.append(found.c.currency)
    documents = [case((found.c.is_sale, found.c.sale_id)), case((~found.c.is_sale, found.c.sale_id))]
    sums = select(
        *groups,
        *[
            func.count(of_kind if once else distinct(of_kind)).label(name)
            for of_kind, name in zip(documents, ("sales", "reversals"), strict=True)
        ],
        *[func.sum(found.c[name]).label(name) for name in _SUMS],
    ).select_from(found)
    if TakingsDimension.STORE in group_by:
        sums = sums.join(stores, stores.c.store_id == found.c.store_id)
    return sums.group_by(*groups).order_by(*groups).limit(bindparam("limit"))


def _best_sellers(*within: ColumnElement[bool]) -> Select[Any]:
    sold = (
        select(
            sale_lines.c.sku_id,
            sales.c.currency,
            func.sum(sale_lines.c.quantity_milli).label("quantity_milli"),
            func.sum(sale_lines.c.total_minor).label("total_minor"),
        )
        .join_from(sale_lines, sales, sales.c.sale_id == sale_lines.c.sale_id)
        .where(_IN_PERIOD, *within)
        .group_by(sale_lines.c.sku_id, sales.c.currency)
        .subquery("sold")
    )
    departments = categories.alias("departments")
    return (
        select(sold, products.c.sku, products.c.name, departments.c.code.label("department"))
        .join_from(sold, products, products.c.sku_id == sold.c.sku_id)
        .join(categories, categories.c.category_id == products.c.category_id)
        .join(departments, departments.c.category_id == categories.c.department_id)
        .order_by(sold.c.total_minor.desc(), products.c.sku, sold.c.currency)
        .limit(bindparam("limit"))
    )


def _top_members(*within: ColumnElement[bool]) -> Select[Any]:
    # What a file bought that was merged counts for the member to whom it leads.
    member_id = func.coalesce(members.c.merged_into, sales.c.member_id)
    bought = (
        select(
            member_id.label("member_id"),
            sales.c.currency,
            func.count(case((sales.c.kind == SaleKind.SALE.value, 1))).label("sales"),
            func.sum(sales.c.total_minor).label("total_minor"),
        )
        .join_from(sales, members, members.c.member_id == sales.c.member_id)
        .where(_IN_PERIOD, sales.c.member_id.is_not(None), *within)
        .group_by(member_id, sales.c.currency)
        .subquery("bought")
    )
    return (
        select(bought, members.c.member_number, points_accounts.c.points_balance)
        .join_from(bought, members, members.c.member_id == bought.c.member_id)
        .join(points_accounts, points_accounts.c.member_id == bought.c.member_id)
        .order_by(bought.c.total_minor.desc(), members.c.member_number, bought.c.currency)
        .limit(bindparam("limit"))
    )


_BEST_SELLERS: Final = Scoped(_best_sellers, sales.c.store_id)
_TOP_MEMBERS: Final = Scoped(_top_members, sales.c.store_id)


class Takings(ports.Takings):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def takings(
        self, selection: Selection, *, group_by: Sequence[TakingsDimension], rows_max: int
    ) -> Sequence[TakingsRow]:
        return [_takings(row) for row in self._rows(_grouped(tuple(group_by)), selection, rows_max)]

    def best_sellers(self, selection: Selection, *, limit: int) -> Sequence[BestSeller]:
        return [
            BestSeller(row.sku, row.name, row.department, row.currency, int(row.quantity_milli), int(row.total_minor))
            for row in self._rows(_BEST_SELLERS, selection, limit)
        ]

    def top_members(self, selection: Selection, *, limit: int) -> Sequence[TopMember]:
        return [
            TopMember(row.member_number, row.currency, row.sales, int(row.total_minor), row.points_balance)
            for row in self._rows(_TOP_MEMBERS, selection, limit)
        ]

    def _rows(self, statement: Scoped, selection: Selection, limit: int) -> Sequence[Row[Any]]:
        parameters = {"from_date": selection.from_date, "to_date": selection.to_date, "limit": limit}
        return self._transaction.execute(*statement.within(selection.store_ids, parameters)).all()


def _takings(row: Row[Any]) -> TakingsRow:
    found = row._mapping
    tender = found.get(TakingsDimension.TENDER)
    business_date = found.get(TakingsDimension.DATE)
    return TakingsRow(
        store_code=found.get(TakingsDimension.STORE, ""),
        business_date=business_date.isoformat() if business_date else "",
        department=found.get(TakingsDimension.DEPARTMENT, ""),
        tender=TenderKind(tender) if tender else None,
        channel=found.get(TakingsDimension.CHANNEL, ""),
        currency=found["currency"],
        sales=found["sales"],
        reversals=found["reversals"],
        # PostgreSQL sums integers to decimals.
        **{name: int(found[name]) for name in _SUMS},
    )
