"""What the application needs from the books."""

from typing import Protocol


class Journal(Protocol):
    """Journal entries and postings."""
