"""What goods of a basket ask for: a price that is keyed in, serial numbers, and that the customer is old enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.sales.selling_terms import NoOpenPrice, OpenPriceNeeded, OpenPriceOutOfBounds
from domain.catalog.barcode import parse
from domain.shared.errors import Conflict
from domain.shared.money import AMOUNT_MINOR_MAX
from entrypoints.terminal.catalogue import Catalogue
from liansuo.catalog.v1 import catalog_pb2
from liansuo.sales.v1 import sales_pb2 as pb2

WHOLE_UNIT_MILLI: Final = 1_000


class SerialTwice(Conflict):
    en = "The piece {serial_number} is in the basket already. Scan the other one."
    zh = "序列号 {serial_number} 已在购物篮中，请扫描另一件。"


@dataclass(frozen=True, slots=True)
class MissingSerials:
    """A line, numbered from 1, of whose pieces some have not been scanned."""

    number: int
    name: str
    pieces: int


def check_keyed_price(line: pb2.BasketLine, product: catalog_pb2.Product) -> None:
    """Refuses goods without their price, another price than their bounds allow, and one that nobody asks for.

    What the terminal states is a price like any other. Fields are those of the line.
    """
    terms, price_minor = product.selling, line.open_price_minor
    if not terms.open_price:
        if price_minor:
            raise NoOpenPrice("open_price_minor", sku=product.sku)
        return
    if not price_minor:
        if not line.HasField("terminal_price"):
            raise OpenPriceNeeded("open_price_minor", sku=product.sku)
        return
    low, high = terms.open_price_min_minor or 1, terms.open_price_max_minor or AMOUNT_MINOR_MAX
    if not low <= price_minor <= high:
        raise OpenPriceOutOfBounds("open_price_minor", sku=product.sku, price_minor=price_minor, low=low, high=high)


def check_serials(basket: pb2.Basket, serial_numbers: Sequence[str]) -> None:
    """Refuses a piece that is in the basket already, or comes twice; raises SerialTwice."""
    there = {one for line in basket.lines for one in line.serial_numbers}
    for one in serial_numbers:
        if one in there:
            raise SerialTwice("serial_numbers", serial_number=one)
        there.add(one)


def missing_serials(catalogue: Catalogue, basket: pb2.Basket) -> MissingSerials | None:
    """The first line whose pieces have not all been scanned, or of which more have than it has; None for none."""
    for number, line in enumerate(basket.lines, start=1):
        if line.sku:
            found = catalogue.product(line.sku)
        else:
            scanned = parse(line.barcode, field="barcode")
            found = catalogue.by_code(scanned.weighed_item_code or scanned.barcode)
        if found is None or not found.product.selling.serial_numbers:
            continue
        pieces = line.quantity_milli // WHOLE_UNIT_MILLI
        if len(line.serial_numbers) != pieces:
            return MissingSerials(number, found.product.name, pieces)
    return None
