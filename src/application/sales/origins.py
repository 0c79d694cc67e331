"""By which tender the customer has really paid what a tender of a sale holds."""

from dataclasses import dataclass

from application.ports.kernel import UnitOfWork
from application.ports.sales import StoredSale
from domain.sales.sale import TenderKind


@dataclass(frozen=True, slots=True)
class Origin:
    """A tender of the sale in which the customer has paid: its own, unless goods have paid."""

    sale_id: int
    tender_number: int


def origins_of(uow: UnitOfWork, original: StoredSale) -> dict[int, Origin]:
    """The origin of each tender of the sale, by its number; without goods among them nothing is asked."""
    sale_id = original.sale.sale_id
    found = {tender.tender_number: Origin(sale_id, tender.tender_number) for tender in original.tenders}
    if any(tender.kind is TenderKind.EXCHANGE for tender in original.tenders):
        for one in uow.exchanges.tenders(sale_id):
            found[one.tender_number] = Origin(one.paid_sale_id, one.paid_tender_number)
    return found
