"""Server and terminal agree: the book that travels prices every basket to exactly what the server says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.festivals import festivals_near
from application.catalog.entries import ProductEntry
from application.ports.catalog import ChangedCategory, ChangedProduct
from application.ports.identity import Chain
from application.ports.membership import MemberAccount
from application.ports.pricing import ChangedPromotion, PricedProduct, PricedProducts
from application.pricing.put_campaigns import PutCampaigns, put_campaigns
from application.pricing.put_price_lists import PutPriceLists, put_price_lists
from application.pricing.put_prices import PutPrices, put_prices
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.basket import ResolvedBasket, ResolvedLine, TerminalPrice, price, price_book_of
from application.sales.buying import Buying
from application.sales.preparing import Checkout
from application.sales.quote import QuoteBasket, quote_basket
from domain.catalog.product import Product, ProductStatus
from domain.identity.organisation import SYSTEM, Caller, Region, ScopeKind, Store, StoreStatus
from domain.pricing.basket import PricedBasket, TerminalPriced
from domain.pricing.gift_lines import gift_lines
from domain.pricing.limits import Campaign, Limits
from domain.pricing.price_book import BasketToPrice, Item, price_basket
from domain.pricing.price_list import Price, PriceList
from domain.pricing.promoting import Considered, Stacking
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.tax import Tax, TaxRounding
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal
from domain.shared.money import Rounding
from entrypoints.grpc.pricing import SERVICE
from entrypoints.terminal.price_book import StoreBook, build, fetch
from liansuo.pricing.v1 import pricing_pb2 as pb2
from tests.application.sales.coupons import put_batch
from tests.entrypoints.world_calls import ask
from tests.random_pricing import (
    COUPON_BATCH,
    some_manual,
    some_price,
    some_price_lists,
    some_promotion,
    some_quantity,
    some_terminal_price,
)
from tests.world import OPENING, Till, World

LIST = SERVICE.methods[f"/{SERVICE.name}/ListPriceBook"]
SKUS = ("a", "b", "c", "d")
CATEGORIES = {10: ("food", ""), 11: ("drinks", "food"), 12: ("home", "")}
STORES = ("S1", "S2")
REGIONS = ("EAST", "WEST")
TERMINAL = replace(SYSTEM, store_id=1, store_ids=frozenset({1}))


class Stored:
    """A chain by chance, and what its database would say of it."""

    caller: Caller = TERMINAL
    now: datetime = OPENING

    def __init__(self, random: Random) -> None:
        self.random = random
        regions = {1: Region(1, "EAST", ""), 2: Region(2, "WEST", "")}
        region_ids = {region.code: number for number, region in regions.items()}
        entries = some_price_lists(random, 3, currency="CNY", stores=STORES, regions=REGIONS, at=OPENING)
        price_lists = {}
        for number, entry in enumerate(entries, start=20):
            price_lists[number] = PriceList(
                number, entry.code, entry.name, entry.currency, entry.includes_tax, entry.priority,
                STORES.index(entry.store_code) + 1 if entry.store_code else None, region_ids.get(entry.region_code),
                entry.channel, entry.tier, entry.valid_from, entry.valid_until,
            )  # fmt: skip
        above = {"": frozenset[str]()}
        for code, parent in CATEGORIES.values():
            above[code] = above[parent] | {code}
        self.chain = Chain(
            version=3,
            stores={
                number: Store(number, code, "", number, "CNY", "Asia/Shanghai", 240, StoreStatus.OPEN)
                for number, code in enumerate(STORES, start=1)
            },
            regions=regions,
            settings={
                ("tax_rounding", ScopeKind.CHAIN, 0): random.choice(list(TaxRounding)).value,
                ("rounding_mode", ScopeKind.REGION, 1): random.choice(list(Rounding)).value,
                ("discount_stacking", ScopeKind.STORE, 1): random.choice(list(Stacking)).value,
            },
            price_lists=price_lists,
            taxes=[
                Tax(1, "VAT", "VAT", "standard", random.choice([130_000, 333_333]), None, None, None),
                Tax(2, "LOCAL", "Local", "standard", 10_000, random.choice([1, 2]), None, None),
                Tax(3, "FOOD", "Food", "food", 90_000, None, OPENING.date(), None),
            ],
            departments={},
            category_codes={number: above[code] for number, (code, _) in CATEGORIES.items()},
            caller_codes={},
            staff_codes={},
        )
        self.products = {sku: self._product(30 + number, sku) for number, sku in enumerate(SKUS)}
        self.promotion_list = [
            some_promotion(
                random, f"P{number}", skus=SKUS, categories=("food", "drinks", "home"), at=OPENING, stores=STORES,
                regions=REGIONS, currencies=("CNY", "CNY", "CNY", "USD"),
            )
            for number in range(random.randrange(6))
        ]  # fmt: skip

    def _product(self, sku_id: int, sku: str) -> PricedProduct:
        random = self.random
        product = Product(
            sku_id, sku, sku, random.choice(list(CATEGORIES)), 10, 1, random.choice(["standard", "food", ""]), "",
            False, False, False, ProductStatus.ACTIVE, random.choice(["", "B1", "B2"]), random.choice(["", "SUP1"]),
            tuple(random.sample(["T1", "T2", "T3"], random.choice([0, 1, 2]))),
        )  # fmt: skip
        prices = []
        for price_list_id in self.chain.price_lists:
            entries = [some_price(random, sku, OPENING) for _ in range(random.choice([0, 1, 2]))]
            if price_list_id == min(self.chain.price_lists) and random.random() < 0.97:
                entries.append(replace(entries[0] if entries else some_price(random, sku, OPENING), valid_from=None))
                entries[-1] = replace(entries[-1], quantity_from_milli=0)
            stated = {(entry.quantity_from_milli, entry.valid_from): entry for entry in entries}
            prices += [
                Price(
                    price_list_id,
                    sku_id,
                    entry.quantity_from_milli,
                    entry.valid_from,
                    None,
                    entry.unit_price_minor,
                    entry.minimum_unit_price_minor,
                )
                for entry in stated.values()
            ]
        return PricedProduct(product, "EA", 0, prices)

    # What ListPriceBook asks of a unit of work.

    @property
    def catalog(self) -> "Stored":
        return self

    @property
    def pricing(self) -> "Stored":
        return self

    def refresh(self) -> None:
        pass

    def versions(self) -> Mapping[str, int]:
        return {"chain": 3, "prices": 5, "promotions": 7}

    def changed_categories(self, *, after: tuple[int, int], limit: int) -> Sequence[ChangedCategory]:
        rows = [ChangedCategory(1, number, *found) for number, found in CATEGORIES.items()]
        return [row for row in rows if (row.changed_version, row.category_id) > after][:limit]

    def changed_products(self, *, after: tuple[int, int], limit: int) -> Sequence[ChangedProduct]:
        rows = []
        for found in self.products.values():
            product = found.product
            entry = ProductEntry(
                product.sku, product.name, CATEGORIES[product.category_id][0], "EA", product.tax_category,
                status=product.status, brand=product.brand, supplier_code=product.supplier_code, tags=product.tags,
            )  # fmt: skip
            rows.append(ChangedProduct(2, product.sku_id, entry, 0))
        return [row for row in rows if (row.changed_version, row.sku_id) > after][:limit]

    def changed_promotions(self, *, after: tuple[int, str], limit: int) -> Sequence[ChangedPromotion]:
        rows = [ChangedPromotion(4, promotion) for promotion in self.promotion_list]
        return [row for row in rows if (row.changed_version, row.promotion.code) > after][:limit]

    def promotion_book(self) -> PromotionBook:
        return PromotionBook(self.promotion_list)

    def prices_on(self, price_list_ids: Sequence[int], sku_ids: Sequence[int]) -> Mapping[int, Sequence[Price]]:
        return {
            found.product.sku_id: [price for price in found.prices if price.price_list_id in price_list_ids]
            for found in self.products.values()
            if found.product.sku_id in sku_ids
        }


def transported(stored: Stored, page_size: int) -> StoreBook:
    """The terminal's book, made of the bytes that the server answers."""

    def pages() -> Any:
        token = ""
        while True:
            request = pb2.ListPriceBookRequest(page_size=page_size, page_token=token)
            answer = LIST.show(LIST.use_case(stored, LIST.decode(request)))
            page = pb2.ListPriceBookResponse.FromString(answer)
            yield page
            token = page.next_page_token
            if not token:
                return

    return build(pages())


