"""The schema's history: from nothing, and from the previous revision with data in it, to what the program expects."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from adapters.sql.engine import open_engine
from adapters.sql.migrations import BrokenReferences, current, migrate, stamp
from adapters.sql.tables import metadata
from tests.postgres import Server

OLDER, NEWEST = ("0001", "0002", "0003", "0006"), "0009"
PREVIOUS = OLDER[-1]

# As programs of all older revisions would have written them.
ROWS = (
    "INSERT INTO regions VALUES (1, 'EAST', '华东')",
    "INSERT INTO stores VALUES (7, 'S1', '', 1, 'CNY', 'Asia/Shanghai', 240, 'open')",
    "INSERT INTO members VALUES (90, 'M90', NULL, NULL, NULL, 'gold', 7, '', '2026-11-22T04:05:06.789012Z')",
    "INSERT INTO points_accounts VALUES (90, 40)",
    "INSERT INTO points_lots VALUES (31, 90, 1, '2026-11-22', NULL, 40, 36)",
    "INSERT INTO points_entries VALUES"
    " (90, 41, 31, 95, 93, 'earned', 1, 7, '2026-11-22', '2026-11-22T04:05:06.789012Z'),"
    " (90, 42, 31, -55, -57, 'redeemed', 2, 7, '2026-11-23', '2026-11-23T04:05:06.789012Z')",
    "INSERT INTO stock_levels VALUES (7, 40, -1000, 0, -500, 0, 0)",
    "INSERT INTO journal_entries VALUES (51, 7, '2026-11-22', 'CNY', '', 'sale', 1, '2026-11-22T04:05:06.789012Z')",
    "INSERT INTO versions VALUES ('chain', 3)",
)
TABLES = ("regions", "stores", "members", "points_accounts", "points_lots", "points_entries", "stock_levels",
          "journal_entries", "versions")  # fmt: skip


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path):
    """A database without a schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: Server = request.getfixturevalue("postgres")
    name = f"empty_{uuid4().hex}"
    yield server.create_database(name)
    server.drop_database(name)


def dump(url: str) -> dict[str, list[tuple[object, ...]]]:
    engine = open_engine(url)
    with engine.begin() as connection:
        rows = {
            table: sorted(tuple(map(str, row)) for row in connection.execute(text(f"SELECT * FROM {table}")))
            for table in TABLES
        }
    engine.dispose()
    return rows


def fill(url: str) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        for statement in ROWS:
            connection.exec_driver_sql(statement)
    engine.dispose()


def differences(url: str) -> list[object]:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    return found


def test_an_empty_database_becomes_what_the_tables_say(empty_url: str):
    assert current(empty_url) is None
    migrate(empty_url)
    assert current(empty_url) == NEWEST
    assert differences(empty_url) == []


@pytest.mark.parametrize("older", OLDER)
def test_every_older_revision_is_upgraded_with_its_data(empty_url: str, older: str):
    migrate(empty_url, older)
    assert current(empty_url) == older
    assert differences(empty_url) != []
    fill(empty_url)
    before = dump(empty_url)
    migrate(empty_url)
    assert current(empty_url) == NEWEST
    assert differences(empty_url) == []
    assert dump(empty_url) == before


def test_migrating_again_changes_nothing(empty_url: str):
    migrate(empty_url)
    fill(empty_url)
    before = dump(empty_url)
    migrate(empty_url)
    assert (current(empty_url), dump(empty_url)) == (NEWEST, before)


def test_several_who_migrate_at_once_wait_for_each_other(empty_url: str):
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(migrate, [empty_url] * 4))
    assert current(empty_url) == NEWEST


def test_stamping_notes_the_revision_and_nothing_else(empty_url: str):
    stamp(empty_url, PREVIOUS)
    assert current(empty_url) == PREVIOUS
    engine = open_engine(empty_url)
    with engine.connect() as connection:
        found = MigrationContext.configure(connection)
        assert len(compare_metadata(found, metadata)) >= len(metadata.tables)
    engine.dispose()


def test_a_migration_that_fails_leaves_the_previous_revision(empty_url: str):
    migrate(empty_url, PREVIOUS)
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        # In the way of the last thing that the next revision does on both engines.
        connection.exec_driver_sql("CREATE TABLE promotion_templates (code text)")
    with pytest.raises(Exception, match="promotion_templates"):
        migrate(empty_url)
    assert current(empty_url) == PREVIOUS
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE promotion_templates")
    engine.dispose()
    migrate(empty_url)
    assert (current(empty_url), differences(empty_url)) == (NEWEST, [])


def test_promotions_that_are_there_count_as_put(empty_url: str):
    migrate(empty_url, "0003")
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        for code, terms in (
            ("HERE", '{"code": "HERE", "store_codes": ["S1", "S2"], "excluded_store_codes": ["S2"], "paused": true}'),
            ("NIGHT", '{"code": "NIGHT", "until_date": "2026-07-01", "from_minute": 1320, "until_minute": 120}'),
        ):
            connection.execute(text("INSERT INTO promotions VALUES (:code, :terms, 1)"), {"code": code, "terms": terms})
    migrate(empty_url)
    with engine.connect() as connection:
        lives = connection.execute(text("SELECT code, standing, over_on, steps FROM promotion_lives ORDER BY code"))
        assert [tuple(row) for row in lives] == [
            ("HERE", "paused", "9999-12-31", 1),
            ("NIGHT", "published", "2026-07-02", 1),
        ]
        places = connection.execute(text("SELECT code, kind, place_code FROM promotion_places ORDER BY 1, 2, 3"))
        assert [tuple(row) for row in places] == [
            ("HERE", "except", "S2"),
            ("HERE", "store", "S1"),
            ("HERE", "store", "S2"),
            ("NIGHT", "everywhere", ""),
        ]
        steps = connection.execute(text("SELECT code, number, kind, caller_id FROM promotion_steps ORDER BY code"))
        assert [tuple(row) for row in steps] == [("HERE", 1, "put", 0), ("NIGHT", 1, "put", 0)]
    engine.dispose()


def test_references_to_nothing_stop_a_migration_of_sqlite(tmp_path: Path):
    path = tmp_path / "broken.db"
    migrate(f"sqlite:///{path}", PREVIOUS)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO points_accounts VALUES (1, 0)")
        connection.execute("INSERT INTO member_keys VALUES (x'00', 404, 'card', NULL)")
    connection.close()
    with pytest.raises(BrokenReferences, match="member_keys"):
        migrate(f"sqlite:///{path}")
    assert current(f"sqlite:///{path}") == PREVIOUS


def test_balances_have_room_to_change_in_place_on_postgresql(postgres_url: str):
    engine = open_engine(postgres_url)
    with engine.connect() as connection:
        options = connection.exec_driver_sql(
            "SELECT relname, reloptions FROM pg_class WHERE relname IN ('stock_levels', 'points_accounts')"
        ).all()
    engine.dispose()
    assert sorted(tuple(row) for row in options) == [
        ("points_accounts", ["fillfactor=80"]),
        ("stock_levels", ["fillfactor=80"]),
    ]
