"""A gift card that was opened with its PIN, as a token that pays for a quarter of an hour.

The PIN is tried when the card is opened, in a transaction of its own in which a wrong one counts. The sale that follows
carries the token: it is signed, not stored, and says which card it is and until when.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from struct import Struct
from typing import Final

from application.ports.privacy import Keys
from domain.shared.errors import Invalid, Rejected

PURPOSE: Final = "gift_card_token"
SIGNATURE_BYTES: Final = 32
TOKEN_CHARACTERS: Final = 64
_CONTENT: Final = Struct(">qq")
"""Card id, and the second in which the token expires."""


class InvalidGiftCardToken(Invalid):
    en = "This is no token of an opened gift card. Open the card with its PIN and send the token that comes back."
    zh = "礼品卡令牌无效。请用 PIN 打开礼品卡，并发送返回的令牌。"


class GiftCardTokenExpired(Rejected):
    en = "The gift card was opened too long ago. Open it with its PIN again."
    zh = "礼品卡打开时间过久，请重新输入 PIN 打开。"


def gift_card_token(keys: Keys, card_id: int, *, expires_at: datetime) -> str:
    """The token of a card that may pay until then, to whole seconds."""
    data = _CONTENT.pack(card_id, int(expires_at.timestamp()))
    return urlsafe_b64encode(keys.sign(PURPOSE, data) + data).decode()


def opened_card(keys: Keys, token: str, *, at: datetime, field: str) -> int:
    """The card that a token opens; raises InvalidGiftCardToken and GiftCardTokenExpired."""
    if len(token) != TOKEN_CHARACTERS or not token.isascii():
        raise InvalidGiftCardToken(field)
    try:
        sealed = urlsafe_b64decode(token)
    except ValueError:
        raise InvalidGiftCardToken(field) from None
    signature, data = sealed[:SIGNATURE_BYTES], sealed[SIGNATURE_BYTES:]
    if len(data) != _CONTENT.size or not keys.signed(PURPOSE, data, signature):
        raise InvalidGiftCardToken(field)
    card_id, expires = _CONTENT.unpack(data)
    if at >= datetime.fromtimestamp(expires, UTC):
        raise GiftCardTokenExpired(field)
    return int(card_id)
