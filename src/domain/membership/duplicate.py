"""How alike two files are. A phone, a card and an identity lead to one file each, so two never share them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Likeness(StrEnum):
    """What two files have in common: the e-mail whatever its case, or the name with the birthday."""

    EMAIL = "email"
    NAME_AND_BIRTHDAY = "name_and_birthday"


WEIGHTS: Final[Mapping[Likeness, int]] = {Likeness.EMAIL: 60, Likeness.NAME_AND_BIRTHDAY: 40}
"""What each counts in the score, of 100. Families share an e-mail, and strangers a name with a birthday."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two files that may be one person's, by the numbers of their members; the older one first."""

    member_number: str
    other_number: str
    score: int
    alike: tuple[Likeness, ...]


def likeness_text(likeness: Likeness, *, name: str, birthday: str, email: str) -> str:
    """What is compared, in one way of writing; empty where not enough is known."""
    if likeness is Likeness.EMAIL:
        return email.strip().casefold()
    return f"{''.join(name.split()).casefold()}\x1f{birthday}" if name.strip() and birthday else ""


def score(alike: Collection[Likeness]) -> int:
    """How alike, from 0 to 100."""
    return sum(WEIGHTS[one] for one in alike)
