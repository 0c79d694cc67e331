"""What a purchase order costs, and when a second person has to approve it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.purchasing.purchase_order import PurchaseOrderLine
from domain.shared.errors import Invalid
from domain.shared.money import Rounding, divide

WHOLE_BP = 10_000


class NotWholePacks(Invalid):
    en = "“{sku}” comes in packs of {pack} thousandths, so {quantity} cannot be ordered. Order {below} or {above}."
    zh = "商品“{sku}”按每包 {pack}（千分之一单位）供货，不能订购 {quantity}，请订购 {below} 或 {above}。"


@dataclass(frozen=True, slots=True)
class NetPrice:
    """An exact price after discounts, without tax: `minor` for `quantity_milli`."""

    minor: int
    quantity_milli: int

    def above(self, other: "NetPrice", *, by_bp: int = 0) -> bool:
        """Whether this is more than the other price raised by so many basis points."""
        raised = other.minor * (WHOLE_BP + by_bp)
        return self.minor * other.quantity_milli * WHOLE_BP > raised * self.quantity_milli


def net_price(*, price_minor: int, price_quantity_milli: int, discount_bp: int) -> NetPrice:
    """The price less its discount; for a larger quantity where the discount would leave a fraction of a minor unit."""
    numerator = price_minor * (WHOLE_BP - discount_bp)
    whole, rest = divmod(numerator, WHOLE_BP)
    return NetPrice(numerator, price_quantity_milli * WHOLE_BP) if rest else NetPrice(whole, price_quantity_milli)


def worth_minor(price: NetPrice, quantity_milli: int, *, rounding: Rounding = Rounding.HALF_UP) -> int:
    """What a quantity costs at a price, rounded once."""
    return divide(price.minor * quantity_milli, price.quantity_milli, rounding)


def price_of(line: PurchaseOrderLine) -> NetPrice:
    """The price of a line after its discount."""
    return net_price(
        price_minor=line.price_minor, price_quantity_milli=line.price_quantity_milli, discount_bp=line.discount_bp
    )


def check_packs(*, sku: str, quantity_milli: int, pack_milli: int, field: str) -> None:
    """Raises NotWholePacks with the nearest quantities that can be ordered."""
    if pack_milli and quantity_milli % pack_milli:
        below = quantity_milli - quantity_milli % pack_milli
        raise NotWholePacks(
            field, sku=sku, pack=pack_milli, quantity=quantity_milli, below=below, above=below + pack_milli
        )


def risen(price: NetPrice, *, last: NetPrice | None, approved: NetPrice | None, rise_bp: int) -> bool:
    """Whether a price asks for approval: above the last price paid by more than `rise_bp`, and above what was approved.

    What was never bought has no last price, and what was never approved any price: neither is held against it.
    """
    if last is None or not price.above(last, by_bp=rise_bp):
        return False
    return approved is None or price.above(approved)


def needs_approval(
    lines: Sequence[PurchaseOrderLine], *, net_minor: int, approved_minor: int | None, above_minor: int
) -> bool:
    """Whether a second person has to approve lines that cost `net_minor` in all.

    Above `above_minor` they need it, unless no less was approved already (`approved_minor`, None where nothing was);
    so does any line whose price has risen.
    """
    more = net_minor > above_minor and (approved_minor is None or net_minor > approved_minor)
    return more or any(line.price_risen for line in lines)


def same_terms(found: Sequence[PurchaseOrderLine], expected: Sequence[PurchaseOrderLine]) -> bool:
    """Whether two versions ask for the same quantities at the same prices."""
    return {line.line_number: (line.quantity_milli, price_of(line)) for line in found} == {
        line.line_number: (line.quantity_milli, price_of(line)) for line in expected
    }


def prices_by_line(lines: Sequence[PurchaseOrderLine]) -> Mapping[int, NetPrice]:
    """The price of each line by its number."""
    return {line.line_number: price_of(line) for line in lines}
