"""Stock that is kept for an outside reference, until it is taken, released, or its time is over."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from application.catalog.entries import ComponentEntry, ProductEntry, RecipeEntry
from application.catalog.put_products import PutProducts, put_products
from application.check import INVARIANTS, examine
from application.inventory.create_transfers import CreateTransfers, NewTransfer, TransferItem, create_transfers
from application.inventory.queries import GetStock, get_stock
from application.inventory.reserve_stock import (
    ExpireReservations,
    ListReservations,
    ReleaseStock,
    ReservationView,
    ReserveLine,
    ReserveStock,
    expire_reservations,
    list_reservations,
    release_stock,
    reserve_stock,
)
from application.inventory.ship_transfer import ShipTransfer, ship_transfer
from application.sales.order_views import OrderLineView
from application.sales.orders import PlaceOrder, place_order
from domain.identity.organisation import SYSTEM
from domain.inventory.reservation import ReservationState
from domain.sales.order import Fulfilment
from domain.shared.errors import Refusal
from tests.world import Till, World

OPEN, TAKEN = ReservationState.OPEN, ReservationState.TAKEN
RELEASED, EXPIRED = ReservationState.RELEASED, ReservationState.EXPIRED


def reserve(world: World, *lines: tuple[str, int], reference: str = "W-1", **options: Any) -> ReservationView:
    options.setdefault("store_code", "S1")
    asked = tuple(ReserveLine(sku, units * 1_000) for sku, units in lines or (("TEA", 3),))
    view: ReservationView = world.once(reserve_stock, ReserveStock(reference, asked, **options), world.s1)
    return view


def refused(world: World, use_case: Any, command: Any, caller: Any = SYSTEM) -> tuple[str, str]:
    with pytest.raises(Refusal) as refusal:
        world.do(use_case, command, caller)
    return refusal.value.reason, refusal.value.field


def position(world: World, sku: str = "TEA", store: str = "S1") -> tuple[int, int, int]:
    """On hand, reserved and available, in units."""
    [level] = world.ask(get_stock, GetStock(store, (sku,))).levels
    return level.on_hand_milli // 1_000, level.reserved_milli // 1_000, level.available_milli // 1_000


def states(world: World, **wanted: Any) -> list[tuple[str, ReservationState]]:
    found = world.ask(list_reservations, ListReservations(**wanted)).reservations
    return [(one.reference, one.state) for one in found]


@pytest.mark.capability("INV-01")
def test_what_is_reserved_is_on_hand_and_not_available(world: World) -> None:
    one = reserve(world, ("TEA", 3), ("MUG", 2))
    assert (one.state, one.store_code, one.reserved_by) == (OPEN, "S1", "T1")
    assert (one.expires_at - one.reserved_at).total_seconds() == 15 * 60
    assert [(line.sku, line.asked_milli, line.quantity_milli) for line in one.lines] == [
        ("TEA", 3_000, 3_000), ("MUG", 2_000, 2_000),
    ]  # fmt: skip
    assert (position(world), position(world, "MUG")) == ((100, 3, 97), (100, 2, 98))
    with pytest.raises(Refusal) as kept:
        world.sell(Till().line("TEA", 98).cash(980_000).command)
    assert kept.value.reason == "INSUFFICIENT_STOCK"
    assert world.broken() == []


def test_keeps_all_lines_or_none_unless_a_part_will_do(world: World) -> None:
    lines = (ReserveLine("MUG", 2_000), ReserveLine("TEA", 101_000))
    assert refused(world, reserve_stock, ReserveStock("W-1", lines, "S1")) == (
        "NOT_ENOUGH_TO_RESERVE", "lines[1].quantity_milli",
    )  # fmt: skip
    assert (world.count("reservations"), world.count("stock_reservations"), position(world, "MUG")) == (
        0, 0, (100, 0, 100),
    )  # fmt: skip
    part = reserve(world, ("MUG", 2), ("TEA", 101), partial=True)
    assert [(line.asked_milli, line.quantity_milli) for line in part.lines] == [(2_000, 2_000), (101_000, 100_000)]
    assert position(world) == (100, 100, 0)
    none_left = ReserveStock("W-2", (ReserveLine("TEA", 1_000),), "S1", partial=True)
    assert refused(world, reserve_stock, none_left) == ("NOT_ENOUGH_TO_RESERVE", "lines[0].quantity_milli")
    both = reserve(world, ("TEA", 1), ("MUG", 1), reference="W-3", partial=True)
    assert [line.quantity_milli for line in both.lines] == [0, 1_000]
    assert world.broken() == []


def test_reserves_no_more_than_there_is_where_the_store_sells_what_it_does_not_have(world: World) -> None:
    world.set("negative_stock", "allow")
    command = ReserveStock("W-1", (ReserveLine("TEA", 101_000),), "S1")
    assert refused(world, reserve_stock, command)[0] == "NOT_ENOUGH_TO_RESERVE"


def test_the_same_lines_for_a_reference_are_reserved_once(world: World) -> None:
    first = reserve(world)
    world.clock.advance(minutes=5)
    again = reserve(world)
    assert (again.reservation_id, again.expires_at, position(world)) == (
        first.reservation_id,
        first.expires_at,
        (100, 3, 97),
    )
    other = ReserveStock("W-1", (ReserveLine("TEA", 4_000),), "S1")
    assert refused(world, reserve_stock, other) == ("REFERENCE_RESERVED", "reference")
    world.do(release_stock, ReleaseStock(first.reservation_id))
    assert reserve(world, ("TEA", 4)).reservation_id != first.reservation_id
    assert position(world) == (100, 4, 96)


@pytest.mark.capability("INV-16")
def test_a_sale_that_names_the_reservation_takes_its_goods(world: World) -> None:
    one = reserve(world, ("TEA", 100), ("MUG", 1))
    sold = replace(Till().line("TEA", 60).cash(600_000).command, reservation_id=one.reservation_id)
    sale = world.sell(sold)
    assert position(world) == (40, 40, 0)
    [open_one] = world.ask(list_reservations, ListReservations(reference="W-1")).reservations
    assert (open_one.state, open_one.document_id) == (OPEN, sale.sale_id)
    assert [(kept.sku, kept.quantity_milli) for kept in open_one.kept] == [("TEA", 40_000), ("MUG", 1_000)]
    # Two sales of one batch, the second of which takes more than is kept.
    rest = replace(Till().line("TEA", 40).cash(400_000).command, reservation_id=one.reservation_id)
    more = replace(Till().line("MUG", 3).cash(15_000).command, reservation_id=one.reservation_id)
    world.sell_all([world.call(rest, world.s1), world.call(more, world.s1)])
    assert (position(world), position(world, "MUG")) == ((0, 0, 0), (97, 0, 97))
    assert states(world) == [("W-1", TAKEN)]
    with pytest.raises(Refusal) as over:
        world.sell(replace(Till().line("MUG").cash(5_000).command, reservation_id=one.reservation_id))
    assert (over.value.reason, over.value.field) == ("RESERVATION_OVER", "reservation_id")
    assert world.broken() == []


def test_a_sale_made_without_connection_is_stored_whatever_has_become_of_the_reservation(world: World) -> None:
    one = reserve(world)
    world.clock.advance(minutes=16)
    command = Till().line("TEA", 3).cash(30_000).offline(world.clock()).command
    sale = world.sell(replace(command, reservation_id=one.reservation_id))
    assert [warning for warning in sale.warnings if "is expired" in warning] == [
        f"Reservation {one.reservation_id} is expired, so nothing is kept by it. Reserve again, or go on without it."
    ]


def test_refuses_a_reservation_of_another_store(world: World) -> None:
    one = reserve(world)
    with pytest.raises(Refusal) as foreign:
        world.sell(replace(Till().line("TEA").cash(10_000).command, reservation_id=one.reservation_id), world.s2)
    assert (foreign.value.reason, foreign.value.field) == ("UNKNOWN_RESERVATION", "reservation_id")
    assert refused(world, release_stock, ReleaseStock(one.reservation_id), world.s2)[0] == "UNKNOWN_RESERVATION"
    assert world.ask(list_reservations, ListReservations(), world.s2).reservations == []
    assert world.count("sales") == 0


def test_an_order_takes_over_what_is_reserved(world: World) -> None:
    one = reserve(world, ("TEA", 100))
    lines = (OrderLineView("TEA", 100_000),)
    due = world.clock().date().isoformat()
    command = PlaceOrder(lines, fulfilment=Fulfilment.COLLECT, due_date=due, reservation_id=one.reservation_id)
    order = world.once(place_order, command, world.s1)
    assert (states(world), position(world)) == ([("W-1", TAKEN)], (100, 100, 0))
    [taken] = world.ask(list_reservations, ListReservations()).reservations
    assert (taken.document_id, list(taken.kept)) == (order.order_id, [])
    # The order keeps it, however long ago it was reserved.
    world.clock.advance(minutes=60)
    assert world.do(expire_reservations, ExpireReservations()) == 0
    assert (position(world), world.broken()) == ((100, 100, 0), [])


def test_a_transfer_ships_what_is_reserved_for_it(world: World) -> None:
    one = reserve(world, ("TEA", 100))
    new = NewTransfer("S1", "S2", (TransferItem("TEA", 100_000),))
    [transfer] = world.do(create_transfers, CreateTransfers((new,), approve=True)).transfers
    assert refused(world, ship_transfer, ShipTransfer(transfer.transfer_id))[0] == "NOT_ENOUGH_TO_SHIP"
    world.do(ship_transfer, ShipTransfer(transfer.transfer_id, reservation_id=one.reservation_id))
    assert (position(world), states(world), world.broken()) == ((0, 0, 0), [("W-1", TAKEN)], [])


def test_what_is_reserved_is_free_again_when_its_time_is_over(world: World) -> None:
    reserve(world, ("TEA", 60), minutes=10)
    world.clock.advance(minutes=9)
    assert world.do(expire_reservations, ExpireReservations()) == 0
    world.clock.advance(minutes=1)
    # It tells so at once; the job frees the goods.
    assert (states(world), position(world)) == ([("W-1", EXPIRED)], (100, 60, 40))
    assert (world.do(expire_reservations, ExpireReservations()), position(world)) == (1, (100, 0, 100))
    assert world.do(expire_reservations, ExpireReservations()) == 0
    events = "SELECT count(*) FROM outbox WHERE topic = 'ReservationEnded'"
    assert (world.rows(events), world.broken()) == ([(1,)], [])


def test_whoever_reserves_frees_first_what_has_expired_of_it(world: World) -> None:
    old = reserve(world, ("TEA", 100), ("MUG", 100), minutes=1)
    world.clock.advance(minutes=1)
    reserve(world, ("TEA", 100), reference="W-2")
    assert (position(world), position(world, "MUG")) == ((100, 100, 0), (100, 0, 100))
    assert states(world, state=EXPIRED) == [("W-1", EXPIRED)]
    assert refused(world, release_stock, ReleaseStock(old.reservation_id)) == ("RESERVATION_OVER", "reservation_id")
    # The reference may be used again, for other goods too, before the job has come by.
    world.clock.advance(minutes=15)
    reserve(world, ("MUG", 1), reference="W-2")
    assert (position(world), position(world, "MUG")) == ((100, 0, 100), (100, 1, 99))
    assert world.broken() == []


def test_lists_by_store_goods_reference_and_state_page_by_page(world: World) -> None:
    for number, (sku, store) in enumerate((("TEA", "S1"), ("MUG", "S1"), ("TEA", "S2"), ("TEA", "S1"))):
        caller = world.s1 if store == "S1" else world.s2
        command = ReserveStock(f"W-{number}", (ReserveLine(sku, 1_000),), store, minutes=10 + number)
        world.once(reserve_stock, command, caller)
    [first] = world.ask(list_reservations, ListReservations(reference="W-0")).reservations
    world.do(release_stock, ReleaseStock(first.reservation_id))
    world.clock.advance(minutes=11)
    assert states(world) == [("W-3", OPEN), ("W-2", OPEN), ("W-1", EXPIRED), ("W-0", RELEASED)]
    assert states(world, store_code="S1", sku="TEA") == [("W-3", OPEN), ("W-0", RELEASED)]
    assert states(world, state=OPEN) == [("W-3", OPEN), ("W-2", OPEN)]
    assert states(world, state=EXPIRED, store_code="S1") == [("W-1", EXPIRED)]
    assert states(world, state=TAKEN) == []
    found, token = [], ""
    while True:
        page = world.ask(list_reservations, ListReservations(page_size=3, page_token=token))
        found.append([one.reference for one in page.reservations])
        if not (token := page.next_page_token):
            break
    assert found == [["W-3", "W-2", "W-1"], ["W-0"]]


def test_goods_that_are_made_when_sold_keep_what_they_are_made_of(world: World) -> None:
    recipe = RecipeEntry((ComponentEntry("TEA", 1_000), ComponentEntry("RICE", 250)))
    world.do(
        put_products,
        PutProducts((ProductEntry("SET", "Set", "HOME", "EA", "standard", unstocked=True, recipe=recipe),)),
    )
    one = reserve(world, ("SET", 110), ("TEA", 1), partial=True)
    assert [line.quantity_milli for line in one.lines] == [100_000, 0]
    assert [(kept.sku, kept.quantity_milli) for kept in one.kept] == [("TEA", 100_000), ("RICE", 25_000)]
    assert (position(world), world.broken()) == ((100, 100, 0), [])


def test_refuses_what_cannot_be_reserved(world: World) -> None:
    line = ReserveLine("TEA", 1_000)
    for command, reason, field in (
        (ReserveStock("", (line,), "S1"), "MISSING", "reference"),
        (ReserveStock("W", (), "S1"), "MISSING", "lines"),
        (ReserveStock("W", (line,)), "STORE_NEEDED", "store_code"),
        (ReserveStock("W", (line, line), "S1"), "NAMED_TWICE", "lines[1].sku"),
        (ReserveStock("W", (line, ReserveLine("NOPE", 1_000)), "S1"), "UNKNOWN_SKU", "lines[1].sku"),
        (ReserveStock("W", (ReserveLine("WRAP", 1_000),), "S1"), "NOTHING_TO_RESERVE", "lines[0].sku"),
        (ReserveStock("W", (ReserveLine("TEA", 500),), "S1"), "QUANTITY_TOO_FINE", "lines[0].quantity_milli"),
        (ReserveStock("W", (line,), "S1", minutes=1_441), "OUT_OF_RANGE", "minutes"),
    ):
        assert refused(world, reserve_stock, command) == (reason, field)
    assert refused(world, release_stock, ReleaseStock(7)) == ("UNKNOWN_RESERVATION", "reservation_id")
    assert (world.count("reservations"), world.count("stock_reservations")) == (0, 0)


def bought_at_once(world: World, buyers: int, units: int) -> list[tuple[str, int]]:
    """So many buyers want 1 to 3 at once, two of three by a reservation; what each has got, by sale or reservation."""
    names = [f"W-{number}" for number in range(buyers)]

    def buy(number: int) -> tuple[str, int]:
        wanted = number % 3 + 1
        try:
            if number % 3:
                reserve(world, ("TEA", wanted), reference=names[number])
                return "reserved", wanted
            world.sell(Till().line("TEA", wanted).cash(10_000 * wanted).command)
            return "sold", wanted
        except Refusal as refusal:
            assert refusal.reason in ("NOT_ENOUGH_TO_RESERVE", "INSUFFICIENT_STOCK")
            return "refused", wanted

    world.sell(Till().line("TEA", 100 - units).cash(10_000 * (100 - units)).command)
    with ThreadPoolExecutor(16) as threads:
        return list(threads.map(buy, range(buyers)))


@pytest.mark.capability("INV-01")
def test_many_at_once_never_reserve_and_sell_more_than_there_is(world: World) -> None:
    got = bought_at_once(world, 50, 5)
    sold = sum(units for how, units in got if how == "sold")
    kept = sum(units for how, units in got if how == "reserved")
    # Whoever was refused wanted more than was left in the end, or more than was left then; a single one always fits.
    assert (position(world), sold + kept) == ((5 - sold, kept, 5 - sold - kept), 5)
    assert world.broken() == []
    # Nothing of it is left behind after a quarter of an hour.
    world.clock.advance(minutes=15)
    held = sum(1 for how, _ in got if how == "reserved")
    assert (world.do(expire_reservations, ExpireReservations()), position(world)) == (held, (5 - sold, 0, 5 - sold))
    assert world.broken() == []


def test_many_at_once_who_name_one_reference_have_one_reservation(world: World) -> None:
    def again(number: int) -> str:
        # They lock different levels, so that the reference alone keeps them apart.
        try:
            return str(reserve(world, ("MUG" if number % 2 else "TEA", 3), reference="W-1").reservation_id)
        except Refusal as refusal:
            return refusal.reason

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(again, range(16)))
    assert sorted(map(answers.count, set(answers))) == [8, 8]
    assert set(answers) == {"REFERENCE_RESERVED", str(world.rows("SELECT reservation_id FROM reservations")[0][0])}
    assert (position(world)[1] + position(world, "MUG")[1], world.broken()) == (3, [])


def test_those_who_reserve_the_same_goods_in_opposite_order_while_others_expire_all_get_them(world: World) -> None:
    for number in range(10):
        reserve(world, ("TEA", 1), ("MUG", 1), reference=f"OLD-{number}", minutes=1)
    world.clock.advance(minutes=2)

    def work(number: int) -> int:
        if number % 4 == 3:
            done: int = world.do(expire_reservations, ExpireReservations())
            return done
        lines = (("TEA", 1), ("MUG", 1)) if number % 2 else (("MUG", 1), ("TEA", 1))
        reserve(world, *lines, reference=f"NEW-{number}")
        return 0

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(24)))
    assert (position(world), position(world, "MUG")) == ((100, 18, 82), (100, 18, 82))
    assert world.rows("SELECT state, count(*) FROM reservations GROUP BY state ORDER BY state") == [
        ("expired", 10), ("open", 18),
    ]  # fmt: skip
    assert world.broken() == []


def test_the_check_finds_what_was_tampered_with(world: World) -> None:
    reserve(world)
    gone = reserve(world, ("MUG", 1), reference="W-2")
    world.do(release_stock, ReleaseStock(gone.reservation_id))
    [invariant] = [one for one in INVARIANTS if one.id == "INV-reserved"]
    for tampering, violated in (
        ("UPDATE stock_levels SET reserved_milli = reserved_milli + 1 WHERE reserved_milli > 0", 1),
        ("UPDATE reservations SET state = 'released'", 1),
        ("DELETE FROM reservations WHERE reference = 'W-1'", 1),
        ("UPDATE stock_reservations SET quantity_milli = -1 WHERE quantity_milli = 3000", 2),
    ):
        with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
            uow.execute(text(tampering))
            uow.refresh()
            assert (tampering, examine(uow, invariant).violated) == (tampering, violated)
