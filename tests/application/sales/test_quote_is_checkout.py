"""A quote is its checkout: in two thousand shops by chance, what QuoteBasket says is what Checkout sells."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.catalog.entries import CategoryEntry, ProductEntry
from application.catalog.put_categories import PutCategories, put_categories
from application.catalog.put_products import PutProducts, put_products
from application.identity.callers import CreateTerminal, create_terminal
from application.identity.regions import PutRegions, put_regions
from application.identity.settings import PutSetting, put_setting
from application.identity.stores import PutStores, put_stores
from application.identity.views import RegionView, StoreView
from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, receive_goods
from application.known_settings import SETTINGS
from application.membership.put_member_segments import MemberSegments, PutMemberSegments, put_member_segments
from application.membership.register_member import RegisterMember, register_member
from application.pricing.entries import PriceEntry, TaxEntry
from application.pricing.put_price_lists import PutPriceLists, put_price_lists
from application.pricing.put_prices import PutPrices, put_prices
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.pricing.put_taxes import PutTaxes, put_taxes
from application.sales.basket import TerminalPrice
from application.sales.checkout import checkout
from application.sales.quote import Quote, QuoteBasket, quote_basket
from application.sales.views import SaleView
from domain.identity.organisation import Caller, ScopeKind, StoreStatus
from domain.pricing.limits import Limits
from domain.pricing.promotion import REWARDS, Benefit, BenefitKind, ItemSet, Promotion
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal
from tests.application.sales.coupons import issue, put_batch
from tests.random_pricing import (
    COUPON_BATCH,
    some_manual,
    some_price,
    some_price_lists,
    some_promotion,
    some_quantity,
    some_terminal_price,
)
from tests.world import OPENING, Till, World, opened

EXAMPLES = 2_000
USED_UP = 4
REGIONS = ("EAST", "WEST")
STORES = tuple(f"S{number}" for number in range(1, 13))
CATEGORIES = {"FRUIT": "FOOD", "DRINKS": "FOOD", "TOYS": "HOME"}
SKUS = tuple(f"A{number}" for number in range(24))
MEMBERS = {"13700137001": "gold", "13700137002": "", "13700137003": "gold"}
BATCHES = ("SUMMER", "WINTER")
VARIED = (
    "rounding_mode", "tax_rounding", "discount_stacking", "points_rounding", "points_earn_base",
    "points_multiplier_combination", "price_floor", "points_earning", "negative_stock",
)  # fmt: skip
FIGURES = ("gross_minor", "discount_minor", "net_minor", "tax_minor", "total_minor", "currency", "member_number")


class Shops:
    """A chain by chance: settings by store, goods, taxes and price lists; promotions come with each example."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.random = random = Random(20261122)
        self._organise(random)
        self._stock(random)
        self._price(random)
        for batch in (COUPON_BATCH, *BATCHES):
            put_batch(world, batch)
        self._near: tuple[str, ...] = ()
        self.codes = {batch: issue(world, batch, count=3) for batch in BATCHES}
        self._use_up()
        self.tills = [world.terminal(f"T{store[1:]}", "sales.below_floor", "sales.price_override") for store in STORES]

    def _organise(self, random: Random) -> None:
        world = self.world
        world.do(put_regions, PutRegions(tuple(RegionView(code, code) for code in REGIONS)))
        stores = [
            StoreView(code, code, random.choice(REGIONS), "CNY", "Asia/Shanghai", 240, StoreStatus.OPEN)
            for code in STORES
        ]
        world.do(put_stores, PutStores(tuple(stores)))
        for code in STORES[2:]:
            world.do(create_terminal, CreateTerminal(f"T{code[1:]}", code, "terminal"))
        for name in VARIED:
            for code in STORES:
                values = SETTINGS[name].allowed.split(", ")
                world.do(put_setting, PutSetting(name, ScopeKind.STORE, code, random.choice(values)))
        segments = []
        for number, phone in enumerate(MEMBERS):
            world.do(register_member, RegisterMember(name="成员", phone=phone, tier=MEMBERS[phone], source="till"))
            segments.append(MemberSegments(phone, ("nobody",) if number % 2 else ()))
        world.do(put_member_segments, PutMemberSegments(tuple(segments)))

    def _stock(self, random: Random) -> None:
        entries = [CategoryEntry(code, code, parent) for code, parent in CATEGORIES.items()]
        self.world.do(put_categories, PutCategories(tuple(entries)))
        products = [
            ProductEntry(
                sku, sku, random.choice(("FOOD", "HOME", *CATEGORIES)), "EA",
                random.choice(("standard", "food", "")), unstocked=random.random() < 0.1,
                excluded_from_points=random.random() < 0.1, brand=random.choice(("", "B1", "B2")),
                supplier_code=random.choice(("", "SUP1")),
                tags=tuple(random.sample(("T1", "T2", "T3"), random.choice((0, 1, 2)))),
            )
            for sku in SKUS
        ]  # fmt: skip
        self.world.do(put_products, PutProducts(tuple(products)))
        for code in STORES:
            lines = [
                ReceiptLine(one.sku, units * 1_000, units * random.choice((1, 5, 90)))
                for one in products
                if not one.unstocked and (units := random.choice((0, 3, 500, 500, 500)))
            ]
            self.world.do(receive_goods, ReceiveGoods(tuple(lines), store_code=code))

    def _price(self, random: Random) -> None:
        world = self.world
        food = TaxEntry("FOOD9", "Food", "food", 90_000)
        local = TaxEntry("LOCAL", "Local", "standard", 13_333, region_code="WEST")
        world.do(put_taxes, PutTaxes((TaxEntry("VAT13", "VAT 13 %", "standard", 130_000), food, local)))
        lists = some_price_lists(random, 6, currency="CNY", stores=STORES, regions=REGIONS, at=OPENING)
        world.do(put_price_lists, PutPriceLists(tuple(lists)))
        for entry in lists:
            named = SKUS if entry.code == "BASE" else random.sample(SKUS, 12)
            prices = {sku: some_price(random, sku, OPENING) for sku in named}
            if entry.code == "BASE":
                # One of them is known by no price at all.
                prices = {sku: PriceEntry(sku, one.unit_price_minor + 7) for sku, one in prices.items()}
                del prices[SKUS[-1]]
            world.do(put_prices, PutPrices(entry.code, tuple(prices.values())))

    def _use_up(self) -> None:
        """Promotions of whose limits so much is gone: the codes of the examples, each used once more than the next."""
        benefit = Benefit(BenefitKind.AMOUNT, ItemSet(skus=("TEA",)), off_minor=400)
        used = [
            Promotion(f"P{number}", "Used", benefit, currency="CNY", stage=number, limits=Limits())
            for number in range(USED_UP)
        ]
        for number in range(USED_UP, 0, -1):
            self.world.do(put_promotions, PutPromotions(tuple(used[:number])))
            self.world.sell(Till().line("TEA", 9).member(next(iter(MEMBERS))).cash(90_000).command)
            self.world.do(put_promotions, PutPromotions((replace(used[number - 1], paused=True),)))

    def book(self, random: Random, store: str) -> list[Promotion]:
        """Up to eight promotions, some of them for coupons and some with limits."""
        some = []
        for number in range(random.randrange(9)):
            # Few of the goods, so that promotions and baskets meet.
            promotion = some_promotion(
                random, f"P{number}", skus=self._near, categories=("FOOD", "HOME", *CATEGORIES), at=self.world.clock(),
                stores=(store, random.choice(STORES)), regions=REGIONS, currencies=(*["CNY"] * 9, "USD"),
            )  # fmt: skip
            if random.random() < 0.3:
                promotion = replace(promotion, coupon_batch_code=random.choice(BATCHES))
            if random.random() < 0.4:
                off = 0 if promotion.benefit.kind in REWARDS else random.choice((0, 500, 2_500))
                limits = Limits(
                    uses_max=random.choice((0, 2, 4)),
                    uses_per_member_max=random.choice((0, 0, 2)),
                    discount_minor_total_max=off,
                )
                promotion = replace(promotion, limits=limits, currency="CNY")
            some.append(promotion)
        return some

    def basket(self, random: Random) -> Till:
        till = Till()
        for sku in random.choices(self._near, k=random.randrange(1, 6)):
            terminal = some_terminal_price(random)
            stated = TerminalPrice(terminal.gross_minor, terminal.discounts) if terminal else None
            manual = () if stated else some_manual(random)
            quantity = some_quantity(random)
            till = till.line(sku, quantity_milli=quantity, terminal_price=stated, discounts=manual)
        codes = [code for batch in BATCHES for code in random.sample(self.codes[batch], random.choice((0, 0, 1, 2)))]
        return till.basket(
            channel=random.choice(("", "web")),
            discounts=some_manual(random),
            coupon_codes=tuple(codes),
            member_key=random.choice(("", *MEMBERS)),
            payment_kinds=random.choice(((), (TenderKind.CARD,))),
        )

    def at_random(self, random: Random) -> tuple[Caller, list[Promotion], Till]:
        """The context, the book and the basket of one example."""
        self._near = tuple(random.sample(SKUS, 4))
        self.world.clock.now = OPENING + timedelta(hours=random.randrange(0, 72), minutes=random.randrange(60))
        till = random.choice(self.tills)
        return till, self.book(random, f"S{till.code[1:]}"), self.basket(random)


