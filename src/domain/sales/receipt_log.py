"""What became of a receipt: each time that it was printed or sent, for ever."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

PRINTS_MAX: Final = 500
"""Prints of one document; a till that asks for more is broken."""


class ReceiptFormat(StrEnum):
    TEXT = "text"
    ESCPOS = "escpos"
    HTML = "html"
    PDF = "pdf"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class ReceiptPrint:
    """Number 1 is the original, every later one a copy. `print_id` is the till's own, the same for every retry."""

    sale_id: int
    number: int
    print_id: str
    format: ReceiptFormat
    caller_id: int
    staff_id: int | None
    printed_at: datetime


MAIL_ATTEMPTS_MAX: Final = 10
MAIL_LEASE: Final = timedelta(minutes=10)
"""How long a letter stays with the worker that took it; then that one was killed, and another takes it."""
MAIL_PAUSE_MIN: Final = timedelta(minutes=1)
MAIL_PAUSE_MAX: Final = timedelta(hours=6)


class MailState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    """The mail server has taken it; what becomes of it behind that is not known here."""
    REFUSED = "refused"
    """The mail server refuses the address or the letter, or the member has no address any more."""
    GIVEN_UP = "given_up"
    """It could not be sent in MAIL_ATTEMPTS_MAX attempts."""


@dataclass(frozen=True, slots=True)
class ReceiptMail:
    """A receipt that is sent by e-mail, as a print of its own.

    `address_cipher` is empty for the member's own address, and once the letter is finished. `reply_code` is the last
    one of the mail server (RFC 5321), 0 for none.
    """

    mail_id: int
    sale_id: int
    print_number: int
    language: str
    address_cipher: bytes
    state: MailState
    attempts: int
    due_at: datetime
    reply_code: int
    requested_at: datetime
    finished_at: datetime | None


def after_attempt(mail: ReceiptMail, outcome: MailState, *, reply_code: int, now: datetime) -> ReceiptMail:
    """The letter after an attempt that came to `outcome`, WAITING for one that may do better later.

    The pause doubles with every attempt, from a minute to six hours; the last attempt is the last.
    """
    if outcome is MailState.WAITING and mail.attempts >= MAIL_ATTEMPTS_MAX:
        outcome = MailState.GIVEN_UP
    if outcome is MailState.WAITING:
        pause = min(MAIL_PAUSE_MIN * 2 ** (mail.attempts - 1), MAIL_PAUSE_MAX)
        return replace(mail, reply_code=reply_code, due_at=now + pause)
    return replace(mail, state=outcome, reply_code=reply_code, address_cipher=b"", finished_at=now)
