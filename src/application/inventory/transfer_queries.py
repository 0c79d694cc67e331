"""Questions about transfers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from application.inventory.transfer_ledger import stored_transfer
from application.inventory.transfer_views import TransferView, transfer_view, whole_view
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.scope import store_in_scope


class TransferSide(StrEnum):
    """Which of its two stores is looked from."""

    SOURCE = "source"
    DESTINATION = "destination"


@dataclass(frozen=True, slots=True)
class GetTransfer:
    transfer_id: int


@dataclass(frozen=True, slots=True)
class ListTransfers:
    """Without `side` both those that leave and those that come."""

    store_code: str = ""
    side: TransferSide | None = None
    open_only: bool = False
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class TransfersPage:
    transfers: Sequence[TransferView]
    next_page_token: str


def get_transfer(uow: UnitOfWork, query: GetTransfer) -> TransferView:
    """One transfer with all that belongs to it, for whoever sees one of its stores; raises UnknownTransfer."""
    uow.refresh()
    return whole_view(uow, stored_transfer(uow, query.transfer_id))


def list_transfers(uow: UnitOfWork, query: ListTransfers) -> TransfersPage:
    """Transfers of the stores in scope, newest first; raises UnknownStore."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    uow.refresh()
    store_ids = uow.caller.store_ids
    if query.store_code:
        store_ids = frozenset({store_in_scope(uow, query.store_code).store_id})
    found = uow.transfers.list_transfers(
        store_ids=store_ids,
        sources=query.side is not TransferSide.DESTINATION,
        destinations=query.side is not TransferSide.SOURCE,
        open_only=query.open_only,
        after=(asked.after[0], asked.after[1]) if asked.after else None,
        limit=asked.limit + 1,
    )
    token = next_token(found, asked.limit, lambda one: (one.requested_at, one.transfer_id))
    return TransfersPage([transfer_view(uow, one) for one in found[: asked.limit]], token)
