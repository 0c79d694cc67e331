"""A member as shown: personal fields in full only to those who may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from application.masking import masked_name, masked_phone
from application.membership.lifecycles import standing_now
from application.ports.kernel import Contention, UnitOfWork
from application.ports.membership import MemberFile
from domain.membership.lifecycle import LifecycleState, Standing
from domain.membership.member import Sex, age_on

PERSONAL = "membership.personal"
"""Permission to see names, phones and birthdays."""


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member with cards and points; what else is personal is empty for those who may not see it.

    `channel` is the one through which they joined, `channels` are those that know them by an identity of their own.
    `age` is that of today, in full years; 0 where it is unknown. `lifecycle` is where they stand today, since the ISO
    business date `lifecycle_since`.
    """

    member_number: str
    name: str
    phone: str
    birthday: str
    tier: str
    cards: Sequence[str]
    store_code: str
    source: str
    registered_at: datetime
    points_balance: int
    segments: Sequence[str]
    channel: str = ""
    campaign_code: str = ""
    channels: Sequence[str] = ()
    sex: Sex | None = None
    occupation: str = ""
    email: str = ""
    age: int = 0
    lifecycle: LifecycleState | None = None
    lifecycle_since: str = ""


def member_views(uow: UnitOfWork, files: Sequence[MemberFile]) -> Sequence[MemberView]:
    """Members as this caller may see them, in their order; raises Contention for who was merged meanwhile."""
    found = standing_now(uow, [file.member.member_id for file in files])
    if len(found) < len(files):
        raise Contention("a member was merged meanwhile")
    return [_view(uow, file, found[file.member.member_id]) for file in files]


def member_view(uow: UnitOfWork, file: MemberFile) -> MemberView:
    """The member as this caller may see it."""
    return member_views(uow, [file])[0]


def _view(uow: UnitOfWork, file: MemberFile, standing: Standing) -> MemberView:
    member = file.member
    personal = uow.caller.may(PERSONAL)
    return MemberView(
        member_number=member.member_number,
        name=member.name if personal else masked_name(member.name),
        phone=member.phone if personal else masked_phone(member.phone),
        birthday=member.birthday if personal else "",
        tier=member.tier,
        cards=file.cards,
        store_code=uow.chain.stores[member.store_id].code if member.store_id is not None else "",
        source=member.source,
        registered_at=member.registered_at,
        points_balance=file.points_balance,
        segments=member.segments if personal else (),
        channel=member.channel,
        campaign_code=member.campaign_code,
        channels=tuple(sorted(set(file.channels))),
        sex=member.sex if personal else None,
        occupation=member.occupation if personal else "",
        email=member.email if personal else "",
        age=(age_on(birthday=member.birthday, today=uow.now.date()) or 0) if personal else 0,
        lifecycle=standing.state,
        lifecycle_since=standing.since_on.isoformat(),
    )
