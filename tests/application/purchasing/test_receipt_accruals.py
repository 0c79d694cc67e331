"""What suppliers may bill, once receipts were corrected or have cost more than was known when the goods came."""

import pytest

from application.inventory.add_landed_cost import AddLandedCost, Charge, add_landed_cost
from application.purchasing.correct_receipt import CorrectReceipt, LineCorrection, correct_receipt
from application.purchasing.record_supplier_invoice import InvoicedLine
from application.purchasing.supplier_invoice_queries import ListUnbilledReceipts, list_unbilled_receipts
from domain.purchasing.supplier_invoice import InvoiceLineKind, SupplierInvoiceState
from tests.application.purchasing.buying import (
    OWED,
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
    return with_supplier(world)


def corrected(receipt_id: int, old: tuple[int, int], new: tuple[int, int]) -> CorrectReceipt:
    line = LineCorrection(1, old[0] * 1_000, old[1], new[0] * 1_000, new[1])
    return CorrectReceipt(receipt_id, (line,), "Counted again")


def unbilled(world: World) -> list[tuple[int, int, int]]:
    """Line, quantity in pieces and amount of what is open."""
    found = world.ask(list_unbilled_receipts, ListUnbilledReceipts()).lines
    return sorted((one.line_number, one.open_milli // 1_000, one.open_minor) for one in found)


@pytest.mark.capability("INV-14")
def test_a_supplier_bills_what_the_receipt_says_after_its_correction(buying: World) -> None:
    receipt = bought(buying, "MUG", 50, 800)
    buying.do(correct_receipt, corrected(receipt.receipt_id, (50, 40_000), (48, 38_400)))
    assert unbilled(buying) == [(1, 48, 38_400)]
    whole = recorded(buying, invoice("R-1", billed(50, 800, receipt_id=receipt.receipt_id)))
    assert whole.state is SupplierInvoiceState.HELD
    books = Books(buying)
    right = recorded(buying, invoice("R-2", billed(48, 800, receipt_id=receipt.receipt_id)))
    assert (right.state, books.moved()) == (SupplierInvoiceState.POSTED, {OWED: 38_400, PAYABLE: -38_400})
    assert unbilled(buying) == []


def test_landed_cost_is_billed_as_freight_of_its_receipt(buying: World) -> None:
    receipt = bought(buying, "MUG", 50, 800, freight_minor=300)
    other = bought(buying, "TEA", 10, 800)
    landed = AddLandedCost((receipt.receipt_id, other.receipt_id), (Charge(600),))
    buying.do(add_landed_cost, landed)
    assert unbilled(buying) == [(0, 0, 99), (0, 0, 801), (1, 10, 8_000), (1, 50, 40_000)]
    freight = InvoicedLine(kind=InvoiceLineKind.FREIGHT, receipt_id=receipt.receipt_id, net_minor=801)
    done = recorded(buying, invoice("F-1", freight))
    assert (done.state, unbilled(buying)) == (
        SupplierInvoiceState.POSTED,
        [(0, 0, 99), (1, 10, 8_000), (1, 50, 40_000)],
    )


def test_refuses_to_correct_what_was_invoiced_or_sent_back(buying: World) -> None:
    receipt = bought(buying, "MUG", 50, 800)
    returned(buying, goes_back("MUG", 10), receipt_id=receipt.receipt_id)
    less_than_went_back = corrected(receipt.receipt_id, (50, 40_000), (5, 4_000))
    assert refused(buying, correct_receipt, less_than_went_back) == ("SETTLED_ALREADY", "lines")
    recorded(buying, invoice("R-1", billed(40, 800, receipt_id=receipt.receipt_id)))
    assert refused(buying, correct_receipt, corrected(receipt.receipt_id, (50, 40_000), (49, 39_200))) == (
        "SETTLED_ALREADY",
        "lines",
    )
    assert unbilled(buying) == []
