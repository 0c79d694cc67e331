"""What a batch of sales loads and locks, and documents that are to be taken back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Event

import pytest
from sqlalchemy import insert, text, update

from adapters.sql.tables import catalog, inventory, kernel, membership
from adapters.sql.unit_of_work import SqlUnitOfWork, SqlUnits
from application.ports.membership import MemberAccount
from application.ports.sales import SaleNeeds, SoldProduct, StoredSale
from domain.inventory.stock import MovementReason, StockLevel
from domain.membership.member import MemberKeyKind
from domain.sales.sale import SaleKind
from tests.adapters.sql.conftest import NOW, count, stored, writing
from tests.adapters.sql.samples import (
    DAY,
    MEMBER,
    SKU,
    STORE,
    add_key,
    line,
    lot,
    movement,
    points_entry,
    put_levels,
    put_members,
    request_id,
    sale,
    tender,
)


def test_a_batch_without_needs_loads_the_versions(units: SqlUnits):
    with writing(units) as uow:
        for name in ("chain", "prices", "prices", "promotions", "promotions", "promotions"):
            uow.bump(name)
        uow.commit()
    with writing(units) as uow:
        state = uow.sales.load(SaleNeeds())
    assert (state.versions, state.members, state.lots, state.levels) == ((1, 2, 3), {}, {}, {})


def test_versions_that_nobody_has_raised_are_zero(units: SqlUnits):
    with writing(units) as uow:
        state = uow.sales.load(SaleNeeds())
    assert state.versions == (0, 0, 0)


def test_members_are_found_by_number_phone_and_card(units: SqlUnits):
    put_members(units, 90, 91, 92)
    with writing(units) as uow:
        add_key(uow, 91, MemberKeyKind.PHONE, "+8613800138000")
        add_key(uow, 92, MemberKeyKind.CARD, "CARD-7")
        uow.execute(update(membership.members).where(membership.members.c.member_id == 91), {"tier": "silver"})
        uow.commit()
    with writing(units) as uow:
        found = uow.sales.load(SaleNeeds(member_keys={"M90", "138 0013 8000", "CARD-7", "nobody"})).members
    assert found == {
        "M90": MemberAccount(90, "M90", "gold", 0, 0),
        "138 0013 8000": MemberAccount(91, "M91", "silver", 0, 0),
        "CARD-7": MemberAccount(92, "M92", "gold", 0, 0),
    }


def test_a_number_counts_before_a_card_with_the_same_text(units: SqlUnits):
    put_members(units, 90, 91)
    with writing(units) as uow:
        add_key(uow, 91, MemberKeyKind.CARD, "M90")
        uow.commit()
    with writing(units) as uow:
        assert uow.sales.load(SaleNeeds(member_keys={"M90"})).members["M90"].member_id == 90


def test_a_member_named_in_two_ways_is_one_account(units: SqlUnits):
    put_members(units, 90)
    with writing(units) as uow:
        add_key(uow, 90, MemberKeyKind.CARD, "CARD-7")
        uow.add(lot(1, 100, 90, member_id=90), points_entry(11, 1, 100, 90, member_id=90))
        uow.commit()
    with writing(units) as uow:
        both = {"M90", "CARD-7"}
        state = uow.sales.load(SaleNeeds(member_keys=both, redeeming_keys=both))
    assert state.members["M90"] is state.members["CARD-7"]
    assert state.members["M90"].points_balance == 100
    assert [found.lot_id for found in state.lots[90]] == [1]


def test_open_lots_of_those_who_redeem_come_first_expiring_first(units: SqlUnits):
    put_members(units, 90, 91)
    lots = [
        lot(1, 10, 9, None, 90),
        lot(2, 20, 18, DAY + timedelta(days=300), 90),
        lot(3, 30, 27, DAY + timedelta(days=20), 90),
        lot(4, 0, 0, DAY + timedelta(days=1), 90),
        lot(5, 50, 45, DAY, 91),
    ]
    with writing(units) as uow:
        uow.add(*lots)
        uow.commit()
    with writing(units) as uow:
        state = uow.sales.load(SaleNeeds(member_keys={"M90", "M91"}, redeeming_keys={"M90"}))
    assert state.lots == {90: [lots[2], lots[1], lots[0]]}


def test_levels_are_loaded_and_missing_ones_made(units: SqlUnits):
    put_levels(units, (STORE, 1))
    with writing(units) as uow:
        uow.add(movement(1, 5_000, 2_500, MovementReason.RECEIPT, sku_id=1))
        uow.commit()
    with writing(units) as uow:
        levels = uow.sales.load(SaleNeeds(stock_keys={(STORE, 1), (STORE, 2), (8, 1)})).levels
        uow.commit()
    assert levels == {
        (STORE, 1): StockLevel(STORE, 1, 5_000, 0, 2_500, 2_500, 5_000),
        (STORE, 2): StockLevel(STORE, 2, 0, 0, 0, 0, 0),
        (8, 1): StockLevel(8, 1, 0, 0, 0, 0, 0),
    }
    assert count(units, inventory.stock_levels) == 3


def test_members_and_levels_are_those_after_waiting_for_others(units: SqlUnits):
    """Whoever waits for a lock must not decide on what it saw before it waited: points would be spent twice."""
    put_members(units, 90)
    put_levels(units, (STORE, SKU))
    with writing(units) as uow:
        uow.add(lot(1, 100, 90), points_entry(11, 1, 100, 90))
        uow.commit()
    needs = SaleNeeds(member_keys={"M90"}, redeeming_keys={"M90"}, stock_keys={(STORE, SKU)})
    locked, loaded = Event(), Event()

    def first() -> None:
        with writing(units) as uow:
            uow.sales.load(needs)
            locked.set()
            assert not loaded.wait(0.3)
            uow.add(points_entry(12, 1, -100, -90), lot(2, 40, 36), points_entry(13, 2, 40, 36))
            uow.add(movement(1, -1_000, -500))
            uow.commit()

    def second() -> None:
        locked.wait()
        with writing(units) as uow:
            state = uow.sales.load(needs)
            loaded.set()
        assert state.members["M90"].points_balance == 40
        assert state.lots == {90: [lot(2, 40, 36)]}
        assert state.levels == {(STORE, SKU): StockLevel(STORE, SKU, -1_000, 0, -500, 0, 0)}

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(first), threads.submit(second)]:
            done.result()


def test_two_batches_that_make_the_same_level_share_it(units: SqlUnits):
    def sell(number: int) -> None:
        with writing(units) as uow:
            uow.sales.load(SaleNeeds(stock_keys={(STORE, SKU), (STORE, SKU + 1)}))
            uow.add(movement(number, -1_000, 0))
            uow.commit()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(sell, range(1, 25)))
    assert [row[2] for row in stored(units, inventory.stock_levels)] == [-24_000, 0]


def test_what_was_added_before_is_loaded(units: SqlUnits):
    put_levels(units, (STORE, SKU))
    with writing(units) as uow:
        uow.add(movement(1, 7_000, 700, MovementReason.RECEIPT))
        levels = uow.sales.load(SaleNeeds(stock_keys={(STORE, SKU)})).levels
    assert levels[STORE, SKU].on_hand_milli == 7_000


def test_a_document_comes_with_its_reversals_oldest_first(units: SqlUnits):
    put_members(units, MEMBER)
    put_product(units)
    original = StoredSale(
        sale(1, member_id=MEMBER),
        [line(1, 1), line(1, 2, discounts=[])],
        [tender(1, 1), tender(1, 2)],
        [points_entry(11, 1, 95, 93)],
        {SKU: SoldProduct("A-1", "苹果", False)},
    )
    back = {"kind": SaleKind.REFUND, "original_sale_id": 1, "terminal_id": 5, "member_id": MEMBER}
    refund = StoredSale(
        # Its id is smaller: ids of two processes are not in the order of time.
        sale(-5, request_id=request_id(7), stored_at=NOW + timedelta(hours=2), **back),
        [line(-5, 1, original_line_number=2)],
        [tender(-5, 1)],
        [],
        original.products,
    )
    earlier = StoredSale(
        sale(3, stored_at=NOW + timedelta(hours=1), **back),
        [line(3, 1, original_line_number=1)],
        [],
        [],
        original.products,
    )
    with writing(units) as uow:
        for document in (original, refund, earlier):
            uow.add(document.sale, *document.lines, *document.tenders)
        uow.add(lot(1, 95, 93), *original.points_entries)
        uow.add(sale(20), line(20))
        uow.commit()
    with writing(units) as uow:
        assert uow.sales.lock_document(1) == [original, earlier, refund]


def test_a_document_that_does_not_exist_is_none(units: SqlUnits):
    with writing(units) as uow:
        assert uow.sales.lock_document(404) is None


def test_whoever_waits_for_a_document_sees_the_reversal_it_waited_for(units: SqlUnits):
    put_product(units)
    with writing(units) as uow:
        uow.add(sale(1, member_id=None), line(1))
        uow.commit()
    locked, seen = Event(), Event()

    def refund() -> None:
        with writing(units) as uow:
            uow.sales.lock_document(1)
            locked.set()
            assert not seen.wait(0.3)
            uow.add(sale(2, member_id=None, kind=SaleKind.REFUND, original_sale_id=1), line(2))
            uow.commit()

    def refund_again() -> list[int]:
        locked.wait()
        with writing(units) as uow:
            documents = uow.sales.lock_document(1)
            seen.set()
        assert documents is not None
        return [document.sale.sale_id for document in documents]

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.submit(refund), threads.submit(refund_again)
        first.result()
        assert second.result() == [1, 2]


@pytest.mark.parametrize("expires_on", [None, date(2027, 12, 31)])
def test_a_lot_keeps_its_dates(units: SqlUnits, expires_on: date | None):
    put_members(units, 90)
    with writing(units) as uow:
        uow.add(lot(1, 100, 90, expires_on))
        uow.commit()
    with writing(units) as uow:
        state = uow.sales.load(SaleNeeds(member_keys={"M90"}, redeeming_keys={"M90"}))
    assert state.lots == {90: [lot(1, 100, 90, expires_on)]}


@pytest.mark.parametrize("analyzed", [True, False])
def test_plans_made_for_small_tables_are_not_kept_when_they_have_grown(
    new_postgres_units: SqlUnits, analyzed: bool, monkeypatch: pytest.MonkeyPatch
):
    put_members(new_postgres_units, 90)
    put_levels(new_postgres_units, (STORE, SKU))
    needs = SaleNeeds(member_keys={"M90"}, redeeming_keys={"M90"}, stock_keys={(STORE, SKU)})
    if analyzed:
        with writing(new_postgres_units) as uow:
            uow.execute(text("ANALYZE"))
            uow.commit()
    with writing(new_postgres_units) as uow:
        uow.sales.load(needs)
        uow.add(movement(1, -1_000, 0), lot(1, 100, 90), points_entry(11, 1, 100, 90))
        uow.commit()
    with writing(new_postgres_units) as uow:
        uow.sales.load(needs)
        uow.add(movement(2, -1_000, 0), points_entry(12, 1, -10, -9))
        uow.commit()
    put_levels(new_postgres_units, *[(STORE, 1_000 + number) for number in range(3_000)])
    put_members(new_postgres_units, *range(1_000, 1_200))
    monkeypatch.setattr("adapters.sql.postgres.PLANS_SECONDS_MAX", 0)
    with writing(new_postgres_units) as uow:
        before = rows_read(uow)
        uow.sales.load(needs)
        uow.add(movement(3, -1_000, 0), points_entry(13, 1, -10, -9))
        uow.flush()
        read = {name: rows - before[name] for name, rows in rows_read(uow).items()}
    assert {name: rows for name, rows in read.items() if rows > 2} == {}


def rows_read(uow: SqlUnitOfWork) -> dict[str, int]:
    return {row.relname: row.rows_read for row in uow.execute(text(ROWS_READ))}


ROWS_READ = """
    SELECT relname, pg_stat_get_xact_tuples_returned(oid) AS rows_read FROM pg_class WHERE relname IN (
        'stock_levels', 'pk_stock_levels', 'points_accounts', 'pk_points_accounts', 'points_lots', 'pk_points_lots',
        'member_keys', 'pk_member_keys', 'members', 'pk_members'
    )
"""


def put_product(units: SqlUnits) -> None:
    with writing(units) as uow:
        uow.execute(insert(catalog.categories), {"category_id": 3, "code": "F", "name": "", "department_id": 3})
        uow.execute(insert(catalog.units), {"unit_id": 1, "code": "kg", "name": "", "decimals": 3})
        uow.execute(
            insert(catalog.products),
            {
                "sku_id": SKU, "sku": "A-1", "name": "苹果", "category_id": 3, "unit_id": 1, "tax_category": "standard",
                "weighed_item_code": "", "weighed_by_price": False, "unstocked": False, "excluded_from_points": False,
                "status": "active", "changed_version": 0,
            },
        )  # fmt: skip
        uow.execute(insert(kernel.versions), {"name": "prices", "version": 1})
        uow.commit()
