"""How databases are opened."""

import sqlite3
from pathlib import Path
from threading import Thread, Timer

import pytest
from sqlalchemy import text

from adapters.sql.engine import open_engine


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 10_000)]
)
def test_sqlite_keeps_what_it_was_given(tmp_path: Path, pragma: str, value: object):
    engine = open_engine(f"sqlite:///{tmp_path / 'shop.db'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value
    engine.dispose()


def test_a_new_file_that_another_just_writes_to_is_waited_for(tmp_path: Path):
    """SQLite by itself answers "database is locked" at once when such a file is to get its write-ahead log."""
    path = tmp_path / "shop.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE prices (sku)")
    other.execute("BEGIN IMMEDIATE")
    release = Timer(0.2, other.execute, ["COMMIT"])
    release.start()
    engine = open_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    engine.dispose()
    release.join()
    other.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_refuses_a_database_that_nobody_else_could_open(url: str):
    with pytest.raises(ValueError, match="needs a file"):
        open_engine(url)


@pytest.mark.parametrize("url", ["sqlite:////" + "/server/share/shop.db", "sqlite:///\\\\server\\share\\shop.db"])
def test_refuses_a_file_in_a_network_folder(url: str):
    with pytest.raises(ValueError, match="network folder"):
        open_engine(url)


def test_refuses_other_databases():
    with pytest.raises(ValueError, match="mysql is not supported"):
        open_engine("mysql://localhost/shop")


def test_a_url_without_driver_goes_through_psycopg():
    engine = open_engine("postgresql://localhost/shop")
    assert engine.url.drivername == "postgresql+psycopg"
    engine.dispose()


def test_read_and_write_in_one_transaction_lose_no_update(database_url: str):
    """What a transaction that takes its lock too late loses."""
    engine = open_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO versions VALUES ('prices', 0)"))

    def raise_by_25() -> None:
        for _ in range(25):
            with engine.begin() as connection:
                lock = " FOR UPDATE" if engine.dialect.name == "postgresql" else ""
                version = connection.execute(text(f"SELECT version FROM versions{lock}")).scalar_one()
                connection.execute(text("UPDATE versions SET version = :version"), {"version": version + 1})

    threads = [Thread(target=raise_by_25) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.begin() as connection:
        assert connection.execute(text("SELECT version FROM versions")).scalar_one() == 100
    engine.dispose()
