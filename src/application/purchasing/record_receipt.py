"""What every receipt of a purchase order leaves: its lines, what is owed for them, the books, the score, the event."""

from collections.abc import Sequence

from application.ports.kernel import UnitOfWork
from application.purchasing.supplier_deliveries import record_deliveries
from domain.finance.journal import JournalEntry, balanced
from domain.inventory.receipt import GoodsReceipt, GoodsReceiptLine
from domain.purchasing.purchase_accrual import accruals_of
from domain.purchasing.purchase_order import PurchaseOrder, PurchaseOrderLine
from domain.purchasing.purchase_receipt import PurchaseReceipt, PurchaseReceiptLine


def record_receipt(
    uow: UnitOfWork,
    order: PurchaseOrder,
    receipt: PurchaseReceipt,
    lines: Sequence[tuple[PurchaseOrderLine, PurchaseReceiptLine]],
    *,
    stocked: Sequence[GoodsReceiptLine],
    postings: Sequence[tuple[str, int]],
    correction_minor: int = 0,
) -> None:
    """Adds the receipt with its lines, of a locked order whose allocations are not moved yet.

    `stocked` is what of it went into stock, `postings` balance, and `correction_minor` of them went to cost of goods
    sold because goods had been sold before they came.
    """
    goods = GoodsReceipt(
        receipt_id=receipt.receipt_id,
        store_id=receipt.store_id,
        reference=receipt.delivery_note,
        business_date=receipt.business_date,
        received_at=receipt.received_at,
        line_count=len(lines),
        cost_minor=receipt.goods_minor + receipt.freight_minor + receipt.quarantine_minor,
        cost_correction_minor=correction_minor,
    )
    entry = JournalEntry(
        uow.new_id(), receipt.store_id, receipt.business_date, receipt.currency, "", "goods_receipt",
        receipt.receipt_id, uow.now,
    )  # fmt: skip
    record_deliveries(uow, order, receipt, lines=lines)
    came = [line for _, line in lines]
    uow.add(
        receipt,
        *came,
        *accruals_of(receipt, came),
        goods,
        *stocked,
        entry,
        *balanced(entry.entry_id, postings),
    )
    uow.publish(
        "GoodsReceived",
        receipt.receipt_id,
        {
            "receipt_id": receipt.receipt_id,
            "order_id": receipt.order_id,
            "store_id": receipt.store_id,
            "business_date": receipt.business_date.isoformat(),
            "lines": goods.line_count,
            "cost_minor": goods.cost_minor,
            "cost_correction_minor": goods.cost_correction_minor,
            "currency": receipt.currency,
        },
    )
