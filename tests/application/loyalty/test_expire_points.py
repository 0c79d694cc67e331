"""Points that nobody has spent in time leave the balance, once, and what they were owed at becomes revenue."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from application.fields import OutOfRange
from application.identity.stores import PutStores, put_stores
from application.identity.views import StoreView
from application.loyalty.expire_points import ExpirePoints, PointsExpired, expire_points
from application.loyalty.queries import GetPointsStatement, get_points_statement
from application.marketing.event_seats import BookSeat, CheckIn, book_seat, check_in
from application.membership.register_member import RegisterMember, register_member
from application.sales.checkout import checkout
from application.sales.refund import RefundSale
from domain.identity.organisation import SYSTEM, StoreStatus
from domain.loyalty.ledger import PointsReason
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal
from tests.application.marketing.test_experience_events import START, announce
from tests.world import MEMBER, Till, World

OVER = datetime(2027, 2, 23, 2, 0, tzinfo=UTC)
"""The first day on which points of the opening day are worth nothing when they last three months."""

TABLES = ("points_entries", "points_expiries", "journal_entries", "postings", "outbox")


def expire(world: World, **asked: object) -> PointsExpired:
    result: PointsExpired = world.do(expire_points, ExpirePoints(**asked))
    return result


def refused(world: World, command: ExpirePoints, caller: object = SYSTEM) -> tuple[str, str]:
    before = {table: world.count(table) for table in TABLES}
    with pytest.raises(Refusal) as refusal:
        world.do(expire_points, command, caller)
    assert {table: world.count(table) for table in TABLES} == before
    return refusal.value.reason, refusal.value.field


def members(world: World, count: int) -> list[str]:
    """Cards of new members, each with 100 points that lapse on OVER."""
    cards = [f"EX{number}" for number in range(count)]
    for card in cards:
        world.do(register_member, RegisterMember(card=card, source="test"))
        world.sell(Till().line("TEA").member(card).cash(10_000).command)
    return cards


@pytest.fixture
def lasting(world: World) -> World:
    """The chain with points that last three months."""
    world.set("points_expiry", "months:3")
    return world


@pytest.mark.capability("PTS-12", "FIN-11")
def test_what_is_left_of_575_points_expires_with_its_liability(lasting: World) -> None:
    lasting.set("points_per_major_unit", "5")
    # 115.00 brings 575 points, which defer 5.44 of the net 101.77 (5.75 stand-alone).
    lasting.sell(Till().line("TEA").line("WRAP", 5).member().cash(11_500).command)
    lasting.set("points_earning", "no")
    # 500 of 575 points release 4.73 of it.
    lasting.sell(Till().line("MUG").member().points(500).cash(4_500).command)
    assert (lasting.points(), lasting.ledger()["220501"]) == (75, -71)
    lasting.clock.now = OVER - timedelta(days=1)
    assert expire(lasting) == PointsExpired("2027-02-22", 0, 0, 0, [], "")
    lasting.clock.now = OVER
    result = expire(lasting)
    [expiry] = result.expiries
    assert (result.on, result.members, result.lots, result.points, expiry.value_minor) == ("2027-02-23", 1, 1, 75, 71)
    assert lasting.points() == 0
    ledger = lasting.ledger()
    assert (ledger.get("220501", 0), ledger["605101"]) == (0, -71)
    newest, *older = lasting.ask(get_points_statement, GetPointsStatement(MEMBER)).entries
    assert (newest.points, newest.reason, newest.sale_id, newest.lot_id, newest.business_date) == (
        -75, PointsReason.EXPIRED, expiry.expiry_id, older[-1].lot_id, "2027-02-23",
    )  # fmt: skip
    assert lasting.rows("SELECT topic FROM outbox WHERE topic = 'PointsExpired'") == [("PointsExpired",)]


@pytest.mark.capability("PTS-12")
def test_a_second_run_changes_nothing(lasting: World) -> None:
    lasting.sell(Till().line("TEA").member().cash(10_000).command)
    lasting.clock.now = OVER
    assert expire(lasting).points == 100
    before = {table: lasting.count(table) for table in TABLES}
    assert (expire(lasting).lots, expire(lasting, on="2026-12-31").lots) == (0, 0)
    assert {table: lasting.count(table) for table in TABLES} == before


@pytest.mark.capability("PTS-12")
def test_an_old_lot_that_was_partly_spent_takes_no_good_points_with_it(lasting: World) -> None:
    """The balance collapse of others: 200 earned, 100 spent of them, then 50 more; the old lot leaves the 50."""
    lasting.sell(Till().line("TEA", 2).member().cash(20_000).command)
    lasting.set("points_earning", "no")
    lasting.sell(Till().line("MUG").member().points(100).cash(4_900).command)
    lasting.set("points_earning", "yes")
    lasting.clock.advance(days=30)
    lasting.sell(Till().line("MUG").member().cash(5_000).command)
    assert lasting.points() == 150
    lasting.clock.now = OVER
    assert (expire(lasting).points, lasting.points()) == (100, 50)
    lasting.clock.advance(days=30)
    assert (expire(lasting).points, lasting.points()) == (50, 0)


@pytest.mark.capability("PTS-12")
def test_goes_on_after_it_was_stopped_in_the_middle(lasting: World) -> None:
    members(lasting, 5)
    lasting.clock.now = OVER
    first = expire(lasting, lots_max=2)
    assert (first.lots, first.members, bool(first.next_page_token)) == (2, 2, True)
    with lasting.units.begin(caller=SYSTEM, now=lasting.clock()) as uow:
        # Killed before its commit: nothing of it stays.
        assert expire_points(uow, ExpirePoints(lots_max=2, page_token=first.next_page_token)).lots == 2
        uow.flush()
    assert lasting.points() == 300
    second = expire(lasting, on=first.on, lots_max=2, page_token=first.next_page_token)
    # Without the token it begins anew, and finds what is left.
    third = expire(lasting, on=first.on, lots_max=2)
    assert (second.lots, third.lots, third.next_page_token, lasting.points()) == (2, 1, "", 0)
    assert lasting.rows("SELECT count(DISTINCT lot_id), count(*) FROM points_entries WHERE reason = 'expired'") == [
        (5, 5)
    ]


def test_a_batch_costs_the_same_statements_whatever_its_size(lasting: World) -> None:
    members(lasting, 6)
    lasting.clock.now = OVER
    trips = []
    for size in (1, 5):
        with lasting.units.begin(caller=SYSTEM, now=lasting.clock()) as uow:
            assert expire_points(uow, ExpirePoints(lots_max=size)).lots == size
            trips.append(uow.round_trips)
            uow.commit()
    assert trips[0] == trips[1]


@pytest.mark.capability("PTS-12")
def test_every_store_gives_up_the_liability_of_what_it_issued(lasting: World) -> None:
    lasting.sell(Till().line("TEA").member().cash(10_000).command)
    lasting.sell(Till().line("TEA", 2).member().cash(20_000).command, lasting.s2)
    lasting.clock.now = OVER
    found = [(one.store_code, one.lots, one.points, one.value_minor) for one in expire(lasting).expiries]
    assert sorted(found) == [("S1", 1, 100, 99), ("S2", 1, 200, 198)]
    posted = lasting.rows(
        "SELECT s.code, e.business_date, p.account_code, p.amount_minor FROM journal_entries e"
        " JOIN postings p ON p.entry_id = e.entry_id JOIN stores s ON s.store_id = e.store_id"
        " WHERE e.document_kind = 'points_expiry' ORDER BY 1, 3"
    )
    assert [(code, str(on), account, amount) for code, on, account, amount in posted] == [
        ("S1", "2027-02-23", "220501", 99), ("S1", "2027-02-23", "605101", -99),
        ("S2", "2027-02-23", "220501", 198), ("S2", "2027-02-23", "605101", -198),
    ]  # fmt: skip


def test_points_that_were_awarded_expire_in_the_store_that_gave_them(lasting: World) -> None:
    announce(lasting, points=300)
    lasting.do(book_seat, BookSeat("TASTING", MEMBER), lasting.s1)
    lasting.clock.now = START - timedelta(hours=2)
    lasting.once(check_in, CheckIn("TASTING", MEMBER), lasting.s1)
    lasting.clock.now = OVER + timedelta(days=60)
    [expiry] = expire(lasting).expiries
    given = lasting.rows(
        "SELECT s.code FROM points_entries e JOIN stores s ON s.store_id = e.store_id WHERE e.reason = 'awarded'"
    )
    assert ((expiry.store_code,), expiry.points, lasting.points()) == (given[0], 300, 0)


@pytest.mark.capability("PTS-12")
def test_waits_until_the_day_has_begun_in_every_open_store(lasting: World) -> None:
    def far(status: StoreStatus) -> PutStores:
        return PutStores((StoreView("S2", "Store S2", "EAST", "CNY", "America/Los_Angeles", 240, status),))

    lasting.sell(Till().line("TEA").member().cash(10_000).command)
    lasting.do(put_stores, far(StoreStatus.OPEN))
    lasting.clock.now = OVER
    # 18:00 on the day before in Los Angeles, where the points may still be spent.
    assert (expire(lasting).on, lasting.points()) == ("2027-02-22", 100)
    assert refused(lasting, ExpirePoints("2027-02-23")) == ("DAY_NOT_BEGUN", "on")
    lasting.do(put_stores, far(StoreStatus.CLOSED))
    assert (expire(lasting).on, lasting.points()) == ("2027-02-23", 0)


def test_a_run_that_was_forgotten_is_booked_on_its_day(lasting: World) -> None:
    lasting.sell(Till().line("TEA").member().cash(10_000).command)
    lasting.clock.now = OVER + timedelta(days=5)
    assert expire(lasting, on="2027-02-22").lots == 0
    assert expire(lasting, on="2027-02-23").lots == 1
    [(on,)] = lasting.rows("SELECT business_date FROM journal_entries WHERE document_kind = 'points_expiry'")
    assert str(on) == "2027-02-23"


def test_refuses_what_is_no_batch_and_who_sees_no_whole_chain(lasting: World) -> None:
    assert refused(lasting, ExpirePoints("27-02-2023")) == ("INVALID_DATE", "on")
    assert refused(lasting, ExpirePoints(lots_max=5_001)) == (OutOfRange.reason, "lots_max")
    assert refused(lasting, ExpirePoints(page_token="x")) == ("INVALID_PAGE_TOKEN", "page_token")
    assert refused(lasting, ExpirePoints(), lasting.s1) == ("WHOLE_CHAIN_ONLY", "")
    # To see all stores that there are is not yet to see the chain.
    stores = frozenset(store_id for (store_id,) in lasting.rows("SELECT store_id FROM stores"))
    all_stores = replace(SYSTEM, store_ids=stores)
    assert refused(lasting, ExpirePoints(), all_stores) == ("WHOLE_CHAIN_ONLY", "")


@pytest.mark.capability("PTS-12")
def test_takes_only_what_a_sale_that_came_first_has_left(lasting: World) -> None:
    """A sale made offline before midnight spends points of the lot while the run waits for the member's account."""
    lasting.sell(Till().line("TEA", 2).member().cash(20_000).command)
    lasting.set("points_earning", "no")
    results: list[PointsExpired] = []
    lasting.clock.now = OVER - timedelta(minutes=1)
    call = lasting.call(Till().line("MUG").member().points(100).cash(4_900).command, lasting.s1)
    with lasting.units.begin(caller=lasting.s1, now=lasting.clock(), request_id=call.request_id) as uow:
        uow.requests.claim_new([call.claim], at=lasting.clock())
        # Seven hours before the day of the store is over.
        before = replace(call, received_at=OVER - timedelta(hours=7))
        [receipt] = checkout(uow, [before])
        assert not isinstance(receipt, Refusal)
        uow.requests.answer(call.claim, b"sold")
        lasting.clock.now = OVER
        run = threading.Thread(target=lambda: results.append(expire(lasting)))
        run.start()
        run.join(0.2)
        assert results == []
        uow.commit()
    run.join()
    assert (results[0].points, lasting.points()) == (100, 0)


