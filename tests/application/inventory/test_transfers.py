from dataclasses import replace

import pytest

from application.fields import Missing, NamedTwice, TooMany
from application.identity.settings import PutSetting, put_setting
from application.inventory.create_transfers import (
    CreateTransfers,
    MayNotApproveTransfer,
    NewTransfer,
    OtherCurrency,
    SameStore,
    TransferItem,
    create_transfers,
)
from application.inventory.decide_transfer import (
    CancelTransfer,
    DecideTransfer,
    DecisionNeeded,
    OwnTransfer,
    TransferDecision,
    cancel_transfer,
    decide_transfer,
)
from application.inventory.propose_transfers import (
    LeastAboveMost,
    ProposeTransfers,
    StockTarget,
    TargetTwice,
    propose_transfers,
)
from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, UnknownSku, Unstocked, receive_goods
from application.inventory.receive_transfer import ArrivedItem, NothingArrives, ReceiveTransfer, receive_transfer
from application.inventory.ship_transfer import NotEnoughToShip, NotOnTransfer, ShipTransfer, ship_transfer
from application.inventory.transfer_ledger import UnknownTransfer
from application.inventory.transfer_queries import (
    GetTransfer,
    ListTransfers,
    TransferSide,
    get_transfer,
    list_transfers,
)
from application.scope import UnknownStore
from domain.identity.organisation import SYSTEM, ScopeKind
from domain.inventory.transfer import (
    DifferenceReason,
    MoreThanInTransit,
    MoreThanRequested,
    ReasonNeeded,
    ReasonWithoutDifference,
    TransferNotThere,
    TransferState,
    TransferStep,
)
from domain.shared.errors import Refusal
from tests.application.small_chain import NOON
from tests.world import Till

APPROVE = DecideTransfer(0, TransferDecision.APPROVE)


def asked(world, *lines, caller=SYSTEM, source="S1", destination="S2", approve=True):
    """The id of a transfer of these (SKU, units)."""
    items = tuple(TransferItem(sku, units * 1_000) for sku, units in lines or (("TEA", 20),))
    command = CreateTransfers((NewTransfer(source, destination, items, "P-7"),), approve=approve)
    [transfer] = world.do(create_transfers, command, caller).transfers
    return transfer.transfer_id


def shipped(world, *lines, **options):
    transfer_id = asked(world, *lines, **options)
    world.do(ship_transfer, ShipTransfer(transfer_id))
    return transfer_id


def in_transit(world, store="S2"):
    [(quantity, value)] = world.rows(
        "SELECT COALESCE(SUM(quantity_milli), 0), COALESCE(SUM(value_minor), 0) FROM set_aside_levels l"
        f" JOIN stores s ON s.store_id = l.location_id WHERE s.code = '{store}' AND l.status = 'in_transit'"
    )
    return int(quantity), int(value)


def account(world, code, store):
    [(amount,)] = world.rows(
        "SELECT COALESCE(SUM(p.amount_minor), 0) FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id"
        f" JOIN stores s ON s.store_id = e.store_id WHERE p.account_code = '{code}' AND s.code = '{store}'"
    )
    return int(amount)


