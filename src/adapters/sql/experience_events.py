"""Experience events and their seats in SQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, select, tuple_
from sqlalchemy.dialects.postgresql import insert as insert_or_leave

from adapters.sql.reading import Scoped
from adapters.sql.statements import upsert
from adapters.sql.tables.identity import stores
from adapters.sql.tables.marketing import event_bookings, event_counts, experience_events
from adapters.sql.tables.membership import members
from adapters.sql.transaction import Transaction
from application.ports import marketing as ports
from application.ports.marketing import StoredEvent
from domain.marketing.experience_event import EventBooking, EventCount, ExperienceEvent

_COLUMNS: Final = ("code", "store_code", "starts_at", "ends_at", "seats", "taken")
"""What of the terms does not stand in the document."""
_EVENTS: Final = (
    select(experience_events, stores.c.code.label("store_code"), event_counts.c.seats, event_counts.c.taken)
    .join_from(experience_events, event_counts, event_counts.c.event_id == experience_events.c.event_id)
    .join(stores, stores.c.store_id == experience_events.c.store_id)
)
_BY_CODE: Final = _EVENTS.where(experience_events.c.code == bindparam("code"))
_PUT: Final = upsert(experience_events)
# The construct of this dialect compiles on SQLite too, to the same words.
_new_count = insert_or_leave(event_counts)
_PUT_COUNT: Final = _new_count.on_conflict_do_update(
    index_elements=["event_id"], set_={"seats": _new_count.excluded.seats}
)
_LOCK: Final = (
    select(event_counts).where(event_counts.c.event_id == bindparam("event_id")).with_for_update(key_share=True)
)
_MAKE_BOOKING: Final = insert_or_leave(event_bookings).on_conflict_do_nothing(index_elements=["event_id", "member_id"])
_BOOKING: Final = select(event_bookings).where(
    event_bookings.c.event_id == bindparam("event_id"), event_bookings.c.member_id == bindparam("member_id")
)
# Where several files have a seat, first that one under which somebody has been there.
_OF_FILES: Final = (
    select(event_bookings)
    .where(
        event_bookings.c.event_id == bindparam("event_id"),
        event_bookings.c.booked > 0,
        event_bookings.c.member_id.in_(
            select(members.c.member_id).where(members.c.merged_into == bindparam("member_id"))
        ),
    )
    .order_by(event_bookings.c.checked_in.desc(), event_bookings.c.member_id)
    .limit(1)
)
_START: Final = datetime.fromisoformat("0001-01-01T00:00:00+00:00")


def _page(*within: Any) -> Any:
    return (
        _EVENTS.where(
            tuple_(experience_events.c.starts_at, experience_events.c.event_id)
            > tuple_(
                bindparam("after_at", type_=experience_events.c.starts_at.type),
                bindparam("after_id", type_=experience_events.c.event_id.type),
            ),
            experience_events.c.ends_at > bindparam("from_at", type_=experience_events.c.ends_at.type),
            *within,
        )
        .order_by(experience_events.c.starts_at, experience_events.c.event_id)
        .limit(bindparam("limit"))
    )


_PAGE: Final = Scoped(_page, experience_events.c.store_id)


class ExperienceEvents(ports.ExperienceEvents):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, code: str) -> StoredEvent | None:
        row = self._transaction.execute(_BY_CODE, {"code": code}).one_or_none()
        return None if row is None else _event(row)

    def put(self, event: StoredEvent) -> None:
        terms = event.terms
        document = {name: value for name, value in asdict(terms).items() if name not in _COLUMNS}
        self._transaction.execute(
            _PUT,
            {
                "event_id": event.event_id,
                "code": terms.code,
                "store_id": event.store_id,
                "starts_at": terms.starts_at,
                "ends_at": terms.ends_at,
                "terms": document,
            },
        )
        self._transaction.execute(_PUT_COUNT, {"event_id": event.event_id, "seats": terms.seats, "taken": 0})

    def lock(self, event_id: int) -> EventCount:
        return EventCount(**self._transaction.execute(_LOCK, {"event_id": event_id}).one()._mapping)

    def booking(self, event_id: int, member_id: int) -> EventBooking:
        key = {"event_id": event_id, "member_id": member_id}
        self._transaction.execute(_MAKE_BOOKING, {**key, "booked": 0, "checked_in": 0})
        return EventBooking(**self._transaction.execute(_BOOKING, key).one()._mapping)

    def seat_of_files(self, event_id: int, member_id: int) -> EventBooking | None:
        found = self._transaction.execute(_OF_FILES, {"event_id": event_id, "member_id": member_id}).one_or_none()
        return None if found is None else EventBooking(**found._mapping)

    def list_events(
        self,
        store_ids: Collection[int] | None,
        *,
        from_at: datetime | None,
        after: tuple[datetime, int] | None,
        limit: int,
    ) -> Sequence[StoredEvent]:
        after_at, after_id = after or (_START, 0)
        asked: Mapping[str, object] = {
            "after_at": after_at,
            "after_id": after_id,
            "from_at": from_at or _START,
            "limit": limit,
        }
        within = None if store_ids is None else sorted(store_ids)
        return [_event(row) for row in self._transaction.execute(*_PAGE.within(within, asked))]


def _event(row: Row[Any]) -> StoredEvent:
    columns = {name: row._mapping[name] for name in _COLUMNS}
    return StoredEvent(row.event_id, row.store_id, ExperienceEvent(**columns, **row.terms))
