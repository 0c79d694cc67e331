from datetime import UTC, date, datetime, timedelta

import pytest

from domain.purchasing.supplier import Supplier
from domain.purchasing.supplier_invoice import (
    NothingOpen,
    PaidBeyondOpen,
    SupplierInvoice,
    SupplierInvoiceKind,
    SupplierInvoiceState,
    bucket_of,
    discount_of,
    settle,
)

DAY = date(2026, 11, 22)


def invoice(total_minor: int = 10_000, discount_minor: int = 200) -> SupplierInvoice:
    return SupplierInvoice(
        invoice_id=1, store_id=1, supplier_id=1, kind=SupplierInvoiceKind.INVOICE, state=SupplierInvoiceState.POSTED,
        number="R-1", currency="CNY", invoiced_on=DAY, due_on=DAY + timedelta(days=30),
        discount_until=DAY + timedelta(days=10), discount_minor=discount_minor, return_id=None, note="",
        net_minor=total_minor, tax_minor=0, total_minor=total_minor, accrued_minor=total_minor, stock_minor=0,
        cost_minor=0, variance_minor=0, open_minor=total_minor, line_count=1, held_lines=0,
        recorded_at=datetime(2026, 11, 22, tzinfo=UTC), caller_id=1, staff_id=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "days", "paid", "discount", "left"),
    [
        (0, 10, 9_800, 200, 0),
        (0, 11, 10_000, 0, 0),
        # Who names an amount pays that.
        (10_000, 0, 10_000, 0, 0),
        (4_000, 0, 4_000, 0, 6_000),
    ],
)
def test_the_discount_is_kept_by_who_pays_all_of_it_in_time(amount, days, paid, discount, left):
    one = invoice()
    line = settle(one, amount_minor=amount, on=DAY + timedelta(days=days), field="lines[0]")
    assert (line.amount_minor, line.discount_minor, one.open_minor) == (paid, discount, left)


def test_what_was_paid_in_part_has_no_discount_any_more():
    one = invoice()
    settle(one, amount_minor=1, on=DAY, field="lines[0]")
    line = settle(one, amount_minor=0, on=DAY, field="lines[0]")
    assert (line.amount_minor, line.discount_minor, one.open_minor) == (9_999, 0, 0)
    with pytest.raises(NothingOpen):
        settle(one, amount_minor=0, on=DAY, field="lines[0]")


def test_a_credit_note_is_settled_with_its_sign():
    one = invoice(-500, 0)
    line = settle(one, amount_minor=200, on=DAY, field="lines[0]")
    assert (line.amount_minor, one.open_minor) == (-200, -300)
    with pytest.raises(PaidBeyondOpen):
        settle(one, amount_minor=301, on=DAY, field="lines[0]")


@pytest.mark.parametrize(
    ("days", "bp", "total", "expected"),
    [
        (10, 200, 10_050, (DAY + timedelta(days=10), 201)),
        (0, 200, 10_000, (None, 0)),
        (10, 0, 10_000, (None, 0)),
        (10, 200, -10_000, (None, 0)),
    ],
)
def test_terms_give_a_discount(days, bp, total, expected):
    supplier = Supplier(1, "MILL", "Mill", "CNY", discount_days=days, discount_bp=bp)
    assert discount_of(supplier, invoiced_on=DAY, total_minor=total) == expected


@pytest.mark.parametrize(
    ("overdue", "bucket"), [(-5, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (4_000, 4)]
)
def test_what_is_due_stands_in_a_bucket(overdue, bucket):
    assert bucket_of(DAY - timedelta(days=overdue), on=DAY) == bucket
