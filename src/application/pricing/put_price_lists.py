"""HQ creates and changes price lists."""

from dataclasses import dataclass
from typing import Final

from application.fields import at_most, in_order, named_once, optional_code, required_code, required_name
from application.ports.kernel import UnitOfWork
from application.pricing.entries import PriceListEntry
from application.pricing.price_scope import check_place, check_price_list
from domain.pricing.price_list import PriceList
from domain.shared.errors import NotFound, Rejected
from domain.shared.money import minor_digits

PRICE_LISTS_MAX: Final = 1_000
"""All of them are kept in memory and compared for every line."""


class TooManyPriceLists(Rejected):
    en = "The chain would have {count} price lists; {count_max} are supported."
    zh = "连锁将有 {count} 个价格表，最多支持 {count_max} 个。"


class CurrencyFixed(Rejected):
    en = "Price list “{code}” is in {currency}, and its prices with it. Make a new list for another currency."
    zh = "价格表“{code}”及其价格使用 {currency}。其他货币请新建价格表。"


class UnknownStore(NotFound):
    en = "There is no store “{store_code}”."
    zh = "没有门店“{store_code}”。"


class UnknownRegion(NotFound):
    en = "There is no region “{region_code}”."
    zh = "没有区域“{region_code}”。"


@dataclass(frozen=True, slots=True)
class PutPriceLists:
    price_lists: tuple[PriceListEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class PriceListsPut:
    """How many were new and how many were different before."""

    created: int
    changed: int


def put_price_lists(uow: UnitOfWork, command: PutPriceLists) -> PriceListsPut:
    """Creates or replaces price lists by code, all or none; a list keeps its currency for ever.

    Raises OthersPriceList, PricesOutsideScope, CurrencyFixed, UnknownStore, UnknownRegion and TooManyPriceLists.
    """
    at_most(command.price_lists, PRICE_LISTS_MAX, field="price_lists")
    entries = [_checked(entry, f"price_lists[{index}]") for index, entry in enumerate(command.price_lists)]
    named_once([entry.code for entry in entries], field="price_lists")
    uow.refresh()
    uow.bump("chain")
    stored = {price_list.code: price_list for price_list in uow.pricing.price_lists()}
    price_lists = [
        _price_list(uow, entry, stored.get(entry.code), f"price_lists[{index}]") for index, entry in enumerate(entries)
    ]
    for index, price_list in enumerate(price_lists):
        if (before := stored.get(price_list.code)) is not None:
            check_price_list(uow, before, field=f"price_lists[{index}].code")
        check_place(uow, price_list, field=f"price_lists[{index}]")
    created = [price_list for price_list in price_lists if price_list.code not in stored]
    changed = [price_list for price_list in price_lists if stored.get(price_list.code, price_list) != price_list]
    if len(stored) + len(created) > PRICE_LISTS_MAX:
        raise TooManyPriceLists("price_lists", count=len(stored) + len(created), count_max=PRICE_LISTS_MAX)
    uow.pricing.put_price_lists(created + changed)
    moved = [found.price_list_id for found in changed if _place(found) != _place(stored[found.code])]
    if moved:
        # Stores where it begins to apply have not been told its prices.
        uow.catalog.mark_products_changed(price_list_ids=moved, version=uow.bump("prices"))
    return PriceListsPut(len(created), len(changed))


def _place(price_list: PriceList) -> tuple[int | None, int | None]:
    return price_list.store_id, price_list.region_id


def _checked(entry: PriceListEntry, field: str) -> PriceListEntry:
    minor_digits(entry.currency, field=f"{field}.currency")
    in_order(entry.valid_from, entry.valid_until, field=f"{field}.valid_until")
    return PriceListEntry(
        code=required_code(entry.code, field=f"{field}.code"),
        name=required_name(entry.name, field=f"{field}.name"),
        currency=entry.currency,
        includes_tax=entry.includes_tax,
        priority=entry.priority,
        store_code=entry.store_code,
        region_code=entry.region_code,
        channel=optional_code(entry.channel, field=f"{field}.channel"),
        tier=optional_code(entry.tier, field=f"{field}.tier"),
        valid_from=entry.valid_from,
        valid_until=entry.valid_until,
    )


def _price_list(uow: UnitOfWork, entry: PriceListEntry, stored: PriceList | None, field: str) -> PriceList:
    if stored is not None and stored.currency != entry.currency:
        raise CurrencyFixed(f"{field}.currency", code=entry.code, currency=stored.currency)
    store_id = uow.chain.store_ids.get(entry.store_code)
    if entry.store_code and store_id is None:
        raise UnknownStore(f"{field}.store_code", store_code=entry.store_code)
    region_ids = {region.code: region.region_id for region in uow.chain.regions.values()}
    region_id = region_ids.get(entry.region_code)
    if entry.region_code and region_id is None:
        raise UnknownRegion(f"{field}.region_code", region_code=entry.region_code)
    return PriceList(
        price_list_id=stored.price_list_id if stored else uow.new_id(),
        code=entry.code,
        name=entry.name,
        currency=entry.currency,
        includes_tax=entry.includes_tax,
        priority=entry.priority,
        store_id=store_id,
        region_id=region_id,
        channel=entry.channel,
        tier=entry.tier,
        valid_from=entry.valid_from,
        valid_until=entry.valid_until,
    )
