"""Receipts as they are shown: fields are those of the messages of the same names in the contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.sales.receipt import Receipt
from domain.sales.receipt_log import MailState, ReceiptFormat


@dataclass(frozen=True, slots=True)
class LaidOutReceipt:
    """A receipt that was printed: laid out, to be rendered in its format on paper of so many columns."""

    sale_id: int
    receipt_number: str
    print_number: int
    receipt: Receipt
    format: ReceiptFormat
    columns: int


@dataclass(frozen=True, slots=True)
class PrintView:
    """A print; number 1 is the original."""

    number: int
    format: ReceiptFormat
    terminal_code: str
    cashier_code: str
    printed_at: datetime


@dataclass(frozen=True, slots=True)
class MailView:
    """A print that is sent by e-mail, and how far it has come; to whom is told to nobody."""

    mail_id: int
    print_number: int
    state: MailState
    attempts: int
    reply_code: int
    requested_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReceiptFound:
    """The document that a code or an id leads to, and what became of its receipt, oldest first."""

    sale_id: int
    receipt_number: str
    receipt_code: str
    store_code: str
    business_date: str
    prints: Sequence[PrintView]
    mails: Sequence[MailView]
