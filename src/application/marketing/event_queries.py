"""Questions about experience events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from application.marketing.put_event import event_of
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.scope import store_in_scope
from domain.marketing.experience_event import ExperienceEvent


@dataclass(frozen=True, slots=True)
class GetEvent:
    code: str


@dataclass(frozen=True, slots=True)
class ListEvents:
    store_code: str = ""
    from_at: datetime | None = None
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class EventPage:
    events: Sequence[ExperienceEvent]
    next_page_token: str


def get_event(uow: UnitOfWork, query: GetEvent) -> ExperienceEvent:
    """The event as it was put, with the seats taken; raises UnknownEvent."""
    return event_of(uow, query.code, field="code").terms


def list_events(uow: UnitOfWork, query: ListEvents) -> EventPage:
    """Events of the stores in scope by their beginning; raises UnknownStore."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    store_ids = uow.caller.store_ids
    if query.store_code:
        store_ids = frozenset({store_in_scope(uow, query.store_code).store_id})
    rows = uow.experience_events.list_events(store_ids, from_at=query.from_at, after=asked.after, limit=asked.limit + 1)
    token = next_token(rows, asked.limit, lambda row: (row.terms.starts_at, row.event_id))
    return EventPage([row.terms for row in rows[: asked.limit]], token)
