"""What the application needs from the member file."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from application.membership.growth_views import GrowthDimension, NewMembersRow
from application.ports.selection import Selection
from domain.membership.member import Member, MemberChange, MemberKeyKind


@dataclass(slots=True)
class MemberAccount:
    """A member as a sale needs them: who, which tier, the locked points balance and how often they have come.

    `points_debt` (0 or more) is what they owe and what the balance is less. `visits` are the sales of the member that
    were not voided. `birthday`, an ISO date, is there only where it was asked for, because it has to be decrypted.
    `watched` tells that a purchase may change their state in the life cycle.
    """

    member_id: int
    member_number: str
    tier: str
    points_balance: int
    visits: int
    points_debt: int = 0
    segments: tuple[str, ...] = ()
    birthday: str = ""
    watched: bool = False


@dataclass(frozen=True, slots=True)
class MemberFile:
    """A member with everything that belongs to them; cards in the order of their text.

    `channels` are the online channels that know them, in order, one for each identity that leads to them.
    """

    member: Member
    cards: tuple[str, ...]
    points_balance: int
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberKey:
    """A key by which a member is found; a phone stands in E.164, an identity as `identity_text`."""

    member_id: int
    kind: MemberKeyKind
    text: str


class Members(Protocol):
    """Members and the keys by which they are found. Personal data is encrypted on its way to storage."""

    def e164(self, phone: str) -> str | None:
        """A phone number as it is stored, whatever way it was written; None when it is none."""

    def register(self, members: Sequence[Member]) -> None:
        """Creates members, each with a points account of zero."""

    def add_keys(self, keys: Sequence[MemberKey]) -> Mapping[MemberKey, str]:
        """Adds keys that nobody has; of the others, the number of the member who has each.

        Waits for transactions that are just adding one of them. `keys` names none twice.
        """

    def find(self, member_key: str) -> MemberFile | None:
        """The member with this number, card or phone, in this order."""

    def holder(self, kind: MemberKeyKind, text: str) -> MemberFile | None:
        """The member who has this key, as a MemberKey has it."""

    def holders(self, keys: Collection[tuple[MemberKeyKind, str]]) -> Mapping[tuple[MemberKeyKind, str], str]:
        """Of those keys that somebody has, the number of the member who has each."""

    def list_members(self, *, after: str | None, limit: int) -> Sequence[MemberFile]:
        """Up to `limit` members in the order of their numbers, those after `after`."""

    def account(self, member_key: str, *, birthday: bool = False) -> MemberAccount | None:
        """As `find`, but only what a quote needs, with the points balance of this moment; nothing is locked."""

    def ids(self, member_keys: Collection[str]) -> Mapping[str, int]:
        """The members with these keys, found as by `find`; an unknown key is absent."""

    def hold(self, member_ids: Collection[int]) -> None:
        """Keeps members from being merged until the end of this transaction; raises Contention for who just was."""

    def put_segments(self, segments: Mapping[int, tuple[str, ...]], *, keeping: str = "") -> int:
        """Puts each member, by id, into these segments and no others; of how many members that changed them.

        Segments that begin with `keeping` stay, if it is not empty.
        """

    def count_new(
        self, selection: Selection, *, group_by: Sequence[GrowthDimension], rows_max: int
    ) -> Sequence[NewMembersRow]:
        """New members by group, in the order of the groups, at most `rows_max`; it costs what the period has."""

    def locked(self, member_id: int) -> MemberFile:
        """The member, whom nobody else changes until the end of this transaction."""

    def update(self, member: Member, changes: Sequence[MemberChange]) -> None:
        """Writes what is known of the person, and what has changed of it; keys stay as they are."""

    def remove_keys(self, keys: Sequence[MemberKey]) -> None:
        """Takes keys away, so that they lead to nobody."""

    def changes(self, member_id: int, *, after: tuple[datetime, int] | None, limit: int) -> Sequence[MemberChange]:
        """Up to `limit` changes, the newest first, those before the instant and id of `after`."""
