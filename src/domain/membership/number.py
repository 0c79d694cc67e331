"""Member numbers: decimal digits of which the last one catches typing errors."""

from typing import Final

DIGITS_MIN: Final = 8


def member_number(member_id: int) -> str:
    """The number of a member, at least 8 digits, different for different ids (1 or more).

    The last digit is the Luhn check digit of the id (ISO/IEC 7812-1 annex B), so that one wrong digit or two swapped
    neighbours (except 09 and 90) never give another member's number.
    """
    digits = f"{member_id:0{DIGITS_MIN - 1}d}"
    return digits + _check_digit(digits)


def is_member_number(text: str) -> bool:
    """Whether `text` has the form and the check digit of a member number; it need not have been given out."""
    return len(text) >= DIGITS_MIN and text.isascii() and text.isdigit() and _check_digit(text[:-1]) == text[-1]


def _check_digit(digits: str) -> str:
    # Every second digit from the right is doubled; the digits of the double are added: 7 gives 14 gives 5.
    doubled = sum(2 * int(digit) - 9 * (digit > "4") for digit in digits[::-2])
    plain = sum(map(int, digits[-2::-2]))
    return str(-(doubled + plain) % 10)
