"""What the application needs to keep of members' self-service tokens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class MemberToken:
    """A token of a member, as its digest, with the caller that issued it."""

    token_digest: bytes
    member_id: int
    caller_id: int
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """The member whose token it is, and the caller, still active, that issued it."""

    member_number: str
    caller_id: int
    caller_code: str
    expires_at: datetime


class MemberTokens(Protocol):
    """Tokens by their digests."""

    def keep(self, token: MemberToken) -> None: ...

    def holder(self, token_digest: bytes) -> TokenHolder | None:
        """Whose token it is, while the caller that issued it may call."""

    def forget_expired(self, member_id: int, *, at: datetime) -> None:
        """Removes tokens of the member that have expired at the instant."""

    def end_all(self, member_id: int) -> int:
        """Removes all tokens of the member; how many there were."""
