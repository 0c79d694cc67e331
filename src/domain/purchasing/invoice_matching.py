"""Three-way match: what an invoice asks against what was ordered, at its price, and what was received of it.

A line may bill what was received and is not invoiced yet, at the price at which it was accrued. What it asks beyond
that, or for goods that did not come, is a difference; only differences against the chain have to be tolerated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.purchasing.purchase_accrual import PurchaseAccrual
from domain.shared.errors import Rejected
from domain.shared.money import Rounding, allocate, divide

WHOLE_BP: Final = 10_000
ROUNDING_MINOR: Final = 1
"""What suppliers may round is no difference."""


class InvoiceDifference(StrEnum):
    """What of a line is beyond the tolerances."""

    NONE = "none"
    PRICE = "price"
    QUANTITY = "quantity"
    PRICE_AND_QUANTITY = "price_and_quantity"


class CreditedMoreThanBilled(Rejected):
    en = "At most {most} minor units were billed for this and are not credited yet, not {asked}. Check the line."
    zh = "此行已开票且尚未冲减的金额最多为 {most}（最小货币单位），不足 {asked}。请核对。"


@dataclass(frozen=True, slots=True)
class Tolerances:
    """How far a line may ask more: each at most so many basis points, and at most so much."""

    price_bp: int
    price_minor: int
    quantity_bp: int
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class MatchPart:
    """What a line bills of an accrual: `accrued_minor` is cleared, `net_minor` and `tax_minor` are asked for it."""

    accrual: PurchaseAccrual
    quantity_milli: int
    accrued_minor: int
    net_minor: int
    tax_minor: int

    @property
    def difference_minor(self) -> int:
        """What is asked beyond what was accrued."""
        return self.net_minor - self.accrued_minor


@dataclass(frozen=True, slots=True)
class LineMatch:
    """What a line comes to: its parts, and what it asks for that did not come or that nobody had accrued."""

    parts: Sequence[MatchPart]
    unmatched_milli: int
    unmatched_minor: int
    difference: InvoiceDifference

    @property
    def matched_milli(self) -> int:
        return sum(part.quantity_milli for part in self.parts)

    @property
    def accrued_minor(self) -> int:
        return sum(part.accrued_minor for part in self.parts)

    @property
    def price_difference_minor(self) -> int:
        """What is asked for the goods that came beyond their price, below zero what less."""
        return sum(part.difference_minor for part in self.parts)


def match_goods(
    accruals: Sequence[PurchaseAccrual],
    *,
    quantity_milli: int,
    net_minor: int,
    tax_minor: int,
    tolerances: Tolerances,
    rounding: Rounding = Rounding.HALF_UP,
) -> LineMatch:
    """Bills a quantity above zero of these accruals in their order, which are moved by it."""
    taken: list[tuple[PurchaseAccrual, int]] = []
    left = quantity_milli
    for accrual in accruals:
        if quantity := min(left, accrual.open_milli):
            taken.append((accrual, quantity))
            left -= quantity
    weights = [quantity for _, quantity in taken] + [left]
    nets, taxes = allocate(net_minor, weights), allocate(tax_minor, weights)
    parts = [
        _billed(accrual, quantity, net, tax, rounding)
        for (accrual, quantity), net, tax in zip(taken, nets[:-1], taxes[:-1], strict=True)
    ]
    accrued = sum(part.accrued_minor for part in parts)
    price = sum(part.net_minor for part in parts) - accrued
    matched = quantity_milli - left
    dear = price > max(ROUNDING_MINOR, min(accrued * tolerances.price_bp // WHOLE_BP, tolerances.price_minor))
    over = left > min(matched * tolerances.quantity_bp // WHOLE_BP, tolerances.quantity_milli)
    return LineMatch(parts, left, nets[-1], _difference(dear=dear, over=over))


def match_freight(
    accruals: Sequence[PurchaseAccrual], *, net_minor: int, tax_minor: int, tolerances: Tolerances
) -> LineMatch:
    """Bills freight of these receipts, in proportion to what was expected, and moves their accruals.

    Less than was expected clears all of it: a freight bill is the whole of the freight.
    """
    expected = [accrual for accrual in accruals if accrual.open_minor]
    weights = [accrual.open_minor for accrual in expected]
    parts = []
    for accrual, net, tax in zip(expected, allocate(net_minor, weights), allocate(tax_minor, weights), strict=True):
        cleared = accrual.open_minor
        _clear(accrual, 0, cleared, net, tax)
        parts.append(MatchPart(accrual, 0, cleared, net, tax))
    accrued = sum(weights)
    price = net_minor - accrued
    dear = price > max(ROUNDING_MINOR, min(accrued * tolerances.price_bp // WHOLE_BP, tolerances.price_minor))
    return LineMatch(parts, 0, 0 if parts else net_minor, _difference(dear=dear, over=False))


def match_price_credit(
    accruals: Sequence[PurchaseAccrual], *, credit_minor: int, tax_minor: int, field: str
) -> LineMatch:
    """Lowers what was billed for goods by a credit above zero; raises CreditedMoreThanBilled."""
    billed = [accrual for accrual in accruals if accrual.billed_minor > accrual.credited_minor]
    weights = [accrual.billed_minor - accrual.credited_minor for accrual in billed]
    if credit_minor > sum(weights):
        raise CreditedMoreThanBilled(field, most=sum(weights), asked=credit_minor)
    parts = []
    for accrual, net, tax in zip(billed, allocate(credit_minor, weights), allocate(tax_minor, weights), strict=True):
        _clear(accrual, 0, 0, -net, -tax)
        parts.append(MatchPart(accrual, 0, 0, -net, -tax))
    return LineMatch(parts, 0, 0, InvoiceDifference.NONE)


def kept_share(
    difference_minor: int, *, quantity_milli: int, there_milli: int, rounding: Rounding = Rounding.HALF_UP
) -> int:
    """What of a price difference belongs to goods that can still be there, of the quantity that it is for."""
    there = max(0, min(quantity_milli, there_milli))
    return divide(difference_minor * there, quantity_milli, rounding) if quantity_milli else 0


def _billed(accrual: PurchaseAccrual, quantity: int, net: int, tax: int, rounding: Rounding) -> MatchPart:
    accrued = divide(accrual.open_minor * quantity, accrual.open_milli, rounding)
    _clear(accrual, quantity, accrued, net, tax)
    return MatchPart(accrual, quantity, accrued, net, tax)


def _clear(accrual: PurchaseAccrual, quantity: int, accrued: int, net: int, tax: int) -> None:
    accrual.invoiced_milli += quantity
    accrual.invoiced_minor += accrued
    accrual.open_milli -= quantity
    accrual.open_minor -= accrued
    accrual.billed_minor += net
    accrual.billed_tax_minor += tax


def _difference(*, dear: bool, over: bool) -> InvoiceDifference:
    if dear:
        return InvoiceDifference.PRICE_AND_QUANTITY if over else InvoiceDifference.PRICE
    return InvoiceDifference.QUANTITY if over else InvoiceDifference.NONE
