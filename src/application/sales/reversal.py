"""A refund or void while it is worked out, and how it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from application.policies import Policies
from application.ports.kernel import UnitOfWork
from application.ports.loyalty import LockedPoints
from application.ports.sales import SoldProduct, StoredSale
from application.sales.exchanged_goods import ReturnedPoints
from application.sales.recording import line_view
from application.sales.repricing import Repriced
from application.sales.serial_numbers import pieces_back
from application.sales.taking_back import TakenBack
from application.sales.views import SaleTenderView, SaleView
from domain.identity.organisation import Store
from domain.sales.sale import Sale, SaleKind, SaleLine, SaleTender
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


def reversal_view(
    uow: UnitOfWork,
    sale: Sale,
    lines: Sequence[SaleLine],
    tenders: Sequence[SaleTender],
    *,
    store: Store,
    products: Mapping[int, SoldProduct],
    member_number: str,
    serials: Sequence[Sequence[SerialEntry]] = (),
) -> SaleView:
    """A refund or void as its request is answered; what only some have is added by whoever knows it."""
    caller = uow.caller
    return SaleView(
        sale_id=sale.sale_id,
        request_id=sale.request_id,
        kind=sale.kind,
        original_sale_id=sale.original_sale_id or 0,
        receipt_number=sale.receipt_number,
        store_code=store.code,
        terminal_code=caller.code,
        device_type=uow.chain.device_types.get(caller.caller_id),
        cashier_code=caller.staff_code,
        channel=sale.channel,
        currency=sale.currency,
        business_date=sale.business_date.isoformat(),
        sold_at=sale.sold_at,
        uploaded=False,
        member_number=member_number,
        gross_minor=sale.gross_minor,
        discount_minor=sale.discount_minor,
        net_minor=sale.net_minor,
        tax_minor=sale.tax_minor,
        rounding_minor=sale.rounding_minor,
        total_minor=sale.total_minor,
        change_minor=0,
        points_earned=sale.points_earned,
        points_redeemed=sale.points_redeemed,
        points_balance=sale.points_balance,
        lines=[
            line_view(line, products[line.sku_id].sku, products[line.sku_id].name, pieces_back(serials, line))
            for line in lines
        ],
        tenders=[SaleTenderView(t.kind, t.amount_minor, t.points, t.reference, t.paid_kind) for t in tenders],
        warnings=[],
        tip_minor=sale.tip_minor or 0,
    )
