"""What use cases of orders share: finding one, and writing what happened, what was paid and what is kept."""

from collections.abc import Mapping, Sequence

from application.ports.kernel import UnitOfWork
from application.ports.orders import StoredOrder
from application.reserving import keep_stock
from application.sales.order_views import OrderView, whole_view
from application.scope import trading_day
from domain.finance.journal import JournalEntry, balanced
from domain.finance.order_postings import deposit_postings
from domain.sales.order import Deposit, Order, OrderEvent, OrderEventKind, OrderPayment
from domain.shared.errors import NotFound

DOCUMENT_KIND = "order_payment"


class UnknownOrder(NotFound):
    en = "There is no order {order_id} in this caller's scope."
    zh = "当前调用方范围内没有订单 {order_id}。"


def locked_order(uow: UnitOfWork, order_id: int) -> Order:
    """The order, locked; raises UnknownOrder alike for one that does not exist and for one of a foreign store."""
    order = uow.orders.lock(order_id)
    if order is None or not uow.caller.sees(order.store_id):
        raise UnknownOrder("order_id", order_id=order_id)
    return order


def stored_order(uow: UnitOfWork, order_id: int) -> StoredOrder:
    """The order with all that belongs to it; raises UnknownOrder."""
    stored = uow.orders.find(order_id)
    if stored is None or not uow.caller.sees(stored.order.store_id):
        raise UnknownOrder("order_id", order_id=order_id)
    return stored


def after_change(uow: UnitOfWork, order: Order) -> OrderView:
    """The order as it is now."""
    return whole_view(uow, stored_order(uow, order.order_id))


def note_event(uow: UnitOfWork, order: Order, kind: OrderEventKind, *, note: str = "", amount_minor: int = 0) -> None:
    """Adds an entry to the timeline of a locked order, and tells the world of it."""
    caller, number = uow.caller, uow.orders.count_events(order.order_id) + 1
    uow.add(OrderEvent(order.order_id, number, kind, note, amount_minor, caller.caller_id, caller.staff_id, uow.now))
    uow.publish(
        "OrderMoved",
        order.order_id,
        {
            "order_id": order.order_id,
            "store_id": order.store_id,
            "member_id": order.member_id,
            "event": kind.value,
            "state": order.state.value,
            "amount_minor": amount_minor,
            "currency": order.currency,
        },
    )


def record_payments(
    uow: UnitOfWork, order: Order, payments: Sequence[Deposit], document_id: int, *, posted: bool
) -> None:
    """Moves what is paid for an order; with `posted` the books by it too, unless its sale does that."""
    store = uow.chain.stores[order.store_id]
    on = trading_day(uow, store)
    for one in payments:
        uow.add(
            OrderPayment(
                order.order_id,
                uow.new_id(),
                document_id,
                one.kind,
                one.amount_minor,
                one.reference,
                store.store_id,
                order.currency,
                uow.caller.caller_id,
                uow.caller.staff_id,
                on,
                uow.now,
                one.payment_id,
            )
        )
        order.paid_minor += one.amount_minor
    if posted and payments:
        entry = JournalEntry(
            uow.new_id(), store.store_id, on, order.currency, order.channel, DOCUMENT_KIND, document_id, uow.now
        )
        amounts = deposit_postings([(one.kind, one.amount_minor) for one in payments])
        uow.add(entry, *balanced(entry.entry_id, amounts))
        uow.publish(
            "OrderPaid",
            document_id,
            {
                "document_id": document_id,
                "order_id": order.order_id,
                "store_id": order.store_id,
                "amount_minor": sum(one.amount_minor for one in payments),
                "currency": order.currency,
            },
        )


def release_stock(uow: UnitOfWork, order: Order, kept: Mapping[int, int]) -> None:
    """Keeps nothing of these (thousandths by SKU id) for the order any more; the levels are locked."""
    keep_stock(uow, order.order_id, order.store_id, [(sku_id, -quantity) for sku_id, quantity in sorted(kept.items())])
