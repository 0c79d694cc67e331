"""What the application needs from the catalogue."""

from typing import Protocol


class Catalog(Protocol):
    """Categories, units, products and barcodes."""
