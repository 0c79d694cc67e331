"""The invariants of draws and events fail for exactly the row that was tampered with."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from application.check import run_checks
from application.marketing.event_seats import BookSeat, CheckIn, book_seat, check_in
from application.marketing.put_event import PutEvent, put_event
from domain.identity.organisation import SYSTEM
from domain.marketing.experience_event import ExperienceEvent
from tests.application.marketing.draws import coupon, goods, grant, play, points, published
from tests.application.sales.coupons import put_batch
from tests.world import MEMBER, OPENING, World


@pytest.fixture
def drawn(world: World) -> World:
    """Three draws with one prize won of each kind, the last after an event that granted a ticket and points."""
    put_batch(world)
    for code, prize in (("GOODS", goods()), ("COUPON", coupon()), ("POINTS", points())):
        published(world, prize, code=code, plays_per_member_max=2, plays_per_member_day_max=2)
    grant(world, code="GOODS")
    grant(world, 2, code="COUPON")
    end = OPENING + timedelta(hours=1)
    event = ExperienceEvent("TASTING", "Tasting", "品茶", "S1", OPENING, end, 3, "POINTS", 1, 50)
    world.do(put_event, PutEvent(event))
    world.do(book_seat, BookSeat("TASTING", MEMBER), world.s1)
    world.do(check_in, CheckIn("TASTING", MEMBER), world.s1)
    for code in ("GOODS", "COUPON", "POINTS"):
        play(world, code=code)
    return world


def violations(world: World, *tampering: str) -> list[str]:
    """What is said of draws, events and books in a transaction that tampers and is then undone."""
    with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
        for statement in tampering:
            uow.execute(text(statement))
        results = run_checks(uow)
    return [found for one in results if one.id in ("PRM-draws", "PRM-events", "D1-books") for found in one.violations]


@pytest.mark.capability("PRM-18")
def test_tampered_rows_are_named(drawn: World):
    assert drawn.broken() == []
    ids = dict(drawn.rows("SELECT code, draw_id FROM draws"))
    [(member,)] = drawn.rows("SELECT member_id FROM members")
    [(event,)] = drawn.rows("SELECT event_id FROM experience_events")
    here, there = ids["GOODS"], ids["COUPON"]
    assert violations(drawn, f"UPDATE draw_plays SET play_number = 2 WHERE draw_id = {here}") == [
        f"draw_counts draw_id={here}: plays 1, highest play_number 2; lowest play_number 2, expected 1"
    ]
    assert violations(drawn, f"UPDATE draw_prizes SET remaining = 3 WHERE draw_id = {here}") == [
        f"draw_prizes draw_id={here} position=1: awarded plus remaining 4, number 3"
    ]
    assert violations(drawn, f"UPDATE draw_prizes SET remaining = 1, awarded = 2 WHERE draw_id = {here}") == [
        f"draw_prizes draw_id={here} position=1: awarded 2, taken by draw_plays 1"
    ]
    [(unused,)] = drawn.rows("SELECT ticket_id FROM draw_tickets WHERE used = 0")
    assert violations(drawn, f"UPDATE draw_tickets SET used = 1 WHERE ticket_id = {unused}") == [
        f"draw_tickets ticket_id={unused}: used 1, rows of draw_plays 0"
    ]
    assert violations(drawn, f"UPDATE draw_members SET granted = 3 WHERE draw_id = {there}") == [
        f"draw_members draw_id={there} member_id={member}: granted 3, rows of draw_tickets 2"
    ]
    assert violations(drawn, f"UPDATE draw_member_days SET plays = 0 WHERE draw_id = {there}") == [
        f"draw_member_days draw_id={there} member_id={member} day=2026-11-22: plays 0, rows of draw_plays 1"
    ]
    assert violations(drawn, f"UPDATE draws SET plays_per_member_max = -1 WHERE draw_id = {here}") == [
        f"draw_members draw_id={here} member_id={member}: plays 1, allowed -1"
    ]
    assert violations(drawn, f"UPDATE event_counts SET taken = 2 WHERE event_id = {event}") == [
        f"event_counts event_id={event}: taken 2, seats of event_entries 1; taken 2, seats of event_bookings 1"
    ]
    assert violations(drawn, f"UPDATE event_bookings SET checked_in = 0 WHERE event_id = {event}") == [
        f"event_bookings event_id={event} member_id={member}: checked in 0, check-ins of event_entries 1"
    ]


@pytest.mark.capability("PRM-18")
def test_prizes_that_were_not_handed_out_are_named(drawn: World):
    ids = dict(drawn.rows("SELECT code, draw_id FROM draws"))
    plays = dict(drawn.rows("SELECT draw_id, play_id FROM draw_plays"))
    [(checked_in,)] = drawn.rows("SELECT entry_id FROM event_entries WHERE checked_in = 1")
    [(event,)] = drawn.rows("SELECT event_id FROM experience_events")
    here = ids["GOODS"]
    assert violations(drawn, f"UPDATE stock_movements SET reason = 'sale' WHERE document_id = {plays[here]}") == [
        f"draw_plays draw_id={here} play_number=1: goods given, in thousandths 0, won 1000"
    ]
    there = ids["COUPON"]
    assert violations(drawn, f"UPDATE coupon_events SET document_id = 0 WHERE document_id = {plays[there]}") == [
        f"draw_plays draw_id={there} play_number=1: coupons given 0, won 1"
    ]
    assert violations(drawn, f"DELETE FROM draw_tickets WHERE document_id = {checked_in}")[-1:] == [
        f"event_entries event_id={event} entry_id={checked_in}: tickets 1, rows of draw_tickets 0"
    ]
    last = ids["POINTS"]
    assert violations(drawn, f"UPDATE points_entries SET sale_id = 1 WHERE sale_id = {plays[last]}") == [
        f"draw_plays draw_id={last} play_number=1: points given 0, won 500",
        "points_entries document_id=1: plays, check-ins and activities 0, expected 1",
    ]
    [(entry,)] = drawn.rows(f"SELECT entry_id FROM journal_entries WHERE document_id = {plays[here]}")
    assert violations(drawn, f"UPDATE journal_entries SET document_id = 1 WHERE entry_id = {entry}") == [
        f"documents document_id={plays[here]}: journal entries 0, expected 1; "
        "with its kind, store, date, currency and channel 0, expected 1",
        f"journal_entries entry_id={entry} document_id=1: documents 0, expected 1",
    ]
