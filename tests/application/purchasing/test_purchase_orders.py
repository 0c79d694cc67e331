"""Purchase orders, from the draft to the goods in stock."""

from typing import Any

import pytest
from sqlalchemy import text

from application.check import INVARIANTS, examine
from application.inventory.queries import GetStock, get_stock
from application.purchasing.advance_purchase_order import (
    AdvancePurchaseOrder,
    ChangePurchaseOrder,
    ConfirmedLine,
    ConfirmPurchaseOrder,
    ReviewPurchaseOrder,
    advance_purchase_order,
    change_purchase_order,
    confirm_purchase_order,
    review_purchase_order,
)
from application.purchasing.create_purchase_orders import (
    CreatePurchaseOrders,
    PurchaseOrderEntry,
    create_purchase_orders,
)
from application.purchasing.purchase_order_queries import (
    GetPurchaseOrder,
    ListPurchaseOrders,
    get_purchase_order,
    list_purchase_orders,
)
from application.purchasing.purchase_views import PurchaseLineEntry, PurchaseOrderView
from application.purchasing.put_suppliers import PutSuppliers, SupplierEntry, put_suppliers
from application.purchasing.receive_purchase import PurchaseReceived, ReceivedLine, ReceivePurchase, receive_purchase
from application.purchasing.supplier_products import (
    PutSupplierProducts,
    SupplierProductEntry,
    put_supplier_products,
)
from domain.identity.organisation import SYSTEM
from domain.purchasing.purchase_order import PurchaseOrderState, PurchaseSource, PurchaseStep
from domain.purchasing.purchase_receipt import RejectedTo
from domain.shared.errors import Refusal
from tests.world import World

OWED, INVENTORY, QUARANTINE = "220202", "1405", "140503"


@pytest.fixture
def buying(world: World) -> World:
    """MILL sells tea in packs of ten at 8.00, and up to 10 % more than ordered is taken of it."""
    world.do(put_suppliers, PutSuppliers((SupplierEntry("MILL", "Tea mill", "CNY", over_delivery_bp=1_000),)))
    offer = SupplierProductEntry("TEA", price_minor=800, price_quantity_milli=1_000, pack_milli=10_000)
    world.do(put_supplier_products, PutSupplierProducts("MILL", (offer,)))
    world.set("purchase_approval_above", "100000")
    return world


def line(sku: str = "TEA", units: int = 50, **options: Any) -> PurchaseLineEntry:
    return PurchaseLineEntry(sku, units * 1_000, **options)


def ordered(world: World, *lines: PurchaseLineEntry, reference: str = "", **options: Any) -> PurchaseOrderView:
    entry = PurchaseOrderEntry("MILL", lines or (line(),), PurchaseSource.MANUAL, "S1", **options)
    [order] = world.do(create_purchase_orders, CreatePurchaseOrders((entry,), reference, submit=True)).orders
    return order


def step(world: World, order: PurchaseOrderView, what: PurchaseStep, **options: Any) -> PurchaseOrderView:
    newest = world.ask(get_purchase_order, GetPurchaseOrder(order.order_id)).versions[-1].version
    command = AdvancePurchaseOrder(order.order_id, what, newest, **options)
    done: PurchaseOrderView = world.do(advance_purchase_order, command)
    return done


def sent(world: World, *lines: PurchaseLineEntry) -> PurchaseOrderView:
    return step(world, ordered(world, *lines), PurchaseStep.SEND)


def receive(world: World, order: PurchaseOrderView, *lines: ReceivedLine, **options: Any) -> PurchaseReceived:
    done: PurchaseReceived = world.do(receive_purchase, ReceivePurchase(order.order_id, lines, **options))
    return done


def refused(world: World, use_case: Any, command: Any, caller: Any = SYSTEM) -> tuple[str, str]:
    with pytest.raises(Refusal) as refusal:
        world.do(use_case, command, caller)
    return refusal.value.reason, refusal.value.field


@pytest.mark.capability("INV-14")
def test_goods_cost_their_price_and_their_share_of_the_freight(buying: World) -> None:
    before, books = buying.level("TEA"), buying.ledger()
    order = sent(buying)
    came = receive(buying, order, ReceivedLine(1, 50_000), freight_minor=300, delivery_note="DN-7")
    # 50 at 8.00 and a freight of 3.00: 8.06 a piece.
    after, now = buying.level("TEA"), buying.ledger()
    assert (after[0] - before[0], after[1] - before[1]) == (50_000, 50 * 806)
    assert {code: now[code] - books.get(code, 0) for code in (INVENTORY, OWED)} == {INVENTORY: 40_300, OWED: -40_300}
    assert came.order.state is PurchaseOrderState.RECEIVED
    assert (came.goods_minor, came.freight_minor) == (40_000, 300)


