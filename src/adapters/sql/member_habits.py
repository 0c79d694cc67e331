"""What members buy, in SQL: their latest purchases with the categories of the goods."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Select, bindparam, exists, select

from adapters.sql.reading import Filtered, Scoped
from adapters.sql.statements import any_of
from adapters.sql.tables.catalog import categories, products
from adapters.sql.tables.sales import sale_lines, sales
from adapters.sql.transaction import Transaction
from application.ports import member_habits as ports
from domain.membership.habits import Purchase
from domain.sales.sale import SaleKind

_KEY: Final = (sales.c.business_date, sales.c.sold_at, sales.c.sale_id)


def _purchases(*within: Any) -> Select[Any]:
    """Documents of every kind are bounded first: who only ever returned goods would else have their history read."""
    latest = (
        select(sales.c.kind, *_KEY)
        .where(sales.c.member_id == bindparam("member_id"), *within)
        .order_by(*(column.desc() for column in _KEY))
        .limit(bindparam("limit"))
        .subquery()
    )
    reversal = sales.alias("reversal")
    voided = exists().where(
        reversal.c.original_sale_id == latest.c.sale_id, reversal.c.kind == bindparam("void", SaleKind.VOID.value)
    )
    return (
        select(latest.c.sale_id, latest.c.business_date)
        .where(latest.c.kind == bindparam("sale", SaleKind.SALE.value), ~voided)
        .order_by(latest.c.business_date.desc(), latest.c.sold_at.desc(), latest.c.sale_id.desc())
    )


_PURCHASES: Final = Scoped(_purchases, Filtered(sales.c.store_id))
_CATEGORIES: Final = (
    select(sale_lines.c.sale_id, categories.c.code)
    .distinct()
    .join_from(sale_lines, products, products.c.sku_id == sale_lines.c.sku_id)
    .join(categories, categories.c.category_id == products.c.category_id)
    .where(any_of(sale_lines.c.sale_id, "sale_ids"), sale_lines.c.total_minor > 0)
)


class MemberHabits(ports.MemberHabits):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def purchases(self, member_id: int, *, store_ids: Collection[int] | None, documents_max: int) -> Sequence[Purchase]:
        within = None if store_ids is None else sorted(store_ids)
        parameters = {"member_id": member_id, "limit": documents_max}
        found = self._transaction.execute(*_PURCHASES.within(within, parameters)).all()
        if not found:
            return []
        codes: dict[int, set[str]] = defaultdict(set)
        sale_ids = [row.sale_id for row in found]
        for row in self._transaction.execute(_CATEGORIES, {"sale_ids": sale_ids}):
            codes[row.sale_id].add(row.code)
        return [Purchase(row.business_date, frozenset(codes[row.sale_id])) for row in found]
