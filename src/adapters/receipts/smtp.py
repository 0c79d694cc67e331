"""Receipts handed to a mail server (RFC 5321), text and HTML in one letter, by the standard library.

The Message-ID is the letter's own, the same in every attempt: a server or reader that has it already may drop it. No
reply is kept but its code, because the text may repeat the address.
"""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from typing import Final

from adapters.receipts.html import as_html
from adapters.receipts.text import as_text
from application.ports import receipts as ports
from application.ports.receipts import Delivery, Letter
from domain.sales.paper import WIDE_PAPER, plain
from domain.sales.receipt_log import MailState

TIMEOUT_S: Final = 20.0
FOR_GOOD: Final = 500
"""Replies from here on are for good; those below may be others later."""


class Security(StrEnum):
    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed over. Without a user nobody signs in."""

    host: str
    port: int
    security: Security
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


class LetterSender(ports.LetterSender):
    """One connection a letter: they are few, and each is told apart from the others' troubles."""

    def __init__(self, server: MailServer, context: Callable[[], ssl.SSLContext] = ssl.create_default_context) -> None:
        self._server = server
        self._context = context

    def send(self, letter: Letter, *, now: datetime) -> Delivery:
        try:
            with self._connected() as connection:
                connection.send_message(message_of(letter, sender=self._server.sender, now=now))
        except smtplib.SMTPRecipientsRefused as error:
            [(code, _)] = error.recipients.values()
            return _refused(code)
        except smtplib.SMTPDataError as error:
            return _refused(error.smtp_code)
        except smtplib.SMTPResponseException as error:
            # The server and this sender do not get on: the letter cannot help it.
            return Delivery(MailState.WAITING, error.smtp_code)
        except (smtplib.SMTPException, OSError):
            return Delivery(MailState.WAITING)
        return Delivery(MailState.SENT, 250)

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        connection: smtplib.SMTP
        if server.security is Security.IMPLICIT:
            connection = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=self._context())
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
        try:
            if server.security is Security.STARTTLS:
                connection.starttls(context=self._context())
            if server.user:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection


def message_of(letter: Letter, *, sender: str, now: datetime) -> EmailMessage:
    """The letter with its headers; the receipt is its text, and a page for readers that show one."""
    message = EmailMessage()
    message["Subject"] = plain(letter.receipt.title)
    message["From"] = sender
    message["To"] = letter.address
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<receipt.{letter.mark}@{sender.rpartition('@')[2].strip('> ')}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(as_text(letter.receipt, columns=WIDE_PAPER))
    message.add_alternative(as_html(letter.receipt), subtype="html")
    return message


def _refused(code: int) -> Delivery:
    return Delivery(MailState.REFUSED if code >= FOR_GOOD else MailState.WAITING, code)
