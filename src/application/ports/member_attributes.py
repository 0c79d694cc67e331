"""What the application needs to keep attributes of members that a chain defines itself."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from domain.membership.attribute import AttributeValue, MemberAttribute


class MemberAttributes(Protocol):
    """Definitions, and the values of members with their history. Values are encrypted on their way to storage."""

    def defined(self) -> Sequence[MemberAttribute]:
        """All definitions by code; a chain has few of them."""

    def define(self, attributes: Sequence[MemberAttribute]) -> None:
        """Creates or replaces definitions by code."""

    def current(self, member_id: int) -> Sequence[AttributeValue]:
        """What is known of a member now, by code."""

    def replace(self, old: Collection[AttributeValue], new: Sequence[AttributeValue], *, at: datetime) -> None:
        """Ends the old values at an instant and adds the new ones."""

    def history(
        self, member_id: int, attribute_code: str, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[AttributeValue]:
        """Up to `limit` values of one attribute, the newest first, those before the instant and id of `after`."""
