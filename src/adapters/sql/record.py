"""Writes what a unit of work has buffered: rows, the balances that follow from them, and answers to requests.

On PostgreSQL this is one statement whatever there is to write, or two: one part per table, each fed by one array of the
table's row type. On SQLite it is a statement of many rows per table.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from operator import attrgetter
from types import TracebackType
from typing import Any, Final

import psycopg
from sqlalchemy import Table

from adapters.sql.fold import Fold
from adapters.sql.postgres import PLAN_ANEW, PostgresWire, Statement, Step
from adapters.sql.row_writers import SqliteWriter, sqlite_writer
from adapters.sql.rows import FOLDS, RECORDED, RequestRow, folded
from adapters.sql.sqlite import RowsStatement, SqliteWire
from adapters.sql.tables.kernel import requests
from application.ports.kernel import Contention
from domain.pricing.promotion_use import PromotionCounter

STATEMENTS_MAX: Final = 1_000
"""More different combinations of tables than all use cases together have."""
DELTAS_PLANNED_MAX: Final = 2_000
"""Of how many balances the kept plan takes care; a larger flush is planned for what the tables hold at that moment."""


class BalanceMissing(AssertionError):
    """A balance that should have moved does not exist: the use case did not lock it first. Always a bug."""


@dataclass(slots=True)
class Pending:
    """What waits to be written. `claimed` are the request ids that still have to be answered or released."""

    added: dict[type, list[Any]] = field(default_factory=dict)
    claimed: dict[tuple[int, str], RequestRow] = field(default_factory=dict)
    answered: list[RequestRow] = field(default_factory=list)
    released: list[RequestRow] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.answered or self.released)

    def take(self) -> "Pending":
        """What waits, which from now on waits no more."""
        taken = Pending(added=self.added, answered=self.answered, released=self.released)
        self.added, self.answered, self.released = {}, [], []
        return taken


class _BalancesGuarded:
    """A context that raises BalanceMissing for the error by which the statement of `postgres_steps` tells it.

    And Contention for a limit of a promotion that others have reached since it was read.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        if isinstance(error, psycopg.errors.DivisionByZero):
            raise BalanceMissing from error
        if isinstance(error, psycopg.errors.CheckViolation) and error.diag.constraint_name == _WITHIN_LIMITS:
            raise Contention("the limit of a promotion was reached meanwhile") from error


_WITHIN_LIMITS: Final = "ck_promotion_counters_within_its_limits"
balances_guarded: Final = _BalancesGuarded()


def postgres_steps(wire: PostgresWire, pending: Pending) -> list[Step]:
    """The one statement that writes everything, with its parameters; counters of promotions are moved by one after it.

    All sales of a chain may want the same counter: it is locked last, for as long as the commit takes.
    """
    parts: list[tuple[str, type]] = []
    parameters = []
    for row_class in RECORDED:
        if rows := pending.added.get(row_class):
            parts.append(("insert", row_class))
            parameters.append(wire.pack(row_class, rows))
    many = False
    last: list[Step] = []
    for fold, deltas in folded(pending.added):
        if fold.row_class is PromotionCounter:
            last.append((_postgres_statement((("fold", PromotionCounter),)), [wire.pack(PromotionCounter, deltas)]))
            continue
        many = many or len(deltas) > DELTAS_PLANNED_MAX
        parts.append(("fold", fold.row_class))
        parameters.append(wire.pack(fold.row_class, deltas))
    for kind, request_rows in (("answer", pending.answered), ("release", pending.released)):
        if request_rows:
            parts.append((kind, RequestRow))
            parameters.append(wire.pack(RequestRow, request_rows))
    step = _postgres_statement(tuple(parts)), parameters
    # A plan that suits a basket may be wrong for a lorry.
    return [(PLAN_ANEW, ()), step, *last] if many else [step, *last]


def write_sqlite(wire: SqliteWire, pending: Pending) -> None:
    """Writes everything, table by table."""
    for row_class, (statement, write) in _SQLITE_INSERTS.items():
        if rows := pending.added.get(row_class):
            wire.run_rows(statement, write(rows))
    for fold, deltas in folded(pending.added):
        statement, read = _SQLITE_FOLDS[fold.row_class]
        if wire.run_rows(statement, [read(delta) for delta in deltas]) != len(deltas):
            raise BalanceMissing
    if pending.answered:
        wire.run_rows(_SQLITE_ANSWER, [(row.answer, row.caller_id, row.request_id) for row in pending.answered])
    if pending.released:
        wire.run_rows(_SQLITE_RELEASE, [(row.caller_id, row.request_id) for row in pending.released])


