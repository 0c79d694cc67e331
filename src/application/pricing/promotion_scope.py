"""Who may write promotions for which stores: whoever is bounded by a region or by stores, only for these."""

from application.ports.kernel import UnitOfWork
from application.ports.promotion_lives import Lived
from domain.identity.organisation import Scope, ScopeKind, Store
from domain.pricing.price_book import context_at
from domain.pricing.promotion import Promotion, Situation, holds_in_store
from domain.shared.errors import Forbidden, Rejected
from domain.shared.period import zone


class OutsideScope(Forbidden):
    en = "You may write promotions for {scope} only. Name these in store_codes or region_codes, and no others."
    zh = "您只能为{scope}编写促销。请在 store_codes 或 region_codes 中只填写这些门店或区域。"


class OthersPromotion(Forbidden):
    en = "Promotion “{code}” holds beyond your own stores; those responsible for it change it. Use another code."
    zh = "促销“{code}”的范围超出您的门店，须由其负责人修改。请使用其他代码。"


class LocalPromotionsLocked(Rejected):
    en = "Store “{store_code}” may have no promotions of its own (setting local_promotions). Ask head office."
    zh = "门店“{store_code}”不得自行设置促销（设置 local_promotions）。请联系总部。"


def check_terms_in_scope(uow: UnitOfWork, promotion: Promotion, *, field: str) -> None:
    """Refuses terms that hold beyond the caller's own stores: OutsideScope, LocalPromotionsLocked.

    The whole chain's callers may write anything.
    """
    if uow.caller.store_ids is None:
        return
    if not _within(uow, promotion):
        raise OutsideScope(f"{field}.store_codes", scope=_own(uow))
    for store in _stores_of(uow, promotion):
        if _locked(uow, store):
            raise LocalPromotionsLocked(f"{field}.store_codes", store_code=store.code)


def check_may_change(uow: UnitOfWork, lived: Lived, *, field: str) -> None:
    """Refuses a caller whose scope does not hold all of what is published and drafted: OthersPromotion."""
    for terms in (lived.published, lived.life.draft):
        if terms is not None and uow.caller.store_ids is not None and not _within(uow, terms):
            raise OthersPromotion(field, code=lived.life.code)


def calendar_days(uow: UnitOfWork, *, store: Store | None = None) -> tuple[str, str]:
    """The earliest and the latest date, ISO, that the calendars of the caller's stores show now, or that of one."""
    stores = [store] if store else [one for one in uow.chain.stores.values() if uow.caller.sees(one.store_id)]
    zones = {one.time_zone for one in stores} or {"UTC"}
    days = sorted(uow.now.astimezone(zone(name)).date().isoformat() for name in zones)
    return days[0], days[-1]


def situation_in(uow: UnitOfWork, store: Store) -> Situation:
    """A basket in this store now, as far as it is known which stores a promotion is for."""
    place = uow.chain.place(store.store_id)
    return context_at(place, at=uow.now, business_date=uow.now.date(), channel="", tier=None).situation


def _within(uow: UnitOfWork, promotion: Promotion) -> bool:
    """Whether the terms name places, all of them the caller's: it holds only where all that they name fits."""
    caller, chain = uow.caller, uow.chain
    if promotion.store_codes:
        ids = [chain.store_ids.get(code) for code in promotion.store_codes]
        if all(store_id is not None and caller.sees(store_id) for store_id in ids):
            return True
    if promotion.region_codes:
        ids_by_code = {region.code: region.region_id for region in chain.regions.values()}
        return all(
            code in ids_by_code and caller.manages(Scope(ScopeKind.REGION, ids_by_code[code]))
            for code in promotion.region_codes
        )
    return False


def _stores_of(uow: UnitOfWork, promotion: Promotion) -> list[Store]:
    """Those of the caller's stores in which it can hold."""
    return [
        store
        for store in uow.chain.stores.values()
        if uow.caller.sees(store.store_id) and holds_in_store(promotion, situation_in(uow, store))
    ]


def _locked(uow: UnitOfWork, store: Store) -> bool:
    """Whether any of the scopes around the store says no: a narrower yes does not open what head office has closed."""
    scopes = ((ScopeKind.CHAIN, 0), (ScopeKind.REGION, store.region_id), (ScopeKind.STORE, store.store_id))
    return any(uow.chain.settings.get(("local_promotions", *scope)) == "no" for scope in scopes)


def _own(uow: UnitOfWork) -> str:
    caller, chain = uow.caller, uow.chain
    if caller.region_id is not None:
        return chain.regions[caller.region_id].code
    codes = sorted(chain.stores[store_id].code for store_id in caller.store_ids or () if store_id in chain.stores)
    return ", ".join(codes[:5]) + (", …" if len(codes) > 5 else "")
