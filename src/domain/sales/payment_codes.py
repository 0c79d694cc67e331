"""Codes that customers show to pay from their phones; they live a minute, and are no card numbers."""

import re
from typing import Final

WECHAT_PAY_CODE: Final = re.compile(r"1[0-5]\d{16}", re.ASCII)
"""Source: pay.weixin.qq.com, 付款码支付, payer.auth_code."""
ALIPAY_CODE: Final = re.compile(r"(?:2[5-9]|30)\d{14,22}", re.ASCII)
"""Source: opendocs.alipay.com, alipay.trade.pay, auth_code."""
CARD_LENGTH: Final = 16
"""Cards that begin with 25 to 27 have so many digits; no card with more begins as a code does (ISO/IEC 7812-1)."""


def is_payment_code(text: str) -> bool:
    """Whether `text` can only be a payment code, one in ten of which satisfies the Luhn check as a card number does."""
    return bool(WECHAT_PAY_CODE.fullmatch(text) or (ALIPAY_CODE.fullmatch(text) and len(text) > CARD_LENGTH))
