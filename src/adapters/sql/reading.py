"""What statements that read have in common: the stores of a scope, and lists with the newest row first."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Column, ColumnElement, Row, Select, Table, bindparam, select, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from adapters.sql.tables.identity import stores
from adapters.sql.transaction import Transaction
from application.ports.selection import Selection

NEWEST: Final = (datetime.max.replace(tzinfo=UTC), 2**63 - 1)
"""Later than any instant, and larger than any id."""


class Scoped:
    """One statement in two forms, for the whole chain and for some stores.

    `build` makes the statement with the conditions that it is given; `store_id` is the column that they restrict.
    """

    def __init__(self, build: Callable[..., Select[Any]], store_id: ColumnElement[int]) -> None:
        self._chain = build()
        # A list of values rather than a subquery: filtering by it keeps the order of the index that is read.
        self._stores = build(store_id.in_(bindparam("store_ids", expanding=True)))

    def within(
        self, store_ids: Sequence[int] | None, parameters: Mapping[str, object]
    ) -> tuple[Select[Any], dict[str, Any]]:
        """The form to execute, with its parameters; None means the whole chain."""
        if store_ids is None:
            return self._chain, dict(parameters)
        return self._stores, {**parameters, "store_ids": store_ids}


class Filtered(FunctionElement[int]):
    """A column as a filter of what another index finds, never as the way to find it.

    Lists read from one place on and stop when the page is full. SQLite, which has no statistics, would rather gather
    all rows of several stores and sort them; PostgreSQL weighs both.
    """

    type = BigInteger()
    inherit_cache = True


@compiles(Filtered)
def _column(filtered: Filtered, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(filtered.clauses, **options)


@compiles(Filtered, "sqlite")
def _column_without_index(filtered: Filtered, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{compiler.process(filtered.clauses, **options)}"


class Statement:
    """What the statement of an account asks: its entries, newest first, with the code of the store of each.

    `owner` is the first column of the primary key of `entries`, with `posted_at` and `entry_id` after it: the cost is
    that of the page.
    """

    def __init__(self, entries: Table, owner: Column[int]) -> None:
        at, key = entries.c.posted_at, entries.c.entry_id
        self._asked = (
            select(entries, stores.c.code.label("store_code"))
            .join_from(entries, stores, stores.c.store_id == entries.c.store_id)
            .where(
                owner == bindparam("owner_id", type_=owner.type),
                tuple_(at, key) < tuple_(bindparam("before_at", type_=at.type), bindparam("before_id", type_=key.type)),
            )
            .order_by(at.desc(), key.desc())
            .limit(bindparam("limit"))
        )

    def page(
        self, transaction: Transaction, owner_id: int, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[tuple[tuple[datetime, int], Row[Any]]]:
        """Up to `limit` rows, those older than `after`, with their keys."""
        before_at, before_id = after or NEWEST
        asked = {"owner_id": owner_id, "before_at": before_at, "before_id": before_id, "limit": limit}
        return [((row.posted_at, row.entry_id), row) for row in transaction.execute(self._asked, asked)]


def newest_first(
    on: Column[date], at: Column[datetime], key: Column[int], *, where: Column[int] | None = None
) -> Select[Any]:
    """The rows of a table between `bounds`, those with the latest date first, then the latest instant, then the id.

    An index on `where`, when that is given, and the three columns makes the cost that of the page.
    """
    found = (
        select(on.table)
        .where(
            tuple_(on, at, key)
            < tuple_(
                bindparam("before_date", type_=on.type),
                bindparam("before_at", type_=at.type),
                bindparam("before_id", type_=key.type),
            ),
            on >= bindparam("from_date", type_=on.type),
        )
        .order_by(on.desc(), at.desc(), key.desc())
        .limit(bindparam("limit"))
    )
    return found if where is None else found.where(where == bindparam(where.name, type_=where.type))


def bounds(selection: Selection, after: tuple[date, datetime, int] | None, limit: int) -> dict[str, object]:
    """The parameters of `newest_first` for a page of the selection that starts after a key."""
    newest = (selection.to_date, *NEWEST)
    before_date, before_at, before_id = newest if after is None else min(after, newest)
    return {
        "before_date": before_date,
        "before_at": before_at,
        "before_id": before_id,
        "from_date": selection.from_date,
        "limit": limit,
    }
