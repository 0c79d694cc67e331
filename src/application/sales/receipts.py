"""Printing receipts: laid out from what is stored, every print in the log, all but the first marked as a copy."""

from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from application.fields import required_code
from application.policies import Policies
from application.ports.kernel import UnitOfWork
from application.ports.privacy import Keys
from application.sales.receipt_views import LaidOutReceipt, MailView, PrintView, ReceiptFound
from application.sales.views import SaleView, UnknownSale
from domain.identity.organisation import Store
from domain.pricing.coupon import masked
from domain.sales.paper import PAPERS, WIDE_PAPER
from domain.sales.receipt import Letterhead, Printed, PrintedCoupon, PrintedLine, PrintedTender, Receipt, receipt_of
from domain.sales.receipt_log import PRINTS_MAX, ReceiptFormat, ReceiptMail, ReceiptPrint
from domain.sales.receipt_words import ReceiptLanguage
from domain.shared.errors import Conflict, Invalid, Rejected
from domain.shared.period import zone

CHECK_BYTES: Final = 5
"""Of the signature, in the code of a receipt: 8 characters, one chance in a million million of guessing them."""
CODE_CHARACTERS_MAX: Final = 128
SALE_ID_DIGITS_MAX: Final = 18


class NoSuchPaper(Invalid):
    en = "Paper has 32 columns (58 mm) or 48 (80 mm), not {columns}. Leave it empty for 48."
    zh = "纸宽为 32 列（58 毫米）或 48 列（80 毫米），不能是 {columns}。留空即为 48 列。"


class UnknownReceiptLanguage(Invalid):
    en = "A receipt is printed in en or zh, not “{language}”. Leave it empty for the caller's language."
    zh = "小票语言只能是 en 或 zh，不能是“{language}”。留空即使用调用方的语言。"


class SaleOrCode(Invalid):
    en = "Send either sale_id or receipt_code, and only one of them."
    zh = "必须且只能提供 sale_id 或 receipt_code 之一。"


class MailIsSent(Invalid):
    en = "A receipt by e-mail is not rendered here. Use SendReceipt."
    zh = "电子邮件小票不在此生成，请使用 SendReceipt。"


class WrongReceiptCode(Invalid):
    en = "This is no code of a receipt of this chain. Scan it again, or type the number of the receipt."
    zh = "这不是本连锁小票上的代码，请重新扫描，或输入小票号。"


class NotAPrintId(Invalid):
    en = "A print_id is a UUID such as 0b6c7e0e-8f5b-4c36-9f0e-3a1d5a0f7c11, made by the till."
    zh = "print_id 应为终端生成的 UUID，例如 0b6c7e0e-8f5b-4c36-9f0e-3a1d5a0f7c11。"


class PrintIdReused(Conflict):
    en = "print_id {print_id} was used for this document in another format. Send a new id for a new print."
    zh = "print_id {print_id} 已用于此单据的另一种格式。重新打印请使用新的 id。"


class TooManyPrints(Rejected):
    en = "This document was printed {count} times; more are refused. Look at its prints with GetReceipt."
    zh = "此单据已打印 {count} 次，不能再打印。请用 GetReceipt 查看打印记录。"


@dataclass(frozen=True, slots=True)
class RenderReceipt:
    """`print_id` is made by the till and kept for every retry: the same print comes again, with the same number."""

    print_id: str
    format: ReceiptFormat
    sale_id: int = 0
    receipt_code: str = ""
    columns: int = 0
    language: str = ""


@dataclass(frozen=True, slots=True)
class GetReceipt:
    sale_id: int = 0
    receipt_code: str = ""


def render_receipt(uow: UnitOfWork, command: RenderReceipt) -> LaidOutReceipt:
    """The receipt of a stored sale, refund or void, as the next print of it; the first one is the original.

    Raises UnknownSale, WrongReceiptCode, PrintIdReused, TooManyPrints, and the refusals of single fields.
    """
    print_id = _print_id(command.print_id)
    if command.format is ReceiptFormat.EMAIL:
        raise MailIsSent("format")
    columns = command.columns or WIDE_PAPER
    if columns not in PAPERS:
        raise NoSuchPaper("columns", columns=columns)
    language = receipt_language(command.language or uow.caller.language)
    uow.refresh()
    sale = document_of(uow, command.sale_id, command.receipt_code)
    number = printed(uow, sale, print_id, command.format).number
    receipt = laid_out(uow, sale, language=language, print_number=number)
    return LaidOutReceipt(sale.sale_id, sale.receipt_number, number, receipt, command.format, columns)


def get_receipt(uow: UnitOfWork, query: GetReceipt) -> ReceiptFound:
    """The document that a receipt's code or an id leads to, and its prints, the original first."""
    sale = document_of(uow, query.sale_id, query.receipt_code)
    return ReceiptFound(
        sale.sale_id,
        sale.receipt_number,
        receipt_code(uow.keys, sale),
        sale.store_code,
        sale.business_date,
        [_print_view(uow, one) for one in uow.receipts.prints(sale.sale_id)],
        [_mail_view(one) for one in uow.receipts.mails(sale.sale_id)],
    )


def printed(uow: UnitOfWork, sale: SaleView, print_id: str, form: ReceiptFormat) -> ReceiptPrint:
    """The print that this caller's `print_id` stands for: the one that there is already, or the next one."""
    uow.receipts.lock(sale.sale_id)
    prints = uow.receipts.prints(sale.sale_id)
    caller = uow.caller
    for one in prints:
        if (one.print_id, one.caller_id) == (print_id, caller.caller_id):
            if one.format is not form:
                raise PrintIdReused("print_id", print_id=print_id)
            return one
    if len(prints) >= PRINTS_MAX:
        raise TooManyPrints("sale_id", count=len(prints))
    new = ReceiptPrint(sale.sale_id, len(prints) + 1, print_id, form, caller.caller_id, caller.staff_id, uow.now)
    uow.receipts.record(new)
    return new


