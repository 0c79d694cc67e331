"""Experience events: seats, check-ins, and what these grant."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from application.marketing.event_queries import GetEvent, ListEvents, get_event, list_events
from application.marketing.event_seats import BookSeat, CancelSeat, CheckIn, book_seat, cancel_seat, check_in
from application.marketing.put_event import PutEvent, put_event
from domain.marketing.experience_event import ExperienceEvent
from domain.shared.errors import Refusal
from tests.application.marketing.draws import OTHER, draw, play, published, put, second_member, thanks
from tests.world import MEMBER, OPENING, World

START = OPENING + timedelta(days=1)


def event(**terms: Any) -> ExperienceEvent:
    full = ExperienceEvent("TASTING", "Tea tasting", "品茶会", "S1", START, START + timedelta(hours=2), 2)
    return replace(full, **terms)


def announce(world: World, **terms: Any) -> ExperienceEvent:
    made = event(**terms)
    world.do(put_event, PutEvent(made))
    return made


def book(world: World, member: str = MEMBER) -> int:
    return int(world.do(book_seat, BookSeat("TASTING", member), world.s1).seats_left)


def refused(world: World, use_case: Any, command: Any, caller: Any = None) -> tuple[str, str]:
    """The reason and the field of a refusal that has written nothing."""
    before = world.count("event_entries"), world.count("experience_events"), world.count("draw_tickets")
    with pytest.raises(Refusal) as raised:
        world.do(use_case, command, *([caller] if caller else []))
    assert (world.count("event_entries"), world.count("experience_events"), world.count("draw_tickets")) == before
    return raised.value.reason, raised.value.field


@pytest.mark.capability("PRM-18")
def test_seats_are_booked_and_given_back(world: World):
    other = second_member(world)
    announce(world, seats=1)
    assert book(world) == 0
    assert refused(world, book_seat, BookSeat("TASTING", MEMBER)) == ("SEAT_BOOKED", "member_key")
    assert refused(world, book_seat, BookSeat("TASTING", other)) == ("NO_SEATS_LEFT", "event_code")
    assert refused(world, cancel_seat, CancelSeat("TASTING", other)) == ("NO_SEAT_BOOKED", "member_key")
    assert world.do(cancel_seat, CancelSeat("TASTING", MEMBER), world.s1).seats_left == 1
    assert book(world, other) == 0
    assert world.ask(get_event, GetEvent("TASTING")) == event(seats=1, taken=1)
    world.clock.now = START + timedelta(hours=2)
    assert refused(world, cancel_seat, CancelSeat("TASTING", other)) == ("EVENT_OVER", "event_code")


@pytest.mark.capability("PRM-18")
def test_a_check_in_grants_tickets_and_points_once(world: World):
    published(world, thanks(chance=1_000_000))
    announce(world, draw_code="XMAS", tickets=2, points=300)
    book(world)
    assert refused(world, check_in, CheckIn("TASTING", MEMBER)) == ("DOORS_CLOSED", "event_code")
    world.clock.now = START - timedelta(hours=2)
    expense = world.ledger().get("660101", 0)
    here = world.once(check_in, CheckIn("TASTING", MEMBER), world.s1)
    assert (len(here.ticket_ids), here.points, here.points_balance, world.points()) == (2, 300, 300, 300)
    assert world.ledger()["660101"] - expense == 300
    assert world.rows("SELECT DISTINCT source, reason FROM draw_tickets") == [("event", "TASTING")]
    assert refused(world, check_in, CheckIn("TASTING", MEMBER)) == ("CHECKED_IN_ALREADY", "member_key")
    assert refused(world, cancel_seat, CancelSeat("TASTING", MEMBER)) == ("CHECKED_IN_ALREADY", "member_key")
    assert refused(world, check_in, CheckIn("TASTING", second_member(world))) == ("NO_SEAT_BOOKED", "member_key")
    assert play(world).ticket_id == here.ticket_ids[0]
    world.clock.now = START + timedelta(hours=2)
    assert refused(world, check_in, CheckIn("TASTING", OTHER)) == ("DOORS_CLOSED", "event_code")


def test_an_event_without_rewards_posts_nothing(world: World):
    announce(world)
    book(world)
    entries = world.count("journal_entries")
    world.clock.now = START
    assert list(world.do(check_in, CheckIn("TASTING", MEMBER), world.s1).ticket_ids) == []
    assert (world.count("journal_entries"), world.points()) == (entries, 0)


@pytest.mark.parametrize(
    ("terms", "reason", "field"),
    [
        ({"seats": 0}, "OUT_OF_RANGE", "event.seats"),
        ({"ends_at": START}, "EMPTY_PERIOD", "event.ends_at"),
        ({"starts_at": START.replace(tzinfo=None)}, "NO_ZONE", "event.starts_at"),
        ({"taken": 1}, "TAKEN_IS_COUNTED", "event.taken"),
        ({"tickets": 1}, "TICKETS_WITHOUT_DRAW", "event.tickets"),
        ({"draw_code": "XMAS"}, "MISSING", "event.tickets"),
        ({"draw_code": "XMAS", "tickets": 1}, "UNKNOWN_DRAW", "event.draw_code"),
        ({"store_code": ""}, "STORE_NEEDED", "event.store_code"),
        ({"name_zh": ""}, "MISSING", "event.name_zh"),
    ],
)
def test_says_which_field_is_wrong(world: World, terms: dict[str, Any], reason: str, field: str):
    assert refused(world, put_event, PutEvent(event(**terms))) == (reason, field)


def test_names_a_draw_that_can_grant_tickets_until_its_end(world: World):
    put(world, draw(thanks()))
    with_draw = event(draw_code="XMAS", tickets=1)
    assert refused(world, put_event, PutEvent(with_draw)) == ("DRAW_NOT_PUBLISHED", "event.draw_code")
    published(world, thanks(), code="SHORT", until_at=START)
    published(world, thanks(), code="ELSEWHERE", store_codes=("S2",))
    short = replace(with_draw, draw_code="SHORT")
    assert refused(world, put_event, PutEvent(short)) == ("DRAW_ENDS_BEFORE", "event.draw_code")
    elsewhere = replace(with_draw, draw_code="ELSEWHERE")
    assert refused(world, put_event, PutEvent(elsewhere)) == ("NOT_HERE", "event.draw_code")


def test_what_is_booked_stays_as_it_was_announced(world: World):
    announce(world)
    announce(world, seats=5, points=7)
    book(world)
    book(world, second_member(world))
    assert refused(world, put_event, PutEvent(event(seats=1, points=7))) == ("SEATS_ARE_TAKEN", "event.seats")
    assert refused(world, put_event, PutEvent(event(seats=5))) == ("EVENT_IS_BOOKED", "event.points")
    moved = announce(world, seats=2, points=7, starts_at=START + timedelta(hours=1))
    assert world.ask(get_event, GetEvent("TASTING")) == replace(moved, taken=2)


def test_events_are_listed_by_their_beginning_within_the_scope(world: World):
    for code, store, hours in (("LATER", "S1", 5), ("SOON", "S1", 1), ("THERE", "S2", 3)):
        start = START + timedelta(hours=hours)
        announce(world, code=code, store_code=store, starts_at=start, ends_at=start + timedelta(hours=1))
    assert [one.code for one in world.ask(list_events, ListEvents()).events] == ["SOON", "THERE", "LATER"]
    assert [one.code for one in world.ask(list_events, ListEvents(), world.s1).events] == ["SOON", "LATER"]
    assert [one.code for one in world.ask(list_events, ListEvents("S2")).events] == ["THERE"]
    first = world.ask(list_events, ListEvents(page_size=1, from_at=START + timedelta(hours=2)))
    assert [one.code for one in first.events] == ["THERE"]
    after = world.ask(list_events, ListEvents(page_token=first.next_page_token))
    assert [one.code for one in after.events] == ["LATER"]
    manager = replace(world.s1, permissions=frozenset({"*"}))
    foreign = event(code="THERE", store_code="S1")
    assert refused(world, put_event, PutEvent(foreign), manager) == ("UNKNOWN_EVENT", "event.code")
    assert refused(world, book_seat, BookSeat("THERE", MEMBER), manager) == ("UNKNOWN_EVENT", "event_code")