@pytest.mark.capability("INV-07")
def test_ships_twenty_receives_nineteen_and_books_one_missing(world):
    transfer_id = asked(world, approve=False)
    approved = world.do(decide_transfer, replace(APPROVE, transfer_id=transfer_id))
    assert approved.state is TransferState.APPROVED
    assert world.level("TEA") == (100_000, 600_000)

    world.clock.advance(hours=1)
    sent = world.do(ship_transfer, ShipTransfer(transfer_id, note="Parcel 1"), world.terminal("T1", "transfers.ship"))
    assert (sent.state, sent.lines[0].in_transit_milli, sent.lines[0].in_transit_minor) == (
        TransferState.SHIPPED, 20_000, 120_000,
    )  # fmt: skip
    assert (world.level("TEA"), world.level("TEA", "S2")) == ((80_000, 480_000), (100_000, 600_000))
    assert in_transit(world) == (20_000, 120_000)
    assert account(world, "1402", "S2") == 120_000

    world.clock.advance(hours=1)
    lines = (ArrivedItem("TEA", 19_000, 1_000, DifferenceReason.SHORT),)
    came = world.do(receive_transfer, ReceiveTransfer(transfer_id, lines), world.s2)
    assert came.state is TransferState.RECEIVED
    assert (world.level("TEA"), world.level("TEA", "S2")) == ((80_000, 480_000), (119_000, 714_000))
    assert in_transit(world) == (0, 0)
    [difference] = came.differences
    assert (difference.sku, difference.missing, difference.quantity_milli, difference.value_minor) == (
        "TEA", True, 1_000, 6_000,
    )  # fmt: skip
    assert difference.reason is DifferenceReason.SHORT
    assert (account(world, "1402", "S2"), account(world, "660201", "S2")) == (0, 6_000)
    assert (account(world, "122102", "S1"), account(world, "122102", "S2")) == (120_000, -120_000)
    assert [(event.step, event.note) for event in came.timeline] == [
        (TransferStep.REQUESTED, ""),
        (TransferStep.APPROVED, ""),
        (TransferStep.SHIPPED, "Parcel 1"),
        (TransferStep.RECEIVED, ""),
    ]
    reasons = world.rows(
        "SELECT reason, quantity_milli, value_minor FROM stock_movements WHERE reason <> 'receipt' ORDER BY movement_id"
    )
    assert reasons == [("transfer_out", -20_000, -120_000), ("transfer_in", 19_000, 114_000)]


@pytest.mark.capability("INV-07")
def test_carries_the_cost_of_the_source_into_the_average_of_the_destination(world):
    world.receive("TEA", 100_000, 800_000)
    transfer_id = shipped(world, ("TEA", 100))
    # 200 units of S1 cost 1,400,000: half of it moves.
    assert world.level("TEA") == (100_000, 700_000)
    world.do(receive_transfer, ReceiveTransfer(transfer_id))
    assert world.level("TEA", "S2") == (200_000, 1_300_000)


def test_ships_and_receives_in_parts_and_closes_what_is_lost(world):
    transfer_id = asked(world, ("TEA", 20), ("MUG", 10))
    world.do(ship_transfer, ShipTransfer(transfer_id, (TransferItem("TEA", 12_000),)))
    world.do(receive_transfer, ReceiveTransfer(transfer_id, (ArrivedItem("TEA", 5_000),)))
    second = world.do(ship_transfer, ShipTransfer(transfer_id))
    assert second.state is TransferState.SHIPPED
    assert [(line.sku, line.shipped_milli, line.in_transit_milli) for line in second.lines] == [
        ("TEA", 20_000, 15_000),
        ("MUG", 10_000, 10_000),
    ]
    assert world.do(receive_transfer, ReceiveTransfer(transfer_id, (ArrivedItem("TEA", 15_000),))).state is (
        TransferState.SHIPPED
    )
    lost = (ArrivedItem("MUG", missing_milli=10_000, reason=DifferenceReason.LOST),)
    closed = world.do(receive_transfer, ReceiveTransfer(transfer_id, lost))
    assert closed.state is TransferState.RECEIVED
    assert (world.level("TEA", "S2"), world.level("MUG", "S2")) == ((120_000, 720_000), (100_000, 200_000))
    assert (in_transit(world), account(world, "660201", "S2")) == ((0, 0), 20_000)


def test_finds_what_arrives_beyond_what_was_shipped(world):
    transfer_id = shipped(world)
    with pytest.raises(MoreThanInTransit) as refused:
        world.do(receive_transfer, ReceiveTransfer(transfer_id, (ArrivedItem("TEA", 21_000),)))
    assert refused.value.field == "lines[0].received_milli"
    over = (ArrivedItem("TEA", 21_000, reason=DifferenceReason.OVER),)
    came = world.do(receive_transfer, ReceiveTransfer(transfer_id, over))
    assert (came.lines[0].received_milli, came.lines[0].over_milli, came.lines[0].over_minor) == (20_000, 1_000, 6_000)
    assert (world.level("TEA", "S2"), account(world, "660201", "S2")) == ((121_000, 726_000), -6_000)


