"""PostgreSQL databases that one test after the other gets as if they were new.

To make a database takes a third of a second, because it is three hundred files; to put back what was in its tables
takes a hundredth. What a test changed in the schema is not put back: such a database is dropped.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import uuid4

import psycopg

from tests import kept
from tests.postgres import Server

KEPT: Final = "kept"
"""The schema in which each database keeps a copy of what it began with."""

RESTORING: Final = f"""
CREATE OR REPLACE FUNCTION {KEPT}.restore() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
{{}}
END $$
"""
"""What puts everything back: as a function its two hundred statements are planned once for each connection."""

TABLES: Final = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"

SCHEMA: Final = """
WITH relations AS (SELECT * FROM pg_class WHERE relnamespace = 'public'::regnamespace)
SELECT md5(concat(
    (SELECT string_agg(concat_ws(' ', oid, relname, relkind, relpersistence, reloptions, relhastriggers, relhasrules),
                       ',' ORDER BY oid) FROM relations),
    -- Of thousands of columns only which transaction was the last to touch one: a copy has those of its template.
    (SELECT concat_ws(' ', count(*), max(xmin::text::bigint))
     FROM pg_attribute WHERE attrelid IN (SELECT oid FROM relations)),
    (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace),
    (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
    (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM relations)),
    (SELECT string_agg(concat_ws(' ', setrole, setconfig), ',') FROM pg_db_role_setting JOIN pg_database AS d
     ON d.oid = setdatabase WHERE datname = current_database())
))
"""
"""Tells two schemas apart, and a table from another one of the same definition."""

OTHERS: Final = f"""
SELECT pg_terminate_backend(pid), application_name FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND (application_name <> '{kept.NAME}' OR state <> 'idle')
"""
"""Ends the connections that a test left behind, and names them."""

STANDING: Final = f"""
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = '{kept.NAME}'
"""


class ReusedDatabases:
    """Copies of one database, for one process."""

    def __init__(self, server: Server, template: str) -> None:
        self._server = server
        self._template = template
        self._free: list[str] = []
        self._restorers: dict[str, psycopg.Connection] = {}
        with server.connect(template) as connection:
            tables = [name for (name,) in connection.execute(TABLES)]
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {KEPT}")  # another process may have been here before
            filled = [name for name in tables if connection.execute(f"TABLE {name} LIMIT 1").fetchone()]
            for name in filled:
                connection.execute(f"CREATE TABLE IF NOT EXISTS {KEPT}.{name} AS TABLE {name}")
            self._schema = _schema(connection)
            steps = [f"DELETE FROM {name};" for name in tables]
            steps += [f"INSERT INTO {name} TABLE {KEPT}.{name};" for name in filled]
            connection.execute(RESTORING.format("\n".join(steps)))

    @contextmanager
    def database(self, *, new: bool = False) -> Iterator[str]:
        """The name of a database that is as the template was; only a new one has no dead rows in its tables."""
        if self._free and not new:
            name = self._free.pop()
        else:
            name = f"test_{uuid4().hex}"
            self._server.create_database(name, template=self._template)
        yield name
        if self._restored(name):
            self._free.append(name)
        else:
            kept.forget(self._server.url(name))
            if name in self._restorers:
                self._restorers.pop(name).close()
            self._server.drop_database(name)

    def _restored(self, name: str) -> bool:
        if kept.in_use(self._server.url(name)):
            return False
        try:
            # A new connection would read the definition of every table first: this takes longer than all the rest.
            connection = self._restorers.get(name)
            if connection is None:
                connection = self._restorers[name] = self._server.connect(name)
                # References are put back in any order.
                connection.execute("SET session_replication_role = replica")
            left = [name for _, name in connection.execute(OTHERS)]
            # Whoever was in the middle of something is not to be trusted again.
            if kept.NAME in left or self._lost(connection, name) or _schema(connection) != self._schema:
                return False
            connection.execute(f"SELECT {KEPT}.restore()")
            return True
        except psycopg.Error:
            return False

    def _lost(self, connection: psycopg.Connection, name: str) -> bool:
        """Whether a test ended connections that the next one would go on using."""
        row = connection.execute(STANDING).fetchone()
        assert row is not None
        return int(row[0]) < kept.connections(self._server.url(name))


def _schema(connection: psycopg.Connection) -> str:
    row = connection.execute(SCHEMA).fetchone()
    assert row is not None
    return str(row[0])
