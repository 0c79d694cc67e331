"""What the application needs to keep promotions within their limits."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from domain.pricing.limits import Campaign
from domain.pricing.promotion_use import CounterKey, PromotionCounter, PromotionUse


class PromotionUses(Protocol):
    """What promotions with limits have been used for, and the campaigns whose budgets they share."""

    def counters(self, keys: Collection[CounterKey]) -> Mapping[CounterKey, PromotionCounter]:
        """The counters as they stand, nothing locked; what was never used is absent."""

    def lock(self, keys: Collection[CounterKey]) -> Mapping[CounterKey, PromotionCounter]:
        """The counters, locked in the order of their keys; an absent one is first created as zero."""

    def of_sales(self, sale_ids: Collection[int]) -> Sequence[PromotionUse]:
        """The entries of these sales, refunds and voids, by document and promotion."""

    def campaigns(self, codes: Collection[str]) -> Mapping[str, Campaign]:
        """The campaigns with these codes; what does not exist is absent."""

    def count_campaigns(self) -> int: ...

    def list_campaigns(self, *, after: str, limit: int) -> Sequence[Campaign]:
        """Up to `limit` campaigns in the order of their codes, those after `after`."""

    def put_campaigns(self, campaigns: Sequence[Campaign]) -> None:
        """Creates or replaces campaigns by code."""

    def count_sales(self, store_ids: Collection[int], *, from_date: str, until_date: str) -> int:
        """How many sales these stores made on the business dates from the first up to the second, which is left out.

        It costs what there is to count.
        """
