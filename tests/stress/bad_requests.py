"""Requests with one thing wrong in each, and what the server answers to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final, NamedTuple

import grpc
from google.protobuf.message import Message

from liansuo.identity.v1 import identity_pb2
from liansuo.inventory.v1 import inventory_pb2
from liansuo.sales.v1 import sales_pb2 as pb2
from tests.stress.chain import LAST, PHONES
from tests.stress.client import Terminal
from tests.stress.requests import earlier_today, new_id, refund, sale

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND
REJECTED = grpc.StatusCode.FAILED_PRECONDITION
FORBIDDEN = grpc.StatusCode.PERMISSION_DENIED
TOO_MUCH = grpc.StatusCode.RESOURCE_EXHAUSTED
NOBODY = grpc.StatusCode.UNAUTHENTICATED

ABSENT: Final = 999_999_999
"""An id that no document has."""

ONE_PIECE: Final[Mapping[str, int]] = {"K01": 1}
MIB: Final = 1024 * 1024


@dataclass(frozen=True)
class Place:
    """The terminals that send bad requests, a sale of S1 that they may name, and a source of request ids."""

    terminals: dict[str, Terminal]
    sale_id: int
    intact: dict[str, str]
    chance: Random

    def new_id(self) -> str:
        return new_id(self.chance)


Change = Callable[[pb2.CheckoutRequest], Any]


def checkout(*changes: Change, pieces: Mapping[str, int] = ONE_PIECE, member: str = "") -> Callable[[Place], Message]:
    """A sale that would be stored, were it not for the changes."""

    def made(place: Place) -> Message:
        request = sale(place.new_id(), pieces, member=member)
        for change in changes:
            change(request)
        return request

    return made


def put(path: str, value: object) -> Change:
    """Sets a field, named as a refusal names it: "basket.lines[0].quantity_milli"."""

    def change(request: Any) -> None:
        *parents, name = path.split(".")
        for step in parents:
            attribute, _, index = step.partition("[")
            request = getattr(request, attribute)
            if index:
                request = request[int(index[:-1])]
        setattr(request, name, value)

    return change


def barcode(text: str) -> Change:
    return lambda request: request.basket.lines.add(barcode=text, quantity_milli=1_000)


def tendered(*tenders: tuple[str, int]) -> Change:
    def change(request: pb2.CheckoutRequest) -> None:
        del request.tenders[:]
        for kind, amount in tenders:
            request.tenders.add(kind=pb2.TenderKind.Value(f"TENDER_KIND_{kind}"), amount_minor=amount)

    return change


def with_lines(count: int, sku: str = "K01") -> Change:
    return lambda request: request.basket.lines.extend(
        pb2.BasketLine(sku=sku, quantity_milli=1_000) for _ in range(count)
    )


def points(number: int, *, yuan: int) -> Callable[[Place], Message]:
    """A member with 10,000 points, worth 100.00, spends that many on a basket of so many yuan."""
    return lambda place: sale(place.new_id(), {"K04": yuan // 10}, member=PHONES[0], points=number)


def receipt(sku: str, quantity_milli: int, cost_minor: int) -> Callable[[Place], Message]:
    def made(place: Place) -> Message:
        request = inventory_pb2.ReceiveGoodsRequest(request_id=place.new_id())
        request.lines.add(sku=sku, quantity_milli=quantity_milli, cost_minor=cost_minor)
        return request

    return made


def upload(count: int) -> Callable[[Place], Message]:
    return lambda place: pb2.UploadSalesRequest(
        sales=[sale(place.new_id(), {"K01": 1}, sold_at=earlier_today()) for _ in range(count)]
    )


class Bad(NamedTuple):
    """What is wrong with a request of `rpc` that `sender` sends, and the status, reason and field that come back."""

    name: str
    request: Callable[[Place], Message | bytes]
    code: grpc.StatusCode
    reason: str
    field: str = ""
    rpc: str = "Checkout"
    sender: str = "S1"


CASES: Final = (
    # What is sold.
    Bad("unknown SKU", checkout(with_lines(1, "NOSUCH")), NOT_FOUND, "UNKNOWN_SKU", "basket.lines[1].sku"),
    Bad("unknown barcode", checkout(barcode("4006381333931")), NOT_FOUND, "UNKNOWN_BARCODE", "basket.lines[1].barcode"),
    Bad(
        "wrong check digit", checkout(barcode("6901234567893")), INVALID, "WRONG_CHECK_DIGIT", "basket.lines[1].barcode"
    ),
    Bad("misread EAN-8", checkout(barcode("96385075")), INVALID, "WRONG_CHECK_DIGIT", "basket.lines[1].barcode"),
    Bad("letters for a barcode", checkout(barcode("GREENTEA")), INVALID, "NOT_A_BARCODE", "basket.lines[1].barcode"),
    Bad(
        "SKU and barcode",
        checkout(put("basket.lines[0].barcode", "6901234567892")),
        INVALID,
        "SKU_OR_BARCODE",
        "basket.lines[0].sku",
    ),
    Bad(
        "negative quantity",
        checkout(put("basket.lines[0].quantity_milli", -1_000)),
        INVALID,
        "QUANTITY_NOT_POSITIVE",
        "basket.lines[0].quantity_milli",
    ),
    Bad(
        "zero quantity",
        checkout(put("basket.lines[0].quantity_milli", 0)),
        INVALID,
        "QUANTITY_NOT_POSITIVE",
        "basket.lines[0].quantity_milli",
    ),
    Bad(
        "half a piece",
        checkout(put("basket.lines[0].quantity_milli", 500)),
        INVALID,
        "QUANTITY_TOO_FINE",
        "basket.lines[0].quantity_milli",
    ),
    Bad(
        "endless quantity",
        checkout(put("basket.lines[0].quantity_milli", 2**63 - 1)),
        INVALID,
        "QUANTITY_TOO_LARGE",
        "basket.lines[0].quantity_milli",
    ),
    Bad("no lines", checkout(pieces={}), INVALID, "NO_LINES", "basket.lines"),
    Bad("no basket", checkout(lambda request: request.ClearField("basket")), INVALID, "FIELD_REQUIRED", "basket"),
    Bad("too many lines", checkout(with_lines(500)), INVALID, "TOO_MANY_LINES", "basket.lines"),
    Bad(
        "more than there is",
        checkout(pieces={LAST: 1}),
        REJECTED,
        "INSUFFICIENT_STOCK",
        "basket.lines[0].quantity_milli",
    ),
    Bad(
        "price of its own",
        checkout(put("basket.lines[0].terminal_price.gross_minor", 1)),
        FORBIDDEN,
        "PERMISSION_NEEDED",
        "basket.lines[0].terminal_price",
    ),
    Bad(
        "NUL in a text",
        checkout(put("basket.lines[0].sku", "K\x0001")),
        INVALID,
        "FORBIDDEN_CHARACTER",
        "basket.lines[0].sku",
    ),
    # How it is paid.
    Bad("tender too small", checkout(tendered(("CASH", 624))), REJECTED, "TENDERED_TOO_LITTLE", "tenders"),
    Bad("no tender", checkout(tendered()), REJECTED, "TENDERED_TOO_LITTLE", "tenders"),
    Bad("change on a card", checkout(tendered(("CARD", 626))), REJECTED, "CHANGE_ON_CASH_ONLY", "tenders"),
    Bad(
        "negative tender",
        checkout(tendered(("CARD", 625), ("CASH", -1))),
        INVALID,
        "INVALID_TENDER_AMOUNT",
        "tenders[1].amount_minor",
    ),
    Bad("kind of tender left out", checkout(put("tenders[0].kind", 0)), INVALID, "FIELD_REQUIRED", "tenders[0].kind"),
    Bad("unknown kind of tender", checkout(put("tenders[0].kind", 99)), INVALID, "UNKNOWN_VALUE", "tenders[0].kind"),
    Bad(
        "card number",
        checkout(put("tenders[0].reference", "4111 1111 1111 1111")),
        INVALID,
        "CARD_NUMBER_REFUSED",
        "tenders[0].reference",
    ),
    Bad(
        "points beyond the balance", points(10_100, yuan=1_000), REJECTED, "POINTS_EXCEED_BALANCE", "tenders[0].points"
    ),
    Bad("points beyond the cap", points(5_100, yuan=100), REJECTED, "POINTS_EXCEED_CAP", "tenders[0].points"),
    Bad("points between the steps", points(150, yuan=100), INVALID, "POINTS_NOT_IN_STEP", "tenders[0].points"),
    Bad(
        "points of nobody",
        checkout(
            put("tenders[0].kind", pb2.TENDER_KIND_POINTS),
            put("tenders[0].amount_minor", 0),
            put("tenders[0].points", 100),
        ),
        INVALID,
        "POINTS_NEED_MEMBER",
        "tenders[0].kind",
    ),
    Bad("unknown member", checkout(member="13700137000"), NOT_FOUND, "UNKNOWN_MEMBER", "basket.member_key"),
    # Where.
    Bad("closed store", checkout(), REJECTED, "STORE_CLOSED", "basket.store_code", sender="S3"),
    Bad("another store", checkout(put("basket.store_code", "S2")), FORBIDDEN, "FOREIGN_STORE", "basket.store_code"),
    Bad("wrong currency", checkout(put("basket.currency", "USD")), INVALID, "WRONG_CURRENCY", "basket.currency"),
    Bad(
        "foreign store's sale",
        lambda place: pb2.GetSaleRequest(sale_id=place.sale_id),
        NOT_FOUND,
        "UNKNOWN_SALE",
        "sale_id",
        rpc="GetSale",
        sender="S2",
    ),
    Bad(
        "absent sale",
        lambda place: pb2.GetSaleRequest(sale_id=ABSENT),
        NOT_FOUND,
        "UNKNOWN_SALE",
        "sale_id",
        rpc="GetSale",
    ),
    Bad(
        "refund of a foreign store's sale",
        lambda place: refund(place.new_id(), place.sale_id),
        NOT_FOUND,
        "UNKNOWN_SALE",
        "sale_id",
        rpc="RefundSale",
        sender="S2",
    ),
    Bad(
        "void of a foreign store's sale",
        lambda place: pb2.VoidSaleRequest(request_id=place.new_id(), sale_id=place.sale_id, reason="Mistake"),
        NOT_FOUND,
        "UNKNOWN_SALE",
        "sale_id",
        rpc="VoidSale",
        sender="S2",
    ),
    Bad(
        "void at another till",
        lambda place: pb2.VoidSaleRequest(request_id=place.new_id(), sale_id=place.sale_id, reason="Mistake"),
        REJECTED,
        "VOID_TOO_LATE",
        "sale_id",
        rpc="VoidSale",
        sender="S1 too",
    ),
    Bad(
        "refund of an absent sale",
        lambda place: refund(place.new_id(), ABSENT),
        NOT_FOUND,
        "UNKNOWN_SALE",
        "sale_id",
        rpc="RefundSale",
    ),
    Bad(
        "refund without a reason",
        lambda place: refund(place.new_id(), place.sale_id, reason=""),
        INVALID,
        "MISSING",
        "reason",
        rpc="RefundSale",
    ),
    Bad(
        "refund of more than was sold",
        lambda place: pb2.RefundSaleRequest(
            request_id=place.new_id(),
            sale_id=place.sale_id,
            reason="Broken",
            lines=[pb2.RefundLine(line_number=1, quantity_milli=3_000)],
        ),
        REJECTED,
        "NOTHING_LEFT_TO_RETURN",
        "lines[0].quantity_milli",
        rpc="RefundSale",
    ),
    # Other documents and lists.
    Bad(
        "receipt of an unknown SKU",
        receipt("NOSUCH", 1_000, 1),
        NOT_FOUND,
        "UNKNOWN_SKU",
        "lines[0].sku",
        rpc="ReceiveGoods",
    ),
    Bad(
        "receipt at a negative cost",
        receipt("K01", 1_000, -1),
        INVALID,
        "OUT_OF_RANGE",
        "lines[0].cost_minor",
        rpc="ReceiveGoods",
    ),
    Bad(
        "receipt of nothing",
        receipt("K01", 0, 1),
        INVALID,
        "QUANTITY_NOT_POSITIVE",
        "lines[0].quantity_milli",
        rpc="ReceiveGoods",
    ),
    Bad(
        "page too long",
        lambda place: pb2.ListSalesRequest(page_size=501),
        INVALID,
        "INVALID_PAGE_SIZE",
        "page_size",
        rpc="ListSales",
    ),
    Bad(
        "invented page",
        lambda place: pb2.ListSalesRequest(page_token="e30"),
        INVALID,
        "INVALID_PAGE_TOKEN",
        "page_token",
        rpc="ListSales",
    ),
    Bad(
        "no such day",
        lambda place: pb2.ListSalesRequest(from_date="2026-02-30"),
        INVALID,
        "INVALID_DATE",
        "from_date",
        rpc="ListSales",
    ),
    Bad("empty upload", upload(0), INVALID, "NOTHING_TO_UPLOAD", "sales", rpc="UploadSales"),
    Bad("overlong upload", upload(201), INVALID, "TOO_MANY_SALES", "sales", rpc="UploadSales"),
    # The call itself.
    Bad("no request id", checkout(put("request_id", "")), INVALID, "INVALID_REQUEST_ID", "request_id"),
    Bad("made-up request id", checkout(put("request_id", "receipt 17")), INVALID, "INVALID_REQUEST_ID", "request_id"),
    Bad("long message", checkout(put("basket.member_key", "9" * MIB)), TOO_MUCH, "REQUEST_TOO_LARGE"),
    Bad("too many fields", lambda place: b"\x0a\x00" * 300_000, INVALID, "TOO_MANY_FIELDS", rpc="UploadSales"),
    Bad("random bytes", lambda place: place.chance.randbytes(200), INVALID, "MALFORMED_REQUEST"),
    Bad(
        "no permission",
        lambda place: identity_pb2.PutRegionsRequest(request_id=place.new_id()),
        FORBIDDEN,
        "PERMISSION_MISSING",
        rpc="PutRegions",
    ),
    Bad("no credential", checkout(), NOBODY, "CREDENTIAL_MISSING", sender="nobody"),
    Bad("false credential", checkout(), NOBODY, "CREDENTIAL_REFUSED", sender="a stranger"),
)