@lru_cache(maxsize=STATEMENTS_MAX)
def _postgres_statement(parts: tuple[tuple[str, type], ...]) -> Statement:
    sql = []
    guards = []
    for number, (kind, row_class) in enumerate(parts, start=1):
        sql.append(f"p{number} AS ({_postgres_part(kind, row_class, number)})")
        if kind != "insert":
            guards.append(f"(SELECT count(*) FROM p{number}) = cardinality(${number}::{_table(row_class).name}[])")
    # COMMIT is already on its way: a balance that is missing must make this statement fail, so it divides by zero.
    outcome = f"1 / CASE WHEN {' AND '.join(guards)} THEN 1 ELSE 0 END" if guards else "1"
    return Statement(f"record_{next(_NUMBERS)}".encode(), f"WITH {', '.join(sql)} SELECT {outcome}".encode())


def _postgres_part(kind: str, row_class: type, number: int) -> str:
    table = _table(row_class)
    rows = f"unnest(${number}::{table.name}[])"
    if kind == "insert":
        columns = ", ".join(column.name for column in table.columns)
        return f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {rows}"
    if kind == "fold":
        fold = next(fold for fold in FOLDS if fold.row_class is row_class)
        changes = [f"{name} = t.{name} + d.{name}" for name in fold.summed]
        changes += [
            f"{name} = CASE WHEN d.{fold.replaced[-1]} = 0 THEN t.{name} ELSE d.{name} END" for name in fold.replaced
        ]
        where = " AND ".join(f"t.{name} = d.{name}" for name in fold.key)
        return f"UPDATE {table.name} AS t SET {', '.join(changes)} FROM {rows} AS d WHERE {where} RETURNING 1"
    if kind == "answer":
        columns = ", ".join(column.name for column in table.columns)
        return (
            f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {rows}"
            " ON CONFLICT (caller_id, request_id) DO UPDATE SET answer = excluded.answer RETURNING 1"
        )
    where = "t.caller_id = d.caller_id AND t.request_id = d.request_id"
    return f"DELETE FROM {table.name} AS t USING {rows} AS d WHERE {where} RETURNING 1"


def _table(row_class: type) -> Table:
    return _TABLES[row_class]


def _sqlite_insert(table: Table) -> tuple[RowsStatement, SqliteWriter]:
    columns = ", ".join(column.name for column in table.columns)
    return RowsStatement(f"INSERT INTO {table.name} ({columns})", len(table.columns)), sqlite_writer(table)


def _sqlite_fold(fold: Fold) -> tuple[RowsStatement, Callable[[Any], Sequence[Any]]]:
    # SQLite names the columns of VALUES column1, column2, …
    delta = {name: f"d.column{number}" for number, name in enumerate(fold.columns, start=1)}
    changes = [f"{name} = t.{name} + {delta[name]}" for name in fold.summed]
    changes += [
        f"{name} = CASE WHEN {delta[fold.replaced[-1]]} = 0 THEN t.{name} ELSE {delta[name]} END"
        for name in fold.replaced
    ]
    where = " AND ".join(f"t.{name} = {delta[name]}" for name in fold.key)
    head = f"UPDATE {fold.table.name} AS t SET {', '.join(changes)} FROM ("
    return RowsStatement(head, len(fold.columns), f") AS d WHERE {where}"), attrgetter(*fold.columns)


_NUMBERS: Final = count(1)
_TABLES: Final = {**RECORDED, **{fold.row_class: fold.table for fold in FOLDS}, RequestRow: requests}
_SQLITE_INSERTS: Final = {row_class: _sqlite_insert(table) for row_class, table in RECORDED.items()}
_SQLITE_FOLDS: Final = {fold.row_class: _sqlite_fold(fold) for fold in FOLDS}
_SQLITE_ANSWER: Final = RowsStatement(
    "UPDATE requests AS t SET answer = d.column1 FROM (",
    3,
    ") AS d WHERE caller_id = d.column2 AND request_id = d.column3",
)
# The obvious (caller_id, request_id) IN (VALUES …) would read the whole table.
_SQLITE_RELEASE: Final = RowsStatement(
    "DELETE FROM requests WHERE rowid IN (SELECT r.rowid FROM (",
    2,
    ") AS d CROSS JOIN requests AS r ON r.caller_id = d.column1 AND r.request_id = d.column2)",
)
SQLITE_STATEMENTS: Final = (
    *[statement for statement, _ in _SQLITE_INSERTS.values()],
    *[statement for statement, _ in _SQLITE_FOLDS.values()],
    _SQLITE_ANSWER,
    _SQLITE_RELEASE,
)
