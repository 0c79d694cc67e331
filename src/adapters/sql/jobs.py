"""Leases of jobs in SQL."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import bindparam, null, select, update
from sqlalchemy.dialects.postgresql import insert

from adapters.sql.tables.kernel import jobs
from adapters.sql.transaction import Transaction
from application.ports import jobs as ports
from application.ports.jobs import JobState

_INSTANT: Final = jobs.c.due_at.type
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
# The construct of this dialect compiles on SQLite too, to the same words.
_BEGIN: Final = insert(jobs).on_conflict_do_nothing()
_STATES: Final = select(jobs).order_by(jobs.c.name)
_FREE: Final = update(jobs).where(
    jobs.c.name == bindparam("of_name"),
    jobs.c.lease_until <= bindparam("now", type_=_INSTANT),
    jobs.c.due_at <= bindparam("due", type_=_INSTANT),
)
_TAKE: Final = _FREE.values(
    holder=bindparam("by"),
    lease_until=bindparam("until", type_=_INSTANT),
    started_at=bindparam("now", type_=_INSTANT),
    finished_at=null(),
    result="running",
    done=0,
)
# Its lease may be over: as long as nobody else has taken it, it is the holder's.
_HELD: Final = update(jobs).where(jobs.c.name == bindparam("of_name"), jobs.c.holder == bindparam("by"))
_RENEW: Final = _HELD.values(lease_until=bindparam("until", type_=_INSTANT), done=bindparam("so_far"))
_FINISH: Final = _HELD.values(
    holder="",
    lease_until=bindparam("now", type_=_INSTANT),
    finished_at=bindparam("now", type_=_INSTANT),
    result=bindparam("outcome"),
    done=bindparam("so_far"),
    due_at=bindparam("due", type_=_INSTANT),
)


class Jobs(ports.Jobs):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def states(self) -> Sequence[JobState]:
        return [JobState(**row._mapping) for row in self._transaction.execute(_STATES)]

    def take(self, name: str, holder: str, *, until: datetime, due: datetime) -> bool:
        now = self._transaction.now
        self._transaction.execute(
            _BEGIN,
            {
                "name": name, "holder": "", "lease_until": _NEVER, "started_at": now, "finished_at": None, "result": "",
                "done": 0, "due_at": _NEVER,
            },
        )  # fmt: skip
        asked = {"of_name": name, "by": holder, "now": now, "until": until, "due": due}
        return self._transaction.execute(_TAKE, asked).rowcount == 1

    def renew(self, name: str, holder: str, *, until: datetime, done: int) -> bool:
        asked = {"of_name": name, "by": holder, "until": until, "so_far": done}
        return self._transaction.execute(_RENEW, asked).rowcount == 1

    def finish(self, name: str, holder: str, *, result: str, done: int, due: datetime) -> bool:
        now = self._transaction.now
        asked = {"of_name": name, "by": holder, "now": now, "outcome": result, "so_far": done, "due": due}
        return self._transaction.execute(_FINISH, asked).rowcount == 1
