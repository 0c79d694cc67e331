"""What a proposal asks of each supplier: when to order, when it comes, and what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.ports.kernel import UnitOfWork
from application.ports.suppliers import SupplierOffer
from application.replenishment.propose import acting_on
from application.scope import latest_day
from domain.purchasing.supplier import cost_minor, delivery_on, next_order_on
from domain.replenishment.proposal import LineSource

LINES_MAX: Final = 50_000


@dataclass(frozen=True, slots=True)
class PlanPurchases:
    proposal_id: int


@dataclass(frozen=True, slots=True)
class PlannedSupplier:
    """Of one supplier in one currency; dates are ISO texts, empty for a supplier that is not known.

    `priced_minor` is what the lines with an agreed price cost, without tax, and `unpriced` counts the others;
    `below_minimum` counts the stores whose order stays below the least one that the supplier takes.
    """

    supplier_code: str
    currency: str
    order_on: str
    delivery_on: str
    stores: int
    lines: int
    priced_minor: int
    unpriced: int
    minimum_order_minor: int
    below_minimum: int


@dataclass(frozen=True, slots=True)
class PurchasePlan:
    suppliers: Sequence[PlannedSupplier]
    more: bool


def plan_purchases(uow: UnitOfWork, query: PlanPurchases) -> PurchasePlan:
    """The lines of a proposal that are to be bought and are no orders yet, by supplier; `more` where not all were read.

    Quantities are whole packs and reach the supplier's least quantity already. Raises UnknownProposal.
    """
    uow.refresh()
    proposal = acting_on(uow, query.proposal_id)
    rows = uow.replenishment.waiting_lines(proposal.proposal_id, supplier_code="", limit=LINES_MAX + 1)
    today = latest_day(uow)
    bought = [row.line for row in rows[:LINES_MAX] if row.line.source is LineSource.SUPPLIER]
    known = uow.suppliers.by_codes({line.supplier_code for line in bought if line.supplier_code})
    planned = []
    for code in sorted({line.supplier_code for line in bought}):
        lines = [line for line in bought if line.supplier_code == code]
        supplier = known.get(code)
        offers: dict[int, SupplierOffer] = {}
        if supplier is not None:
            offers = dict(uow.suppliers.offers(supplier.supplier_id, {line.sku_id for line in lines}, on=today))
        by_store: dict[int, int] = {}
        unpriced = 0
        for line in lines:
            offer = offers.get(line.sku_id)
            by_store.setdefault(line.location_id, 0)
            if offer is None or offer.price is None:
                unpriced += 1
            else:
                by_store[line.location_id] += cost_minor(offer.price, quantity_milli=line.quantity_milli)
        order_on = next_order_on(supplier, on=today) if supplier else None
        least = supplier.minimum_order_minor if supplier else 0
        planned.append(
            PlannedSupplier(
                supplier_code=code,
                currency=supplier.currency if supplier else "",
                order_on=order_on.isoformat() if order_on else "",
                delivery_on=delivery_on(supplier, ordered_on=order_on).isoformat() if supplier and order_on else "",
                stores=len(by_store),
                lines=len(lines),
                priced_minor=sum(by_store.values()),
                unpriced=unpriced,
                minimum_order_minor=least,
                below_minimum=sum(1 for worth in by_store.values() if worth < least),
            )
        )
    return PurchasePlan(planned, len(rows) > LINES_MAX)
