"""What the till makes of a basket that is paid: its receipt where the server is not there to answer."""

from collections.abc import Callable
from datetime import datetime

from domain.shared.period import business_date
from entrypoints.terminal.price_book import StoreBook
from entrypoints.terminal.state import Facts
from liansuo.sales.v1 import sales_pb2 as pb2


def receipt_without_server(
    request: pb2.CheckoutRequest,
    quote: pb2.QuoteBasketResponse,
    held: StoreBook,
    facts: Facts,
    *,
    at: datetime,
    worth: Callable[[pb2.Tender], int],
) -> pb2.Sale:
    """The sale as its receipt shows it when the server is not there to answer; `worth` is what a tender pays."""
    store = held.store
    on = business_date(at, time_zone=store.time_zone, day_cutoff_minutes=store.day_cutoff_minutes)
    sale = pb2.Sale(
        request_id=request.request_id,
        kind=pb2.SALE_KIND_SALE,
        receipt_number=f"{facts.terminal_code}-{request.receipt_sequence:06d}",
        store_code=store.code,
        terminal_code=facts.terminal_code,
        cashier_code=facts.staff_code,
        currency=store.currency,
        business_date=on.isoformat(),
        sold_at=request.sold_at,
        uploaded=True,
        member_number=request.basket.member_key,
        gross_minor=quote.gross_minor,
        discount_minor=quote.discount_minor,
        net_minor=quote.net_minor,
        tax_minor=quote.tax_minor,
        total_minor=quote.total_minor,
        lines=quote.lines,
    )
    for tender in request.tenders:
        sale.tenders.add(kind=tender.kind, amount_minor=worth(tender), points=tender.points, reference=tender.reference)
    return sale
