"""A shop that sends what its customers order, with a carrier that the test tells what to do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from application.logistics.asking_carriers import (
    PrintWaybill,
    WaybillPrinted,
    ask_due_carriers,
    cancelled_after,
    print_waybill,
    printed_after,
    waybill_after,
)
from application.logistics.create_shipment import CreateShipment, check_carrier, create_shipment
from application.logistics.end_shipment import CancelShipment, cancel_shipment
from application.logistics.shipment_views import ShipmentView
from application.logistics.tracking import NewTrackingEvent, RecordTracking, TrackingRecorded, record_tracking
from application.outside import Outside
from application.ports.carriers import CarrierNotice, CarrierRefused, CarrierUnreachable, Waybill, WaybillAsked
from application.ports.payments import NoticeRefused
from application.sales.order_money import CompleteOrder, PayOrder, complete_order, pay_order
from application.sales.order_views import OrderLineView, OrderPaymentView, OrderView
from application.sales.orders import AdvanceOrder, GetOrder, PlaceOrder, advance_order, get_order, place_order
from domain.identity.organisation import SYSTEM, Caller
from domain.logistics.address import DeliveryAddress
from domain.logistics.shipment import Parcel, TrackingKind
from domain.sales.order import Fulfilment, OrderState
from domain.sales.sale import TenderKind
from tests.world import MEMBER, World

A = TypeVar("A")

HOME = DeliveryAddress("王小明", "13800138000", "广东省深圳市南山区", "科技南十二路 2 号")
TWO_DAYS = timedelta(days=2)


def at_once(question: Callable[[], A]) -> A:
    return question()


@dataclass
class FakeCarrier:
    """Gives numbers in the order of its keys; `refuses` and `down` say what goes wrong."""

    code: str = "fast"
    gateway: str = "fast"
    refuses: str = ""
    down: bool = False
    asked: list[WaybillAsked] = field(default_factory=list)
    taken_back: list[str] = field(default_factory=list)
    during: Callable[[], object] | None = None
    numbers: dict[str, str] = field(default_factory=dict)

    def book(self, asked: WaybillAsked) -> Waybill:
        self._answers()
        self.asked.append(asked)
        number = self.numbers.setdefault(asked.key, f"F{len(self.numbers) + 1}")
        if self.during is not None:
            during, self.during = self.during, None
            during()
        return Waybill(number, f"https://labels.example/{number}")

    def cancel(self, key: str, waybill_number: str) -> None:
        self._answers()
        self.taken_back.append(waybill_number)

    def notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> CarrierNotice:
        raise NoticeRefused("It tells nothing over HTTP.")

    def _answers(self) -> None:
        if self.down:
            raise CarrierUnreachable("fast: TimeoutError")
        if self.refuses:
            raise CarrierRefused(self.refuses)


@dataclass
class Shop:
    """`world` with one carrier that it can ask, and others that it cannot."""

    world: World
    carrier: FakeCarrier = field(default_factory=FakeCarrier)

    def outside(self, caller: Caller = SYSTEM, *, request_id: str = "", replayed: bool = False) -> Outside:
        return Outside(
            self.world.transactor, {}, at_once, caller, self.world.clock, request_id, replayed,
            carriers={self.carrier.code: self.carrier},
        )  # fmt: skip

    def order(self, *, shipped: bool = True, member: str = MEMBER, ship_to: DeliveryAddress | None = HOME) -> OrderView:
        """An order that is picked and paid, and by default has left."""
        world = self.world
        due = world.clock().date().isoformat()
        command = PlaceOrder(
            (OrderLineView("TEA", 1_000),), member, "web", fulfilment=Fulfilment.SHIP, due_date=due, ship_to=ship_to
        )
        order: OrderView = world.once(place_order, command, world.s1)
        paid = OrderPaymentView(TenderKind.CARD, order.total_minor, "A1")
        world.once(pay_order, PayOrder(order.order_id, (paid,)), world.s1)
        for state in (OrderState.ALLOCATED, OrderState.PICKED):
            world.once(advance_order, AdvanceOrder(order.order_id, state), world.s1)
        if shipped:
            self.hand_over(order)
        return self.seen(order)

    def hand_over(self, order: OrderView) -> None:
        self.world.once(complete_order, CompleteOrder(order.order_id), self.world.s1)

    def seen(self, order: OrderView) -> OrderView:
        found: OrderView = self.world.ask(get_order, GetOrder(order.order_id))
        return found

    def send(self, order: OrderView | None = None, *, request_id: str = "", **options: Any) -> ShipmentView:
        """As the edge does it: refused beforehand, written down, then the carrier is asked."""
        command = CreateShipment(
            **{
                "promised_at": self.world.clock() + TWO_DAYS, "carrier": "fast", "parcels": (Parcel(1_500),),
                "order_id": order.order_id if order else 0, "service": "next day", "fee_minor": 1_200, **options,
            }
        )  # fmt: skip
        request_id, caller = request_id or str(uuid4()), self.world.s1
        check_carrier(self.outside(caller), command)
        call = self.world.call(command, caller, request_id, "logistics.create_shipment")
        answer = self.world.transactor.execute(create_shipment, call, lambda _: b"answer")
        return waybill_after(self.outside(caller, request_id=request_id, replayed=answer.replayed), command)

    def by_hand(self, order: OrderView | None = None, number: str = "SF1", **options: Any) -> ShipmentView:
        """Sent with a carrier that nobody can ask."""
        return self.send(order, carrier="shunfeng", waybill_number=number, **options)

    def cancel(self, shipment: ShipmentView) -> ShipmentView:
        command = CancelShipment(shipment.shipment_id)
        self.world.once(cancel_shipment, command, self.world.s1)
        return cancelled_after(self.outside(self.world.s1), command)

    def print(self, shipment: ShipmentView, *, asking: bool = True) -> WaybillPrinted:
        query = PrintWaybill(shipment.shipment_id)
        if asking:
            return printed_after(self.outside(self.world.s1), query)
        found: WaybillPrinted = self.world.ask(print_waybill, query)
        return found

    def ask_due(self) -> int:
        return sum(ask_due_carriers(self.outside()))

    def tell(self, shipment: ShipmentView, *kinds: str, hours: int = 0, event_id: str = "") -> TrackingRecorded:
        at = self.world.clock() + timedelta(hours=hours)
        events = tuple(NewTrackingEvent(TrackingKind(kind), at, "Shenzhen", event_id) for kind in kinds)
        done: TrackingRecorded = self.world.do(record_tracking, RecordTracking(events, shipment.shipment_id))
        return done

    def topics(self) -> list[str]:
        return [topic for (topic,) in self.world.rows("SELECT topic FROM outbox ORDER BY event_id")]

    def told(self, topic: str) -> int:
        return self.topics().count(topic)
