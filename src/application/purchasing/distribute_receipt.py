"""What came to a centre for other stores is taken to them: one call makes the transfers of a receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from application.fields import named_once, required_code, within
from application.inventory.create_transfers import (
    LINES_IN_ALL_MAX,
    TRANSFERS_MAX,
    CreateTransfers,
    NewTransfer,
    TransferItem,
    create_transfers,
)
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.purchasing.purchase_ledger import locked_purchase_order
from application.scope import UnknownStore, store_in_scope
from domain.identity.organisation import StoreStatus
from domain.purchasing.central import ReceiptShare, ShareState
from domain.purchasing.purchase_receipt import PurchaseReceipt
from domain.shared.errors import NotFound, Rejected

KEPT_MAX: Final = 1_000
SETTLED: Final = frozenset({ShareState.TRANSFERRED, ShareState.KEPT})


class UnknownPurchaseReceipt(NotFound):
    en = "There is no receipt {receipt_id} of a purchase order in this caller's scope."
    zh = "当前调用方范围内没有采购收货单 {receipt_id}。"


class NothingForOthers(Rejected):
    en = "All that came with receipt {receipt_id} is for store “{store_code}” itself. There is nothing to distribute."
    zh = "收货单 {receipt_id} 的全部商品均为门店“{store_code}”自用，无需分配。"


@dataclass(frozen=True, slots=True)
class DistributeReceipt:
    """With `approve` the transfers are approved at once. What came for `keep_store_codes` stays at the centre."""

    receipt_id: int
    approve: bool = False
    keep_store_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListReceiptShares:
    receipt_id: int


@dataclass(frozen=True, slots=True)
class ListReceiptsToDistribute:
    """Those of a centre, or of all that the caller sees."""

    store_code: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptShareView:
    """A store's share of what came; `transfer_id` is 0 until a transfer takes it there."""

    store_code: str
    line_number: int
    sku: str
    quantity_milli: int
    state: ShareState
    transfer_id: int


@dataclass(frozen=True, slots=True)
class ReceiptShares:
    receipt_id: int
    order_id: int
    store_code: str
    shares: Sequence[ReceiptShareView]


@dataclass(frozen=True, slots=True)
class DistributedReceipt:
    """All transfers of the receipt by store, and what of it stays at the centre.

    `made` of them are new: 0 where it had been distributed before. `more` stores wait: distribute it again.
    """

    receipt_id: int
    made: int
    transfer_ids: Sequence[int]
    shares: Sequence[ReceiptShareView]
    more: bool


@dataclass(frozen=True, slots=True)
class WaitingReceiptView:
    receipt_id: int
    order_id: int
    store_code: str
    business_date: str
    stores: int
    lines: int


@dataclass(frozen=True, slots=True)
class WaitingReceiptsPage:
    receipts: Sequence[WaitingReceiptView]
    next_page_token: str


def distribute_receipt(uow: UnitOfWork, command: DistributeReceipt) -> DistributedReceipt:
    """Makes a transfer to each store for which something came, once: whoever asks again is told what was made.

    Up to 200 transfers with 10,000 lines at once. What came for a store that is closed stays at the centre. Raises
    UnknownPurchaseReceipt, NothingForOthers, UnknownStore, MayNotApproveTransfer.
    """
    uow.refresh()
    kept_stores = _kept(uow, command.keep_store_codes)
    receipt = _receipt(uow, command.receipt_id)
    locked_purchase_order(uow, receipt.order_id)
    shares = uow.central_purchasing.receipt_shares(receipt.receipt_id)
    if not shares:
        centre = uow.chain.stores[receipt.store_id].code
        raise NothingForOthers("receipt_id", receipt_id=receipt.receipt_id, store_code=centre)
    skus = uow.catalog.skus({one.sku_id for one in shares})
    waiting: dict[int, list[ReceiptShare]] = {}
    settled: dict[tuple[int, int], ReceiptShare] = {}
    for one in shares:
        if one.state is not ShareState.WAITING:
            continue
        closed = uow.chain.stores[one.location_id].status is StoreStatus.CLOSED
        if closed or one.location_id in kept_stores:
            settled[one.location_id, one.line_number] = replace(one, state=ShareState.KEPT)
        else:
            waiting.setdefault(one.location_id, []).append(one)
    chosen = _at_once(waiting)
    transfers = _transfers(uow, receipt, chosen, skus, approve=command.approve)
    for store_id, transfer_id in transfers.items():
        for one in waiting[store_id]:
            settled[store_id, one.line_number] = replace(one, state=ShareState.TRANSFERRED, transfer_id=transfer_id)
    uow.central_purchasing.settle(list(settled.values()))
    now = [settled.get((one.location_id, one.line_number), one) for one in shares]
    made = dict.fromkeys(one.transfer_id for one in now if one.transfer_id is not None)
    return DistributedReceipt(
        receipt.receipt_id, len(transfers), list(made), [_view(uow, one, skus) for one in now if one.state in SETTLED],
        len(chosen) < len(waiting),
    )  # fmt: skip


