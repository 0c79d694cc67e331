"""Sales that a chain has already stored, written by the database itself: as deep tables and indexes as years of trade.

They are consistent: stock levels and points accounts are the sums of what is stored, and every entry balances.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from tests.benchmarks import raw_rows
from tests.benchmarks.raw import connect
from tests.benchmarks.scale import TERMINALS
from tests.postgres import Server

SALES_AT_ONCE: Final = 5_000
CONNECTIONS: Final = 2
DAYS: Final = 730


def store_history(server: Server, database: str, sales: int) -> None:
    """Stores that many sales of the chain in `database` and leaves it vacuumed, analysed and written to disk."""
    with connect(server, database) as connection:
        connection.execute(raw_rows.SETUP)
        connection.execute("SELECT setval('bench.ids', (SELECT next_id FROM id_blocks WHERE name = 'ids'))")
    batches = list(_batches(sales))
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for stored in [pool.submit(_store, server, database, batches[n::CONNECTIONS]) for n in range(CONNECTIONS)]:
            stored.result()
    with connect(server, database) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute(_POINTS)
        connection.execute(_LEVELS)
        connection.execute("UPDATE id_blocks SET next_id = nextval('bench.ids') WHERE name = 'ids'")
        connection.execute("DROP SCHEMA bench CASCADE")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _batches(sales: int) -> Iterator[tuple[int, str, str]]:
    """Per batch: how many sales, and the period, oldest first, into which they fall."""
    for first in range(0, sales, SALES_AT_ONCE):
        count = min(SALES_AT_ONCE, sales - first)
        days_ago = DAYS * (1 - first / sales)
        yield count, f"now() - interval '{days_ago:.6f} days'", f"interval '{DAYS * count / sales:.6f} days'"


def _store(server: Server, database: str, batches: list[tuple[int, str, str]]) -> None:
    with connect(server, database) as connection:
        connection.execute("SET synchronous_commit = off; SET jit = off; SET work_mem = '64MB'")
        for count, begin, period in batches:
            checkouts = raw_rows.Checkouts(
                terminal=_nth("SELECT caller_id FROM callers ORDER BY code", "terminal"),
                store=_nth("SELECT store_id FROM callers ORDER BY code", "terminal"),
                member=_nth("SELECT member_id FROM members ORDER BY member_id", "member"),
                sku=_nth("SELECT sku_id FROM products ORDER BY sku", "sku"),
                department=_nth(
                    "SELECT department_id FROM products JOIN categories USING (category_id) ORDER BY sku", "sku"
                ),
                at=f"{begin} + random() * {period}",
                taxes=raw_rows.EXACT_TAXES,
                published="at",
            )
            connection.execute(raw_rows.history_statement(count, TERMINALS, checkouts))


def _nth(ids: str, ordinal: str) -> str:
    """The id at an ordinal from 0; the array is made once per statement."""
    return f"(ARRAY({ids}))[{ordinal} + 1]"


_POINTS: Final = """
    INSERT INTO points_accounts AS account (member_id, points_balance, visits)
    SELECT member_id, sum(points), count(DISTINCT sale_id) FROM points_entries GROUP BY member_id ORDER BY member_id
    ON CONFLICT (member_id) DO UPDATE SET points_balance = excluded.points_balance, visits = excluded.visits
"""
_LEVELS: Final = """
    UPDATE stock_levels level SET on_hand_milli = moved.quantity_milli, value_minor = moved.value_minor
    FROM (
        SELECT location_id, sku_id, sum(quantity_milli) AS quantity_milli, sum(value_minor) AS value_minor
        FROM stock_movements GROUP BY 1, 2
    ) moved
    WHERE level.location_id = moved.location_id AND level.sku_id = moved.sku_id
"""
