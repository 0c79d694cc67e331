"""Transfers as shown: stores and SKUs by their codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from application.ports.kernel import UnitOfWork
from application.ports.transfers import StoredTransfer
from application.scope import who
from domain.inventory.transfer import (
    DifferenceReason,
    Transfer,
    TransferEntryKind,
    TransferProgress,
    TransferState,
    TransferStep,
)


@dataclass(frozen=True, slots=True)
class TransferLineView:
    """One line: thousandths of the unit of measure, and costs in minor units of the transfer's currency."""

    sku: str
    requested_milli: int
    shipped_milli: int
    in_transit_milli: int
    received_milli: int
    missing_milli: int
    over_milli: int
    shipped_minor: int
    in_transit_minor: int
    missing_minor: int
    over_minor: int


@dataclass(frozen=True, slots=True)
class TransferEventView:
    """`by` is the code of the member of staff, else of the terminal or service; `document_id` is 0 without goods."""

    step: TransferStep
    at: datetime
    by: str
    note: str
    document_id: int


@dataclass(frozen=True, slots=True)
class TransferDifferenceView:
    """What did not arrive (`missing`) or came beyond what was shipped, why, and by which receipt."""

    sku: str
    missing: bool
    quantity_milli: int
    value_minor: int
    reason: DifferenceReason
    document_id: int


@dataclass(frozen=True, slots=True)
class TransferView:
    """A transfer; lines, timeline and differences are left out of lists."""

    transfer_id: int
    from_store_code: str
    to_store_code: str
    state: TransferState
    ended: bool
    currency: str
    reference: str
    requested_at: datetime
    requested_by: str
    lines: Sequence[TransferLineView] = ()
    timeline: Sequence[TransferEventView] = ()
    differences: Sequence[TransferDifferenceView] = ()


def transfer_view(
    uow: UnitOfWork,
    transfer: Transfer,
    *,
    lines: Sequence[TransferLineView] = (),
    timeline: Sequence[TransferEventView] = (),
    differences: Sequence[TransferDifferenceView] = (),
) -> TransferView:
    """The transfer as shown, with what of its parts is given."""
    return TransferView(
        transfer_id=transfer.transfer_id,
        from_store_code=uow.chain.stores[transfer.from_store_id].code,
        to_store_code=uow.chain.stores[transfer.to_store_id].code,
        state=transfer.state,
        ended=transfer.ended,
        currency=transfer.currency,
        reference=transfer.reference,
        requested_at=transfer.requested_at,
        requested_by=who(uow, caller_id=transfer.caller_id, staff_id=transfer.staff_id),
        lines=lines,
        timeline=timeline,
        differences=differences,
    )


def whole_view(uow: UnitOfWork, stored: StoredTransfer) -> TransferView:
    """The transfer with its lines, its timeline and its differences."""
    progress = {
        line.line_number: TransferProgress(line.line_number, line.sku_id, line.requested_milli) for line in stored.lines
    }
    for entry in stored.entries:
        progress[entry.line_number].add(entry.kind, entry.quantity_milli, entry.value_minor)
    return transfer_view(
        uow,
        stored.transfer,
        lines=[_line(one, stored.skus[one.sku_id]) for one in progress.values()],
        timeline=[
            TransferEventView(
                event.step,
                event.at,
                who(uow, caller_id=event.caller_id, staff_id=event.staff_id),
                event.note,
                event.document_id or 0,
            )
            for event in stored.events
        ],
        differences=[
            TransferDifferenceView(
                stored.skus[progress[entry.line_number].sku_id],
                entry.kind is TransferEntryKind.MISSING,
                entry.quantity_milli,
                entry.value_minor,
                entry.reason,
                entry.document_id,
            )
            for entry in stored.entries
            if entry.reason is not None
        ],
    )


def _line(line: TransferProgress, sku: str) -> TransferLineView:
    return TransferLineView(
        sku=sku,
        requested_milli=line.requested_milli,
        shipped_milli=line.shipped_milli,
        in_transit_milli=line.in_transit_milli,
        received_milli=line.received_milli,
        missing_milli=line.missing_milli,
        over_milli=line.over_milli,
        shipped_minor=line.shipped_minor,
        in_transit_minor=line.in_transit_minor,
        missing_minor=line.missing_minor,
        over_minor=line.over_minor,
    )
