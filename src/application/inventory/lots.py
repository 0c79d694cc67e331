"""Lots: which expire soon and what to do about it, which have expired, and where one has gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from application.fields import CODE_CHARACTERS_MAX, Missing, TextTooLong, required_code, within
from application.inventory.put_costing import post_cost_document
from application.inventory.queries import UnknownSku
from application.paging import PAGE_SIZE_MAX, next_token, page
from application.ports.kernel import UnitOfWork
from application.scope import store_in_scope, trading_day
from application.stock_book import open_book
from domain.finance.stock_postings import expiry_postings
from domain.identity.organisation import Store
from domain.inventory.cost_document import CostDocument, CostDocumentKind
from domain.inventory.layers import LayeredLevel, StockLayer
from domain.inventory.stock import MovementReason
from domain.shared.money import divide

DAYS_MAX: Final = 3_660
LOTS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class ListExpiring:
    """Lots that expire within so many days, those that have expired included; 0 days for those only."""

    days: int = 0
    store_code: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class ExpiringLot:
    """What is left of a lot. `days_left` is below zero once it has expired; on its last day it is 0.

    `markdown_bp` is the discount that the setting `expiry_markdown` proposes, 0 for none: what has expired is not sold.
    """

    store_code: str
    sku: str
    lot_code: str
    expiry_date: str
    days_left: int
    quantity_milli: int
    value_minor: int
    markdown_bp: int


@dataclass(frozen=True, slots=True)
class ExpiringPage:
    lots: Sequence[ExpiringLot]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class TraceLot:
    """Where the goods of a lot came from and went; newest first."""

    sku: str
    lot_code: str
    limit: int = 0


@dataclass(frozen=True, slots=True)
class LotStep:
    """`document_id` is the receipt, sale, transfer or other document that moved so much of the lot."""

    store_code: str
    document_id: int
    reason: str
    quantity_milli: int
    business_date: str
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class LotTraced:
    steps: Sequence[LotStep]


@dataclass(frozen=True, slots=True)
class WriteOffExpired:
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class ExpiredWrittenOff:
    """How many lots were written off, and their cost; `more` may have expired. Without any there is no document."""

    document_id: int
    business_date: str
    lots: int
    lost_minor: int
    more: bool


def list_expiring(uow: UnitOfWork, query: ListExpiring) -> ExpiringPage:
    """Lots of the stores in scope by store and date; raises UnknownStore.

    A value is that of the layer under FIFO, else the lot's share of what the stock is worth.
    """
    asked = page(query.page_size, query.page_token, key=(int, date, int))
    days = within(query.days, 0, DAYS_MAX, field="days")
    uow.refresh()
    if query.store_code:
        stores = [store_in_scope(uow, query.store_code)]
    else:
        stores = [store for store in uow.chain.stores.values() if uow.caller.sees(store.store_id)]
    today = {store.store_id: trading_day(uow, store) for store in stores}
    if not today:
        return ExpiringPage([], "")
    rows = uow.costings.expiring(
        list(today), until=max(today.values()) + timedelta(days=days), after=asked.after, limit=asked.limit + 1
    )
    shown = rows[: asked.limit]
    levels = {
        (level.location_id, level.sku_id): level
        for _, level in uow.stock.list_levels(
            location_ids={layer.location_id for _, layer in shown},
            sku_ids={layer.sku_id for _, layer in shown},
            after=None,
            limit=max(1, len({layer.location_id for _, layer in shown}) * len({layer.sku_id for _, layer in shown})),
        )
    }
    lots = []
    for sku, layer in shown:
        level = levels[layer.location_id, layer.sku_id]
        on_hand = max(level.on_hand_milli, layer.quantity_milli)
        value = layer.value_minor or divide(max(0, level.value_minor) * layer.quantity_milli, on_hand)
        lots.append(_expiring(uow, sku, layer, value, today[layer.location_id]))
    return ExpiringPage(
        lots, next_token(rows, asked.limit, lambda row: (row[1].location_id, row[1].expires_on, row[1].layer_id))
    )


def trace_lot(uow: UnitOfWork, query: TraceLot) -> LotTraced:
    """For a recall: every receipt that brought the lot and every sale that took of it, in the stores in scope.

    Raises UnknownSku.
    """
    sku = required_code(query.sku, field="sku")
    if not query.lot_code:
        raise Missing("lot_code")
    if len(query.lot_code) > CODE_CHARACTERS_MAX:
        raise TextTooLong("lot_code", count=len(query.lot_code), count_max=CODE_CHARACTERS_MAX)
    limit = within(query.limit, 0, PAGE_SIZE_MAX, field="limit") or PAGE_SIZE_MAX
    uow.refresh()
    sku_id = uow.catalog.sku_ids([sku]).get(sku)
    if sku_id is None:
        raise UnknownSku("sku", sku=sku)
    seen = [store.store_id for store in uow.chain.stores.values() if uow.caller.sees(store.store_id)]
    found = uow.costings.lot_movements(sku_id, query.lot_code, location_ids=seen, limit=limit)
    return LotTraced(
        [
            LotStep(
                uow.chain.stores[one.location_id].code,
                one.document_id,
                one.reason,
                one.quantity_milli,
                one.business_date.isoformat(),
                one.moved_at,
            )
            for one in found
        ]
    )


def write_off_expired(uow: UnitOfWork, command: WriteOffExpired) -> ExpiredWrittenOff:
    """Takes lots of a store that have expired out of stock, five hundred at once, and posts them as shrinkage.

    Doing it again writes nothing off twice. Raises UnknownStore and StoreNeeded.
    """
    uow.refresh()
    store = store_in_scope(uow, command.store_code)
    on = trading_day(uow, store)
    expired = uow.costings.expiring([store.store_id], until=on - timedelta(days=1), after=None, limit=LOTS_AT_ONCE + 1)
    if not expired:
        return ExpiredWrittenOff(0, on.isoformat(), 0, 0, more=False)
    document_id = uow.new_id()
    book = open_book(uow, store, {layer.sku_id for _, layer in expired[:LOTS_AT_ONCE]}, document_id=document_id, on=on)
    lots = lost = 0
    for level in list(book.levels.values()):
        # As they are now that they are locked.
        gone = [layer for layer in level.layers if layer.expired(on)] if isinstance(level, LayeredLevel) else []
        if gone:
            quantity = sum(layer.quantity_milli for layer in gone)
            chosen = [layer.layer_id for layer in gone]
            lost += book.issue(level.sku_id, quantity, MovementReason.EXPIRED, layer_ids=chosen)
            lots += len(gone)
    _post(uow, store, document_id, on, lost)
    return ExpiredWrittenOff(document_id, on.isoformat(), lots, lost, more=len(expired) > LOTS_AT_ONCE)


def markdown_bp(steps: Sequence[tuple[int, int]], days_left: int) -> int:
    """The discount for goods with so many days left: that of the nearest step that is not nearer; 0 beyond all."""
    if days_left < 0:
        return 0
    return next((bp for days, bp in steps if days_left <= days), 0)


def _expiring(uow: UnitOfWork, sku: str, layer: StockLayer, value_minor: int, today: date) -> ExpiringLot:
    assert layer.expires_on is not None
    left = (layer.expires_on - today).days
    return ExpiringLot(
        store_code=uow.chain.stores[layer.location_id].code,
        sku=sku,
        lot_code=layer.lot_code,
        expiry_date=layer.expires_on.isoformat(),
        days_left=left,
        quantity_milli=layer.quantity_milli,
        value_minor=value_minor,
        markdown_bp=markdown_bp(uow.chain.policies(layer.location_id).expiry_markdown, left),
    )


def _post(uow: UnitOfWork, store: Store, document_id: int, on: date, lost_minor: int) -> None:
    document = CostDocument(
        document_id, CostDocumentKind.EXPIRED, store.store_id, on, store.currency, "", -lost_minor, uow.now
    )
    uow.add(document)
    post_cost_document(uow, document, expiry_postings(lost_minor=lost_minor))
