"""What a sale takes of the components of what is made when it is sold, and what of that comes back."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.shared.money import allocate, divide


@dataclass(slots=True)
class SaleComponent:
    """What a line took of one SKU out of stock, at what cost; both are below zero for what came back.

    `of_sale_id` and `of_line_number` name the line that was sold, also of what comes back; `line_quantity_milli` is the
    quantity of the line itself.
    """

    sale_id: int
    line_number: int
    sku_id: int
    quantity_milli: int
    cost_minor: int
    of_sale_id: int
    of_line_number: int
    line_quantity_milli: int


def coming_back(
    moved: Sequence[SaleComponent], *, line_quantity_milli: int, cost_minor: int
) -> list[tuple[int, int, int]]:
    """SKU ids with quantities and costs that come back with `line_quantity_milli` of a line, worth `cost_minor`.

    `moved` is what the line took and what of it has come back. The last part brings all that is left, so that the
    parts of a line sum to what it took.
    """
    left: dict[int, tuple[int, int, int]] = {}
    for one in moved:
        line, quantity, cost = left.get(one.sku_id, (0, 0, 0))
        left[one.sku_id] = (
            line + one.line_quantity_milli, quantity + one.quantity_milli, cost + one.cost_minor
        )  # fmt: skip
    costs = allocate(cost_minor, [max(0, cost) for _, _, cost in left.values()])
    return [
        (sku_id, divide(quantity * line_quantity_milli, line) if line_quantity_milli < line else quantity, share)
        for (sku_id, (line, quantity, _)), share in zip(left.items(), costs, strict=True)
    ]
