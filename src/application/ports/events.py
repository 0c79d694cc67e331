"""Where events go after commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `event_id` identifies it for ever: whoever has seen it may ignore it."""

    event_id: int
    topic: str
    subject_id: int
    payload: Mapping[str, Any]
    occurred_at: datetime


class EventSink(Protocol):
    def deliver(self, events: Sequence[Event]) -> None:
        """Takes the events for good before it returns; raises when it could not take all. Events may come again."""
