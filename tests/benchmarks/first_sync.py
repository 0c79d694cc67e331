"""The first reading of a new till: the price book of a store with a million SKUs, from a running server into a file."""

import tempfile
import time
from pathlib import Path
from typing import Final

from sqlalchemy import Table

from adapters.sql.tables.catalog import products
from adapters.sql.tables.pricing import prices
from entrypoints.terminal.catalogue import Catalogue
from liansuo.pricing.v1.pricing_pb2_grpc import PricingServiceStub
from liansuo_client import connect as connect_to
from tests.benchmarks.raw import connect
from tests.benchmarks.results import Results
from tests.benchmarks.scale import MANY_SKUS, SKUS
from tests.postgres import Server

FIRST_ID: Final = 10**15
"""Ids of the goods that are added; the chain's own are far below."""


def store_goods(server: Server, database: str) -> None:
    """Adds goods to a chain, each with a price and a barcode, as the ones that are there, until it has a million."""
    added = MANY_SKUS - SKUS
    with connect(server, database) as connection:
        for statement in (
            _like_the_first(
                products, {"sku_id": f"{FIRST_ID} + number", "sku": "'MANY' || lpad(number::text, 7, '0')"}
            ),
            _like_the_first(prices, {"sku_id": f"{FIRST_ID} + number", "unit_price_minor": "200 + mod(number, 800)"}),
            f"""
            INSERT INTO barcodes (barcode, sku_id)
            SELECT '29' || lpad(number::text, 9, '0'), {FIRST_ID} + number FROM generate_series(1, {added}) AS number
            """,
        ):
            connection.execute(statement.replace("%added%", str(added)))
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _like_the_first(table: Table, values: dict[str, str]) -> str:
    """Rows that are like that of the first of the chain's goods, but for these columns."""
    names = [column.name for column in table.columns]
    selected = ", ".join(values.get(name, f"one.{name}") for name in names)
    return f"""
        INSERT INTO {table.name} ({", ".join(names)})
        SELECT {selected} FROM (SELECT * FROM {table.name} ORDER BY sku_id LIMIT 1) AS one,
            generate_series(1, %added%) AS number
    """


def measure(results: Results, port: int, credential: str) -> None:
    """Records the seconds until a till that holds nothing can sell, and those of asking again when nothing changed."""
    with (
        tempfile.TemporaryDirectory() as made,
        connect_to(f"127.0.0.1:{port}", credential=credential) as client,
    ):
        catalogue = Catalogue(Path(made) / "catalogue.db")
        try:
            for key in ("till_first_sync_s", "till_next_sync_s"):
                started = time.perf_counter()
                catalogue.sync(client.of(PricingServiceStub).ListPriceBook)
                results.add(key, time.perf_counter() - started)
            if catalogue.count() != MANY_SKUS:
                raise RuntimeError(f"the till holds {catalogue.count():,} products, not {MANY_SKUS:,}")
        finally:
            catalogue.close()
