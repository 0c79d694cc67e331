"""How tasks of follow-ups are opened, whatever opens them: a member's life cycle, or a person."""

from collections.abc import Sequence
from datetime import date

from application.ports.kernel import UnitOfWork
from domain.care.follow_up import (
    FollowUp,
    FollowUpEntry,
    FollowUpEntryKind,
    FollowUpOccasion,
    FollowUpState,
    due_on,
    opens,
    store_of,
)


def open_for_occasions(uow: UnitOfWork, occasions: Sequence[FollowUpOccasion], *, on: date) -> int:
    """Opens what the chain's plans say, one task for a member, a plan and a business date; how many that were.

    The members are locked, so nobody else opens them meanwhile. Two statements read, two write, however many.
    """
    if not occasions:
        return 0
    wanted = [
        (plan, occasion)
        for plan in uow.follow_ups.plans()
        for occasion in occasions
        if opens(plan=plan, occasion=occasion, on=on)
    ]
    if not wanted:
        return 0
    opened = uow.follow_ups.opened({occasion.member_id for _, occasion in wanted}, {plan.code for plan, _ in wanted})
    tasks = [
        FollowUp(
            follow_up_id=uow.new_id(),
            member_id=occasion.member_id,
            plan_code=plan.code,
            occurred_on=occasion.occurred_on,
            store_id=store_of(plan=plan, occasion=occasion),
            staff_id=None,
            state=FollowUpState.OPEN,
            outcome=None,
            due_on=due_on(plan=plan, occurred_on=occasion.occurred_on),
            entries=1,
            opened_at=uow.now,
        )
        for plan, occasion in wanted
        if (occasion.member_id, plan.code, occasion.occurred_on) not in opened
    ]
    if tasks:
        open_tasks(uow, tasks, text="")
    return len(tasks)


def open_tasks(uow: UnitOfWork, tasks: Sequence[FollowUp], *, text: str = "", texts: Sequence[str] = ()) -> None:
    """Adds tasks with their first entry and announces each; every task there is comes through here.

    `texts` says what to do of each of them, `text` the same of all.
    """
    said = texts or [text] * len(tasks)
    entries = [entry_of(uow, task, FollowUpEntryKind.OPENED, words) for task, words in zip(tasks, said, strict=True)]
    uow.follow_ups.open(tasks, entries)
    for task in tasks:
        announce(uow, "FollowUpOpened", task)


def entry_of(uow: UnitOfWork, task: FollowUp, kind: FollowUpEntryKind, text: str) -> FollowUpEntry:
    """The entry that makes a task what it is now."""
    caller = uow.caller
    return FollowUpEntry(task.follow_up_id, task.entries, kind, text, caller.caller_id, caller.staff_id, uow.now)


def announce(uow: UnitOfWork, topic: str, task: FollowUp) -> None:
    """Without what was said, which is personal."""
    uow.publish(
        topic,
        task.follow_up_id,
        {
            "follow_up_id": task.follow_up_id,
            "member_id": task.member_id,
            "plan_code": task.plan_code,
            "store_id": task.store_id,
            "due_on": task.due_on.isoformat(),
            "outcome": task.outcome.value if task.outcome else "",
        },
    )
