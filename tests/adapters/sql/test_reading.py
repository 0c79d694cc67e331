"""Lists begin to read where their page begins: a page costs the same wherever it lies, and however much was sold."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Table, event, insert, select

from adapters.sql.pricing import PROMOTIONS_AT
from adapters.sql.tables.catalog import products
from adapters.sql.tables.finance import journal_entries, postings
from adapters.sql.tables.inventory import stock_levels, stock_movements
from adapters.sql.tables.loyalty import points_entries
from adapters.sql.tables.pricing import price_lists, prices, promotion_history
from adapters.sql.tables.sales import sale_lines, sale_tenders, sales
from application.finance.queries import GetTrialBalance, ListJournalEntries, get_trial_balance, list_journal_entries
from application.loyalty.queries import GetPointsStatement, get_points_statement
from application.paging import PAGE_SIZE_MAX, token_of
from application.pricing.list_price_book import ListPriceBook, list_price_book
from application.pricing.list_slow_sellers import ListSlowSellers, list_slow_sellers
from application.pricing.simulate_promotion import SimulatePromotion, simulate_promotion
from application.sales.explain_sale import ExplainSale, explain_sale
from application.sales.queries import GetSale, GetTakings, ListSales, get_sale, get_takings, list_sales
from application.sales.verify_sales import VerifySales, verify_sales
from application.sales.views import TakingsDimension
from domain.identity.organisation import SYSTEM, Caller
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from tests.world import MEMBER, OPENING, Till, World, opened

SALES = 3_000
DAYS = 100
FIRST_DAY = date(2026, 1, 1)
PAGE = 100
LAST_PAGE = SALES // 2 // PAGE - 1
"""How often to turn over: every caller sees at least half of the sales."""
SLACK = 10
DRAFT = Promotion("TEN", "Ten off", Benefit(BenefitKind.RATE, ItemSet(everything=True), rate_bp=1_000))
STEPS = 100
"""SQLite counts its work in hundreds of instructions."""


@pytest.fixture
def history(furnished_url: str) -> Iterator[World]:
    """A chain with thousands of sales on a hundred days, by turns in one store and in the other, all of one member."""
    with opened(furnished_url, furnished=True) as world:
        model = world.sell(Till().line("WRAP").member().cash(300).command)
        in_stores = store_ids(world)
        with world.engine.begin() as connection:
            grow(connection, model.sale_id, in_stores)
            if world.engine.dialect.name == "postgresql":
                connection.exec_driver_sql("ANALYZE")
        yield world


def grow(connection: Connection, sale_id: int, in_stores: Sequence[int]) -> None:
    """Copies one sale with its line, its tender, its entry, its postings and its points."""
    entry_id = connection.execute(
        select(journal_entries.c.entry_id).where(journal_entries.c.document_id == sale_id)
    ).scalar_one()
    models: Mapping[Table, Any] = {
        sales: sales.c.sale_id == sale_id,
        sale_lines: sale_lines.c.sale_id == sale_id,
        sale_tenders: sale_tenders.c.sale_id == sale_id,
        points_entries: points_entries.c.sale_id == sale_id,
        journal_entries: journal_entries.c.entry_id == entry_id,
        postings: postings.c.entry_id == entry_id,
    }
    for table, condition in models.items():
        found = [dict(row._mapping) for row in connection.execute(select(table).where(condition))]
        rows = []
        for n in range(SALES):
            at = OPENING - timedelta(days=400) + timedelta(minutes=n)
            changes: dict[str, object] = {
                "sale_id": 10**9 + n,
                "document_id": 10**9 + n,
                "entry_id": 2 * 10**9 + n,
                "request_id": str(UUID(int=n)),
                "store_id": in_stores[n % 2],
                "business_date": FIRST_DAY + timedelta(days=n * DAYS // SALES),
                "sold_at": at,
                "posted_at": at,
            }
            rows += [{name: changes.get(name, value) for name, value in row.items()} for row in found]
        connection.execute(insert(table), rows)


class Meter:
    """What the database does to answer: rows that it reads (PostgreSQL), or hundreds of instructions (SQLite)."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sqlite = world.engine.dialect.name == "sqlite"

    def work(self, query: Any, command: object, caller: Caller = SYSTEM) -> int:
        """The work of all statements of a query together."""
        asked: list[tuple[str, Any]] = []
        with self._listening(asked):
            self._world.ask(query, command, caller)
        with self._world.engine.connect() as connection:
            run = _steps if self._sqlite else _rows_read
            return sum(run(connection, statement, parameters) for statement, parameters in asked)

    def whole_table(self, statement: str = "SELECT * FROM sales ORDER BY total_minor") -> int:
        """The work of reading and sorting all sales once, or all rows of another table."""
        with self._world.engine.connect() as connection:
            return (_steps if self._sqlite else _rows_read)(connection, statement, ())

    @contextmanager
    def _listening(self, asked: list[tuple[str, Any]]) -> Iterator[None]:
        def note(_: Any, __: Any, statement: str, parameters: Any, ___: Any, ____: Any) -> None:
            asked.append((statement, parameters))

        event.listen(self._world.engine, "before_cursor_execute", note)
        try:
            yield
        finally:
            event.remove(self._world.engine, "before_cursor_execute", note)


