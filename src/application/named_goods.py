"""Goods that lines of a request name: each of them known, in a quantity that its unit allows."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from application.fields import required_code
from application.ports.inventory import StockItem
from application.ports.kernel import UnitOfWork
from domain.catalog.quantity import checked_quantity
from domain.shared.errors import NotFound, Rejected


class NamingLine(Protocol):
    """A line of a request."""

    @property
    def sku(self) -> str: ...

    @property
    def quantity_milli(self) -> int: ...


def items_of(
    uow: UnitOfWork, lines: Sequence[NamingLine], *, unknown: type[NotFound], unstocked: type[Rejected] | None = None
) -> Mapping[str, StockItem]:
    """The items by SKU, with the quantities of all lines checked against their units.

    Raises `unknown` for what does not exist, `unstocked`, if one is named, for what is kept without stock, and those of
    `checked_quantity`; each names the line.
    """
    known = uow.stock.items({required_code(line.sku, field=f"lines[{index}].sku") for index, line in enumerate(lines)})
    for index, line in enumerate(lines):
        item = known.get(line.sku)
        if item is None:
            raise unknown(f"lines[{index}].sku", sku=line.sku)
        if unstocked is not None and item.unstocked:
            raise unstocked(f"lines[{index}].sku", sku=line.sku)
        checked_quantity(line.quantity_milli, unit_decimals=item.unit_decimals, field=f"lines[{index}].quantity_milli")
    return known
