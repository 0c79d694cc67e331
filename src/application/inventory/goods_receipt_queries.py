"""Questions about goods receipts: which there are, how their lines stand, and what has changed them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.receipt_changes import UnknownReceipt
from application.scope import store_in_scope
from domain.inventory.receipt import GoodsReceipt, ReceiptLineKind
from domain.inventory.receipt_change import ChargeKind, SpreadBasis, lines_now


@dataclass(frozen=True, slots=True)
class ListGoodsReceipts:
    store_code: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class GetGoodsReceipt:
    receipt_id: int
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class GoodsReceiptView:
    """A receipt as it came; `order_id` is 0 in lists and where there was no purchase order."""

    receipt_id: int
    store_code: str
    reference: str
    business_date: str
    received_at: datetime
    lines: int
    cost_minor: int
    cost_correction_minor: int
    order_id: int = 0


@dataclass(frozen=True, slots=True)
class GoodsReceiptLineView:
    """How a line stands, and as it came."""

    line_number: int
    sku: str
    quantity_milli: int
    cost_minor: int
    landed_minor: int
    received_milli: int
    received_minor: int


@dataclass(frozen=True, slots=True)
class ChargeView:
    kind: ChargeKind
    basis: SpreadBasis
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ReceiptChangeView:
    """A document that changed the receipt; `charges` are those of the whole document, whatever other receipts bear."""

    number: int
    kind: ReceiptLineKind
    document_id: int
    business_date: str
    reference: str
    quantity_milli: int
    cost_minor: int
    charges: Sequence[ChargeView]


@dataclass(frozen=True, slots=True)
class GoodsReceiptPage:
    receipt: GoodsReceiptView
    lines: Sequence[GoodsReceiptLineView]
    changes: Sequence[ReceiptChangeView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class GoodsReceiptsPage:
    receipts: Sequence[GoodsReceiptView]
    next_page_token: str


def list_goods_receipts(uow: UnitOfWork, query: ListGoodsReceipts) -> GoodsReceiptsPage:
    """Receipts of the stores in scope as they came, newest first; raises UnknownStore."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    uow.refresh()
    store_ids = uow.caller.store_ids
    if query.store_code:
        store_ids = frozenset({store_in_scope(uow, query.store_code).store_id})
    rows = uow.goods_receipts.list_receipts(store_ids, after=asked.after, limit=asked.limit + 1)
    return GoodsReceiptsPage(
        [_view(uow, one) for one in rows[: asked.limit]],
        next_token(rows, asked.limit, lambda row: (row.received_at, row.receipt_id)),
    )


def get_goods_receipt(uow: UnitOfWork, query: GetGoodsReceipt) -> GoodsReceiptPage:
    """How the lines of a receipt stand, by number, and all that has changed them; raises UnknownReceipt."""
    asked = page(query.page_size, query.page_token, key=(int,))
    uow.refresh()
    receipt = uow.goods_receipts.find(query.receipt_id)
    if receipt is None or not uow.caller.sees(receipt.store_id):
        raise UnknownReceipt("receipt_id", receipt_id=query.receipt_id)
    (after,) = asked.after or (0,)
    entries = uow.goods_receipts.page(receipt.receipt_id, after=after, limit=asked.limit + 1)
    first = {one.line_number: one for one in entries if one.number == 0}
    lines = lines_now(entries)
    skus = uow.catalog.skus({line.sku_id for line in lines})
    return GoodsReceiptPage(
        _view(uow, receipt, uow.goods_receipts.order_of(receipt.receipt_id) or 0),
        [
            GoodsReceiptLineView(
                line.line_number, skus[line.sku_id], line.quantity_milli, line.cost_minor, line.landed_minor,
                first[line.line_number].quantity_milli, first[line.line_number].cost_minor,
            )
            for line in lines[: asked.limit]
        ],
        _changes(uow, receipt.receipt_id),
        next_token(lines, asked.limit, lambda line: (line.line_number,)),
    )  # fmt: skip


def _changes(uow: UnitOfWork, receipt_id: int) -> list[ReceiptChangeView]:
    found = uow.goods_receipts.changes(receipt_id)
    charges = uow.goods_receipts.charges([one.document_id for one in found]) if found else []
    return [
        ReceiptChangeView(
            one.number, one.kind, one.document_id, one.business_date.isoformat(), one.reference, one.quantity_milli,
            one.cost_minor,
            [
                ChargeView(ChargeKind(charge.kind), SpreadBasis(charge.basis), charge.amount_minor)
                for charge in charges
                if charge.document_id == one.document_id
            ],
        )
        for one in found
    ]  # fmt: skip


def _view(uow: UnitOfWork, receipt: GoodsReceipt, order_id: int = 0) -> GoodsReceiptView:
    return GoodsReceiptView(
        receipt.receipt_id,
        uow.chain.stores[receipt.store_id].code,
        receipt.reference,
        receipt.business_date.isoformat(),
        receipt.received_at,
        receipt.line_count,
        receipt.cost_minor,
        receipt.cost_correction_minor,
        order_id,
    )
