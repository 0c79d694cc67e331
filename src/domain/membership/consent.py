"""Consent of members, purpose by purpose: given or withdrawn by entries that are only ever added."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from domain.membership.member import age_on

GUARDED_YEARS: Final = 14
"""Who is younger does not consent alone: a guardian does (Personal Information Protection Law, art. 31)."""
MARKETING: Final = "marketing_"
"""How the purposes begin for which a member may be sent advertising."""
PROFILING: Final = "profiling"
"""The purpose of telling from what a member bought what they will buy; who refuses it is told nothing about."""


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """That a member gave or withdrew consent for a purpose, as its entry `number` (from 1 on); the last one counts.

    `text_version` is the version of the text that was agreed to, `evidence` a reference to what proves it, without
    personal data. `by_member`: decided by the member's own token. `merge_id` is the merge that brought the decision, or
    its undoing; 0 for none.
    """

    member_id: int
    purpose: str
    number: int
    given: bool
    text_version: int
    channel: str
    evidence: str
    by_guardian: bool
    by_member: bool
    merge_id: int
    caller_id: int
    staff_id: int | None
    decided_at: datetime


def needs_guardian(*, birthday: str, today: date) -> bool:
    """Whether a guardian consents for this person; False where no birthday is known."""
    age = age_on(birthday=birthday, today=today)
    return age is not None and age < GUARDED_YEARS


def together(*, survivor: bool | None, merged: bool | None) -> bool | None:
    """What holds for a person of two files; None is that nothing was ever decided.

    A withdrawal on either side wins: who has said no once is not asked to find the file in which they said it.
    """
    decided = [one for one in (survivor, merged) if one is not None]
    return all(decided) if decided else None
