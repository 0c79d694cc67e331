"""Goods of a transfer leave their source at cost and are in transit at their destination."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from application.fields import named_once, optional_name, required_code, within
from application.inventory.create_transfers import LINES_MAX, TransferItem
from application.inventory.transfer_ledger import after_change, locked_transfer, next_number, note_step, post
from application.inventory.transfer_views import TransferView
from application.ports.kernel import UnitOfWork
from application.reserving import lock_reserved, record_taken, reserved_in, take_reserved
from application.scope import checked_open, trading_day
from application.stock_book import StockBook, open_book
from domain.finance.transfer_postings import shipment_postings, transit_postings
from domain.identity.organisation import Store
from domain.inventory.set_aside import SetAsideReason, SetAsideStatus
from domain.inventory.stock import MovementReason
from domain.inventory.transfer import (
    Transfer,
    TransferBasis,
    TransferDocument,
    TransferDocumentKind,
    TransferEntry,
    TransferEntryKind,
    TransferProgress,
    TransferState,
    TransferStep,
    check_shipped,
    check_state,
    shipped_all,
    state_after,
)
from domain.shared.errors import NotFound, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX


class NotOnTransfer(NotFound):
    en = "“{sku}” is not on this transfer. GetTransfer shows its lines."
    zh = "该调拨单中没有商品“{sku}”。可用 GetTransfer 查看明细。"


class NotEnoughToShip(Rejected):
    en = (
        "Store “{store_code}” has {available} thousandths of “{sku}” to give away, not {asked}. Ship less, or count "
        "the shelf."
    )
    zh = "门店“{store_code}”商品“{sku}”可调出 {available}（千分之一单位），不足 {asked}。请减少数量或先盘点。"


@dataclass(frozen=True, slots=True)
class ShipTransfer:
    """Without lines everything that is left to ship. `note` is e.g. the number of the parcel.

    `reservation_id` is the reservation of the source whose goods are shipped, 0 for none.
    """

    transfer_id: int
    lines: tuple[TransferItem, ...] = ()
    note: str = ""
    reservation_id: int = 0


@dataclass(frozen=True, slots=True)
class _Work:
    uow: UnitOfWork
    transfer: Transfer
    shipment_id: int
    transit_id: int


def ship_transfer(uow: UnitOfWork, command: ShipTransfer) -> TransferView:
    """Takes goods out of the source at its cost and puts them in transit at the destination, in one transaction.

    The transfer is approved, or partly shipped before; the caller sees the source. Raises UnknownTransfer,
    TransferNotThere, StoreClosed of the destination, NotOnTransfer, MoreThanRequested, NothingLeft, NotEnoughToShip
    where the source's setting negative_stock forbids, TooManyDocuments, UnknownReservation, ReservationOver.
    """
    note = optional_name(command.note, field="note")
    _check(command.lines)
    uow.refresh()
    transfer = locked_transfer(uow, command.transfer_id, source=True)
    check_state(transfer, {TransferState.APPROVED, TransferState.SHIPPED}, TransferStep.SHIPPED)
    checked_open(uow.chain.stores[transfer.to_store_id], field="transfer_id")
    number = next_number(uow, transfer, documents=True)
    progress = uow.transfers.progress(transfer.transfer_id)
    shipped = _shipped(command.lines, progress)
    if transfer.ended:
        shipped_all(())
    work = _Work(uow, transfer, uow.new_id(), uow.new_id())
    skus = {line.sku_id: sku for sku, line in progress.items()}
    cost = _move(work, shipped, skus, command.reservation_id)
    if transfer.basis is None:
        transfer.basis = _basis(uow, transfer)
    _post(work, cost)
    transfer.state = state_after(transfer, progress.values())
    uow.transfers.move(transfer)
    note_step(uow, transfer, TransferStep.SHIPPED, number=number, note=note, document_id=work.shipment_id)
    return after_change(uow, transfer)


def line_of(progress: Mapping[str, TransferProgress], sku: str, *, field: str) -> TransferProgress:
    """The line of this SKU; raises NotOnTransfer."""
    line = progress.get(required_code(sku, field=field))
    if line is None:
        raise NotOnTransfer(field, sku=sku)
    return line


def _check(lines: Sequence[TransferItem]) -> None:
    within(len(lines), 0, LINES_MAX, field="lines")
    named_once([line.sku for line in lines], field="lines", key="sku")
    for index, line in enumerate(lines):
        within(line.quantity_milli, 1, AMOUNT_MINOR_MAX, field=f"lines[{index}].quantity_milli")


def _shipped(
    lines: Sequence[TransferItem], progress: Mapping[str, TransferProgress]
) -> list[tuple[TransferProgress, int]]:
    """What is shipped now, line by line in the order of the transfer."""
    if not lines:
        return shipped_all(progress.values())
    shipped = []
    for index, item in enumerate(lines):
        line = line_of(progress, item.sku, field=f"lines[{index}].sku")
        check_shipped(line, item.quantity_milli, sku=item.sku, field=f"lines[{index}].quantity_milli")
        shipped.append((line, item.quantity_milli))
    return sorted(shipped, key=lambda one: one[0].line_number)


def _move(
    work: _Work, shipped: Sequence[tuple[TransferProgress, int]], skus: Mapping[int, str], reservation_id: int
) -> int:
    """Moves the goods from the shelf of the source onto their way; returns what they cost."""
    uow, transfer = work.uow, work.transfer
    source, destination = (uow.chain.stores[one] for one in (transfer.from_store_id, transfer.to_store_id))
    sku_ids = [line.sku_id for line, _ in shipped]
    book = open_book(uow, source, sku_ids, document_id=work.shipment_id, on=trading_day(uow, source))
    way = open_book(uow, destination, (), document_id=work.transit_id, on=trading_day(uow, destination))
    way.lock_aside(sku_ids, SetAsideStatus.IN_TRANSIT)
    if reservation_id:
        _take_reserved(work, book, shipped, source, reservation_id)
    forbidden = uow.chain.policies(source.store_id).negative_stock == "forbid"
    total = 0
    for line, quantity in shipped:
        if forbidden:
            _check_there(book, line, quantity, sku=skus[line.sku_id], store_code=source.code)
        cost = book.issue(line.sku_id, quantity, MovementReason.TRANSFER_OUT)
        way.set_aside(
            line.sku_id, SetAsideStatus.IN_TRANSIT, quantity, cost,
            reason=SetAsideReason.TRANSFERRED, line_number=line.line_number,
        )  # fmt: skip
        line.add(TransferEntryKind.SHIPPED, quantity, cost)
        uow.add(
            TransferEntry(
                transfer.transfer_id, uow.new_id(), line.line_number, TransferEntryKind.SHIPPED, quantity, cost, None,
                work.shipment_id,
            )
        )  # fmt: skip
        total += cost
    return total


def _take_reserved(
    work: _Work, book: StockBook, shipped: Sequence[tuple[TransferProgress, int]], source: Store, reservation_id: int
) -> None:
    """Frees what a reservation keeps of these goods, so that they may be shipped."""
    reserved = lock_reserved(work.uow, [reservation_id])
    goods = reserved_in(reserved, reservation_id, source, work.uow, field="reservation_id")
    levels = {(source.store_id, sku_id): level for sku_id, level in book.levels.items()}
    wanted = {line.sku_id: quantity for line, quantity in shipped}
    take_reserved(work.uow, goods, wanted, levels, work.shipment_id)
    record_taken(work.uow, [goods])


def _check_there(book: StockBook, line: TransferProgress, quantity: int, *, sku: str, store_code: str) -> None:
    available = book.available_milli(line.sku_id)
    if quantity > available:
        raise NotEnoughToShip("lines", sku=sku, available=available, asked=quantity, store_code=store_code)


def _basis(uow: UnitOfWork, transfer: Transfer) -> TransferBasis:
    """How the two stores owe each other, for the whole transfer: later ones change when a store changes hands."""
    source, destination = (
        uow.chain.policies(one).store_company for one in (transfer.from_store_id, transfer.to_store_id)
    )
    return TransferBasis.CLEARING if source == destination else TransferBasis.RECEIVABLE


def _post(work: _Work, cost_minor: int) -> None:
    uow, transfer = work.uow, work.transfer
    one_company = transfer.basis is TransferBasis.CLEARING
    for document_id, kind, store_id, postings_of in (
        (work.shipment_id, TransferDocumentKind.SHIPMENT, transfer.from_store_id, shipment_postings),
        (work.transit_id, TransferDocumentKind.TRANSIT, transfer.to_store_id, transit_postings),
    ):
        document = TransferDocument(
            document_id, transfer.transfer_id, kind, store_id, trading_day(uow, uow.chain.stores[store_id]),
            transfer.currency, cost_minor, uow.now,
        )  # fmt: skip
        post(uow, document, postings_of(cost_minor=cost_minor, one_company=one_company))
