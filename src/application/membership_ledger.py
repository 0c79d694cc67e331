"""How a movement of paid memberships is recorded, and what a membership makes of its member's tier."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from application.ports.kernel import UnitOfWork
from application.ports.tiers import MemberTier, StoredProgramme
from application.tier_entries import TierDecision
from domain.finance.journal import JournalEntry, balanced
from domain.finance.membership_postings import membership_postings
from domain.identity.organisation import Caller
from domain.membership.paid import MembershipEntry, MembershipReason, PaidMembership
from domain.membership.tier import NOTHING_DONE, TierFigures, code_at, end_of, fitting, rank_of

DOCUMENT_KIND: Final = "membership"
TOPIC: Final = "MembershipMoved"


def record_movement(
    uow: UnitOfWork,
    reason: MembershipReason,
    *,
    membership_id: int,
    value_minor: int,
    currency: str,
    store_id: int,
    on: date,
    at: datetime,
    caller: Caller,
    document_id: int = 0,
) -> None:
    """Adds an entry with what it posts and its event; whoever calls has locked the memberships and moves them."""
    entry_id, journal_id = uow.new_ids(2)
    entry = MembershipEntry(
        entry_id=entry_id,
        membership_id=membership_id,
        reason=reason,
        value_minor=value_minor,
        document_id=document_id or entry_id,
        currency=currency,
        store_id=store_id,
        caller_id=caller.caller_id,
        staff_id=caller.staff_id,
        business_date=on,
        posted_at=at,
    )
    journal = JournalEntry(journal_id, store_id, on, currency, "", DOCUMENT_KIND, entry_id, at)
    uow.add(entry, journal, *balanced(journal_id, membership_postings(value_minor=value_minor)))
    uow.publish(TOPIC, entry_id, {"membership_id": membership_id, "reason": reason.value, "store_id": store_id})


def tier_paid_for(
    stored: StoredProgramme, member: MemberTier, memberships: Sequence[PaidMembership], caller: Caller
) -> TierDecision | None:
    """The tier that a member's memberships bring where it is above theirs, or lasts longer; None where it is neither.

    A tier that the programme does not have, such as one for staff, stays.
    """
    programme = stored.programme
    rank = rank_of(programme, member.tier)
    paid = max((rank_of(programme, one.tier) or 0 for one in memberships if one.tier), default=-1)
    if rank is None or paid < 0 or paid < rank:
        return None
    until = max(one.ends_on for one in memberships if rank_of(programme, one.tier) == paid)
    if paid == rank and (member.valid_until is None or member.valid_until >= until):
        return None
    return TierDecision(member, code_at(programme, paid), until, caller=caller)


def tier_left(
    stored: StoredProgramme,
    member: MemberTier,
    over: Sequence[PaidMembership],
    still_open: Sequence[PaidMembership],
    figures: Mapping[int, TierFigures],
    on: date,
) -> TierDecision | None:
    """The tier of a member whose memberships are `over`; None where theirs is not one that was paid for, or it stays.

    It is what they had beside it while that lasts, what they have earned within the window, or what another membership
    brings, whichever is highest.
    """
    programme = stored.programme
    rank = rank_of(programme, member.tier)
    ended = next((one for one in over if one.tier == member.tier), None)
    if rank is None or ended is None:
        return None
    until_next: date | None
    done = figures.get(member.member_id, NOTHING_DONE)
    before = rank_of(programme, ended.earned_tier)
    lasting = before is not None and (ended.earned_until is None or ended.earned_until > on)
    kept = before if lasting and before is not None else -1
    earned = max(kept, fitting(programme.tiers, done))
    begun = [one for one in still_open if one.starts_on <= on]
    paid = max((rank_of(programme, one.tier) or 0 for one in begun), default=-1)
    if paid > earned:
        until = max(one.ends_on for one in begun if rank_of(programme, one.tier) == paid)
        earned, until_next = paid, until
    else:
        until_next = ended.earned_until if lasting and kept == earned else end_of(programme, earned, on)
    if (earned, until_next) == (rank, member.valid_until):
        return None
    return TierDecision(member, code_at(programme, earned), until_next, done)
