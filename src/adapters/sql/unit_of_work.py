"""The unit of work over SQL: a transaction with the repositories of every module."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, Engine

from adapters.privacy.pins import system_secrets
from adapters.sql.engine import RAW
from adapters.sql.ids import ID_BLOCK_SIZE, Ids
from adapters.sql.snapshots import Snapshots
from adapters.sql.transaction import Transaction
from application.ports.privacy import Keys
from application.ports.secrets import Secrets
from domain.identity.organisation import Caller


class SqlUnitOfWork(Transaction):
    """Repositories are made when first asked for."""

    def __getattr__(self, name: str):  # type: ignore[no-untyped-def]
        import importlib

        classes = {
            "identity": ("identity", "Identity"),
            "catalog": ("catalog", "Catalog"),
            "pricing": ("pricing", "Pricing"),
            "members": ("membership", "Members"),
            "points": ("loyalty", "Points"),
            "stock": ("inventory", "Stock"),
            "sales": ("sales", "Sales"),
            "journal": ("finance", "Journal"),
            "requests": ("requests", "Requests"),
        }
        if name not in classes:
            raise AttributeError(name)
        module, class_name = classes[name]
        made = getattr(importlib.import_module(f"adapters.sql.{module}"), class_name)(self)
        setattr(self, name, made)
        return made

    def commit(self) -> None:
        self.flush()
        self._connection.exec_driver_sql("COMMIT")


class SqlUnits:
    """Opens units of work on one database; shared by all threads of a process."""

    def __init__(self, engine: Engine, keys: Keys, secrets: Secrets | None = None) -> None:
        self.engine = engine
        self.keys = keys
        self.secrets = secrets or system_secrets()
        self.ids = Ids(self._take_id_block)
        self.snapshots = Snapshots()
        self._writing = threading.Lock()

    @contextmanager
    def begin(self, *, caller: Caller, now: datetime, request_id: str = "") -> Iterator[SqlUnitOfWork]:
        self.ids.refill()
        with self._raw() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.dialect.name == "sqlite" else "BEGIN")
            try:
                yield SqlUnitOfWork(connection, self, caller=caller, now=now, request_id=request_id)
            finally:
                if _in_transaction(connection):
                    connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def read(self, *, caller: Caller, now: datetime) -> Iterator[SqlUnitOfWork]:
        with self._raw() as connection:
            sqlite = connection.dialect.name == "sqlite"
            connection.exec_driver_sql("BEGIN" if sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                yield SqlUnitOfWork(connection, self, caller=caller, now=now)
            finally:
                if _in_transaction(connection):
                    connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def _raw(self) -> Iterator[Connection]:
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT", **{RAW: True}) as connection:
            yield connection

    def _take_id_block(self) -> int:
        with self.engine.begin() as connection:
            row = connection.exec_driver_sql(
                "INSERT INTO id_blocks (name, next_id) VALUES ('ids', " + str(1 + ID_BLOCK_SIZE) + ")"
                " ON CONFLICT (name) DO UPDATE SET next_id = id_blocks.next_id + " + str(ID_BLOCK_SIZE) +
                " RETURNING next_id"
            ).one()
            return int(row[0]) - ID_BLOCK_SIZE


def _in_transaction(connection: Connection) -> bool:
    raw = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        return bool(raw.in_transaction)  # type: ignore[union-attr]
    return raw.info.transaction_status != 0  # type: ignore[union-attr]