def test_two_runs_side_by_side_expire_every_lot_once(lasting: World) -> None:
    members(lasting, 8)
    lasting.clock.now = OVER
    results: list[PointsExpired] = []

    def run() -> None:
        token = ""
        while True:
            batch = expire(lasting, lots_max=2, page_token=token)
            results.append(batch)
            token = batch.next_page_token
            if not token:
                return

    runs = [threading.Thread(target=run) for _ in range(2)]
    for one in runs:
        one.start()
    for one in runs:
        one.join()
    assert (sum(one.lots for one in results), sum(one.points for one in results), lasting.points()) == (8, 800, 0)


@pytest.mark.capability("PTS-12", "PTS-18")
@pytest.mark.parametrize("expired", [False, True])
def test_a_refund_after_the_expiry_comes_to_what_one_before_it_does(lasting: World, expired: bool) -> None:
    """Of 200 points 100 were spent and 100 have expired: the expired ones cost the customer nothing."""
    sale = lasting.sell(Till().line("TEA", 2).member().cash(20_000).command)
    lasting.set("points_earning", "no")
    lasting.sell(Till().line("MUG").member().points(100).cash(4_900).command)
    lasting.clock.now = OVER
    if expired:
        assert (expire(lasting).points, lasting.points()) == (100, 0)
    half = lasting.refund(RefundSale(sale.sale_id, "one", (ReturnRequest(1, 1_000, amount_only=False),)))
    assert (half.points_shortfall, half.sale.total_minor, lasting.points()) == (0, -10_000, 0)
    rest = lasting.refund(RefundSale(sale.sale_id, "the other"))
    # Of its hundred all were spent: 1.00 is kept back.
    assert (rest.points_shortfall, rest.shortfall_minor, rest.sale.total_minor) == (100, 100, -10_000)
    assert [(t.kind, t.amount_minor) for t in rest.sale.tenders] == [
        (TenderKind.CASH, -9_900), (TenderKind.POINTS_SHORTFALL, -100),
    ]  # fmt: skip
    ledger = lasting.ledger()
    assert (ledger.get("220501", 0), ledger.get("605101", 0)) == (0, 0)
    reasons = [r for (r,) in lasting.rows("SELECT reason FROM points_entries ORDER BY posted_at, entry_id")]
    assert reasons[2:] == (["expired", "expiry_reversed", "earn_reversed"] if expired else ["earn_reversed"])