def list_receipt_shares(uow: UnitOfWork, query: ListReceiptShares) -> ReceiptShares:
    """What of a receipt is for which other store, and what became of it; raises UnknownPurchaseReceipt."""
    receipt = _receipt(uow, query.receipt_id)
    shares = uow.central_purchasing.receipt_shares(receipt.receipt_id)
    skus = uow.catalog.skus({one.sku_id for one in shares})
    return ReceiptShares(
        receipt.receipt_id, receipt.order_id, uow.chain.stores[receipt.store_id].code,
        [_view(uow, one, skus) for one in shares],
    )  # fmt: skip


def list_receipts_to_distribute(uow: UnitOfWork, query: ListReceiptsToDistribute) -> WaitingReceiptsPage:
    """Receipts of which something waits for other stores, the oldest first; raises UnknownStore."""
    asked = page(query.page_size, query.page_token, key=(int,))
    store_ids = uow.caller.store_ids
    if query.store_code:
        store_ids = frozenset({store_in_scope(uow, query.store_code).store_id})
    found = uow.central_purchasing.waiting(
        None if store_ids is None else sorted(store_ids),
        after=asked.after[0] if asked.after else 0,
        limit=asked.limit + 1,
    )
    return WaitingReceiptsPage(
        [
            WaitingReceiptView(
                one.receipt_id, one.order_id, uow.chain.stores[one.store_id].code, one.business_date.isoformat(),
                one.stores, one.lines,
            )
            for one in found[: asked.limit]
        ],
        next_token(found, asked.limit, lambda one: (one.receipt_id,)),
    )  # fmt: skip


def _kept(uow: UnitOfWork, codes: Sequence[str]) -> set[int]:
    """The stores whose shares the centre keeps."""
    within(len(codes), 0, KEPT_MAX, field="keep_store_codes")
    named_once(codes, field="keep_store_codes", key="")
    kept = set()
    for index, code in enumerate(codes):
        field = f"keep_store_codes[{index}]"
        store_id = uow.chain.store_ids.get(required_code(code, field=field))
        if store_id is None:
            raise UnknownStore(field, store_code=code)
        kept.add(store_id)
    return kept


def _receipt(uow: UnitOfWork, receipt_id: int) -> PurchaseReceipt:
    receipt = uow.central_purchasing.receipt(receipt_id)
    if receipt is None or not uow.caller.sees(receipt.store_id):
        raise UnknownPurchaseReceipt("receipt_id", receipt_id=receipt_id)
    return receipt


def _at_once(waiting: Mapping[int, Sequence[ReceiptShare]]) -> dict[int, Sequence[ReceiptShare]]:
    """As many stores as one request for transfers takes, by id; at least one."""
    chosen: dict[int, Sequence[ReceiptShare]] = {}
    lines = 0
    for store_id, shares in sorted(waiting.items())[:TRANSFERS_MAX]:
        lines += len(shares)
        if lines > LINES_IN_ALL_MAX:
            break
        chosen[store_id] = shares
    return chosen


def _transfers(
    uow: UnitOfWork,
    receipt: PurchaseReceipt,
    chosen: Mapping[int, Sequence[ReceiptShare]],
    skus: Mapping[int, str],
    *,
    approve: bool,
) -> dict[int, int]:
    """The new transfer of each store, which names the receipt; a SKU of several lines of the order is one of it."""
    if not chosen:
        return {}
    stores = uow.chain.stores
    new = []
    for store_id, shares in chosen.items():
        quantities: dict[int, int] = {}
        for one in shares:
            quantities[one.sku_id] = quantities.get(one.sku_id, 0) + one.quantity_milli
        items = tuple(TransferItem(skus[sku_id], quantity) for sku_id, quantity in quantities.items())
        new.append(NewTransfer(stores[receipt.store_id].code, stores[store_id].code, items, f"P{receipt.receipt_id}"))
    made = create_transfers(uow, CreateTransfers(tuple(new), approve=approve)).transfers
    return {store_id: one.transfer_id for store_id, one in zip(chosen, made, strict=True)}


def _view(uow: UnitOfWork, one: ReceiptShare, skus: Mapping[int, str]) -> ReceiptShareView:
    return ReceiptShareView(
        uow.chain.stores[one.location_id].code, one.line_number, skus[one.sku_id], one.quantity_milli, one.state,
        one.transfer_id or 0,
    )  # fmt: skip
