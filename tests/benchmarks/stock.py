"""Stock of a large chain: 457 stores with 10,000 SKUs each and ten million movements, written by the database itself.

What the engine then answers through gRPC, and what `liansuo` does with it on the command line.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from adapters.privacy.keys import Keys
from adapters.sql.engine import open_engine
from adapters.sql.unit_of_work import SqlUnits
from application.identity.settings import PutSetting, put_setting
from application.identity.stores import PutStores, put_stores
from application.identity.views import StoreView
from application.inventory.counting import (
    ENTRIES_MAX,
    CloseCount,
    CountedLine,
    EnterCount,
    OpenCount,
    close_count,
    enter_count,
    open_count,
)
from application.purchasing.put_suppliers import PutSuppliers, SupplierEntry, put_suppliers
from application.purchasing.supplier_products import (
    PRODUCTS_PER_REQUEST_MAX,
    PutSupplierProducts,
    SupplierProductEntry,
    put_supplier_products,
)
from application.replenishment.rules import PutReplenishmentRules, Rule, put_replenishment_rules
from application.transactor import Transactor, UseCase
from domain.identity.organisation import SYSTEM, ScopeKind
from domain.inventory.stock_count import CountKind
from domain.replenishment.rule import GoodsKind, Method, PlaceKind
from tests.benchmarks.chain import REGION
from tests.benchmarks.ports import ROOT
from tests.benchmarks.processes import peak_memory
from tests.benchmarks.raw import connect
from tests.benchmarks.results import Results
from tests.benchmarks.scale import CURRENCY, HOT_DAYS, HOT_SKUS, SKUS, STORES, cost_minor
from tests.postgres import Server

LARGE_STORES: Final = 457
"""As many as Complete Journey has."""

MOVEMENTS: Final = 10_000_000
HOT_SALES_A_DAY: Final = 30
CARRIED_EVERY_DAYS: Final = 2
"""What the job `carry-stock` leaves of that: a balance after 50 movements, a day at most apart."""

SOLD_DAYS: Final = 56
FIRST_ID: Final = 10**15
OPENING_UNITS: Final = 4
SUPPLIER: Final = "BENCH"
COUNTED_SKUS: Final = 5_000
COMMAND_S_MAX: Final = 1_800


def store_stock(server: Server, database: str, master_key: bytes) -> None:
    """Opens the other stores of the chain, fills all of them and sells there; leaves everything analysed, on disk.

    Levels are the sums of their movements. Who looks for receipts and sales to these movements finds none.
    """
    with _chain(server, database, master_key) as transactor:
        for use_case, command in (
            (put_stores, PutStores(tuple(_stores()))),
            (put_suppliers, PutSuppliers((SupplierEntry(SUPPLIER, "Bench", CURRENCY, lead_days=3),))),
            *[(put_supplier_products, PutSupplierProducts(SUPPLIER, products)) for products in _delivered()],
            (put_replenishment_rules, PutReplenishmentRules((_RULE,))),
            # One person may close the count, whatever it finds.
            (put_setting, PutSetting("stock_adjustment_max", ScopeKind.CHAIN, "", "1000000000000")),
        ):
            transactor.write(use_case, command, caller=SYSTEM, now=datetime.now(UTC))
    with connect(server, database) as connection:
        connection.execute(
            "SET synchronous_commit = off; SET jit = off; SET work_mem = '256MB'; SET random_page_cost = 1"
        )
        for statement in (_NUMBERED, _OPENED, _HOT, _SOLD, _BALANCES, _LEVELS):
            connection.execute(statement)
        count = connection.execute("SELECT count(*) FROM stock_movements").fetchone()
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    if count is None or count[0] < MOVEMENTS:
        raise RuntimeError(f"{count} movements are stored, not {MOVEMENTS:,}")


@contextmanager
def _chain(server: Server, database: str, master_key: bytes) -> Iterator[Transactor]:
    units = SqlUnits(open_engine(server.url(database)), Keys(master_key))
    try:
        yield Transactor(units)
    finally:
        units.close()


def _stores() -> Iterator[StoreView]:
    for number in range(STORES + 1, LARGE_STORES + 1):
        yield StoreView(f"S{number:03d}", f"Store S{number:03d}", REGION, CURRENCY, "UTC", 0)


def _delivered() -> Iterator[tuple[SupplierProductEntry, ...]]:
    for first in range(1, SKUS + 1, PRODUCTS_PER_REQUEST_MAX):
        yield tuple(
            SupplierProductEntry(f"SKU{number:06d}", pack_milli=6_000, preferred=True, price_minor=cost_minor(number))
            for number in range(first, min(first + PRODUCTS_PER_REQUEST_MAX, SKUS + 1))
        )


_RULE: Final = Rule(
    place_kind=PlaceKind.CHAIN,
    place_code="",
    goods_kind=GoodsKind.ALL,
    goods_code="",
    method=Method.DEMAND,
    service_bp=9_500,
    lead_days=0,
    lead_deviation_milli=500,
    review_days=1,
    cover_days=7,
    minimum_milli=0,
    maximum_milli=0,
    pack_milli=0,
    order_minimum_milli=0,
    source_store_code="",
    surplus_days=0,
    ended=False,
)

_NUMBERED: Final = """
    CREATE TEMPORARY TABLE shop AS SELECT store_id, row_number() OVER (ORDER BY code) AS number FROM stores;
    CREATE TEMPORARY TABLE article AS
        SELECT sku_id, number, 100 + mod(number, 400) AS cost
        FROM (SELECT sku_id, row_number() OVER (ORDER BY sku) AS number FROM products) AS listed;
    CREATE UNIQUE INDEX ON shop (number);
    CREATE UNIQUE INDEX ON article (number);
    CREATE TEMPORARY SEQUENCE moved START 1000000000000000 CACHE 1000;
    ANALYZE shop; ANALYZE article
