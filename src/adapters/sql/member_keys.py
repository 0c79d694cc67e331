"""How what a customer shows at the till becomes the digest by which the member is found."""

from adapters.phones import e164
from adapters.sql.data_keys import DataKeys
from application.ports.privacy import Keys
from domain.membership.member import MemberKeyKind


def member_digest(keys: Keys, kind: MemberKeyKind, text: str) -> bytes:
    """The digest under which a key of this kind is stored; a phone is given in E.164."""
    return keys.digest(kind.value, text)


def personal_context(field: str, member_id: int) -> str:
    """Where a personal field of the member row stands: what is encrypted there can be read nowhere else."""
    return f"members|{field}|{member_id}"


def change_context(side: str, change_id: int) -> str:
    """Where what was known "before" or "after" a change stands."""
    return f"member_changes|{side}|{change_id}"


def attribute_context(value_id: int) -> str:
    """Where a value of an attribute stands."""
    return f"member_attribute_values|value|{value_id}"


def benefit_context(use_id: int) -> str:
    """Where the note of a use of a benefit stands."""
    return f"benefit_uses|note|{use_id}"


def case_context(case_id: int) -> str:
    """Where the subject of a service case stands."""
    return f"service_cases|subject|{case_id}"


def case_entry_context(case_id: int, number: int) -> str:
    """Where what was said in a service case stands."""
    return f"case_entries|text|{case_id}|{number}"


def follow_up_entry_context(follow_up_id: int, number: int) -> str:
    """Where what was said in a follow-up stands."""
    return f"follow_up_entries|text|{follow_up_id}|{number}"


def order_address_context(order_id: int) -> str:
    """Where the address of an order stands."""
    return f"order_addresses|address|{order_id}"


def shipment_context(field: str, shipment_id: int) -> str:
    """Where the address or the label of a shipment stands."""
    return f"shipments|{field}|{shipment_id}"


def key_context(kind: MemberKeyKind, member_id: int) -> str:
    """Where the text of a member's key of this kind stands."""
    return f"member_keys|{kind.value}|{member_id}"


def birthday_of(data_keys: DataKeys, member_id: int, cipher: bytes | None) -> str:
    """The birthday of a member row, an ISO date; empty where it is unknown."""
    return data_keys.decrypt(member_id, cipher, personal_context("birthday", member_id))


def member_digests(keys: Keys, text: str) -> list[bytes]:
    """The digests of everything that `text` may be, in the order in which they count: number, card, phone."""
    text = text.strip()
    digests = [member_digest(keys, MemberKeyKind.NUMBER, text), member_digest(keys, MemberKeyKind.CARD, text)]
    phone = e164(text)
    if phone is not None:
        digests.append(member_digest(keys, MemberKeyKind.PHONE, phone))
    return digests
