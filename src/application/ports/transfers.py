"""What the application needs of transfers between stores."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.inventory.transfer import (
    Transfer,
    TransferDocument,
    TransferEntry,
    TransferEvent,
    TransferLine,
    TransferProgress,
)


@dataclass(frozen=True, slots=True)
class StoredTransfer:
    """A transfer with all that belongs to it, each in its order; `skus` names the products of its lines by id."""

    transfer: Transfer
    lines: Sequence[TransferLine]
    entries: Sequence[TransferEntry]
    events: Sequence[TransferEvent]
    documents: Sequence[TransferDocument]
    skus: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """What open transfers will still bring and take: thousandths by (store, SKU id), which are above zero.

    `coming` is to arrive there, shipped or not; `leaving` is promised from there and not shipped.
    """

    coming: Mapping[tuple[int, int], int]
    leaving: Mapping[tuple[int, int], int]


class Transfers(Protocol):
    """Transfers with their lines, entries, documents and events."""

    def lock(self, transfer_id: int) -> Transfer | None:
        """The transfer, locked, before any stock that its use cases lock; None when there is none."""

    def progress(self, transfer_id: int) -> Mapping[str, TransferProgress]:
        """How far the lines of a locked transfer have come, by SKU in the order of their numbers."""

    def shipments(self, transfer_id: int) -> Sequence[int]:
        """The documents by which goods left the source, the first first."""

    def counts(self, transfer_id: int) -> tuple[int, int]:
        """How many events and how many documents a locked transfer has."""

    def move(self, transfer: Transfer) -> None:
        """Writes the state of a locked transfer, its basis, and whether shipping has ended."""

    def find(self, transfer_id: int) -> StoredTransfer | None:
        """The transfer with all that belongs to it."""

    def list_transfers(
        self,
        *,
        store_ids: Collection[int] | None,
        sources: bool,
        destinations: bool,
        open_only: bool,
        after: tuple[datetime, int] | None,
        limit: int,
    ) -> Sequence[Transfer]:
        """Up to `limit` transfers, newest first, those older than (requested_at, transfer id).

        Of those with one of the stores as source or destination, whichever is asked for; None means all stores.
        """

    def on_the_way(self, store_ids: Collection[int], sku_ids: Collection[int]) -> OnTheWay:
        """What open transfers between any stores will bring to these stores and take from them."""
