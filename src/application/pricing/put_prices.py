"""HQ sets prices on one list."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from application.fields import at_most, in_order, required_code, within
from application.ports.kernel import UnitOfWork
from application.pricing.entries import PriceEntry
from application.pricing.price_scope import check_price_list
from domain.catalog.quantity import QUANTITY_MILLI_MAX
from domain.pricing.price_list import Price
from domain.shared.errors import Invalid, NotFound
from domain.shared.money import AMOUNT_MINOR_MAX

PRICES_PER_REQUEST_MAX: Final = 5_000
BEFORE_ALL_SALES: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""A start no later than this is no bound; storage marks the absence of one by it."""


class UnknownPriceList(NotFound):
    en = "There is no price list “{code}”. Create it with PutPriceLists first."
    zh = "没有价格表“{code}”，请先用 PutPriceLists 创建。"


class UnknownSku(NotFound):
    en = "There is no product with SKU “{sku}”. Create it with PutProducts first."
    zh = "没有 SKU 为“{sku}”的商品，请先用 PutProducts 创建。"


class PriceStatedTwice(Invalid):
    en = "prices[{index}] states a price of “{sku}” for the same quantity and start. Send only one of them."
    zh = "prices[{index}] 已有“{sku}”相同数量和开始时间的价格，只能提供一个。"


@dataclass(frozen=True, slots=True)
class PutPrices:
    price_list_code: str
    prices: tuple[PriceEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class PricesPut:
    """How many were new and how many were different before."""

    created: int
    changed: int


def put_prices(uow: UnitOfWork, command: PutPrices) -> PricesPut:
    """Sets up to 5,000 prices of one list, all or none, replacing those of the same SKU, quantity and start.

    Sales made before keep their price. Raises UnknownPriceList, OthersPriceList, UnknownSku and PriceStatedTwice.
    """
    entries = _checked(command)
    version = uow.bump("prices")
    price_list = next((found for found in uow.pricing.price_lists() if found.code == command.price_list_code), None)
    if price_list is None:
        raise UnknownPriceList("price_list_code", code=command.price_list_code)
    check_price_list(uow, price_list, field="price_list_code")
    sku_ids = uow.catalog.sku_ids({entry.sku for entry in entries})
    prices = []
    for index, entry in enumerate(entries):
        if entry.sku not in sku_ids:
            raise UnknownSku(f"prices[{index}].sku", sku=entry.sku)
        prices.append(
            Price(
                price_list.price_list_id,
                sku_ids[entry.sku],
                entry.quantity_from_milli,
                entry.valid_from,
                entry.valid_until,
                entry.unit_price_minor,
                entry.minimum_unit_price_minor,
            )
        )
    stored = {
        (price.sku_id, price.quantity_from_milli, price.valid_from): price
        for price in uow.pricing.stored_prices(price_list.price_list_id, set(sku_ids.values()))
    }
    created, changed = _compare(prices, stored)
    uow.pricing.put_prices(created + changed, version=version)
    return PricesPut(len(created), len(changed))


def _checked(command: PutPrices) -> list[PriceEntry]:
    required_code(command.price_list_code, field="price_list_code")
    at_most(command.prices, PRICES_PER_REQUEST_MAX, field="prices")
    entries = []
    stated: dict[tuple[str, int, datetime | None], int] = {}
    for index, entry in enumerate(command.prices):
        field = f"prices[{index}]"
        required_code(entry.sku, field=f"{field}.sku")
        within(entry.unit_price_minor, 0, AMOUNT_MINOR_MAX, field=f"{field}.unit_price_minor")
        within(entry.minimum_unit_price_minor, 0, entry.unit_price_minor, field=f"{field}.minimum_unit_price_minor")
        within(entry.quantity_from_milli, 0, QUANTITY_MILLI_MAX, field=f"{field}.quantity_from_milli")
        in_order(entry.valid_from, entry.valid_until, field=f"{field}.valid_until")
        bounded = entry.valid_from is not None and entry.valid_from > BEFORE_ALL_SALES
        entries.append(entry if bounded else replace(entry, valid_from=None))
        first = stated.setdefault((entry.sku, entry.quantity_from_milli, entries[-1].valid_from), index)
        if first != index:
            raise PriceStatedTwice(f"{field}.sku", index=first, sku=entry.sku)
    return entries


def _compare(
    prices: Sequence[Price], stored: dict[tuple[int, int, datetime | None], Price]
) -> tuple[list[Price], list[Price]]:
    """Those that are new and those that differ."""
    created, changed = [], []
    for price in prices:
        before = stored.get((price.sku_id, price.quantity_from_milli, price.valid_from))
        if before is None:
            created.append(price)
        elif before != price:
            changed.append(price)
    return created, changed