def outcome(run: Any) -> Any:
    """The priced basket, or the refusal by its name and place."""
    try:
        return run()
    except Refusal as refusal:
        return refusal.reason, refusal.field, refusal.details


def known_to(held: StoreBook, considered: Sequence[Considered]) -> list[Considered]:
    """Without what a terminal has never heard of: promotions that hold in other stores and currencies only."""
    known = held.book.promotions.promotions
    assert not any(one.applied or one.beaten_by for one in considered if one.code not in known)
    return [one for one in considered if one.code in known]


@settings(max_examples=2_000)
@given(st.integers(0, 2**48))
def test_the_book_that_travels_gives_the_price_of_the_server(seed: int):
    stored = Stored(Random(seed))
    random = stored.random
    held = transported(stored, random.choice([1, 2, 5, 500]))
    channel, tier = random.choice(["store", "web"]), random.choice([None, "", "gold"])
    lines = [
        ResolvedLine(
            found.product.sku, some_quantity(random), some_terminal_price(random), (), random.random() < 0.5, found
        )
        for found in random.choices(list(stored.products.values()), k=random.randrange(1, 6))
    ]
    for line in lines:
        if line.terminal is None:
            line.manual = some_manual(random)
    store = stored.chain.stores[1]
    basket = ResolvedBasket(store, stored.chain.policies(1), channel, "", lines, some_manual(random))
    products = PricedProducts(5, stored.products, {}, {})
    book = price_book_of(products, chain=stored.chain, promotions=PromotionBook(stored.promotion_list))
    at = OPENING + timedelta(hours=random.choice([0, 8, 15, 19]))
    member = MemberAccount(9, "M9", tier, 0, 4) if tier is not None else None
    buying = Buying(member, (TenderKind.WALLET,), festivals_near)
    context = held.context(at=at, channel=channel, tier=tier, buyer=buying.buyer())
    here = outcome(
        lambda: price(basket, chain=stored.chain, book=book, buying=buying, business_date=context.business_date, at=at)
    )
    items = [Item(line.sku, line.quantity_milli, line.terminal, line.manual, line.includes_tax) for line in lines]
    there = outcome(lambda: price_basket(BasketToPrice(items, basket.discounts), held.book, context))
    if isinstance(here, PricedBasket):
        here.considered = known_to(held, here.considered)
    assert there == here
    assert held.policies == stored.chain.policies(1)


