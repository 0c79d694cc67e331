"""What receipts need from storage."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from domain.sales.receipt import PrintedCoupon, Receipt
from domain.sales.receipt_log import MailState, ReceiptMail, ReceiptPrint


class GapCause(StrEnum):
    """What the next number of the terminal tells about those that are missing before it."""

    NOT_ARRIVED = "not_arrived"
    """It came by an upload: the others were sold without connection, and wait at the terminal or were refused."""
    NOT_SOLD = "not_sold"
    """It was sold online: the others went to sales that were refused or given up."""
    OTHER_SERIES = "other_series"
    """So many numbers lie between that the terminal goes on in another series."""


@dataclass(frozen=True, slots=True)
class ReceiptGap:
    """Numbers of a terminal that are missing, first and last included, and the business dates of their neighbours."""

    terminal_code: str
    first_number: int
    last_number: int
    date_before: str
    date_after: str
    cause: GapCause


@dataclass(frozen=True, slots=True)
class ReceiptSeries:
    """What a terminal numbered itself in a period: how many numbers are missing, and how many were used again."""

    terminal_code: str
    first_number: int
    last_number: int
    documents: int
    missing: int
    used_again: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A receipt on its way: `mark` names it, the same in every attempt."""

    mail_id: int
    attempt: int
    address: str = field(repr=False)
    mark: str
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Delivery:
    """How an attempt ended: SENT, REFUSED, or WAITING where a later one may do better; with the server's reply."""

    outcome: MailState
    reply_code: int = 0


class LetterSender(Protocol):
    def send(self, letter: Letter, *, now: datetime) -> Delivery:
        """Hands a letter to the mail server; whatever that says is told, and nothing is raised."""


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

    def series(self, store_id: int, first: date, last: date, *, gap_numbers_max: int) -> Sequence[ReceiptSeries]:
        """The series of a store's terminals with sales on these business dates, by code of the terminal.

        Larger gaps than `gap_numbers_max` count as none missing.
        """

    def gaps(
        self,
        store_id: int,
        first: date,
        last: date,
        *,
        gap_numbers_max: int,
        after: tuple[str, int] | None,
        limit: int,
    ) -> Sequence[ReceiptGap]:
        """Gaps that touch these business dates by terminal and number, those after (terminal, number)."""

    def mails(self, sale_id: int) -> Sequence[ReceiptMail]:
        """The letters of a document, oldest first."""

    def record_mail(self, mail: ReceiptMail) -> None: ...

    def next_mail(self, *, until: datetime) -> ReceiptMail | None:
        """Takes the letter that has been due longest, passing over those that others take; counts the attempt.

        It is due again at `until`.
        """

    def lock_mail(self, mail_id: int) -> ReceiptMail:
        """The letter, locked."""

    def update_mail(self, mail: ReceiptMail) -> None:
        """Stores state, time, reply and address of a letter."""

    def mail_due(self) -> bool:
        """Whether any letter is due now."""
