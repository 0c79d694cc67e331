"""Transfers between stores: requested, approved, shipped in any parts, received with whatever differs.

Goods belong to the destination from the moment they are shipped: until they arrive they are in transit there, at the
cost at which they left their source.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from domain.shared.errors import Invalid, Rejected
from domain.shared.money import Rounding, divide


class TransferState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    SHIPPED = "shipped"
    """Something was shipped, and something is still to be shipped or to arrive."""
    RECEIVED = "received"
    """Whatever was shipped has arrived or is missing, and nothing more will be shipped."""
    CANCELLED = "cancelled"
    REFUSED = "refused"


class TransferStep(StrEnum):
    """What happened to a transfer."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    SHIPPED = "shipped"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class TransferEntryKind(StrEnum):
    SHIPPED = "shipped"
    RECEIVED = "received"
    MISSING = "missing"
    """Was shipped and will not arrive."""
    OVER = "over"
    """Arrived beyond what was shipped."""


class DifferenceReason(StrEnum):
    """Why what arrived is not what was shipped."""

    SHORT = "short"
    """Less was in the parcel than its papers say."""
    DAMAGED = "damaged"
    LOST = "lost"
    OVER = "over"
    """More was in the parcel than its papers say."""


class TransferBasis(StrEnum):
    """How two stores owe each other: cleared within one company, a receivable and a payable between two."""

    CLEARING = "clearing"
    RECEIVABLE = "receivable"


class TransferDocumentKind(StrEnum):
    """What a document posts: goods that leave the source, the same goods in transit, goods that arrive."""

    SHIPMENT = "transfer_shipment"
    TRANSIT = "transfer_transit"
    RECEIPT = "transfer_receipt"


OPEN: Final = frozenset({TransferState.REQUESTED, TransferState.APPROVED, TransferState.SHIPPED})
"""States in which something is still to come."""

DOCUMENTS_MAX: Final = 200
"""Shipments and receipts of one transfer, so that what a step costs has a bound."""


class TransferNotThere(Rejected):
    en = "The transfer is {state}; to be {step} it has to be {wanted}."
    zh = "调拨单状态为 {state}，须为 {wanted} 才能执行 {step}。"


class MoreThanRequested(Rejected):
    en = "{left} thousandths of “{sku}” are left to ship, not {asked}. Ship less, or request another transfer."
    zh = "商品“{sku}”尚可发货 {left}（千分之一单位），不足 {asked}。请减少数量，或另行申请调拨。"


class NothingLeft(Rejected):
    en = "Nothing of this transfer is left to be {step}. GetTransfer shows where it stands."
    zh = "该调拨单没有可{step}的商品。可用 GetTransfer 查看进度。"


class MoreThanInTransit(Rejected):
    en = (
        "{left} thousandths of “{sku}” are in transit, not {asked}. Send the reason OVER if more has arrived than was "
        "shipped."
    )
    zh = "商品“{sku}”在途 {left}（千分之一单位），不足 {asked}。如实收多于发货，请注明原因 OVER。"


class ReasonNeeded(Invalid):
    en = "What is missing needs a reason: SHORT, DAMAGED or LOST."
    zh = "缺少的数量须注明原因：SHORT、DAMAGED 或 LOST。"


class ReasonWithoutDifference(Invalid):
    en = "“{sku}” arrives as it was shipped, so it needs no reason {given}. Correct the quantities, or leave it out."
    zh = "商品“{sku}”按发货数量到货，无需原因 {given}。请更正数量或删除原因。"


class TooManyDocuments(Rejected):
    en = "A transfer has at most {count_max} shipments and receipts. Request another one for the rest."
    zh = "一张调拨单最多 {count_max} 次发货和收货。其余部分请另行申请。"


@dataclass(slots=True)
class Transfer:
    """Header of a transfer. `ended`: nothing more will be shipped. `basis` is that of its first shipment."""

    transfer_id: int
    from_store_id: int
    to_store_id: int
    state: TransferState
    ended: bool
    currency: str
    basis: TransferBasis | None
    reference: str
    requested_at: datetime
    caller_id: int
    staff_id: int | None


@dataclass(slots=True)
class TransferLine:
    transfer_id: int
    line_number: int
    sku_id: int
    requested_milli: int


@dataclass(slots=True)
class TransferEntry:
    """What one document did to one line; quantity and value (at cost) are zero or more."""

    transfer_id: int
    entry_id: int
    line_number: int
    kind: TransferEntryKind
    quantity_milli: int
    value_minor: int
    reason: DifferenceReason | None
    document_id: int


@dataclass(slots=True)
class TransferDocument:
    """What a step posted in one store; `value_minor` is the cost of what it moved. It is told as `topic` once."""

    document_id: int
    transfer_id: int
    kind: TransferDocumentKind
    store_id: int
    business_date: date
    currency: str
    value_minor: int
    posted_at: datetime


