"""How what a customer shows at the till becomes the digest by which the member is found."""

import phonenumbers

from application.ports.privacy import Keys
from domain.membership.member import MemberKeyKind

PHONE_REGION = "CN"


def member_digest(keys: Keys, kind: MemberKeyKind, text: str) -> bytes:
    """The digest under which a key of this kind is stored; a phone is given in E.164."""
    return keys.digest(kind.value, text)


def member_digests(keys: Keys, text: str) -> list[bytes]:
    """The digests of everything that `text` may be, in the order in which they count: number, card, phone."""
    digests = [member_digest(keys, MemberKeyKind.NUMBER, text), member_digest(keys, MemberKeyKind.CARD, text)]
    phone = e164(text)
    if phone is not None:
        digests.append(member_digest(keys, MemberKeyKind.PHONE, phone))
    return digests


def e164(text: str) -> str | None:
    """A phone number in E.164, numbers without country code read as Chinese; None when it is none."""
    try:
        parsed = phonenumbers.parse(text, PHONE_REGION)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
