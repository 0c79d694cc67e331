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


_SUMS: Final = ("sales", "reversals", "quantity_milli", *_AMOUNTS, "rounding_minor")
Parts: TypeAlias = tuple[Select[Any], Mapping[TakingsDimension, ColumnElement[Any]]]
"""Rows to sum up, with columns named as in _SUMS, and the columns by which they can be grouped."""


def _of_sales(*within: ColumnElement[bool]) -> Select[Any]:
    """A row per sale: itself, and how many units its lines have."""
    units = (
        select(func.sum(sale_lines.c.quantity_milli)).where(sale_lines.c.sale_id == sales.c.sale_id).scalar_subquery()
    )
    return select(
        *_HEADER, units.label("quantity_milli"), *[sales.c[name] for name in _AMOUNTS], sales.c.rounding_minor
    ).where(_IN_PERIOD, *within)


def _of_lines(*within: ColumnElement[bool]) -> Select[Any]:
    """A row per line."""
    return (
        select(
            *_HEADER,
            sale_lines.c.department_id,
            sale_lines.c.quantity_milli,
            *[sale_lines.c[name] for name in _AMOUNTS],
            literal(0).label("rounding_minor"),
        )
        .join_from(sales, sale_lines, sale_lines.c.sale_id == sales.c.sale_id)
        .where(_IN_PERIOD, *within)
    )


def _of_tenders(*within: ColumnElement[bool]) -> CompoundSelect[Any]:
    """A row per tender with what was handed over, and one that takes the change off cash."""
    nothing = [literal(0).label(name) for name in ("quantity_milli", *_AMOUNTS[:-1])]
    handed_over = (
        select(
            *_HEADER,
            sale_tenders.c.kind.label("tender"),
            *nothing,
            sale_tenders.c.amount_minor.label("total_minor"),
            literal(0).label("rounding_minor"),
        )
        .join_from(sales, sale_tenders, sale_tenders.c.sale_id == sales.c.sale_id)
        .where(_IN_PERIOD, *within)
    )
    change = select(
        *_HEADER,
        literal(TenderKind.CASH.value).label("tender"),
        *nothing,
        (-sales.c.change_minor).label("total_minor"),
        sales.c.rounding_minor,
    ).where((sales.c.change_minor != 0) | (sales.c.rounding_minor != 0), _IN_PERIOD, *within)
    return union_all(handed_over, change)
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
