"""Takings in SQL: sums over sales, their lines and their tenders, by whatever they are grouped by."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    FromClause,
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
_IN_PERIOD: Final = sales.c.business_date.between(
    bindparam("from_date", type_=sales.c.business_date.type), bindparam("to_date", type_=sales.c.business_date.type)
)
_IS_SALE: Final = sales.c.kind == SaleKind.SALE.value


def _documents(kind: ColumnElement[bool]) -> ColumnElement[int]:
    """How many different documents of a kind there are among rows of their lines or tenders."""
    return func.count(distinct(case((kind, sales.c.sale_id))))


def _of_sales() -> tuple[FromClause, dict[str, ColumnElement[Any]]]:
    quantity = (
        select(func.sum(sale_lines.c.quantity_milli)).where(sale_lines.c.sale_id == sales.c.sale_id).scalar_subquery()
    )
    sums: dict[str, ColumnElement[Any]] = {
        "sales": func.count(case((_IS_SALE, 1))),
        "reversals": func.count(case((~_IS_SALE, 1))),
        "quantity_milli": func.sum(quantity),
        "rounding_minor": func.sum(sales.c.rounding_minor),
    }
    return sales, sums | {name: func.sum(sales.c[name]) for name in _AMOUNTS}


def _of_lines() -> tuple[FromClause, dict[str, ColumnElement[Any]]]:
    joined = sales.join(sale_lines, sale_lines.c.sale_id == sales.c.sale_id)
    sums: dict[str, ColumnElement[Any]] = {
        "sales": _documents(_IS_SALE),
        "reversals": _documents(~_IS_SALE),
        "quantity_milli": func.sum(sale_lines.c.quantity_milli),
        "rounding_minor": literal(0),
    }
    return (
        joined.join(categories, categories.c.category_id == sale_lines.c.department_id),
        sums | {name: func.sum(sale_lines.c[name]) for name in _AMOUNTS},
    )


def _paid() -> Subquery:
    """What each tender brought: amounts handed over, cash less change; and the cash rounding in it."""
    cash = literal(TenderKind.CASH.value).label("kind")
    return union_all(
        select(
            sale_tenders.c.sale_id, sale_tenders.c.kind, sale_tenders.c.amount_minor, literal(0).label("rounding_minor")
        ),
        select(sales.c.sale_id, cash, -sales.c.change_minor, sales.c.rounding_minor).where(
            (sales.c.change_minor != 0) | (sales.c.rounding_minor != 0)
        ),
    ).subquery("paid")


_PAID: Final = _paid()


def _of_tenders() -> tuple[FromClause, dict[str, ColumnElement[Any]]]:
    sums: dict[str, ColumnElement[Any]] = {
        "sales": _documents(_IS_SALE),
        "reversals": _documents(~_IS_SALE),
        "quantity_milli": literal(0),
        "rounding_minor": func.sum(_PAID.c.rounding_minor),
        **dict.fromkeys(_AMOUNTS, literal(0)),
        "total_minor": func.sum(_PAID.c.amount_minor),
    }
    return sales.join(_PAID, _PAID.c.sale_id == sales.c.sale_id), sums


_GROUPS: Final[Mapping[TakingsDimension, ColumnElement[Any]]] = {
    TakingsDimension.STORE: stores.c.code,
    TakingsDimension.DATE: sales.c.business_date,
    TakingsDimension.DEPARTMENT: categories.c.code,
    TakingsDimension.TENDER: _PAID.c.kind,
    TakingsDimension.CHANNEL: sales.c.channel,
}


@cache  # at most one per order of the five dimensions
def _grouped(group_by: tuple[TakingsDimension, ...]) -> Scoped:
    if TakingsDimension.DEPARTMENT in group_by:
        rows, sums = _of_lines()
    elif TakingsDimension.TENDER in group_by:
        rows, sums = _of_tenders()
    else:
        rows, sums = _of_sales()
    if TakingsDimension.STORE in group_by:
        rows = rows.join(stores, stores.c.store_id == sales.c.store_id)
    groups = [_GROUPS[dimension] for dimension in group_by]
    return Scoped(
        select(
            *[group.label(dimension.value) for dimension, group in zip(group_by, groups, strict=True)],
            sales.c.currency,
            *[sum_.label(name) for name, sum_ in sums.items()],
        )
        .select_from(rows)
        .where(_IN_PERIOD)
        .group_by(*groups, sales.c.currency)
        .order_by(*groups, sales.c.currency)
        .limit(bindparam("limit")),
        sales.c.store_id,
    )


_SOLD: Final = (
    select(
        sale_lines.c.sku_id,
        sales.c.currency,
        func.sum(sale_lines.c.quantity_milli).label("quantity_milli"),
        func.sum(sale_lines.c.total_minor).label("total_minor"),
    )
    .join_from(sale_lines, sales, sales.c.sale_id == sale_lines.c.sale_id)
    .where(_IN_PERIOD)
    .group_by(sale_lines.c.sku_id, sales.c.currency)
)
_BOUGHT: Final = (
    select(
        sales.c.member_id,
        sales.c.currency,
        func.count(case((_IS_SALE, 1))).label("sales"),
        func.sum(sales.c.total_minor).label("total_minor"),
    )
    .where(_IN_PERIOD, sales.c.member_id.is_not(None))
    .group_by(sales.c.member_id, sales.c.currency)
)


def _best_first(sold: Select[Any]) -> Select[Any]:
    best = sold.subquery("sold")
    departments = categories.alias("departments")
    return (
        select(best, products.c.sku, products.c.name, departments.c.code.label("department"))
        .join_from(best, products, products.c.sku_id == best.c.sku_id)
        .join(categories, categories.c.category_id == products.c.category_id)
        .join(departments, departments.c.category_id == categories.c.department_id)
        .order_by(best.c.total_minor.desc(), products.c.sku, best.c.currency)
        .limit(bindparam("limit"))
    )


def _first_members(bought: Select[Any]) -> Select[Any]:
    top = bought.subquery("bought")
    return (
        select(top, members.c.member_number, points_accounts.c.points_balance)
        .join_from(top, members, members.c.member_id == top.c.member_id)
        .join(points_accounts, points_accounts.c.member_id == top.c.member_id)
        .order_by(top.c.total_minor.desc(), members.c.member_number, top.c.currency)
        .limit(bindparam("limit"))
    )


_BEST_SELLERS: Final = Scoped(_SOLD, sales.c.store_id, then=_best_first)
_TOP_MEMBERS: Final = Scoped(_BOUGHT, sales.c.store_id, then=_first_members)


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
        quantity_milli=int(found["quantity_milli"]),
        rounding_minor=int(found["rounding_minor"]),
        **{name: int(found[name]) for name in _AMOUNTS},
    )
