"""The one way in which the documents of stock keeping move stock: by entries, in key order, at cost.

Selling has its own loops over the same domain functions (application/sales), because it moves stock of many baskets at
once.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from application.ports.kernel import UnitOfWork
from domain.identity.organisation import Store
from domain.inventory.costing import apply_issue, apply_put_back, apply_receipt
from domain.inventory.set_aside import SetAsideEntry, SetAsideLevel, SetAsideReason, SetAsideStatus, take
from domain.inventory.stock import MovementReason, StockLevel, StockMovement
from domain.shared.money import Rounding


@dataclass(slots=True)
class StockBook:
    """What one document moves at one location; its levels are locked.

    `correction_minor` sums the value-only movements that goods caused which had been sold before they came, with their
    sign: the document posts them by `correction_postings`.
    """

    uow: UnitOfWork
    location_id: int
    document_id: int
    on: date
    levels: Mapping[int, StockLevel]
    rounding: Rounding
    correction_minor: int = 0
    _aside: dict[tuple[SetAsideStatus, int], SetAsideLevel] = field(default_factory=dict)

    def available_milli(self, sku_id: int) -> int:
        """What may leave: on hand, but for what is reserved. Below zero where more was sold than there was."""
        level = self.levels[sku_id]
        return level.on_hand_milli - level.reserved_milli

    def issue(self, sku_id: int, quantity_milli: int, reason: MovementReason) -> int:
        """Takes a quantity above zero out of stock; the cost at which it left, zero or more.

        Whether there is enough is for the caller to say.
        """
        cost = apply_issue(self.levels[sku_id], quantity_milli=quantity_milli, rounding=self.rounding)
        self._record(sku_id, -quantity_milli, -cost, reason)
        return cost

    def receive(
        self, sku_id: int, quantity_milli: int, cost_minor: int, reason: MovementReason = MovementReason.RECEIPT
    ) -> int:
        """Brings a quantity above zero into stock at its cost, which becomes that of the last receipt.

        Gives the correction of what had been sold before it came, which is recorded too.
        """
        value, correction = apply_receipt(
            self.levels[sku_id], quantity_milli=quantity_milli, cost_minor=cost_minor, rounding=self.rounding
        )
        self._record(sku_id, quantity_milli, value, reason)
        return self._correct(sku_id, correction)

    def put_back(self, sku_id: int, quantity_milli: int, cost_minor: int, reason: MovementReason) -> int:
        """Brings goods back that had left at `cost_minor`; gives the correction as `receive` does."""
        value, correction = apply_put_back(
            self.levels[sku_id], quantity_milli=quantity_milli, cost_minor=cost_minor, rounding=self.rounding
        )
        self._record(sku_id, quantity_milli, value, reason)
        return self._correct(sku_id, correction)

    def revalue(self, sku_id: int, value_minor: int, reason: MovementReason) -> None:
        """Adds to the value of what is on hand, or takes from it, without quantity; something must be on hand."""
        self.levels[sku_id].value_minor += value_minor
        self._record(sku_id, 0, value_minor, reason)

    def lock_aside(self, sku_ids: Collection[int], *statuses: SetAsideStatus) -> None:
        """Locks what is set aside, after the stock levels and in the order of statuses; absent levels are made."""
        for status in sorted(set(statuses)):
            for sku_id, level in self.uow.set_aside.lock(self.location_id, sku_ids, status).items():
                self._aside[status, sku_id] = level

    def aside(self, sku_id: int, status: SetAsideStatus) -> SetAsideLevel:
        """What is set aside in a status that was locked by `lock_aside`."""
        return self._aside[status, sku_id]

    def set_aside(
        self,
        sku_id: int,
        status: SetAsideStatus,
        quantity_milli: int,
        value_minor: int,
        *,
        reason: SetAsideReason,
        line_number: int,
    ) -> None:
        """Adds goods to those set aside; the status must be locked. It does not take them out of stock."""
        level = self._aside[status, sku_id]
        level.quantity_milli += quantity_milli
        level.value_minor += value_minor
        self._record_aside(level, quantity_milli, value_minor, reason, line_number)

    def take_aside(
        self, sku_id: int, status: SetAsideStatus, quantity_milli: int, *, reason: SetAsideReason, line_number: int
    ) -> int:
        """Takes goods from those set aside, at most what is there, at their average; the value that left."""
        level = self._aside[status, sku_id]
        value = take(level, quantity_milli=quantity_milli, rounding=self.rounding)
        self._record_aside(level, -quantity_milli, -value, reason, line_number)
        return value

    def _correct(self, sku_id: int, correction: int) -> int:
        if correction:
            self._record(sku_id, 0, correction, MovementReason.COST_CORRECTION)
            self.correction_minor += correction
        return correction

    def _record(self, sku_id: int, quantity_milli: int, value_minor: int, reason: MovementReason) -> None:
        uow = self.uow
        uow.add(
            StockMovement(
                location_id=self.location_id,
                sku_id=sku_id,
                movement_id=uow.new_id(),
                quantity_milli=quantity_milli,
                value_minor=value_minor,
                reason=reason,
                document_id=self.document_id,
                business_date=self.on,
                moved_at=uow.now,
            )
        )

    def _record_aside(
        self, level: SetAsideLevel, quantity_milli: int, value_minor: int, reason: SetAsideReason, line_number: int
    ) -> None:
        uow = self.uow
        uow.add(
            SetAsideEntry(
                location_id=self.location_id,
                sku_id=level.sku_id,
                entry_id=uow.new_id(),
                status=level.status,
                quantity_milli=quantity_milli,
                value_minor=value_minor,
                reason=reason,
                document_id=self.document_id,
                line_number=line_number,
                business_date=self.on,
                posted_at=uow.now,
            )
        )


def open_book(uow: UnitOfWork, store: Store, sku_ids: Collection[int], *, document_id: int, on: date) -> StockBook:
    """Locks the levels of these SKUs at a store, in the order of SKUs, for a document of that business date."""
    keys = sorted({(store.store_id, sku_id) for sku_id in sku_ids})
    levels = {sku_id: level for (_, sku_id), level in uow.stock.lock(keys).items()}
    rounding = Rounding(uow.chain.policies(store.store_id).rounding_mode)
    return StockBook(uow, store.store_id, document_id, on, levels, rounding)
