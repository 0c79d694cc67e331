"""How what a customer shows at the till becomes the digest by which the member is found."""

from adapters.phones import e164
from application.ports.privacy import Keys
from domain.membership.member import MemberKeyKind


def member_digest(keys: Keys, kind: MemberKeyKind, text: str) -> bytes:
    """The digest under which a key of this kind is stored; a phone is given in E.164."""
    return keys.digest(kind.value, text)


def personal_context(field: str, member_id: int) -> str:
    """Where a personal field of the member row stands: what is encrypted there can be read nowhere else."""
    return f"members|{field}|{member_id}"


def key_context(kind: MemberKeyKind, member_id: int) -> str:
    """Where the text of a member's key of this kind stands."""
    return f"member_keys|{kind.value}|{member_id}"


def birthday_of(keys: Keys, member_id: int, cipher: bytes | None) -> str:
    """The birthday of a member row, an ISO date; empty where it is unknown."""
    return keys.decrypt(cipher, personal_context("birthday", member_id)) if cipher else ""


def member_digests(keys: Keys, text: str) -> list[bytes]:
    """The digests of everything that `text` may be, in the order in which they count: number, card, phone."""
    text = text.strip()
    digests = [member_digest(keys, MemberKeyKind.NUMBER, text), member_digest(keys, MemberKeyKind.CARD, text)]
    phone = e164(text)
    if phone is not None:
        digests.append(member_digest(keys, MemberKeyKind.PHONE, phone))
    return digests
