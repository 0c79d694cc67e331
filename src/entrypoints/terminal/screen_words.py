"""What the till's screen says, in English and in Chinese, and how amounts and quantities are keyed."""

from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from domain.shared.errors import Invalid
from domain.shared.money import minor_digits

DIGITS_MAX: Final = 12


class NotANumber(Invalid):
    en = "“{text}” is no {field}. Key digits, with a point where there are decimals."
    zh = "“{text}”不是有效的 {field}，请输入数字，小数请用小数点。"


class HowToPay(Invalid):
    en = "Key an amount for cash, or c (card), w (wallet), v (stored value), p (points) or g (gift card) before it."
    zh = "直接输入金额为现金；或在金额前加 c（银行卡）、w（电子支付）、v（储值）、p（积分）、g（礼品卡）。"


class HowToDiscount(Invalid):
    en = "Key “10% reason” or “5.00 reason” for the basket; put #2 before it for line 2."
    zh = "整单请输入“10% 原因”或“5.00 原因”；对第 2 行请在前面加 #2。"


class Mode(StrEnum):
    """What the line of entry is for."""

    SCAN = "scan"
    MEMBER = "member"
    COUPON = "coupon"
    DISCOUNT = "discount"
    QUANTITY = "quantity"
    PAY = "pay"


PROMPTS: Final = {
    Mode.SCAN: ("Scan or key a code; 3*CODE for three", "扫码或输入代码；3*代码 表示三件"),
    Mode.MEMBER: ("Member: card, phone or number", "会员：卡号、手机号或会员号"),
    Mode.COUPON: ("Coupon: scan or key its code", "优惠券：扫描或输入券码"),
    Mode.DISCOUNT: ("Discount: 10% reason, 5.00 reason, #2 10% reason", "折扣：10% 原因、5.00 原因、#2 10% 原因"),
    Mode.QUANTITY: ("Quantity of the last line, or #2 and its quantity", "最后一行的数量，或 #2 加数量"),
    Mode.PAY: (
        "Pay: amount (cash), c 55 A1 (card), w 20 REF (wallet), v 30, p 100, g CODE PIN 20; Enter: all in cash",
        "付款：金额（现金）、c 55 授权码（银行卡）、w 20 参考号（电子支付）、v 30（储值）、p 100（积分）、"
        "g 卡号 密码 20；回车：现金付清",
    ),
}

WORDS: Final = {
    "online": ("online", "在线"),
    "offline": (
        "OFFLINE since {since}: sales are kept here and sent later",
        "离线（自 {since}）：销售保存在本机，稍后上传",
    ),
    "shift": ("shift {number}", "第 {number} 班"),
    "no_shift": ("no shift: F12", "未开班：F12"),
    "not_sent": ("not yet sent: {count}", "未上传：{count}"),
    "quarantined": ("refused: {count} (call the office)", "被拒：{count}（请联系总部）"),
    "no_paper": ("PRINTER: {cause}; F11 prints again", "打印机：{cause}；按 F11 补打"),
    "unsettled": ("one sale waits for the server", "有一笔销售等待服务器答复"),
    "fetching": ("fetching the catalogue: {count} products", "正在获取商品目录：{count} 个商品"),
    "no_catalogue": ("no catalogue yet: connect the till once", "尚无商品目录：请先联网一次"),
    "number": ("#", "#"),
    "name": ("article", "商品"),
    "quantity": ("quantity", "数量"),
    "price": ("price", "单价"),
    "off": ("off", "优惠"),
    "amount": ("amount", "金额"),
    "total": ("TOTAL", "合计"),
    "due": ("still due", "还需支付"),
    "change": ("CHANGE", "找零"),
    "member": ("member", "会员"),
    "tier": ("tier", "等级"),
    "points": ("points", "积分"),
    "sold": ("Sold: {receipt}", "已售：{receipt}"),
    "kept": ("Kept here: {receipt}; it is sent when the line is back", "已保存：{receipt}，网络恢复后上传"),
    "why": ("why", "优惠说明"),
    "unprinted": ("{count} receipts may not have been printed: F11", "可能有 {count} 张小票未打印：F11"),
    "printed": ("{count} receipts printed again", "已补打 {count} 张小票"),
    "voided": ("The last line is out", "已删除最后一行"),
    "busy": ("One moment …", "请稍候…"),
}

KEYS: Final = {
    "f2": ("Member", "会员"),
    "f3": ("Coupon", "优惠券"),
    "f4": ("Discount", "折扣"),
    "f5": ("Qty", "数量"),
    "f6": ("Park", "挂单"),
    "f7": ("Resume", "取单"),
    "f8": ("Return", "退货"),
    "f9": ("Pay", "付款"),
    "f10": ("Void", "删末行"),
    "f11": ("Copy", "补打"),
    "f12": ("Shift", "班次"),
    "escape": ("Back", "返回"),
    "ctrl+q": ("Quit", "退出"),
}


def word(name: str, language: str, **values: object) -> str:
    """The word or sentence in the language."""
    return WORDS[name][_column(language)].format(**values)


def prompt(mode: Mode, language: str) -> str:
    return PROMPTS[mode][_column(language)]


def key_name(key: str, language: str) -> str:
    return KEYS[key][_column(language)]


def amount_of(text: str, currency: str) -> int:
    """Minor units of an amount as it is keyed; raises NotANumber."""
    return _scaled(text, minor_digits(currency), field="amount")


def quantity_of(text: str) -> int:
    """Thousandths of a quantity as it is keyed; raises NotANumber."""
    return _scaled(text, 3, field="quantity")


def whole_of(text: str, *, field: str) -> int:
    """A whole number as it is keyed; raises NotANumber."""
    return _scaled(text, 0, field=field)


def _scaled(text: str, digits: int, *, field: str) -> int:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise NotANumber(field, text=text) from None
    # Looked at before it is scaled: an exponent would be worked out to its last digit.
    if not value.is_finite() or value.adjusted() > DIGITS_MAX:
        raise NotANumber(field, text=text)
    scaled = value.scaleb(digits)
    if scaled != scaled.to_integral_value():
        raise NotANumber(field, text=text)
    return int(scaled)


def _column(language: str) -> int:
    return int(language.startswith("zh"))
