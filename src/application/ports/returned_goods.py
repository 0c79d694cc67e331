"""What the application needs from goods that come back and from what is set aside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from domain.inventory.set_aside import SetAsideLevel, SetAsideStatus
from domain.sales.returned import Condition, ReturnedLine, ReturnReason
from domain.sales.sale import SaleLine


@dataclass(frozen=True, slots=True)
class ReturnsSum:
    """What came back for one reason in one condition: lines of refunds, and their totals and costs in minor units."""

    reason_code: str
    condition: Condition | None
    lines: int
    total_minor: int
    cost_minor: int


@dataclass(frozen=True, slots=True)
class SoldLately:
    """Of one product in one store: thousandths sold and not taken back, and the line that cost least per unit.

    `cheapest` is None where nothing was sold for money.
    """

    left_milli: int
    cheapest: SaleLine | None


class ReturnedGoods(Protocol):
    """Reasons, and the lines that came back for them."""

    def reasons(self) -> Sequence[ReturnReason]:
        """All reasons by code, those that are retired too."""

    def put_reasons(self, reasons: Sequence[ReturnReason]) -> None:
        """Creates or replaces reasons by code."""

    def of_refund(self, sale_id: int) -> Sequence[ReturnedLine]:
        """The lines of a refund with their reasons and conditions, by number; none of a void or an older refund."""

    def sums(self, *, store_id: int, first: date, last: date, limit: int) -> Sequence[ReturnsSum]:
        """What came back in a store from the first to the last date, by reason and condition, `limit` groups of it."""

    def sold_lately(self, location_id: int, sku_ids: Collection[int], *, since: date) -> Mapping[int, SoldLately]:
        """What the store has sold of these products from that date on, as far as their last thousand movements tell.

        What was not sold then is absent. The stock levels are to be locked before, so that nothing moves meanwhile.
        """


class SetAside(Protocol):
    """Goods that a store holds but must not sell."""

    def lock(self, location_id: int, sku_ids: Collection[int], status: SetAsideStatus) -> Mapping[int, SetAsideLevel]:
        """The levels by SKU id, locked in their order; what is absent is first created as zero."""

    def levels(self, location_ids: Collection[int], sku_ids: Collection[int]) -> Sequence[SetAsideLevel]:
        """The levels of these SKUs at these locations in all statuses, those that are zero left out."""