"""
_MOVED: Final = (
    "INSERT INTO stock_movements (location_id, sku_id, movement_id, quantity_milli, value_minor, reason, document_id,"
    " business_date, moved_at)"
)
# The first goods sell most, so they are opened with most.
_OPENED: Final = f"""
    {_MOVED}
    SELECT store_id, sku_id, nextval('moved'), units * 1000, units * cost, 'receipt', {FIRST_ID},
        current_date - {HOT_DAYS + 1}, now() - interval '{HOT_DAYS + 1} days'
    FROM shop CROSS JOIN article
    CROSS JOIN LATERAL (SELECT {OPENING_UNITS} + 40 * 100 / (article.number + 100) AS units) AS opened
    WHERE shop.number > {STORES}
    ORDER BY store_id, sku_id
"""
_HOT: Final = f"""
    {_MOVED}
    SELECT store_id, sku_id, nextval('moved'), -1000, -cost, 'sale', {FIRST_ID}, current_date - day,
        now() - day * interval '1 day' + sale * interval '1 minute'
    FROM generate_series({HOT_DAYS}, 1, -1) AS day CROSS JOIN shop CROSS JOIN article
    CROSS JOIN generate_series(1, {HOT_SALES_A_DAY}) AS sale
    WHERE shop.number <= {STORES} AND article.number <= {HOT_SKUS}
    ORDER BY day DESC, store_id, sku_id
"""
# Few goods make most of what is sold: the number is that of a random square.
_SOLD: Final = f"""
    {_MOVED}
    SELECT store_id, sku_id, nextval('moved'), -1000, -cost, 'sale', {FIRST_ID}, current_date - day,
        now() - day * interval '1 day' + second * interval '1 second'
    FROM (
        SELECT 1 + mod(sale, {LARGE_STORES}) AS shop, 1 + floor({SKUS} * random() ^ 3)::bigint AS article,
            1 + {SOLD_DAYS} - ceil({SOLD_DAYS} * sale::float / count)::integer AS day,
            floor(random() * 40000) AS second
        FROM (SELECT {MOVEMENTS} - count(*) AS count FROM stock_movements) AS left_over
        CROSS JOIN generate_series(1, count) AS sale
    ) AS drawn
    JOIN shop ON shop.number = drawn.shop JOIN article ON article.number = drawn.article
    ORDER BY day DESC, store_id, sku_id
