"""Tiers that have ended are reviewed: kept, or taken down, many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from application.fields import optional_date
from application.membership.tier_programme import as_of_day, programme_in_force
from application.ports.kernel import UnitOfWork
from application.ports.tiers import StoredProgramme
from application.tier_entries import TierChange, TierDecision, record_decisions
from domain.membership.tier import (
    NOTHING_DONE,
    TierCause,
    code_at,
    criteria,
    end_of,
    next_end,
    rank_of,
    review_window,
    reviewed,
)

MEMBERS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class ReviewTiers:
    """As of a day (ISO; empty for today)."""

    on: str = ""


@dataclass(frozen=True, slots=True)
class TiersReviewed:
    """How many members were given their first period, how many were reviewed, whose tier is another one now.

    `finished` when nothing was left to do.
    """

    started: int
    reviewed: int
    changes: Sequence[TierChange]
    finished: bool


def review_tiers(uow: UnitOfWork, command: ReviewTiers) -> TiersReviewed:
    """Reviews up to 500 members whose tier and days of grace are over; run it until it is finished.

    Whenever it is run, it decides as if it had been run on the last day of grace, so that being late changes nothing.
    Who has done enough keeps the tier, or rises; the others fall as the programme says. Members who were given a tier
    without an end begin their first period today. Raises ReviewInFuture and NoTierProgramme.
    """
    stated = optional_date(command.on, field="on")
    uow.refresh()
    stored, on = programme_in_force(uow), as_of_day(uow, stated)
    started = _start(uow, stored, on)
    if started:
        return TiersReviewed(started, 0, (), finished=False)
    due = uow.tiers.due(on - timedelta(days=stored.programme.grace_days), limit=MEMBERS_AT_ONCE)
    if due is None:
        return TiersReviewed(0, 0, (), finished=True)
    ended_on, member_ids = due
    return _review(uow, stored, ended_on, member_ids, on)


def _start(uow: UnitOfWork, stored: StoredProgramme, on: date) -> int:
    programme = stored.programme
    codes = [tier.code for tier in programme.tiers if criteria(tier)]
    member_ids = uow.tiers.without_end(codes, limit=MEMBERS_AT_ONCE)
    if not member_ids:
        return 0
    decisions = []
    for member in uow.tiers.lock(member_ids):
        rank = rank_of(programme, member.tier)
        if rank is not None and member.valid_until is None:
            decisions.append(TierDecision(member, member.tier, end_of(programme, rank, on)))
    record_decisions(uow, decisions, cause=TierCause.STARTED, version=stored.version, on=on)
    return len(decisions)


def _review(
    uow: UnitOfWork, stored: StoredProgramme, ended_on: date, member_ids: Sequence[int], on: date
) -> TiersReviewed:
    programme = stored.programme
    # Another run may have been faster: what it has decided is seen once the rows are locked.
    members = [member for member in uow.tiers.lock(member_ids) if member.valid_until == ended_on]
    figures = uow.tiers.figures(
        [member.member_id for member in members], programme, window=review_window(programme, ended_on)
    )
    decisions = []
    for member in members:
        done = figures.get(member.member_id, NOTHING_DONE)
        rank = reviewed(programme, rank_of(programme, member.tier), done)
        decisions.append(TierDecision(member, code_at(programme, rank), next_end(programme, rank, ended_on), done))
    changes = record_decisions(uow, decisions, cause=TierCause.REVIEW, version=stored.version, on=on)
    return TiersReviewed(0, len(decisions), changes, finished=False)
