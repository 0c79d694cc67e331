"""What receipts need from storage."""

from collections.abc import Sequence
from typing import Protocol

from domain.sales.receipt import PrintedCoupon
from domain.sales.receipt_log import ReceiptPrint


class Receipts(Protocol):
    """The log of prints, and what a receipt tells besides its document."""

    def lock(self, sale_id: int) -> None:
        """Locks a document, so that its prints are numbered one after the other."""

    def prints(self, sale_id: int) -> Sequence[ReceiptPrint]:
        """The prints of a document by number."""

    def record(self, print_: ReceiptPrint) -> None: ...

    def receipt_number(self, sale_id: int) -> str:
        """The receipt number of a document, of any store; empty when there is none."""

    def coupons_awarded(self, sale_id: int) -> Sequence[PrintedCoupon]:
        """The coupons that a sale has earned for the next purchase, with their whole codes, by id."""
