"""One order for many stores: written, received at the centre, and taken to the stores."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from application.check import INVARIANTS, examine
from application.identity.stores import PutStores, put_stores
from application.identity.views import StoreView
from application.inventory.receive_transfer import ReceiveTransfer, receive_transfer
from application.inventory.ship_transfer import ShipTransfer, ship_transfer
from application.inventory.transfer_queries import GetTransfer, get_transfer
from application.purchasing.advance_purchase_order import (
    AdvancePurchaseOrder,
    ChangePurchaseOrder,
    ConfirmedLine,
    ConfirmPurchaseOrder,
    advance_purchase_order,
    change_purchase_order,
    confirm_purchase_order,
)
from application.purchasing.create_purchase_orders import (
    CreatePurchaseOrders,
    PurchaseOrderEntry,
    create_purchase_orders,
)
from application.purchasing.distribute_receipt import (
    DistributedReceipt,
    DistributeReceipt,
    ListReceiptShares,
    ListReceiptsToDistribute,
    distribute_receipt,
    list_receipt_shares,
    list_receipts_to_distribute,
)
from application.purchasing.purchase_order_queries import GetPurchaseOrder, get_purchase_order
from application.purchasing.purchase_views import PurchaseLineEntry, PurchaseOrderView, StoreShare
from application.purchasing.put_suppliers import PutSuppliers, SupplierEntry, put_suppliers
from application.purchasing.receive_purchase import PurchaseReceived, ReceivedLine, ReceivePurchase, receive_purchase
from application.purchasing.supplier_products import (
    PutSupplierProducts,
    SupplierProductEntry,
    put_supplier_products,
)
from application.replenishment.accept_proposal import AcceptProposal, accept_proposal
from application.replenishment.propose import GetProposal, ProposeReplenishment, get_proposal, propose_replenishment
from application.replenishment.rules import PutReplenishmentRules, Rule, put_replenishment_rules
from domain.identity.organisation import SYSTEM, StoreStatus
from domain.purchasing.purchase_order import PurchaseOrderState, PurchaseSource, PurchaseStep
from domain.replenishment.rule import GoodsKind, Method, PlaceKind
from domain.shared.errors import Refusal
from tests.world import World

THIRTY = tuple(f"N{number:02}" for number in range(1, 31))


@pytest.fixture
def central(world: World) -> World:
    """A warehouse WH and thirty stores; MILL sells tea at 8.00, and up to 10 % more than ordered is taken of it."""
    stores = tuple(
        StoreView(code, f"Store {code}", "EAST", "CNY", "Asia/Shanghai", 240, StoreStatus.OPEN)
        for code in ("WH", *THIRTY)
    )
    world.do(put_stores, PutStores(stores))
    world.do(put_suppliers, PutSuppliers((SupplierEntry("MILL", "Tea mill", "CNY", over_delivery_bp=1_000),)))
    offer = SupplierProductEntry("TEA", price_minor=800, price_quantity_milli=1_000)
    world.do(put_supplier_products, PutSupplierProducts("MILL", (offer,)))
    world.set("purchase_approval_above", "1000000")
    return world


def line(units: int, shares: Mapping[str, int], sku: str = "TEA", **options: Any) -> PurchaseLineEntry:
    stores = tuple(StoreShare(code, quantity * 1_000) for code, quantity in shares.items())
    return PurchaseLineEntry(sku, units * 1_000, shares=stores, **options)


def step(world: World, order_id: int, what: PurchaseStep) -> PurchaseOrderView:
    newest = world.ask(get_purchase_order, GetPurchaseOrder(order_id)).versions[-1].version
    done: PurchaseOrderView = world.do(advance_purchase_order, AdvancePurchaseOrder(order_id, what, newest))
    return done


def sent(world: World, *lines: PurchaseLineEntry) -> PurchaseOrderView:
    entry = PurchaseOrderEntry("MILL", lines, PurchaseSource.MANUAL, "WH")
    [order] = world.do(create_purchase_orders, CreatePurchaseOrders((entry,), submit=True)).orders
    return step(world, order.order_id, PurchaseStep.SEND)


def receive(world: World, order: PurchaseOrderView, units: int, **options: Any) -> PurchaseReceived:
    command = ReceivePurchase(order.order_id, (ReceivedLine(1, units * 1_000),), **options)
    done: PurchaseReceived = world.do(receive_purchase, command)
    return done


def distribute(world: World, receipt_id: int, **options: Any) -> DistributedReceipt:
    done: DistributedReceipt = world.do(distribute_receipt, DistributeReceipt(receipt_id, **options))
    return done


def shares(world: World, receipt_id: int) -> dict[str, tuple[int, str]]:
    found = world.ask(list_receipt_shares, ListReceiptShares(receipt_id)).shares
    return {one.store_code: (one.quantity_milli // 1_000, one.state.value) for one in found}


def on_order(world: World) -> dict[str, int]:
    """What is still to come, in units, for each place."""
    with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
        stores = uow.chain.stores
        found = uow.purchase_orders.on_order(sorted(stores), None)
        return {stores[one.location_id].code: one.quantity_milli // 1_000 for one in found}


def refused(world: World, use_case: Any, command: Any, caller: Any = SYSTEM) -> tuple[str, str]:
    with pytest.raises(Refusal) as refusal:
        world.do(use_case, command, caller)
    return refusal.value.reason, refusal.value.field


@pytest.mark.capability("PUR-06")
def test_the_demands_of_thirty_stores_become_one_order_that_is_split_on_receipt(central: World) -> None:
    rule = Rule(
        PlaceKind.CHAIN, "", GoodsKind.SKU, "TEA", Method.MIN_MAX, service_bp=9_500, lead_days=3,
        lead_deviation_milli=0, review_days=1,
        cover_days=0, minimum_milli=1_000, maximum_milli=10_000, pack_milli=0, order_minimum_milli=0,
        source_store_code="WH", surplus_days=0, ended=False,
    )  # fmt: skip
    nothing = replace(
        rule, place_kind=PlaceKind.STORE, place_code="WH", method=Method.NOTHING, minimum_milli=0, maximum_milli=0,
        source_store_code="",
    )  # fmt: skip
    central.do(put_replenishment_rules, PutReplenishmentRules((rule, nothing)))
    tea = "UPDATE products SET supplier_code = 'MILL' WHERE sku = 'TEA'"
    with central.engine.begin() as connection:
        connection.exec_driver_sql(tea)
    made = central.do(propose_replenishment, ProposeReplenishment())
    lines = central.ask(get_proposal, GetProposal(made.proposal_id)).lines
    assert [(one.store_code, one.source.value, one.quantity_milli) for one in lines if one.source != "central"] == [
        ("WH", "supplier", 300_000)
    ]
    assert {one.store_code: one.quantity_milli for one in lines if one.source == "central"} == dict.fromkeys(
        THIRTY, 10_000
    )
    accepted = central.do(accept_proposal, AcceptProposal(made.proposal_id, submit=True))
    [order_id] = accepted.purchase_orders
    assert (accepted.lines, list(accepted.left), accepted.more) == (31, [], False)
    order = step(central, order_id, PurchaseStep.SEND)
    assert (order.store_code, order.net_minor, len(order.progress[0].shares)) == ("WH", 240_000, 31)
    # What is on order centrally is on order for each store: nobody needs anything any more.
    assert on_order(central) == dict.fromkeys(THIRTY, 10)
    again = central.do(propose_replenishment, ProposeReplenishment())
    assert list(central.ask(get_proposal, GetProposal(again.proposal_id)).lines) == []
    # 290 of 300 come: 9.67 for each, and of equal remainders the earlier stores get the tenth piece.
    came = receive(central, order, 290)
    assert (came.stores_waiting, came.order.state) == (30, PurchaseOrderState.PARTLY_RECEIVED)
    split = shares(central, came.receipt_id)
    assert [split[code] for code in THIRTY] == [(10, "waiting")] * 20 + [(9, "waiting")] * 10
    # What stands at the centre for a store is neither proposed for it again nor given to others.
    third = central.do(propose_replenishment, ProposeReplenishment())
    assert list(central.ask(get_proposal, GetProposal(third.proposal_id)).lines) == []
    done = distribute(central, came.receipt_id, approve=True)
    assert (done.made, len(done.transfer_ids), done.more) == (30, 30, False)
    first = central.ask(get_transfer, GetTransfer(done.transfer_ids[0]))
    assert (first.from_store_code, first.to_store_code, first.state, first.reference) == (
        "WH", "N01", "approved", f"P{came.receipt_id}",
    )  # fmt: skip
    assert [(one.sku, one.requested_milli) for one in first.lines] == [("TEA", 10_000)]
    once_more = distribute(central, came.receipt_id)
    assert (once_more.made, once_more.transfer_ids) == (0, done.transfer_ids)
    for transfer_id in done.transfer_ids:
        central.do(ship_transfer, ShipTransfer(transfer_id))
        central.do(receive_transfer, ReceiveTransfer(transfer_id))
    assert (central.level("TEA", "WH"), central.level("TEA", "N01"), central.level("TEA", "N30")) == (
        (0, 0), (10_000, 8_000), (9_000, 7_200),
    )  # fmt: skip
    assert central.broken() == []


def test_what_comes_beyond_the_demands_stays_at_the_centre(central: World) -> None:
    order = sent(central, line(30, {"N01": 10, "N02": 20}))
    came = receive(central, order, 33)
    assert shares(central, came.receipt_id) == {"N01": (10, "waiting"), "N02": (20, "waiting")}
    distribute(central, came.receipt_id, approve=True)
    places = {one.store_code: one.received_milli for one in came.order.progress[0].shares}
    assert (came.order.state, places) == ("received", {"WH": 3_000, "N01": 10_000, "N02": 20_000})
    assert central.broken() == []


def test_parts_are_shared_by_what_is_open_and_the_centre_has_its_own_share(central: World) -> None:
    order = sent(central, line(60, {"N01": 10, "N02": 20}))
    assert on_order(central) == {"WH": 30, "N01": 10, "N02": 20}
    first = receive(central, order, 7)
    assert shares(central, first.receipt_id) == {"N01": (1, "waiting"), "N02": (2, "waiting")}
    assert on_order(central) == {"WH": 26, "N01": 9, "N02": 18}
    second = receive(central, order, 53)
    assert shares(central, second.receipt_id) == {"N01": (9, "waiting"), "N02": (18, "waiting")}
    waiting = central.ask(list_receipts_to_distribute, ListReceiptsToDistribute("WH"))
    assert [(one.receipt_id, one.stores, one.lines) for one in waiting.receipts] == [
        (first.receipt_id, 2, 2), (second.receipt_id, 2, 2),
    ]  # fmt: skip
    distribute(central, first.receipt_id)
    left = central.ask(list_receipts_to_distribute, ListReceiptsToDistribute(page_size=1))
    assert [one.receipt_id for one in left.receipts] == [second.receipt_id]
    assert central.broken() == []


def test_a_store_that_has_closed_or_is_left_out_gets_nothing(central: World) -> None:
    came = receive(central, sent(central, line(30, {"N01": 10, "N02": 10, "N03": 10})), 30)
    closed = StoreView("N02", "Store N02", "EAST", "CNY", "Asia/Shanghai", 240, StoreStatus.CLOSED)
    central.do(put_stores, PutStores((closed,)))
    done = distribute(central, came.receipt_id, keep_store_codes=("N03",))
    assert (done.made, [(one.store_code, one.state.value) for one in done.shares]) == (
        1, [("N01", "transferred"), ("N02", "kept"), ("N03", "kept")],
    )  # fmt: skip
    assert (central.level("TEA", "WH"), central.broken()) == ((30_000, 24_000), [])


def test_lines_of_one_sku_travel_together(central: World) -> None:
    order = sent(central, line(10, {"N01": 4}), line(10, {"N01": 6, "N02": 1}))
    lines = (ReceivedLine(1, 10_000), ReceivedLine(2, 10_000))
    came = central.do(receive_purchase, ReceivePurchase(order.order_id, lines))
    done = distribute(central, came.receipt_id)
    found = [central.ask(get_transfer, GetTransfer(one)) for one in done.transfer_ids]
    assert [(one.to_store_code, one.lines[0].requested_milli, len(one.lines)) for one in found] == [
        ("N01", 10_000, 1), ("N02", 1_000, 1),
    ]  # fmt: skip
    assert central.broken() == []


def test_a_change_keeps_shares_unless_it_states_others(central: World) -> None:
    order = sent(central, line(30, {"N01": 10, "N02": 20}))
    number = order.order_id

    def change(version: int, entry: PurchaseLineEntry) -> dict[str, int]:
        central.do(change_purchase_order, ChangePurchaseOrder(number, version, (entry,)))
        return on_order(central)

    assert change(1, line(40, {}, line_number=1)) == {"WH": 10, "N01": 10, "N02": 20}
    assert change(2, line(15, {}, line_number=1)) == {"N01": 5, "N02": 10}
    same = ChangePurchaseOrder(number, 3, (line(15, {}, line_number=1),))
    assert refused(central, change_purchase_order, same) == ("NOTHING_CHANGED", "lines")
    assert change(3, line(15, {"N03": 15}, line_number=1)) == {"N03": 15}
    assert change(4, line(15, {"WH": 15}, line_number=1)) == {"WH": 15}
    assert central.broken() == []


def test_what_the_supplier_promises_less_of_is_less_for_everybody(central: World) -> None:
    order = sent(central, line(30, {"N01": 10, "N02": 20}))
    less = ConfirmPurchaseOrder(order.order_id, 1, (ConfirmedLine(1, 24_000),))
    central.do(confirm_purchase_order, less)
    assert on_order(central) == {"N01": 10, "N02": 20}
    # Fifteen come before the buyer has answered; what came for a store counts for it.
    came = receive(central, order, 15)
    assert shares(central, came.receipt_id) == {"N01": (5, "waiting"), "N02": (10, "waiting")}
    step(central, order.order_id, PurchaseStep.ACCEPT)
    assert on_order(central) == {"N01": 3, "N02": 6}
    taken = ChangePurchaseOrder(order.order_id, 2, (line(24, {"N01": 4, "N02": 20}, line_number=1),))
    assert refused(central, change_purchase_order, taken) == ("SHARE_BELOW_RECEIVED", "lines")
    distribute(central, came.receipt_id)
    assert central.broken() == []


def test_an_order_that_ends_waits_for_nothing_for_nobody(central: World) -> None:
    order = sent(central, line(30, {"N01": 10, "N02": 20}))
    came = receive(central, order, 15, close_rest=True)
    assert (came.order.state, on_order(central), shares(central, came.receipt_id)) == (
        "closed", {}, {"N01": (5, "waiting"), "N02": (10, "waiting")},
    )  # fmt: skip
    assert central.broken() == []


def test_many_who_distribute_at_once_make_each_transfer_once(central: World) -> None:
    came = receive(central, sent(central, line(300, dict.fromkeys(THIRTY, 10))), 300)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: distribute(central, came.receipt_id), range(8)))
    assert sorted(answer.made for answer in answers) == [0] * 7 + [30]
    assert {tuple(answer.transfer_ids) for answer in answers} == {tuple(answers[0].transfer_ids)}
    assert (central.count("transfers"), central.broken()) == (30, [])


def test_many_receipts_at_once_share_what_came_exactly(central: World) -> None:
    order = sent(central, line(40, {"N01": 10, "N02": 20}))
    with ThreadPoolExecutor(4) as threads:
        came = list(threads.map(lambda _: receive(central, order, 5), range(8)))
    total = {code: sum(shares(central, one.receipt_id).get(code, (0,))[0] for one in came) for code in ("N01", "N02")}
    assert (total, central.level("TEA", "WH"), central.broken()) == (
        {"N01": 10, "N02": 20}, (40_000, 32_000), [],
    )  # fmt: skip


def test_refuses_shares_that_cannot_be(central: World) -> None:
    def create(*shared: StoreShare) -> tuple[str, str]:
        entry = PurchaseLineEntry("TEA", 30_000, shares=shared)
        order = PurchaseOrderEntry("MILL", (entry,), PurchaseSource.MANUAL, "WH")
        return refused(central, create_purchase_orders, CreatePurchaseOrders((order,)))

    foreign = StoreView("US1", "New York", "EAST", "USD", "America/New_York", 240, StoreStatus.OPEN)
    central.do(put_stores, PutStores((foreign,)))
    at = "orders[0].lines[0].shares"
    assert create(StoreShare("N99", 1_000)) == ("UNKNOWN_STORE", f"{at}[0].store_code")
    assert create(StoreShare("", 1_000)) == ("MISSING", f"{at}[0].store_code")
    assert create(StoreShare("N01", 0)) == ("OUT_OF_RANGE", f"{at}[0].quantity_milli")
    assert create(StoreShare("N01", 1_000), StoreShare("N01", 1_000)) == ("NAMED_TWICE", f"{at}[1].store_code")
    assert create(StoreShare("N01", 20_000), StoreShare("N02", 11_000)) == ("SHARES_EXCEED_LINE", at)
    assert create(StoreShare("US1", 1_000)) == ("OTHER_BOOKS", f"{at}[0].store_code")
    assert central.count("purchase_orders") == 0
    own = receive(central, sent(central, line(30, {})), 30)
    for command, reason, field in (
        (DistributeReceipt(own.receipt_id), "NOTHING_FOR_OTHERS", "receipt_id"),
        (DistributeReceipt(7), "UNKNOWN_PURCHASE_RECEIPT", "receipt_id"),
        (DistributeReceipt(own.receipt_id, keep_store_codes=("N99",)), "UNKNOWN_STORE", "keep_store_codes[0]"),
    ):
        assert refused(central, distribute_receipt, command) == (reason, field)


def test_a_store_neither_sees_nor_distributes_what_came_to_another_place(central: World) -> None:
    came = receive(central, sent(central, line(30, {"N01": 10})), 30)
    foreign = central.terminal("T2", "transfers.request", "transfers.approve")
    assert refused(central, distribute_receipt, DistributeReceipt(came.receipt_id), foreign) == (
        "UNKNOWN_PURCHASE_RECEIPT", "receipt_id",
    )  # fmt: skip
    assert central.ask(list_receipts_to_distribute, ListReceiptsToDistribute(), foreign).receipts == []
    assert central.count("transfers") == 0


def test_the_check_finds_shares_that_were_tampered_with(central: World) -> None:
    came = receive(central, sent(central, line(30, {"N01": 10, "N02": 20})), 30)
    distribute(central, came.receipt_id)
    [invariant] = [one for one in INVARIANTS if one.id == "PUR-central"]
    for tampering, violated in (
        ("UPDATE purchase_line_shares SET quantity_milli = quantity_milli + 1", 1),
        ("UPDATE purchase_receipt_shares SET quantity_milli = quantity_milli + 1", 5),
        ("UPDATE purchase_receipt_shares SET state = 'waiting'", 2),
        ("UPDATE purchase_receipt_shares SET transfer_id = NULL", 2),
        ("DELETE FROM transfer_lines", 2),
    ):
        with central.units.begin(caller=SYSTEM, now=central.clock()) as uow:
            uow.execute(text(tampering))
            uow.refresh()
            assert (tampering, examine(uow, invariant).violated) == (tampering, violated)
