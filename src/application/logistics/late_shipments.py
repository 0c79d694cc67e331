"""Shipments that are more than a day late: somebody hears of it once, and the customer is called once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from application.follow_up_tasks import open_for_occasions, open_tasks
from application.logistics.shipment_ledger import announce, shipment_name
from application.ports.kernel import UnitOfWork
from application.scope import WholeChainOnly, latest_day, trading_day
from domain.care.follow_up import FollowUp, FollowUpOccasion, FollowUpState, FollowUpTrigger
from domain.identity.organisation import WHOLE_CHAIN
from domain.logistics.shipment import Shipment

SHIPMENTS_AT_ONCE: Final = 100
APOLOGY: Final = (
    "Apologise: order {order_id} ({name}) is more than 24 hours late. "
    "致歉：订单 {order_id}（{name}）已超过承诺送达时间 24 小时。"
)


@dataclass(frozen=True, slots=True)
class TellLateShipments:
    pass


@dataclass(frozen=True, slots=True)
class LateShipmentsTold:
    """How many shipments were found late, and how many tasks were opened to apologise for them."""

    shipments: int
    tasks: int


def tell_late_shipments(uow: UnitOfWork, command: TellLateShipments) -> LateShipmentsTold:
    """Tells of up to 100 shipments that are more than 24 hours late, each once; run it until it finds none.

    Whether they are still on their way or were signed for too late. A member whose order is late is to be called: by
    the chain's plans for that (LATE_SHIPMENT), or without one by a task that says what to do. Raises WholeChainOnly.
    """
    if not uow.caller.manages(WHOLE_CHAIN):
        raise WholeChainOnly
    uow.refresh()
    late = uow.shipments.lock_late(uow.now, limit=SHIPMENTS_AT_ONCE)
    for one in late:
        one.late_at, one.late_told_at = None, uow.now
        announce(uow, "ShipmentLate", one)
    uow.shipments.save_all(late)
    return LateShipmentsTold(len(late), _apologise(uow, late))


def _apologise(uow: UnitOfWork, late: Sequence[Shipment]) -> int:
    """Opens one task for each member and order that is late."""
    orders = _first_told(uow, late)
    if not orders:
        return 0
    member_ids = {one.member_id for one in orders if one.member_id is not None}
    uow.lifecycles.lock(member_ids)
    erased = set(uow.personal_data.erased(member_ids))
    orders = [one for one in orders if one.member_id not in erased]
    if any(plan.trigger is FollowUpTrigger.LATE_SHIPMENT and not plan.ended for plan in uow.follow_ups.plans()):
        # A plan opens one task for a member and a day, however many of their orders are late.
        occasions = {(one.member_id, _today(uow, one)): _occasion(uow, one) for one in reversed(orders)}
        return open_for_occasions(uow, list(occasions.values()), on=latest_day(uow))
    if orders:
        texts = [APOLOGY.format(order_id=one.order_id, name=shipment_name(one)) for one in orders]
        open_tasks(uow, [_task(uow, one) for one in orders], texts=texts)
    return len(orders)


def _first_told(uow: UnitOfWork, late: Sequence[Shipment]) -> list[Shipment]:
    """One late shipment for each order of a member of which nobody was told before."""
    found: dict[int, Shipment] = {}
    for one in late:
        if one.order_id is not None and one.member_id is not None:
            found.setdefault(one.order_id, one)
    ids = {one.shipment_id for one in late}
    told = uow.shipments.orders_told_of(found, but=ids) if found else set()
    return [one for order_id, one in found.items() if order_id not in told]


def _occasion(uow: UnitOfWork, one: Shipment) -> FollowUpOccasion:
    assert one.member_id is not None
    return FollowUpOccasion(one.member_id, FollowUpTrigger.LATE_SHIPMENT, _today(uow, one), None, one.store_id)


def _task(uow: UnitOfWork, one: Shipment) -> FollowUp:
    assert one.member_id is not None
    today = _today(uow, one)
    return FollowUp(
        uow.new_id(), one.member_id, "", today, one.store_id, None, FollowUpState.OPEN, None, today, 1, uow.now
    )


def _today(uow: UnitOfWork, one: Shipment) -> date:
    return trading_day(uow, uow.chain.stores[one.store_id])