def laid_out(uow: UnitOfWork, sale: SaleView, *, language: ReceiptLanguage, print_number: int) -> Receipt:
    """The receipt of a document in its store; whole codes of coupons stand on the original only."""
    chain = uow.chain
    store = chain.stores[chain.store_ids[sale.store_code]]
    policies = chain.policies(store.store_id)
    awarded = uow.receipts.coupons_awarded(sale.sale_id)
    if print_number > 1:
        awarded = [replace(one, code=masked(one.code)) for one in awarded]
    of_original = uow.receipts.receipt_number(sale.original_sale_id) if sale.original_sale_id else ""
    told = printed_sale(
        sale,
        store,
        original_receipt_number=of_original,
        coupons_awarded=awarded,
        print_number=print_number,
        code=policies.receipt_link + receipt_code(uow.keys, sale),
    )
    return receipt_of(told, letterhead=letterhead_of(store, policies), language=language)


def letterhead_of(store: Store, policies: Policies) -> Letterhead:
    """What a store prints above and below, as its settings say."""
    return Letterhead(
        store_name=store.name,
        seller=policies.receipt_seller,
        address=policies.receipt_address,
        tax_number=policies.receipt_tax_number,
        header=policies.receipt_header,
        footer=policies.receipt_footer,
    )


def printed_sale(
    sale: SaleView,
    store: Store,
    *,
    original_receipt_number: str = "",
    coupons_awarded: Sequence[PrintedCoupon] = (),
    print_number: int = 1,
    code: str = "",
) -> Printed:
    """A document as its receipt tells it; a till that has sold without connection makes it from its own record."""
    return Printed(
        kind=sale.kind,
        receipt_number=sale.receipt_number,
        original_receipt_number=original_receipt_number,
        terminal_code=sale.terminal_code,
        cashier_code=sale.cashier_code,
        currency=sale.currency,
        business_date=sale.business_date,
        sold_at=sale.sold_at.astimezone(zone(store.time_zone)),
        offline=sale.uploaded,
        lines=[
            PrintedLine(
                name=line.name,
                quantity_milli=line.quantity_milli,
                unit_price_minor=line.unit_price_minor,
                gross_minor=line.gross_minor,
                discounts=line.discounts,
                taxes=line.taxes,
                gift=bool(line.gift_promotion_code),
                serial_numbers=line.serial_numbers,
            )
            for line in sale.lines
        ],
        tenders=[PrintedTender(one.kind, one.amount_minor, one.points, one.reference) for one in sale.tenders],
        gross_minor=sale.gross_minor,
        discount_minor=sale.discount_minor,
        rounding_minor=sale.rounding_minor,
        total_minor=sale.total_minor,
        change_minor=sale.change_minor,
        tip_minor=sale.tip_minor,
        member_number=sale.member_number,
        points_earned=sale.points_earned,
        points_redeemed=sale.points_redeemed,
        points_balance=sale.points_balance,
        coupons_used=[PrintedCoupon(one.batch_name, one.code) for one in sale.coupons if one.redeemed],
        coupons_awarded=coupons_awarded,
        print_number=print_number,
        code=code,
    )


def receipt_code(keys: Keys, sale: SaleView) -> str:
    """What the QR code says: number, id and a check value that only this chain can make; nothing about anybody."""
    said = f"{sale.sale_id}|{sale.receipt_number}|{sale.business_date}".encode()
    check = b32encode(keys.sign("receipt code", said)[:CHECK_BYTES]).decode()
    return f"{sale.receipt_number}.{sale.sale_id}.{check}"


def receipt_language(language: str) -> ReceiptLanguage:
    """The language, by "en" or "zh"; raises UnknownReceiptLanguage."""
    try:
        return ReceiptLanguage(language)
    except ValueError:
        raise UnknownReceiptLanguage("language", language=language[:16]) from None


def document_of(uow: UnitOfWork, sale_id: int, code: str) -> SaleView:
    """The document that an id or the code of a receipt names; raises SaleOrCode, UnknownSale or WrongReceiptCode."""
    if bool(sale_id) == bool(code):
        raise SaleOrCode("sale_id")
    if sale_id:
        found = uow.sales_history.document(sale_id=sale_id)
        if found is None:
            raise UnknownSale("sale_id")
        return found.sale
    # What the QR code of a receipt opens ends with its code.
    code = code.strip()
    _, _, digits = code[-CODE_CHARACTERS_MAX:].rpartition(".")[0].rpartition(".")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= SALE_ID_DIGITS_MAX):
        raise WrongReceiptCode("receipt_code")
    found = uow.sales_history.document(sale_id=int(digits))
    if found is None or not code.upper().endswith(receipt_code(uow.keys, found.sale).upper()):
        raise WrongReceiptCode("receipt_code")
    return found.sale


def _print_id(text: str) -> str:
    try:
        return str(UUID(required_code(text, field="print_id")))
    except ValueError:
        raise NotAPrintId("print_id") from None


def _print_view(uow: UnitOfWork, one: ReceiptPrint) -> PrintView:
    chain = uow.chain
    return PrintView(
        one.number,
        one.format,
        chain.caller_codes.get(one.caller_id, ""),
        chain.staff_codes.get(one.staff_id, "") if one.staff_id is not None else "",
        one.printed_at,
    )


def _mail_view(one: ReceiptMail) -> MailView:
    return MailView(
        one.mail_id, one.print_number, one.state, one.attempts, one.reply_code, one.requested_at, one.finished_at
    )
