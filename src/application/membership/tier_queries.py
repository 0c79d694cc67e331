"""Questions about a member's tier: where they stand, what is missing to the next one, and how it came about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from application.membership.queries import checked_key
from application.membership.tier_programme import programme_in_force
from application.named_members import known_member_id
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.scope import latest_day
from domain.membership.tier import (
    NOTHING_DONE,
    TierCause,
    TierEntry,
    TierFigures,
    fitting,
    lacking,
    rank_of,
    window_on,
)


@dataclass(frozen=True, slots=True)
class GetTierStatus:
    member_key: str


@dataclass(frozen=True, slots=True)
class TierStatus:
    """A member's tier, what they have done within the window (half-open), and what is `missing` to the next tier.

    `next_tier` is empty for the highest; of `missing`, one criterion is enough unless `all_of`.
    """

    member_number: str
    tier: str
    valid_until: str
    from_date: str
    until_date: str
    done: TierFigures
    next_tier: str
    missing: TierFigures
    all_of: bool


@dataclass(frozen=True, slots=True)
class GetTierHistory:
    member_key: str
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class TierEntryView:
    """One decision; `valid_until` is empty for no end, the figures are those that decided."""

    number: int
    from_tier: str
    to_tier: str
    cause: TierCause
    reason: str
    valid_until: str
    figures: TierFigures
    programme_version: int
    decided_on: str
    entered_at: datetime
    caller_code: str


@dataclass(frozen=True, slots=True)
class TierHistory:
    entries: Sequence[TierEntryView]
    next_page_token: str


def get_tier_status(uow: UnitOfWork, query: GetTierStatus) -> TierStatus:
    """Where a member stands at this moment; raises UnknownMember and NoTierProgramme."""
    key = checked_key(query.member_key)
    uow.refresh()
    programme = programme_in_force(uow).programme
    member = uow.tiers.of(known_member_id(uow, key))
    from_on, until_on = window_on(programme, latest_day(uow))
    figures = uow.tiers.figures([member.member_id], programme, window=(from_on, until_on))
    done = figures.get(member.member_id, NOTHING_DONE)
    rank = rank_of(programme, member.tier)
    above = (fitting(programme.tiers, done) if rank is None else rank) + 1
    coming = programme.tiers[above] if above < len(programme.tiers) else None
    return TierStatus(
        member_number=member.member_number,
        tier=member.tier,
        valid_until=member.valid_until.isoformat() if member.valid_until else "",
        from_date=from_on.isoformat(),
        until_date=until_on.isoformat(),
        done=done,
        next_tier=coming.code if coming else "",
        missing=lacking(coming, done) if coming else NOTHING_DONE,
        all_of=coming.all_of if coming else False,
    )


def get_tier_history(uow: UnitOfWork, query: GetTierHistory) -> TierHistory:
    """The decisions about a member's tier, the newest first; raises UnknownMember."""
    asked = page(query.page_size, query.page_token, key=(int,))
    member_id = known_member_id(uow, checked_key(query.member_key))
    found = uow.tiers.history(member_id, before=asked.after[0] if asked.after else None, limit=asked.limit + 1)
    token = next_token(found, asked.limit, lambda entry: (entry.number,))
    callers = uow.chain.caller_codes
    return TierHistory([_view(entry, callers.get(entry.caller_id, "")) for entry in found[: asked.limit]], token)


def _view(entry: TierEntry, caller_code: str) -> TierEntryView:
    return TierEntryView(
        number=entry.number,
        from_tier=entry.from_tier,
        to_tier=entry.to_tier,
        cause=entry.cause,
        reason=entry.reason,
        valid_until=entry.valid_until.isoformat() if entry.valid_until else "",
        figures=TierFigures(entry.spend_minor, entry.visits, entry.points, entry.score),
        programme_version=entry.programme_version,
        decided_on=entry.decided_on.isoformat(),
        entered_at=entry.entered_at,
        caller_code=caller_code,
    )