def test_goods_come_in_parts_that_cost_what_the_whole_costs(buying: World) -> None:
    order = sent(buying, line("MUG", 30, price_minor=1_000, price_quantity_milli=3_000))
    parts = [receive(buying, order, ReceivedLine(1, units * 1_000)) for units in (7, 11, 12)]
    assert sum(part.goods_minor for part in parts) == 10_000
    assert [part.order.state for part in parts] == ["partly_received", "partly_received", "received"]
    [progress] = parts[-1].order.progress
    assert (progress.ordered_milli, progress.accepted_milli, progress.open_milli) == (30_000, 30_000, 0)


@pytest.mark.capability("PUR-03")
def test_a_confirmation_of_less_is_for_the_buyer_to_accept(buying: World) -> None:
    order = sent(buying, line(units=100))
    less = (ConfirmedLine(1, 90_000),)
    promised = buying.do(confirm_purchase_order, ConfirmPurchaseOrder(order.order_id, 1, less, note="Mail"))
    assert (promised.state, promised.awaiting, promised.version, promised.proposed_version) == (
        "sent", "acceptance", 1, 2,
    )  # fmt: skip
    declined = step(buying, order, PurchaseStep.DECLINE)
    assert (declined.state, declined.version, declined.versions[0].lines[0].quantity_milli) == ("sent", 1, 100_000)
    buying.do(confirm_purchase_order, ConfirmPurchaseOrder(order.order_id, 2, less))
    accepted = step(buying, order, PurchaseStep.ACCEPT)
    assert (accepted.state, accepted.version, accepted.net_minor) == ("confirmed", 3, 72_000)
    assert [one.kind.value for one in accepted.timeline] == [
        "created", "submitted", "sent", "confirmed_otherwise", "declined", "confirmed_otherwise", "accepted",
    ]  # fmt: skip
    came = receive(buying, order, ReceivedLine(1, 90_000))
    assert came.order.state is PurchaseOrderState.RECEIVED


def test_a_supplier_confirms_as_ordered_or_later_or_dearer(buying: World) -> None:
    order = sent(buying)
    confirmed = buying.do(confirm_purchase_order, ConfirmPurchaseOrder(order.order_id, 1))
    assert (confirmed.state, confirmed.version) == ("confirmed", 1)
    later = buying.do(confirm_purchase_order, ConfirmPurchaseOrder(order.order_id, 1, expected_date="2026-12-24"))
    assert later.awaiting == "acceptance"
    accepted = step(buying, order, PurchaseStep.ACCEPT)
    assert (accepted.expected_date, accepted.awaiting) == ("2026-12-24", "nothing")
    # So dear that the whole is beyond what one person may order: a second one has to agree.
    dear = (ConfirmedLine(1, 50_000, 3_000, 1_000),)
    buying.do(confirm_purchase_order, ConfirmPurchaseOrder(order.order_id, 2, dear))
    waiting = step(buying, order, PurchaseStep.ACCEPT)
    assert (waiting.awaiting, waiting.version) == ("approval", 2)
    assert refused(buying, review_purchase_order, ReviewPurchaseOrder(order.order_id, 3, True))[0] == (
        "APPROVED_BY_ITS_BUYER"
    )
    agreed = buying.do(review_purchase_order, ReviewPurchaseOrder(order.order_id, 3, True), buying.s1)
    assert (agreed.version, agreed.net_minor, agreed.state) == (3, 150_000, "confirmed")


@pytest.mark.capability("PUR-07")
def test_a_price_above_the_last_one_and_five_percent_needs_a_second_person(buying: World) -> None:
    receive(buying, sent(buying, line(price_minor=1_000, price_quantity_milli=1_000)), ReceivedLine(1, 50_000))
    fair = ordered(buying, line(units=10, price_minor=1_050, price_quantity_milli=1_000))
    assert fair.state is PurchaseOrderState.APPROVED
    risen = ordered(buying, line(units=10, price_minor=1_051, price_quantity_milli=1_000))
    assert risen.state is PurchaseOrderState.SUBMITTED
    [shown] = buying.ask(get_purchase_order, GetPurchaseOrder(risen.order_id)).versions[0].lines
    assert (shown.price_risen, shown.last_price_minor, shown.last_price_quantity_milli) == (True, 1_000, 1_000)
    assert refused(buying, advance_purchase_order, AdvancePurchaseOrder(risen.order_id, PurchaseStep.SEND, 1)) == (
        "PURCHASE_ORDER_NOT_THERE",
        "step",
    )
    approved = buying.do(review_purchase_order, ReviewPurchaseOrder(risen.order_id, 1, True, "Frost"), buying.s1)
    assert approved.state is PurchaseOrderState.APPROVED


