"""Parts of the chain for which goods are replenished, by the codes that people know."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.fields import required_code
from application.ports.kernel import UnitOfWork
from application.scope import UnknownStore
from domain.identity.organisation import WHOLE_CHAIN, Caller, Region, Scope, ScopeKind, Store, StoreStatus
from domain.replenishment.rule import PlaceKind
from domain.shared.errors import Forbidden, Invalid, NotFound


class UnknownRegion(NotFound):
    en = "There is no region “{region_code}”."
    zh = "没有区域“{region_code}”。"


class BeyondScope(Forbidden):
    en = "This reaches beyond what you may act for. Name a store or a region of your own, or ask head office."
    zh = "此操作超出您的管理范围。请指定您负责的门店或区域，或联系总部。"


class StoreOrRegion(Invalid):
    en = "Name a store or a region, not both."
    zh = "门店和区域只能指定其一。"


@dataclass(frozen=True, slots=True)
class NamedPlace:
    kind: PlaceKind
    place_id: int


def named_place(uow: UnitOfWork, *, store_code: str, region_code: str) -> NamedPlace:
    """The store or the region that is named, else the whole chain, or the caller's own store for a terminal.

    Raises StoreOrRegion, UnknownStore, UnknownRegion, and BeyondScope where the caller may not act for all of it.
    """
    if store_code and region_code:
        raise StoreOrRegion("region_code")
    if not store_code and not region_code and uow.caller.store_id is not None:
        return NamedPlace(PlaceKind.STORE, uow.caller.store_id)
    kind = PlaceKind.STORE if store_code else PlaceKind.REGION if region_code else PlaceKind.CHAIN
    field = "store_code" if store_code else "region_code" if region_code else ""
    return place_of(uow, kind, store_code or region_code, field=field)


def place_of(uow: UnitOfWork, kind: PlaceKind, code: str, *, field: str) -> NamedPlace:
    """The part of the chain that a kind and a code name; raises as `named_place`."""
    if kind is PlaceKind.STORE:
        store_id = uow.chain.store_ids.get(required_code(code, field=field))
        if store_id is None or not uow.caller.sees(store_id):
            raise UnknownStore(field, store_code=code)
        return NamedPlace(kind, store_id)
    if kind is PlaceKind.REGION:
        region = _region(uow, required_code(code, field=field))
        if region is None:
            raise UnknownRegion(field, region_code=code)
        place = NamedPlace(kind, region.region_id)
    else:
        place = NamedPlace(kind, 0)
    if not acts_for(uow.caller, place):
        raise BeyondScope(field)
    return place


def acts_for(caller: Caller, place: NamedPlace) -> bool:
    """Whether the caller may act for all of a place."""
    if place.kind is PlaceKind.CHAIN:
        return caller.manages(WHOLE_CHAIN)
    kind = ScopeKind.REGION if place.kind is PlaceKind.REGION else ScopeKind.STORE
    return caller.manages(Scope(kind, place.place_id))


def code_of(uow: UnitOfWork, kind: PlaceKind, place_id: int) -> str:
    """The code of a store or a region; empty for the chain."""
    if kind is PlaceKind.CHAIN:
        return ""
    found = (uow.chain.regions if kind is PlaceKind.REGION else uow.chain.stores).get(place_id)
    return found.code if found is not None else ""


def region_of(uow: UnitOfWork, kind: PlaceKind, place_id: int) -> int | None:
    """The region that a place is or lies in; None for the chain."""
    if kind is PlaceKind.STORE:
        return uow.chain.stores[place_id].region_id
    return place_id if kind is PlaceKind.REGION else None


def open_stores(uow: UnitOfWork, kind: PlaceKind, place_id: int) -> Sequence[Store]:
    """The stores of a place that are open, by id."""
    return [
        store
        for store in sorted(uow.chain.stores.values(), key=lambda store: store.store_id)
        if store.status is not StoreStatus.CLOSED
        and (kind is PlaceKind.CHAIN or place_id == (store.region_id if kind is PlaceKind.REGION else store.store_id))
    ]


def _region(uow: UnitOfWork, code: str) -> Region | None:
    return next((region for region in uow.chain.regions.values() if region.code == code), None)
