"""The relay: every event at least once, none before its commit, none lost to a crash."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from adapters.sql.outbox import relay
from adapters.sql.tables import kernel
from adapters.sql.unit_of_work import SqlUnits
from application.ports.events import Event
from tests.adapters.sql.conftest import NOW, stored, writing

LATER = NOW + timedelta(seconds=5)


class Seen:
    """A sink that remembers what it was given, and may fail after it took it."""

    def __init__(self, *, fails: bool = False) -> None:
        self.events: list[Event] = []
        self.fails = fails

    def deliver(self, events: Sequence[Event]) -> None:
        self.events += events
        if self.fails:
            raise ConnectionError("killed after delivery")


def publish(units: SqlUnits, *subject_ids: int) -> None:
    with writing(units) as uow:
        for subject_id in subject_ids:
            uow.publish("SaleCompleted", subject_id, {"sale_id": subject_id})
        uow.commit()


def test_events_are_delivered_once_in_order_and_marked(units: SqlUnits):
    publish(units, 7, 8)
    sink = Seen()
    assert relay(units, sink, now=LATER) == 2
    assert [(event.topic, event.subject_id, event.payload, event.occurred_at) for event in sink.events] == [
        ("SaleCompleted", 7, {"sale_id": 7}, NOW),
        ("SaleCompleted", 8, {"sale_id": 8}, NOW),
    ]
    assert [row[-1] for row in stored(units, kernel.outbox)] == [LATER, LATER]
    assert relay(units, sink, now=LATER) == 0
    assert len(sink.events) == 2


def test_a_batch_is_no_larger_than_asked(units: SqlUnits):
    publish(units, 1, 2, 3)
    sink = Seen()
    assert [relay(units, sink, now=LATER, batch_max=2) for _ in range(3)] == [2, 1, 0]
    assert [event.subject_id for event in sink.events] == [1, 2, 3]


def test_a_relay_killed_between_delivery_and_mark_delivers_again(units: SqlUnits):
    publish(units, 7)
    killed, next_one = Seen(fails=True), Seen()
    with pytest.raises(ConnectionError):
        relay(units, killed, now=LATER)
    assert [row[-1] for row in stored(units, kernel.outbox)] == [None]
    assert relay(units, next_one, now=LATER) == 1
    assert next_one.events == killed.events


def test_an_event_committed_late_with_an_early_id_is_not_skipped(postgres_units: SqlUnits):
    """What a relay that remembers the last id would lose."""
    sink = Seen()
    with writing(postgres_units) as late:
        late.publish("SaleCompleted", 1, {})
        late.flush()
        publish(postgres_units, 2)
        assert relay(postgres_units, sink, now=LATER) == 1
        late.commit()
    assert relay(postgres_units, sink, now=LATER) == 1
    assert [event.subject_id for event in sink.events] == [2, 1]
    assert sink.events[1].event_id < sink.events[0].event_id


def test_what_was_not_committed_is_not_delivered(units: SqlUnits):
    with writing(units) as uow:
        uow.publish("SaleCompleted", 1, {})
        uow.flush()
    assert relay(units, Seen(), now=LATER) == 0


def test_two_relays_side_by_side_share_the_work(postgres_units: SqlUnits):
    publish(postgres_units, *range(1, 201))
    sinks = [Seen(), Seen()]
    both = Barrier(2)

    def run(sink: Seen) -> int:
        both.wait()
        total = 0
        while count := relay(postgres_units, sink, now=LATER, batch_max=10):
            total += count
        return total

    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(run, sinks)) == 200
    assert sorted(event.subject_id for sink in sinks for event in sink.events) == list(range(1, 201))


def test_while_one_relay_runs_on_sqlite_another_has_nothing_to_do(sqlite_units: SqlUnits):
    publish(sqlite_units, 1)
    others: list[int] = []

    class Nosy(Seen):
        def deliver(self, events: Sequence[Event]) -> None:
            others.append(relay(sqlite_units, Seen(), now=LATER))
            publish(sqlite_units, 2)

    assert relay(sqlite_units, Nosy(), now=LATER) == 1
    assert others == [0]
    assert relay(sqlite_units, Seen(), now=LATER) == 1
