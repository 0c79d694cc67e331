"""What the application needs to find members by their birthdays, which are encrypted."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol


class Birthdays(Protocol):
    """Members by month and day of their birthday, found by a keyed digest, and the birthday coupons they were given."""

    def mark(self, *, limit: int) -> int:
        """Makes the digests of up to `limit` members who have none yet, and tells how many that were.

        Members of before have none, because a migration holds no key.
        """

    def coming(
        self, month_days: Sequence[str], *, year: int, none_since: date, after: int, limit: int
    ) -> Sequence[int]:
        """Up to `limit` members with one of these birthdays, in the order of their ids, those after `after`.

        Left out is who was given a birthday coupon for this year or a later one, or later than on `none_since`.
        """

    def given(self, coupons: Mapping[int, int], *, year: int, on: date, at: datetime) -> None:
        """Notes that members, by id, were given these coupons for their birthday of a year."""
