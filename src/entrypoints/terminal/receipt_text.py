"""A receipt as plain text of 42 columns, as the roll of a till printer has it; Chinese characters take two columns."""

import unicodedata
from typing import Final
from zoneinfo import ZoneInfo

from domain.sales.receipt import masked_member
from liansuo.sales.v1 import sales_pb2 as pb2

COLUMNS: Final = 42
MINOR_DIGITS: Final = {"JPY": 0, "KRW": 0, "VND": 0, "BHD": 3, "KWD": 3}
"""Currencies that do not have two digits (ISO 4217)."""

COPY: Final = "*** COPY 副本 ***"

WORDS: Final = {
    "total": ("TOTAL", "合计"),
    "tax": ("of it tax", "其中税额"),
    "off": ("you saved", "已优惠"),
    "rounding": ("rounding", "抹零"),
    "tip": ("tip", "小费"),
    "change": ("change", "找零"),
    "member": ("member", "会员"),
    "points": ("points earned", "本次积分"),
    "balance": ("points balance", "积分余额"),
    "offline": ("Made without connection; points follow.", "离线销售，积分稍后到账。"),
    "refund": ("RETURN", "退货"),
}
TENDERS: Final = {
    pb2.TENDER_KIND_CASH: ("cash", "现金"),
    pb2.TENDER_KIND_CARD: ("card", "银行卡"),
    pb2.TENDER_KIND_WALLET: ("wallet", "电子支付"),
    pb2.TENDER_KIND_POINTS: ("points", "积分"),
    pb2.TENDER_KIND_STORED_VALUE: ("stored value", "储值"),
    pb2.TENDER_KIND_GIFT_CARD: ("gift card", "礼品卡"),
    pb2.TENDER_KIND_MANUFACTURER_COUPON: ("manufacturer coupon", "厂家券"),
    pb2.TENDER_KIND_BANK_TRANSFER: ("bank transfer", "转账"),
    pb2.TENDER_KIND_ON_ACCOUNT: ("on account", "挂账"),
    pb2.TENDER_KIND_POINTS_SHORTFALL: ("points kept back", "积分抵扣"),
    pb2.TENDER_KIND_DEPOSIT: ("deposit", "订金"),
    pb2.TENDER_KIND_VOUCHER: ("voucher", "代金券"),
}
OTHER_TENDER: Final = ("other", "其他")
"""What a newer server knows: the sale is stored, and its receipt is printed."""


def receipt_text(sale: pb2.Sale, *, time_zone: str, language: str) -> str:
    """The receipt of a stored sale or refund, or of one made without connection; of a member, the end of the number."""
    chinese = int(language.startswith("zh"))

    def word(name: str) -> str:
        return WORDS[name][chinese]

    def money(amount_minor: int) -> str:
        return amount_text(amount_minor, sale.currency)

    sold_at = sale.sold_at.ToDatetime().replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(time_zone))
    lines = [f"{sale.store_code}  {sale.receipt_number}", f"{sold_at:%Y-%m-%d %H:%M}", "-" * COLUMNS]
    if sale.kind == pb2.SALE_KIND_REFUND:
        lines.insert(0, f"*** {word('refund')} ***")
    for line in sale.lines:
        lines.append(line.name)
        quantity = f"  {quantity_text(line.quantity_milli)} x {money(line.unit_price_minor)}"
        lines.append(_beside(quantity, money(line.gross_minor)))
        lines += [_beside(f"  {one.name}", money(-one.amount_minor)) for one in line.discounts if one.amount_minor]
    lines.append("-" * COLUMNS)
    lines.append(_beside(f"{word('total')} {sale.currency}", money(sale.total_minor)))
    lines.append(_beside(f"  {word('tax')}", money(sale.tax_minor)))
    if sale.discount_minor:
        lines.append(_beside(f"  {word('off')}", money(sale.discount_minor)))
    if sale.tip_minor:
        lines.append(_beside(word("tip"), money(sale.tip_minor)))
    for tender in sale.tenders:
        lines.append(_beside(TENDERS.get(tender.kind, OTHER_TENDER)[chinese], money(tender.amount_minor)))
    if sale.rounding_minor:
        lines.append(_beside(word("rounding"), money(sale.rounding_minor)))
    if sale.change_minor:
        lines.append(_beside(word("change"), money(sale.change_minor)))
    if sale.member_number:
        lines.append(_beside(word("member"), masked_member(sale.member_number)))
        if not sale.uploaded:
            lines.append(_beside(word("points"), str(sale.points_earned)))
            lines.append(_beside(word("balance"), str(sale.points_balance)))
    if sale.uploaded:
        lines.append(word("offline"))
    return "\n".join(lines) + "\n"


def copy_of(receipt: str) -> str:
    """A receipt that may have been printed before, marked as a copy."""
    return f"{COPY}\n{receipt}"


def amount_text(amount_minor: int, currency: str) -> str:
    """An amount in major units, as it is written in the currency: 1234 CNY is "12.34"."""
    digits = MINOR_DIGITS.get(currency, 2)
    if not digits:
        return str(amount_minor)
    whole, part = divmod(abs(amount_minor), 10**digits)
    return f"{'-' if amount_minor < 0 else ''}{whole}.{part:0{digits}d}"


def quantity_text(quantity_milli: int) -> str:
    """A quantity in units of measure, without zeros that say nothing: 1500 is "1.5"."""
    whole, part = divmod(abs(quantity_milli), 1_000)
    sign = "-" if quantity_milli < 0 else ""
    return f"{sign}{whole}.{part:03d}".rstrip("0") if part else f"{sign}{whole}"


def width(text: str) -> int:
    """Columns that a text takes."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _beside(left: str, right: str) -> str:
    while left and width(left) + width(right) + 1 > COLUMNS:
        left = left[:-1]
    return left + " " * (COLUMNS - width(left) - width(right)) + right
