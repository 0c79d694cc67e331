"""What suppliers deliver and at what price; the history of prices is only ever added to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from application.fields import at_most, named_once, optional_code, optional_date, required_code, within
from application.ports.kernel import UnitOfWork
from application.purchasing.put_suppliers import DAYS_MAX, known_supplier
from application.scope import WholeChainOnly, chain_day
from domain.identity.organisation import WHOLE_CHAIN
from domain.purchasing.supplier import QuantityBreak, SupplierPrice, SupplierProduct
from domain.shared.errors import Invalid, NotFound
from domain.shared.money import AMOUNT_MINOR_MAX

PRODUCTS_PER_REQUEST_MAX: Final = 5_000
BREAKS_MAX: Final = 10
QUANTITY_MILLI_MAX: Final = 10**12
PRICE_QUANTITY_MILLI: Final = 1_000
"""A price is for one unit unless it says for how much."""


class UnknownSku(NotFound):
    en = "There is no product with SKU “{sku}”. Create it with PutProducts first."
    zh = "没有 SKU 为“{sku}”的商品，请先用 PutProducts 创建。"


class BreaksDescend(Invalid):
    en = "The quantity breaks are not in ascending order of their quantities. Order them, and name each quantity once."
    zh = "数量折扣未按数量升序排列。请按升序排列，且每个数量只出现一次。"


@dataclass(frozen=True, slots=True)
class SupplierProductEntry:
    """What a supplier delivers of a SKU; see `SupplierProduct` and `SupplierPrice`.

    A `price_minor` of 0 without breaks states no price; the one in force stays. `valid_from` (ISO) is empty for today.
    """

    sku: str
    supplier_sku: str = ""
    pack_milli: int = 0
    moq_milli: int = 0
    lead_days: int = 0
    preferred: bool = False
    price_minor: int = 0
    price_quantity_milli: int = 0
    breaks: tuple[QuantityBreak, ...] = ()
    valid_from: str = ""


@dataclass(frozen=True, slots=True)
class PutSupplierProducts:
    supplier_code: str
    products: tuple[SupplierProductEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class SupplierProductsPut:
    """How many were put, and how many of their prices were not in force as they are stated already."""

    products: int
    prices_added: int


def put_supplier_products(uow: UnitOfWork, command: PutSupplierProducts) -> SupplierProductsPut:
    """Creates or replaces up to 5,000 products of a supplier, all or none; what is not named stays.

    A price that is in force on its day already is not added again, so a list may be sent every night. Raises
    WholeChainOnly, UnknownSupplier, UnknownSku, BreaksDescend and the refusals of fields.
    """
    at_most(command.products, PRODUCTS_PER_REQUEST_MAX, field="products")
    for index, entry in enumerate(command.products):
        _check(entry, f"products[{index}]")
    named_once([entry.sku for entry in command.products], field="products", key="sku")
    if not uow.caller.manages(WHOLE_CHAIN):
        raise WholeChainOnly
    uow.refresh()
    # Prices are compared with those in force: whoever puts some at the same time waits.
    uow.bump("suppliers")
    supplier = known_supplier(uow, command.supplier_code)
    sku_ids = uow.catalog.sku_ids({entry.sku for entry in command.products})
    for index, entry in enumerate(command.products):
        if entry.sku not in sku_ids:
            raise UnknownSku(f"products[{index}].sku", sku=entry.sku)
    products = [
        SupplierProduct(
            supplier.supplier_id,
            sku_ids[entry.sku],
            entry.supplier_sku,
            entry.pack_milli,
            entry.moq_milli,
            entry.lead_days,
            entry.preferred,
        )
        for entry in command.products
    ]
    prices = _new_prices(uow, supplier.supplier_id, sku_ids, command.products)
    uow.suppliers.put_products(products)
    if prices:
        uow.suppliers.add_prices(prices)
    return SupplierProductsPut(len(products), len(prices))


def _check(entry: SupplierProductEntry, field: str) -> None:
    required_code(entry.sku, field=f"{field}.sku")
    optional_code(entry.supplier_sku, field=f"{field}.supplier_sku")
    for name in ("pack_milli", "moq_milli", "price_quantity_milli"):
        within(getattr(entry, name), 0, QUANTITY_MILLI_MAX, field=f"{field}.{name}")
    within(entry.lead_days, 0, DAYS_MAX, field=f"{field}.lead_days")
    within(entry.price_minor, 0, AMOUNT_MINOR_MAX, field=f"{field}.price_minor")
    optional_date(entry.valid_from, field=f"{field}.valid_from")
    if not entry.breaks:
        return
    at_most(entry.breaks, BREAKS_MAX, field=f"{field}.breaks")
    before = 0
    for number, step in enumerate(entry.breaks):
        place = f"{field}.breaks[{number}]"
        within(step.quantity_from_milli, 1, QUANTITY_MILLI_MAX, field=f"{place}.quantity_from_milli")
        within(step.price_minor, 1, AMOUNT_MINOR_MAX, field=f"{place}.price_minor")
        if step.quantity_from_milli <= before:
            raise BreaksDescend(f"{place}.quantity_from_milli")
        before = step.quantity_from_milli


def _new_prices(
    uow: UnitOfWork, supplier_id: int, sku_ids: Mapping[str, int], entries: Sequence[SupplierProductEntry]
) -> list[SupplierPrice]:
    """The prices that are stated and not in force as they are, each from its day on."""
    today = chain_day(uow)
    by_day: dict[date, list[SupplierProductEntry]] = {}
    for entry in entries:
        if entry.price_minor or entry.breaks:
            on = optional_date(entry.valid_from, field="valid_from") or today
            by_day.setdefault(on, []).append(entry)
    prices = []
    for on, priced in sorted(by_day.items()):
        known = uow.suppliers.offers(supplier_id, {sku_ids[entry.sku] for entry in priced}, on=on)
        for entry in priced:
            sku_id = sku_ids[entry.sku]
            offer = known.get(sku_id)
            before = offer.price if offer else None
            stated = (entry.price_minor, entry.price_quantity_milli or PRICE_QUANTITY_MILLI, entry.breaks)
            if before is None or stated != (before.price_minor, before.price_quantity_milli, before.breaks):
                prices.append(SupplierPrice(supplier_id, sku_id, on, uow.new_id(), *stated, uow.now))
    return prices
