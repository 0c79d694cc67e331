"""Members move through their life cycle: by what they bought, and by the days on which they bought nothing."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from application.fields import optional_date
from application.follow_up_tasks import open_for_occasions
from application.membership.lifecycles import lifecycle_rule
from application.ports.kernel import UnitOfWork
from application.ports.lifecycles import LifecycleFacts
from application.scope import WholeChainOnly, latest_day
from domain.care.follow_up import FollowUpOccasion, FollowUpTrigger
from domain.identity.organisation import WHOLE_CHAIN
from domain.membership.lifecycle import (
    LifecycleCause,
    LifecycleEntry,
    LifecycleNote,
    LifecycleRule,
    LifecycleState,
    MemberLifecycle,
    cause_of,
    standing,
)
from domain.shared.errors import Invalid

MEMBERS_AT_ONCE: Final = 500

TOPIC: Final = "MemberLifecycleChanged"


class LifecycleInFuture(Invalid):
    en = "{on} has not begun: today is {today}. States are decided as of today or an earlier day."
    zh = "{on} 尚未开始：今天是 {today}。只能按今天或更早的日期判定状态。"


@dataclass(frozen=True, slots=True)
class MoveLifecycles:
    """As of a day (ISO; empty for today)."""

    on: str = ""


@dataclass(frozen=True, slots=True)
class LifecycleMove:
    """How many members went from one state (empty for none) to another."""

    from_state: str
    to_state: LifecycleState
    members: int


@dataclass(frozen=True, slots=True)
class LifecyclesMoved:
    """How many members were looked at, and which of them changed; `finished` when nothing was left to look at."""

    members: int
    moves: Sequence[LifecycleMove]
    finished: bool


def move_lifecycles(uow: UnitOfWork, command: MoveLifecycles) -> LifecyclesMoved:
    """Looks at up to 500 members whose state may have changed; run it until it is finished.

    They are those who bought or were registered since the last run, those for whom the day has come, and those about
    whom other settings decided. Doing it again changes nothing. Raises WholeChainOnly and LifecycleInFuture.
    """
    stated = optional_date(command.on, field="on")
    if not uow.caller.manages(WHOLE_CHAIN):
        raise WholeChainOnly
    uow.refresh()
    today = latest_day(uow)
    if stated is not None and stated > today:
        raise LifecycleInFuture("on", on=stated.isoformat(), today=today.isoformat())
    on, rule = stated or today, lifecycle_rule(uow)
    notes = uow.lifecycles.notes(on, limit=MEMBERS_AT_ONCE)
    member_ids = _waiting(uow, notes, on, rule)
    if not member_ids:
        return LifecyclesMoved(0, (), finished=True)
    found = uow.lifecycles.lock(member_ids)
    uow.lifecycles.leave(set(member_ids) - set(found))
    # After the lock: what was sold before is seen now, and whoever sells later leaves a note.
    facts = uow.lifecycles.facts(found, on=on)
    entries = _record(uow, facts, rule, on)
    uow.lifecycles.drop(notes)
    counted = Counter((entry.from_state, entry.to_state) for entry in entries)
    moves = [LifecycleMove(before, after, count) for (before, after), count in sorted(counted.items())]
    return LifecyclesMoved(len(member_ids), moves, finished=False)


def _waiting(uow: UnitOfWork, notes: Sequence[LifecycleNote], on: date, rule: LifecycleRule) -> Collection[int]:
    if notes:
        return {note.member_id for note in notes}
    return uow.lifecycles.due(on, limit=MEMBERS_AT_ONCE) or uow.lifecycles.outdated(rule.code, limit=MEMBERS_AT_ONCE)


def _record(
    uow: UnitOfWork, facts: Mapping[int, LifecycleFacts], rule: LifecycleRule, on: date
) -> Sequence[LifecycleEntry]:
    """Writes where each stands now; returns the changes, which it announces."""
    members, entries = [], []
    for fact in facts.values():
        member, entry = _decided(uow, fact, rule)
        members.append(member)
        if entry is not None:
            entries.append(entry)
    uow.lifecycles.record(members, entries)
    open_for_occasions(uow, _occasions(facts, entries), on=on)
    for entry in entries:
        # Who is taken in has not changed, and all members of a chain are taken in when it begins.
        if entry.cause is not LifecycleCause.TAKEN_IN:
            _announce(uow, entry)
    return entries


def _decided(
    uow: UnitOfWork, fact: LifecycleFacts, rule: LifecycleRule
) -> tuple[MemberLifecycle, LifecycleEntry | None]:
    known, purchases = fact.known, fact.purchases
    now = standing(purchases=purchases, on=fact.on, rule=rule)
    changed = known is None or known.state is not now.state
    number = (known.entries if known else 0) + changed
    since_on = now.since_on if known is None or changed else known.since_on
    member = MemberLifecycle(
        fact.member_id, now.state, since_on, now.until_on, number, fact.on, purchases.first_on, purchases.last_on,
        rule.code, fact.store_id,
    )  # fmt: skip
    if not changed:
        return member, None
    entry = LifecycleEntry(
        member_id=fact.member_id,
        number=number,
        from_state=known.state.value if known else "",
        to_state=now.state,
        cause=cause_of(known=known, now=now, last_on=purchases.last_on, rule=rule),
        since_on=since_on,
        last_purchase_on=purchases.last_on,
        store_id=fact.store_id,
        decided_on=fact.on,
        entered_at=uow.now,
    )
    return member, entry


def _occasions(facts: Mapping[int, LifecycleFacts], entries: Sequence[LifecycleEntry]) -> Sequence[FollowUpOccasion]:
    """First purchases that were not known before, and members who fell dormant by time alone.

    A first purchase under a file that was merged since was that file's occasion.
    """
    found = []
    for fact in facts.values():
        first_on = fact.purchases.first_on
        unknown = fact.known is None or fact.known.first_on is None
        if first_on is not None and unknown and fact.first_file_id == fact.member_id:
            found.append(
                FollowUpOccasion(
                    fact.member_id, FollowUpTrigger.FIRST_PURCHASE, first_on, fact.store_id, fact.first_store_id
                )
            )
    for entry in entries:
        if entry.to_state is LifecycleState.DORMANT and entry.cause is LifecycleCause.TIME:
            fact = facts[entry.member_id]
            found.append(
                FollowUpOccasion(
                    fact.member_id, FollowUpTrigger.DORMANT, entry.since_on, fact.store_id, fact.last_store_id
                )
            )
    return found


def _announce(uow: UnitOfWork, entry: LifecycleEntry) -> None:
    uow.publish(
        TOPIC,
        entry.member_id,
        {
            "member_id": entry.member_id,
            "from_state": entry.from_state,
            "to_state": entry.to_state.value,
            "cause": entry.cause.value,
            "since_on": entry.since_on.isoformat(),
            "last_purchase_on": entry.last_purchase_on.isoformat() if entry.last_purchase_on else "",
            "store_id": entry.store_id,
        },
    )
