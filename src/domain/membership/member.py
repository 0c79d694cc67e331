"""The member file."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class MemberKeyKind(StrEnum):
    NUMBER = "number"
    PHONE = "phone"
    CARD = "card"
    IDENTITY = "identity"
    """How an online channel knows a member, e.g. a WeChat open id: the text is that of `identity_text`."""


@dataclass(frozen=True, slots=True)
class Member:
    """A person in the programme. Personal fields are empty where they are unknown or masked.

    `segments` are the codes of the groups that marketing has put them into, in ascending order. `registered_on` is the
    business date of the store of registration, the UTC date where there is none. `campaign_code` is the campaign or
    event through which they came.
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
    registered_on: date
    channel: str = ""
    campaign_code: str = ""
    segments: tuple[str, ...] = ()


def identity_text(*, channel: str, identity: str) -> str:
    """A channel and what it calls a member as one text, different for different pairs.

    Codes hold no control characters, so the unit separator between them stands in neither.
    """
    return f"{channel}\x1f{identity}"


def channel_of(text: str) -> str:
    """The channel of an `identity_text`."""
    return text.partition("\x1f")[0]
