"""The one way in which the documents of stock keeping move stock: by entries, in key order, at cost.

Selling has its own loops over the same domain functions (application/sales), because it moves stock of many baskets at
once.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from application.layering import record_layers
from application.ports.kernel import UnitOfWork
from domain.identity.organisation import Store
from domain.inventory.costing import (
    Arrival,
    apply_costing,
    apply_issue,
    apply_put_back,
    apply_receipt,
    apply_revaluation,
    apply_standard,
    issue,
)
from domain.inventory.layers import NO_LOT, LayeredLevel, Lot, Origin, layered_level
from domain.inventory.set_aside import SetAsideEntry, SetAsideLevel, SetAsideReason, SetAsideStatus, take
from domain.inventory.stock import Costing, MovementReason, StockLevel, StockMovement
from domain.shared.money import Rounding


@dataclass(slots=True)
class StockBook:
    """What one document moves at one location; its levels are locked.

    `correction_minor` sums the value-only movements that goods caused which had been sold before they came, with their
    sign: the document posts them by `correction_postings`. `variance_minor` is what of it is the difference to standard
    cost, a purchase price variance where the goods were bought.
    """

    uow: UnitOfWork
    location_id: int
    document_id: int
    on: date
    levels: dict[int, StockLevel]
    rounding: Rounding
    correction_minor: int = 0
    variance_minor: int = 0
    _aside: dict[tuple[SetAsideStatus, int], SetAsideLevel] = field(default_factory=dict)

    def available_milli(self, sku_id: int) -> int:
        """What may leave: on hand, but for what is reserved or expired; below zero where more was sold than came."""
        return self.levels[sku_id].available_milli(self.on)

    def worth(self, sku_id: int, quantity_milli: int) -> int:
        """What a quantity would cost that leaves now; nothing is moved."""
        return issue(self.levels[sku_id], quantity_milli=quantity_milli, rounding=self.rounding, on=self.on)

    def issue(self, sku_id: int, quantity_milli: int, reason: MovementReason, *, layer_ids: Iterable[int] = ()) -> int:
        """Takes a quantity above zero out of stock; the cost at which it left, zero or more.

        Whether there is enough is for the caller to say. Layers named leave before the others.
        """
        cost = apply_issue(
            self.levels[sku_id], quantity_milli=quantity_milli, rounding=self.rounding, on=self.on, first=layer_ids
        )
        self._record(sku_id, -quantity_milli, -cost, reason)
        return cost

    def receive(
        self,
        sku_id: int,
        quantity_milli: int,
        cost_minor: int,
        reason: MovementReason = MovementReason.RECEIPT,
        *,
        lot: Lot = NO_LOT,
        origins: Sequence[Origin] = (),
    ) -> int:
        """Brings a quantity above zero into stock at its cost, which becomes that of the last receipt.

        Gives the correction of what had been sold before it came, which is recorded too. `origins` are the layers of
        another location that the goods left (see `Stock.origins`): they keep their lots.
        """
        value, correction = apply_receipt(
            self.levels[sku_id],
            quantity_milli=quantity_milli,
            cost_minor=cost_minor,
            rounding=self.rounding,
            arrival=Arrival(self.document_id, self.on, lot, origins),
        )
        self._record(sku_id, quantity_milli, value, reason)
        return self._correct(sku_id, correction)

    def put_back(
        self,
        sku_id: int,
        quantity_milli: int,
        cost_minor: int,
        reason: MovementReason,
        *,
        lot: Lot = NO_LOT,
        origins: Sequence[Origin] = (),
    ) -> int:
        """Brings goods back that had left at `cost_minor`; gives the correction as `receive` does.

        They go back to the layers that they left (`origins`), and otherwise open one of that lot.
        """
        value, correction = apply_put_back(
            self.levels[sku_id],
            quantity_milli=quantity_milli,
            cost_minor=cost_minor,
            rounding=self.rounding,
            arrival=Arrival(self.document_id, self.on, lot, origins),
        )
        self._record(sku_id, quantity_milli, value, reason)
        return self._correct(sku_id, correction)

    def revalue(self, sku_id: int, value_minor: int, reason: MovementReason, *, layer_id: int = 0) -> int:
        """Adds to the value of what is on hand, or takes from it, without quantity; gives what was added.

        That is less than asked where nothing is on hand, where stock is valued at standard cost, or where it would be
        worth less than nothing: the caller posts the rest elsewhere. Under FIFO the layer with that id bears it, or
        all of them.
        """
        added = apply_revaluation(self.levels[sku_id], value_minor=value_minor, layer=layer_id)
        if added:
            self._record(sku_id, 0, added, reason)
        return added

    def set_standard(self, sku_id: int, standard_minor: int, quantity_milli: int) -> int:
        """Makes it the standard cost of that quantity; gives what the stock has gained in value, which is recorded."""
        level = self.levels[sku_id]
        assert isinstance(level, LayeredLevel)
        gained = apply_standard(
            level, standard_minor=standard_minor, quantity_milli=quantity_milli, rounding=self.rounding
        )
        self._record(sku_id, 0, gained, MovementReason.REVALUATION)
        return gained

    def change_costing(self, costings: Mapping[int, Costing]) -> int:
        """Values these SKUs by another method from now on, or tells them apart; how many have changed.

        What is on hand keeps its value, so that nothing is to be posted.
        """
        changed = {sku_id: costing for sku_id, costing in costings.items() if self.levels[sku_id].costing != costing}
        to_standard = [sku_id for sku_id, costing in changed.items() if costing & Costing.STANDARD]
        # A level that has been at standard cost before goes on counting; while it was not, nothing of it was loaded.
        had = self.uow.stock.standard_numbers(self.location_id, to_standard) if to_standard else {}
        for sku_id, costing in changed.items():
            level = layered_level(self.levels[sku_id])
            self.levels[sku_id] = level
            level.standard_number = had.get(sku_id, level.standard_number)
            apply_costing(level, costing, arrival=Arrival(self.document_id, self.on))
            if level.parts or level.standard_is_new:
                self._record(sku_id, 0, 0, MovementReason.REVALUATION)
        if changed:
            self.uow.stock.set_costings(self.location_id, changed)
        return len(changed)

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
            at_standard = self.levels[sku_id].costing & Costing.STANDARD
            reason = MovementReason.COST_VARIANCE if at_standard else MovementReason.COST_CORRECTION
            self._record(sku_id, 0, correction, reason)
            self.correction_minor += correction
            if at_standard:
                self.variance_minor += correction
        return correction

    def _record(self, sku_id: int, quantity_milli: int, value_minor: int, reason: MovementReason) -> None:
        uow = self.uow
        movement = StockMovement(
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
        uow.add(movement)
        record_layers(uow, self.levels[sku_id], movement)

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
