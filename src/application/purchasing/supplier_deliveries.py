"""What a receipt brought is kept beside what the supplier had promised: score cards are made of it."""

from collections.abc import Sequence

from application.ports.kernel import UnitOfWork
from domain.purchasing.purchase_order import PurchaseOrder, PurchaseOrderLine
from domain.purchasing.purchase_receipt import PurchaseReceipt, PurchaseReceiptLine
from domain.purchasing.purchase_terms import NetPrice
from domain.purchasing.supplier_score import SupplierDelivery, agreed_price, worth_at
from domain.shared.money import Rounding
from domain.shared.period import business_date


def record_deliveries(
    uow: UnitOfWork,
    order: PurchaseOrder,
    receipt: PurchaseReceipt,
    *,
    lines: Sequence[tuple[PurchaseOrderLine, PurchaseReceiptLine]],
) -> None:
    """Keeps what came of each line of the order beside what was still to come of it; before the receipt is added."""
    store = uow.chain.stores[receipt.store_id]
    rounding = Rounding(uow.chain.policies(store.store_id).rounding_mode)
    sent_at = uow.supplier_scores.sent_at(order.order_id) or order.created_at
    sent_on = business_date(sent_at, time_zone=store.time_zone, day_cutoff_minutes=store.day_cutoff_minutes)
    offers = uow.suppliers.offers(order.supplier_id, {line.sku_id for line, _ in lines}, on=sent_on)
    before = {one.line_number: one.accepted_milli for one in uow.purchase_orders.progress(order.order_id)}
    for line, came in lines:
        offer = offers.get(line.sku_id)
        agreed = offer.price if offer else None
        listed = agreed_price(agreed, quantity_milli=line.quantity_milli) if agreed else None
        last = NetPrice(line.last_price_minor, line.last_price_quantity_milli)
        uow.add(
            SupplierDelivery(
                supplier_id=order.supplier_id,
                received_on=receipt.business_date,
                receipt_id=receipt.receipt_id,
                line_number=line.line_number,
                store_id=receipt.store_id,
                order_id=order.order_id,
                sku_id=line.sku_id,
                promised_on=order.expected_on,
                lead_days=max(0, (receipt.business_date - sent_on).days),
                due_milli=max(0, line.quantity_milli - before[line.line_number]),
                accepted_milli=came.accepted_milli,
                rejected_milli=came.rejected_milli,
                paid_minor=came.goods_minor,
                last_minor=worth_at(last, came.accepted_milli, rounding=rounding),
                list_minor=worth_at(listed, came.accepted_milli, rounding=rounding),
            )
        )