def _steps(connection: Connection, statement: str, parameters: Any) -> int:
    driver = connection.connection.driver_connection
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    driver.set_progress_handler(step, STEPS)
    try:
        driver.execute(statement, parameters).fetchall()
    finally:
        driver.set_progress_handler(None, STEPS)
    return count


def _rows_read(connection: Connection, statement: str, parameters: Any) -> int:
    # With so few rows reading all of them is often best; what counts is that there is another way.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    found = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).scalar_one()
    [plan] = found if isinstance(found, list) else json.loads(found)
    return _rows_of(plan["Plan"])


def _rows_of(plan: dict[str, Any]) -> int:
    below = sum(_rows_of(part) for part in plan.get("Plans", ()))
    if "Relation Name" not in plan:
        return below
    removed = plan.get("Rows Removed by Filter", 0)
    return below + round((plan["Actual Rows"] + removed) * plan["Actual Loops"])


def store_ids(world: World) -> list[int]:
    return sorted(store_id for (store_id,) in world.rows("SELECT store_id FROM stores"))


def callers(world: World) -> dict[str, Caller]:
    return {"terminal": world.s1, "region": replace(SYSTEM, store_ids=frozenset(store_ids(world))), "chain": SYSTEM}


def test_the_last_page_costs_what_the_first_one_does(history: World) -> None:
    [[number]] = history.rows("SELECT member_number FROM members")
    meter = Meter(history)
    whole = meter.whole_table()
    for query, asked in (
        (list_sales, ListSales(page_size=PAGE)),
        (list_sales, ListSales(page_size=PAGE, member_number=number)),
        (list_journal_entries, ListJournalEntries(page_size=PAGE)),
        (get_points_statement, GetPointsStatement(MEMBER, PAGE)),
    ):
        for who, caller in callers(history).items():
            command: Any = asked
            first = meter.work(query, command, caller)
            for _ in range(LAST_PAGE):
                command = replace(command, page_token=history.ask(query, command, caller).next_page_token)
            assert command.page_token, (command, who)
            assert meter.work(query, command, caller) <= 1.2 * first + SLACK, (command, who)
            assert first <= 0.3 * whole, (command, who)


def test_pricing_the_last_page_again_costs_what_the_first_one_does(history: World) -> None:
    meter = Meter(history)
    for query, asked in (
        (verify_sales, VerifySales(page_size=PAGE)),
        (simulate_promotion, SimulatePromotion(DRAFT, page_size=PAGE)),
    ):
        for who, caller in callers(history).items():
            command: Any = asked
            first = meter.work(query, command, caller)
            for _ in range(LAST_PAGE):
                command = replace(command, page_token=history.ask(query, command, caller).next_page_token)
            assert command.page_token, (command, who)
            assert meter.work(query, command, caller) <= 1.2 * first + SLACK, (command, who)


def test_one_day_costs_what_was_sold_on_it(history: World) -> None:
    day = "2026-02-01"
    meter = Meter(history)
    whole = meter.whole_table()
    for query, command in (
        (get_takings, GetTakings((TakingsDimension.STORE,), "", day, day)),
        (get_takings, GetTakings((TakingsDimension.DEPARTMENT,), "", day, day)),
        (get_takings, GetTakings((TakingsDimension.TENDER,), "", day, day)),
        (get_trial_balance, GetTrialBalance("", day, day)),
        (get_sale, GetSale(sale_id=10**9)),
        (explain_sale, ExplainSale(sale_id=10**9)),
    ):
        for who, caller in callers(history).items():
            assert meter.work(query, command, caller) <= 0.3 * whole, (command, who)