"""
_BALANCES: Final = f"""
    INSERT INTO stock_balances (location_id, sku_id, as_of, on_hand_milli, value_minor)
    SELECT location_id, sku_id, until, on_hand_milli, value_minor FROM (
        SELECT location_id, sku_id, max(moved_at) AS until, business_date,
            sum(sum(quantity_milli)) OVER (PARTITION BY location_id, sku_id ORDER BY business_date) AS on_hand_milli,
            sum(sum(value_minor)) OVER (PARTITION BY location_id, sku_id ORDER BY business_date) AS value_minor
        FROM stock_movements JOIN shop ON shop.store_id = location_id JOIN article USING (sku_id)
        WHERE shop.number <= {STORES} AND article.number <= {HOT_SKUS}
        GROUP BY location_id, sku_id, business_date
    ) AS days
    WHERE mod(current_date - business_date, {CARRIED_EVERY_DAYS}) = 0
"""
_LEVELS: Final = """
    INSERT INTO stock_levels AS level (location_id, sku_id, on_hand_milli, reserved_milli, value_minor, last_cost_minor,
        last_cost_quantity_milli)
    SELECT location_id, sku_id, sum(quantity_milli), 0,
        CASE WHEN sum(quantity_milli) = 0 THEN 0 ELSE sum(value_minor) END, 0, 0
    FROM stock_movements GROUP BY location_id, sku_id ORDER BY location_id, sku_id
    ON CONFLICT (location_id, sku_id) DO UPDATE SET
        on_hand_milli = excluded.on_hand_milli, value_minor = excluded.value_minor
"""


def measure_commands(results: Results, server: Server, database: str, master_key: bytes) -> None:
    """Records the seconds of the whole position, of a proposal for the whole chain and of a count."""
    levels, seconds, _ = _command(server, database, master_key, "stock", "position", "--all")
    if levels.count("\n") != LARGE_STORES * SKUS + 1:
        raise RuntimeError(f"the position has {levels.count(chr(10)):,} lines")
    results.add("stock_position_s", seconds)
    proposed, seconds, peak_mib = _command(server, database, master_key, "replenish", "propose", "--format", "json")
    (proposal,) = json.loads(proposed)
    if proposal["pairs"] != LARGE_STORES * SKUS or not proposal["lines"]:
        raise RuntimeError(f"the proposal looked at {proposal}")
    results.add("stock_proposal_s", seconds)
    results.add("stock_proposal_lines", proposal["lines"])
    results.add("stock_proposal_rss_mib", peak_mib)
    with _chain(server, database, master_key) as transactor:
        _count(results, transactor)


def _count(results: Results, transactor: Transactor) -> None:
    """A count of COUNTED_SKUS SKUs in a store, every one of them found with one more than there should be."""

    def write(use_case: UseCase[Any, Any], command: object) -> Any:
        return transactor.write(use_case, command, caller=SYSTEM, now=datetime.now(UTC))

    store = f"S{STORES + 1 + results.count('stock_count_close_s'):03d}"
    skus = tuple(f"SKU{number:06d}" for number in range(SKUS - COUNTED_SKUS + 1, SKUS + 1))
    began = time.perf_counter()
    opened = write(open_count, OpenCount(CountKind.LIST, store, skus=skus))
    for start in range(0, len(skus), ENTRIES_MAX):
        lines = tuple(CountedLine(sku, 100_000) for sku in skus[start : start + ENTRIES_MAX])
        write(enter_count, EnterCount(opened.count_id, lines))
    entered = time.perf_counter()
    closed = write(close_count, CloseCount(opened.count_id))
    results.add("stock_count_enter_s", entered - began)
    results.add("stock_count_close_s", time.perf_counter() - entered)
    if closed.differing != COUNTED_SKUS:
        raise RuntimeError(f"{closed.differing} SKUs differ, not {COUNTED_SKUS:,}")


def _command(server: Server, database: str, master_key: bytes, *words: str) -> tuple[str, float, float]:
    """What `liansuo` writes, the seconds that it takes, and the memory that it held at most in MiB."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIANSUO_")}
    environment |= {"LIANSUO_DATABASE_URL": server.url(database), "LIANSUO_MASTER_KEY": master_key.hex()}
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "entrypoints", *words],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=written,
        )
        with peak_memory(process.pid) as peak:
            code = process.wait(COMMAND_S_MAX)
        seconds = time.monotonic() - began
        if code:
            raise RuntimeError(f"liansuo {' '.join(words)}: exit {code}")
        written.seek(0)
        return written.read(), seconds, peak.mib
