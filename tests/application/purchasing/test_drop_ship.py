"""What a customer's order lacks goes from the supplier to the customer, through the books and past the shelf."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from application.catalog.entries import ProductEntry
from application.catalog.put_products import PutProducts, put_products
from application.check import INVARIANTS, examine
from application.identity.authenticate import Credentials, authenticate
from application.identity.callers import CreateSupplierAccount, create_supplier_account
from application.identity.enroll import Enroll, enroll
from application.inventory.queries import GetStock, get_stock
from application.membership.erase_member import EraseMember, erase_member
from application.membership.export_member import ExportMember, export_member
from application.purchasing.advance_purchase_order import (
    AdvancePurchaseOrder,
    ChangePurchaseOrder,
    ConfirmedLine,
    ConfirmPurchaseOrder,
    advance_purchase_order,
    change_purchase_order,
    confirm_purchase_order,
)
from application.purchasing.create_drop_ship import CreateDropShip, DrawnItem, create_drop_ship
from application.purchasing.create_purchase_orders import (
    CreatePurchaseOrders,
    PurchaseOrderEntry,
    create_purchase_orders,
)
from application.purchasing.dispatch_drop_ship import (
    DispatchDropShip,
    DispatchedLine,
    DropShipDispatched,
    dispatch_drop_ship,
)
from application.purchasing.drop_ship_views import (
    DropShipView,
    GetDropShip,
    ListDropShips,
    get_drop_ship,
    list_drop_ships,
)
from application.purchasing.own_deliveries import GetMyDelivery, get_my_delivery
from application.purchasing.purchase_order_queries import GetPurchaseOrder, get_purchase_order
from application.purchasing.purchase_views import PurchaseLineEntry
from application.purchasing.put_suppliers import PutSuppliers, SupplierEntry, put_suppliers
from application.purchasing.recall_drop_ship import RecallDropShip, recall_drop_ship
from application.purchasing.receive_purchase import ReceivedLine, ReceivePurchase, receive_purchase
from application.purchasing.record_supplier_invoice import InvoicedLine, RecordSupplierInvoice, record_supplier_invoice
from application.purchasing.supplier_invoice_queries import ListUnbilledReceipts, list_unbilled_receipts
from application.purchasing.supplier_products import (
    PutSupplierProducts,
    SupplierProductEntry,
    put_supplier_products,
)
from application.sales.order_money import (
    CancelOrder,
    CompleteOrder,
    PayOrder,
    cancel_order,
    complete_order,
    pay_order,
)
from application.sales.order_views import OrderLineView, OrderPaymentView, OrderView
from application.sales.orders import AdvanceOrder, GetOrder, PlaceOrder, advance_order, get_order, place_order
from application.sales.refund import RefundSale
from domain.identity.organisation import SYSTEM, Caller
from domain.logistics.address import DeliveryAddress
from domain.purchasing.purchase_order import PurchaseSource, PurchaseStep
from domain.sales.order import Fulfilment, OrderState
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal
from tests.world import MEMBER, World

OWED, INVENTORY, DISPATCHED, COST = "220202", "1405", "1406", "6401"
ADDRESS = {"recipient": "王小明", "phone": "13800138000", "address": "上海市南京东路 1 号 202 室"}


@pytest.fixture
def drawing(world: World) -> World:
    """MILL sells tea in packs of ten at 65.00; a hundred of it, which cost 60.00 each, stand in each store."""
    world.do(put_suppliers, PutSuppliers((SupplierEntry("MILL", "Tea mill", "CNY"),)))
    offer = SupplierProductEntry("TEA", price_minor=6_500, price_quantity_milli=1_000, pack_milli=10_000)
    world.do(put_supplier_products, PutSupplierProducts("MILL", (offer,)))
    tea = ProductEntry("TEA", "Green tea", "FOOD", "EA", "standard", ("6901234567892",), supplier_code="MILL")
    world.do(put_products, PutProducts((tea,)))
    world.set("purchase_approval_above", "10000000")
    return world


def placed(world: World, *lines: tuple[str, int], **options: Any) -> OrderView:
    options.setdefault("fulfilment", Fulfilment.SHIP)
    command = PlaceOrder(
        tuple(OrderLineView(sku, 1_000 * units) for sku, units in lines), member_key=MEMBER, channel="web",
        due_date=world.clock().date().isoformat(), accept_short=True, **options,
    )  # fmt: skip
    order: OrderView = world.once(place_order, command, world.s1)
    return order


def paid(world: World, order: OrderView) -> OrderView:
    payment = OrderPaymentView(TenderKind.BANK_TRANSFER, order.due_minor, "B-1")
    view: OrderView = world.once(pay_order, PayOrder(order.order_id, (payment,)), world.s1)
    return view


def draw(world: World, order: OrderView, *lines: DrawnItem, **options: Any) -> DropShipView:
    command = CreateDropShip(order.order_id, **ADDRESS, lines=lines, submit=True, **options)
    [made] = world.do(create_drop_ship, command).drop_ships
    view: DropShipView = made
    return view


def step(world: World, drop_ship: DropShipView, what: PurchaseStep) -> None:
    number = drop_ship.purchase_order_id
    newest = world.ask(get_purchase_order, GetPurchaseOrder(number)).versions[-1].version
    world.do(advance_purchase_order, AdvancePurchaseOrder(number, what, newest))


def sent(world: World, order: OrderView, *lines: DrawnItem) -> DropShipView:
    made = draw(world, order, *lines)
    step(world, made, PurchaseStep.SEND)
    return made


def dispatch(world: World, drop_ship: DropShipView, *lines: tuple[int, int], **options: Any) -> DropShipDispatched:
    named = tuple(DispatchedLine(number, 1_000 * units) for number, units in lines)
    command = DispatchDropShip(drop_ship.purchase_order_id, named, **options)
    done: DropShipDispatched = world.once(dispatch_drop_ship, command, world.s1)
    return done


def refused(world: World, use_case: Any, command: Any, caller: Any = None) -> tuple[str, str]:
    with pytest.raises(Refusal) as refusal:
        world.once(use_case, command, caller or world.s1)
    return refusal.value.reason, refusal.value.field


def moved(world: World, before: dict[str, int]) -> dict[str, int]:
    """By how much the accounts of goods have moved."""
    now = world.ledger()
    codes = (INVENTORY, DISPATCHED, OWED, COST)
    return {code: now.get(code, 0) - before.get(code, 0) for code in codes if now.get(code, 0) != before.get(code, 0)}


@pytest.mark.capability("PUR-05")
def test_a_shortage_becomes_a_purchase_order_to_the_members_address(drawing: World) -> None:
    # A hundred stand in the store, and three are lacking.
    order = paid(drawing, placed(drawing, ("TEA", 103)))
    made = draw(drawing, order)
    assert (made.order_id, made.supplier_code, made.store_code, made.state, made.net_minor) == (
        order.order_id, "MILL", "S1", "approved", 19_500,
    )  # fmt: skip
    # Single pieces, whatever packs go to stores.
    assert [(one.sku, one.quantity_milli, one.to_send_milli) for one in made.lines] == [("TEA", 3_000, 3_000)]
    found = drawing.ask(get_drop_ship, GetDropShip(made.purchase_order_id))
    assert (found.recipient, found.phone, found.address) == tuple(ADDRESS.values())
    purchase = drawing.ask(get_purchase_order, GetPurchaseOrder(made.purchase_order_id))
    assert purchase.source is PurchaseSource.DROP_SHIP
    # What is drawn is kept on the shelf no more, and is on order for nobody's shelf.
    [level] = drawing.ask(get_stock, GetStock("S1", ("TEA",))).levels
    assert (level.reserved_milli, level.available_milli) == (100_000, 0)
    with drawing.units.begin(caller=SYSTEM, now=drawing.clock()) as uow:
        assert list(uow.purchase_orders.on_order(sorted(uow.chain.stores), None)) == []
    assert drawing.broken() == []


@pytest.mark.capability("PUR-05")
def test_goods_that_the_supplier_sends_cost_their_price_and_stand_on_no_shelf(drawing: World) -> None:
    order = paid(drawing, placed(drawing, ("TEA", 3)))
    shelf, before = drawing.level("TEA"), drawing.ledger()
    made = sent(drawing, order, DrawnItem("TEA", 3_000))
    done = dispatch(drawing, made, parcel="SF-1", freight_minor=600)
    # 3 at 65.00 and a freight of 6.00; on the shelf tea has cost 60.00.
    assert (done.goods_minor, done.freight_minor, done.order_state, done.waits_for) == (19_500, 600, "shipped", "")
    assert moved(drawing, before) == {OWED: -20_100, COST: 20_100}
    assert drawing.level("TEA") == shelf
    view = drawing.ask(get_order, GetOrder(order.order_id))
    assert (view.state, view.sale_id, view.paid_minor) == (OrderState.SHIPPED, done.sale_id, 0)
    assert [one.kind.value for one in view.timeline] == ["placed", "paid", "drawn", "dispatched", "shipped"]
    assert view.timeline[-1].note == "SF-1"
    [(cost,)] = drawing.rows(f"SELECT cost_minor FROM sale_lines WHERE sale_id = {done.sale_id}")
    assert cost == 20_100
    assert done.drop_ship.state.value == "received"
    assert drawing.broken() == []


def test_parcels_of_a_supplier_wait_until_the_order_is_whole(drawing: World) -> None:
    order = paid(drawing, placed(drawing, ("TEA", 5)))
    before = drawing.ledger()
    made = sent(drawing, order, DrawnItem("TEA", 5_000))
    first = dispatch(drawing, made, (1, 2))
    assert (first.sale_id, first.order_state, first.waits_for) == (0, "accepted", "SUPPLIER_STILL_SENDS")
    assert moved(drawing, before) == {DISPATCHED: 13_000, OWED: -13_000}
    [level] = drawing.ask(get_stock, GetStock("S1", ("TEA",))).levels
    assert (level.on_hand_milli, level.dispatched_milli, level.dispatched_minor) == (100_000, 2_000, 13_000)
    assert refused(drawing, complete_order, CompleteOrder(order.order_id)) == ("SUPPLIER_STILL_SENDS", "order_id")
    second = dispatch(drawing, made)
    assert (second.sale_id > 0, second.goods_minor) == (True, 19_500)
    assert moved(drawing, before) == {OWED: -32_500, COST: 32_500}
    assert drawing.broken() == []


def test_part_comes_from_the_shelf_and_part_from_the_supplier(drawing: World) -> None:
    order = paid(drawing, placed(drawing, ("TEA", 103), ("MUG", 1)))
    before = drawing.ledger()
    done = dispatch(drawing, sent(drawing, order))
    # The rest has still to be picked.
    assert (done.sale_id, done.waits_for) == (0, "ORDER_NOT_THERE")
    for state in (OrderState.ALLOCATED, OrderState.PICKED):
        drawing.once(advance_order, AdvanceOrder(order.order_id, state), drawing.s1)
    sold = drawing.once(complete_order, CompleteOrder(order.order_id), drawing.s1).sale
    # A hundred at 60.00 and a mug at 20.00 from the shelf, three at 65.00 from the supplier.
    assert moved(drawing, before) == {INVENTORY: -602_000, OWED: -19_500, COST: 621_500}
    costs = drawing.rows(f"SELECT cost_minor FROM sale_lines WHERE sale_id = {sold.sale_id} ORDER BY line_number")
    assert (costs, drawing.level("TEA"), drawing.broken()) == ([(619_500,), (2_000,)], (0, 0), [])


def test_an_order_that_is_not_paid_waits_for_its_money(drawing: World) -> None:
    order = placed(drawing, ("TEA", 3))
    done = dispatch(drawing, sent(drawing, order, DrawnItem("TEA", 3_000)))
    assert (done.sale_id, done.waits_for, done.order_state) == (0, "NOT_PAID", "accepted")
    paid(drawing, order)
    # Suppliers have sent all of it: there is nothing to pick.
    completed = drawing.once(complete_order, CompleteOrder(order.order_id), drawing.s1)
    assert (completed.order.state, drawing.broken()) == (OrderState.SHIPPED, [])


def test_a_customer_returns_the_goods_to_the_store_at_what_they_cost(drawing: World) -> None:
    order = paid(drawing, placed(drawing, ("TEA", 3)))
    done = dispatch(drawing, sent(drawing, order, DrawnItem("TEA", 3_000)))
    before = drawing.level("TEA")
    drawing.refund(RefundSale(done.sale_id, "Does not like it", (ReturnRequest(1, 1_000, amount_only=False),)))
    after = drawing.level("TEA")
    assert (after[0] - before[0], after[1] - before[1], drawing.broken()) == (1_000, 6_500, [])


def test_a_price_that_differs_is_the_buyers_to_accept_and_then_the_cost(drawing: World) -> None:
    order = paid(drawing, placed(drawing, ("TEA", 3)))
    before = drawing.ledger()
    made = sent(drawing, order, DrawnItem("TEA", 3_000))
    dearer = ConfirmPurchaseOrder(made.purchase_order_id, 1, (ConfirmedLine(1, 2_000, 7_000, 1_000),))
    drawing.do(confirm_purchase_order, dearer)
    step(drawing, made, PurchaseStep.ACCEPT)
    done = dispatch(drawing, made)
    assert (done.goods_minor, done.waits_for, done.drop_ship.state.value) == (14_000, "ORDER_NOT_THERE", "received")
    # The third is drawn anew, at the price that is agreed.
    again = sent(drawing, order)
    assert [one.quantity_milli for one in again.lines] == [1_000]
    assert dispatch(drawing, again).sale_id > 0
    assert (moved(drawing, before), drawing.broken()) == ({OWED: -20_500, COST: 20_500}, [])


def test_what_a_cancelled_purchase_order_was_to_send_is_short_again(drawing: World) -> None:
    order = paid(drawing, placed(drawing, ("TEA", 103)))
    made = sent(drawing, order)
    assert refused(drawing, cancel_order, CancelOrder(order.order_id, "Changed her mind")) == (
        "SUPPLIER_STILL_SENDS", "order_id",
    )  # fmt: skip
    assert refused(drawing, create_drop_ship, CreateDropShip(order.order_id, **ADDRESS)) == (
        "NOTHING_SHORT",
        "order_id",
    )
    step(drawing, made, PurchaseStep.CANCEL)
    assert [one.quantity_milli for one in draw(drawing, order).lines] == [3_000]
    step(
        drawing, drawing.ask(list_drop_ships, ListDropShips(order_id=order.order_id)).drop_ships[0], PurchaseStep.CANCEL
    )
    cancelled = drawing.once(cancel_order, CancelOrder(order.order_id, "Changed her mind"), drawing.s1)
    assert (cancelled.state, cancelled.paid_minor) == (OrderState.CANCELLED, 0)
    [level] = drawing.ask(get_stock, GetStock("S1", ("TEA",))).levels
    assert (level.reserved_milli, level.available_milli, drawing.broken()) == (0, 100_000, [])


def test_a_parcel_that_comes_back_is_put_into_the_stores_stock(drawing: World) -> None:
    order = placed(drawing, ("TEA", 3))
    made = sent(drawing, order, DrawnItem("TEA", 3_000))
    dispatch(drawing, made)
    before, shelf = drawing.ledger(), drawing.level("TEA")
    assert refused(drawing, cancel_order, CancelOrder(order.order_id, "Refused")) == (
        "UNDER_WAY_TO_CUSTOMER", "order_id",
    )  # fmt: skip
    back = drawing.do(recall_drop_ship, RecallDropShip(made.purchase_order_id, note="Nobody at home"))
    assert (back.value_minor, back.drop_ship.lines[0].under_way_milli) == (19_500, 0)
    after = drawing.level("TEA")
    assert (after[0] - shelf[0], after[1] - shelf[1]) == (3_000, 19_500)
    assert moved(drawing, before) == {INVENTORY: 19_500, DISPATCHED: -19_500}
    # It is kept for the customer, who may still want it, and free once the order is cancelled.
    [level] = drawing.ask(get_stock, GetStock("S1", ("TEA",))).levels
    assert level.reserved_milli == 3_000
    assert refused(drawing, recall_drop_ship, RecallDropShip(made.purchase_order_id))[0] == "NOTHING_UNDER_WAY"
    drawing.once(cancel_order, CancelOrder(order.order_id, "Refused"), drawing.s1)
    assert drawing.broken() == []


def test_many_notices_at_once_send_no_more_than_was_drawn(drawing: World) -> None:
    order = paid(drawing, placed(drawing, ("TEA", 6)))
    made = sent(drawing, order, DrawnItem("TEA", 6_000))

    def notice(_: int) -> str:
        try:
            return "sold" if dispatch(drawing, made, (1, 2)).sale_id else "sent"
        except Refusal as refusal:
            return refusal.reason

    with ThreadPoolExecutor(4) as threads:
        answers = sorted(threads.map(notice, range(5)))
    assert answers == ["PURCHASE_ORDER_NOT_THERE"] * 2 + ["sent"] * 2 + ["sold"]
    assert (drawing.count("sales"), drawing.broken()) == (1, [])


def test_an_address_is_encrypted_exported_and_erased_with_its_member(drawing: World) -> None:
    order = paid(drawing, placed(drawing, ("TEA", 3)))
    made = sent(drawing, order, DrawnItem("TEA", 3_000))
    dispatch(drawing, made)
    stored = repr(drawing.rows("SELECT payload FROM outbox")) + repr(drawing.rows("SELECT * FROM drop_ships"))
    stored += repr(drawing.rows("SELECT note FROM order_events")) + repr(drawing.rows("SELECT answer FROM requests"))
    assert not any(one in stored or one.encode().hex() in stored for one in ("王小明", "南京东路"))
    records = drawing.ask(export_member, ExportMember(MEMBER, page_size=500)).records
    assert [one for one in records if "南京东路" in one and '"table": "drop_ships"' in one]
    drawing.once(erase_member, EraseMember(MEMBER, "Asked for it", give_up=True), SYSTEM)
    found = drawing.ask(get_drop_ship, GetDropShip(made.purchase_order_id))
    assert (found.recipient, found.phone, found.address, drawing.broken()) == ("", "", "", [])


def test_what_goes_to_a_customer_is_neither_received_nor_changed_like_other_orders(drawing: World) -> None:
    made = sent(drawing, paid(drawing, placed(drawing, ("TEA", 3))), DrawnItem("TEA", 3_000))
    number = made.purchase_order_id
    lines = (PurchaseLineEntry("TEA", 4_000, line_number=1),)
    entry = PurchaseOrderEntry("MILL", lines, PurchaseSource.DROP_SHIP, "S1")
    for use_case, command, reason, field in (
        (receive_purchase, ReceivePurchase(number, (ReceivedLine(1, 3_000),)), "GOES_TO_CUSTOMER", "order_id"),
        (change_purchase_order, ChangePurchaseOrder(number, 1, lines), "DROP_SHIP_NOT_CHANGED", "order_id"),
        (create_purchase_orders, CreatePurchaseOrders((entry,)), "DROP_SHIP_OF_NO_ORDER", "orders[0].source"),
        (dispatch_drop_ship, DispatchDropShip(number, (DispatchedLine(1, 4_000),)), "MORE_THAN_DRAWN",
         "lines[0].quantity_milli"),
        (dispatch_drop_ship, DispatchDropShip(number, (DispatchedLine(7),)), "UNKNOWN_PURCHASE_LINE",
         "lines[0].line_number"),
        (dispatch_drop_ship, DispatchDropShip(7), "UNKNOWN_PURCHASE_ORDER", "purchase_order_id"),
    ):  # fmt: skip
        assert refused(drawing, use_case, command) == (reason, field)
    assert drawing.count("purchase_receipts") == 0


def test_refuses_what_no_supplier_can_send(drawing: World) -> None:
    order = placed(drawing, ("TEA", 3), ("MUG", 1), ("WRAP", 1))
    there = {**ADDRESS, "order_id": order.order_id}
    collected = placed(drawing, ("TEA", 1), fulfilment=Fulfilment.COLLECT)
    for options, reason, field in (
        ({}, "NOTHING_SHORT", "order_id"),
        ({"lines": (DrawnItem("TEA", 4_000),)}, "MORE_THAN_ORDERED", "lines[0].quantity_milli"),
        ({"lines": (DrawnItem("WRAP", 1_000),)}, "NOT_ON_ORDER", "lines[0].sku"),
        ({"lines": (DrawnItem("MUG", 1_000),)}, "NO_SUPPLIER_FOR_SKU", "supplier_code"),
        ({"lines": (DrawnItem("MUG", 1_000),), "supplier_code": "MILL"}, "NO_AGREED_PRICE", "lines"),
        ({"lines": (DrawnItem("MUG", 1_000),), "supplier_code": "NOPE"}, "UNKNOWN_SUPPLIER", "supplier_code"),
        ({"lines": (DrawnItem("TEA"),)}, "NOTHING_SHORT", "lines[0].quantity_milli"),
        ({"address": " "}, "MISSING", "address"),
        ({"recipient": "x" * 201}, "TEXT_TOO_LONG", "recipient"),
        ({"order_id": collected.order_id}, "NOT_SENT", "order_id"),
        ({"order_id": 7}, "UNKNOWN_ORDER", "order_id"),
    ):
        command = CreateDropShip(**{**there, **options})  # type: ignore[arg-type]
        assert refused(drawing, create_drop_ship, command) == (reason, field)
    assert (drawing.count("purchase_orders"), drawing.broken()) == (0, [])


def test_a_store_sees_its_own_drop_ships_only(drawing: World) -> None:
    made = sent(drawing, paid(drawing, placed(drawing, ("TEA", 3))), DrawnItem("TEA", 3_000))
    listed = drawing.ask(list_drop_ships, ListDropShips("S1", page_size=1)).drop_ships
    assert [(one.purchase_order_id, one.lines) for one in listed] == [(made.purchase_order_id, ())]
    assert drawing.ask(list_drop_ships, ListDropShips(), drawing.s2).drop_ships == []
    with pytest.raises(Refusal) as refusal:
        drawing.ask(get_drop_ship, GetDropShip(made.purchase_order_id), drawing.s2)
    assert refusal.value.reason == "UNKNOWN_PURCHASE_ORDER"
    command = DispatchDropShip(made.purchase_order_id)
    assert refused(drawing, dispatch_drop_ship, command, drawing.s2)[0] == "UNKNOWN_PURCHASE_ORDER"


def test_the_check_finds_drop_ships_that_were_tampered_with(drawing: World) -> None:
    order = paid(drawing, placed(drawing, ("TEA", 5)))
    dispatch(drawing, sent(drawing, order, DrawnItem("TEA", 5_000)), (1, 2))
    [invariant] = [one for one in INVARIANTS if one.id == "PUR-drop-ships"]
    for tampering, violated in (
        ("UPDATE drop_ship_entries SET quantity_milli = quantity_milli + 1", 2),
        ("UPDATE drop_ship_entries SET value_minor = value_minor + 1", 2),
        ("UPDATE drop_ship_lines SET quantity_milli = 1", 1),
        ("UPDATE set_aside_levels SET quantity_milli = quantity_milli + 1", 1),
        ("UPDATE orders SET state = 'cancelled'", 1),
        ("UPDATE purchase_orders SET source = 'manual'", 1),
    ):
        with drawing.units.begin(caller=SYSTEM, now=drawing.clock()) as uow:
            uow.execute(text(tampering))
            uow.refresh()
            assert (tampering, examine(uow, invariant).violated) == (tampering, violated)


@pytest.mark.capability("PUR-04")
def test_its_supplier_is_told_the_address_while_something_is_to_be_sent(drawing: World) -> None:
    order = placed(drawing, ("TEA", 103))
    made = draw(drawing, order)
    created = drawing.do(create_supplier_account, CreateSupplierAccount("MILL-1", "MILL"))
    credential = drawing.do(enroll, Enroll(created.enrolment_code)).credential
    with drawing.units.read(caller=SYSTEM, now=drawing.clock()) as uow:
        mill = authenticate(uow, Credentials(credential))
    asked = GetMyDelivery(made.purchase_order_id)
    assert refused_read(drawing, asked, mill) == "UNKNOWN_OWN_ORDER"
    step(drawing, made, PurchaseStep.SEND)
    found = drawing.ask(get_my_delivery, asked, mill)
    assert (found.recipient, found.phone, found.address) == tuple(ADDRESS.values())
    dispatch(drawing, made)
    assert refused_read(drawing, asked, mill) == "NOTHING_TO_SEND"


def refused_read(world: World, asked: GetMyDelivery, caller: Caller) -> str:
    with pytest.raises(Refusal) as refusal:
        world.ask(get_my_delivery, asked, caller)
    return refusal.value.reason


def test_goes_where_the_order_goes_unless_it_says_otherwise_and_may_be_billed(drawing: World) -> None:
    home = DeliveryAddress("李娜", "13900139000", "浙江省杭州市西湖区", "文三路 9 号")
    order = placed(drawing, ("TEA", 103), ship_to=home)
    [made] = drawing.do(create_drop_ship, CreateDropShip(order.order_id, submit=True)).drop_ships
    found = drawing.ask(get_drop_ship, GetDropShip(made.purchase_order_id))
    assert (found.recipient, found.phone, found.address) == (
        "李娜", "13900139000", "浙江省杭州市西湖区文三路 9 号",
    )  # fmt: skip
    step(drawing, made, PurchaseStep.SEND)
    dispatch(drawing, made, freight_minor=600)
    unbilled = drawing.ask(list_unbilled_receipts, ListUnbilledReceipts()).lines
    assert sorted((one.line_number, one.open_milli, one.open_minor) for one in unbilled) == [
        (0, 0, 600), (1, 3_000, 19_500),
    ]  # fmt: skip
    # Three cents dearer: nothing of that is worth more on the shelf.
    stands, books = drawing.level("TEA"), drawing.ledger()
    line = InvoicedLine(order_id=made.purchase_order_id, line_number=1, quantity_milli=3_000, net_minor=19_503)
    billed = RecordSupplierInvoice("MILL", "R-1", "2026-11-22", total_minor=19_503, lines=(line,))
    assert drawing.do(record_supplier_invoice, billed).cost_minor == 3
    assert moved(drawing, books) == {OWED: 19_500, COST: 3}
    assert (drawing.level("TEA"), drawing.broken()) == (stands, [])
