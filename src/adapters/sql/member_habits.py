"""What members buy, in SQL: their latest purchases with the categories of the goods."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, exists, select, union_all

from adapters.sql.reading import Filtered, Scoped
from adapters.sql.statements import any_of
from adapters.sql.tables.catalog import categories, products
from adapters.sql.tables.membership import members
from adapters.sql.tables.sales import sale_lines, sales
from adapters.sql.transaction import Transaction
from application.ports import member_habits as ports
from domain.membership.habits import Purchase
from domain.sales.sale import SaleKind

_KEY: Final = (sales.c.business_date, sales.c.sold_at, sales.c.sale_id)


def _purchases(files: int, *within: Any) -> Select[Any]:
    """Documents of every kind are bounded first: who only ever returned goods would else have their history read.

    Of each file as many as are asked for of all, so that the index of each gives its newest ones without a sort.
    """
    latest_of_files = [
        select(sales.c.kind, *_KEY)
        .where(sales.c.member_id == bindparam(f"file_{file}"), *within)
        .order_by(*(column.desc() for column in _KEY))
        .limit(bindparam("limit"))
        .subquery()
        for file in range(files)
    ]
    latest = latest_of_files[0]
    if files > 1:
        found = union_all(*[select(one) for one in latest_of_files]).subquery()
        newest = (found.c[column.name].desc() for column in _KEY)
        latest = select(found).order_by(*newest).limit(bindparam("limit")).subquery()
    reversal = sales.alias("reversal")
    voided = exists().where(
        reversal.c.original_sale_id == latest.c.sale_id, reversal.c.kind == bindparam("void", SaleKind.VOID.value)
    )
    return (
        select(latest.c.sale_id, latest.c.business_date)
        .where(latest.c.kind == bindparam("sale", SaleKind.SALE.value), ~voided)
        .order_by(latest.c.business_date.desc(), latest.c.sold_at.desc(), latest.c.sale_id.desc())
    )


@cache
def _purchases_of(files: int) -> Scoped:
    """The statement for so many files of one person, of which there are FILES_MAX at most."""
    return Scoped(lambda *within: _purchases(files, *within), Filtered(sales.c.store_id))


_FILES: Final = (
    select(members.c.member_id).where(members.c.merged_into == bindparam("member_id")).order_by(members.c.member_id)
)
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
        files = [member_id, *self._transaction.execute(_FILES, {"member_id": member_id}).scalars()]
        parameters = {"limit": documents_max, **{f"file_{place}": one for place, one in enumerate(files)}}
        found = self._transaction.execute(*_purchases_of(len(files)).within(within, parameters)).all()
        if not found:
            return []
        codes: dict[int, set[str]] = defaultdict(set)
        sale_ids = [row.sale_id for row in found]
        for row in self._transaction.execute(_CATEGORIES, {"sale_ids": sale_ids}):
            codes[row.sale_id].add(row.code)
        return [Purchase(row.business_date, frozenset(codes[row.sale_id])) for row in found]
