"""Phone numbers, written in many ways, stored in one."""

from functools import lru_cache
from typing import Final

import phonenumbers

NATIONAL_REGION: Final = "CN"
"""Where numbers without a country code are taken to be."""

PHONE_CHARACTERS_MAX: Final = 40
PHONE_DIGITS_MIN: Final = 7

KNOWN_MAX: Final = 10_000
"""How many answers are remembered: parsing costs 60 us, and every key shown at a till might be a phone."""


@lru_cache(maxsize=KNOWN_MAX)
def e164(text: str) -> str | None:
    """The number in E.164 ("+8613800138000"); None when it is no phone number that can exist.

    Spaces, hyphens and brackets do not matter; numbers without a country code are Chinese.
    """
    if len(text) > PHONE_CHARACTERS_MAX or sum(map(str.isdigit, text)) < PHONE_DIGITS_MIN:
        return None
    try:
        parsed = phonenumbers.parse(text, NATIONAL_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
