"""Drop-ship: what a customer's order lacks, a supplier sends to the customer.

The goods pass through the books and never lie on a shelf: what the supplier has sent stands as goods dispatched, at
what it costs, until the order is handed over by its sale, or until it is recalled into the store.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from domain.shared.errors import Rejected


class DropShipEntryKind(StrEnum):
    DISPATCHED = "dispatched"
    """Sent to the customer by the supplier."""
    HANDED_OVER = "handed_over"
    """Sold: the customer's order is complete."""
    RECALLED = "recalled"
    """Came to the store instead."""


class NothingShort(Rejected):
    en = "Nothing of order {order_id} is short. Name lines to draw what is there from a supplier all the same."
    zh = "订单 {order_id} 没有短缺的商品。如仍需由供应商直发，请指定行。"


class MoreThanOrdered(Rejected):
    en = "A supplier can send {most} thousandths of “{sku}” for order {order_id}, not {quantity}."
    zh = "订单 {order_id} 的商品“{sku}”最多可由供应商直发 {most}（千分之一单位），不能为 {quantity}。"


class MoreThanDrawn(Rejected):
    en = "{most} thousandths of line {line_number} are left for the customer, not {quantity}."
    zh = "第 {line_number} 行尚可发给客户 {most}（千分之一单位），不能为 {quantity}。"


class NothingUnderWay(Rejected):
    en = "Nothing of purchase order {order_id} is under way to the customer. GetDropShip shows where it stands."
    zh = "采购订单 {order_id} 没有发往客户的在途商品。可用 GetDropShip 查看进度。"


@dataclass(frozen=True, slots=True)
class Delivery:
    """To whom the supplier sends the goods; personal, so that it shows in no log."""

    recipient: str = field(repr=False)
    phone: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DropShip:
    """A purchase order whose goods go to the customer of an order; the member is that of the order."""

    purchase_order_id: int
    order_id: int
    store_id: int
    member_id: int
    caller_id: int
    staff_id: int | None
    created_at: datetime


@dataclass(slots=True)
class DropShipLine:
    """What of a SKU the supplier is asked to send, by the number of the line of the purchase order."""

    purchase_order_id: int
    line_number: int
    order_id: int
    sku_id: int
    quantity_milli: int


@dataclass(slots=True)
class DropShipEntry:
    """What became under way to the customer (above zero), or is no more (below), at what it costs."""

    purchase_order_id: int
    entry_id: int
    line_number: int
    order_id: int
    sku_id: int
    kind: DropShipEntryKind
    quantity_milli: int
    value_minor: int
    store_id: int
    currency: str
    document_id: int
    business_date: date
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class DropShipProgress:
    """How far a line is: `open_milli` is still to be sent; what is under way is neither sold nor recalled."""

    purchase_order_id: int
    line_number: int
    order_id: int
    sku_id: int
    quantity_milli: int
    open_milli: int
    dispatched_milli: int
    under_way_milli: int
    under_way_minor: int

    @property
    def to_send_milli(self) -> int:
        """What the supplier has still to send, as far as the customer has asked for it."""
        return min(self.open_milli, self.quantity_milli - self.dispatched_milli)


@dataclass(frozen=True, slots=True)
class Lack:
    """What of a SKU an order lacks.

    `asked_milli` is ordered, `kept_milli` reserved on the shelf, `drawn_milli` to be sent by suppliers or under way.
    `missing_milli` of what is reserved is not there.
    """

    asked_milli: int
    kept_milli: int
    drawn_milli: int
    missing_milli: int

    @property
    def uncovered_milli(self) -> int:
        """What is neither reserved nor drawn."""
        return max(0, self.asked_milli - self.kept_milli - self.drawn_milli)

    @property
    def short_milli(self) -> int:
        return self.uncovered_milli + min(self.kept_milli, self.missing_milli)

    @property
    def most_milli(self) -> int:
        """What a supplier could send."""
        return self.uncovered_milli + self.kept_milli

    def released_milli(self, drawn_milli: int) -> int:
        """How much of what is reserved is not needed any more once that much is drawn."""
        return max(0, drawn_milli - self.uncovered_milli)


def covers(progress: Sequence[DropShipProgress], asked_milli: dict[int, int]) -> bool:
    """Whether all that is asked, by SKU id, is under way from suppliers."""
    return bool(asked_milli) and all(
        sum(one.under_way_milli for one in progress if one.sku_id == sku_id) >= quantity
        for sku_id, quantity in asked_milli.items()
    )
