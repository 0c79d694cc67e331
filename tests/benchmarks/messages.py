"""The requests that terminals send, encoded beforehand, so that making one costs little more than a new request id."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from google.protobuf.message import Message

from liansuo.inventory.v1 import stock_pb2
from liansuo.membership.v1 import membership_pb2
from liansuo.sales.v1 import sales_pb2
from tests.benchmarks.scale import HOT_DAYS, HOT_SKUS, LINES, MEMBERS, SKUS, UPLOAD_SALES, price_minor
from tests.http2 import framed

BASKETS: Final = 20_000
"""Different baskets of one run; every request has an id of its own."""

QUANTITY_MAX: Final = 3
FOUND_MAX: Final = 500
"""A page of FindStock: more than there are stores."""

MOMENTS: Final = 20_000
CHANGE_MINOR: Final = 50
SKEWED_SKUS: Final = SKUS // 100
HOT_SHARE: Final = 0.5

REQUEST_ID_BYTES: Final = 36
# Field 1 of CheckoutRequest, 36 bytes long.
_REQUEST_ID_TAG: Final = b"\x0a\x24"
# Field 1 of UploadSalesRequest, followed by the length.
_SALE_TAG: Final = b"\x0a"

CHECKOUT_DEADLINE: Final = "10S"
UPLOAD_DEADLINE: Final = "60S"
CHECKOUT: Final = "/liansuo.sales.v1.SalesService/Checkout"
LOOK_UP: Final = "/liansuo.membership.v1.MembershipService/GetMember"
FIND: Final = "/liansuo.inventory.v1.StockService/FindStock"
AS_OF: Final = "/liansuo.inventory.v1.StockService/GetStockAsOf"
UPLOAD: Final = "/liansuo.sales.v1.SalesService/UploadSales"


@dataclass(frozen=True, kw_only=True)
class Goods:
    """What baskets are filled with: `skus[n]` costs `price_minor(n + 1)`. `skewed` makes every hundredth SKU a hot one,
    from which half of the lines come."""

    skus: tuple[str, ...]
    member_keys: tuple[str, ...]
    skewed: bool = False


ANY_GOODS: Final = Goods(
    skus=tuple(f"SKU{number:06d}" for number in range(1, SKUS + 1)),
    member_keys=tuple(f"{number:08d}" for number in range(1, MEMBERS + 1)),
)
"""For the echo, which looks nothing up."""


class Messages(Protocol):
    """Makes requests and judges responses; sent as it is to every client process."""

    path: str
    deadline: str
    """As gRPC writes it; a call that takes longer ends the run."""

    def begin(self, seed: int) -> None:
        """Chooses the request ids and where to begin in the baskets."""

    def next(self) -> tuple[bytes, bytes]:
        """A framed request, and the key by which its response is judged."""

    def done(self, key: bytes, message: bytes) -> int:
        """How many checkouts the response to the request with that key stored; 0 when it is not what it should be."""


class Checkouts:
    """Calls of Checkout; a response counts when it holds the id of its request."""

    path = CHECKOUT
    deadline = CHECKOUT_DEADLINE

    def __init__(self, goods: Goods) -> None:
        chance = random.Random(1)
        self._tails = [basket_bytes(goods, chance) for _ in range(BASKETS)]
        self._heads = [
            b"\x00" + (2 + REQUEST_ID_BYTES + len(tail)).to_bytes(4, "big") + _REQUEST_ID_TAG for tail in self._tails
        ]

    def begin(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._position = self._random.randrange(BASKETS)

    def next(self) -> tuple[bytes, bytes]:
        position = self._position = (self._position + 1) % BASKETS
        request_id = _request_id(self._random)
        return self._heads[position] + request_id + self._tails[position], request_id

    def done(self, key: bytes, message: bytes) -> int:
        return 1 if key in message else 0


class Questions:
    """Calls that ask; a response counts when it holds what the answer is known by."""

    path: str
    deadline = CHECKOUT_DEADLINE

    def __init__(self, calls: Iterable[tuple[Message, str]]) -> None:
        self._calls = [(framed(request.SerializeToString()), known_by.encode()) for request, known_by in calls]

    def begin(self, seed: int) -> None:
        self._random = random.Random(seed)

    def next(self) -> tuple[bytes, bytes]:
        return self._random.choice(self._calls)

    def done(self, key: bytes, message: bytes) -> int:
        return 1 if key in message else 0


class LookUps(Questions):
    """Calls of GetMember by phone: the number of the member who has it."""

    path = LOOK_UP

    def __init__(self, numbers_by_phone: Mapping[str, str]) -> None:
        super().__init__(
            (membership_pb2.GetMemberRequest(member_key=phone), number) for phone, number in numbers_by_phone.items()
        )


class Finds(Questions):
    """Calls of FindStock: which of all stores have a SKU."""

    path = FIND

    def __init__(self) -> None:
        skus = [f"SKU{number:06d}" for number in range(1, SKUS + 1)]
        super().__init__((stock_pb2.FindStockRequest(skus=[sku], page_size=FOUND_MAX), sku) for sku in skus)


class Moments(Questions):
    """Calls of GetStockAsOf: what a SKU stood at in a store within two years, half of them goods that always sell."""

    path = AS_OF

    def __init__(self) -> None:
        chance, now = random.Random(5), datetime.now(UTC)
        asked = []
        for number in range(MOMENTS):
            sku = f"SKU{chance.randint(1, HOT_SKUS if number % 2 else SKUS):06d}"
            request = stock_pb2.GetStockAsOfRequest(skus=[sku])
            request.as_of.FromDatetime(now - timedelta(seconds=chance.randrange(HOT_DAYS * 86_400)))
            asked.append((request, sku))
        super().__init__(asked)


class Uploads:
    """Calls of UploadSales with UPLOAD_SALES sales each; the sales that the response calls stored count."""

    path = UPLOAD
    deadline = UPLOAD_DEADLINE

    def __init__(self, goods: Goods) -> None:
        chance = random.Random(2)
        sold_at = datetime.now(UTC)
        self._tails = [basket_bytes(goods, chance, sold_at=sold_at) for _ in range(BASKETS)]
        self._heads = [_SALE_TAG + _varint(2 + REQUEST_ID_BYTES + len(tail)) + _REQUEST_ID_TAG for tail in self._tails]

    def begin(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._position = self._random.randrange(BASKETS)

    def next(self) -> tuple[bytes, bytes]:
        parts: list[bytes] = []
        for _ in range(UPLOAD_SALES):
            position = self._position = (self._position + 1) % BASKETS
            parts += (self._heads[position], _request_id(self._random), self._tails[position])
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
        # As a terminal's journal gives them.
        request.receipt_sequence = chance.randrange(1, 1_000_000)
        request.install_id = "6f1c1c0e-52c4-4b4f-9b0e-0d5a54c7a001"
    return request.SerializeToString()


def _numbers(goods: Goods, chance: random.Random) -> Sequence[int]:
    """Different SKUs in the order in which they are scanned: any."""
    if not goods.skewed:
        return chance.sample(range(SKUS), LINES)
    numbers: set[int] = set()
    while len(numbers) < LINES:
        hot = chance.random() < HOT_SHARE
        numbers.add(chance.randrange(SKEWED_SKUS) * (SKUS // SKEWED_SKUS) if hot else chance.randrange(SKUS))
    return chance.sample(sorted(numbers), LINES)


def _request_id(chance: random.Random) -> bytes:
    """A random UUID as terminals make it (RFC 9562, version 4)."""
    bits = chance.getrandbits
    return b"%08x-%04x-4%03x-8%03x-%012x" % (bits(32), bits(16), bits(12), bits(12), bits(48))


def _varint(value: int) -> bytes:
    """A length of protobuf, below 2**14."""
    return bytes([value]) if value < 128 else bytes([value & 127 | 128, value >> 7])
