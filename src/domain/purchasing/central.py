"""Central purchasing: what of an order that comes to one place is for which stores, and what of a delivery each gets.

The place that the goods are delivered to is the centre. What is for no other store is for the centre itself, which also
keeps what comes beyond all that was asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.purchasing.purchase_receipt import PurchaseAllocation
from domain.shared.errors import Invalid, Rejected
from domain.shared.money import allocate

SHARES_OF_LINE_MAX: Final = 5_000


class SharesExceedLine(Invalid):
    en = (
        "The stores' shares are {shares} thousandths, and the line asks for {quantity} only. Order more, or share less."
    )
    zh = "各门店份额合计 {shares}（千分之一单位），超过该行订购的 {quantity}。请增加订购或减少份额。"


class ShareBelowReceived(Rejected):
    en = (
        "{received} thousandths of line {line_number} came for store “{store_code}”, so its share cannot be {quantity}."
    )
    zh = "第 {line_number} 行已为门店“{store_code}”收货 {received}（千分之一单位），其份额不能改为 {quantity}。"


class ShareState(StrEnum):
    """What became of a store's share of a receipt."""

    WAITING = "waiting"
    """At the centre, promised to the store."""
    TRANSFERRED = "transferred"
    """In a transfer to the store."""
    KEPT = "kept"
    """The centre's own after all."""


@dataclass(slots=True)
class LineShare:
    """What of a line a version of an order asks for a store other than the centre."""

    order_id: int
    version: int
    line_number: int
    location_id: int
    quantity_milli: int


@dataclass(slots=True)
class ReceiptShare:
    """What of a line that came to the centre (`store_id`) is for another store; `transfer_id` is what took it there."""

    receipt_id: int
    line_number: int
    location_id: int
    order_id: int
    store_id: int
    sku_id: int
    quantity_milli: int
    state: ShareState
    transfer_id: int | None


def step_of(quantities: Sequence[int]) -> int:
    """The coarsest decimal step, of thousandths up to whole units, of which all quantities are whole numbers.

    Goods that are counted in pieces are shared in pieces.
    """
    return next(step for step in (1_000, 100, 10, 1) if not any(quantity % step for quantity in quantities))


def in_proportion(quantity_milli: int, wants_milli: Sequence[int]) -> list[int]:
    """What each gets of a quantity: all where it suffices, else by largest remainder, ties to the earlier.

    Nobody gets more than wanted, and the parts sum to the quantity or to what is wanted, whichever is less.
    """
    if quantity_milli >= sum(wants_milli):
        return list(wants_milli)
    step = step_of([quantity_milli, *wants_milli])
    steps = allocate(quantity_milli // step, [want // step for want in wants_milli])
    return [part * step for part in steps]


def check_shares(*, quantity_milli: int, shares_milli: Sequence[int], field: str) -> None:
    """Raises SharesExceedLine."""
    if sum(shares_milli) > quantity_milli:
        raise SharesExceedLine(field, shares=sum(shares_milli), quantity=quantity_milli)


def asked_by_place(*, quantity_milli: int, shares: Mapping[int, int], centre_id: int) -> dict[int, int]:
    """What of a line is asked for each place by id, the centre included; sums to the line."""
    return {centre_id: quantity_milli - sum(shares.values()), **shares}


def allocated(*, asked: Mapping[int, int], received: Mapping[int, int]) -> dict[int, int]:
    """What of a line is ordered for each place by id, once it is asked so and that much came for each.

    Sums to the line. What came for a place counts for it first, also where a version that was written before asks less
    for it; what is left goes to those who still wait, in proportion where it does not suffice.
    """
    places = sorted({*asked, *received})
    came = [received.get(place, 0) for place in places]
    line = sum(asked.values())
    if sum(came) > line:
        return dict(zip(places, in_proportion(line, came), strict=True))
    wants = [max(0, asked.get(place, 0) - had) for place, had in zip(places, came, strict=True)]
    parts = in_proportion(line - sum(came), wants)
    return {place: had + part for place, had, part in zip(places, came, parts, strict=True)}


def share_out_receipt(
    allocations: Sequence[PurchaseAllocation], *, accepted_milli: int, centre_id: int
) -> list[tuple[PurchaseAllocation, int]]:
    """What of a line that came each place gets, and moves its allocation by that; places that get nothing are left out.

    It is shared by what is still open for each, as `in_proportion` does; what nobody waits for stays at the centre. The
    parts sum to what came.
    """
    parts = in_proportion(accepted_milli, [one.open_milli for one in allocations])
    rest = accepted_milli - sum(parts)
    given = []
    for one, part in zip(allocations, parts, strict=True):
        quantity = part + (rest if one.location_id == centre_id else 0)
        if quantity:
            one.received_milli += quantity
            one.open_milli = max(0, one.ordered_milli - one.received_milli)
            given.append((one, quantity))
    return given
