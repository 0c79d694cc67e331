"""One database transaction as the repositories see it: statements, buffered rows, ids, versions, keys, events."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, CursorResult, Executable, insert
from sqlalchemy.dialects import postgresql, sqlite

from adapters.sql.ids import Ids
from adapters.sql.rows import TABLES, OutboxEvent
from adapters.sql.snapshots import Snapshots
from adapters.sql.tables.kernel import versions
from application.ports.identity import Chain
from application.ports.privacy import Keys
from application.ports.secrets import Secrets
from domain.identity.organisation import Caller


class Shared(Protocol):
    """What all transactions of a process share."""

    keys: Keys
    secrets: Secrets
    ids: Ids
    snapshots: Snapshots


class Transaction:
    """Repositories are built on this: `Identity(transaction)`.

    `execute` runs a SQLAlchemy Core statement in this transaction and sees everything that was added before.
    """

    def __init__(self, connection: Connection, shared: Shared, *, caller: Caller, now: datetime, request_id: str = "") -> None:
        self.caller = caller
        self.now = now
        self.request_id = request_id
        self.keys = shared.keys
        self.secrets = shared.secrets
        self.dialect = connection.dialect.name
        self._connection = connection
        self._ids = shared.ids
        self._snapshots = shared.snapshots
        self._chain: Chain | None = None
        self._added: dict[type, list[Any]] = {}
        self.round_trips = 0

    def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """The result of a Core statement in this transaction; what was added before is visible to it."""
        self.flush()
        self.round_trips += 1
        result = self._connection.execute(statement, parameters)
        assert isinstance(result, CursorResult)
        return result

    def add(self, *rows: object) -> None:
        """Records rows of the classes in rows.TABLES at commit; balances follow from them."""
        for row in rows:
            self._added.setdefault(type(row), []).append(row)

    def new_id(self) -> int:
        """An id never used before, larger than those taken earlier by this process."""
        return self._ids.new_id()

    def bump(self, name: str) -> int:
        """Raises the version "chain" or "prices" by one and returns it; others wait for the end of this transaction."""
        upsert = postgresql.insert if self.dialect == "postgresql" else sqlite.insert
        statement = (
            upsert(versions)
            .values(name=name, version=1)
            .on_conflict_do_update(index_elements=["name"], set_={"version": versions.c.version + 1})
            .returning(versions.c.version)
        )
        return int(self.execute(statement).scalar_one())

    def publish(self, topic: str, subject_id: int, payload: Mapping[str, object]) -> None:
        """Writes an event to the outbox, delivered at least once after commit."""
        self.add(OutboxEvent(self.new_id(), topic, subject_id, payload, self.now))

    @property
    def chain(self) -> Chain:
        """Stores, settings, price lists and taxes as last known; `refresh` makes it current."""
        if self._chain is None:
            self._chain = self._snapshots.chain(self)
        return self._chain

    def refresh(self) -> None:
        """Renews whatever in-memory snapshot is older than its version in this transaction."""
        self._chain = self._snapshots.refresh(self)

    def flush(self) -> None:
        """Writes what was added so far."""
        added, self._added = self._added, {}
        for row_class, table in TABLES.items():
            if rows := added.get(row_class):
                names = [column.name for column in table.columns]
                self._connection.execute(insert(table), [dict(zip(names, astuple(row), strict=True)) for row in rows])