# Through the real server, on both engines.

SHELF = ("TEA", "MUG", "RICE", "WRAP", "GIFT")


@dataclass
class Shop:
    """The small chain as it changes, and the book of the terminal in S1, which only hears of changes."""

    world: World
    random: Random
    held: StoreBook | None = None

    def change(self) -> None:
        random, world = self.random, self.world
        at = world.clock()
        for _ in range(random.choice([0, 1, 3])):
            promotion = some_promotion(
                random, f"P{random.randrange(8)}", skus=SHELF, categories=("FOOD", "HOME"), at=at, stores=STORES,
                regions=("EAST",), currencies=("CNY", "CNY", "CNY", "USD"),
            )  # fmt: skip
            world.do(put_promotions, PutPromotions((promotion,)))
        if random.random() < 0.3:
            lists = some_price_lists(random, 2, currency="CNY", stores=STORES, regions=("EAST",), at=at)
            world.do(put_price_lists, PutPriceLists(tuple(lists)))
            for entry in lists[1:]:
                prices = {sku: some_price(random, sku, at) for sku in random.sample(SHELF, 3)}
                world.do(put_prices, PutPrices(entry.code, tuple(prices.values())))
        if random.random() < 0.3:
            world.set("discount_stacking", random.choice(list(Stacking)).value)
        if random.random() < 0.2:
            world.set("tax_rounding", random.choice(list(TaxRounding)).value)

    def fetched(self) -> StoreBook:
        self.held = fetch(lambda request: ask(self.world, SERVICE, "ListPriceBook", request, self.world.s1), self.held)
        return self.held

    def basket(self) -> Till:
        random = self.random
        till = Till()
        for sku in random.choices(SHELF, k=random.randrange(1, 6)):
            quantity = 1_234 if sku == "RICE" and random.random() < 0.5 else some_quantity(random)
            terminal = some_terminal_price(random)
            stated = TerminalPrice(terminal.gross_minor, terminal.discounts) if terminal else None
            manual = () if stated else some_manual(random)
            till = till.line(sku, quantity_milli=quantity, terminal_price=stated, discounts=manual)
        if random.random() < 0.5:
            till = till.member()
        return till.basket(channel=random.choice(["", "web"]), discounts=some_manual(random))

    def priced(self, command: Checkout) -> PricedBasket:
        """What the terminal makes of it."""
        basket = command.basket
        items = []
        for line in basket.lines:
            stated = line.terminal_price
            terminal = TerminalPriced(stated.gross_minor, stated.discounts) if stated else None
            items.append(Item(line.sku, line.quantity_milli, terminal, line.discounts, includes_tax=True))
        held = self.fetched()
        tier = "gold" if basket.member_key else None
        context = held.context(at=self.world.clock(), channel=basket.channel or "store", tier=tier)
        return price_basket(BasketToPrice(items, basket.discounts), held.book, context)