def test_ends_shipping_when_it_is_cancelled_and_lets_the_rest_arrive(world):
    transfer_id = asked(world)
    world.do(ship_transfer, ShipTransfer(transfer_id, (TransferItem("TEA", 5_000),)))
    ended = world.do(cancel_transfer, CancelTransfer(transfer_id, "Sold out"))
    assert (ended.state, ended.ended) == (TransferState.SHIPPED, True)
    with pytest.raises(Refusal) as refused:
        world.do(ship_transfer, ShipTransfer(transfer_id))
    assert refused.value.reason == "NOTHING_LEFT"
    assert world.do(receive_transfer, ReceiveTransfer(transfer_id)).state is TransferState.RECEIVED
    assert (world.level("TEA"), world.level("TEA", "S2")) == ((95_000, 570_000), (105_000, 630_000))


def test_cancels_what_was_not_shipped_and_never_ships_it(world):
    transfer_id = asked(world)
    assert world.do(cancel_transfer, CancelTransfer(transfer_id, "No van"), world.s2).state is TransferState.CANCELLED
    with pytest.raises(TransferNotThere) as refused:
        world.do(ship_transfer, ShipTransfer(transfer_id))
    assert refused.value.message() == "The transfer is cancelled; to be shipped it has to be approved, shipped."
    assert world.level("TEA") == (100_000, 600_000)


def test_lets_only_those_responsible_for_both_stores_approve(world):
    transfer_id = asked(world, caller=world.s2, approve=False)
    with pytest.raises(UnknownTransfer):
        world.do(decide_transfer, replace(APPROVE, transfer_id=transfer_id), world.s2)
    with pytest.raises(DecisionNeeded):
        world.do(decide_transfer, DecideTransfer(transfer_id))
    with pytest.raises(Missing):
        world.do(decide_transfer, DecideTransfer(transfer_id, TransferDecision.REFUSE))
    office = replace(SYSTEM, staff_id=7, staff_code="ann")
    mine = asked(world, caller=office, approve=False)
    with pytest.raises(OwnTransfer):
        world.do(decide_transfer, replace(APPROVE, transfer_id=mine), office)
    refusal = DecideTransfer(transfer_id, TransferDecision.REFUSE, "Needed here")
    assert world.do(decide_transfer, refusal, office).state is TransferState.REFUSED


def test_lets_the_source_ship_and_the_destination_receive(world):
    transfer_id = asked(world)
    with pytest.raises(UnknownTransfer):
        world.do(ship_transfer, ShipTransfer(transfer_id), world.s2)
    world.do(ship_transfer, ShipTransfer(transfer_id), world.s1)
    with pytest.raises(UnknownTransfer):
        world.do(receive_transfer, ReceiveTransfer(transfer_id), world.s1)
    assert world.do(receive_transfer, ReceiveTransfer(transfer_id), world.s2).state is TransferState.RECEIVED


def test_approves_small_requests_by_the_setting_of_the_destination(world):
    world.set("transfer_self_approval_minor", "120000")
    states = [
        world.do(
            create_transfers, CreateTransfers((NewTransfer("S1", "S2", (TransferItem("TEA", quantity),)),)), world.s2
        )
        .transfers[0]
        .state
        for quantity in (20_000, 21_000)
    ]
    assert states == [TransferState.APPROVED, TransferState.REQUESTED]
    with pytest.raises(MayNotApproveTransfer):
        asked(world, caller=world.s2)


def test_owes_between_companies_by_receivable_and_payable(world):
    world.do(put_setting, PutSetting("store_company", ScopeKind.STORE, "S2", "franchise"))
    shipped(world)
    assert (account(world, "122103", "S1"), account(world, "224101", "S2")) == (120_000, -120_000)
    assert (account(world, "122102", "S1"), account(world, "122102", "S2")) == (0, 0)


def test_ships_no_more_than_there_is_unless_the_store_may_owe_stock(world):
    transfer_id = asked(world, ("TEA", 101))
    with pytest.raises(NotEnoughToShip):
        world.do(ship_transfer, ShipTransfer(transfer_id))
    assert (world.level("TEA"), world.count("transfer_documents")) == ((100_000, 600_000), 0)
    world.set("negative_stock", "allow")
    world.do(ship_transfer, ShipTransfer(transfer_id))
    assert world.level("TEA") == (-1_000, -6_000)


