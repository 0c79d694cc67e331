"""The member file."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MemberKeyKind(StrEnum):
    NUMBER = "number"
    PHONE = "phone"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class Member:
    """A person in the programme. Personal fields are empty where they are unknown or masked.

    `segments` are the codes of the groups that marketing has put them into, in ascending order.
    """

    member_id: int
    member_number: str
    name: str
    phone: str
    birthday: str
    tier: str
    store_id: int | None
    source: str
    registered_at: datetime
    segments: tuple[str, ...] = ()
