"""Goods of a transfer arrive at their destination, and what differs is booked there with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from application.fields import named_once, optional_name, within
from application.inventory.create_transfers import LINES_MAX
from application.inventory.ship_transfer import line_of
from application.inventory.transfer_ledger import after_change, locked_transfer, next_number, note_step, post
from application.inventory.transfer_views import TransferView
from application.ports.kernel import UnitOfWork
from application.receiving_lots import cost_as_set
from application.scope import trading_day
from application.stock_book import StockBook, open_book
from domain.finance.transfer_postings import arrival_postings
from domain.inventory.layers import Origin
from domain.inventory.set_aside import SetAsideReason, SetAsideStatus
from domain.inventory.stock import MovementReason
from domain.inventory.transfer import (
    Arrival,
    DifferenceReason,
    NothingLeft,
    Transfer,
    TransferDocument,
    TransferDocumentKind,
    TransferEntry,
    TransferEntryKind,
    TransferProgress,
    TransferState,
    TransferStep,
    arrival,
    check_state,
    state_after,
)
from domain.shared.errors import Invalid
from domain.shared.money import AMOUNT_MINOR_MAX, Rounding


class NothingArrives(Invalid):
    en = "The line neither arrives nor is missing. Send a quantity, or leave the line out."
    zh = "此行既无到货也无缺少数量。请填写数量，或删除该行。"


@dataclass(frozen=True, slots=True)
class ArrivedItem:
    """What arrived of one SKU and what will not any more; a difference needs its reason."""

    sku: str
    received_milli: int = 0
    missing_milli: int = 0
    reason: DifferenceReason | None = None


@dataclass(frozen=True, slots=True)
class ReceiveTransfer:
    """Without lines everything in transit has arrived as it was shipped."""

    transfer_id: int
    lines: tuple[ArrivedItem, ...] = ()
    note: str = ""


def receive_transfer(uow: UnitOfWork, command: ReceiveTransfer) -> TransferView:
    """Puts what arrived into stock at the cost it was shipped at, and writes off what is missing.

    The caller sees the destination. What comes beyond what was shipped (reason OVER) is found, at the cost of what was
    shipped. Raises UnknownTransfer, TransferNotThere, NotOnTransfer, NothingArrives, NothingLeft, TooManyDocuments and
    the refusals of `arrival`.
    """
    note = optional_name(command.note, field="note")
    _check(command.lines)
    uow.refresh()
    transfer = locked_transfer(uow, command.transfer_id, destination=True)
    check_state(transfer, {TransferState.SHIPPED}, TransferStep.RECEIVED)
    number = next_number(uow, transfer, documents=True)
    progress = uow.transfers.progress(transfer.transfer_id)
    store = uow.chain.stores[transfer.to_store_id]
    rounding = Rounding(uow.chain.policies(store.store_id).rounding_mode)
    arrived = _arrived(command.lines, progress, rounding)
    document_id, on = uow.new_id(), trading_day(uow, store)
    sku_ids = [line.sku_id for line, _, _ in arrived]
    book = open_book(uow, store, sku_ids, document_id=document_id, on=on)
    book.lock_aside(sku_ids, SetAsideStatus.IN_TRANSIT)
    cost_as_set(uow, book, uow.stock.items([sku for sku, line in progress.items() if line.sku_id in sku_ids]).values())
    origins = _origins(uow, transfer, book, arrived)
    for line, came, reason in arrived:
        _move(book, line, came, origins.get(line.sku_id, ()))
        _record(uow, transfer, line, came, reason, document_id)
    received, missing, over = (
        sum(getattr(came, f"{name}_minor") for _, came, _ in arrived) for name in ("received", "missing", "over")
    )
    document = TransferDocument(
        document_id, transfer.transfer_id, TransferDocumentKind.RECEIPT, store.store_id, on, transfer.currency,
        received + over, uow.now,
    )  # fmt: skip
    postings = arrival_postings(
        received_minor=received, missing_minor=missing, over_minor=over, correction_minor=book.correction_minor
    )
    post(uow, document, postings)
    transfer.state = state_after(transfer, progress.values())
    uow.transfers.move(transfer)
    note_step(uow, transfer, TransferStep.RECEIVED, number=number, note=note, document_id=document_id)
    return after_change(uow, transfer)


def _check(lines: Sequence[ArrivedItem]) -> None:
    within(len(lines), 0, LINES_MAX, field="lines")
    named_once([line.sku for line in lines], field="lines", key="sku")
    for index, line in enumerate(lines):
        within(line.received_milli, 0, AMOUNT_MINOR_MAX, field=f"lines[{index}].received_milli")
        within(line.missing_milli, 0, AMOUNT_MINOR_MAX, field=f"lines[{index}].missing_milli")
        if not line.received_milli and not line.missing_milli:
            raise NothingArrives(f"lines[{index}]")


def _arrived(
    lines: Sequence[ArrivedItem], progress: Mapping[str, TransferProgress], rounding: Rounding
) -> list[tuple[TransferProgress, Arrival, DifferenceReason | None]]:
    """What arrives of each line, in the order of the transfer; raises NothingLeft where nothing is in transit."""
    if not lines:
        lines = [ArrivedItem(sku, line.in_transit_milli) for sku, line in progress.items() if line.in_transit_milli]
        if not lines:
            raise NothingLeft("lines", step=TransferStep.RECEIVED.value)
    found = []
    for index, item in enumerate(lines):
        line = line_of(progress, item.sku, field=f"lines[{index}].sku")
        came = arrival(
            line,
            received_milli=item.received_milli,
            missing_milli=item.missing_milli,
            reason=item.reason,
            sku=item.sku,
            field=f"lines[{index}]",
            rounding=rounding,
        )
        found.append((line, came, item.reason))
    return sorted(found, key=lambda one: one[0].line_number)


def _origins(
    uow: UnitOfWork,
    transfer: Transfer,
    book: StockBook,
    arrived: Sequence[tuple[TransferProgress, Arrival, DifferenceReason | None]],
) -> dict[int, list[Origin]]:
    """The layers that what is still on its way has left, so that lots arrive as they were shipped."""
    apart = {line.sku_id for line, _, _ in arrived if book.levels[line.sku_id].costing}
    found: dict[int, list[Origin]] = {}
    if not apart:
        return found
    for document_id in uow.transfers.shipments(transfer.transfer_id):
        for sku_id, taken in uow.stock.origins(document_id, apart, reversed_by=[]).items():
            found.setdefault(sku_id, []).extend(taken)
    for line, _, _ in arrived:
        # Goods arrive in the order in which origins are used up: the last first.
        gone = line.received_milli + line.missing_milli
        for origin in reversed(found.get(line.sku_id, [])):
            used = min(gone, origin.quantity_milli)
            origin.quantity_milli -= used
            gone -= used
    return found


def _move(book: StockBook, line: TransferProgress, came: Arrival, origins: Sequence[Origin]) -> None:
    """From their way onto the shelf, at their cost."""
    if came.received_milli or came.missing_milli:
        book.set_aside(
            line.sku_id,
            SetAsideStatus.IN_TRANSIT,
            -came.received_milli - came.missing_milli,
            -came.received_minor - came.missing_minor,
            reason=SetAsideReason.TRANSFERRED,
            line_number=line.line_number,
        )
    if came.received_milli:
        book.receive(line.sku_id, came.received_milli, came.received_minor, MovementReason.TRANSFER_IN, origins=origins)
    if came.over_milli:
        book.put_back(line.sku_id, came.over_milli, came.over_minor, MovementReason.TRANSFER_OVER)


def _record(
    uow: UnitOfWork,
    transfer: Transfer,
    line: TransferProgress,
    came: Arrival,
    reason: DifferenceReason | None,
    document_id: int,
) -> None:
    for kind, quantity, value, why in (
        (TransferEntryKind.RECEIVED, came.received_milli, came.received_minor, None),
        (TransferEntryKind.MISSING, came.missing_milli, came.missing_minor, reason),
        (TransferEntryKind.OVER, came.over_milli, came.over_minor, reason),
    ):
        if quantity:
            line.add(kind, quantity, value)
            uow.add(
                TransferEntry(
                    transfer.transfer_id, uow.new_id(), line.line_number, kind, quantity, value, why, document_id
                )
            )
