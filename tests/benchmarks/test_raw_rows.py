"""The raw limit is worth comparing with only as long as it writes what a checkout writes."""

from uuid import uuid4

from tests.benchmarks.raw import RawLimit
from tests.benchmarks.raw_rows import ROWS_EACH, check_columns
from tests.postgres import Server


def test_names_every_column_of_every_table():
    check_columns()


def test_one_statement_writes_all_rows_of_one_checkout(postgres: Server):
    database = f"raw_{uuid4().hex}"
    try:
        written = RawLimit(postgres, database).rows_written()
    finally:
        postgres.drop_database(database)

    assert {table: rows for table, (rows, _) in written.items()} == ROWS_EACH
