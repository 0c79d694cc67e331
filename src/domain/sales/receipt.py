"""A receipt laid out once, from a stored sale, refund or void; whoever prints it, server or till, lays it out here.

    receipt = receipt_of(printed, letterhead=letterhead, language=ReceiptLanguage.ZH)
    lines = on_paper(receipt, columns=NARROW_PAPER)

The parts know nothing of their paper. `on_paper` sets them in columns for printers and pages; what has tables of its
own takes the parts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from domain.sales.paper import PaperLine, pair, plain, wrapped
from domain.sales.receipt_words import WORDS, ReceiptLanguage, Words
from domain.sales.sale import SaleKind, TenderKind
from domain.shared.applied import STAFF_PURCHASE, TAX_EXEMPTION, AppliedDiscount, AppliedTax
from domain.shared.money import minor_digits

SHOWN_OF_MEMBER: Final = 4
"""Characters of a member's number that stand on a receipt: its end."""
WITH_REFERENCE: Final = frozenset(
    {TenderKind.CARD, TenderKind.WALLET, TenderKind.BANK_TRANSFER, TenderKind.GIFT_CARD, TenderKind.MANUFACTURER_COUPON}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What a store prints above and below every receipt; whatever is empty is left out."""

    store_name: str
    seller: str = ""
    address: str = ""
    tax_number: str = ""
    header: Sequence[str] = ()
    footer: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedLine:
    """A line of the document; `quantity_milli` is zero where it carries money and no goods."""

    name: str
    quantity_milli: int
    unit_price_minor: int
    gross_minor: int
    discounts: Sequence[AppliedDiscount] = ()
    taxes: Sequence[AppliedTax] = ()
    gift: bool = False
    serial_numbers: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class PrintedTender:
    """`kind` is None for one that only a newer program knows."""

    kind: TenderKind | None
    amount_minor: int
    points: int = 0
    reference: str = ""


@dataclass(frozen=True, slots=True)
class PrintedCoupon:
    """A coupon that was used, or one for the next purchase, until an ISO date; `code` as it may be read by others."""

    name: str
    code: str
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A sale, refund or void as it is printed. Amounts in minor units of `currency`, negative for what comes back.

    `sold_at` is in the store's time. `points_balance` is None where nobody knows it yet: without connection.
    `print_number` is 1 for the original; every later print is a copy. `code` is what the QR code says, empty for none.
    """

    kind: SaleKind
    receipt_number: str
    original_receipt_number: str = ""
    terminal_code: str
    cashier_code: str = ""
    currency: str
    business_date: str
    sold_at: datetime
    offline: bool = False
    lines: Sequence[PrintedLine]
    tenders: Sequence[PrintedTender]
    gross_minor: int
    discount_minor: int
    rounding_minor: int
    total_minor: int
    change_minor: int
    tip_minor: int = 0
    member_number: str = ""
    points_earned: int = 0
    points_redeemed: int = 0
    points_balance: int | None = 0
    coupons_used: Sequence[PrintedCoupon] = ()
    coupons_awarded: Sequence[PrintedCoupon] = ()
    print_number: int = 1
    code: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    centred: bool = False
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """`left` with `right` at the right edge: a name and its amount."""

    left: str
    right: str
    indent: int = 0
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper."""


@dataclass(frozen=True, slots=True)
class Qr:
    payload: str


Part: TypeAlias = Text | Pair | Rule | Qr


@dataclass(frozen=True, slots=True)
class Receipt:
    """`title` says what it is, for whatever has a name for its documents."""

    title: str
    language: ReceiptLanguage
    parts: tuple[Part, ...]


def receipt_of(printed: Printed, *, letterhead: Letterhead, language: ReceiptLanguage) -> Receipt:
    """The receipt of a document; the amounts on it add up to what the document says, and nobody is named on it."""
    words = WORDS[language]
    copy = words["copy"].format(number=printed.print_number - 1) if printed.print_number > 1 else ""
    parts: list[Part] = [
        *_head(printed, letterhead, words, copy),
        Rule(),
        *[part for line in printed.lines for part in _line(line, printed.currency, words)],
        Rule(),
        *_sums(printed, words),
        *_payment(printed, words),
        *_taxes(printed, words),
        *_of_member(printed, words),
        *_coupons(printed, words),
    ]
    if letterhead.footer:
        parts += [Rule(), *[Text(line, centred=True) for line in letterhead.footer]]
    if printed.code:
        parts.append(Qr(printed.code))
    if copy:
        parts.append(Text(copy, centred=True, strong=True))
    return Receipt(f"{words[printed.kind]} {printed.receipt_number}", language, tuple(parts))


def on_paper(receipt: Receipt, *, columns: int) -> list[PaperLine | Qr]:
    """The lines of a receipt on paper of so many columns (32 or 48), and the QR codes between them."""
    placed: list[PaperLine | Qr] = []
    for part in receipt.parts:
        match part:
            case Text(text, centred, strong):
                placed += [PaperLine(line, strong=strong, centred=centred) for line in wrapped(text, columns)]
            case Pair(left, right, indent, strong):
                placed += pair(left, right, columns=columns, indent=indent, strong=strong)
            case Rule():
                placed.append(PaperLine("-" * columns))
            case Qr():
                placed.append(part)
    return placed


def amount_text(amount_minor: int, currency: str) -> str:
    """An amount in major units with the digits of its currency: -1,234.50, or 1,235 yen."""
    digits = minor_digits(currency)
    sign = "-" if amount_minor < 0 else ""
    major, minor = divmod(abs(amount_minor), 10**digits)
    return f"{sign}{major:,}.{minor:0{digits}}" if digits else f"{sign}{major:,}"


def quantity_text(quantity_milli: int) -> str:
    """A quantity without needless digits: 2, 0.375, -1.5."""
    sign = "-" if quantity_milli < 0 else ""
    whole, milli = divmod(abs(quantity_milli), 1_000)
    return f"{sign}{whole}.{milli:03}".rstrip("0") if milli else f"{sign}{whole}"


def rate_text(rate_ppm: int) -> str:
    """A rate in per cent: 13, 6.5."""
    whole, rest = divmod(rate_ppm, 10_000)
    return f"{whole}.{rest:04}".rstrip("0") if rest else str(whole)


def masked_member(member_number: str) -> str:
    """The end of a member's number; of a short one its last character."""
    shown = SHOWN_OF_MEMBER if len(member_number) > SHOWN_OF_MEMBER else 1
    return "*" * max(len(member_number) - shown, 0) + member_number[-shown:]


def _head(printed: Printed, letterhead: Letterhead, words: Words, copy: str) -> Iterator[Part]:
    if letterhead.seller:
        yield Text(letterhead.seller, centred=True, strong=True)
    yield Text(letterhead.store_name, centred=True, strong=not letterhead.seller)
    if letterhead.address:
        yield Text(letterhead.address, centred=True)
    if letterhead.tax_number:
        yield Text(f"{words['tax_number']} {letterhead.tax_number}", centred=True)
    for line in letterhead.header:
        yield Text(line, centred=True)
    yield Text(words[printed.kind], centred=True, strong=True)
    if copy:
        yield Text(copy, centred=True, strong=True)
    yield Pair(words["number"], printed.receipt_number)
    if printed.original_receipt_number:
        yield Pair(words["original"], printed.original_receipt_number)
    yield Pair(words["date"], f"{printed.sold_at:%Y-%m-%d %H:%M}")
    if printed.business_date != f"{printed.sold_at:%Y-%m-%d}":
        yield Pair(words["business_date"], printed.business_date)
    yield Pair(words["terminal"], printed.terminal_code)
    if printed.cashier_code:
        yield Pair(words["cashier"], printed.cashier_code)
    if printed.offline:
        yield Text(words["offline"])


def _line(line: PrintedLine, currency: str, words: Words) -> Iterator[Part]:
    gross = amount_text(line.gross_minor, currency)
    if line.quantity_milli:
        yield Text(f"{words['gift']}: {line.name}" if line.gift else line.name)
        yield Pair(
            f"{quantity_text(line.quantity_milli)} x {amount_text(line.unit_price_minor, currency)}", gross, indent=2
        )
    else:
        yield Pair(line.name, gross)
    for serial_number in line.serial_numbers:
        yield Text(words["serial_number"].format(number=serial_number))
    for discount in line.discounts:
        # A gift names its promotion, with nothing off.
        if discount.amount_minor:
            yield Pair(_discount_told(discount, words), amount_text(-discount.amount_minor, currency), indent=2)


def _discount_told(discount: AppliedDiscount, words: Words) -> str:
    if discount.code == TAX_EXEMPTION:
        return words["tax_relief"]
    if discount.code == STAFF_PURCHASE:
        return words["staff_purchase"].format(code=discount.name)
    return discount.name or discount.code


def _sums(printed: Printed, words: Words) -> Iterator[Part]:
    currency = printed.currency
    added = printed.total_minor - printed.gross_minor + printed.discount_minor
    if printed.discount_minor or added:
        yield Pair(words["gross"], amount_text(printed.gross_minor, currency))
    if printed.discount_minor:
        yield Pair(words["discounts"], amount_text(-printed.discount_minor, currency))
    if added:
        yield Pair(words["tax_added"], amount_text(added, currency))
    yield Pair(words["total"].format(currency=currency), amount_text(printed.total_minor, currency), strong=True)
    if printed.rounding_minor:
        yield Pair(words["rounding"], amount_text(printed.rounding_minor, currency))
    if printed.tip_minor:
        yield Pair(words["tip"], amount_text(printed.tip_minor, currency))
    if printed.rounding_minor or printed.tip_minor:
        payable = printed.total_minor + printed.rounding_minor + printed.tip_minor
        yield Pair(words["payable"], amount_text(payable, currency), strong=True)


def _payment(printed: Printed, words: Words) -> Iterator[Part]:
    if printed.tenders:
        yield Text(words["paid" if printed.kind is SaleKind.SALE else "repaid"])
    for tender in printed.tenders:
        name = (
            words["points_of"].format(points=f"{tender.points:,}")
            if tender.points
            else words[tender.kind or "other_tender"]
        )
        if tender.reference and tender.kind in WITH_REFERENCE:
            name = f"{name} {tender.reference}"
        yield Pair(name, amount_text(tender.amount_minor, printed.currency), indent=2)
    if printed.change_minor:
        yield Pair(words["change"], amount_text(printed.change_minor, printed.currency), strong=True)


def _taxes(printed: Printed, words: Words) -> Iterator[Part]:
    """The certificate of who pays none; one row for each tax and rate, in the order of their codes."""
    sums: dict[tuple[str, int], list[int]] = {}
    for line in printed.lines:
        for tax in line.taxes:
            of_rate = sums.setdefault((tax.code, tax.rate_ppm), [0, 0])
            of_rate[0] += tax.base_minor
            of_rate[1] += tax.tax_minor
    certificates = {one.name for line in printed.lines for one in line.discounts if one.code == TAX_EXEMPTION}
    for certificate in sorted(certificates):
        yield Text(words["tax_exempt"].format(certificate=certificate))
    if sums:
        yield Text(words["taxes"])
    for (code, rate_ppm), (base, tax_minor) in sorted(sums.items()):
        told = words["tax"].format(code=code, rate=rate_text(rate_ppm), base=amount_text(base, printed.currency))
        yield Pair(told, amount_text(tax_minor, printed.currency), indent=2)


def _of_member(printed: Printed, words: Words) -> Iterator[Part]:
    if not printed.member_number:
        return
    yield Rule()
    yield Pair(words["member"], masked_member(printed.member_number))
    if printed.points_earned:
        yield Pair(words["points_earned"], f"{printed.points_earned:,}")
    if printed.points_redeemed:
        yield Pair(words["points_redeemed"], f"{printed.points_redeemed:,}")
    if printed.points_balance is None:
        yield Text(words["points_follow"])
    else:
        yield Pair(words["points_balance"], f"{printed.points_balance:,}")


def _coupons(printed: Printed, words: Words) -> Iterator[Part]:
    for used in printed.coupons_used:
        yield Pair(words["coupon_used"].format(name=used.name), used.code)
    for awarded in printed.coupons_awarded:
        yield Text(words["coupon_awarded"].format(name=awarded.name), strong=True)
        yield Pair(words["coupon_until"].format(until=awarded.until) if awarded.until else "", awarded.code, indent=2)


def code_line(receipt: Receipt, payload: str) -> str:
    """What stands in place of a QR code where there are only characters."""
    return plain(f"{WORDS[receipt.language]['code']}: {payload}")
