"""Requests that terminals send, as messages."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final, TypeAlias
from uuid import UUID

from google.protobuf.message import Message

from liansuo.loyalty.v1 import loyalty_pb2
from liansuo.sales.v1 import sales_pb2 as pb2
from tests.stress.chain import GOODS, LAST, LAST_MINOR, PHONES

Valid: TypeAlias = Callable[[str, int], Message]
"""A request under a request id; the number is that of a stored sale."""

MEMBER: Final = PHONES[0]
PRICES: Final = {**GOODS, LAST: LAST_MINOR, "TEA": 10_000, "GIFT": 10_000}
CHANGE_MINOR: Final = 50
POINTS_STEP: Final = 100
"""Points are redeemed in this step, and that many are worth 1.00."""


def new_id(chance: Random) -> str:
    """A UUID as terminals make it (RFC 9562, version 4), from the seed of a test."""
    return str(UUID(int=chance.getrandbits(128), version=4))


def sale(
    request_id: str,
    pieces: Mapping[str, int],
    *,
    mark: str = "",
    member: str = "",
    points: int = 0,
    sold_at: datetime | None = None,
) -> pb2.CheckoutRequest:
    """A basket paid half by card, under the reference `mark`, and the rest in cash with some change."""
    request = pb2.CheckoutRequest(request_id=request_id)
    for sku, count in pieces.items():
        request.basket.lines.add(sku=sku, quantity_milli=count * 1000)
    request.basket.member_key = member
    due = sum(PRICES[sku] * count for sku, count in pieces.items())
    if points:
        request.tenders.add(kind=pb2.TENDER_KIND_POINTS, points=points)
        due -= points
    request.tenders.add(kind=pb2.TENDER_KIND_CARD, amount_minor=due // 2, reference=mark)
    request.tenders.add(kind=pb2.TENDER_KIND_CASH, amount_minor=due - due // 2 + CHANGE_MINOR)
    if sold_at is not None:
        request.sold_at.FromDatetime(sold_at)
    return request


def refund(request_id: str, sale_id: int, *, reason: str = "Wrong size") -> pb2.RefundSaleRequest:
    """Takes back everything that is left of a sale."""
    return pb2.RefundSaleRequest(request_id=request_id, sale_id=sale_id, reason=reason)


def hold(request_id: str, member: str, points: int) -> loyalty_pb2.HoldPointsRequest:
    """Points held for an hour."""
    request = loyalty_pb2.HoldPointsRequest(
        request_id=request_id, member_key=member, points=points, reference="Order 7"
    )
    request.expires_at.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    return request


def hand_on(request_id: str, giver: str, taker: str, points: int) -> loyalty_pb2.TransferPointsRequest:
    return loyalty_pb2.TransferPointsRequest(
        request_id=request_id, from_member_key=giver, to_member_key=taker, points=points, store_code="S1"
    )


def basket(chance: Random, *, lines_max: int = 4) -> dict[str, int]:
    """Some of the goods that are never short, in the order in which they happen to be scanned."""
    skus = chance.sample(sorted(GOODS), chance.randint(1, lines_max))
    return {sku: chance.randint(1, 3) for sku in skus}


def earlier_today() -> datetime:
    """A time at which an offline terminal may have sold."""
    return datetime.now(UTC).replace(microsecond=0)
