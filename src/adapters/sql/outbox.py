"""Delivers what the outbox holds: every event at least once, none before its transaction is committed.

Events are taken by whether they are published, never by "larger than the last id": ids are handed out before
transactions commit, so a smaller one may appear later.
"""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select, update

from adapters.sql.statements import any_of
from adapters.sql.tables.kernel import outbox
from adapters.sql.transaction import Transaction
from adapters.sql.unit_of_work import SqlUnits
from application.ports.events import Event, EventSink
from domain.identity.organisation import SYSTEM

BATCH_EVENTS_MAX: Final = 500


def relay(units: SqlUnits, sink: EventSink, *, now: datetime, batch_max: int = BATCH_EVENTS_MAX) -> int:
    """Delivers up to `batch_max` events that wait, and returns how many; call it again until it returns 0.

    An event is marked only after the sink has it, so one that was delivered shortly before a crash comes again. Raises
    what the sink raises, and Contention.
    """
    if units.engine.dialect.name == "sqlite":
        return _relay_sqlite(units, sink, now, batch_max)
    # Another relay passes over what this one has locked; when this one dies, its events are free again.
    with units.begin(caller=SYSTEM, now=now) as transaction:
        events = _waiting(transaction, batch_max)
        if events:
            sink.deliver(events)
            _mark(transaction, events)
            transaction.commit()
        return len(events)


def _relay_sqlite(units: SqlUnits, sink: EventSink, now: datetime, batch_max: int) -> int:
    """One relay at a time, and nobody else waits for the sink: there the whole database has only one lock."""
    with _only_relay(f"{units.engine.url.database}-relay") as alone:
        if not alone:
            return 0
        with units.read(caller=SYSTEM, now=now) as transaction:
            events = _waiting(transaction, batch_max)
        if events:
            sink.deliver(events)
            with units.begin(caller=SYSTEM, now=now) as transaction:
                _mark(transaction, events)
                transaction.commit()
        return len(events)


def _waiting(transaction: Transaction, batch_max: int) -> list[Event]:
    rows = transaction.execute(_WAITING, {"batch_max": batch_max})
    return [Event(row.event_id, row.topic, row.subject_id, row.payload, row.occurred_at) for row in rows]


def _mark(transaction: Transaction, events: Sequence[Event]) -> None:
    event_ids = [event.event_id for event in events]
    transaction.execute(_MARK, {"event_ids": event_ids, "marked_at": transaction.now})


@contextmanager
def _only_relay(path: str) -> Iterator[bool]:
    """Whether no other relay of this database runs; the lock ends with the process."""
    with open(path, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


_WAITING: Final = (
    select(outbox)
    .where(outbox.c.published_at.is_(None))
    .order_by(outbox.c.event_id)
    .limit(bindparam("batch_max"))
    .with_for_update(skip_locked=True)
)
_MARK: Final = (
    update(outbox)
    .where(any_of(outbox.c.event_id, "event_ids"))
    .values(published_at=bindparam("marked_at", type_=outbox.c.published_at.type))
)
