"""HQ or a store announces an experience event."""

from dataclasses import dataclass, replace
from typing import Final

from application.fields import Missing, in_order, optional_code, required_code, required_name, within
from application.marketing.draw_fields import POINTS_MAX, TICKETS_AT_ONCE_MAX, with_zone
from application.marketing.draw_scope import check_here, published_draw, told
from application.marketing.seating import seat_waiting
from application.marketing.taking_part import Place
from application.ports.kernel import UnitOfWork
from application.ports.marketing import StoredEvent
from application.scope import store_in_scope, trading_day
from domain.identity.organisation import Store
from domain.marketing.experience_event import ExperienceEvent
from domain.shared.errors import Invalid, NotFound, Rejected

SEATS_MAX: Final = 100_000


class UnknownEvent(NotFound):
    en = "There is no event “{code}” in this caller's scope."
    zh = "当前调用方范围内没有活动“{code}”。"


class TakenIsCounted(Invalid):
    en = "How many seats are taken is counted by the server. Leave this field empty."
    zh = "已订座位由系统统计，请留空。"


class TicketsWithoutDraw(Invalid):
    en = "Tickets need a draw. Name it in draw_code, or state no tickets."
    zh = "抽奖券须指定抽奖：请填写 draw_code，或不设抽奖券。"


class DrawEndsBefore(Rejected):
    en = "Draw “{code}” ends at {until_at}, before the event does. Name a draw that lasts longer."
    zh = "抽奖“{code}”于 {until_at} 结束，早于活动结束时间，请选择更晚结束的抽奖。"


class SeatsAreTaken(Rejected):
    en = "{taken} seats of “{code}” are taken, so there cannot be {seats}."
    zh = "“{code}”已订 {taken} 个座位，座位数不能改为 {seats}。"


class EventIsBooked(Rejected):
    en = "Seats of “{code}” are booked: its store and what it grants stay. Announce another event."
    zh = "“{code}”已有人订座，门店和赠送内容不可更改，请另建活动。"


@dataclass(frozen=True, slots=True)
class PutEvent:
    event: ExperienceEvent


@dataclass(frozen=True, slots=True)
class EventPut:
    created: bool


def put_event(uow: UnitOfWork, command: PutEvent) -> EventPut:
    """Creates or changes an event by code; who waits for a seat gets one of those that are added.

    Raises the refusals of single fields, UnknownStore, UnknownEvent, SeatsAreTaken, EventIsBooked, and of a draw that
    it names UnknownDraw, DrawNotPublished, DrawOver, NotHere and DrawEndsBefore.
    """
    event = command.event
    _check(event)
    uow.refresh()
    store = store_in_scope(uow, event.store_code, field="event.store_code")
    event = replace(event, store_code=store.code)
    # Whoever puts an event waits here for the one before, so that what is compared stays true.
    uow.bump("events")
    before = uow.experience_events.find(event.code)
    if before is not None:
        _check_change(uow, before, event)
    if event.draw_code:
        _check_draw(uow, event, store)
    event_id = before.event_id if before else uow.new_id()
    stored = StoredEvent(event_id, store.store_id, event)
    uow.experience_events.put(stored)
    if before is not None and event.seats > before.terms.seats:
        place = Place(store, trading_day(uow, store))
        count = uow.experience_events.lock(event_id)
        seat_waiting(uow, stored, place, seats_left=count.seats - count.taken)
    return EventPut(before is None)


def event_of(uow: UnitOfWork, code: str, *, field: str = "event_code") -> StoredEvent:
    """The event with this code in a store that the caller sees; raises UnknownEvent."""
    found = uow.experience_events.find(required_code(code, field=field))
    if found is None or not uow.caller.sees(found.store_id):
        raise UnknownEvent(field, code=code)
    return found


def _check(event: ExperienceEvent) -> None:
    required_code(event.code, field="event.code")
    required_name(event.name_en, field="event.name_en")
    required_name(event.name_zh, field="event.name_zh")
    with_zone(event.starts_at, field="event.starts_at")
    with_zone(event.ends_at, field="event.ends_at")
    in_order(event.starts_at, event.ends_at, field="event.ends_at")
    within(event.seats, 1, SEATS_MAX, field="event.seats")
    optional_code(event.draw_code, field="event.draw_code")
    within(event.tickets, 0, TICKETS_AT_ONCE_MAX, field="event.tickets")
    within(event.points, 0, POINTS_MAX, field="event.points")
    if event.taken:
        raise TakenIsCounted("event.taken")
    if event.tickets and not event.draw_code:
        raise TicketsWithoutDraw("event.tickets")
    if event.draw_code and not event.tickets:
        raise Missing("event.tickets")


def _check_change(uow: UnitOfWork, before: StoredEvent, event: ExperienceEvent) -> None:
    if not uow.caller.sees(before.store_id):
        raise UnknownEvent("event.code", code=event.code)
    # Locked, so that nobody books meanwhile.
    taken = uow.experience_events.lock(before.event_id).taken
    if event.seats < taken:
        raise SeatsAreTaken("event.seats", taken=taken, code=event.code, seats=event.seats)
    if taken:
        for name in ("store_code", "draw_code", "tickets", "points"):
            if getattr(event, name) != getattr(before.terms, name):
                raise EventIsBooked(f"event.{name}", code=event.code)


def _check_draw(uow: UnitOfWork, event: ExperienceEvent, store: Store) -> None:
    draw = published_draw(uow, event.draw_code, field="event.draw_code").terms
    check_here(uow, draw, store, None, field="event.draw_code")
    if draw.until_at < event.ends_at:
        raise DrawEndsBefore("event.draw_code", code=draw.code, until_at=told(draw.until_at))
