"""A refund or void while it is worked out, and how it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from application.policies import Policies
from application.ports.kernel import UnitOfWork
from application.ports.loyalty import LockedPoints
from application.ports.sales import StoredSale
from application.sales.exchanged_goods import ReturnedPoints
from application.sales.repricing import Repriced
from application.sales.taking_back import TakenBack
from domain.identity.organisation import Store
from domain.sales.sale import Sale, SaleKind, SaleLine
from domain.sales.serial_number import SerialEntry


@dataclass(slots=True)
class Reversal:
    """A refund or void being worked out, from the locked sale to its entries.

    `expiry_undone_minor` is the liability of expired points that were put back, `repaid_minor` that of points which
    repaid a debt. `taken` tells by line of the sale how it comes back, and `reason_code` why where a line does not say
    it. `returned` are the points that had paid, as they went back to their lots. `others` are members of a pool whose
    points had paid, by the file that they had then. `request_id` is that of the document where it is not the one of the
    request.
    """

    uow: UnitOfWork
    kind: SaleKind
    original: StoredSale
    earlier: Sequence[StoredSale]
    store: Store
    policies: Policies
    reason: str
    taken: Mapping[int, TakenBack]
    reason_code: str
    cash_instead: bool
    reversal_id: int
    on: date
    lines: list[SaleLine]
    nothing_left: bool
    points: LockedPoints | None
    repriced: Repriced | None
    kept_back_minor: int
    expiry_undone_minor: int = 0
    repaid_minor: int = 0
    serials: Sequence[Sequence[SerialEntry]] = ()
    others: Mapping[int, LockedPoints] = field(default_factory=dict)
    returned: list[ReturnedPoints] = field(default_factory=list)
    request_id: str = ""


def announce_reversal(uow: UnitOfWork, sale: Sale) -> None:
    """Tells whoever listens of a refund or void; `original_sale_id` is null where goods came without a receipt."""
    uow.publish(
        "SaleReversed",
        sale.sale_id,
        {
            "sale_id": sale.sale_id,
            "kind": sale.kind,
            "original_sale_id": sale.original_sale_id,
            "store_id": sale.store_id,
            "member_id": sale.member_id,
            "business_date": sale.business_date.isoformat(),
            "total_minor": sale.total_minor,
            "currency": sale.currency,
        },
    )
