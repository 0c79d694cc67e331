"""Addresses as requests name them: checked alike where an order is taken and where it is sent."""

from typing import Final

from application.fields import required_text
from domain.logistics.address import DeliveryAddress, check_phone

RECIPIENT_CHARACTERS_MAX: Final = 100
STREET_CHARACTERS_MAX: Final = 200


def checked_address(address: DeliveryAddress, *, field: str) -> DeliveryAddress:
    """The address without spaces around its parts; raises Missing, TextTooLong, UnusableCharacter and NoPhone."""
    phone = required_text(address.phone, RECIPIENT_CHARACTERS_MAX, field=f"{field}.phone")
    return DeliveryAddress(
        required_text(address.recipient, RECIPIENT_CHARACTERS_MAX, field=f"{field}.recipient"),
        check_phone(phone, field=f"{field}.phone"),
        required_text(address.region, RECIPIENT_CHARACTERS_MAX, field=f"{field}.region"),
        required_text(address.street, STREET_CHARACTERS_MAX, field=f"{field}.street"),
    )
