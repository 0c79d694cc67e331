"""What the application needs from serial numbers."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, TypeAlias

from domain.sales.serial_number import SerialEntry

SerialKey: TypeAlias = tuple[int, str]
"""SKU id and serial number."""


class SerialNumbers(Protocol):
    """The pieces that were sold by their serial numbers."""

    def lock(self, keys: Collection[SerialKey]) -> Mapping[SerialKey, SerialEntry]:
        """The last entry of each; until the end of this transaction nobody else sells pieces of these products.

        What has never been sold is absent.
        """

    def out_by(self, sale_id: int) -> Sequence[SerialEntry]:
        """The entries by which a sale has sold pieces that have not come back, by line and serial number."""

    def history(self, sku: str, serial_number: str, *, limit: int) -> Sequence[SerialEntry]:
        """The newest entries of a piece, newest first; nothing of one that was never sold."""
