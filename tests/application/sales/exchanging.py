"""Exchanges in tests: what comes back and what goes out, in one call."""

from typing import Any

from application.sales.exchange import Exchanged, ExchangeSale, exchange_sale
from application.sales.refund import RefundSale
from application.sales.views import SaleView
from domain.identity.organisation import Caller
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from tests.world import Till, World

EXCHANGE = TenderKind.EXCHANGE


def back(line_number: int, units: int) -> ReturnRequest:
    return ReturnRequest(line_number, units * 1000, amount_only=False)


def exchange(
    world: World,
    sale_id: int,
    goods: Till,
    *lines: ReturnRequest,
    caller: Caller | None = None,
    request_id: str = "",
    **options: Any,
) -> Exchanged:
    """Takes these lines of a sale back, none for all that is left, and sells the goods for them."""
    command = ExchangeSale(RefundSale(sale_id, "another size", lines, **options), goods.command)
    result: Exchanged = world.once(exchange_sale, command, caller or world.s1, request_id)
    return result


def paid(document: SaleView) -> list[tuple[TenderKind, int, TenderKind | None]]:
    """How a document was paid: kind, amount, and what had been paid before."""
    return [(tender.kind, tender.amount_minor, tender.paid_kind) for tender in document.tenders]
