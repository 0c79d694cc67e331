"""What `add` writes, and the balances that follow."""

from dataclasses import asdict, astuple
from datetime import date

import pytest
from sqlalchemy import text

from adapters.sql.levels import SQLITE_LEVELS, lock
from adapters.sql.promotion_counters import SQLITE_COUNTERS
from adapters.sql.record import SQLITE_STATEMENTS, BalanceMissing
from adapters.sql.rows import RECORDED
from adapters.sql.sales import SQLITE_MEMBERS, SQLITE_MEMBERS_WITH_BIRTHDAYS
from adapters.sql.sqlite import RowsStatement
from adapters.sql.tables import finance, inventory, kernel, loyalty, sales
from adapters.sql.unit_of_work import SqlUnits
from domain.inventory.stock import MovementReason, StockLevel
from domain.loyalty.ledger import PointsLot
from domain.sales.sale import SaleKind, TenderKind
from tests.adapters.sql.conftest import count, stored, writing
from tests.adapters.sql.samples import (
    MEMBER,
    OTHER_SKU,
    SKU,
    STORE,
    line,
    lot,
    movement,
    one_of_each,
    points_entry,
    put_counters,
    put_levels,
    put_members,
    sale,
    tender,
    use,
)


def test_every_recorded_row_reads_back_as_it_was_added(units: SqlUnits):
    put_members(units, MEMBER)
    put_levels(units, (STORE, SKU))
    put_counters(units, use())
    rows = one_of_each()
    with writing(units) as uow:
        uow.add(*rows)
        uow.commit()
    for row_class, table in RECORDED.items():
        assert stored(units, table) == [tuple(asdict(row).values()) for row in rows if type(row) is row_class]


def test_many_rows_of_one_kind_are_all_written(units: SqlUnits):
    with writing(units) as uow:
        uow.add(sale(), *[line(line_number=number) for number in range(1, 501)])
        uow.commit()
    assert count(units, sales.sale_lines) == 500


def test_kinds_are_stored_by_their_value(units: SqlUnits):
    with writing(units) as uow:
        uow.add(*[tender(tender_number=number, kind=kind) for number, kind in enumerate(TenderKind, start=1)])
        uow.commit()
    assert [row[2] for row in stored(units, sales.sale_tenders)] == [kind.value for kind in TenderKind]


def test_movements_move_their_level(units: SqlUnits):
    put_levels(units, (STORE, SKU), (STORE, OTHER_SKU))
    with writing(units) as uow:
        uow.add(movement(1, 10_000, 5_000, MovementReason.RECEIPT), movement(2, -3_000, -1_500))
        uow.add(movement(3, -1_000, -400, sku_id=OTHER_SKU))
        uow.commit()
    assert stored(units, inventory.stock_levels) == [
        (STORE, SKU, 7_000, 0, 3_500, 5_000, 10_000, 0),
        (STORE, OTHER_SKU, -1_000, 0, -400, 0, 0, 0),
    ]


def test_the_last_receipt_is_remembered_until_the_next_one(units: SqlUnits):
    put_levels(units, (STORE, SKU))
    for receipt, cost in ((1, 5_000), (2, 7_000)):
        with writing(units) as uow:
            uow.add(movement(receipt * 10, 1_000, cost, MovementReason.RECEIPT))
            uow.add(movement(receipt * 10 + 1, -1_000, -cost))
            uow.commit()
    assert stored(units, inventory.stock_levels) == [(STORE, SKU, 0, 0, 0, 7_000, 1_000, 0)]


def test_a_correction_without_quantity_moves_the_value(units: SqlUnits):
    put_levels(units, (STORE, SKU))
    with writing(units) as uow:
        uow.add(movement(1, 1_000, 500, MovementReason.RECEIPT), movement(2, 0, -20, MovementReason.COST_CORRECTION))
        uow.commit()
    with writing(units) as uow:
        uow.add(movement(3, 0, 5, MovementReason.COST_CORRECTION))
        uow.commit()
    assert stored(units, inventory.stock_levels) == [(STORE, SKU, 1_000, 0, 485, 500, 1_000, 0)]


def test_points_entries_move_account_and_lot(units: SqlUnits):
    put_members(units, MEMBER, 91)
    with writing(units) as uow:
        uow.add(lot(1, 100, 90), points_entry(11, 1, 100, 90))
        uow.add(lot(2, 40, 36, date(2027, 1, 1), member_id=91), points_entry(12, 2, 40, 36, member_id=91))
        uow.commit()
    with writing(units) as uow:
        uow.add(points_entry(13, 1, -30, -27), points_entry(14, 1, -20, -18))
        uow.commit()
    assert stored(units, loyalty.points_accounts) == [(MEMBER, 50, 0, 0, False), (91, 40, 0, 0, False)]
    lots = [PointsLot(*row) for row in stored(units, loyalty.points_lots)]
    assert [(lot.points, lot.value_minor) for lot in lots] == [(50, 45), (40, 36)]


def test_a_sale_is_a_visit_and_a_void_takes_it_back(units: SqlUnits):
    put_members(units, MEMBER, 91)
    with writing(units) as uow:
        uow.add(*[sale(number, member_id=MEMBER) for number in (1, 2, 3)], sale(4, member_id=91), sale(5))
        uow.add(lot(1, 100, 90), points_entry(11, 1, 100, 90))
        uow.commit()
    assert stored(units, loyalty.points_accounts) == [(MEMBER, 100, 3, 0, False), (91, 0, 1, 0, False)]
    with writing(units) as uow:
        uow.add(sale(6, member_id=MEMBER, kind=SaleKind.VOID), sale(7, member_id=91, kind=SaleKind.REFUND))
        uow.commit()
    assert stored(units, loyalty.points_accounts) == [(MEMBER, 100, 2, 0, False), (91, 0, 1, 0, False)]


