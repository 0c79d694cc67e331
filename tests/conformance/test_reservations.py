"""What other systems reserve, asked of the use case itself."""

import pytest

from application.inventory.queries import GetStock, get_stock
from application.inventory.reserve_stock import NotEnoughToReserve, ReserveLine, ReserveStock, reserve_stock
from tests.conformance.stored_cases import deciding, milli


def stand(world, units):
    """Leaves so much of a new product in the store."""
    world.receive("MUG", milli(units), 100)
    [level] = world.ask(get_stock, GetStock("S1", ("MUG",))).levels
    return level


def reserve(world, units, request):
    command = ReserveStock(f"ORDER-{request}", (ReserveLine("MUG", milli(units)),), "S1")
    return world.once(reserve_stock, command, world.s1)


def kept(world):
    [level] = world.ask(get_stock, GetStock("S1", ("MUG",))).levels
    return level.reserved_milli, world.count("reservations")


@deciding("res-01")
def test_reserves_once_for_one_reference(case, conformance, world):
    stand(world, case["given"]["on_hand"])
    for _ in range(case["when"]["repeat"]):
        reserve(world, case["when"]["reserve"], 1)
    expected = case["expected"]
    assert kept(world) == (milli(expected["reserved"]), int(expected["reservations"]))
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("res-02")
def test_refuses_more_than_there_is(case, conformance, world):
    # The shelf of the test chain stands full: all but what the case gives is kept for others.
    level = stand(world, case["given"]["on_hand"])
    spare = level.available_milli - milli(case["given"]["on_hand"])
    world.once(reserve_stock, ReserveStock("OTHERS", (ReserveLine("MUG", spare),), "S1"), world.s1)
    with pytest.raises(NotEnoughToReserve) as refused:
        reserve(world, case["when"]["reserve"], 1)
    assert refused.value.details["available"] == milli(case["given"]["on_hand"])
    assert (case["expected"]["result"], kept(world)) == ("refused", (spare + milli(case["expected"]["reserved"]), 1))
    conformance.record(case["id"], area=case["area"], verdict="agree")
