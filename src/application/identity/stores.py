"""Stores: where the chain sells, each with its currency and its trading day."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from application.fields import at_most, named_once, optional_name, required_code, within
from application.identity.bounds import CodeTaken, UnknownRegion
from application.identity.views import StoreView
from application.ports.kernel import UnitOfWork
from domain.identity.organisation import Region, Scope, ScopeKind, Store, StoreStatus
from domain.identity.time_zones import checked_time_zone
from domain.shared.errors import Rejected
from domain.shared.money import minor_digits

STORES_AT_ONCE_MAX: Final = 500
DAY_CUTOFF_MINUTES_MAX: Final = 24 * 60 - 1


class CurrencyInUse(Rejected):
    en = "Store “{store_code}” keeps its books in {currency} already. Close it and create another one for {asked}."
    zh = "门店“{store_code}”已按 {currency} 记账。如需 {asked}，请关闭此店并新建门店。"


@dataclass(frozen=True, slots=True)
class PutStores:
    stores: tuple[StoreView, ...]


@dataclass(frozen=True, slots=True)
class StoresPut:
    """`changed` counts the stores that are now different from before."""

    created: int
    changed: int


def put_stores(uow: UnitOfWork, command: PutStores) -> StoresPut:
    """Creates stores, and changes those whose code exists, within the caller's scope.

    Only who manages a region may open a store in it or move one there. A store that has traded keeps its currency.
    """
    asked = _checked(command)
    uow.bump("chain")
    regions = uow.identity.regions({view.region_code for view in asked})
    known = uow.identity.stores([view.code for view in asked])
    added: list[Store] = []
    changed: dict[int, Store] = {}
    for place, view in enumerate(asked):
        before = known.get(view.code)
        store = _decided(uow, view, before, regions, field=f"stores[{place}]")
        if before is None:
            added.append(store)
        elif store != before:
            changed[place] = store
    _check_currencies_kept(uow, changed, known)
    uow.identity.put_stores([*added, *changed.values()])
    return StoresPut(created=len(added), changed=len(changed))


def _checked(command: PutStores) -> list[StoreView]:
    at_most(command.stores, STORES_AT_ONCE_MAX, field="stores")
    named_once((view.code for view in command.stores), field="stores")
    checked = []
    for place, view in enumerate(command.stores):
        field = f"stores[{place}]"
        required_code(view.code, field=f"{field}.code")
        required_code(view.region_code, field=f"{field}.region_code")
        minor_digits(required_code(view.currency, field=f"{field}.currency"), field=f"{field}.currency")
        checked_time_zone(view.time_zone, field=f"{field}.time_zone")
        within(view.day_cutoff_minutes, 0, DAY_CUTOFF_MINUTES_MAX, field=f"{field}.day_cutoff_minutes")
        checked.append(replace(view, name=optional_name(view.name, field=f"{field}.name")))
    return checked


def _decided(
    uow: UnitOfWork, view: StoreView, before: Store | None, regions: Mapping[str, Region], *, field: str
) -> Store:
    region = regions.get(view.region_code)
    seen = before if before is not None and uow.caller.sees(before.store_id) else None
    if region is None or not (
        uow.caller.manages(Scope(ScopeKind.REGION, region.region_id))
        or (seen is not None and seen.region_id == region.region_id)
    ):
        raise UnknownRegion(f"{field}.region_code", region_code=view.region_code)
    if before is not None and seen is None:
        raise CodeTaken(f"{field}.code", code=view.code)
    return Store(
        store_id=uow.new_id() if before is None else before.store_id,
        code=view.code,
        name=view.name,
        region_id=region.region_id,
        currency=view.currency,
        time_zone=view.time_zone,
        day_cutoff_minutes=view.day_cutoff_minutes,
        status=view.status or (StoreStatus.OPEN if before is None else before.status),
    )


def _check_currencies_kept(uow: UnitOfWork, changed: Mapping[int, Store], known: Mapping[str, Store]) -> None:
    converted = {
        store.store_id: place for place, store in changed.items() if store.currency != known[store.code].currency
    }
    if converted:
        for store_id in sorted(uow.identity.stores_in_use(converted)):
            place = converted[store_id]
            store = changed[place]
            raise CurrencyInUse(
                f"stores[{place}].currency",
                store_code=store.code,
                currency=known[store.code].currency,
                asked=store.currency,
            )
