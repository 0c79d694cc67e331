"""Purchase orders: what a supplier is asked for, in which versions, and how far it has come.

An order is in force in one version at a time, which is what may be received. A change of what was approved is a further
version that is only proposed until somebody lets it in force; what is in force goes on meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from domain.shared.errors import Conflict, Forbidden, Rejected


class PurchaseSource(StrEnum):
    """Why goods are ordered."""

    MANUAL = "manual"
    REPLENISHMENT = "replenishment"


class PurchaseOrderState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SENT = "sent"
    CONFIRMED = "confirmed"
    PARTLY_RECEIVED = "partly_received"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Awaiting(StrEnum):
    """What the proposed version of an order waits for; NOTHING when none is proposed."""

    NOTHING = "nothing"
    APPROVAL = "approval"
    """A second person."""
    ACCEPTANCE = "acceptance"
    """The buyer's answer to what the supplier has confirmed."""


class VersionCause(StrEnum):
    WRITTEN = "written"
    CONFIRMED = "confirmed"
    """Confirmed by the supplier otherwise than it was ordered."""


class PurchaseStep(StrEnum):
    """What a buyer does with an order."""

    SUBMIT = "submit"
    SEND = "send"
    ACCEPT = "accept"
    """What the supplier has confirmed otherwise."""
    DECLINE = "decline"
    """The same."""
    WITHDRAW = "withdraw"
    """The own change that waits for approval."""
    CLOSE = "close"
    CANCEL = "cancel"


