"""Points as members and the books see them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from application.fields import Missing
from application.loyalty.expire_points import ExpirePoints, expire_points
from application.loyalty.queries import (
    GetPointsBalance,
    GetPointsLiability,
    GetPointsStatement,
    PointsBalance,
    UnknownMember,
    get_points_balance,
    get_points_statement,
    points_liability,
)
from application.loyalty.views import PointsEntryView, PointsLiability
from application.scope import UnknownStore
from domain.identity.organisation import SYSTEM
from domain.loyalty.ledger import PointsReason
from domain.shared.errors import Refusal
from tests.trading_day import trade
from tests.world import MEMBER, Till, World


@pytest.mark.capability("PTS-16")
def test_tells_balance_and_next_expiry_in_one_call(world: World) -> None:
    world.set("points_expiry", "months:2")
    sale = world.sell(Till().line("TEA").member().cash(10_000).command)
    world.sell(Till().line("MUG").member().cash(5_000).command)
    world.clock.advance(days=40)
    world.sell(Till().line("TEA", 2).member().cash(20_000).command)
    assert world.ask(get_points_balance, GetPointsBalance(MEMBER), world.s2) == PointsBalance(
        sale.member_number, 350, "2027-01-23", 150, spendable_points=350
    )
    world.clock.advance(days=22)
    # On the 23rd of January the first two lots are worth nothing, and the next to lapse is the third.
    assert world.ask(get_points_balance, GetPointsBalance(MEMBER), world.s1).next_expiry_on == "2027-03-02"
    assert world.ask(get_points_balance, GetPointsBalance(MEMBER), world.s1).next_expiry_points == 200
    # An hour before the shop's day ends it is still the day before.
    world.clock.now = world.clock.now.replace(hour=19) - timedelta(days=1)
    assert world.ask(get_points_balance, GetPointsBalance(MEMBER), world.s1).next_expiry_on == "2027-01-23"


def test_a_member_without_points_has_nothing_to_lose(world: World) -> None:
    found = world.ask(get_points_balance, GetPointsBalance("CARD1"))
    assert (found.points_balance, found.next_expiry_on, found.next_expiry_points) == (0, "", 0)
    assert world.ask(get_points_statement, GetPointsStatement("CARD1")).entries == []


def test_points_that_never_lapse_have_no_next_expiry(world: World) -> None:
    world.set("points_expiry", "never")
    world.sell(Till().line("TEA").member().cash(10_000).command)
    found = world.ask(get_points_balance, GetPointsBalance(MEMBER))
    assert (found.points_balance, found.next_expiry_on, found.next_expiry_points) == (100, "", 0)
    [entry] = world.ask(get_points_statement, GetPointsStatement(MEMBER)).entries
    assert entry.expires_on == ""


@pytest.mark.capability("PTS-14")
def test_the_statement_tells_every_movement_with_its_reason_and_document(world: World) -> None:
    day = trade(world)
    found = world.ask(get_points_statement, GetPointsStatement(MEMBER), world.s2)
    assert (found.member_number, found.points_balance, found.next_page_token) == (day.redeemed.member_number, 230, "")
    lot_of = {entry.sale_id: entry.lot_id for entry in found.entries if entry.reason is PointsReason.EARNED}
    oldest = found.entries[-1]
    assert oldest == PointsEntryView(
        entry_id=oldest.entry_id,
        points=373,
        reason=PointsReason.EARNED,
        sale_id=day.discounted.sale_id,
        lot_id=lot_of[day.discounted.sale_id],
        expires_on="2028-01-01",
        store_code="S1",
        business_date="2026-11-22",
        posted_at=day.discounted.sold_at,
    )
    first, second = lot_of[day.discounted.sale_id], lot_of[day.redeemed.sale_id]
    movements = [(entry.sale_id, entry.reason, entry.points, entry.lot_id) for entry in found.entries]
    assert movements == [
        (day.scrapped.sale_id, PointsReason.EARN_REVERSED, -50, second),
        (day.refund.sale_id, PointsReason.EARN_REVERSED, -17, second),
        (day.refund.sale_id, PointsReason.EARN_REVERSED, -73, first),
        (day.redeemed.sale_id, PointsReason.EARNED, 297, second),
        (day.redeemed.sale_id, PointsReason.REDEEMED, -300, first),
        (day.discounted.sale_id, PointsReason.EARNED, 373, first),
    ]
    assert sum(entry.points for entry in found.entries) == found.points_balance


def test_pages_of_a_statement_hold_every_movement_once(world: World) -> None:
    trade(world)
    whole = world.ask(get_points_statement, GetPointsStatement(MEMBER)).entries
    entries, token = [], ""
    for size in (4, 2):
        page = world.ask(get_points_statement, GetPointsStatement(MEMBER, 4, token))
        assert len(page.entries) == size
        entries += page.entries
        token = page.next_page_token
    assert token == ""
    assert entries == whole


def test_refuses_a_key_that_nobody_has_without_repeating_it(world: World) -> None:
    for query, command in ((get_points_balance, GetPointsBalance), (get_points_statement, GetPointsStatement)):
        with pytest.raises(UnknownMember) as refusal:
            world.ask(query, command("13900139000"))
        assert str(refusal.value) == "member_key: No member has this number, phone, card or code."
        with pytest.raises(Missing):
            world.ask(query, command(" "))


def test_tells_by_store_what_was_issued_redeemed_and_is_outstanding(world: World) -> None:
    trade(world)
    world.sell(Till().line("TEA").member().points(100).card(9_900).command, world.s2)
    s1 = PointsLiability("S1", "CNY", issued=530, redeemed=300, expired=0, adjusted=0, outstanding=230, value_minor=228)
    s2 = PointsLiability("S2", "CNY", issued=99, redeemed=100, expired=0, adjusted=0, outstanding=-1, value_minor=-1)
    assert world.ask(points_liability, GetPointsLiability()) == [s1, s2]
    # The liability is what the books say, in each store and together.
    assert -world.ledger()["220501"] == s1.value_minor + s2.value_minor
    assert world.ask(points_liability, GetPointsLiability("S2")) == [s2]
    assert world.ask(points_liability, GetPointsLiability(), world.s1) == [s1]
    assert world.ask(points_liability, GetPointsLiability(), replace(SYSTEM, store_ids=frozenset())) == []
    with pytest.raises(UnknownStore):
        world.ask(points_liability, GetPointsLiability("S2"), world.s1)


@pytest.mark.capability("PTS-14", "PTS-16")
def test_tells_what_the_balance_was_at_any_moment_and_at_the_end_of_any_day(world: World) -> None:
    world.set("points_expiry", "months:1")
    earned_at = world.clock.now
    world.sell(Till().line("TEA", 2).member().cash(20_000).command)
    world.set("points_earning", "no")
    world.clock.advance(days=1)
    spent_at = world.clock.now
    world.sell(Till().line("MUG").member().points(100).cash(4_900).command)
    # Worth nothing from the 23rd of December on; taken out two days later and booked on the 23rd.
    world.clock.now = datetime(2026, 12, 25, 2, 0, tzinfo=UTC)
    before = world.ask(get_points_balance, GetPointsBalance(MEMBER), world.s1)
    assert (before.points_balance, before.expired_points, before.next_expiry_on) == (100, 100, "")
    world.do(expire_points, ExpirePoints("2026-12-23"))
    expired_at = world.clock.now

    def balance(caller: Any = world.s1, **when: Any) -> tuple[int, str, int, int]:
        found = world.ask(get_points_balance, GetPointsBalance(MEMBER, **when), caller)
        statement = world.ask(get_points_statement, GetPointsStatement(MEMBER, **when), caller)
        assert sum(entry.points for entry in statement.entries) == statement.points_balance == found.points_balance
        return found.points_balance, found.next_expiry_on, found.next_expiry_points, found.expired_points

    moment = timedelta(microseconds=1)
    assert balance() == (0, "", 0, 0)
    assert balance(as_of=earned_at - moment) == (0, "", 0, 0)
    assert balance(as_of=earned_at) == balance(as_of=spent_at - moment) == (200, "2026-12-23", 200, 0)
    assert balance(as_of=spent_at) == (100, "2026-12-23", 100, 0)
    assert balance(as_of=expired_at - moment) == (100, "", 0, 100)
    assert balance(as_of=expired_at) == (0, "", 0, 0)
    assert balance(as_of_date="2026-11-21") == (0, "", 0, 0)
    assert balance(as_of_date="2026-11-22") == (200, "2026-12-23", 200, 0)
    assert balance(as_of_date="2026-12-22") == (100, "2026-12-23", 100, 0)
    assert balance(as_of_date="2026-12-23") == balance(SYSTEM, as_of_date="2026-12-25") == (0, "", 0, 0)
    assert balance(as_of=datetime(1, 1, 1, tzinfo=UTC)) == (0, "", 0, 0)


def test_pages_of_a_statement_as_of_then_end_where_it_ended(world: World) -> None:
    trade(world)
    then = world.clock.now
    before = world.ask(get_points_statement, GetPointsStatement(MEMBER)).entries
    world.clock.advance(minutes=1)
    world.sell(Till().line("TEA").member().cash(10_000).command)
    found, token = [], ""
    while True:
        page = world.ask(get_points_statement, GetPointsStatement(MEMBER, 2, token, as_of=then))
        found += page.entries
        token = page.next_page_token
        if not token:
            break
    assert found == before


def test_refuses_a_moment_that_lies_ahead_and_two_of_them(world: World) -> None:
    now = world.clock.now
    wrong: tuple[tuple[dict[str, Any], str, str], ...] = (
        ({"as_of": now + timedelta(seconds=1)}, "NOT_YET", "as_of"),
        ({"as_of_date": "2026-11-23"}, "NOT_YET", "as_of_date"),
        ({"as_of_date": "2026-11-31"}, "INVALID_DATE", "as_of_date"),
        ({"as_of": now, "as_of_date": "2026-11-22"}, "MOMENT_OR_DATE", "as_of_date"),
    )
    for when, reason, field in wrong:
        for query, command in ((get_points_balance, GetPointsBalance), (get_points_statement, GetPointsStatement)):
            with pytest.raises(Refusal) as refusal:
                world.ask(query, command(MEMBER, **when), world.s1)
            assert (refusal.value.reason, refusal.value.field) == (reason, field)
