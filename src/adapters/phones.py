"""Phone numbers, written in many ways, stored in one."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneMetadata

NATIONAL_REGION: Final = "CN"
"""Where numbers without a country code are taken to be."""

PHONE_CHARACTERS_MAX: Final = 40
PHONE_DIGITS_MIN: Final = 7

KNOWN_MAX: Final = 10_000
"""How many answers are remembered: every key shown at a till might be a phone."""


@lru_cache(maxsize=KNOWN_MAX)
def e164(text: str) -> str | None:
    """The number in E.164 ("+8613800138000"); None when it is no phone number that can exist.

    Spaces, hyphens and brackets do not matter; numbers without a country code are Chinese.
    """
    if len(text) > PHONE_CHARACTERS_MAX or sum(map(str.isdigit, text)) < PHONE_DIGITS_MIN:
        return None
    if text.isascii() and text.isdigit():
        region = _region(NATIONAL_REGION)
        # A zero stands before the area code; a country's code follows two of them, and itself begins with none.
        national = text[1:] if text[0] == "0" and (text[1] != "0" or text[2] == "0") else text
        if national is not text or not region.prefix.match(text):
            return f"+{region.country_code}{national}" if region.has(national) else None
    return parsed_e164(text)


def parsed_e164(text: str) -> str | None:
    """The same by the library's parser, which knows every way of writing a number and takes 60 us for it."""
    try:
        parsed = phonenumbers.parse(text, NATIONAL_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@dataclass(frozen=True, slots=True)
class _Region:
    """What the library knows of a region's numbers, as far as plain digits without any prefix need it."""

    country_code: int
    prefix: re.Pattern[str]
    """International and national prefix, and the country code: with one of these it takes the parser."""
    general: re.Pattern[str]
    kinds: tuple[tuple[frozenset[int], re.Pattern[str]], ...]
    """Per kind of number its lengths and its digits, the commonest kind first."""

    def has(self, digits: str) -> bool:
        """Whether such a number can exist."""
        return self.general.fullmatch(digits) is not None and any(
            len(digits) in lengths and pattern.fullmatch(digits) for lengths, pattern in self.kinds
        )


@cache
def _region(code: str) -> _Region:
    metadata = PhoneMetadata.metadata_for_region(code)
    assert metadata is not None and metadata.country_code is not None
    general = metadata.general_desc
    assert general is not None and general.national_number_pattern is not None
    kinds = []
    for kind in (
        metadata.mobile, metadata.fixed_line, metadata.toll_free, metadata.shared_cost, metadata.premium_rate,
        metadata.voip, metadata.personal_number, metadata.pager, metadata.uan, metadata.voicemail,
    ):  # fmt: skip
        if kind is not None and kind.national_number_pattern:
            # A kind without lengths of its own has those of the region.
            lengths = frozenset(kind.possible_length or general.possible_length)
            kinds.append((lengths, re.compile(kind.national_number_pattern)))
    prefixes = [metadata.international_prefix, metadata.national_prefix_for_parsing, str(metadata.country_code)]
    return _Region(
        country_code=metadata.country_code,
        prefix=re.compile("|".join(f"(?:{prefix})" for prefix in prefixes if prefix)),
        general=re.compile(general.national_number_pattern),
        kinds=tuple(kinds),
    )