def test_a_receipt_is_found_among_those_of_its_store_and_day(history: World) -> None:
    with history.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE sales SET receipt_number = 'T1-000007' WHERE sale_id = {10**9 + 999}")
    [[on, store_id]] = history.rows(f"SELECT business_date, store_id FROM sales WHERE sale_id = {10**9 + 999}")
    with history.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE callers SET store_id = {store_id} WHERE code = 'T1'")
    asked = ExplainSale(receipt_number="T1-000007", business_date=str(on))
    meter = Meter(history)
    assert history.ask(explain_sale, asked).sale.sale_id == 10**9 + 999
    assert meter.work(explain_sale, asked) <= 0.2 * meter.whole_table()


def test_the_terms_of_a_few_promotions_cost_nothing_of_the_history_of_others(world: World) -> None:
    rows = [
        {"code": f"P{number:03}", "from_version": version, "terms": {"code": f"P{number:03}", "name": str(version)}}
        for number in range(300)
        for version in range(1, 21)
    ]

    def terms(uow: Any, version: int) -> list[str]:
        asked = {"codes": json.dumps(["P007", "P123", "NONE"]), "version": version}
        return sorted(
            f"{found['code']} {found['name']}" for found in uow.execute(PROMOTIONS_AT[uow.dialect], asked).scalars()
        )

    with world.engine.begin() as connection:
        connection.execute(insert(promotion_history), rows)
        if world.engine.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE")
    assert world.ask(terms, 7) == ["P007 7", "P123 7"]
    assert world.ask(terms, 99) == ["P007 20", "P123 20"]
    assert world.ask(terms, 0) == []
    meter = Meter(world)
    with world.engine.connect() as connection:
        run = _steps if world.engine.dialect.name == "sqlite" else _rows_read
        whole = run(connection, "SELECT * FROM promotion_history ORDER BY from_version", ())
    assert meter.work(terms, 20) <= 0.05 * whole
    with world.engine.begin() as connection:
        connection.execute(promotion_history.delete())


GOODS = 10_000
FIRST_ID = 10**9


@contextmanager
def many_goods(world: World) -> Iterator[None]:
    """Thousands of products more, each changed at a version of its own and priced on a list of each of the stores."""
    last = FIRST_ID + GOODS - 1
    series = f"WITH RECURSIVE g (n) AS (SELECT {FIRST_ID} UNION ALL SELECT n + 1 FROM g WHERE n < {last})"
    of_list = {"price_list_id": f"{FIRST_ID} + s.store_id", "code": "'OF' || s.code", "store_id": "s.store_id"}
    of_goods = {"sku_id": "g.n", "sku": "'G' || g.n", "changed_version": "g.n", "weighed_item_code": "''"}
    of_price = {"sku_id": "g.n", "price_list_id": "l.price_list_id"}
    priced = f"products b ON b.sku_id = p.sku_id AND b.sku = 'TEA' JOIN price_lists l ON l.price_list_id > {FIRST_ID}"
    with world.engine.begin() as connection:
        for statement in (
            copied(price_lists, of_list, "FROM price_lists p, stores s"),
            copied(products, of_goods, "FROM products p, g WHERE p.sku = 'TEA'", series),
            copied(prices, of_price, f"FROM prices p JOIN {priced} CROSS JOIN g", series),
        ):
            connection.exec_driver_sql(statement)
        if world.engine.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE products, prices, price_lists")
    try:
        yield
    finally:
        with world.engine.begin() as connection:
            for table in (prices, products):
                connection.execute(table.delete().where(table.c.sku_id >= FIRST_ID))
            connection.execute(price_lists.delete().where(price_lists.c.price_list_id >= FIRST_ID))


def copied(table: Table, changed: Mapping[str, str], source: str, series: str = "") -> str:
    """A statement that copies the rows `p` of a table with some columns changed, the SQL of each given."""
    columns = [column.name for column in table.columns]
    values = ", ".join(changed.get(name, f"p.{name}") for name in columns)
    return f"INSERT INTO {table.name} ({', '.join(columns)}) {series} SELECT {values} {source}"