@pytest.mark.capability("PTS-12", "PTS-18")
def test_points_that_had_paid_come_back_with_a_new_expiry_when_their_lot_is_over(lasting: World) -> None:
    lasting.sell(Till().line("TEA", 2).member().cash(20_000).command)
    lasting.set("points_earning", "no")
    paid = lasting.sell(Till().line("MUG").member().points(100).cash(4_900).command)
    lasting.clock.now = OVER
    assert (expire(lasting).points, lasting.points()) == (100, 0)
    lasting.refund(RefundSale(paid.sale_id, "chipped"))
    assert lasting.points() == 100
    [(points, on)] = lasting.rows("SELECT points, expires_on FROM points_lots WHERE points > 0")
    assert (points, str(on)) == (100, "2027-05-24")
    lasting.clock.now = datetime(2027, 5, 24, 2, 0, tzinfo=UTC)
    assert (expire(lasting).points, lasting.points()) == (100, 0)


def test_the_books_name_an_expiry_that_was_tampered_with(lasting: World) -> None:
    lasting.sell(Till().line("TEA").member().cash(10_000).command)
    lasting.clock.now = OVER
    [expiry] = expire(lasting).expiries
    [(entry_id,)] = lasting.rows("SELECT entry_id FROM points_entries WHERE reason = 'expired'")
    changed = (
        ("UPDATE points_expiries SET points = 99", "UPDATE points_expiries SET points = 100",
         f"points_expiries expiry_id={expiry.expiry_id}: points 99, points of entries 100"),
        ("UPDATE points_lots SET expires_on = '2027-02-24'", "UPDATE points_lots SET expires_on = '2027-02-23'",
         f"points_entries entry_id={entry_id}: expired lots that were over 0, expected 1"),
    )  # fmt: skip
    for tampering, repair, violation in changed:
        with lasting.engine.begin() as connection:
            connection.exec_driver_sql(tampering)
        assert lasting.broken() == [f"I4 {violation}"]
        with lasting.engine.begin() as connection:
            connection.exec_driver_sql(repair)
