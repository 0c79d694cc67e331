"""Every invariant holds after trade of all kinds, and a row that was tampered with fails exactly its invariant."""

from typing import Any

import pytest
from sqlalchemy import text

from application.check import INVARIANTS, CheckResult, run_checks
from application.pricing.publish_promotion import EndPromotion, end_promotion
from application.pricing.put_promotions import PutPromotions, put_promotions
from domain.identity.organisation import SYSTEM
from domain.pricing.promotion import Benefit, BenefitKind, Gift, ItemSet, Promotion
from tests.trading_day import TradingDay, trade
from tests.world import World


class Books:
    """A chain that has traded, and what the checks find in it after a row was tampered with."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.day: TradingDay = trade(world)

    def results(self, *tampering: str) -> dict[str, CheckResult]:
        """The outcome of every check in a transaction that tampers and is then undone."""
        with self.world.units.begin(caller=SYSTEM, now=self.world.clock()) as uow:
            for statement in tampering:
                uow.execute(text(statement))
            return {result.id: result for result in run_checks(uow)}

    def violations(self, *tampering: str) -> dict[str, list[str]]:
        """The violations of the checks that fail."""
        return {name: result.violations for name, result in self.results(*tampering).items() if result.violated}

    def unguard(self, table: str) -> None:
        """Replaces a table by a copy that takes any row."""
        with self.world.engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO guarded")
            connection.exec_driver_sql(f"CREATE TABLE {table} AS SELECT * FROM guarded")

    def one(self, query: str) -> Any:
        """The only value that a query finds."""
        [[value]] = self.world.rows(query)
        return value

    def entry_of(self, document_id: int) -> int:
        return int(self.one(f"SELECT entry_id FROM journal_entries WHERE document_id = {document_id}"))

    def store(self, code: str) -> int:
        return int(self.one(f"SELECT store_id FROM stores WHERE code = '{code}'"))

    def sku(self, sku: str) -> int:
        return int(self.one(f"SELECT sku_id FROM products WHERE sku = '{sku}'"))


@pytest.fixture
def books(world: World) -> Books:
    return Books(world)


@pytest.mark.capability("FIN-05")
def test_holds_after_trade_of_every_kind(books: Books) -> None:
    results = books.results()
    assert {name: (result.violated, result.violations) for name, result in results.items()} == {
        invariant.id: (0, []) for invariant in INVARIANTS
    }
    # 10 sales, refunds and voids and 7 goods receipts, each with an entry, on 3 days and stores.
    assert {name: result.checked for name, result in results.items()} == {
        "I1": 17 + 3,
        "I2": 2 + 17,
        "I3": 6 + 6,
        "I4": 1 + 2 + 1,
        "I4-visits": 1,
        "I5": 0,
        "I6": 10 + 13,
        "I7": 3 + 10,
        "I8": 0,
        "I9": 10 + 10 + 10,
        "I10": 11,
        "I12": 0,
        "PRM-limits": 0,
        "PRM-draws": 0,
        "PRM-events": 0,
        "PTS-quotas": 0,
        "PTS-activities": 0,
        "PTS-rewards": 0,
        "MEM-cards": 2,
        "FIN-settled": 0,
        "SAL-orders": 0,
        "SAL-receipts": 0,
        "SAL-shifts": 0,
        "SAL-days": 0,
        "MEM-credit": 0,
        "SAL-payments": 0,
        "SAL-exchanges": 0,
        "MEM-merges": 1,
        "MEM-consents": 0,
        "MEM-erased": 0,
        "LVL": 1,
        "MEM-lifecycle": 1,
        "LVL-paid": 0,
        "CARE": 0,
        "SAL-returns": 2,
        "SAL-tips": 3,
        "SAL-staff": 0,
        "SAL-serials": 0,
        "SAL-vouchers": 0,
        "INV-transfers": 0,
        "INV-stock": 0,
        "SAL-parked": 0,
        "PUR-orders": 0,
        "INV-layers": 0,
        # Seven receipts of one line each: what they cost, what moved, and how they stand.
        "INV-receipts": 7 + 7 + 7,
        "REP-proposals": 0,
        "PUR-scores": 0,
        "PUR-notices": 0,
        "INV-counts": 0,
        "LOG-shipments": 0,
        "INV-reserved": 0,
        "INV-alerts": 0,
        "INV-assemblies": 0,
        "CARE-follow-ups": 0,
        "B09": 0,
        "D1-books": 17 + 17 + 10 + 7,
        "D1-events": 17,
        "D1-terms": 0,
        "PRM-life": 0,
        "REF": 60,
    }


def test_entries_that_do_not_balance(books: Books) -> None:
    entry_id = books.entry_of(books.day.redeemed.sale_id)
    found = books.violations(
        f"UPDATE postings SET amount_minor = amount_minor + 5 WHERE entry_id = {entry_id} AND account_code = '660101'"
    )
    store_id = books.store("S1")
    day = books.world.rows(
        "SELECT SUM(CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END) FROM postings p"
        f" JOIN journal_entries e ON e.entry_id = p.entry_id WHERE store_id = {store_id}"
        " AND business_date = '2026-11-22'"
    )[0][0]
    entry = books.world.rows(f"SELECT SUM(amount_minor) FROM postings WHERE entry_id = {entry_id} AND amount_minor > 0")
    debits = int(entry[0][0])
    assert found == {
        "I1": [
            f"journal_entries entry_id={entry_id}: debits {debits + 5}, credits {debits}",
            f"trial balance store_id={store_id} business_date=2026-11-22 currency=CNY: debits {day + 5}, credits {day}",
        ]
    }


def test_postings_of_no_entry(books: Books) -> None:
    assert books.violations(
        "INSERT INTO postings (entry_id, posting_number, account_code, amount_minor)"
        " VALUES (999999, 1, '660101', 5), (999999, 2, '660101', -5)"
    ) == {"I1": ["journal_entries entry_id=999999: headers 0, expected 1"]}


def test_an_inventory_account_that_is_not_the_value_of_the_stock(books: Books) -> None:
    sale_id, store_id, sku_id = books.day.redeemed.sale_id, books.store("S1"), books.sku("TEA")
    value = books.one(f"SELECT SUM(value_minor) FROM stock_levels WHERE location_id = {store_id}")
    moved = books.one(f"SELECT SUM(value_minor) FROM stock_movements WHERE document_id = {sale_id}")
    assert books.violations(
        f"UPDATE stock_movements SET value_minor = value_minor + 7 WHERE document_id = {sale_id} AND sku_id = {sku_id}",
        f"UPDATE stock_levels SET value_minor = value_minor + 7 WHERE location_id = {store_id} AND sku_id = {sku_id}",
    ) == {
        "I2": [
            f"stores store_id={store_id}: account 1405 {value}, value of stock_levels {value + 7}",
            f"documents document_id={sale_id}: account 1405 {moved}, value of stock_movements {moved + 7}",
        ]
    }


def test_stock_that_is_not_the_sum_of_its_movements(books: Books) -> None:
    store_id, sku_id = books.store("S1"), books.sku("TEA")
    key = f"location_id = {store_id} AND sku_id = {sku_id}"
    row = f"stock_levels location_id={store_id} sku_id={sku_id}"
    on_hand = books.one(f"SELECT on_hand_milli FROM stock_levels WHERE {key}")
    assert books.violations(f"UPDATE stock_levels SET on_hand_milli = on_hand_milli + 1 WHERE {key}") == {
        "I3": [f"{row}: on hand {on_hand + 1}, moved {on_hand}"]
    }
    assert books.violations(f"UPDATE stock_levels SET reserved_milli = -1 WHERE {key}") == {
        "I3": [f"{row}: least allowed 0, reserved -1"],
        "INV-reserved": [f"{row}: reserved -1, of stock_reservations 0"],
    }


def test_stock_that_never_moved(books: Books) -> None:
    store_id, sku_id = books.store("S1"), books.sku("WRAP")
    assert books.violations(
        "INSERT INTO stock_levels (location_id, sku_id, on_hand_milli, reserved_milli, value_minor, last_cost_minor,"
        f" last_cost_quantity_milli) VALUES ({store_id}, {sku_id}, 1000, 0, 0, 0, 0)"
    ) == {"I3": [f"stock_levels location_id={store_id} sku_id={sku_id}: movements 0, at least 1"]}


def test_nothing_on_hand_that_is_worth_something(books: Books) -> None:
    store_id, tea, wrap = books.store("S1"), books.sku("TEA"), books.sku("WRAP")
    receipt_id = books.one(f"SELECT MIN(receipt_id) FROM goods_receipts WHERE store_id = {store_id}")
    books.unguard("stock_levels")
    # The value is taken from another SKU, so that the store as a whole is worth what it was.
    assert books.violations(
        "INSERT INTO stock_movements (location_id, sku_id, movement_id, quantity_milli, value_minor, reason,"
        " document_id, business_date, moved_at) SELECT location_id,"
        f" CASE n WHEN 1 THEN {wrap} ELSE {tea} END, 999999, 0, CASE n WHEN 1 THEN 5 ELSE -5 END, reason,"
        f" {receipt_id}, business_date, moved_at"
        f" FROM (SELECT * FROM stock_movements WHERE location_id = {store_id} ORDER BY movement_id LIMIT 1) AS any_one"
        " CROSS JOIN (SELECT 1 AS n UNION ALL SELECT 2) AS numbers",
        f"UPDATE stock_levels SET value_minor = value_minor - 5 WHERE location_id = {store_id} AND sku_id = {tea}",
        f"INSERT INTO stock_levels (location_id, sku_id, on_hand_milli, reserved_milli, value_minor, last_cost_minor,"
        f" last_cost_quantity_milli) VALUES ({store_id}, {wrap}, 0, 0, 5, 0, 0)",
    ) == {"I3": [f"stock_levels location_id={store_id} sku_id={wrap}: value of nothing on hand 5, expected 0"]}


def test_a_points_balance_that_is_not_the_sum_of_its_entries(books: Books) -> None:
    member_id = books.one("SELECT member_id FROM points_accounts")
    assert books.violations("UPDATE points_accounts SET points_balance = points_balance + 1") == {
        "I4": [
            f"points_accounts member_id={member_id}: "
            "balance 231, points of entries 230; balance 231, points of lots 230"
        ]
    }


def test_visits_that_are_not_the_sales_of_the_member(books: Books) -> None:
    member_id = books.one("SELECT member_id FROM points_accounts")
    visits = books.one("SELECT visits FROM points_accounts")
    assert books.violations("UPDATE points_accounts SET visits = visits + 1") == {
        "I4-visits": [f"points_accounts member_id={member_id}: visits {visits + 1}, sales less voids {visits}"]
    }


def test_lots_that_are_not_the_sum_of_their_entries(books: Books) -> None:
    member_id = books.one("SELECT member_id FROM points_accounts")
    lot_id = books.one("SELECT lot_id FROM points_lots WHERE points > 0")
    empty_id = books.one("SELECT lot_id FROM points_lots WHERE points = 0")
    assert books.violations(
        f"UPDATE points_lots SET points = points - 1, value_minor = value_minor + 2 WHERE lot_id = {lot_id}",
        f"UPDATE points_lots SET value_minor = 3 WHERE lot_id = {empty_id}",
    ) == {
        "I4": [
            f"points_accounts member_id={member_id}: balance 230, points of lots 229",
            f"points_lots lot_id={empty_id}: value 3, value of entries 0;"
            " value of an empty lot or a debt 3, expected 0",
            f"points_lots lot_id={lot_id}: points 229, points of entries 230; value 230, value of entries 228",
        ]
    }


def test_a_points_liability_that_is_not_in_the_books_of_the_store(books: Books) -> None:
    s1, s2 = books.store("S1"), books.store("S2")
    entry_id = books.one(f"SELECT entry_id FROM points_entries WHERE sale_id = {books.day.scrapped.sale_id}")
    assert books.violations(f"UPDATE points_entries SET store_id = {s2} WHERE entry_id = {entry_id}") == {
        "I4": [
            f"stores store_id={s1} business_date=2026-11-22: account 220501 228, value of points_entries 277",
            f"stores store_id={s2} business_date=2026-11-22: account 220501 0, value of points_entries -49",
        ]
    }


def test_headers_that_are_not_the_sum_of_their_lines(books: Books) -> None:
    sale_id = books.day.discounted.sale_id
    assert books.violations(
        f"UPDATE sales SET gross_minor = gross_minor + 1, points_earned = points_earned + 2 WHERE sale_id = {sale_id}"
    ) == {
        "I6": [
            f"sales sale_id={sale_id}: gross 40301, gross of lines 40300; points earned 375, points earned by lines "
            "373; points earned 375, points earned by points_entries 373"
        ]
    }


def test_tenders_that_do_not_pay_the_total(books: Books) -> None:
    sale_id = books.day.redeemed.sale_id
    assert books.violations(
        f"UPDATE sale_tenders SET amount_minor = amount_minor - 1, points = points - 1"
        f" WHERE sale_id = {sale_id} AND kind = 'points'"
    ) == {
        "I6": [
            f"sales sale_id={sale_id}: tenders less change 29999, total plus rounding and tip 30000; "
            "points redeemed 300, points of tenders 299"
        ]
    }


def test_lines_whose_discounts_and_taxes_are_not_the_sum_of_their_reasons(books: Books) -> None:
    sale_id = books.day.discounted.sale_id
    line = f"sale_id = {sale_id} AND line_number ="
    row = f"sale_lines sale_id={sale_id} line_number"
    assert books.violations(
        f"""UPDATE sale_lines SET discounts = '[{{"amount_minor": 2999}}]' WHERE {line} 1""",
        f"""UPDATE sale_lines SET taxes = '[{{"tax_minor": 1000}}, {{"tax_minor": 149}}]' WHERE {line} 2""",
        f"UPDATE sale_lines SET taxes = '{{}}' WHERE {line} 3",
    ) == {
        "I6": [
            f"{row}=1: discount 3000, sum of discounts 2999",
            f"{row}=2: tax 1150, sum of taxes 1149",
            f"{row}=3: tax 35, sum of taxes nothing",
        ]
    }


def test_lines_that_do_not_add_up(books: Books) -> None:
    sale_id = books.day.coupon.sale_id
    found = books.violations(
        f"UPDATE sale_lines SET net_minor = net_minor + 1, gross_minor = gross_minor + 3 WHERE sale_id = {sale_id}",
        f"UPDATE sales SET net_minor = net_minor + 1, gross_minor = gross_minor + 3 WHERE sale_id = {sale_id}",
    )
    assert found.pop("D1-books") == [f"sales sale_id={sale_id}: account 6001 8850, net less deferral 8851"]
    assert found == {
        "I6": [
            f"sales sale_id={sale_id}: net plus tax 10001, total 10000",
            f"sale_lines sale_id={sale_id} line_number=1: net plus tax 10001, total 10000; "
            "gross less discount 10003, total 10000",
        ]
    }


def test_more_taken_back_than_was_sold(books: Books) -> None:
    sale_id, refund_id = books.day.discounted.sale_id, books.day.refund.sale_id
    assert books.violations(
        f"UPDATE sale_lines SET quantity_milli = -3001 WHERE sale_id = {refund_id}",
        f"UPDATE returned_lines SET quantity_milli = 3001 WHERE sale_id = {refund_id}",
    ) == {"I7": [f"sale_lines sale_id={sale_id} line_number=1: quantity taken back 3001, sold 3000"]}


def test_reversals_of_what_was_never_sold(books: Books) -> None:
    void_id = books.day.void.sale_id
    found = books.violations(f"UPDATE sales SET original_sale_id = 999999 WHERE sale_id = {void_id}")
    assert found == {
        "I7": [
            "sale_lines sale_id=999999 line_number=1: quantity taken back 2000, sold nothing; gross taken back 20000, "
            "sold nothing; discount taken back 0, sold nothing; net taken back 17699, sold nothing; tax taken back "
            "2301, sold nothing; points taken back 0, earned nothing; deferral taken back 0, deferred nothing",
            f"sales sale_id={void_id}: originals 0, expected 1",
        ]
    }


def test_sales_without_an_answered_request(books: Books) -> None:
    sale = books.day.coupon
    claim = f"request_id = '{sale.request_id}'"
    caller_id = books.one(f"SELECT caller_id FROM requests WHERE {claim}")
    row = f"sales sale_id={sale.sale_id}: answered requests 0, expected 1"
    assert books.violations(f"DELETE FROM requests WHERE {claim}") == {"I9": [row]}
    assert books.violations(f"UPDATE requests SET answer = NULL WHERE {claim}") == {
        "I9": [row, f"requests caller_id={caller_id} request_id={sale.request_id}: answers 0, expected 1"]
    }


def test_two_sales_of_one_request(books: Books) -> None:
    first, second = books.day.discounted, books.day.redeemed
    caller_id = books.one(f"SELECT caller_id FROM requests WHERE request_id = '{first.request_id}'")
    books.unguard("sales")
    assert books.violations(
        f"UPDATE sales SET request_id = '{first.request_id}' WHERE sale_id = {second.sale_id}",
    ) == {"I9": [f"sales terminal_id={caller_id} request_id={first.request_id}: documents 2, expected 1"]}


def test_takings_that_wait_on_another_account(books: Books) -> None:
    sale_id = books.day.discounted.sale_id
    assert books.violations(
        "UPDATE postings SET account_code = '101201' WHERE account_code = '1001'"
        f" AND entry_id = {books.entry_of(sale_id)}"
    ) == {
        "I10": [
            f"sale_tenders sale_id={sale_id} account_code=1001: taken 37300, posted 0",
            f"sale_tenders sale_id={sale_id} account_code=101201: taken 0, posted 37300",
        ]
    }


def test_negative_stock_once_the_settings_forbid_it_online_and_for_uploads(books: Books) -> None:
    books.world.set("negative_stock_upload", "forbid")
    assert books.violations() == {
        "I12": [
            f"stock_levels location_id={books.store('S2')} sku_id={books.sku('MUG')}: least allowed 0, on hand -1000"
        ]
    }
    books.world.set("negative_stock", "warn")
    assert books.violations() == {}


def test_documents_without_their_one_journal_entry(books: Books) -> None:
    sale_id = books.day.offline.sale_id
    entry_id = books.entry_of(sale_id)
    assert books.violations(f"UPDATE journal_entries SET channel = 'web' WHERE entry_id = {entry_id}") == {
        "D1-books": [f"documents document_id={sale_id}: with its kind, store, date, currency and channel 0, expected 1"]
    }
    assert books.violations(
        "INSERT INTO journal_entries (entry_id, store_id, business_date, currency, channel, document_kind,"
        " document_id, posted_at) SELECT 999999, store_id, business_date, currency, channel, document_kind,"
        f" document_id, posted_at FROM journal_entries WHERE entry_id = {entry_id}"
    ) == {
        "D1-books": [
            f"documents document_id={sale_id}: journal entries 2, expected 1; "
            "with its kind, store, date, currency and channel 2, expected 1"
        ]
    }
    assert books.violations(
        "INSERT INTO journal_entries (entry_id, store_id, business_date, currency, channel, document_kind,"
        " document_id, posted_at) SELECT 999999, store_id, business_date, currency, channel, document_kind,"
        f" 888888, posted_at FROM journal_entries WHERE entry_id = {entry_id}"
    ) == {"D1-books": ["journal_entries entry_id=999999 document_id=888888: documents 0, expected 1"]}


def test_entries_that_disagree_with_their_sale(books: Books) -> None:
    sale_id = books.day.discounted.sale_id
    entry_id = books.entry_of(sale_id)
    assert books.violations(
        f"UPDATE postings SET amount_minor = amount_minor - 9 WHERE entry_id = {entry_id} AND account_code = '6001'",
        f"UPDATE postings SET amount_minor = amount_minor + 9 WHERE entry_id = {entry_id} AND account_code = '222101'",
    ) == {
        "D1-books": [
            f"sales sale_id={sale_id}: account 6001 32649, net less deferral 32640; account 222101 4282, tax 4291"
        ]
    }
    assert books.violations(f"UPDATE sale_lines SET cost_minor = cost_minor + 1 WHERE sale_id = {sale_id}") == {
        "D1-books": [f"sales sale_id={sale_id}: account 6401 22000, cost of lines less gifts and corrections 22003"]
    }


def test_a_gift_that_is_booked_as_sold(world: World) -> None:
    benefit = Benefit(BenefitKind.GIFT, ItemSet(everything=True), gifts=(Gift("MUG", 1),))
    world.do(put_promotions, PutPromotions((Promotion("MUG", "A mug for everybody", benefit),)))
    books = Books(world)
    sale_id = books.day.discounted.sale_id
    assert books.violations() == {}
    assert books.violations(
        f"UPDATE stock_movements SET reason = 'sale' WHERE document_id = {sale_id} AND reason = 'gift'"
    ) == {"D1-books": [f"sales sale_id={sale_id}: account 6401 22000, cost of lines less gifts and corrections 24000"]}


def test_entries_that_disagree_with_their_goods_receipt(books: Books) -> None:
    receipt_id = books.one("SELECT MAX(receipt_id) FROM goods_receipts")
    assert books.violations(
        "UPDATE goods_receipts SET cost_minor = cost_minor + 1, cost_correction_minor = 0"
        f" WHERE receipt_id = {receipt_id}"
    ) == {
        "D1-books": [
            f"goods_receipts receipt_id={receipt_id}: account 220202 30000, cost 30001; "
            "account 6401 100, cost correction 0"
        ],
        "INV-receipts": [
            f"goods_receipts receipt_id={receipt_id}: cost of what went into stock 30001, cost of its lines 30000"
        ],
    }


def test_sales_that_nobody_was_told_of(books: Books) -> None:
    sale_id, refund_id = books.day.rounded.sale_id, books.day.refund.sale_id
    assert books.violations(f"DELETE FROM outbox WHERE subject_id IN ({sale_id}, {refund_id})") == {
        "D1-events": [
            f"documents document_id={refund_id} topic=SaleReversed: rows of outbox 0, expected 1",
            f"documents document_id={sale_id} topic=SaleCompleted: rows of outbox 0, expected 1",
        ]
    }


@pytest.mark.parametrize(
    ("column", "target"), [("sku_id", "products"), ("department_id", "categories"), ("sale_id", "sales")]
)
def test_lines_that_name_what_does_not_exist(books: Books, column: str, target: str) -> None:
    copy = (
        "INSERT INTO sale_lines SELECT sale_id + 900000, line_number, sku_id, department_id, quantity_milli,"
        " unit_price_minor, gross_minor, discount_minor, net_minor, tax_minor, total_minor, cost_minor, points_earned,"
        " deferred_minor, original_line_number, discounts, taxes FROM sale_lines WHERE sale_id = "
    )
    sale_id = books.day.coupon.sale_id
    missing = 900_000 + sale_id
    tampering = (
        f"{copy}{sale_id}" if column == "sale_id" else f"UPDATE sale_lines SET {column} = {missing}"
        f" WHERE sale_id = {sale_id}"
    )  # fmt: skip
    assert books.violations(tampering) == {"REF": [f"sale_lines {column}={missing}: rows of {target} 0, expected 1"]}


@pytest.mark.parametrize(
    ("table", "column", "target"),
    [
        ("sales", "terminal_id", "callers"),
        ("sales", "cashier_id", "staff"),
        ("sales", "member_id", "members"),
        ("goods_receipts", "store_id", "stores"),
    ],
)
def test_documents_that_name_what_does_not_exist(books: Books, table: str, column: str, target: str) -> None:
    key = "sale_id" if table == "sales" else "receipt_id"
    found = books.violations(f"UPDATE {table} SET {column} = 999999 WHERE {key} = (SELECT MAX({key}) FROM {table})")
    assert found["REF"] == [f"{table} {column}=999999: rows of {target} 0, expected 1"]


def test_counts_all_violations_and_spells_out_the_first_twenty(books: Books) -> None:
    result = books.results("UPDATE sale_lines SET gross_minor = gross_minor + 1")["I6"]
    # Ten headers and thirteen lines.
    assert (result.checked, result.violated, len(result.violations)) == (23, 23, 20)


def test_a_promotion_whose_history_was_changed(books: Books) -> None:
    benefit = Benefit(BenefitKind.RATE, ItemSet(everything=True), rate_bp=1_000)
    for name in ("Ten", "Tenth"):
        books.world.do(put_promotions, PutPromotions((Promotion("TEN", name, benefit),)))
    expected = {"D1-terms": ["promotions code=TEN: newest terms in promotion_history that agree 0, expected 1"]}
    assert books.violations() == {}
    assert books.violations("DELETE FROM promotion_history WHERE from_version = 2") == expected
    assert books.violations("UPDATE promotions SET changed_version = 1") == expected
    assert books.violations("INSERT INTO promotion_history SELECT code, 3, terms FROM promotions") == expected


def test_facts_of_no_sale(books: Books) -> None:
    found = books.violations("INSERT INTO sale_facts VALUES (999999, 1, 0, '{}')")
    assert found == {"REF": ["sale_facts sale_id=999999: rows of sales 0, expected 1"]}


def test_promotions_that_are_not_where_their_steps_lead(books: Books) -> None:
    everything = Benefit(BenefitKind.RATE, ItemSet(everything=True), rate_bp=1_000)
    terms = [Promotion(code, code, everything, paused=code == "STOPPED") for code in ("GIVES", "STOPPED")]
    books.world.do(put_promotions, PutPromotions(tuple(terms)))
    books.world.do(end_promotion, EndPromotion("GIVES"))
    assert books.violations() == {}
    life = "promotion_lives code=GIVES"
    assert books.violations("UPDATE promotion_lives SET standing = 'published' WHERE code = 'GIVES'") == {
        "PRM-life": [f"{life}: gives 0, published 1; standing as its last step says 0, expected 1"]
    }
    disagrees = "newest terms in promotion_history that agree 0, expected 1"
    assert books.violations("UPDATE promotions SET terms = '{\"code\": \"GIVES\"}' WHERE code = 'GIVES'") == {
        "D1-terms": [f"promotions code=GIVES: {disagrees}"],
        "PRM-life": [f"{life}: gives 1, published 0"],
    }
    assert books.violations("DELETE FROM promotion_steps WHERE code = 'GIVES' AND number = 2") == {
        "PRM-life": [f"{life}: steps 2, rows of promotion_steps 1; standing as its last step says 0, expected 1"]
    }
    assert books.violations("UPDATE promotions SET code = 'OTHER' WHERE code = 'STOPPED'") == {
        "D1-terms": [f"promotions code=OTHER: {disagrees}"],
        "PRM-life": ["promotions code=OTHER: rows of promotion_lives 0, expected 1"],
    }
