"""What the application needs from the points ledger."""

from typing import Protocol


class Points(Protocol):
    """Points accounts, lots and entries."""
