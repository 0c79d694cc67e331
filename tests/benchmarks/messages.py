"""The requests that terminals send, encoded beforehand, so that making one costs little more than a new request id."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from liansuo.sales.v1 import sales_pb2
from tests.benchmarks.http2 import framed
from tests.benchmarks.scale import LINES, SKUS, UPLOAD_SALES, price_minor

BASKETS: Final = 20_000
"""Different baskets of one run; every request has an id of its own."""

QUANTITY_MAX: Final = 3
CHANGE_MINOR: Final = 50
HOT_SKUS: Final = SKUS // 100
HOT_SHARE: Final = 0.5

REQUEST_ID_BYTES: Final = 36
# Field 1 of CheckoutRequest, 36 bytes long.
_REQUEST_ID_TAG: Final = b"\x0a\x24"
# Field 1 of UploadSalesRequest, followed by the length.
_SALE_TAG: Final = b"\x0a"

CHECKOUT: Final = "/liansuo.sales.v1.SalesService/Checkout"
UPLOAD_SALES_METHOD: Final = "/liansuo.sales.v1.SalesService/UploadSales"


@dataclass(frozen=True, kw_only=True)
class Goods:
    """What baskets are filled with: `skus[n]` costs `price_minor(n + 1)`. `skewed` makes every hundredth SKU a hot one,
    from which half of the lines come."""

    skus: tuple[str, ...]
    member_keys: tuple[str, ...]
    skewed: bool = False


class Messages(Protocol):
    """Makes requests and judges responses."""

    path: str

    def next(self) -> tuple[bytes, bytes]:
        """A framed request, and the key by which its response is judged."""

    def done(self, key: bytes, message: bytes) -> int:
        """How many checkouts the response to the request with that key stored; 0 when it is not what it should be."""


class Checkouts:
    """Calls of Checkout; a response counts when it holds the id of its request."""

    path = CHECKOUT

    def __init__(self, goods: Goods, seed: int) -> None:
        self._random = random.Random(seed)
        self._tails = [basket_bytes(goods, self._random) for _ in range(BASKETS)]
        self._lengths = [(2 + REQUEST_ID_BYTES + len(tail)).to_bytes(4, "big") for tail in self._tails]
        self._position = 0

    def next(self) -> tuple[bytes, bytes]:
        position = self._position = (self._position + 1) % BASKETS
        request_id = _request_id(self._random)
        return b"".join(
            (b"\x00", self._lengths[position], _REQUEST_ID_TAG, request_id, self._tails[position])
        ), request_id

    def done(self, key: bytes, message: bytes) -> int:
        return 1 if key in message else 0


class Uploads:
    """Calls of UploadSales with UPLOAD_SALES sales each; the sales that the response calls stored count."""

    path = UPLOAD_SALES_METHOD

    def __init__(self, goods: Goods, seed: int) -> None:
        self._random = random.Random(seed)
        sold_at = datetime.now(UTC)
        self._tails = [basket_bytes(goods, self._random, sold_at=sold_at) for _ in range(BASKETS)]
        self._position = 0

    def next(self) -> tuple[bytes, bytes]:
        parts = []
        for _ in range(UPLOAD_SALES):
            position = self._position = (self._position + 1) % BASKETS
            tail = self._tails[position]
            request_id = _request_id(self._random)
            parts += [_SALE_TAG, _varint(2 + REQUEST_ID_BYTES + len(tail)), _REQUEST_ID_TAG, request_id, tail]
        return framed(b"".join(parts)), b""

    def done(self, key: bytes, message: bytes) -> int:
        results = sales_pb2.UploadSalesResponse.FromString(message[5:]).results
        stored = sum(result.status == sales_pb2.UPLOAD_STATUS_STORED for result in results)
        return stored if stored == UPLOAD_SALES else 0


def basket_bytes(goods: Goods, chance: random.Random, *, sold_at: datetime | None = None) -> bytes:
    """A CheckoutRequest without its request id: ten lines of a member, paid by card and, with change, in cash."""
    request = sales_pb2.CheckoutRequest()
    total_minor = 0
    for number in _numbers(goods, chance):
        quantity = chance.randint(1, QUANTITY_MAX)
        request.basket.lines.add(sku=goods.skus[number], quantity_milli=quantity * 1000)
        total_minor += price_minor(number + 1) * quantity
    request.basket.member_key = chance.choice(goods.member_keys)
    card_minor = total_minor // 2
    request.tenders.add(
        kind=sales_pb2.TENDER_KIND_CARD, amount_minor=card_minor, reference=f"A{chance.randrange(10**8):08d}"
    )
    request.tenders.add(kind=sales_pb2.TENDER_KIND_CASH, amount_minor=total_minor - card_minor + CHANGE_MINOR)
    if sold_at is not None:
        request.sold_at.FromDatetime(sold_at)
    return request.SerializeToString()


def _numbers(goods: Goods, chance: random.Random) -> Sequence[int]:
    """Different SKUs in the order in which they are scanned: any."""
    if not goods.skewed:
        return chance.sample(range(SKUS), LINES)
    numbers: set[int] = set()
    while len(numbers) < LINES:
        hot = chance.random() < HOT_SHARE
        numbers.add(chance.randrange(HOT_SKUS) * (SKUS // HOT_SKUS) if hot else chance.randrange(SKUS))
    return chance.sample(sorted(numbers), LINES)


def _request_id(chance: random.Random) -> bytes:
    """A random UUID as terminals make it (RFC 9562, version 4)."""
    digits = b"%032x" % chance.getrandbits(128)
    return b"%b-%b-4%b-8%b-%b" % (digits[:8], digits[8:12], digits[13:16], digits[17:20], digits[20:])


def _varint(value: int) -> bytes:
    """A length of protobuf, below 2**14."""
    return bytes([value]) if value < 128 else bytes([value & 127 | 128, value >> 7])
