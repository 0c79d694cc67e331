"""Orders and transfers are sent, waybills come when carriers answer, and fees are owed as long as they are."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import event, text

from application.check import INVARIANTS, examine
from application.fields import Missing, OutOfRange
from application.identity.settings import PutSetting, put_setting
from application.inventory.create_transfers import CreateTransfers, NewTransfer, TransferItem, create_transfers
from application.inventory.ship_transfer import ShipTransfer, ship_transfer
from application.inventory.transfer_ledger import UnknownTransfer
from application.logistics.create_shipment import (
    AddressNeeded,
    NotToBeSent,
    OrderOrTransfer,
    TransferNotOnItsWay,
    UnknownCarrier,
    WaybillIsMade,
    WaybillUsed,
)
from application.logistics.shipment_queries import GetShipment, ListShipments, get_shipment, list_shipments
from application.logistics.shipment_views import UnknownShipment
from application.membership.erase_member import EraseMember, erase_member
from application.sales.order_ledger import UnknownOrder
from application.sales.orders import NothingToShip, PlaceOrder, place_order
from domain.identity.organisation import SYSTEM, ScopeKind
from domain.logistics.address import DeliveryAddress, NoPhone
from domain.logistics.shipment import (
    CarrierStep,
    NoParcels,
    Parcel,
    PromisedInPast,
    ShipmentOnItsWay,
    ShipmentProblem,
    ShipmentState,
)
from domain.sales.order import Fulfilment
from domain.shared.errors import Refusal
from tests.application.logistics.sending import HOME, TWO_DAYS, Shop
from tests.world import MEMBER, opened

EXPENSE, PAYABLE = "660103", "220203"


@pytest.fixture
def shop(world):
    return Shop(world)


def refused(action, *arguments, **options):
    with pytest.raises(Refusal) as refusal:
        action(*arguments, **options)
    return type(refusal.value), refusal.value.field


def books(world):
    ledger = world.ledger()
    return ledger.get(EXPENSE, 0), ledger.get(PAYABLE, 0)


@pytest.mark.capability("LOG-01")
def test_sends_an_order_with_carrier_fee_and_promised_time(world, shop):
    order = shop.order()
    sent = shop.send(order)
    assert (sent.carrier, sent.fee_minor, sent.promised_at) == ("fast", 1_200, world.clock() + TWO_DAYS)
    assert (sent.state, sent.waybill_number, sent.created_by) == (ShipmentState.CREATED, "F1", "T1")
    assert books(world) == (1_200, -1_200)
    [asked] = shop.carrier.asked
    assert (asked.recipient, asked.service, asked.parcels) == (HOME, "next day", [Parcel(1_500)])
    assert (shop.told("ShipmentCreated"), shop.told("WaybillMade")) == (1, 1)
    assert world.broken() == []


def test_a_request_that_comes_again_sends_nothing_twice(world, shop):
    order, request_id = shop.order(), str(uuid4())
    first, second = [shop.send(order, request_id=request_id) for _ in range(2)]
    assert (first, len(shop.carrier.asked), world.count("shipments")) == (second, 1, 1)


def test_two_who_send_at_once_are_both_asked_for_once(world, shop):
    order, request_id = shop.order(), str(uuid4())
    promised = world.clock() + TWO_DAYS
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: shop.send(order, request_id=request_id, promised_at=promised), range(2)))
    assert ({one.shipment_id for one in both}, world.count("shipments"), books(world)) == (
        {both[0].shipment_id}, 1, (1_200, -1_200),
    )  # fmt: skip
    assert world.broken() == []


def test_what_stands_on_a_waybill_is_told_to_who_prints_it(world, shop):
    world.do(put_setting, PutSetting("shipping_phone", ScopeKind.CHAIN, "", "0755-12345678"))
    sent = shop.send(shop.order())
    printed = shop.print(sent)
    assert (printed.recipient, list(printed.parcels), printed.label_url) == (
        HOME, [Parcel(1_500)], "https://labels.example/F1",
    )  # fmt: skip
    assert (shop.carrier.asked[0].sender.phone, len(shop.carrier.asked)) == ("0755-12345678", 1)


def test_masks_who_takes_a_parcel_for_who_may_not_see_it(world, shop):
    sent = shop.send(shop.order())
    found = world.ask(get_shipment, GetShipment(sent.shipment_id), world.s1)
    assert found.recipient == DeliveryAddress("王**", "138****8000", "广东省深圳市南山区", "")
    whole = world.ask(get_shipment, GetShipment(sent.shipment_id), world.terminal("T1", "shipping.personal"))
    assert whole.recipient == HOME


def test_keeps_who_takes_a_parcel_unreadable_and_out_of_every_event(world, shop):
    shop.print(shop.send(shop.order()))
    rows = world.rows("SELECT address_cipher, label_cipher FROM shipments")
    rows += world.rows("SELECT address_cipher FROM order_addresses")
    stored = b"".join(bytes(value) for row in rows for value in row)
    told = str(world.rows("SELECT payload FROM outbox")) + str(world.rows("SELECT answer FROM requests"))
    for secret in ("小明", "13800138000", "南山", "科技南", "labels.example"):
        assert secret.encode() not in stored
        assert secret not in told


def test_an_erased_member_has_no_address_left(world, shop):
    order = shop.order()
    sent = shop.by_hand(order)
    shop.tell(sent, "signed")
    world.once(erase_member, EraseMember(MEMBER, "Asked for it", give_up=True), SYSTEM)
    assert world.rows("SELECT address_cipher, label_cipher FROM shipments") == [(b"", b"")]
    assert world.rows("SELECT address_cipher FROM order_addresses") == [(b"",)]
    assert shop.print(sent, asking=False).recipient.is_empty
    assert world.broken() == []


def test_a_carrier_that_does_not_answer_is_asked_again_later(world, shop):
    shop.carrier.down = True
    sent = shop.send(shop.order())
    assert (sent.waybill_number, sent.problem) == ("", None)
    assert shop.ask_due() == 0
    world.clock.advance(minutes=1)
    assert shop.ask_due() == 1
    world.clock.advance(minutes=1)
    assert shop.ask_due() == 0
    shop.carrier.down = False
    world.clock.advance(minutes=1)
    assert (shop.ask_due(), shop.ask_due()) == (1, 0)
    assert shop.print(sent, asking=False).shipment.waybill_number == "F1"


def test_what_a_carrier_refuses_is_put_to_attention_until_it_takes_it(world, shop):
    order = shop.order()
    shop.carrier.refuses = "no service there"
    sent = shop.send(order)
    assert (sent.problem, sent.carrier_note) == (ShipmentProblem.NO_WAYBILL, "no service there")
    assert shop.seen(order).timeline[-1].note == f"no_waybill: fast {sent.shipment_id}"
    assert (shop.ask_due(), shop.told("ShipmentProblem")) == (0, 1)
    shop.carrier.refuses = ""
    printed = shop.print(sent)
    assert (printed.shipment.waybill_number, printed.shipment.problem, printed.shipment.carrier_note) == (
        "F1",
        None,
        "",
    )


def test_a_number_that_another_shipment_has_is_refused(world, shop):
    shop.send(shop.order())
    shop.carrier.numbers.clear()
    second = shop.send(shop.order())
    assert (second.waybill_number, second.carrier_note) == ("", "F1 is the number of another shipment")
    assert second.problem is ShipmentProblem.NO_WAYBILL


def test_cancels_what_is_not_taken_yet_with_its_fee_and_its_waybill(world, shop):
    sent = shop.send(shop.order())
    cancelled = shop.cancel(sent)
    assert (cancelled.state, shop.carrier.taken_back) == (ShipmentState.CANCELLED, ["F1"])
    assert books(world) == (0, 0)
    assert refused(shop.cancel, sent) == (ShipmentOnItsWay, "shipment_id")
    assert world.broken() == []


def test_a_waybill_that_comes_after_its_shipment_was_cancelled_is_taken_back(world, shop):
    shop.carrier.down = True
    sent = shop.send(shop.order())
    shop.carrier.down = False
    shop.carrier.during = lambda: shop.cancel(sent)
    world.clock.advance(minutes=1)
    assert shop.ask_due() == 2
    assert shop.carrier.taken_back == ["F1"]
    assert world.broken() == []


def test_a_waybill_that_the_carrier_does_not_take_back_is_put_to_attention(world, shop):
    sent = shop.send(shop.order())
    shop.carrier.refuses = "picked up already"
    cancelled = shop.cancel(sent)
    assert (cancelled.state, cancelled.problem, cancelled.carrier_note) == (
        ShipmentState.CANCELLED, ShipmentProblem.CONTRADICTED, "picked up already",
    )  # fmt: skip


def test_sends_a_transfer_to_a_store(world, shop):
    items = (TransferItem("TEA", 20_000),)
    command = CreateTransfers((NewTransfer("S1", "S2", items, "P-7"),), approve=True)
    [transfer] = world.do(create_transfers, command).transfers
    shop_address = DeliveryAddress("S2", "0755-12345678", "广东省深圳市", "福田路 1 号")
    sent = shop.by_hand(transfer_id=transfer.transfer_id, address=shop_address)
    world.do(ship_transfer, ShipTransfer(transfer.transfer_id))
    assert (sent.transfer_id, sent.order_id, sent.store_code) == (transfer.transfer_id, 0, "S1")
    shop.tell(sent, "signed")
    found = world.ask(list_shipments, ListShipments(transfer_id=transfer.transfer_id))
    assert [one.state for one in found.shipments] == [ShipmentState.SIGNED]
    assert world.broken() == []


def test_refuses_what_cannot_be_sent_and_writes_nothing(world, shop):
    order, waiting, collected = shop.order(), shop.order(ship_to=None), shop.order(shipped=False)
    due = world.clock().date().isoformat()
    placed = world.once(place_order, PlaceOrder(collected.lines, fulfilment=Fulfilment.COLLECT, due_date=due), world.s1)
    items = (TransferItem("TEA", 20_000),)
    [transfer] = world.do(create_transfers, CreateTransfers((NewTransfer("S1", "S2", items, ""),))).transfers
    for wrong, expected in (
        ({"order_id": 0}, (OrderOrTransfer, "order_id")),
        ({"order_id": 1, "transfer_id": 1}, (OrderOrTransfer, "order_id")),
        ({"order_id": 1}, (UnknownOrder, "order_id")),
        ({"order_id": 0, "transfer_id": 1}, (UnknownTransfer, "transfer_id")),
        ({"order_id": 0, "transfer_id": transfer.transfer_id}, (TransferNotOnItsWay, "transfer_id")),
        ({"order_id": placed.order_id}, (NotToBeSent, "order_id")),
        ({"order_id": waiting.order_id}, (AddressNeeded, "address")),
        ({"carrier": ""}, (Missing, "carrier")),
        ({"carrier": "pigeon"}, (UnknownCarrier, "carrier")),
        ({"waybill_number": "X1"}, (WaybillIsMade, "waybill_number")),
        ({"parcels": ()}, (NoParcels, "parcels")),
        ({"parcels": (Parcel(1), Parcel(0))}, (OutOfRange, "parcels[1].weight_grams")),
        ({"fee_minor": -1}, (OutOfRange, "fee_minor")),
        ({"promised_at": world.clock()}, (PromisedInPast, "promised_at")),
        ({"address": DeliveryAddress("A", "no phone", "B", "C")}, (NoPhone, "address.phone")),
        ({"address": DeliveryAddress("A", "13800138000", "B", "")}, (Missing, "address.street")),
    ):
        assert (wrong, refused(shop.send, order, **wrong)) == (wrong, expected)
    command = PlaceOrder(collected.lines, fulfilment=Fulfilment.COLLECT, due_date=due, ship_to=HOME)
    assert refused(world.once, place_order, command, world.s1) == (NothingToShip, "ship_to")
    assert (world.count("shipments"), world.count("order_addresses"), books(world)) == (0, 2, (0, 0))


def test_a_waybill_number_is_one_shipments_whoever_is_first(world, shop):
    orders = [shop.order() for _ in range(4)]

    def send(order):
        try:
            return shop.by_hand(order, "SF1").waybill_number
        except WaybillUsed as refusal:
            return refusal.field

    with ThreadPoolExecutor(4) as pool:
        came = sorted(pool.map(send, orders))
    assert came == ["SF1", "waybill_number", "waybill_number", "waybill_number"]
    assert (world.count("shipments"), world.count("shipment_parcels")) == (1, 1)
    assert world.broken() == []


def test_a_store_sees_its_own_shipments_only(world, shop):
    sent = shop.send(shop.order())
    assert refused(world.ask, get_shipment, GetShipment(sent.shipment_id), world.s2) == (UnknownShipment, "shipment_id")
    assert world.ask(list_shipments, ListShipments(), world.s2).shipments == []
    assert [one.shipment_id for one in world.ask(list_shipments, ListShipments(), world.s1).shipments] == [
        sent.shipment_id
    ]


def test_lists_page_by_page_what_is_asked_for(world, shop):
    order = shop.order()
    sent = []
    for number in range(3):
        sent.append(shop.by_hand(order, f"SF{number}"))
        world.clock.advance(minutes=1)
    shop.tell(sent[1], "lost")
    first = world.ask(list_shipments, ListShipments("S1", page_size=2))
    rest = world.ask(list_shipments, ListShipments("S1", page_size=2, page_token=first.next_page_token))
    assert [one.waybill_number for one in (*first.shipments, *rest.shipments)] == ["SF2", "SF1", "SF0"]
    assert rest.next_page_token == ""
    for query, expected in (
        (ListShipments(problems_only=True), ["SF1"]),
        (ListShipments(order_id=order.order_id), ["SF2", "SF1", "SF0"]),
        (ListShipments(order_id=1), []),
        (ListShipments(late_only=True), []),
    ):
        assert [one.waybill_number for one in world.ask(list_shipments, query).shipments] == expected
    world.clock.advance(days=3, minutes=1)
    found = world.ask(list_shipments, ListShipments(late_only=True), SYSTEM).shipments
    assert [one.waybill_number for one in found] == ["SF2", "SF0"]


def test_what_is_asked_often_is_read_by_index(sqlite_chain):
    with opened(sqlite_chain, furnished=True) as world:
        shop, plans = Shop(world), []

        def explain(connection, _, statement, parameters, *__):
            if "FROM shipments" in statement and not statement.startswith("EXPLAIN"):
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                plans.extend(row.detail for row in rows)

        sent = shop.by_hand(shop.order())
        event.listen(world.engine, "before_cursor_execute", explain)
        for query, index in (
            (ListShipments(), "ix_shipments_created_at"),
            (ListShipments("S1"), "ix_shipments_store_id"),
            (ListShipments(order_id=sent.order_id), "ix_shipments_order_id"),
            (ListShipments(transfer_id=1), "ix_shipments_transfer_id"),
            (ListShipments(problems_only=True), "ix_shipments_problem"),
            (ListShipments("S1", problems_only=True), "ix_shipments_problem"),
            (ListShipments(late_only=True), "ix_shipments_open"),
        ):
            plans.clear()
            world.ask(list_shipments, query)
            assert [(query, index in plan) for plan in plans if "shipments" in plan] == [(query, True)]
        with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
            for read, index in (
                (lambda: uow.shipments.lock_waybill("SF1", ["shunfeng"]), "uq_shipments_waybill"),
                (lambda: uow.shipments.is_waybill_used("SF1", "shunfeng"), "uq_shipments_waybill"),
                (lambda: uow.shipments.lock_late(world.clock(), limit=9), "ix_shipments_late_at"),
                (
                    lambda: uow.shipments.due_at_carriers(world.clock(), step=CarrierStep.BOOK, limit=9),
                    "ix_shipments_carrier_due_at",
                ),
                (
                    lambda: uow.shipments.performance(
                        None, from_on=world.clock().date(), to_on=world.clock().date(), now=world.clock()
                    ),
                    "COVERING INDEX ix_shipments_promised_on",
                ),
            ):
                plans.clear()
                read()
                assert [index in plan for plan in plans if "shipments" in plan] == [True]


def test_the_check_finds_what_was_tampered_with(world, shop):
    shop.tell(shop.by_hand(shop.order()), "signed")
    world.clock.advance(days=9)
    [invariant] = [one for one in INVARIANTS if one.id == "LOG-shipments"]
    for tampering, violated in (
        ("UPDATE shipments SET state = 'lost'", 1),
        ("UPDATE shipments SET events = 3", 1),
        ("UPDATE shipments SET fee_minor = fee_minor + 1", 1),
        ("UPDATE shipments SET late_told_at = created_at", 1),
        ("DELETE FROM shipment_events", 1),
    ):
        with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
            uow.execute(text(tampering))
            uow.refresh()
            assert (tampering, examine(uow, invariant).violated) == (tampering, violated)
