"""Classes of goods: how much of the sales a product brings (ABC), and how evenly it sells (XYZ)."""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

WHOLE_BP: Final = 10_000
A_SHARE_BP: Final = 8_000
B_SHARE_BP: Final = 9_500
X_VARIATION_MAX: Final = 0.5
Y_VARIATION_MAX: Final = 1.0


class AbcClass(StrEnum):
    A = "A"
    B = "B"
    C = "C"


class XyzClass(StrEnum):
    """X sells evenly, Y with swings, Z now and then, or never."""

    X = "X"
    Y = "Y"
    Z = "Z"


def abc_classes(values: Sequence[int], *, a_share_bp: int = A_SHARE_BP, b_share_bp: int = B_SHARE_BP) -> list[AbcClass]:
    """The class of each value: A brings the first `a_share_bp` of all, B what follows to `b_share_bp`, C the rest.

    Values are put in falling order, equal ones in the order given, and each belongs where the middle of its own share
    falls, so that no product is pushed out of a class of which it makes up the greater part: one that brings 90 % alone
    is A. What brought nothing, or less, is C. Exact: shares are compared as integers. After Heizer and Render,
    Operations Management, ch. 12.
    """
    total = sum(value for value in values if value > 0)
    classes = [AbcClass.C] * len(values)
    before = 0
    for index in sorted(range(len(values)), key=lambda i: -values[i]):
        value = values[index]
        if value <= 0:
            break
        middle = (2 * before + value) * WHOLE_BP
        if middle < 2 * total * a_share_bp:
            classes[index] = AbcClass.A
        elif middle < 2 * total * b_share_bp:
            classes[index] = AbcClass.B
        before += value
    return classes


def variation(*, periods: int, total: int, squares: int) -> float:
    """The coefficient of variation of a demand per period; infinite where nothing was asked for.

    From the number of `periods`, those without demand included, the sum and the sum of squares of the quantities; the
    standard deviation is that of a sample. One period tells nothing of how demand varies, and gives infinity too.
    """
    if total <= 0 or periods < 2:
        return math.inf
    mean = total / periods
    spread = max(0.0, (squares - total * mean) / (periods - 1))
    return math.sqrt(spread) / mean


def xyz_class(
    coefficient: float, *, x_variation_max: float = X_VARIATION_MAX, y_variation_max: float = Y_VARIATION_MAX
) -> XyzClass:
    """The class of a coefficient of variation (see `variation`); one at a bound belongs to the steadier class."""
    if coefficient <= x_variation_max:
        return XyzClass.X
    return XyzClass.Y if coefficient <= y_variation_max else XyzClass.Z
