"""Receipts by e-mail: asked for in a transaction, sent by a job, tried again, and never by two workers at once.

A letter is asked for once per request id. A worker takes it for ten minutes, sends it outside the transaction, and says
how that ended. One that is killed in between leaves it to be sent again, under the same Message-ID.
"""

from dataclasses import dataclass
from typing import Final

from application.fields import optional_name
from application.ports.kernel import UnitOfWork
from application.ports.receipts import Delivery, Letter
from application.sales.receipts import document_of, laid_out, printed, receipt_language
from application.sales.views import SaleView
from domain.sales.receipt_log import (
    MAIL_LEASE,
    MailState,
    ReceiptFormat,
    ReceiptMail,
    after_attempt,
)
from domain.shared.errors import Invalid, Rejected

MAILS_MAX: Final = 20
"""Letters of one document."""
ADDRESS_CHARACTERS_MAX: Final = 200
LOCAL_CHARACTERS_MAX: Final = 64


class InvalidAddress(Invalid):
    en = "This is no e-mail address. Write it as name@example.com, without spaces."
    zh = "这不是有效的电子邮件地址，请按 name@example.com 的形式填写，不含空格。"


class NoAddressKnown(Rejected):
    en = "No e-mail address is known of this customer. Ask for one and send it as address."
    zh = "该顾客没有电子邮件地址，请询问后填入 address。"


class TooManyMails(Rejected):
    en = "The receipt of this document was sent {count} times; more are refused. Print it instead."
    zh = "此单据的小票已发送 {count} 次，不能再发送，请改为打印。"


@dataclass(frozen=True, slots=True)
class SendReceipt:
    """`address` as typed at the till; empty for the member's own."""

    sale_id: int = 0
    receipt_code: str = ""
    address: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptToSend:
    """What was asked for; how it ended is told by GetReceipt."""

    mail_id: int
    sale_id: int
    receipt_number: str
    print_number: int


@dataclass(frozen=True, slots=True)
class TakeLetter:
    pass


@dataclass(frozen=True, slots=True)
class FinishLetter:
    mail_id: int
    attempt: int
    delivery: Delivery


def send_receipt(uow: UnitOfWork, command: SendReceipt) -> ReceiptToSend:
    """Has the receipt sent by e-mail, as its next print.

    Raises UnknownSale, WrongReceiptCode, InvalidAddress, NoAddressKnown, TooManyMails, TooManyPrints.
    """
    language = receipt_language(command.language or uow.caller.language)
    address = checked_address(command.address)
    uow.refresh()
    sale = document_of(uow, command.sale_id, command.receipt_code)
    if not address and not _own_address(uow, sale):
        raise NoAddressKnown("address")
    number = printed(uow, sale, uow.request_id, ReceiptFormat.EMAIL).number
    count = len(uow.receipts.mails(sale.sale_id))
    if count >= MAILS_MAX:
        raise TooManyMails("sale_id", count=count)
    mail_id = uow.new_id()
    cipher = uow.keys.encrypt(address, _context(mail_id)) if address else b""
    now = uow.now
    uow.receipts.record_mail(
        ReceiptMail(mail_id, sale.sale_id, number, language, cipher, MailState.WAITING, 0, now, 0, now, None)
    )
    uow.publish("ReceiptMailRequested", sale.sale_id, {"mail_id": mail_id, "print_number": number})
    return ReceiptToSend(mail_id, sale.sale_id, sale.receipt_number, number)


def take_letter(uow: UnitOfWork, command: TakeLetter) -> Letter | None:
    """The next letter that is due, for this worker alone for ten minutes; None when none is.

    One that has nobody to go to is finished here, and the next one is looked at.
    """
    uow.refresh()
    while (mail := uow.receipts.next_mail(until=uow.now + MAIL_LEASE)) is not None:
        found = uow.sales_history.document(sale_id=mail.sale_id)
        assert found is not None
        sale = found.sale
        if mail.address_cipher:
            address = uow.keys.decrypt(mail.address_cipher, _context(mail.mail_id))
        else:
            address = _own_address(uow, sale)
        if not address:
            _finish(uow, mail, MailState.REFUSED, reply_code=0)
            continue
        receipt = laid_out(uow, sale, language=receipt_language(mail.language), print_number=mail.print_number)
        mark = uow.keys.sign("receipt mail", str(mail.mail_id).encode())[:8].hex()
        return Letter(mail.mail_id, mail.attempts, address, f"{mail.mail_id}.{mark}", receipt)
    return None


def finish_letter(uow: UnitOfWork, command: FinishLetter) -> MailState:
    """Leaves how an attempt ended; that of a worker which slept through its ten minutes counts only if it was sent."""
    mail = uow.receipts.lock_mail(command.mail_id)
    delivery = command.delivery
    late = mail.attempts != command.attempt and delivery.outcome is not MailState.SENT
    if mail.state is not MailState.WAITING or late:
        return mail.state
    return _finish(uow, mail, delivery.outcome, reply_code=delivery.reply_code).state


def letters_due(uow: UnitOfWork, query: TakeLetter) -> bool:
    """Whether any letter is due."""
    return uow.receipts.mail_due()


def checked_address(address: str) -> str:
    """The address without the space around it; empty for none. Nothing in it can end a line or begin another field."""
    address = optional_name(address, field="address")
    if not address:
        return ""
    local, at, domain = address.rpartition("@")
    plain = address.isascii() and not any(one.isspace() or one in '<>()[]\\,;:"@' for one in local + domain)
    if not (at and plain and 0 < len(local) <= LOCAL_CHARACTERS_MAX and all(domain.split(".")) and "." in domain):
        raise InvalidAddress("address")
    return address


def _finish(uow: UnitOfWork, mail: ReceiptMail, outcome: MailState, *, reply_code: int) -> ReceiptMail:
    ended = after_attempt(mail, outcome, reply_code=reply_code, now=uow.now)
    uow.receipts.update_mail(ended)
    if ended.state is not MailState.WAITING:
        told = {"mail_id": mail.mail_id, "state": ended.state.value, "reply_code": reply_code}
        uow.publish("ReceiptMailFinished", mail.sale_id, told)
    return ended


def _own_address(uow: UnitOfWork, sale: SaleView) -> str:
    file = uow.members.find(sale.member_number) if sale.member_number else None
    return file.member.email if file is not None else ""


def _context(mail_id: int) -> str:
    return f"receipt_mails|address|{mail_id}"
