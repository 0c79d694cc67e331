"""Taking a parked basket up: exactly one terminal gets it, at the prices of now, and is told what has changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from application.ports.kernel import UnitOfWork
from application.sales.basket import Basket
from application.sales.parked_content import basket_of
from application.sales.parking import ParkedBasketView, taken, view_of
from application.sales.quote import Quote, QuoteBasket, quote_basket
from application.sales.views import SaleLineView
from domain.sales.parking import ParkedEndReason
from domain.shared.errors import Refusal


@dataclass(frozen=True, slots=True)
class ResumeParkedBasket:
    basket_id: int


@dataclass(slots=True)
class ParkedChange:
    """A line that costs something else than when the basket was put aside.

    Totals are 0 where there was none to compare with: of a part that was split off.
    """

    line_number: int
    sku: str
    unit_price_then_minor: int
    unit_price_now_minor: int
    total_then_minor: int
    total_now_minor: int


@dataclass(slots=True)
class ParkedProblem:
    """Why the basket cannot be sold as it is, as a refusal of Checkout would say."""

    reason: str
    field: str
    message: str


@dataclass(slots=True)
class ResumedBasket:
    """What was put aside, and what it costs now; where it cannot be sold as it is there is a problem and no quote."""

    parked: ParkedBasketView
    basket: Basket
    quote: Quote | None
    changes: list[ParkedChange]
    problem: ParkedProblem | None


def resume_parked_basket(uow: UnitOfWork, command: ResumeParkedBasket) -> ResumedBasket:
    """Gives the basket to this caller alone, priced as a quote is now.

    A basket that cannot be sold as it is, say because goods of it were blocked, is given all the same, with the reason.
    Raises UnknownParkedBasket, ParkedBasketTaken and ParkedBasketOver.
    """
    uow.refresh()
    parked = taken(uow, command.basket_id, ParkedEndReason.RESUMED)
    store = uow.chain.stores[parked.store_id]
    basket = basket_of(parked.content, member_key=parked.member_number, store_code=store.code)
    view = view_of(uow, parked)
    try:
        quote = quote_basket(uow, QuoteBasket(basket))
    except Refusal as refusal:
        problem = ParkedProblem(refusal.reason, refusal.field, refusal.message(uow.caller.language))
        return ResumedBasket(view, basket, None, [], problem)
    return ResumedBasket(view, basket, quote, _changes(parked.content, quote.lines), None)


def _changes(content: Mapping[str, Any], lines: Sequence[SaleLineView]) -> list[ParkedChange]:
    bought = [line for line in lines if not line.gift_promotion_code]
    changes = []
    for line, (unit_price, total) in zip(bought, content["priced"], strict=True):
        if line.unit_price_minor != unit_price or (total is not None and line.total_minor != total):
            changes.append(
                ParkedChange(
                    line.line_number, line.sku, unit_price, line.unit_price_minor, total or 0,
                    0 if total is None else line.total_minor,
                )
            )  # fmt: skip
    return changes
