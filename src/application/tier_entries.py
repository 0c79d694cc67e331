"""How a decision about a member's tier is recorded, whoever takes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from application.ports.kernel import UnitOfWork
from application.ports.tiers import MemberTier
from domain.identity.organisation import Caller
from domain.membership.member import Member
from domain.membership.tier import NOTHING_DONE, TierCause, TierEntry, TierFigures


@dataclass(frozen=True, slots=True)
class TierDecision:
    """What was decided about a member: the tier from now on, and until when (exclusive)."""

    member: MemberTier
    to_tier: str
    valid_until: date | None
    figures: TierFigures = NOTHING_DONE
    caller: Caller | None = None
    """Who decided, where it is not the caller of the unit of work: a batch has many."""


@dataclass(frozen=True, slots=True)
class TierChange:
    """A member whose tier is another one now."""

    member_number: str
    from_tier: str
    to_tier: str


def record_decisions(
    uow: UnitOfWork,
    decisions: Sequence[TierDecision],
    *,
    cause: TierCause,
    version: int,
    on: date,
    reason: str = "",
) -> list[TierChange]:
    """Appends to the histories of locked members and announces those whose tier is another one now, whom it returns."""
    uow.tiers.record([_entry(uow, decision, cause, version, on, reason) for decision in decisions])
    changes = []
    for decision in decisions:
        member = decision.member
        if decision.to_tier == member.tier:
            continue
        uow.publish(
            "TierChanged",
            member.member_id,
            {
                "member_id": member.member_id,
                "from_tier": member.tier,
                "to_tier": decision.to_tier,
                "cause": cause.value,
                "valid_until": decision.valid_until.isoformat() if decision.valid_until else "",
            },
        )
        changes.append(TierChange(member.member_number, member.tier, decision.to_tier))
    return changes


def registration_entry(uow: UnitOfWork, member: Member) -> TierEntry:
    """The first entry of a member who is registered with a tier; its first period begins with the next review."""
    return TierEntry(
        member.member_id, 1, "", member.tier, TierCause.REGISTRATION, "", None, 0, 0, 0, 0, 0,
        uow.caller.caller_id, uow.caller.staff_id, uow.now.date(), uow.now,
    )  # fmt: skip


def _entry(uow: UnitOfWork, decision: TierDecision, cause: TierCause, version: int, on: date, reason: str) -> TierEntry:
    member, figures, caller = decision.member, decision.figures, decision.caller or uow.caller
    return TierEntry(
        member_id=member.member_id,
        number=member.entries + 1,
        from_tier=member.tier,
        to_tier=decision.to_tier,
        cause=cause,
        reason=reason,
        valid_until=decision.valid_until,
        spend_minor=figures.spend_minor,
        visits=figures.visits,
        points=figures.points,
        score=figures.score,
        programme_version=version,
        caller_id=caller.caller_id,
        staff_id=caller.staff_id,
        decided_on=on,
        entered_at=uow.now,
    )
