"""Steps of buying that tests of purchase documents share: a supplier, orders, receipts, returns."""

from typing import Any

import pytest

from application.purchasing.advance_purchase_order import AdvancePurchaseOrder, advance_purchase_order
from application.purchasing.create_purchase_orders import (
    CreatePurchaseOrders,
    PurchaseOrderEntry,
    create_purchase_orders,
)
from application.purchasing.purchase_views import PurchaseLineEntry
from application.purchasing.put_suppliers import PutSuppliers, SupplierEntry, put_suppliers
from application.purchasing.receive_purchase import PurchaseReceived, ReceivedLine, ReceivePurchase, receive_purchase
from application.purchasing.record_supplier_invoice import (
    InvoicedLine,
    RecordSupplierInvoice,
    record_supplier_invoice,
)
from application.purchasing.return_to_supplier import ReturnToSupplier, SupplierReturnEntry, return_to_supplier
from application.purchasing.supplier_invoice_views import SupplierInvoiceView
from application.purchasing.supplier_return_views import SupplierReturnView
from domain.identity.organisation import SYSTEM
from domain.purchasing.purchase_order import PurchaseSource, PurchaseStep
from domain.purchasing.supplier_return import SupplierReturnReason
from domain.shared.errors import Refusal
from tests.world import World

INVENTORY, QUARANTINE, DAMAGED = "1405", "140503", "140502"
PAYABLE, OWED, INPUT_TAX, BANK = "220201", "220202", "222102", "1002"
COST_OF_SALES, VARIANCE, DISCOUNT = "6401", "640101", "660303"


def with_supplier(world: World, **terms: Any) -> World:
    """MILL delivers to the furnished chain, and one person may order as much as they like."""
    terms.setdefault("over_delivery_bp", 1_000)
    world.do(put_suppliers, PutSuppliers((SupplierEntry("MILL", "Tea mill", "CNY", **terms),)))
    world.set("purchase_approval_above", "100000000")
    world.set("purchase_price_rise_bp", "100000")
    return world


def at_price(sku: str, units: int, price_minor: int) -> PurchaseLineEntry:
    """So many pieces at a price a piece."""
    return PurchaseLineEntry(sku, units * 1_000, price_minor=price_minor, price_quantity_milli=1_000)


def sent(world: World, *lines: PurchaseLineEntry, supplier: str = "MILL", store: str = "S1") -> int:
    """An order that the supplier was sent."""
    entry = PurchaseOrderEntry(supplier, lines, PurchaseSource.MANUAL, store)
    [order] = world.do(create_purchase_orders, CreatePurchaseOrders((entry,), submit=True)).orders
    world.do(advance_purchase_order, AdvancePurchaseOrder(order.order_id, PurchaseStep.SEND, 1))
    order_id: int = order.order_id
    return order_id


def came(world: World, order_id: int, *units: int, **options: Any) -> PurchaseReceived:
    """So many pieces of line 1, 2, … of an order came."""
    lines = tuple(ReceivedLine(number, count * 1_000) for number, count in enumerate(units, start=1) if count)
    world.clock.advance(minutes=1)
    done: PurchaseReceived = world.do(receive_purchase, ReceivePurchase(order_id, lines, **options))
    return done


def bought(world: World, sku: str, units: int, price_minor: int, **options: Any) -> PurchaseReceived:
    """Ordered and received in whole."""
    return came(world, sent(world, at_price(sku, units, price_minor)), units, **options)


def goes_back(
    sku: str, units: int, reason: SupplierReturnReason = SupplierReturnReason.DAMAGED, **options: Any
) -> SupplierReturnEntry:
    return SupplierReturnEntry(sku, units * 1_000, reason, **options)


def returned(world: World, *lines: SupplierReturnEntry, **options: Any) -> SupplierReturnView:
    """Sent back; without a receipt to MILL, out of S1."""
    if "receipt_id" not in options:
        options = {"supplier_code": "MILL", "store_code": "S1", **options}
    done: SupplierReturnView = world.do(return_to_supplier, ReturnToSupplier(lines, **options))
    return done


def refused(world: World, use_case: Any, command: Any, caller: Any = SYSTEM) -> tuple[str, str]:
    """Reason and field of a refusal, after which nothing was written."""
    before = world.count("journal_entries"), world.count("stock_movements"), world.count("outbox")
    with pytest.raises(Refusal) as refusal:
        world.do(use_case, command, caller)
    assert (world.count("journal_entries"), world.count("stock_movements"), world.count("outbox")) == before
    return refusal.value.reason, refusal.value.field


class Books:
    """How accounts have moved since then."""

    def __init__(self, world: World) -> None:
        self.world, self.before = world, world.ledger()

    def moved(self) -> dict[str, int]:
        """By account, those that have not moved left out."""
        now = self.world.ledger()
        codes = sorted({*now, *self.before})
        return {code: by for code in codes if (by := now.get(code, 0) - self.before.get(code, 0))}


def billed(units: int, price_minor: int, **names: int) -> InvoicedLine:
    """An invoice's line for so many pieces at a price a piece, of an order or a receipt."""
    names.setdefault("line_number", 1)
    return InvoicedLine(quantity_milli=units * 1_000, net_minor=units * price_minor, **names)


def invoice(number: str, *lines: InvoicedLine, tax_minor: int = 0, **options: Any) -> RecordSupplierInvoice:
    """An invoice of MILL of the day on which the furnished chain opens, with its total."""
    total = sum(line.net_minor for line in lines) + tax_minor
    options = {"invoice_date": "2026-11-22", "total_minor": total, **options}
    return RecordSupplierInvoice("MILL", number, lines=lines, tax_minor=tax_minor, **options)


def recorded(world: World, command: RecordSupplierInvoice, caller: Any = SYSTEM) -> SupplierInvoiceView:
    done: SupplierInvoiceView = world.do(record_supplier_invoice, command, caller)
    return done