def test_a_lot_spent_before_it_was_written_is_not_moved_again(units: SqlUnits):
    put_members(units, MEMBER)
    with writing(units) as uow:
        opened = lot(1, 100, 90)
        uow.add(opened, points_entry(11, 1, 100, 90))
        # The next command of the same batch redeems from it.
        opened.points, opened.value_minor = 70, 63
        uow.add(points_entry(12, 1, -30, -27))
        uow.commit()
    assert [PointsLot(*row) for row in stored(units, loyalty.points_lots)] == [opened]
    assert stored(units, loyalty.points_accounts) == [(MEMBER, 70, 0, 0, False)]


def test_a_statement_sees_what_was_added_before_it(units: SqlUnits):
    put_members(units, MEMBER)
    with writing(units) as uow:
        opened = lot(1, 100, 90)
        uow.add(opened, points_entry(11, 1, 100, 90))
        assert uow.execute(text("SELECT points FROM points_lots")).scalar_one() == 100
        opened.points, opened.value_minor = 70, 63
        uow.add(points_entry(12, 1, -30, -27))
        uow.commit()
    assert [PointsLot(*row) for row in stored(units, loyalty.points_lots)] == [opened]


@pytest.mark.parametrize("orphan", [movement(1, 1, 1), points_entry(1, 1, 5, 5), use()])
def test_a_balance_that_was_never_locked_is_a_bug_and_nothing_is_written(units: SqlUnits, orphan: object):
    with pytest.raises(BalanceMissing), writing(units) as uow:
        uow.add(sale(), orphan)
        uow.commit()
    assert (count(units, sales.sales), count(units, inventory.stock_movements)) == (0, 0)


def test_refuses_rows_that_it_does_not_know(units: SqlUnits):
    with writing(units) as uow, pytest.raises(TypeError, match="StockLevel is no row that is recorded"):
        uow.add(StockLevel(1, 2, 3, 4, 5, 6, 7))


def test_leaving_without_commit_undoes_everything(units: SqlUnits):
    with writing(units) as uow:
        uow.add(sale())
        uow.publish("SaleCompleted", 1, {})
        uow.flush()
        lock(uow, [(STORE, SKU)])
    assert [count(units, table) for table in (sales.sales, kernel.outbox, inventory.stock_levels)] == [0, 0, 0]


def test_an_error_inside_undoes_everything_and_the_next_one_works(units: SqlUnits):
    with pytest.raises(KeyError), writing(units) as uow:
        uow.add(sale())
        uow.flush()
        raise KeyError
    with writing(units) as uow:
        uow.add(sale())
        uow.commit()
    assert count(units, sales.sales) == 1


def test_events_are_written_with_the_instant_of_the_unit_of_work(units: SqlUnits):
    with writing(units) as uow:
        uow.publish("SaleCompleted", 77, {"sale_id": 77})
        uow.commit()
        occurred_at = uow.now
    [(_, topic, subject_id, payload, at, published_at)] = stored(units, kernel.outbox)
    assert (topic, subject_id, payload, at, published_at) == ("SaleCompleted", 77, {"sale_id": 77}, occurred_at, None)


def test_postings_keep_their_sign(units: SqlUnits):
    with writing(units) as uow:
        uow.add(*[row for row in one_of_each() if type(row).__name__ in {"JournalEntry", "Posting"}])
        uow.commit()
    assert [row[3] for row in stored(units, finance.postings)] == [9_500, -9_500]


def test_a_line_without_documents_has_empty_ones(units: SqlUnits):
    plain = line(discounts=[], taxes=[])
    with writing(units) as uow:
        uow.add(plain)
        uow.commit()
    assert stored(units, sales.sale_lines) == [astuple(plain)]


@pytest.mark.parametrize(
    "statement",
    [*SQLITE_STATEMENTS, SQLITE_COUNTERS, SQLITE_LEVELS, SQLITE_MEMBERS, SQLITE_MEMBERS_WITH_BIRTHDAYS],
    ids=lambda statement: statement.head[:30],
)
def test_no_statement_of_many_rows_reads_a_whole_table(sqlite_units: SqlUnits, statement: RowsStatement):
    [(sql, parameters)] = statement.parts([[0] * statement.columns] * 4)
    with writing(sqlite_units) as uow:
        plan = uow.wire.fetch(f"EXPLAIN QUERY PLAN {sql}", parameters)
    scanned = [step for *_, step in plan if step.startswith("SCAN")]
    assert set(scanned) <= {"SCAN 4 CONSTANT ROWS", "SCAN d", "SCAN k"}


def test_a_statement_of_many_rows_comes_in_parts_of_few_sizes():
    statement = RowsStatement("INSERT INTO t", 2)
    rows = [(number, -number) for number in range(171)]
    parts = list(statement.parts(rows))
    assert [len(parameters) // 2 for _, parameters in parts] == [64, 64, 40, 3]
    assert [value for _, parameters in parts for value in parameters] == [value for row in rows for value in row]
    assert [sql.count("(?, ?)") for sql, _ in parts] == [64, 64, 40, 3]
    assert list(statement.parts([])) == []
