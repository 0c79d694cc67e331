"""What the application needs to run the chain's jobs one at a time, however many workers there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class JobState:
    """What is known of a job: who runs it until when, how the last run ended, and when the next one is due.

    `holder` is empty when nobody runs it; a lease that is over is nobody's. `done` counts what the last run did.
    """

    name: str
    holder: str
    lease_until: datetime
    started_at: datetime
    finished_at: datetime | None
    result: str
    done: int
    due_at: datetime


class Jobs(Protocol):
    """Leases of jobs. A change says whether it was made: each is one conditional write."""

    def states(self) -> Sequence[JobState]:
        """Every job that was ever begun, by name."""

    def take(self, name: str, holder: str, *, until: datetime, due: datetime) -> bool:
        """Takes a job that nobody holds and that is due at `due`; a job that was never begun is due."""

    def renew(self, name: str, holder: str, *, until: datetime, done: int) -> bool:
        """Keeps a job that one still holds, and says how far it has come."""

    def finish(self, name: str, holder: str, *, result: str, done: int, due: datetime) -> bool:
        """Gives a job back that one still holds, due again at `due`."""
