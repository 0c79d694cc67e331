"""Invitations to experience events in SQL."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, exists, func, insert, select, update

from adapters.sql.statements import any_of
from adapters.sql.tables.marketing import event_bookings
from adapters.sql.tables.marketing import event_invitations as rows
from adapters.sql.tables.membership import members
from adapters.sql.transaction import Transaction
from application.ports import invitations as ports
from application.ports.invitations import ListedInvitation
from domain.marketing.invitation import Invitation, InvitationAnswer

_OF_EVENT: Final = rows.c.event_id == bindparam("of_event")
_FIND: Final = select(rows).where(_OF_EVENT, rows.c.member_id == bindparam("of_member"))
# Of several files that one which waits, or the first.
_OF_FILES: Final = (
    select(rows)
    .where(
        _OF_EVENT,
        rows.c.member_id.in_(select(members.c.member_id).where(members.c.merged_into == bindparam("of_member"))),
    )
    .order_by(rows.c.answer != InvitationAnswer.WAITING.value, rows.c.member_id)
    .limit(1)
)
_COUNT: Final = select(func.count()).select_from(rows).where(_OF_EVENT)
_OF_TIER: Final = (
    select(members.c.member_id)
    .where(
        members.c.tier == bindparam("tier"),
        members.c.tier != "",
        ~exists().where(_OF_EVENT, rows.c.member_id == members.c.member_id),
    )
    .order_by(members.c.member_id)
    .limit(bindparam("limit"))
)
_WALK: Final = (
    select(members.c.member_id, members.c.segments)
    # A file that was merged keeps its segments, and is nobody to be invited.
    .where(members.c.member_id > bindparam("after"), members.c.merged_into.is_(None))
    .order_by(members.c.member_id)
    .limit(bindparam("limit"))
)
_INVITED: Final = select(rows.c.member_id).where(_OF_EVENT, any_of(rows.c.member_id, "member_ids"))
_SEATED: Final = select(event_bookings.c.member_id).where(
    event_bookings.c.event_id == bindparam("of_event"),
    event_bookings.c.booked > 0,
    any_of(event_bookings.c.member_id, "member_ids"),
)
_INVITE: Final = insert(rows)
_ANSWER: Final = (
    update(rows)
    .where(_OF_EVENT, any_of(rows.c.member_id, "member_ids"))
    .values(answer=bindparam("new_answer"), answered_at=bindparam("new_answered_at", type_=rows.c.answered_at.type))
)
_WAITING: Final = (
    select(rows.c.member_id)
    .where(_OF_EVENT, rows.c.answer == bindparam("wanted"))
    .order_by(rows.c.answered_at, rows.c.member_id)
    .limit(bindparam("limit"))
)
_LISTED: Final = (
    select(rows, members.c.member_number)
    .join_from(rows, members, members.c.member_id == rows.c.member_id)
    .where(_OF_EVENT, rows.c.member_id > bindparam("after"))
    .order_by(rows.c.member_id)
    .limit(bindparam("limit"))
)
_LISTED_BY_ANSWER: Final = _LISTED.where(rows.c.answer == bindparam("wanted"))


class Invitations(ports.Invitations):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, event_id: int, member_id: int) -> Invitation | None:
        found = self._transaction.execute(_FIND, {"of_event": event_id, "of_member": member_id}).one_or_none()
        return None if found is None else _invitation(found)

    def find_of_files(self, event_id: int, member_id: int) -> Invitation | None:
        row = self._transaction.execute(_OF_FILES, {"of_event": event_id, "of_member": member_id}).one_or_none()
        return None if row is None else _invitation(row)

    def count(self, event_id: int) -> int:
        return int(self._transaction.execute(_COUNT, {"of_event": event_id}).scalar_one())

    def of_tier(self, event_id: int, tier: str, *, limit: int) -> Sequence[int]:
        asked = {"of_event": event_id, "tier": tier, "limit": limit}
        return self._transaction.execute(_OF_TIER, asked).scalars().all()

    def in_segment(self, segment: str, *, after: int, looked_at_max: int) -> tuple[Sequence[int], int]:
        walked = self._transaction.execute(_WALK, {"after": after, "limit": looked_at_max}).all()
        last = walked[-1].member_id if len(walked) == looked_at_max else 0
        return [row.member_id for row in walked if segment in row.segments], last

    def invite(self, event_id: int, member_ids: Collection[int], *, at: datetime) -> Sequence[int]:
        asked = {"of_event": event_id, "member_ids": member_ids}
        present = set(self._transaction.execute(_INVITED, asked).scalars())
        new = sorted(set(member_ids) - present)
        if new:
            accepted = InvitationAnswer.ACCEPTED
            seated = set(self._transaction.execute(_SEATED, {**asked, "member_ids": new}).scalars())
            self._transaction.execute(
                _INVITE,
                [
                    {
                        "event_id": event_id,
                        "member_id": member_id,
                        "answer": (accepted if member_id in seated else InvitationAnswer.OPEN).value,
                        "invited_at": at,
                        "answered_at": at if member_id in seated else None,
                    }
                    for member_id in new
                ],
            )
        return new

    def answer(self, event_id: int, member_ids: Collection[int], answer: InvitationAnswer, *, at: datetime) -> None:
        self._transaction.execute(
            _ANSWER,
            {"of_event": event_id, "member_ids": member_ids, "new_answer": answer.value, "new_answered_at": at},
        )

    def waiting(self, event_id: int, *, limit: int) -> Sequence[int]:
        asked = {"of_event": event_id, "wanted": InvitationAnswer.WAITING.value, "limit": limit}
        return self._transaction.execute(_WAITING, asked).scalars().all()

    def list_of(
        self, event_id: int, *, answer: InvitationAnswer | None, after: int, limit: int
    ) -> Sequence[ListedInvitation]:
        asked: dict[str, Any] = {"of_event": event_id, "after": after, "limit": limit}
        if answer is None:
            found = self._transaction.execute(_LISTED, asked)
        else:
            found = self._transaction.execute(_LISTED_BY_ANSWER, {**asked, "wanted": answer.value})
        return [ListedInvitation(_invitation(row), row.member_number) for row in found]


def _invitation(row: Any) -> Invitation:
    return Invitation(row.event_id, row.member_id, InvitationAnswer(row.answer), row.invited_at, row.answered_at)
