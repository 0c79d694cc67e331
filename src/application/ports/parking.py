"""What the application needs from baskets that are put aside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.sales.parking import ParkedBasket


class ParkedBaskets(Protocol):
    """Baskets that are put aside, and how they ended."""

    def lock(self, basket_id: int) -> ParkedBasket | None:
        """The basket, which nobody else takes until the end of this transaction; None for an unknown one."""

    def is_ended(self, basket_id: int) -> bool:
        """Whether it was taken up or split; of a basket whose time is over it says nothing."""

    def standing(
        self, store_id: int, *, at: datetime, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[ParkedBasket]:
        """Up to `limit` baskets of a store that are neither ended nor over at that moment, the first ending first.

        `after` is the end and the id of the last one of the page before.
        """
