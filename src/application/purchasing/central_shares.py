"""Stores' shares of purchase orders that come to a centre: as they are written, ordered, and received."""

from collections.abc import Mapping, Sequence
from typing import Final

from application.fields import TooMany, at_most, named_once, required_code, within
from application.ports.kernel import UnitOfWork
from application.purchasing.purchase_views import PurchaseLineEntry, StoreShare
from application.scope import UnknownStore, checked_open
from domain.catalog.quantity import QUANTITY_MILLI_MAX
from domain.identity.organisation import Store
from domain.purchasing.central import (
    SHARES_OF_LINE_MAX,
    LineShare,
    ReceiptShare,
    ShareBelowReceived,
    ShareState,
    allocated,
    asked_by_place,
    check_shares,
    in_proportion,
    share_out_receipt,
)
from domain.purchasing.purchase_order import PurchaseOrder, PurchaseOrderLine
from domain.purchasing.purchase_receipt import PurchaseAllocation
from domain.shared.errors import Rejected

SHARES_TOTAL_MAX: Final = 50_000


class OtherBooks(Rejected):
    en = (
        "Store “{store_code}” keeps its books in {currency}, the centre in {centre_currency}: goods cannot move "
        "between them at cost. Order for it by itself."
    )
    zh = "门店“{store_code}”以 {currency} 记账，集中采购地以 {centre_currency} 记账，不能按成本调拨。请为其单独下单。"


def check_share_entries(lines: Sequence[PurchaseLineEntry], *, field: str) -> None:
    """Refuses what is wrong with shares by themselves, before anything is read; `field` ends where `lines` begins."""
    total = sum(len(line.shares) for line in lines)
    if total > SHARES_TOTAL_MAX:
        raise TooMany(f"{field}lines", count=total, count_max=SHARES_TOTAL_MAX)
    for index, line in enumerate(lines):
        here = f"{field}lines[{index}].shares"
        if not line.shares:
            continue
        at_most(line.shares, SHARES_OF_LINE_MAX, field=here)
        named_once([share.store_code for share in line.shares], field=here, key="store_code")
        for place, share in enumerate(line.shares):
            required_code(share.store_code, field=f"{here}[{place}].store_code")
            within(share.quantity_milli, 1, QUANTITY_MILLI_MAX, field=f"{here}[{place}].quantity_milli")


def written_shares(
    uow: UnitOfWork,
    centre: Store,
    entries: Sequence[PurchaseLineEntry],
    lines: Sequence[PurchaseOrderLine],
    *,
    standing: Sequence[LineShare] = (),
    field: str = "",
) -> list[LineShare]:
    """The shares of a version; a line that states none keeps those of `standing`, as far as its quantity goes.

    A share of the centre itself is what the line has for no other store. Stores are those of the whole chain, whoever
    sees them: they are given something. Raises UnknownStore, StoreClosed, OtherBooks and SharesExceedLine.
    """
    written: list[LineShare] = []
    before = _by_line(standing)
    for index, (entry, line) in enumerate(zip(entries, lines, strict=True)):
        here = f"{field}lines[{index}].shares"
        if not entry.shares:
            written += _cut(line, before.get(line.line_number, {}))
            continue
        check_shares(
            quantity_milli=line.quantity_milli, shares_milli=[one.quantity_milli for one in entry.shares], field=here
        )
        for place, one in enumerate(entry.shares):
            store = _served(uow, centre, one, field=f"{here}[{place}].store_code")
            if store.store_id != centre.store_id:
                written.append(
                    LineShare(line.order_id, line.version, line.line_number, store.store_id, one.quantity_milli)
                )
    return written


def cut_to_lines(lines: Sequence[PurchaseOrderLine], standing: Sequence[LineShare]) -> list[LineShare]:
    """The standing shares of these lines as shares of theirs: where a line asks for less now, all get less."""
    before = _by_line(standing)
    return [share for line in lines for share in _cut(line, before.get(line.line_number, {}))]


def same_shares(found: Sequence[LineShare], expected: Sequence[LineShare]) -> bool:
    """Whether two versions ask the same for each store."""
    return {(one.line_number, one.location_id): one.quantity_milli for one in found} == {
        (one.line_number, one.location_id): one.quantity_milli for one in expected
    }