def test_refuses_to_ship_what_was_not_asked_for(world):
    transfer_id = asked(world)
    for command, refusal, field in (
        (ShipTransfer(0, (TransferItem("TEA", 20_001),)), MoreThanRequested, "lines[0].quantity_milli"),
        (ShipTransfer(0, (TransferItem("MUG", 1_000),)), NotOnTransfer, "lines[0].sku"),
        (ShipTransfer(0, (TransferItem("TEA", 1), TransferItem("TEA", 1))), NamedTwice, "lines[1].sku"),
    ):
        with pytest.raises(refusal) as refused:
            world.do(ship_transfer, replace(command, transfer_id=transfer_id))
        assert refused.value.field == field
    assert in_transit(world) == (0, 0)


def test_refuses_a_receipt_that_cannot_be(world):
    transfer_id = shipped(world)
    for item, refusal, field in (
        (ArrivedItem("TEA"), NothingArrives, "lines[0]"),
        (ArrivedItem("MUG", 1), NotOnTransfer, "lines[0].sku"),
        (ArrivedItem("TEA", 19_000, 1_000), ReasonNeeded, "lines[0].reason"),
        (ArrivedItem("TEA", 19_000, 1_000, DifferenceReason.OVER), ReasonNeeded, "lines[0].reason"),
        (ArrivedItem("TEA", 20_000, 0, DifferenceReason.LOST), ReasonWithoutDifference, "lines[0].reason"),
        (ArrivedItem("TEA", 20_000, 1_000, DifferenceReason.SHORT), MoreThanInTransit, "lines[0].received_milli"),
    ):
        with pytest.raises(refusal) as refused:
            world.do(receive_transfer, ReceiveTransfer(transfer_id, (item,)))
        assert refused.value.field == field
    assert in_transit(world) == (20_000, 120_000)


def test_settles_what_was_sold_before_it_arrived(world):
    world.set("negative_stock", "allow")
    world.sell(Till().line("TEA", 110).cash(1_100_000).command, world.s2)
    assert world.level("TEA", "S2") == (-10_000, -60_000)
    world.receive("TEA", 100_000, 800_000)
    transfer_id = shipped(world, ("TEA", 40))
    world.do(receive_transfer, ReceiveTransfer(transfer_id))
    # 40 units at 7,000 arrive, of which 10 had been sold at 6,000.
    assert world.level("TEA", "S2") == (30_000, 210_000)
    assert account(world, "6401", "S2") == 110 * 6_000 + 10 * 1_000


@pytest.mark.capability("INV-09")
def test_creates_twelve_transfers_in_one_call(world):
    each = tuple(
        NewTransfer(*(("S1", "S2") if place % 2 else ("S2", "S1")), (TransferItem("TEA", 1_000 * (place + 1)),))
        for place in range(12)
    )
    created = world.do(create_transfers, CreateTransfers(each, approve=True))
    assert len({one.transfer_id for one in created.transfers}) == 12
    assert {one.state for one in created.transfers} == {TransferState.APPROVED}
    assert world.count("transfers") == 12


def test_creates_all_or_none_or_tells_line_by_line(world):
    good = NewTransfer("S1", "S2", (TransferItem("TEA", 1_000),))
    bad = NewTransfer("S1", "S2", (TransferItem("TEA", 1_000), TransferItem("COFFEE", 1_000)))
    with pytest.raises(UnknownSku) as refused:
        world.do(create_transfers, CreateTransfers((good, bad)))
    assert (refused.value.field, world.count("transfers")) == ("transfers[1].lines[1].sku", 0)
    mixed = world.do(create_transfers, CreateTransfers((good, bad, good), skip_refused=True))
    assert len(mixed.transfers) == 2
    [told] = mixed.refused
    assert (told.place, told.field, told.reason) == (1, "lines[1].sku", "UNKNOWN_SKU")


def test_says_what_is_wrong_with_a_request(world):
    for new, refusal, field in (
        (NewTransfer("S1", "S1", (TransferItem("TEA", 1_000),)), SameStore, "to_store_code"),
        (NewTransfer("S1", "S9", (TransferItem("TEA", 1_000),)), UnknownStore, "to_store_code"),
        (NewTransfer("S1", "S2", ()), Missing, "lines"),
        (NewTransfer("S1", "S2", (TransferItem("WRAP", 1_000),)), Unstocked, "lines[0].sku"),
        (NewTransfer("S1", "S2", (TransferItem("TEA", 1_000),) * 501), TooMany, "lines"),
        (NewTransfer("S1", "S2", (TransferItem("TEA", 1_000),) * 2), NamedTwice, "lines[1].sku"),
    ):
        with pytest.raises(refusal) as refused:
            world.do(create_transfers, CreateTransfers((new,)))
        assert refused.value.field == f"transfers[0].{field}"
    assert world.count("transfers") == 0


