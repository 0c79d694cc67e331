"""Baskets of The Complete Journey as the messages that a terminal sends."""

from typing import Final
from uuid import UUID, uuid5

from google.protobuf.timestamp_pb2 import Timestamp

from entrypoints.cli.complete_journey import CURRENCY, Basket, Line
from liansuo.sales.v1 import sales_pb2

NAMESPACE: Final = UUID("76c54dc0-30d7-422c-893a-ed42d15764d4")
"""Of the request ids: a basket has the same one in every run, on every machine."""


def request_id(basket_id: int) -> str:
    """The identity of a basket's sale for ever: a UUIDv5 of its number."""
    return str(uuid5(NAMESPACE, str(basket_id)))


def import_id(what: str) -> str:
    """The request id of one step of the import: it has an effect once, in whichever run."""
    return str(uuid5(NAMESPACE, f"import/{what}"))


def seed_id(what: str) -> str:
    """The request id of one step of the seed."""
    return str(uuid5(NAMESPACE, f"seed/{what}"))


def member_key(household_id: int) -> str:
    """The card of a household."""
    return f"HH{household_id}"


def checkout_request(basket: Basket, *, points: int = 0, points_minor: int = 0) -> sales_pb2.CheckoutRequest:
    """The sale of a basket: terminal-priced lines with named discounts, paid by coupons and exactly the rest in cash.

    The same basket gives the same message in every run, so that a replay is a duplicate and not another sale. `points`
    pay `points_minor` of what would be cash.
    """
    tenders = []
    cash_minor = basket.cash_minor - points_minor
    if points:
        tenders.append(sales_pb2.Tender(kind=sales_pb2.TENDER_KIND_POINTS, points=points))
    if basket.coupon_minor:
        tenders.append(
            sales_pb2.Tender(kind=sales_pb2.TENDER_KIND_MANUFACTURER_COUPON, amount_minor=basket.coupon_minor)
        )
    if cash_minor:
        tenders.append(sales_pb2.Tender(kind=sales_pb2.TENDER_KIND_CASH, amount_minor=cash_minor))
    return sales_pb2.CheckoutRequest(
        request_id=request_id(basket.basket_id),
        basket=sales_pb2.Basket(
            lines=[_line(line) for line in basket.lines],
            member_key=member_key(basket.household_id),
            currency=CURRENCY,
        ),
        tenders=tenders,
        sold_at=Timestamp(seconds=int(basket.sold_at.timestamp())),
        receipt_sequence=basket.sequence,
    )


def _line(line: Line) -> sales_pb2.BasketLine:
    discounts = []
    if line.retail_minor:
        discounts.append(sales_pb2.NamedDiscount(code="retail", name="Retail discount", amount_minor=line.retail_minor))
    if line.match_minor:
        discounts.append(
            sales_pb2.NamedDiscount(code="coupon_match", name="Coupon match", amount_minor=line.match_minor)
        )
    return sales_pb2.BasketLine(
        sku=line.sku,
        quantity_milli=line.quantity_milli,
        terminal_price=sales_pb2.TerminalPrice(gross_minor=line.gross_minor, discounts=discounts),
        amount_only=line.quantity_milli == 0,
    )