@dataclass(slots=True)
class TransferEvent:
    """The `number`-th thing that happened to a transfer, and the document that it made, if it moved goods."""

    transfer_id: int
    number: int
    step: TransferStep
    note: str
    document_id: int | None
    caller_id: int
    staff_id: int | None
    at: datetime


@dataclass(slots=True)
class TransferProgress:
    """How far one line has come, in thousandths and minor units: the sums of its entries."""

    line_number: int
    sku_id: int
    requested_milli: int
    shipped_milli: int = 0
    shipped_minor: int = 0
    received_milli: int = 0
    received_minor: int = 0
    missing_milli: int = 0
    missing_minor: int = 0
    over_milli: int = 0
    over_minor: int = 0

    @property
    def to_ship_milli(self) -> int:
        return self.requested_milli - self.shipped_milli

    @property
    def in_transit_milli(self) -> int:
        return self.shipped_milli - self.received_milli - self.missing_milli

    @property
    def in_transit_minor(self) -> int:
        return self.shipped_minor - self.received_minor - self.missing_minor

    def add(self, kind: TransferEntryKind, quantity_milli: int, value_minor: int) -> None:
        """Moves the sums by one entry."""
        setattr(self, f"{kind}_milli", getattr(self, f"{kind}_milli") + quantity_milli)
        setattr(self, f"{kind}_minor", getattr(self, f"{kind}_minor") + value_minor)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came of one line, what will not come, and what came beyond what was shipped, each with its value."""

    received_milli: int
    received_minor: int
    missing_milli: int
    missing_minor: int
    over_milli: int
    over_minor: int


def check_state(transfer: Transfer, wanted: Collection[TransferState], step: TransferStep) -> None:
    """Raises TransferNotThere unless the transfer is in one of these states."""
    if transfer.state not in wanted:
        names = ", ".join(state.value for state in TransferState if state in wanted)
        raise TransferNotThere("transfer_id", state=transfer.state.value, step=step.value, wanted=names)


def shipped_all(progress: Iterable[TransferProgress]) -> list[tuple[TransferProgress, int]]:
    """Every line of which something is left to ship, with all of that; raises NothingLeft."""
    lines = [(line, line.to_ship_milli) for line in progress if line.to_ship_milli > 0]
    if not lines:
        raise NothingLeft("lines", step=TransferStep.SHIPPED.value)
    return lines


def check_shipped(line: TransferProgress, quantity_milli: int, *, sku: str, field: str) -> None:
    """Raises MoreThanRequested."""
    if quantity_milli > line.to_ship_milli:
        raise MoreThanRequested(field, sku=sku, left=line.to_ship_milli, asked=quantity_milli)


def arrival(
    line: TransferProgress,
    *,
    received_milli: int,
    missing_milli: int,
    reason: DifferenceReason | None,
    sku: str,
    field: str,
    rounding: Rounding = Rounding.HALF_UP,
) -> Arrival:
    """What a receipt of one line is worth; both quantities are zero or more, and nothing is changed.

    What arrives or is missing takes its share of the value in transit, the last of it all that is left; what arrives
    beyond that is worth what the line was shipped at. Raises MoreThanInTransit, ReasonNeeded and
    ReasonWithoutDifference; `field` is that of the line.
    """
    left, value = line.in_transit_milli, line.in_transit_minor
    over_milli = max(0, received_milli + missing_milli - left)
    if over_milli and (missing_milli or reason is not DifferenceReason.OVER or not line.shipped_milli):
        asked = received_milli + missing_milli
        raise MoreThanInTransit(f"{field}.received_milli", sku=sku, left=left, asked=asked)
    if missing_milli and reason in (None, DifferenceReason.OVER):
        raise ReasonNeeded(f"{field}.reason")
    if reason is not None and not missing_milli and not over_milli:
        raise ReasonWithoutDifference(f"{field}.reason", sku=sku, given=reason.value)
    arrived = received_milli - over_milli
    received_minor = _share(value, arrived, left, rounding)
    missing_minor = _share(value - received_minor, missing_milli, left - arrived, rounding)
    over_minor = divide(line.shipped_minor * over_milli, line.shipped_milli, rounding) if over_milli else 0
    return Arrival(arrived, received_minor, missing_milli, missing_minor, over_milli, over_minor)


def state_after(transfer: Transfer, progress: Iterable[TransferProgress]) -> TransferState:
    """Where a transfer stands of which something was shipped."""
    lines = list(progress)
    shipping = not transfer.ended and any(line.to_ship_milli for line in lines)
    if shipping or any(line.in_transit_milli for line in lines):
        return TransferState.SHIPPED
    return TransferState.RECEIVED


def _share(value_minor: int, quantity_milli: int, of_milli: int, rounding: Rounding) -> int:
    if quantity_milli == of_milli:
        return value_minor
    return divide(value_minor * quantity_milli, of_milli, rounding)
