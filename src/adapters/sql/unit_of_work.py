"""The unit of work over SQL: a transaction with the repositories of every module, and who opens it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import cached_property
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.pool import QueuePool

from adapters.privacy.pins import system_secrets
from adapters.sql.catalog import Catalog
from adapters.sql.check import Checks
from adapters.sql.engine import OWN_TRANSACTIONS
from adapters.sql.errors import told_apart
from adapters.sql.finance import Journal
from adapters.sql.identity import Identity
from adapters.sql.ids import TAKE_BLOCK, Ids
from adapters.sql.inventory import Stock
from adapters.sql.loyalty import Points
from adapters.sql.membership import Members
from adapters.sql.postgres import PostgresWire
from adapters.sql.pricing import Pricing
from adapters.sql.requests import Requests
from adapters.sql.sales import Sales
from adapters.sql.sales_history import SalesHistory
from adapters.sql.snapshots import Snapshots
from adapters.sql.sqlite import SqliteWire
from adapters.sql.takings import Takings
from adapters.sql.transaction import Transaction
from application.ports.kernel import Contention
from application.ports.privacy import Keys
from application.ports.secrets import Secrets
from domain.identity.organisation import SYSTEM, Caller

CONNECTIONS_MIN: Final = 2
CONNECTION_SECONDS_MAX: Final = 10


class SqlUnitOfWork(Transaction):
    """Repositories are made when first asked for."""

    @cached_property
    def requests(self) -> Requests:
        return Requests(self)

    @cached_property
    def identity(self) -> Identity:
        return Identity(self)

    @cached_property
    def catalog(self) -> Catalog:
        return Catalog(self)

    @cached_property
    def pricing(self) -> Pricing:
        return Pricing(self)

    @cached_property
    def members(self) -> Members:
        return Members(self)

    @cached_property
    def points(self) -> Points:
        return Points(self)

    @cached_property
    def stock(self) -> Stock:
        return Stock(self)

    @cached_property
    def sales(self) -> Sales:
        return Sales(self)

    @cached_property
    def sales_history(self) -> SalesHistory:
        return SalesHistory(self)

    @cached_property
    def takings(self) -> Takings:
        return Takings(self)

    @cached_property
    def journal(self) -> Journal:
        return Journal(self)

    @cached_property
    def checks(self) -> Checks:
        return Checks(self)


class SqlUnits:
    """Opens units of work on one database, one connection each; shared by all threads of a process.

    Make it after the process has been split: connections do not survive a fork.
    """

    def __init__(self, engine: Engine, keys: Keys, secrets: Secrets | None = None) -> None:
        self.engine = engine
        self.keys = keys
        self.secrets = secrets or system_secrets()
        self.ids = Ids(self._take_id_block)
        self.snapshots = Snapshots()
        self._sqlite = engine.dialect.name == "sqlite"
        self._writing = threading.Lock()
        self._idle: list[PostgresWire | SqliteWire] = []
        # One connection of the pool is left for blocks of ids.
        self._free = threading.Semaphore(_pool_size(engine) - 1)

    @contextmanager
    def begin(self, *, caller: Caller, now: datetime, request_id: str = "") -> Iterator[SqlUnitOfWork]:
        """A unit of work that may write; on leaving it uncommitted everything is undone. Raises Contention."""
        self.ids.refill()
        with self._wire() as wire:
            with told_apart():
                wire.begin()
            yield SqlUnitOfWork(wire, self, caller=caller, now=now, request_id=request_id)

    @contextmanager
    def read(self, *, caller: Caller, now: datetime) -> Iterator[SqlUnitOfWork]:
        """A unit of work that only reads, from one consistent state. Raises Contention when there is no database."""
        with self._wire() as wire:
            with told_apart():
                wire.begin_read()
            yield SqlUnitOfWork(wire, self, caller=caller, now=now)

    def warm(self, *, now: datetime) -> None:
        """Reads into memory what the first requests of a process would otherwise wait for."""
        with self.read(caller=SYSTEM, now=now) as uow:
            self.snapshots.warm(uow)

    def close(self) -> None:
        """Ends all connections; nobody may be using one."""
        self._close_idle()
        self.engine.dispose()

    @contextmanager
    def _wire(self) -> Iterator[PostgresWire | SqliteWire]:
        if not self._free.acquire(timeout=CONNECTION_SECONDS_MAX):
            raise Contention("all connections are in use")
        try:
            # The one used last: its statements are prepared and its memory is warm.
            try:
                wire = self._idle.pop()
            except IndexError:
                wire = self._connect()
            try:
                yield wire
            finally:
                wire.rollback()
                if wire.broken:
                    # What broke one connection has mostly broken all: who tries again must not find the next dead one.
                    wire.close()
                    self._close_idle()
                else:
                    self._idle.append(wire)
        finally:
            self._free.release()

    def _close_idle(self) -> None:
        while True:
            try:
                self._idle.pop().close()
            except IndexError:
                return

    def _connect(self) -> PostgresWire | SqliteWire:
        with told_apart():
            return SqliteWire(self.engine, self._writing) if self._sqlite else PostgresWire(self.engine)

    def _take_id_block(self) -> int:
        with told_apart(), self._writing if self._sqlite else nullcontext():
            own = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT", **{OWN_TRANSACTIONS: True})
            with own as connection:
                return int(connection.exec_driver_sql(TAKE_BLOCK).scalar_one())


def _pool_size(engine: Engine) -> int:
    assert isinstance(engine.pool, QueuePool)
    if engine.pool.size() < CONNECTIONS_MIN:
        raise ValueError(f"units of work need a pool of at least {CONNECTIONS_MIN} connections")
    return engine.pool.size()