def test_an_order_above_the_limit_is_sent_once_another_person_approved_it(buying: World) -> None:
    large = ordered(buying, line(units=130))
    assert (large.state, large.net_minor) == ("submitted", 104_000)
    assert refused(buying, review_purchase_order, ReviewPurchaseOrder(large.order_id, 2, True))[0] == "ANOTHER_VERSION"
    returned = buying.do(review_purchase_order, ReviewPurchaseOrder(large.order_id, 1, False, "Too much"), buying.s1)
    assert returned.state is PurchaseOrderState.DRAFT
    smaller = ChangePurchaseOrder(large.order_id, 1, (line(units=60, line_number=1),))
    assert buying.do(change_purchase_order, smaller).net_minor == 48_000
    assert step(buying, large, PurchaseStep.SUBMIT).state is PurchaseOrderState.APPROVED
    assert step(buying, large, PurchaseStep.SEND).sent_version == 2


def test_a_change_of_what_was_sent_is_sent_again(buying: World) -> None:
    order = sent(buying)
    more = ChangePurchaseOrder(order.order_id, 1, (line(units=60, line_number=1), line("MUG", 5, price_minor=100,
                               price_quantity_milli=1_000)))  # fmt: skip
    changed = buying.do(change_purchase_order, more)
    assert (changed.state, changed.version, changed.sent_version) == ("approved", 2, 1)
    assert step(buying, order, PurchaseStep.SEND).state is PurchaseOrderState.SENT
    receive(buying, order, ReceivedLine(1, 30_000))
    below = ChangePurchaseOrder(order.order_id, 2, (line(units=20, line_number=1),))
    assert refused(buying, change_purchase_order, below) == ("BELOW_RECEIVED", "lines")
    large = ChangePurchaseOrder(order.order_id, 2, (line(units=200, line_number=1),))
    waiting = buying.do(change_purchase_order, large)
    assert (waiting.awaiting, waiting.version, waiting.state) == ("approval", 2, "partly_received")
    assert step(buying, order, PurchaseStep.WITHDRAW).awaiting == "nothing"


@pytest.mark.capability("REP-04")
def test_a_proposal_is_ordered_once(buying: World) -> None:
    entry = PurchaseOrderEntry("MILL", (line(),), PurchaseSource.REPLENISHMENT, "S1")
    first = buying.do(create_purchase_orders, CreatePurchaseOrders((entry, entry), "PLAN-7", submit=True))
    again = buying.do(create_purchase_orders, CreatePurchaseOrders((entry, entry), "PLAN-7", submit=True))
    assert (first.existing, again.existing) == (False, True)
    assert [one.order_id for one in again.orders] == [one.order_id for one in first.orders]
    assert len(buying.ask(list_purchase_orders, ListPurchaseOrders()).orders) == 2
    assert step(buying, first.orders[0], PurchaseStep.SEND).state is PurchaseOrderState.SENT
    topics = [row[0] for row in buying.rows("SELECT topic FROM outbox WHERE topic = 'PurchaseOrderSent'")]
    assert len(topics) == 1


def test_takes_no_more_than_the_supplier_may_deliver_over(buying: World) -> None:
    order = sent(buying)
    over = ReceivePurchase(order.order_id, (ReceivedLine(1, 56_000),))
    assert refused(buying, receive_purchase, over) == ("OVER_DELIVERED", "lines[0].accepted_milli")
    came = receive(buying, order, ReceivedLine(1, 55_000, 1_000, RejectedTo.DRIVER, "Too many"))
    assert (came.order.state, came.goods_minor, came.quarantine_minor) == ("received", 44_000, 0)


def test_what_is_rejected_and_kept_stands_in_quarantine(buying: World) -> None:
    books = buying.ledger()
    came = receive(buying, sent(buying), ReceivedLine(1, 40_000, 10_000, RejectedTo.QUARANTINE, "Smells"))
    now = buying.ledger()
    assert {code: now[code] - books.get(code, 0) for code in (INVENTORY, QUARANTINE, OWED)} == {
        INVENTORY: 32_000, QUARANTINE: 8_000, OWED: -40_000,
    }  # fmt: skip
    [level] = buying.ask(get_stock, GetStock("S1", ("TEA",))).levels
    assert level.quarantine_milli == 10_000
    [progress] = came.order.progress
    assert (progress.accepted_milli, progress.rejected_milli, progress.open_milli) == (40_000, 10_000, 10_000)


