"""A settlement costs what has moved since the last one: no statement of it walks through a ledger."""

from sqlalchemy import event

from application.finance.settling import SettleStores, settle_stores
from domain.sales.sale import TenderKind
from tests.application.wallet.paying_in import pay_in
from tests.world import Till
from tests.world import opened as world_of

LEDGERS = (
    "points_entries", "gift_card_entries", "sold", "times_card_entries", "stored_value_entries", "settlement_movements",
    "stored_value_paid_in", "sales", "sale_tenders", "points_lots", "journal_entries",
)  # fmt: skip


def test_finds_what_has_moved_by_indexes(sqlite_chain: str) -> None:
    with world_of(sqlite_chain, furnished=True) as world:
        pay_in(world, 5_000)
        world.sell(Till().line("MUG").member().tender(TenderKind.STORED_VALUE, 5_000).command, world.s2)
        asked: list[tuple[str, object]] = []

        def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
            if statement.startswith("SELECT") and any(f"FROM {table}" in statement for table in LEDGERS):
                asked.append((statement, parameters))

        event.listen(world.engine, "before_cursor_execute", note)
        world.do(settle_stores, SettleStores())
        event.remove(world.engine, "before_cursor_execute", note)
        # Points, cards of both kinds, stored value that settles and that was brought, what is left of it, what came
        # back elsewhere, and sales settled before.
        assert len(asked) == 8
        with world.engine.connect() as connection:
            steps = [
                row[3]
                for statement, parameters in asked
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            ]
        assert [step for step in steps if step.split()[:2] in [["SCAN", table] for table in LEDGERS]] == []