def test_moves_nothing_between_currencies(stocked):
    with pytest.raises(OtherCurrency):
        stocked.write(create_transfers, CreateTransfers((NewTransfer("S01", "S88", (TransferItem("TEA", 1_000),)),)))


def test_ships_once_for_one_request_id(world):
    transfer_id = asked(world)
    for _ in range(2):
        world.once(ship_transfer, ShipTransfer(transfer_id), SYSTEM, "00000000-0000-4000-8000-000000000001")
    assert (in_transit(world), world.count("transfer_documents")) == ((20_000, 120_000), 2)


def test_lists_transfers_of_ones_stores_by_their_side(world):
    out, back = asked(world), asked(world, source="S2", destination="S1")
    world.do(cancel_transfer, CancelTransfer(back, "No"))

    def listed(caller=SYSTEM, **options):
        return [one.transfer_id for one in world.ask(list_transfers, ListTransfers(**options), caller).transfers]

    assert listed() == listed(caller=world.s1) == [back, out]
    assert listed(store_code="S1", side=TransferSide.SOURCE) == [out]
    assert listed(store_code="S1", side=TransferSide.DESTINATION) == [back]
    assert listed(open_only=True) == listed(caller=world.s2, open_only=True) == [out]
    first = world.ask(list_transfers, ListTransfers(page_size=1))
    assert [one.transfer_id for one in first.transfers] == [back]
    assert listed(page_size=1, page_token=first.next_page_token) == [out]
    with pytest.raises(UnknownTransfer):
        world.ask(get_transfer, GetTransfer(out), replace(SYSTEM, store_ids=frozenset({1})))


def test_takes_as_many_statements_for_many_lines_as_for_one(stocked):
    for sku in ("TEA", "MILK"):
        stocked.write(receive_goods, ReceiveGoods((ReceiptLine(sku, 10_000, 100),), "S01"), now=NOON)
    made = []
    for skus in (("TEA",), ("TEA", "MILK")):
        new = NewTransfer("S01", "S02", tuple(TransferItem(sku, 1_000) for sku in skus))
        [one] = stocked.write(create_transfers, CreateTransfers((new,), approve=True)).transfers
        # The levels of the first run are not there yet in the store that receives.
        steps = [stocked.statements(ship_transfer, ShipTransfer(one.transfer_id))]
        stocked.write(receive_transfer, ReceiveTransfer(one.transfer_id))
        made.append(steps)
    assert made[0] == made[1]


@pytest.mark.capability("INV-09")
def test_proposes_what_one_call_then_creates_and_proposes_it_once(world):
    targets = tuple(
        StockTarget(store, sku, *bounds)
        for sku in ("TEA", "MUG")
        for store, bounds in (("S1", (0, 60_000)), ("S2", (110_000, 150_000)))
    )
    proposed = world.ask(propose_transfers, ProposeTransfers(targets))
    assert proposed.transfers == [
        NewTransfer("S1", "S2", (TransferItem("TEA", 40_000), TransferItem("MUG", 40_000)), "proposal")
    ]
    assert [(one.store_code, one.sku, one.quantity_milli) for one in proposed.unmet] == [
        ("S2", "TEA", 10_000),
        ("S2", "MUG", 10_000),
    ]
    [made] = world.do(create_transfers, CreateTransfers(tuple(proposed.transfers), approve=True)).transfers
    assert world.ask(propose_transfers, ProposeTransfers(targets)).transfers == []
    # What is on its way counts as well as what is promised, and what has arrived.
    world.do(ship_transfer, ShipTransfer(made.transfer_id))
    assert world.ask(propose_transfers, ProposeTransfers(targets)).transfers == []
    world.do(receive_transfer, ReceiveTransfer(made.transfer_id))
    assert world.ask(propose_transfers, ProposeTransfers(targets)).transfers == []
    for wrong, refusal in (
        (StockTarget("S9", "TEA", 0, 1), UnknownStore),
        (StockTarget("S1", "TEA", 2, 1), LeastAboveMost),
        (targets[0], TargetTwice),
    ):
        with pytest.raises(refusal):
            world.ask(propose_transfers, ProposeTransfers((*targets, wrong)))
