"""Members are told before their points expire, with the exact number, once for every notice."""

from dataclasses import dataclass
from typing import Final

from application.fields import within
from application.ports.kernel import UnitOfWork
from application.scope import WholeChainOnly, chain_day
from domain.identity.organisation import WHOLE_CHAIN
from domain.loyalty.reminding import due_notices

MEMBERS_AT_ONCE_MAX: Final = 5_000

TOPIC: Final = "PointsExpiring"


@dataclass(frozen=True, slots=True)
class RemindPoints:
    """Up to so many members at once."""

    members_max: int = MEMBERS_AT_ONCE_MAX


@dataclass(frozen=True, slots=True)
class PointsReminded:
    """How many members were told of one date at one notice, and whether anybody may still have to be told.

    `expires_on` is empty and `more` false when no notice was due.
    """

    expires_on: str
    days: int
    members: int
    points: int
    more: bool


def remind_points(uow: UnitOfWork, command: RemindPoints) -> PointsReminded:
    """Announces a batch of members whose points expire soon: one event for a member, a date and a notice.

    How far a notice has come is kept in the same transaction, so that nobody is told twice, however often this is run,
    side by side or after it was stopped. It is service, not advertising: it tells of a right that ends and asks for no
    purchase, so nobody's consent is asked. Repeated until `more` is false. Raises WholeChainOnly.
    """
    limit = within(command.members_max, 1, MEMBERS_AT_ONCE_MAX, field="members_max")
    if not uow.caller.manages(WHOLE_CHAIN):
        raise WholeChainOnly
    uow.refresh()
    today = chain_day(uow)
    days = uow.chain.chain_policies.points_reminder_days
    due = due_notices(today=today, days=days, done=uow.points.notices_done(after=today)) if days else []
    if not due:
        return PointsReminded("", 0, 0, 0, more=False)
    notice = due[0]
    told = uow.points.notice(notice, limit=limit)
    for one in told.members:
        uow.publish(
            TOPIC,
            one.member_id,
            {
                "member_id": one.member_id,
                "points": one.points,
                "expires_on": notice.expires_on.isoformat(),
                "notice_days": notice.days,
            },
        )
    points = sum(one.points for one in told.members)
    more = len(due) > 1 or not told.done
    return PointsReminded(notice.expires_on.isoformat(), notice.days, len(told.members), points, more)