def check_shares_not_below_received(
    uow: UnitOfWork,
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    shares: Sequence[LineShare],
    allocations: Sequence[PurchaseAllocation],
) -> None:
    """Raises ShareBelowReceived where a version asks less for a store than has come for it."""
    by_line, shared = {line.line_number: line for line in lines}, _by_line(shares)
    for number, came in _received(allocations).items():
        if len(came) < 2 or number not in by_line:
            continue
        asked = asked_by_place(
            quantity_milli=by_line[number].quantity_milli, shares=shared.get(number, {}), centre_id=order.store_id
        )
        for store_id, received in came.items():
            if received > asked.get(store_id, 0):
                raise ShareBelowReceived(
                    "lines", line_number=number, received=received, quantity=asked.get(store_id, 0),
                    store_code=uow.chain.stores[store_id].code,
                )  # fmt: skip


def allocations_of(
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    shares: Sequence[LineShare],
    found: Sequence[PurchaseAllocation] = (),
) -> list[PurchaseAllocation]:
    """What of the lines in force is for which place, the centre always among them.

    `found` is what was allocated before. What a version does not ask for any more is not open.
    """
    standing = {(one.line_number, one.location_id): one for one in found}
    by_line, shared = {one.line_number: one for one in lines}, _by_line(shares)
    received = _received(found)
    made = []
    for number in sorted({*by_line, *received}):
        line, came = by_line.get(number), received.get(number, {})
        ordered = dict.fromkeys(came, 0)
        if line is not None:
            asked = asked_by_place(
                quantity_milli=line.quantity_milli, shares=shared.get(number, {}), centre_id=order.store_id
            )
            ordered = allocated(asked=asked, received=came)
        for place, quantity in sorted(ordered.items()):
            old = standing.get((number, place))
            sku_id = old.sku_id if old is not None else by_line[number].sku_id
            had = came.get(place, 0)
            made.append(
                PurchaseAllocation(
                    order.order_id, number, place, sku_id, order.expected_on, quantity, had, max(0, quantity - had)
                )
            )
    return made


def split_receipt(
    order: PurchaseOrder, receipt_id: int, allocations: Sequence[PurchaseAllocation], accepted: Mapping[int, int]
) -> tuple[list[PurchaseAllocation], list[ReceiptShare]]:
    """Moves what of each place came by the quantities that were accepted of lines; gives what moved, and the shares.

    The shares are those of stores other than the centre, and wait there for their transfer.
    """
    moved, shares = [], []
    by_line: dict[int, list[PurchaseAllocation]] = {}
    for allocation in allocations:
        by_line.setdefault(allocation.line_number, []).append(allocation)
    for number, quantity in sorted(accepted.items()):
        for one, part in share_out_receipt(by_line[number], accepted_milli=quantity, centre_id=order.store_id):
            moved.append(one)
            if one.location_id != order.store_id:
                shares.append(
                    ReceiptShare(
                        receipt_id, number, one.location_id, order.order_id, order.store_id, one.sku_id, part,
                        ShareState.WAITING, None,
                    )
                )  # fmt: skip
    return moved, shares


def _served(uow: UnitOfWork, centre: Store, share: StoreShare, *, field: str) -> Store:
    found = uow.chain.store_ids.get(share.store_code)
    if found is None:
        raise UnknownStore(field, store_code=share.store_code)
    store = checked_open(uow.chain.stores[found], field=field)
    if store.currency != centre.currency:
        raise OtherBooks(
            field, store_code=store.code, currency=store.currency, centre_currency=centre.currency
        )  # fmt: skip
    return store


def _cut(line: PurchaseOrderLine, shares: Mapping[int, int]) -> list[LineShare]:
    parts = in_proportion(line.quantity_milli, list(shares.values()))
    return [
        LineShare(line.order_id, line.version, line.line_number, location_id, part)
        for location_id, part in zip(shares, parts, strict=True)
        if part
    ]


def _by_line(shares: Sequence[LineShare]) -> dict[int, dict[int, int]]:
    """What is asked for each store, by line."""
    found: dict[int, dict[int, int]] = {}
    for one in shares:
        found.setdefault(one.line_number, {})[one.location_id] = one.quantity_milli
    return found


def _received(allocations: Sequence[PurchaseAllocation]) -> dict[int, dict[int, int]]:
    """What came for each place, by line."""
    came: dict[int, dict[int, int]] = {}
    for one in allocations:
        came.setdefault(one.line_number, {})[one.location_id] = one.received_milli
    return came
