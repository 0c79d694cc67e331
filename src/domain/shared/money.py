"""The only place where money is rounded.

Amounts are integers in the minor unit of their currency. Every division of money goes through `divide`, every spreading
of an amount over parts through `allocate`, so that parts always sum to the whole.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from domain.shared.errors import Invalid

MINOR_DIGITS: Final = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Digits after the point by ISO 4217 code, where they are not 2."""

AMOUNT_MINOR_MAX: Final = 10**15
"""Largest amount of one document: far above any sale, far below 2**63 so that sums of millions stay exact."""


class Rounding(StrEnum):
    """How a half minor unit is rounded (policy `rounding_mode`)."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"


_HALF_UP: Final = Rounding.HALF_UP
"""Looked up once: a basket divides dozens of times."""


class UnknownCurrency(Invalid):
    en = "“{currency}” is not an ISO 4217 currency code such as CNY."
    zh = "“{currency}”不是 ISO 4217 货币代码，例如 CNY。"


def minor_digits(currency: str, *, field: str = "currency") -> int:
    """Digits after the point of `currency`; raises UnknownCurrency when it is not three capital letters."""
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha() or not currency.isupper():
        raise UnknownCurrency(field, currency=currency)
    return MINOR_DIGITS.get(currency, 2)


def divide(numerator: int, denominator: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """`numerator / denominator` as an integer; halves go away from zero, to even, or every fraction towards zero.

    `denominator` is above zero. Symmetric around zero: divide(-n, d) == -divide(n, d).
    """
    if rounding is _HALF_UP and numerator >= 0:
        return (2 * numerator + denominator) // (2 * denominator)
    quotient, rest = divmod(abs(numerator), denominator)
    if rounding is _HALF_UP:
        up = 2 * rest >= denominator
    elif rounding is Rounding.HALF_EVEN:
        up = 2 * rest > denominator or (2 * rest == denominator and quotient % 2 == 1)
    else:
        up = False
    quotient += up
    return -quotient if numerator < 0 else quotient


def divide_up(numerator: int, denominator: int) -> int:
    """The smallest integer that is not below `numerator / denominator`; for what must not be undercut."""
    return -(-numerator // denominator)


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Spreads `total` over parts in proportion to `weights` by largest remainder; the parts sum to `total`.

    Weights are zero or more. Ties go to the earlier part. A part of weight zero gets nothing unless all weights are
    zero, in which case everything goes to the first part. With 0 <= total <= sum(weights) no part exceeds its weight.
    """
    whole = sum(weights)
    if total == 0 or not weights:
        return [0] * len(weights)
    if whole == 0:
        return [total] + [0] * (len(weights) - 1)
    size = abs(total)
    parts = [size * weight // whole for weight in weights]
    missing = size - sum(parts)
    if missing:
        remainders = [size * weight % whole for weight in weights]
        # Sorting is stable in this direction too: of equal remainders the earlier part comes first.
        for i in sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)[:missing]:
            parts[i] += 1
    return parts if total > 0 else [-part for part in parts]


def round_to_step(amount: int, step: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """`amount` rounded to a multiple of `step` (cash rounding); a step of 0 or 1 changes nothing."""
    return amount if step <= 1 else divide(amount, step, rounding) * step
