"""What the steps of a transfer share: finding one, writing what happened, and posting what moved."""

from collections.abc import Sequence

from application.inventory.transfer_views import TransferView, whole_view
from application.ports.kernel import UnitOfWork
from application.ports.transfers import StoredTransfer
from domain.finance.journal import JournalEntry, balanced
from domain.inventory.transfer import (
    DOCUMENTS_MAX,
    TooManyDocuments,
    Transfer,
    TransferDocument,
    TransferDocumentKind,
    TransferEvent,
    TransferStep,
)
from domain.shared.errors import NotFound

TOPICS = {
    TransferDocumentKind.SHIPMENT: "TransferShipped",
    TransferDocumentKind.TRANSIT: "TransferOnItsWay",
    TransferDocumentKind.RECEIPT: "TransferReceived",
}


class UnknownTransfer(NotFound):
    en = "There is no transfer {transfer_id} that this caller may move. ListTransfers shows those of its stores."
    zh = "没有当前调用方可办理的调拨单 {transfer_id}。可用 ListTransfers 查看本方门店的调拨单。"


def locked_transfer(uow: UnitOfWork, transfer_id: int, *, source: bool = False, destination: bool = False) -> Transfer:
    """The transfer, locked, of whose stores the caller sees those asked for, or either where none is.

    Raises UnknownTransfer alike for one that does not exist and for one that is none of the caller's business.
    """
    transfer = uow.transfers.lock(transfer_id)
    if transfer is None or not _seen(uow, transfer, source=source, destination=destination):
        raise UnknownTransfer("transfer_id", transfer_id=transfer_id)
    return transfer


def stored_transfer(uow: UnitOfWork, transfer_id: int) -> StoredTransfer:
    """The transfer with all that belongs to it, of which the caller sees either store; raises UnknownTransfer."""
    stored = uow.transfers.find(transfer_id)
    if stored is None or not _seen(uow, stored.transfer, source=False, destination=False):
        raise UnknownTransfer("transfer_id", transfer_id=transfer_id)
    return stored


def after_change(uow: UnitOfWork, transfer: Transfer) -> TransferView:
    """The transfer as it is now."""
    return whole_view(uow, stored_transfer(uow, transfer.transfer_id))


def note_step(
    uow: UnitOfWork,
    transfer: Transfer,
    step: TransferStep,
    *,
    number: int,
    note: str = "",
    document_id: int | None = None,
) -> None:
    """Adds an entry to the timeline of a locked transfer, and tells the world of it."""
    caller = uow.caller
    uow.add(
        TransferEvent(transfer.transfer_id, number, step, note, document_id, caller.caller_id, caller.staff_id, uow.now)
    )
    uow.publish(
        "TransferMoved",
        transfer.transfer_id,
        {
            "transfer_id": transfer.transfer_id,
            "from_store_id": transfer.from_store_id,
            "to_store_id": transfer.to_store_id,
            "step": step.value,
            "state": transfer.state.value,
        },
    )


def next_number(uow: UnitOfWork, transfer: Transfer, *, documents: bool = False) -> int:
    """The number of the next event of a locked transfer; raises TooManyDocuments where it is to make a document."""
    events, made = uow.transfers.counts(transfer.transfer_id)
    if documents and made >= DOCUMENTS_MAX:
        raise TooManyDocuments("transfer_id", count_max=DOCUMENTS_MAX)
    return events + 1


def post(uow: UnitOfWork, document: TransferDocument, postings: Sequence[tuple[str, int]]) -> None:
    """Records a document with its journal entry and its event."""
    entry = JournalEntry(
        uow.new_id(), document.store_id, document.business_date, document.currency, "", document.kind.value,
        document.document_id, uow.now,
    )  # fmt: skip
    uow.add(document, entry, *balanced(entry.entry_id, postings))
    uow.publish(
        TOPICS[document.kind],
        document.document_id,
        {
            "document_id": document.document_id,
            "transfer_id": document.transfer_id,
            "store_id": document.store_id,
            "business_date": document.business_date.isoformat(),
            "value_minor": document.value_minor,
            "currency": document.currency,
        },
    )


def _seen(uow: UnitOfWork, transfer: Transfer, *, source: bool, destination: bool) -> bool:
    sees_source, sees_destination = (uow.caller.sees(one) for one in (transfer.from_store_id, transfer.to_store_id))
    if source or destination:
        return (sees_source or not source) and (sees_destination or not destination)
    return sees_source or sees_destination
