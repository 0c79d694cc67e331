"""Receipt numbers of terminals in SQL. Whatever is asked is bounded by the sales of the period that is looked at."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, Select, String, and_, bindparam, func, or_, select

from adapters.sql.reading import Scoped
from adapters.sql.tables.identity import callers, stores
from adapters.sql.tables.sales import sales
from adapters.sql.transaction import Transaction
from application.ports import terminal_series as ports
from application.ports.selection import Selection
from application.ports.terminal_series import Neighbours, NumberedTerminal
from domain.sales.series import Installation

_IN_PERIOD: Final = (
    sales.c.receipt_sequence.is_not(None),
    sales.c.business_date >= bindparam("from_date", type_=Date()),
    sales.c.business_date <= bindparam("to_date", type_=Date()),
)


def _terminals(*within: ColumnElement[bool]) -> Select[Any]:
    period = (
        select(
            sales.c.terminal_id,
            func.count().label("sales"),
            func.min(sales.c.receipt_sequence).label("first_sequence"),
            func.max(sales.c.receipt_sequence).label("last_sequence"),
        )
        .where(*_IN_PERIOD, *within)
        .group_by(sales.c.terminal_id)
        .subquery()
    )
    earlier = sales.alias("earlier")
    before = (
        select(func.max(earlier.c.receipt_sequence))
        .where(
            earlier.c.terminal_id == period.c.terminal_id,
            earlier.c.receipt_sequence < period.c.first_sequence,
        )
        .scalar_subquery()
    )
    return (
        select(
            period.c.terminal_id,
            callers.c.code.label("terminal_code"),
            func.coalesce(stores.c.code, "").label("store_code"),
            period.c.sales,
            func.coalesce(before, 0).label("before"),
            period.c.first_sequence,
            period.c.last_sequence,
        )
        .join_from(period, callers, callers.c.caller_id == period.c.terminal_id)
        .outerjoin(stores, stores.c.store_id == callers.c.store_id)
        .where(callers.c.code > bindparam("after", type_=String()))
        .order_by(callers.c.code)
        .limit(bindparam("limit"))
    )


_TERMINALS: Final = Scoped(_terminals, sales.c.store_id)


def _neighbours(bounds: ColumnElement[bool]) -> Select[Any]:
    """Each sale with the one after it by number."""
    terminal, order = sales.c.terminal_id, (sales.c.receipt_sequence, sales.c.sale_id)
    numbered = (
        select(
            sales.c.terminal_id,
            sales.c.receipt_sequence.label("sequence"),
            sales.c.sale_id,
            func.lead(sales.c.receipt_sequence).over(partition_by=terminal, order_by=order).label("next_sequence"),
            func.lead(sales.c.sale_id).over(partition_by=terminal, order_by=order).label("next_sale_id"),
        )
        .where(bounds)
        .subquery()
    )
    return (
        select(numbered)
        .where(numbered.c.next_sequence != numbered.c.sequence + 1)
        .order_by(numbered.c.terminal_id, numbered.c.sequence, numbered.c.sale_id)
        .limit(bindparam("limit"))
    )


_INSTALLATIONS: Final = Scoped(
    lambda *within: (
        select(
            sales.c.terminal_id,
            sales.c.install_id,
            func.min(sales.c.receipt_sequence).label("first_sequence"),
            func.max(sales.c.receipt_sequence).label("last_sequence"),
            func.count().label("sales"),
            func.min(sales.c.sold_at).label("first_sold_at"),
            func.max(sales.c.sold_at).label("last_sold_at"),
        )
        .where(
            *_IN_PERIOD,
            sales.c.install_id.is_not(None),
            sales.c.terminal_id.in_(bindparam("terminal_ids", expanding=True)),
            *within,
        )
        .group_by(sales.c.terminal_id, sales.c.install_id)
        .order_by(sales.c.terminal_id, func.min(sales.c.sold_at), sales.c.install_id)
    ),
    sales.c.store_id,
)


class TerminalSeries(ports.TerminalSeries):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def terminals(self, selection: Selection, *, after: str | None, limit: int) -> Sequence[NumberedTerminal]:
        asked = _TERMINALS.within(selection.store_ids, {**_dates(selection), "after": after or "", "limit": limit})
        return [NumberedTerminal(**row._mapping) for row in self._transaction.execute(*asked)]

    def neighbours(self, terminals: Sequence[NumberedTerminal], *, limit: int) -> Sequence[Neighbours]:
        # One statement per terminal would be cheap too; one for all of them finds its rows by the same index.
        bounds = or_(
            *[
                and_(
                    sales.c.terminal_id == one.terminal_id,
                    sales.c.receipt_sequence.between(one.first_sequence, one.last_sequence),
                )
                for one in terminals
            ]
        )
        return [Neighbours(**row._mapping) for row in self._transaction.execute(_neighbours(bounds), {"limit": limit})]

    def installations(
        self, terminals: Sequence[NumberedTerminal], selection: Selection
    ) -> Sequence[tuple[int, Installation]]:
        ids = {"terminal_ids": [one.terminal_id for one in terminals]}
        rows = self._transaction.execute(*_INSTALLATIONS.within(selection.store_ids, {**_dates(selection), **ids}))
        return [
            (row.terminal_id, Installation(**{name: row._mapping[name] for name in Installation.__slots__}))
            for row in rows
        ]


def _dates(selection: Selection) -> dict[str, object]:
    return {"from_date": selection.from_date, "to_date": selection.to_date}
