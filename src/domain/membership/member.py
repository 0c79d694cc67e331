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


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class MemberField(StrEnum):
    """What is known of a person and may change; the fields of `Member` with these names."""

    NAME = "name"
    PHONE = "phone"
    BIRTHDAY = "birthday"
    SEX = "sex"
    OCCUPATION = "occupation"
    EMAIL = "email"


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
    sex: Sex | None = None
    occupation: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class MemberChange:
    """One field of a member as it was and as it became; empty is unknown. The caller is 0 for the system."""

    change_id: int
    member_id: int
    field: MemberField
    before: str
    after: str
    changed_at: datetime
    caller_id: int
    staff_id: int | None


def age_on(*, birthday: str, today: date) -> int | None:
    """The full years that somebody has lived; who was born on 29 February is a year older on 1 March in other years.

    None without a birthday, and before it.
    """
    if not birthday:
        return None
    born = date.fromisoformat(birthday)
    if today < born:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def identity_text(*, channel: str, identity: str) -> str:
    """A channel and what it calls a member as one text, different for different pairs.

    Codes hold no control characters, so the unit separator between them stands in neither.
    """
    return f"{channel}\x1f{identity}"


def channel_of(text: str) -> str:
    """The channel of an `identity_text`."""
    return text.partition("\x1f")[0]
