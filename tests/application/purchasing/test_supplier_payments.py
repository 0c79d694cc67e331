"""What suppliers are paid, what is due, and what that leaves open."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text

from application.check import INVARIANTS, examine
from application.purchasing.pay_supplier_invoices import (
    InvoicePayment,
    PaySupplierInvoices,
    SupplierInvoicesPaid,
    pay_supplier_invoices,
)
from application.purchasing.put_suppliers import PutSuppliers, SupplierEntry, put_suppliers
from application.purchasing.supplier_invoice_queries import (
    GetPayablesAging,
    GetSupplierInvoice,
    ListSupplierInvoices,
    get_payables_aging,
    get_supplier_invoice,
    list_supplier_invoices,
)
from application.purchasing.supplier_invoice_views import SupplierInvoiceView
from domain.identity.organisation import SYSTEM
from domain.purchasing.supplier_invoice import SupplierInvoiceState
from domain.shared.errors import Refusal
from tests.application.purchasing.buying import (
    BANK,
    DISCOUNT,
    PAYABLE,
    Books,
    billed,
    bought,
    goes_back,
    invoice,
    recorded,
    refused,
    returned,
    with_supplier,
)
from tests.world import World


@pytest.fixture
def buying(world: World) -> World:
    """Due in 30 days; who pays within 10 keeps 2 %."""
    return with_supplier(world, payment_days=30, discount_days=10, discount_bp=200)


def owed(world: World, number: str, units: int = 10, tax_minor: int = 10_400, **options: str) -> SupplierInvoiceView:
    """An invoice of 10 tea at 80.00, 904.00 with tax, that is posted."""
    receipt = bought(world, "TEA", units, 8_000)
    line = billed(units, 8_000, receipt_id=receipt.receipt_id)
    done = recorded(world, replace(invoice(number, line, tax_minor=tax_minor), **options))
    assert done.state is SupplierInvoiceState.POSTED
    return done


def pay(world: World, *lines: tuple[int, int], reference: str = "") -> SupplierInvoicesPaid:
    command = PaySupplierInvoices(tuple(InvoicePayment(*line) for line in lines), reference)
    done: SupplierInvoicesPaid = world.do(pay_supplier_invoices, command)
    return done


def shown(world: World, invoice_id: int) -> SupplierInvoiceView:
    found: SupplierInvoiceView = world.ask(get_supplier_invoice, GetSupplierInvoice(invoice_id))
    return found


def test_an_invoice_is_paid_in_parts_and_never_beyond_what_is_open(buying: World) -> None:
    one = owed(buying, "R-1")
    books = Books(buying)
    [first] = pay(buying, (one.invoice_id, 30_000), reference="T-1").payments
    assert (first.amount_minor, first.discount_minor, first.supplier_code, first.store_code) == (
        30_000,
        0,
        "MILL",
        "S1",
    )
    assert shown(buying, one.invoice_id).open_minor == 60_400
    more = PaySupplierInvoices((InvoicePayment(one.invoice_id, 60_401),))
    assert refused(buying, pay_supplier_invoices, more) == ("PAID_BEYOND_OPEN", "lines[0].amount_minor")
    pay(buying, (one.invoice_id, 0), reference="T-2")
    paid = shown(buying, one.invoice_id)
    assert (paid.open_minor, [(part.amount_minor, part.reference) for part in paid.settlements]) == (
        0, [(30_000, "T-1"), (60_400, "T-2")],
    )  # fmt: skip
    assert books.moved() == {PAYABLE: 90_400, BANK: -90_400}
    again = PaySupplierInvoices((InvoicePayment(one.invoice_id),))
    assert refused(buying, pay_supplier_invoices, again) == ("NOTHING_OPEN", "lines[0].amount_minor")


def test_who_pays_in_time_and_in_whole_keeps_the_discount(buying: World) -> None:
    one, other = owed(buying, "R-1"), owed(buying, "R-2")
    assert (one.discount_until, one.discount_minor) == ("2026-12-02", 1_808)
    books = Books(buying)
    buying.clock.advance(days=10)
    [in_time] = pay(buying, (one.invoice_id, 0)).payments
    assert (in_time.amount_minor, in_time.discount_minor) == (88_592, 1_808)
    buying.clock.advance(days=1)
    [late] = pay(buying, (other.invoice_id, 0)).payments
    assert (late.amount_minor, late.discount_minor) == (90_400, 0)
    assert books.moved() == {PAYABLE: 180_800, BANK: -178_992, DISCOUNT: -1_808}


def test_what_is_owed_back_is_taken_off_what_is_paid(buying: World) -> None:
    one, other = owed(buying, "R-1"), owed(buying, "R-2")
    back = returned(buying, goes_back("TEA", 4))
    assert back.debit_minor + back.debit_tax_minor == 36_160
    alone = PaySupplierInvoices((InvoicePayment(back.return_id),))
    assert refused(buying, pay_supplier_invoices, alone) == ("CREDITED_MORE_THAN_PAID", "lines")
    buying.clock.advance(days=20)
    [paid] = pay(buying, (one.invoice_id, 0), (back.return_id, 0), (other.invoice_id, 400)).payments
    assert (paid.amount_minor, paid.invoices) == (90_400 - 36_160 + 400, 3)
    assert shown(buying, back.return_id).open_minor == 0


def test_one_call_pays_each_supplier_once(buying: World) -> None:
    one, other = owed(buying, "R-1"), owed(buying, "R-2")
    buying.clock.advance(days=20)
    buying.do(put_suppliers, PutSuppliers((SupplierEntry("CART", "Carrier", "CNY"),)))
    assert [(done.amount_minor, done.invoices) for done in pay(
        buying, (one.invoice_id, 0), (other.invoice_id, 0)
    ).payments] == [(180_800, 2)]  # fmt: skip
    assert buying.count("supplier_payments") == 1


def test_two_who_pay_the_same_invoice_pay_it_once(buying: World) -> None:
    one = owed(buying, "R-1")
    books = Books(buying)

    def send(_: int) -> str:
        try:
            pay(buying, (one.invoice_id, 50_000))
        except Refusal as refusal:
            return refusal.reason
        return "paid"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(send, range(8)))
    assert outcomes == ["PAID_BEYOND_OPEN"] * 7 + ["paid"]
    assert books.moved() == {PAYABLE: 50_000, BANK: -50_000}


def test_what_is_due_is_listed_the_first_due_first(buying: World) -> None:
    late = owed(buying, "R-1", due_date="2027-01-31")
    soon = owed(buying, "R-2")
    paid = owed(buying, "R-3", due_date="2026-11-30")
    pay(buying, (paid.invoice_id, 0))

    def listed(**options: object) -> list[str]:
        return [one.number for one in buying.ask(list_supplier_invoices, ListSupplierInvoices(**options)).invoices]

    assert listed() == ["R-3", "R-2", "R-1"]
    assert listed(open_only=True) == ["R-2", "R-1"]
    assert listed(due_until="2026-12-22") == ["R-2"]
    assert listed(due_until="2026-12-21") == []
    assert listed(state=SupplierInvoiceState.HELD) == []
    assert listed(supplier_code="MILL", store_code="S2") == []
    first = buying.ask(list_supplier_invoices, ListSupplierInvoices(open_only=True, page_size=1))
    second = buying.ask(list_supplier_invoices, ListSupplierInvoices(open_only=True, page_size=1,
                                                                     page_token=first.next_page_token))  # fmt: skip
    assert [one.invoice_id for one in (*first.invoices, *second.invoices)] == [soon.invoice_id, late.invoice_id]
    newest = buying.ask(list_supplier_invoices, ListSupplierInvoices(page_size=2))
    assert len(buying.ask(list_supplier_invoices, ListSupplierInvoices("", "MILL", page_token=newest.next_page_token)
                          ).invoices) == 1  # fmt: skip
    assert buying.ask(list_supplier_invoices, ListSupplierInvoices(), buying.terminal("T2")).invoices == []


def test_what_is_owed_is_told_by_how_long_it_is_due(buying: World) -> None:
    for number, due in enumerate(("2027-01-01", "2026-12-02", "2026-11-02", "2026-10-03", "2026-09-02"), start=1):
        owed(buying, f"R-{number}", units=number, tax_minor=0, due_date=due)
    # 60, 30 and 0 days before, and so on: the day of 2 December.
    buying.clock.advance(days=10)
    aging = buying.ask(get_payables_aging, GetPayablesAging())
    [row] = aging.suppliers
    assert (aging.on_date, row.supplier_code, row.currency, row.total_minor) == ("2026-12-02", "MILL", "CNY", 120_000)
    assert (row.not_due_minor, row.days_30_minor, row.days_60_minor, row.days_90_minor, row.older_minor) == (
        24_000, 24_000, 32_000, 0, 40_000,
    )  # fmt: skip
    assert buying.ask(get_payables_aging, GetPayablesAging("S2", "MILL")).suppliers == []


def test_refuses_what_cannot_be_paid(buying: World) -> None:
    one = owed(buying, "R-1")
    line = InvoicePayment(one.invoice_id)
    for command, reason, field in (
        (PaySupplierInvoices(()), "MISSING", "lines"),
        (PaySupplierInvoices((line, line)), "NAMED_TWICE", "lines[1].invoice_id"),
        (PaySupplierInvoices((replace(line, amount_minor=-1),)), "OUT_OF_RANGE", "lines[0].amount_minor"),
        (PaySupplierInvoices((line, InvoicePayment(7))), "UNKNOWN_SUPPLIER_INVOICE", "lines[1].invoice_id"),
    ):
        assert refused(buying, pay_supplier_invoices, command) == (reason, field)
    foreign = buying.terminal("T2")
    assert refused(buying, pay_supplier_invoices, PaySupplierInvoices((line,)), foreign) == (
        "UNKNOWN_SUPPLIER_INVOICE", "lines[0].invoice_id",
    )  # fmt: skip
    assert shown(buying, one.invoice_id).open_minor == 90_400


def test_the_check_finds_what_was_tampered_with(buying: World) -> None:
    one = owed(buying, "R-1")
    pay(buying, (one.invoice_id, 0))
    [invariant] = [known for known in INVARIANTS if known.id == "PUR-invoices"]
    for tampering, violated in (
        ("UPDATE supplier_payments SET amount_minor = amount_minor + 1", 1),
        ("UPDATE supplier_payment_lines SET discount_minor = discount_minor + 1", 3),
        ("DELETE FROM supplier_payment_lines", 3),
        ("UPDATE postings SET amount_minor = amount_minor + 1 WHERE account_code = '660303'", 1),
    ):
        with buying.units.begin(caller=SYSTEM, now=buying.clock()) as uow:
            uow.execute(text(tampering))
            uow.refresh()
            assert (tampering, examine(uow, invariant).violated) == (tampering, violated)
