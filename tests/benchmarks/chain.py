"""The chain under test, set up through the use cases: stores, terminals, goods with prices, stock and members."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from adapters.privacy.keys import Keys
from adapters.sql.engine import open_engine
from adapters.sql.migrations import migrate
from adapters.sql.unit_of_work import SqlUnits
from application.catalog.entries import CategoryEntry, ProductEntry, UnitEntry
from application.catalog.put_categories import PutCategories, put_categories
from application.catalog.put_products import PutProducts, put_products
from application.catalog.put_units import PutUnits, put_units
from application.identity.callers import CreateTerminal, create_terminal
from application.identity.enroll import Enroll, enroll
from application.identity.regions import PutRegions, put_regions
from application.identity.roles import EnsureBuiltinRoles, ensure_builtin_roles
from application.identity.stores import PutStores, put_stores
from application.identity.views import RegionView, StoreView
from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, receive_goods
from application.membership.register_member import (
    MEMBERS_AT_ONCE_MAX,
    RegisterMember,
    RegisterMembers,
    register_members,
)
from application.ports.kernel import UnitOfWork
from application.pricing.entries import PriceEntry, PriceListEntry, TaxEntry
from application.pricing.put_price_lists import PutPriceLists, put_price_lists
from application.pricing.put_prices import PRICES_PER_REQUEST_MAX, PutPrices, put_prices
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.pricing.put_taxes import PutTaxes, put_taxes
from application.transactor import Transactor, UseCase
from domain.identity.organisation import SYSTEM
from domain.pricing.limits import Limits
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion, Step
from tests.benchmarks.messages import Goods
from tests.benchmarks.scale import (
    CURRENCY,
    MEMBERS,
    SKUS,
    STOCK_UNITS,
    STORES,
    TAX_CODE,
    TAX_RATE_PPM,
    TERMINALS,
    cost_minor,
    price_minor,
)

DEPARTMENTS: Final = 10
PROMOTIONS: Final = 100
PROMOTED_GOODS: Final = 20
PRODUCTS_AT_ONCE: Final = 1_000
REGION: Final = "EAST"
UNIT: Final = "EA"
TAX_CATEGORY: Final = "standard"
PRICE_LIST: Final = "RETAIL"


@dataclass(frozen=True, kw_only=True)
class Chain:
    """What clients need to know of the chain: what to sell to whom, and their credentials, by terminal."""

    goods: Goods
    credentials: tuple[str, ...]


def create_chain(url: str, master_key: bytes) -> Chain:
    """Migrates an empty database and fills it; members' data is readable under `master_key` only."""
    migrate(url)
    units = SqlUnits(open_engine(url), Keys(master_key))
    try:
        return _Opening(Transactor(units)).chain()
    finally:
        units.close()


