"""Suppliers' invoices, from the match with what came to the bank."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from application.check import INVARIANTS, examine
from application.inventory.put_costing import CategoryCosting, PutCosting, put_costing
from application.purchasing.decide_supplier_invoice import (
    ApproveSupplierInvoice,
    MatchSupplierInvoice,
    RejectSupplierInvoice,
    approve_supplier_invoice,
    match_supplier_invoice,
    reject_supplier_invoice,
)
from application.purchasing.put_suppliers import PutSuppliers, SupplierEntry, put_suppliers
from application.purchasing.record_supplier_invoice import InvoicedLine, record_supplier_invoice
from application.purchasing.supplier_invoice_queries import (
    GetSupplierInvoice,
    ListUnbilledReceipts,
    get_supplier_invoice,
    list_unbilled_receipts,
)
from domain.identity.organisation import SYSTEM
from domain.inventory.stock import CostingMethod
from domain.purchasing.supplier_invoice import InvoiceLineKind, SupplierInvoiceKind, SupplierInvoiceState
from domain.purchasing.supplier_return import SupplierReturnReason
from domain.shared.errors import Refusal
from tests.application.purchasing.buying import (
    COST_OF_SALES,
    INPUT_TAX,
    INVENTORY,
    OWED,
    PAYABLE,
    VARIANCE,
    Books,
    at_price,
    billed,
    bought,
    came,
    goes_back,
    invoice,
    recorded,
    refused,
    returned,
    sent,
    with_supplier,
)
from tests.world import Till, World

HELD, POSTED, REJECTED = SupplierInvoiceState.HELD, SupplierInvoiceState.POSTED, SupplierInvoiceState.REJECTED
CREDIT = SupplierInvoiceKind.CREDIT_NOTE


@pytest.fixture
def buying(world: World) -> World:
    return with_supplier(world, payment_days=30)


def unbilled(world: World) -> list[tuple[str, int, int]]:
    found = world.ask(list_unbilled_receipts, ListUnbilledReceipts())
    return [(one.sku, one.open_milli, one.open_minor) for one in found.lines]


def test_an_invoice_of_what_came_at_its_price_is_owed(buying: World) -> None:
    order_id = sent(buying, at_price("TEA", 50, 8_000), at_price("MUG", 10, 1_000))
    came(buying, order_id, 50, 10)
    assert unbilled(buying) == [("TEA", 50_000, 400_000), ("MUG", 10_000, 10_000)]
    books = Books(buying)
    lines = (billed(50, 8_000, order_id=order_id), billed(10, 1_000, order_id=order_id, line_number=2))
    done = recorded(buying, invoice("R-1", *lines, tax_minor=53_300))
    assert (done.state, done.held_lines, done.open_minor, done.due_date) == (POSTED, 0, 463_300, "2026-12-22")
    assert books.moved() == {OWED: 410_000, INPUT_TAX: 53_300, PAYABLE: -463_300}
    assert [(one.matched_milli, one.accrued_minor, one.tax_minor) for one in done.lines] == [
        (50_000, 400_000, 52_000), (10_000, 10_000, 1_300),
    ]  # fmt: skip
    assert unbilled(buying) == []


def test_an_order_that_came_in_parts_is_billed_receipt_by_receipt(buying: World) -> None:
    order_id = sent(buying, at_price("TEA", 50, 8_000))
    first = came(buying, order_id, 20)
    came(buying, order_id, 30)
    recorded(buying, invoice("R-1", billed(15, 8_000, order_id=order_id)))
    assert unbilled(buying) == [("TEA", 5_000, 40_000), ("TEA", 30_000, 240_000)]
    by_receipt = recorded(buying, invoice("R-2", billed(5, 8_000, receipt_id=first.receipt_id)))
    assert by_receipt.state is POSTED
    rest = recorded(buying, invoice("R-3", billed(30, 8_000, order_id=order_id)))
    assert (rest.state, unbilled(buying)) == (POSTED, [])


def test_a_price_within_both_tolerances_is_owed_and_raises_the_value_of_what_is_there(buying: World) -> None:
    # Two percent and at most 10.00: 50 at 80.00 may be dearer by 10.00.
    order_id = sent(buying, at_price("MUG", 50, 8_000))
    came(buying, order_id, 50)
    buying.sell(Till().line("MUG", 125).cash(10_000_000).command)
    stands, books = buying.level("MUG"), Books(buying)
    line = replace(billed(50, 8_000, order_id=order_id), net_minor=401_000)
    done = recorded(buying, invoice("R-1", line))
    # 25 of the 50 can still be there: half of the difference is theirs.
    assert (done.state, done.stock_minor, done.cost_minor, done.variance_minor) == (POSTED, 500, 500, 0)
    assert books.moved() == {OWED: 400_000, INVENTORY: 500, COST_OF_SALES: 500, PAYABLE: -401_000}
    assert buying.level("MUG") == (25_000, stands[1] + 500)


def test_a_price_beyond_the_tolerance_is_held_until_another_person_lets_it_pass(buying: World) -> None:
    order_id = sent(buying, at_price("TEA", 50, 8_000))
    came(buying, order_id, 50)
    books = Books(buying)
    line = replace(billed(50, 8_000, order_id=order_id), net_minor=401_001)
    held = recorded(buying, invoice("R-1", line, tax_minor=100))
    assert (held.state, held.held_lines, held.open_minor, held.business_date) == (HELD, 1, 0, "")
    [shown] = held.lines
    assert (shown.difference.value, shown.price_difference_minor, shown.accrued_minor) == ("price", 1_001, 400_000)
    assert (books.moved(), unbilled(buying)) == ({}, [("TEA", 50_000, 400_000)])
    approve = ApproveSupplierInvoice(held.invoice_id, "Agreed by mail")
    assert refused(buying, approve_supplier_invoice, approve) == ("APPROVED_BY_ITS_RECORDER", "invoice_id")
    done = buying.do(approve_supplier_invoice, approve, buying.s1)
    assert (done.state, done.decided_by, done.decision_reason) == (POSTED, "T1", "Agreed by mail")
    assert books.moved() == {OWED: 400_000, INPUT_TAX: 100, INVENTORY: 1_001, PAYABLE: -401_101}
    assert refused(buying, approve_supplier_invoice, approve, buying.s1) == ("INVOICE_NOT_HELD", "invoice_id")


def test_differences_go_to_variance_where_the_setting_says_so(buying: World) -> None:
    buying.set("invoice_difference", "variance")
    order_id = sent(buying, at_price("TEA", 50, 8_000))
    came(buying, order_id, 50)
    books = Books(buying)
    recorded(buying, invoice("R-1", replace(billed(50, 8_000, order_id=order_id), net_minor=400_900)))
    assert books.moved() == {OWED: 400_000, VARIANCE: 900, PAYABLE: -400_900}


def test_a_lower_price_is_never_held(buying: World) -> None:
    order_id = sent(buying, at_price("TEA", 50, 8_000))
    came(buying, order_id, 50)
    books = Books(buying)
    assert recorded(buying, invoice("R-1", billed(50, 7_000, order_id=order_id))).state is POSTED
    assert books.moved() == {OWED: 400_000, INVENTORY: -50_000, PAYABLE: -350_000}


def test_under_fifo_the_layer_of_the_receipt_bears_the_difference(buying: World) -> None:
    buying.do(put_costing, PutCosting((CategoryCosting("FOOD", CostingMethod.FIFO),)))
    first = sent(buying, at_price("TEA", 10, 8_000))
    came(buying, first, 10)
    bought(buying, "TEA", 10, 9_000)
    # The hundred that stood there and four of the first ten are sold.
    buying.sell(Till().line("TEA", 104).cash(100_000_000).command)
    books = Books(buying)
    done = recorded(buying, invoice("R-1", replace(billed(10, 8_000, order_id=first), net_minor=81_000)))
    assert (done.state, done.stock_minor, done.cost_minor) == (POSTED, 600, 400)
    assert books.moved() == {OWED: 80_000, INVENTORY: 600, COST_OF_SALES: 400, PAYABLE: -81_000}
    layers = buying.rows("SELECT quantity_milli, value_minor FROM stock_layers WHERE quantity_milli > 0 AND"
                         " received_minor = 80000")  # fmt: skip
    assert layers == [(6_000, 48_600)]


def test_at_standard_cost_the_difference_is_variance(buying: World) -> None:
    buying.do(put_costing, PutCosting((CategoryCosting("FOOD", CostingMethod.STANDARD),)))
    order_id = sent(buying, at_price("TEA", 10, 6_000))
    came(buying, order_id, 10)
    books = Books(buying)
    recorded(buying, invoice("R-1", replace(billed(10, 6_000, order_id=order_id), net_minor=60_500)))
    assert books.moved() == {OWED: 60_000, VARIANCE: 500, PAYABLE: -60_500}


def test_what_did_not_come_is_held_and_matched_once_it_has(buying: World) -> None:
    order_id = sent(buying, at_price("TEA", 100, 8_000))
    before = recorded(buying, invoice("R-0", billed(10, 8_000, order_id=order_id)))
    assert (before.state, before.lines[0].unmatched_milli, before.lines[0].sku) == (HELD, 10_000, "TEA")
    buying.do(reject_supplier_invoice, RejectSupplierInvoice(before.invoice_id, "Too early"))
    came(buying, order_id, 90)
    held = recorded(buying, invoice("R-1", billed(100, 8_000, order_id=order_id)))
    [line] = held.lines
    assert (line.difference.value, line.matched_milli, line.unmatched_milli, line.unmatched_minor) == (
        "quantity", 90_000, 10_000, 80_000,
    )  # fmt: skip
    again = buying.do(match_supplier_invoice, MatchSupplierInvoice(held.invoice_id))
    assert (again.state, again.held_lines) == (HELD, 1)
    came(buying, order_id, 10)
    done = buying.do(match_supplier_invoice, MatchSupplierInvoice(held.invoice_id))
    assert (done.state, done.held_lines, done.accrued_minor, unbilled(buying)) == (POSTED, 0, 800_000, [])


def test_who_lets_pass_what_did_not_come_pays_for_it(buying: World) -> None:
    order_id = sent(buying, at_price("TEA", 100, 8_000))
    came(buying, order_id, 90)
    books = Books(buying)
    held = recorded(buying, invoice("R-1", billed(100, 8_000, order_id=order_id)))
    buying.do(approve_supplier_invoice, ApproveSupplierInvoice(held.invoice_id, "Broken here"), buying.s1)
    assert books.moved() == {OWED: 720_000, VARIANCE: 80_000, PAYABLE: -800_000}
    # The supplier credits it after all.
    note = invoice("C-1", billed(10, 8_000, order_id=order_id), kind=CREDIT)
    credit = recorded(buying, note)
    assert (credit.state, credit.open_minor, credit.variance_minor) == (POSTED, -80_000, -80_000)
    assert books.moved() == {OWED: 720_000, PAYABLE: -720_000}


def test_a_quantity_within_both_tolerances_is_owed(buying: World) -> None:
    buying.set("invoice_quantity_tolerance_bp", "200")
    buying.set("invoice_quantity_tolerance_milli", "1000")
    order_id = sent(buying, at_price("TEA", 100, 8_000))
    came(buying, order_id, 90)
    assert recorded(buying, invoice("R-1", billed(92, 8_000, order_id=order_id))).state is HELD
    done = recorded(buying, invoice("R-2", billed(91, 8_000, order_id=order_id)))
    assert (done.state, done.variance_minor) == (POSTED, 8_000)


def test_freight_that_was_expected_is_owed_and_other_freight_is_held(buying: World) -> None:
    order_id = sent(buying, at_price("TEA", 50, 8_000))
    receipt = came(buying, order_id, 50, freight_minor=30_000)
    assert unbilled(buying) == [("", 0, 30_000), ("TEA", 50_000, 400_000)]
    # A carrier of their own bills it.
    buying.do(put_suppliers, PutSuppliers((SupplierEntry("CART", "Carrier", "CNY"),)))
    freight = InvoicedLine(InvoiceLineKind.FREIGHT, receipt_id=receipt.receipt_id, net_minor=30_500)
    books = Books(buying)
    done = recorded(buying, replace(invoice("F-1", freight), supplier_code="CART"))
    assert (done.state, done.accrued_minor, done.variance_minor) == (POSTED, 30_000, 500)
    assert books.moved() == {OWED: 30_000, VARIANCE: 500, PAYABLE: -30_500}
    held = recorded(buying, invoice("R-1", replace(freight, receipt_id=0), store_code="S1"))
    assert (held.state, held.lines[0].difference.value, held.lines[0].unmatched_minor) == (HELD, "price", 30_500)


def test_goods_that_go_back_before_they_are_invoiced_are_not_owed(buying: World) -> None:
    receipt = bought(buying, "TEA", 50, 8_000)
    returned(buying, goes_back("TEA", 10), receipt_id=receipt.receipt_id)
    assert unbilled(buying) == [("TEA", 40_000, 320_000)]
    held = recorded(buying, invoice("R-1", billed(50, 8_000, receipt_id=receipt.receipt_id)))
    assert (held.state, held.lines[0].unmatched_milli) == (HELD, 10_000)
    done = recorded(buying, invoice("R-2", billed(40, 8_000, receipt_id=receipt.receipt_id)))
    assert done.state is POSTED


def test_goods_that_go_back_afterwards_are_owed_back_at_the_invoiced_price_with_tax(buying: World) -> None:
    receipt = bought(buying, "TEA", 50, 8_000)
    recorded(buying, invoice("R-1", billed(30, 8_020, receipt_id=receipt.receipt_id), tax_minor=31_278))
    books = Books(buying)
    back = returned(buying, goes_back("TEA", 30, SupplierReturnReason.DEFECTIVE), receipt_id=receipt.receipt_id)
    # Twenty were not invoiced at 80.00, ten were at 80.20 and 13 %.
    assert (back.claim_minor, back.debit_minor, back.debit_tax_minor) == (240_200, 80_200, 10_426)
    moved = books.moved()
    assert (moved[OWED], moved[PAYABLE], moved[INPUT_TAX]) == (160_000, 90_626, -10_426)
    claim = buying.ask(get_supplier_invoice, GetSupplierInvoice(back.return_id))
    assert (claim.kind, claim.open_minor, claim.due_date) == ("debit_note", -90_626, "2026-11-22")


def test_a_credit_note_takes_the_place_of_the_claim_that_it_answers(buying: World) -> None:
    receipt = bought(buying, "TEA", 50, 8_000)
    recorded(buying, invoice("R-1", billed(50, 8_000, receipt_id=receipt.receipt_id), tax_minor=52_000))
    back = returned(buying, goes_back("TEA", 10), receipt_id=receipt.receipt_id)
    books = Books(buying)
    answer = invoice("C-1", kind=CREDIT, return_id=back.return_id, total_minor=89_830, tax_minor=10_330)
    credit = recorded(buying, answer)
    assert (credit.state, credit.open_minor, credit.variance_minor) == (POSTED, -89_830, 500)
    assert books.moved() == {PAYABLE: -570, INPUT_TAX: 70, VARIANCE: 500}
    claim = buying.ask(get_supplier_invoice, GetSupplierInvoice(back.return_id))
    assert (claim.open_minor, [one.credit_note_id for one in claim.settlements]) == (0, [credit.invoice_id])
    again = replace(answer, number="C-2")
    assert refused(buying, record_supplier_invoice, again) == ("DEBIT_NOTE_SETTLED", "return_id")


def test_a_credit_note_of_less_than_was_claimed_is_held(buying: World) -> None:
    receipt = bought(buying, "TEA", 50, 8_000)
    recorded(buying, invoice("R-1", billed(50, 8_000, receipt_id=receipt.receipt_id)))
    back = returned(buying, goes_back("TEA", 10), receipt_id=receipt.receipt_id)
    books = Books(buying)
    held = recorded(buying, invoice("C-1", kind=CREDIT, return_id=back.return_id, total_minor=70_000))
    assert (held.state, held.lines[0].unmatched_minor, books.moved()) == (HELD, 10_000, {})
    done = buying.do(approve_supplier_invoice, ApproveSupplierInvoice(held.invoice_id, "So be it"), buying.s1)
    assert (done.state, done.open_minor) == (POSTED, -70_000)
    assert books.moved() == {PAYABLE: -10_000, VARIANCE: 10_000}


def test_a_credit_of_the_price_lowers_what_is_there_and_what_may_be_claimed(buying: World) -> None:
    receipt = bought(buying, "TEA", 50, 8_000)
    recorded(buying, invoice("R-1", billed(50, 8_000, receipt_id=receipt.receipt_id)))
    books = Books(buying)
    line = InvoicedLine(receipt_id=receipt.receipt_id, line_number=1, net_minor=50_000)
    recorded(buying, invoice("C-1", line, kind=CREDIT))
    assert books.moved() == {PAYABLE: 50_000, INVENTORY: -50_000}
    assert returned(buying, goes_back("TEA", 10), receipt_id=receipt.receipt_id).debit_minor == 70_000
    too_much = invoice("C-2", replace(line, net_minor=280_001), kind=CREDIT)
    assert refused(buying, record_supplier_invoice, too_much) == ("CREDITED_MORE_THAN_BILLED", "lines[0].net_minor")


def test_a_number_is_recorded_once_unless_it_was_rejected(buying: World) -> None:
    order_id = sent(buying, at_price("TEA", 50, 8_000))
    came(buying, order_id, 50)
    wrong = recorded(buying, invoice("R-1", billed(60, 8_000, order_id=order_id)))
    right = invoice("R-1", billed(50, 8_000, order_id=order_id))
    assert refused(buying, record_supplier_invoice, right) == ("INVOICE_RECORDED_BEFORE", "number")
    gone = buying.do(reject_supplier_invoice, RejectSupplierInvoice(wrong.invoice_id, "Quantity"))
    assert (gone.state, gone.decision_reason) == (REJECTED, "Quantity")
    assert recorded(buying, right).state is POSTED


def test_the_same_invoice_that_comes_from_eight_at_once_is_owed_once(buying: World) -> None:
    order_id = sent(buying, at_price("TEA", 50, 8_000))
    came(buying, order_id, 50)
    books = Books(buying)

    def send(number: int) -> str:
        # Half of them under a number of their own, for the same goods.
        command = invoice("R-1" if number % 2 else f"R-{number}", billed(50, 8_000, order_id=order_id))
        try:
            return str(recorded(buying, command).state.value)
        except Refusal as refusal:
            return refusal.reason

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(send, range(8)))
    assert outcomes == ["INVOICE_RECORDED_BEFORE"] * 3 + ["held"] * 4 + ["posted"]
    assert books.moved() == {OWED: 400_000, PAYABLE: -400_000}


def test_what_is_not_invoiced_is_listed_page_by_page_with_its_total(buying: World) -> None:
    order_id = sent(buying, at_price("TEA", 50, 8_000), at_price("MUG", 10, 1_000))
    came(buying, order_id, 50, 10)
    first = buying.ask(list_unbilled_receipts, ListUnbilledReceipts("S1", "MILL", 1))
    second = buying.ask(list_unbilled_receipts, ListUnbilledReceipts("S1", "MILL", 1, first.next_page_token))
    assert [one.sku for one in (*first.lines, *second.lines)] == ["TEA", "MUG"]
    assert [(one.currency, one.amount_minor) for one in first.totals] == [("CNY", 410_000)]
    assert second.next_page_token == ""
    foreign = buying.ask(list_unbilled_receipts, ListUnbilledReceipts(), buying.terminal("T2"))
    assert (foreign.lines, foreign.totals) == ([], [])


def test_refuses_what_cannot_be_recorded(buying: World) -> None:
    receipt = bought(buying, "TEA", 10, 8_000)
    elsewhere = sent(buying, at_price("TEA", 10, 8_000), store="S2")
    buying.do(put_suppliers, PutSuppliers((SupplierEntry("CART", "Carrier", "CNY"),)))
    line = billed(10, 8_000, receipt_id=receipt.receipt_id)
    good = invoice("R-1", line)

    def of(*lines: Any, **options: Any) -> Any:
        return replace(invoice("R-1", *lines), **options)

    for command, reason, field in (
        (replace(good, number=""), "MISSING", "number"),
        (replace(good, invoice_date=""), "MISSING", "invoice_date"),
        (replace(good, invoice_date="2026-13-01"), "INVALID_DATE", "invoice_date"),
        (replace(good, invoice_date="2026-11-23"), "INVOICED_IN_FUTURE", "invoice_date"),
        (replace(good, supplier_code="NOPE"), "UNKNOWN_SUPPLIER", "supplier_code"),
        (replace(good, total_minor=80_001), "INVOICE_TOTAL_WRONG", "total_minor"),
        (replace(good, total_minor=0), "OUT_OF_RANGE", "total_minor"),
        (replace(good, lines=()), "MISSING", "lines"),
        (replace(good, kind=SupplierInvoiceKind.DEBIT_NOTE), "MISSING", "kind"),
        (replace(good, supplier_code="CART"), "OF_ANOTHER_SUPPLIER", "lines[0].receipt_id"),
        (replace(good, store_code="S2"), "OF_ANOTHER_STORE", "lines[0].receipt_id"),
        (replace(good, return_id=7), "CREDITED_BY_RETURN", "lines"),
        (of(line, billed(1, 1, order_id=elsewhere)), "OF_ANOTHER_STORE", "lines[1].order_id"),
        (of(replace(line, order_id=1)), "WHAT_IS_BILLED", "lines[0].order_id"),
        (of(replace(line, line_number=0)), "WHAT_IS_BILLED", "lines[0].line_number"),
        (of(replace(line, quantity_milli=0)), "OUT_OF_RANGE", "lines[0].quantity_milli"),
        (of(replace(line, receipt_id=7)), "UNKNOWN_RECEIPT_LINE", "lines[0].receipt_id"),
        (of(billed(1, 1, order_id=7)), "UNKNOWN_PURCHASE_ORDER", "lines[0].order_id"),
        (of(billed(1, 1, order_id=elsewhere, line_number=9)), "UNKNOWN_PURCHASE_LINE", "lines[0].line_number"),
        (of(InvoicedLine(InvoiceLineKind.RETURN, net_minor=80_000)), "MISSING", "lines[0].kind"),
        (of(InvoicedLine(InvoiceLineKind.FREIGHT, net_minor=80_000)), "STORE_NEEDED", "store_code"),
        (invoice("C-1", kind=CREDIT, return_id=7, total_minor=1), "UNKNOWN_SUPPLIER_RETURN", "return_id"),
    ):  # fmt: skip
        assert refused(buying, record_supplier_invoice, command) == (reason, field)
    foreign = buying.terminal("T2")
    assert refused(buying, record_supplier_invoice, good, foreign) == ("UNKNOWN_RECEIPT_LINE", "lines[0].receipt_id")
    assert buying.count("supplier_invoices") == 0
    with pytest.raises(Refusal) as refusal:
        buying.ask(get_supplier_invoice, GetSupplierInvoice(recorded(buying, good).invoice_id), foreign)
    assert refusal.value.reason == "UNKNOWN_SUPPLIER_INVOICE"


def test_the_check_finds_what_was_tampered_with(buying: World) -> None:
    order_id = sent(buying, at_price("TEA", 50, 8_000))
    came(buying, order_id, 50)
    recorded(buying, invoice("R-1", billed(50, 8_000, order_id=order_id), tax_minor=52_000))
    [invariant] = [one for one in INVARIANTS if one.id == "PUR-invoices"]
    for tampering, violated in (
        ("UPDATE supplier_invoices SET open_minor = open_minor - 1", 2),
        ("UPDATE supplier_invoices SET accrued_minor = accrued_minor + 1", 2),
        ("UPDATE supplier_invoice_lines SET net_minor = net_minor + 1", 1),
        ("UPDATE supplier_invoice_matches SET net_minor = net_minor + 1", 1),
        ("DELETE FROM supplier_invoices", 2),
        ("UPDATE postings SET amount_minor = amount_minor + 1 WHERE account_code = '222102'", 1),
    ):
        with buying.units.begin(caller=SYSTEM, now=buying.clock()) as uow:
            uow.execute(text(tampering))
            uow.refresh()
            assert (tampering, examine(uow, invariant).violated) == (tampering, violated)