def test_the_last_page_of_a_price_book_costs_what_the_first_one_does(world: World) -> None:
    with many_goods(world):
        meter = Meter(world)
        whole = meter.whole_table("SELECT * FROM products, prices WHERE prices.sku_id = products.sku_id ORDER BY name")
        asked = ListPriceBook("S1", page_size=PAGE_SIZE_MAX)
        turned = [asked]
        while token := (found := world.ask(list_price_book, turned[-1], world.s1)).next_page_token:
            turned.append(replace(asked, page_token=token))
        assert len(turned) == 1 + GOODS // PAGE_SIZE_MAX
        # The last page but one is full; the last one holds what is left, and what has changed since is nothing.
        first, last = [meter.work(list_price_book, command, world.s1) for command in (asked, turned[-2])]
        renewed = meter.work(list_price_book, replace(asked, since_version=found.version), world.s1)
        assert first <= 0.15 * whole
        assert last <= 1.2 * first + SLACK
        assert renewed <= 0.05 * first + SLACK


MOVED = 300
"""Products that were sold on each of the DAYS, by turns in one store and in the other."""


@contextmanager
def much_movement(world: World) -> Iterator[None]:
    """Products received long ago and sold every day since, with their levels."""
    sqlite = world.engine.dialect.name == "sqlite"
    day = f"date('{FIRST_DAY}', '+' || d.n || ' days')" if sqlite else f"DATE '{FIRST_DAY}' + d.n"
    series = (
        f"WITH RECURSIVE g (n) AS (SELECT {FIRST_ID} UNION ALL SELECT n + 1 FROM g WHERE n < {FIRST_ID + MOVED - 1}),"
        f" d (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM d WHERE n < {DAYS - 1})"
    )
    first, second = store_ids(world)
    of_level = {"location_id": f"CASE WHEN g.n / 2 * 2 = g.n THEN {first} ELSE {second} END"}
    of_movement = {
        **of_level,
        "sku_id": "g.n",
        "movement_id": f"(g.n - {FIRST_ID}) * {DAYS} + d.n + {FIRST_ID}",
        "reason": "CASE WHEN d.n = 0 THEN 'receipt' ELSE 'sale' END",
        "business_date": day,
    }
    of_goods = {"sku_id": "g.n", "sku": "'G' || g.n", "changed_version": "g.n", "weighed_item_code": "''"}
    one = f"p.movement_id = (SELECT min(movement_id) FROM stock_movements WHERE location_id = {first})"
    level = f"p.location_id = {first} AND p.sku_id = (SELECT sku_id FROM products WHERE sku = 'TEA')"
    with world.engine.begin() as connection:
        for statement in (
            copied(products, of_goods, "FROM products p, g WHERE p.sku = 'TEA'", series),
            copied(stock_levels, {**of_level, "sku_id": "g.n"}, f"FROM stock_levels p, g WHERE {level}", series),
            copied(stock_movements, of_movement, f"FROM stock_movements p, g, d WHERE {one}", series),
        ):
            connection.exec_driver_sql(statement)
        if not sqlite:
            connection.exec_driver_sql("ANALYZE products, stock_levels, stock_movements")
    try:
        yield
    finally:
        with world.engine.begin() as connection:
            for table in (stock_movements, stock_levels, products):
                connection.execute(table.delete().where(table.c.sku_id >= FIRST_ID))


def test_slow_sellers_cost_what_was_sold_of_a_page_in_the_days_asked_for(world: World) -> None:
    world.clock.now = datetime.combine(FIRST_DAY + timedelta(days=DAYS), OPENING.timetz())
    last_day = FIRST_DAY + timedelta(days=DAYS - 1)
    with much_movement(world):
        meter = Meter(world)
        whole = meter.whole_table("SELECT * FROM stock_movements ORDER BY value_minor")
        for who, caller in callers(world).items():
            asked = ListSlowSellers(days=10, page_size=50)
            pages = [replace(asked, page_token=token_of((after - 1, last_day))) for after in (FIRST_ID, FIRST_ID + 240)]
            for page in pages:
                # Products and prices are in memory from now on.
                found = world.ask(list_slow_sellers, page, caller)
                assert (found.looked_at, found.from_date) == (50, str(FIRST_DAY + timedelta(days=DAYS - 10)))
            first, last = [meter.work(list_slow_sellers, page, caller) for page in pages]
            assert first <= 0.1 * whole, who
            assert last <= 1.2 * first + SLACK, who
            tenth = meter.work(list_slow_sellers, replace(pages[0], days=1), caller)
            assert tenth <= 0.7 * first, who