def publish_promotions(url: str, master_key: bytes) -> None:
    """Puts 100 promotions in force: one on a spend that every basket reaches, the others on some goods each."""
    units = SqlUnits(open_engine(url), Keys(master_key))
    spend = Benefit(BenefitKind.AMOUNT, ItemSet(everything=True), steps=(Step(amount_minor=1_000, off_minor=100),))
    promotions = [Promotion("SPEND", "Spend and save", spend, stage=1, currency=CURRENCY)]
    for number in range(1, PROMOTIONS):
        skus = tuple(f"SKU{sku:06d}" for sku in range(number, SKUS, SKUS // PROMOTED_GOODS))
        benefit = Benefit(BenefitKind.RATE, ItemSet(skus=skus), rate_bp=1_000)
        promotions.append(Promotion(f"RATE{number:03d}", f"Offer {number}", benefit))
    try:
        Transactor(units).write(put_promotions, PutPromotions(tuple(promotions)), caller=SYSTEM, now=datetime.now(UTC))
    finally:
        units.close()


def publish_for_everybody(url: str, master_key: bytes, *, limited: bool) -> None:
    """Puts a promotion in force that every basket gets; its limits, if it has any, are never reached."""
    units = SqlUnits(open_engine(url), Keys(master_key))
    benefit = Benefit(BenefitKind.AMOUNT, ItemSet(everything=True), off_minor=100)
    limits = Limits(uses_max=10**9, discount_minor_total_max=10**12, uses_per_member_max=10**6) if limited else None
    promotion = Promotion("EVERYBODY", "For everybody", benefit, currency=CURRENCY, limits=limits)
    try:
        Transactor(units).write(put_promotions, PutPromotions((promotion,)), caller=SYSTEM, now=datetime.now(UTC))
    finally:
        units.close()


class _Opening:
    def __init__(self, transactor: Transactor) -> None:
        self._transactor = transactor
        self._skus = tuple(f"SKU{number:06d}" for number in range(1, SKUS + 1))
        self._stores = tuple(f"S{number:03d}" for number in range(1, STORES + 1))

    def chain(self) -> Chain:
        self._open_stores()
        credentials = tuple(self._write(self._enrol, number) for number in range(TERMINALS))
        self._list_goods()
        self._price_goods()
        self._receive_goods()
        members = [
            number
            for start in range(0, MEMBERS, MEMBERS_AT_ONCE_MAX)
            for number in self._registered(range(start, min(start + MEMBERS_AT_ONCE_MAX, MEMBERS)))
        ]
        return Chain(goods=Goods(skus=self._skus, member_keys=tuple(members)), credentials=credentials)

    def _open_stores(self) -> None:
        self._write(ensure_builtin_roles, EnsureBuiltinRoles())
        self._write(put_regions, PutRegions((RegionView(REGION, "East"),)))
        stores = tuple(StoreView(code, f"Store {code}", REGION, CURRENCY, "UTC", 0) for code in self._stores)
        self._write(put_stores, PutStores(stores))

    def _enrol(self, uow: UnitOfWork, number: int) -> str:
        """The credential of a new terminal; the stores get one in turn."""
        created = create_terminal(uow, CreateTerminal(f"T{number:03d}", self._stores[number % STORES], "terminal"))
        return enroll(uow, Enroll(created.enrolment_code)).credential

    def _list_goods(self) -> None:
        departments = [f"D{number}" for number in range(DEPARTMENTS)]
        self._write(put_units, PutUnits((UnitEntry(UNIT, "Piece"),)))
        self._write(put_categories, PutCategories(tuple(CategoryEntry(code, code) for code in departments)))
        products = [
            ProductEntry(sku, f"Article {sku}", departments[number % DEPARTMENTS], UNIT, TAX_CATEGORY)
            for number, sku in enumerate(self._skus)
        ]
        for start in range(0, SKUS, PRODUCTS_AT_ONCE):
            self._write(put_products, PutProducts(tuple(products[start : start + PRODUCTS_AT_ONCE])))

    def _price_goods(self) -> None:
        tax = TaxEntry(TAX_CODE, "VAT", TAX_CATEGORY, TAX_RATE_PPM)
        self._write(put_taxes, PutTaxes((tax,)))
        self._write(put_price_lists, PutPriceLists((PriceListEntry(PRICE_LIST, "Retail", CURRENCY, True),)))
        prices = [PriceEntry(sku, price_minor(number)) for number, sku in enumerate(self._skus, start=1)]
        for start in range(0, SKUS, PRICES_PER_REQUEST_MAX):
            self._write(put_prices, PutPrices(PRICE_LIST, tuple(prices[start : start + PRICES_PER_REQUEST_MAX])))

    def _receive_goods(self) -> None:
        lines = tuple(
            ReceiptLine(sku, STOCK_UNITS * 1000, STOCK_UNITS * cost_minor(number))
            for number, sku in enumerate(self._skus, start=1)
        )
        for store in self._stores:
            self._write(receive_goods, ReceiveGoods(lines, store, "Opening stock"))

    def _registered(self, numbers: range) -> Sequence[str]:
        members = tuple(RegisterMember(name=f"Member {number}") for number in numbers)
        registered = self._write(register_members, RegisterMembers(members))
        return tuple(registered.member_numbers)

    def _write(self, use_case: UseCase[Any, Any], command: object) -> Any:
        return self._transactor.write(use_case, command, caller=SYSTEM, now=datetime.now(UTC))