def test_the_rest_of_an_order_is_closed_and_one_without_goods_cancelled(buying: World) -> None:
    order = sent(buying)
    came = receive(buying, order, ReceivedLine(1, 45_000), close_rest=True)
    assert (came.order.state, came.order.progress[0].open_milli) == ("closed", 0)
    later = ReceivePurchase(order.order_id, (ReceivedLine(1, 1_000),))
    assert refused(buying, receive_purchase, later) == ("PURCHASE_ORDER_NOT_THERE", "order_id")
    other = sent(buying)
    assert step(buying, other, PurchaseStep.CANCEL).state is PurchaseOrderState.CANCELLED
    with buying.units.begin(caller=SYSTEM, now=buying.clock()) as uow:
        stores = [store.store_id for store in uow.chain.stores.values()]
        assert list(uow.purchase_orders.on_order(stores, None)) == []


def test_what_is_on_order_is_told_by_store_and_date(buying: World) -> None:
    sent(buying)
    draft = PurchaseOrderEntry("MILL", (line(units=20),), PurchaseSource.MANUAL, "S1", "2026-12-31")
    buying.do(create_purchase_orders, CreatePurchaseOrders((draft,)))
    with buying.units.begin(caller=SYSTEM, now=buying.clock()) as uow:
        stores = [store.store_id for store in uow.chain.stores.values()]
        found = uow.purchase_orders.on_order(stores, None)
    assert [(one.quantity_milli, one.sent) for one in found] == [(50_000, True), (20_000, False)]


def test_refuses_what_cannot_be_ordered(buying: World) -> None:
    def create(*lines: PurchaseLineEntry, supplier: str = "MILL", **options: Any) -> tuple[str, str]:
        entry = PurchaseOrderEntry(supplier, lines or (line(),), PurchaseSource.MANUAL, "S1", **options)
        return refused(buying, create_purchase_orders, CreatePurchaseOrders((entry,)))

    at = "orders[0].lines[0]"
    assert create(line(units=55)) == ("NOT_WHOLE_PACKS", f"{at}.quantity_milli")
    assert create(line("NOPE")) == ("UNKNOWN_SKU", f"{at}.sku")
    assert create(line("WRAP")) == ("NOT_BOUGHT", f"{at}.sku")
    assert create(line("MUG")) == ("NO_AGREED_PRICE", f"{at}.price_minor")
    assert create(line("MUG", price_minor=5)) == ("PRICE_QUANTITY_MISSING", f"{at}.price_quantity_milli")
    assert create(line(), supplier="NOPE") == ("UNKNOWN_SUPPLIER", "orders[0].supplier_code")
    assert create(line(), expected_date="2020-01-01") == ("EXPECTED_IN_THE_PAST", "orders[0].expected_date")
    order = sent(buying)
    for what, reason, field in (
        (ReceivePurchase(order.order_id, (ReceivedLine(7, 1_000),)), "UNKNOWN_PURCHASE_LINE", "lines[0].line_number"),
        (ReceivePurchase(order.order_id, (ReceivedLine(1),)), "NOTHING_CAME", "lines[0]"),
        (ReceivePurchase(order.order_id, (ReceivedLine(1, 1_000, 0, None, "x"),)), "NOTHING_REJECTED", "lines[0]"),
        (ReceivePurchase(7, (ReceivedLine(1, 1_000),)), "UNKNOWN_PURCHASE_ORDER", "order_id"),
    ):
        assert refused(buying, receive_purchase, what) == (reason, field)


def test_a_store_sees_its_own_orders_only(buying: World) -> None:
    order = ordered(buying)
    foreign = buying.terminal("T2")
    assert buying.ask(list_purchase_orders, ListPurchaseOrders(), foreign).orders == []
    with pytest.raises(Refusal) as refusal:
        buying.ask(get_purchase_order, GetPurchaseOrder(order.order_id), foreign)
    assert refusal.value.reason == "UNKNOWN_PURCHASE_ORDER"


def test_the_check_finds_what_was_tampered_with(buying: World) -> None:
    receive(buying, sent(buying), ReceivedLine(1, 40_000))
    [invariant] = [one for one in INVARIANTS if one.id == "PUR-orders"]
    for tampering, violated in (
        ("UPDATE purchase_orders SET net_minor = net_minor + 1", 1),
        ("UPDATE purchase_allocations SET open_milli = open_milli + 1", 1),
        ("UPDATE purchase_orders SET state = 'received'", 2),
        ("UPDATE purchase_receipt_lines SET goods_minor = goods_minor + 1", 1),
        ("DELETE FROM purchase_order_events WHERE number = 1", 1),
    ):
        with buying.units.begin(caller=SYSTEM, now=buying.clock()) as uow:
            uow.execute(text(tampering))
            uow.refresh()
            assert (tampering, examine(uow, invariant).violated) == (tampering, violated)
