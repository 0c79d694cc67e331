"""Service cases: what a customer complains of, how urgent it is, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

PRIORITY_HIGHEST: Final = 1
PRIORITY_DEFAULT: Final = 3
PRIORITY_LOWEST: Final = 5


class CaseState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class CaseEntryKind(StrEnum):
    OPENED = "opened"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ServiceCase:
    """A case as it stands: the first answer is due before `due_at`, priority 1 is the most urgent of 1 to 5.

    `tier` is that of the member when the case was opened; `member_id` is 0 and `tier` empty without one. `entries` is
    the number of its last entry. A case of no store is one of head office.
    """

    case_id: int
    member_id: int
    tier: str
    store_id: int | None
    subject: str
    priority: int
    state: CaseState
    entries: int
    opened_at: datetime
    due_at: datetime
    first_answered_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseEntry:
    """What was said and done about a case, the `number`-th; never changed."""

    case_id: int
    number: int
    kind: CaseEntryKind
    text: str
    caller_id: int
    staff_id: int | None
    at: datetime


def is_overdue(case: ServiceCase, *, now: datetime) -> bool:
    """Whether the first answer came too late, or has not come and is late by now; what was closed in time is not."""
    return (case.first_answered_at or case.closed_at or now) >= case.due_at