@pytest.fixture
def shop(world: World) -> Shop:
    world.set_tier("gold")
    world.set("negative_stock", "allow")
    put_batch(world, COUPON_BATCH)
    # Discounts by hand may go where promotions stop.
    world.s1 = world.terminal("T1", "sales.below_floor")
    return Shop(world, Random(20261122))


def amounts(lines: Sequence[Any]) -> list[Any]:
    return [
        (line.unit_price_minor, line.gross_minor, line.discount_minor, line.net_minor, line.tax_minor,
         line.total_minor, line.discounts, line.taxes)
        for line in lines
    ]  # fmt: skip


@pytest.mark.capability("PRM-14")
@pytest.mark.parametrize("hours", [13, 14, 61, 62])
def test_without_connection_a_campaign_begins_and_stops_with_its_days(shop: Shop, hours: int):
    """From 23 November to the end of the 24th by the clock in Shanghai; the chain is in its 22nd, 10:00."""
    world = shop.world
    runs = 14 <= hours < 62
    campaign = Campaign("XMAS", "Christmas", "CNY", "2026-11-23", "2026-11-25", budget_minor=100)
    world.do(put_campaigns, PutCampaigns((campaign,)))
    off = Benefit(BenefitKind.AMOUNT, ItemSet(everything=True), off_minor=1_000)
    terms = (
        Promotion("P", "P", off, currency="CNY", limits=Limits(campaign_code="XMAS")),
        Promotion("Q", "Q", off, currency="CNY", stage=1, limits=Limits(uses_max=1)),
    )
    world.do(put_promotions, PutPromotions(terms))
    shop.fetched()
    # Nobody is asked any more: the till sells, and its sale comes in a week later.
    sold_at = world.clock() + timedelta(hours=hours)
    context = shop.held.context(at=sold_at, channel="store", tier=None)
    there = price_basket(BasketToPrice([Item("TEA", 1_000, None, (), includes_tax=True)]), shop.held.book, context)
    assert there.total_minor == (8_000 if runs else 9_000)
    world.clock.advance(days=7)
    sale = world.sell(Till().line("TEA").cash(there.total_minor).offline(sold_at).command)
    assert (amounts(sale.lines), sale.total_minor) == (amounts(there.lines), there.total_minor)
    # A period that changes is heard of with the next book, and only then.
    world.do(put_campaigns, PutCampaigns((replace(campaign, until_date=""),)))
    assert [one.until_date for one in shop.held.campaigns] == ["2026-11-25"]
    assert [one.until_date for one in shop.fetched().campaigns] == [""]


@pytest.mark.capability("PRM-14")
def test_quote_checkout_and_terminal_come_to_the_same(shop: Shop):
    world = shop.world
    for _ in range(60):
        world.clock.advance(minutes=shop.random.choice([1, 90, 400]))
        shop.change()
        till = shop.basket()
        there = outcome(lambda till=till: shop.priced(till.command))
        quoted = outcome(lambda till=till: world.ask(quote_basket, QuoteBasket(till.command.basket), world.s1))
        if not isinstance(there, PricedBasket):
            assert there == (quoted[0], quoted[1].removeprefix("basket."), quoted[2])
            continue
        gifts = [gift.priced for gift in gift_lines(there)]
        assert (amounts([*there.lines, *gifts]), there.total_minor) == (amounts(quoted.lines), quoted.total_minor)
        assert shop.held is not None
        known = shop.held.book.promotions.promotions
        told = {one.code: (one.discount_minor, one.reason) for one in quoted.promotions if one.code in known}
        assert {one.code: (one.off_minor, one.unmet or "") for one in there.considered} == told
        assert shop.held.book.version.prices == quoted.price_version
        sale = world.sell(
            till.tender(TenderKind.CASH, there.total_minor).command if there.total_minor else till.command
        )
        assert (amounts(sale.lines), sale.total_minor) == (amounts(quoted.lines), quoted.total_minor)