@pytest.fixture
def shops(sqlite_chain: str) -> Any:
    with opened(sqlite_chain, furnished=True) as world:
        yield Shops(world)


@pytest.mark.capability("PRM-14", "SAL-01")
def test_a_quote_is_its_checkout(shops: Shops):
    seen: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES)
    @given(st.integers(0, 2**48))
    def examples(seed: int) -> None:
        compare(shops, Random(seed), seen)

    before = shops.world.counts()
    examples()
    # What is compared did happen, and every example began from the same chain.
    for what in ("sold", "refused", "gift", "points", "coupon", "awarded", "promotion", "limited", "tax"):
        assert seen[what] >= EXAMPLES // 40, (what, seen)
    assert shops.world.counts() == before


def compare(shops: Shops, random: Random, seen: Counter[str]) -> None:
    """One transaction, undone at its end: a book is put in force, a basket quoted and sold."""
    caller, book, till = shops.at_random(random)
    world = shops.world
    request_id = str(UUID(int=random.getrandbits(128)))
    with world.units.begin(caller=caller, now=world.clock(), request_id=request_id) as uow:
        if book:
            uow.pricing.put_promotions(book, version=uow.bump("promotions"))
        quoted = outcome(lambda: quote_basket(uow, QuoteBasket(till.command.basket)))
        if isinstance(quoted, Quote) and not quoted.total_minor:
            # Nobody pays for it, by whatever kind of tender.
            till = till.basket(payment_kinds=())
            quoted = outcome(lambda: quote_basket(uow, QuoteBasket(till.command.basket)))
        due = quoted.total_minor if isinstance(quoted, Quote) else 1
        paid = till.card(due) if due else till
        [sold] = checkout(uow, [world.call(paid.command, caller, request_id)])
    if isinstance(sold, Refusal):
        told = sold.reason, sold.field, sold.details
        # A quote reserves nothing and warns of nothing: whether the goods are there is asked at the sale.
        assert told == quoted or (isinstance(quoted, Quote) and sold.reason == "INSUFFICIENT_STOCK")
        seen["short" if isinstance(quoted, Quote) else "refused"] += 1
        return
    assert isinstance(quoted, Quote)
    for name in FIGURES:
        assert getattr(sold, name) == getattr(quoted, name), name
    assert sold.lines == quoted.lines
    assert (sold.points_earned, sold.coupons, sold.coupon_costs) == (
        quoted.points_earned, quoted.coupons, quoted.coupon_costs,
    )  # fmt: skip
    assert Counter(one.batch_code for one in sold.coupons_awarded) == awarded(quoted)
    note(sold, quoted, seen)


def outcome(run: Callable[[], Quote]) -> Any:
    """The quote, or the refusal by its name and place."""
    try:
        return run()
    except Refusal as refusal:
        return refusal.reason, refusal.field, refusal.details


def awarded(quoted: Quote) -> Counter[str]:
    """How many coupons of each batch the next purchase gets."""
    found: Counter[str] = Counter()
    for one in quoted.promotions:
        if one.reward is not None:
            for coupons in one.reward.coupons:
                found[coupons.batch_code] += coupons.count
    return found


def note(sold: SaleView, quoted: Quote, seen: Counter[str]) -> None:
    """What an example was an example of."""
    seen["sold"] += 1
    seen["gift"] += any(line.gift_promotion_code for line in sold.lines)
    seen["points"] += sold.points_earned > 0
    seen["coupon"] += any(one.redeemed for one in sold.coupons)
    seen["awarded"] += bool(sold.coupons_awarded)
    seen["promotion"] += any(one.applied for one in quoted.promotions)
    seen["limited"] += any(one.limit for one in quoted.promotions)
    seen["tax"] += sold.tax_minor > 0