class PurchaseEventKind(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REFUSED = "refused"
    SENT = "sent"
    CONFIRMED = "confirmed"
    CONFIRMED_OTHERWISE = "confirmed_otherwise"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    ANNOUNCED = "announced"
    """The supplier says that goods are on their way."""
    CORRECTED = "corrected"
    """What had been recorded of a receipt was wrong."""


_STATE = PurchaseOrderState
UNAPPROVED: Final = frozenset({_STATE.DRAFT, _STATE.SUBMITTED})
"""States in which a change needs nobody: the order itself is still to be approved."""
OPEN: Final = frozenset(
    {_STATE.DRAFT, _STATE.SUBMITTED, _STATE.APPROVED, _STATE.SENT, _STATE.CONFIRMED, _STATE.PARTLY_RECEIVED}
)
"""States in which goods are still to come."""
RECEIVABLE: Final = frozenset({_STATE.SENT, _STATE.CONFIRMED, _STATE.PARTLY_RECEIVED})
CLOSABLE: Final = frozenset({_STATE.PARTLY_RECEIVED, _STATE.RECEIVED})
CANCELLABLE: Final = frozenset({_STATE.DRAFT, _STATE.SUBMITTED, _STATE.APPROVED, _STATE.SENT, _STATE.CONFIRMED})


class PurchaseOrderNotThere(Rejected):
    en = "Purchase order {order_id} is {state}, so you cannot {step} it. {advice}"
    zh = "采购订单 {order_id} 的状态为 {state}，不能执行“{step}”。{advice_zh}"


class NothingProposed(Rejected):
    en = "No version of purchase order {order_id} waits for {awaited}. Read it again."
    zh = "采购订单 {order_id} 没有等待 {awaited} 的版本，请重新读取。"


class AnotherVersion(Conflict):
    en = "Version {version} is not the newest of purchase order {order_id}; {found} is. Read it again."
    zh = "第 {version} 版不是采购订单 {order_id} 的最新版本，最新为第 {found} 版，请重新读取。"


class ApprovedByItsBuyer(Forbidden):
    en = "You wrote or submitted version {version} of purchase order {order_id}. Another person must approve it."
    zh = "采购订单 {order_id} 第 {version} 版由您编写或提交，须由他人审批。"


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who does something: the member of staff who is signed in, else the caller itself (0 is the system)."""

    caller_id: int
    staff_id: int | None

    def may_be(self, other: "Buyer") -> bool:
        """Whether both may be one: the same member of staff, or a caller at which one of them was not signed in."""
        if self.staff_id is not None and other.staff_id is not None:
            return self.staff_id == other.staff_id
        return self.caller_id == other.caller_id


@dataclass(slots=True)
class PurchaseOrder:
    """Where an order stands. Versions are counted from 1; 0 is none.

    `version` is in force, `proposed_version` waits for what `awaiting` says, `newest_version` is the last that was
    written, `sent_version` the last that the supplier knows. `asked_by_*` submitted or accepted the version that waits
    for approval. `net_minor` and `expected_on` are those of the version in force. `events` counts the timeline.
    """

    order_id: int
    store_id: int
    supplier_id: int
    currency: str
    source: PurchaseSource
    state: PurchaseOrderState
    awaiting: Awaiting
    version: int
    proposed_version: int
    newest_version: int
    sent_version: int
    expected_on: date
    net_minor: int
    proposal_reference: str
    note: str
    asked_by_caller_id: int
    asked_by_staff_id: int | None
    events: int
    created_at: datetime


@dataclass(slots=True)
class PurchaseOrderVersion:
    """A version as it was written; it never changes. `needs_approval` is what the settings of that moment said."""

    order_id: int
    version: int
    cause: VersionCause
    expected_on: date
    net_minor: int
    needs_approval: bool
    caller_id: int
    staff_id: int | None
    made_at: datetime


@dataclass(slots=True)
class PurchaseOrderLine:
    """What is ordered of one SKU: `price_minor` per `price_quantity_milli`, less `discount_bp`, without tax.

    `last_price_minor` per `last_price_quantity_milli` is what had last been paid after discounts, 0 per 0 where nothing
    had been; `price_risen` says that the line asks more than the settings allow above it, or in a confirmation that it
    asks more than was approved besides. `pack_milli` is 0 where any quantity may be ordered.
    """

    order_id: int
    version: int
    line_number: int
    sku_id: int
    quantity_milli: int
    pack_milli: int
    price_minor: int
    price_quantity_milli: int
    discount_bp: int
    net_minor: int
    tax_category: str
    last_price_minor: int
    last_price_quantity_milli: int
    price_risen: bool


@dataclass(slots=True)
class PurchaseEvent:
    """The `number`-th thing that happened to an order, and the version that it was about."""

    order_id: int
    number: int
    kind: PurchaseEventKind
    version: int
    note: str
    caller_id: int
    staff_id: int | None
    at: datetime


_ADVICE: Final[Mapping[PurchaseStep, tuple[str, str]]] = {
    PurchaseStep.SUBMIT: ("Only a draft is submitted.", "只有草稿可以提交。"),
    PurchaseStep.SEND: (
        "Send what is approved and not sent yet, once no change of it waits any more.",
        "只能发送已审批、尚未发送且没有待处理变更的订单。",
    ),
    PurchaseStep.CLOSE: (
        "Close what has been received in part or whole; cancel it before.",
        "只能关闭已部分或全部收货的订单；未收货的请取消。",
    ),
    PurchaseStep.CANCEL: (
        "Only an order of which nothing was received can be cancelled; close it instead.",
        "只有未收货的订单可以取消；已收货的请关闭。",
    ),
}


def check_version(order: PurchaseOrder, version: int) -> None:
    """Raises AnotherVersion unless `version` is the newest: who decides must have seen what is decided."""
    if version != order.newest_version:
        raise AnotherVersion("version", order_id=order.order_id, version=version, found=order.newest_version)


def submit(order: PurchaseOrder, *, needs_approval: bool, by: Buyer) -> None:
    """A draft waits for approval, or is approved where nobody has to; raises PurchaseOrderNotThere."""
    if order.state is not _STATE.DRAFT:
        raise _not_there(order, PurchaseStep.SUBMIT)
    order.asked_by_caller_id, order.asked_by_staff_id = by.caller_id, by.staff_id
    order.state = _STATE.SUBMITTED if needs_approval else _STATE.APPROVED


def check_reviewer(order: PurchaseOrder, version: PurchaseOrderVersion, *, reviewer: Buyer) -> None:
    """Raises ApprovedByItsBuyer for who wrote the version that waits, or asked for its approval."""
    asked = Buyer(order.asked_by_caller_id, order.asked_by_staff_id)
    if reviewer.may_be(Buyer(version.caller_id, version.staff_id)) or reviewer.may_be(asked):
        raise ApprovedByItsBuyer("order_id", order_id=order.order_id, version=version.version)


def review(order: PurchaseOrder, version: PurchaseOrderVersion, *, approved: bool) -> None:
    """Approves or refuses what waits for approval: the order itself, or a proposed version of it.

    A refused order is a draft again; a refused version is dropped. Raises NothingProposed.
    """
    if order.state is _STATE.SUBMITTED:
        order.state = _STATE.APPROVED if approved else _STATE.DRAFT
    elif order.awaiting is Awaiting.APPROVAL:
        if approved:
            put_in_force(order, version)
        else:
            drop_proposed(order)
    else:
        raise NothingProposed("order_id", order_id=order.order_id, awaited="approval")


def send(order: PurchaseOrder) -> None:
    """The supplier is told of the version in force; raises PurchaseOrderNotThere where there is nothing new to tell."""
    told = order.sent_version == order.version
    if order.state not in RECEIVABLE | {_STATE.APPROVED} or told or order.awaiting is not Awaiting.NOTHING:
        raise _not_there(order, PurchaseStep.SEND)
    order.sent_version = order.version
    if order.state is not _STATE.PARTLY_RECEIVED:
        order.state = _STATE.SENT


def change(order: PurchaseOrder, version: PurchaseOrderVersion, *, by: Buyer) -> None:
    """Takes up a version that the buyer has written.

    It is in force at once where the order itself is still to be approved, which then is a draft again, and where nobody
    has to approve it; otherwise it is proposed, in place of an earlier one. Raises PurchaseOrderNotThere.
    """
    if order.state not in OPEN:
        raise PurchaseOrderNotThere(
            "order_id", order_id=order.order_id, state=order.state, step="change",
            advice="Create another one.", advice_zh="请另建订单。",
        )  # fmt: skip
    order.newest_version = version.version
    if order.state in UNAPPROVED:
        order.state = _STATE.DRAFT
        put_in_force(order, version)
    elif version.needs_approval:
        order.proposed_version, order.awaiting = version.version, Awaiting.APPROVAL
        order.asked_by_caller_id, order.asked_by_staff_id = by.caller_id, by.staff_id
    else:
        put_in_force(order, version)


def confirm(order: PurchaseOrder, version: PurchaseOrderVersion | None) -> None:
    """The supplier confirms what it was sent, or, by a version, something else that the buyer has to accept first.

    Raises PurchaseOrderNotThere unless the supplier was sent what is in force and nothing was received or proposed.
    """
    known = order.state in (_STATE.SENT, _STATE.CONFIRMED) and order.sent_version == order.version
    if not known or order.awaiting is Awaiting.APPROVAL:
        raise PurchaseOrderNotThere(
            "order_id", order_id=order.order_id, state=order.state, step="confirm",
            advice="A supplier confirms what was sent and not received yet, once no own change of it waits any more.",
            advice_zh="供应商只能确认已发送、尚未收货且没有待审批变更的订单。",
        )  # fmt: skip
    if version is None:
        drop_proposed(order)
        order.state = _STATE.CONFIRMED
    else:
        order.newest_version = order.proposed_version = version.version
        order.awaiting = Awaiting.ACCEPTANCE


def accept(order: PurchaseOrder, version: PurchaseOrderVersion, *, by: Buyer) -> None:
    """The buyer accepts what the supplier has confirmed; a second person has to agree where it needs approval."""
    check_awaits(order, Awaiting.ACCEPTANCE)
    if version.needs_approval:
        order.awaiting = Awaiting.APPROVAL
        order.asked_by_caller_id, order.asked_by_staff_id = by.caller_id, by.staff_id
    else:
        put_in_force(order, version)


def drop_proposed(order: PurchaseOrder) -> None:
    """What was proposed is proposed no more; what is in force stays."""
    order.proposed_version, order.awaiting = 0, Awaiting.NOTHING


def check_awaits(order: PurchaseOrder, awaited: Awaiting) -> None:
    """Raises NothingProposed unless a version waits for this."""
    if order.awaiting is not awaited:
        raise NothingProposed("order_id", order_id=order.order_id, awaited=awaited.value)


def put_in_force(order: PurchaseOrder, version: PurchaseOrderVersion) -> None:
    """The version is what may be received from now on; the supplier has to be sent it, unless it has confirmed it."""
    drop_proposed(order)
    order.version, order.net_minor, order.expected_on = version.version, version.net_minor, version.expected_on
    if version.cause is VersionCause.CONFIRMED:
        order.sent_version = version.version
    if order.state in (_STATE.SENT, _STATE.CONFIRMED):
        order.state = _STATE.CONFIRMED if version.cause is VersionCause.CONFIRMED else _STATE.APPROVED


def check_receivable(order: PurchaseOrder) -> None:
    """Raises PurchaseOrderNotThere unless a supplier was sent the order and goods are still to come."""
    if order.state not in RECEIVABLE and not (order.state is _STATE.APPROVED and order.sent_version):
        raise PurchaseOrderNotThere(
            "order_id", order_id=order.order_id, state=order.state, step="receive",
            advice="Goods are received for what was sent to the supplier and is not received, closed or cancelled.",
            advice_zh="只能对已发送给供应商且未收完、未关闭、未取消的订单收货。",
        )  # fmt: skip


def received(order: PurchaseOrder, *, open_milli: int) -> None:
    """Goods came, or what is to come was changed: the order is received once nothing of it is open any more."""
    order.state = _STATE.PARTLY_RECEIVED if open_milli else _STATE.RECEIVED


def close(order: PurchaseOrder) -> None:
    """Nothing more is to come; raises PurchaseOrderNotThere."""
    if order.state not in CLOSABLE:
        raise _not_there(order, PurchaseStep.CLOSE)
    drop_proposed(order)
    order.state = _STATE.CLOSED


def cancel(order: PurchaseOrder) -> None:
    """Nothing came, and nothing is to come; raises PurchaseOrderNotThere."""
    if order.state not in CANCELLABLE:
        raise _not_there(order, PurchaseStep.CANCEL)
    drop_proposed(order)
    order.state = _STATE.CANCELLED


def _not_there(order: PurchaseOrder, step: PurchaseStep) -> PurchaseOrderNotThere:
    advice, advice_zh = _ADVICE[step]
    return PurchaseOrderNotThere(
        "step", order_id=order.order_id, state=order.state, step=step, advice=advice, advice_zh=advice_zh
    )
