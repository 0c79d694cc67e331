"""One database transaction as the repositories see it: statements, buffered rows, ids, versions, keys, events."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import CursorResult, Executable, bindparam
from sqlalchemy.dialects.postgresql import insert

from adapters.sql.data_keys import DataKeys
from adapters.sql.errors import told_apart
from adapters.sql.ids import TAKE_BLOCK, Ids, IdsWithin
from adapters.sql.postgres import PostgresWire, Statement
from adapters.sql.record import Pending, balances_guarded, postgres_steps, write_sqlite
from adapters.sql.rows import RECORDED, OutboxEvent
from adapters.sql.snapshots import Snapshots
from adapters.sql.sqlite import SqliteWire
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

    `execute` runs a SQLAlchemy Core statement in this transaction. What was added before is written first, so that the
    statement sees it. `round_trips` counts the waits for the database so far. `bumped` names the versions that this
    transaction has raised. `tried_before` tells that the same work has been tried already and came to nothing.
    """

    def __init__(
        self, wire: PostgresWire | SqliteWire, shared: Shared, *, caller: Caller, now: datetime, request_id: str = ""
    ) -> None:
        self.caller = caller
        self.now = now
        self.request_id = request_id
        self.keys = shared.keys
        self.secrets = shared.secrets
        self.snapshots = shared.snapshots
        self.wire = wire
        self.pending = Pending()
        self.bumped: set[str] = set()
        self.tried_before = False
        self._ids: Ids | IdsWithin = shared.ids
        if isinstance(wire, SqliteWire):
            self._ids = IdsWithin(shared.ids, lambda: int(wire.fetch(TAKE_BLOCK)[0][0]))
        self._chain: Chain | None = None
        self._data_keys: DataKeys | None = None

    @property
    def dialect(self) -> str:
        """The name of the engine: "postgresql" or "sqlite"."""
        return self.wire.dialect

    @property
    def round_trips(self) -> int:
        return self.wire.round_trips

    def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """The result of a Core statement in this transaction; what was added before is visible to it."""
        self.flush()
        with told_apart:
            result = self.wire.ready().execute(statement, parameters)
        assert isinstance(result, CursorResult)
        return result

    def add(self, *rows: object) -> None:
        """Records rows of the classes in rows.RECORDED at commit; balances follow from them."""
        added = self.pending.added
        for row in rows:
            row_class = type(row)
            waiting = added.get(row_class)
            if waiting is not None:
                waiting.append(row)
            elif row_class in RECORDED:
                added[row_class] = [row]
            else:
                raise TypeError(f"{row_class.__name__} is no row that is recorded")

    def new_id(self) -> int:
        """An id never used before, larger than those taken earlier by this process."""
        return self._ids.new_id()

    def new_ids(self, count: int) -> Sequence[int]:
        """So many ids at once, in ascending order."""
        return self._ids.new_ids(count)

    def bump(self, name: str) -> int:
        """Raises a version by one (chain, prices, promotions, promotion_lives, coupon_batches, draws, events, tiers,
        settlements, follow_up_plans, suppliers, purchase_proposals, stock_alerts).

        Returns it. Others who raise it wait for the end of this transaction.
        """
        self.bumped.add(name)
        return int(self.execute(_BUMP, {"name": name}).scalar_one())

    def versions(self) -> Mapping[str, int]:
        """The versions in force in this transaction, its own changes included."""
        with told_apart:
            if isinstance(self.wire, SqliteWire):
                return dict(self.wire.fetch(_VERSIONS))
            return dict(self.wire.rows(self.wire.run([(_POSTGRES_VERSIONS, ())])[0]))

    def publish(self, topic: str, subject_id: int, payload: Mapping[str, object]) -> None:
        """Writes an event to the outbox, delivered at least once after commit."""
        self.add(OutboxEvent(self.new_id(), topic, subject_id, payload, self.now))

    @property
    def data_keys(self) -> DataKeys:
        """The data keys of members that this transaction has met."""
        if self._data_keys is None:
            self._data_keys = DataKeys(self)
        return self._data_keys

    @property
    def chain(self) -> Chain:
        """Stores, settings, price lists and taxes as last known; `refresh` makes it current."""
        if self._chain is None:
            self._chain = self.snapshots.chain(self)
        return self._chain

    def refresh(self) -> None:
        """Renews whatever in-memory snapshot is older than its version in this transaction."""
        self._chain = self.snapshots.refresh(self)

    def flush(self) -> None:
        """Writes what was added so far, without committing it."""
        if not self.pending:
            return
        with told_apart, balances_guarded:
            if isinstance(self.wire, SqliteWire):
                write_sqlite(self.wire, self.pending.take())
            else:
                self.wire.run(postgres_steps(self.wire, self.pending.take()))

    def commit(self) -> None:
        """Writes what was added and commits, on PostgreSQL both in one round trip.

        Raises Contention, after which nothing was written, or CommitUnknown.
        """
        if self.pending.claimed:
            raise AssertionError(f"{len(self.pending.claimed)} claims were neither answered nor released")
        with told_apart, balances_guarded:
            if isinstance(self.wire, SqliteWire):
                write_sqlite(self.wire, self.pending.take())
                self.wire.commit()
            else:
                self.wire.commit(postgres_steps(self.wire, self.pending.take()) if self.pending else [])


_VERSIONS: Final = "SELECT name, version FROM versions"
_POSTGRES_VERSIONS: Final = Statement(b"versions", _VERSIONS.encode())
# The construct of this dialect compiles on SQLite too, to the same words.
_BUMP: Final = (
    insert(versions)
    .values(name=bindparam("name"), version=1)
    .on_conflict_do_update(index_elements=["name"], set_={"version": versions.c.version + 1})
    .returning(versions.c.version)
)
