"""Who may change which prices and taxes: who is bounded by a region or by stores, only what holds in these alone."""

from application.ports.kernel import UnitOfWork
from domain.identity.organisation import WHOLE_CHAIN, Scope, ScopeKind
from domain.pricing.price_list import PriceList
from domain.pricing.tax import Tax
from domain.shared.errors import Forbidden


class OthersPriceList(Forbidden):
    en = "Price list “{code}” holds beyond your own stores; those responsible for it change it. Use a list of your own."
    zh = "价格表“{code}”的范围超出您的门店，须由其负责人修改。请使用您自己的价格表。"


class PricesOutsideScope(Forbidden):
    en = "You may set prices for your own stores only. Name one of them, or a region that is yours, in the price list."
    zh = "您只能为自己的门店定价。请在价格表中填写您的门店或您负责的区域。"


class TaxOutsideScope(Forbidden):
    en = "Tax “{code}” holds beyond your own region; those responsible for it change it."
    zh = "税种“{code}”的范围超出您负责的区域，须由其负责人修改。"


def check_price_list(uow: UnitOfWork, price_list: PriceList, *, field: str) -> None:
    """Refuses a list that applies beyond the caller's own stores: OthersPriceList."""
    if not uow.caller.manages(_scope(price_list.store_id, price_list.region_id)):
        raise OthersPriceList(field, code=price_list.code)


def check_place(uow: UnitOfWork, price_list: PriceList, *, field: str) -> None:
    """Refuses to let a list apply beyond the caller's own stores: PricesOutsideScope; `field` is that of the list."""
    if not uow.caller.manages(_scope(price_list.store_id, price_list.region_id)):
        place = "store_code" if price_list.store_id is not None or price_list.region_id is None else "region_code"
        raise PricesOutsideScope(f"{field}.{place}")


def check_tax(uow: UnitOfWork, tax: Tax, *, field: str) -> None:
    """Refuses a tax that holds beyond the caller's own region: TaxOutsideScope."""
    if not uow.caller.manages(_scope(None, tax.region_id)):
        raise TaxOutsideScope(field, code=tax.code)


def _scope(store_id: int | None, region_id: int | None) -> Scope:
    """Where it applies at most: a store stands for itself, whatever region is named beside it."""
    if store_id is not None:
        return Scope(ScopeKind.STORE, store_id)
    return WHOLE_CHAIN if region_id is None else Scope(ScopeKind.REGION, region_id)
