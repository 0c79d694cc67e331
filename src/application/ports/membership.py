"""What the application needs from the member file."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True)
class MemberAccount:
    """A member as a sale needs them: who, which tier, and the locked points balance."""

    member_id: int
    member_number: str
    tier: str
    points_balance: int


class Members(Protocol):
    """Members and the keys by which they are found."""

    def account(self, member_key: str) -> MemberAccount | None:
        """The member behind a number, phone, card or code, unlocked; None when nobody is."""
