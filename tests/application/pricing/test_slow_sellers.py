"""Slow sellers on both engines: every product sells enough, is proposed, or is counted as left out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.catalog.entries import ProductEntry
from application.catalog.put_products import PutProducts, put_products
from application.fields import Missing, OutOfRange, TooMany
from application.identity.regions import PutRegions, put_regions
from application.identity.settings import PutSetting, put_setting
from application.identity.stores import PutStores, put_stores
from application.identity.views import RegionView, StoreView
from application.paging import InvalidPageToken, token_of
from application.pricing.entries import PriceEntry, PriceListEntry
from application.pricing.list_slow_sellers import ListSlowSellers, list_slow_sellers
from application.pricing.put_price_lists import PutPriceLists, put_price_lists
from application.pricing.put_prices import PutPrices, put_prices
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.pricing.slow_seller_period import (
    InvalidMonth,
    MonthNotBegun,
    MonthWithDays,
    NoStores,
    OneCurrency,
    StoresWithRegion,
    UnknownRegion,
)
from application.pricing.slow_seller_views import SlowSeller, SlowSellerPage, SlowSellerPromotion
from application.sales.refund import RefundSale, VoidSale, void_sale
from application.scope import UnknownStore
from domain.catalog.product import ProductStatus
from domain.identity.organisation import SYSTEM, Caller, ScopeKind, StoreStatus
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from domain.pricing.slow_seller import LeftOut, SlowReason, SlowSellerProposal
from domain.sales.reversal import ReturnRequest
from domain.shared.errors import Refusal
from tests.world import OPENING, Till, World

DEEPEN, DELIST = SlowSellerProposal.DEEPEN, SlowSellerProposal.DELIST
DECEMBER = ListSlowSellers(month="2026-12")
SECOND_HALF = Benefit(BenefitKind.EVERY_NTH, every=2, units=1, rate_bp=5_000)


@pytest.fixture
def december(world: World) -> World:
    """The world in the last days of December 2026; all goods were received in November."""
    world.clock.now = OPENING + timedelta(days=20)
    return world


def listed(world: World, asked: ListSlowSellers = DECEMBER, caller: Caller = SYSTEM) -> SlowSellerPage:
    found: SlowSellerPage = world.ask(list_slow_sellers, asked, caller)
    return found


def in_january(world: World) -> None:
    world.clock.now = OPENING + timedelta(days=45)


def of(page: SlowSellerPage) -> dict[str, SlowSeller]:
    return {one.sku: one for one in page.slow_sellers}


def publish(world: World, *promotions: Promotion) -> None:
    world.do(put_promotions, PutPromotions(promotions))


def rate(code: str, rate_bp: int, *skus: str, **fields: Any) -> Promotion:
    return Promotion(code, code, Benefit(BenefitKind.RATE, ItemSet(skus=skus), rate_bp=rate_bp), **fields)


def minimum(world: World, sku: str, price: int, least: int) -> None:
    world.do(put_prices, PutPrices("BASE", (PriceEntry(sku, price, minimum_unit_price_minor=least),)))


@pytest.mark.capability("PRM-16")
def test_less_than_five_pieces_a_month_are_deepened_while_there_is_room(december: World) -> None:
    december.sell(Till().line("TEA", 6).cash(60_000).command)
    sale = december.sell(Till().line("TEA", 2).cash(20_000).command, december.s2)
    december.refund(RefundSale(sale.sale_id, "colour", (ReturnRequest(1, 1_000, amount_only=False),)), december.s2)
    gone = december.sell(Till().line("TEA", 5).line("MUG", 5).cash(75_000).command)
    december.once(void_sale, VoidSale(gone.sale_id, "mistake"), december.s1)
    december.sell(Till().line("MUG", 4).cash(20_000).command)
    december.sell(Till().line("RICE", quantity_milli=4_999).cash(3_999).command)
    in_january(december)
    december.sell(Till().line("MUG", 9).cash(45_000).command)
    found = listed(december)
    assert (found.looked_at, found.selling, [(one.reason, one.count) for one in found.left_out]) == (
        5, 1, [(LeftOut.UNSTOCKED, 2)],
    )  # fmt: skip
    assert (found.from_date, found.to_date, found.slow_below_milli) == ("2026-12-01", "2026-12-31", 5_000)
    # Of 200 mugs at 20.00, 13 are gone by now; 50.00 with 13 % of tax are 44.25 without.
    assert of(found)["MUG"] == SlowSeller(
        sku="MUG",
        name="Mug",
        unit_code="EA",
        sold_milli=4_000,
        on_hand_milli=187_000,
        stock_value_minor=374_000,
        days_of_stock=187 * 31 // 4,
        unit_price_minor=5_000,
        unit_price_minor_max=5_000,
        includes_tax=True,
        unit_cost_minor=2_000,
        margin_minor=2_425,
        margin_bp=5_480,
        promotions=[],
        current_rate_bp=0,
        proposal=DEEPEN,
        reason=SlowReason.ROOM_ABOVE_FLOOR,
        proposed_rate_bp=500,
        proposed_price_minor=4_750,
        explanation="Now 0 % off. 5 % off leaves the price at its floor or above.",
    )
    assert (of(found)["RICE"].sold_milli, of(found)["RICE"].unit_code) == (4_999, "KG")
    # In its own store the tea of the other one does not count, and here it sold one piece.
    here = listed(december, DECEMBER, december.s2)
    assert (of(here)["TEA"].sold_milli, of(here)["TEA"].on_hand_milli) == (1_000, 99_000)


@pytest.mark.capability("PRM-16")
def test_what_is_at_its_floor_or_unsold_in_spite_of_a_promotion_is_to_be_delisted(december: World) -> None:
    publish(
        december,
        rate("MUG10", 1_000, "MUG"),
        rate("TEA10", 1_000, "TEA"),
        rate("LATER", 100, "RICE", from_date="2027-01-01"),
        rate("PAUSED", 5_000, "RICE", paused=True),
        Promotion("SECOND", "SECOND", replace(SECOND_HALF, items=ItemSet(skus=("MUG",)))),
    )
    minimum(december, "TEA", 10_000, 8_600)
    december.sell(Till().line("TEA").cash(9_000).command)
    in_january(december)
    found = of(listed(december, DECEMBER, replace(SYSTEM, language="zh-CN")))
    told = {sku: (one.proposal, one.reason, one.current_rate_bp, one.proposed_rate_bp) for sku, one in found.items()}
    assert told == {
        "MUG": (DELIST, SlowReason.UNSOLD_THOUGH_PROMOTED, 1_000, 0),
        "TEA": (DELIST, SlowReason.AT_FLOOR, 1_000, 0),
        # What began after the month says nothing of it, and comes off now all the same.
        "RICE": (DEEPEN, SlowReason.ROOM_ABOVE_FLOOR, 100, 600),
    }
    assert found["MUG"].promotions == [
        SlowSellerPromotion("MUG10", "MUG10", BenefitKind.RATE, "优惠 10 %", 500),
        SlowSellerPromotion("SECOND", "SECOND", BenefitKind.EVERY_NTH, "每 2 件中最低价者优惠 50 %", 0),
    ]
    assert found["TEA"].explanation == "目前优惠 10 %。再加一档将低于底价，或不起作用。"
    december.set("slow_seller_step_bp", "400")
    again = of(listed(december))["TEA"]
    assert (again.proposal, again.proposed_rate_bp, again.proposed_price_minor) == (DEEPEN, 1_400, 8_600)
    # With the cost of the goods as the floor, which is without tax: 60.00 and 13 % are 67.80.
    december.set("price_floor", "cost")
    for step, proposal, price in (("2200", DEEPEN, 6_800), ("2300", DELIST, 0)):
        december.set("slow_seller_step_bp", step)
        again = of(listed(december))["TEA"]
        assert (again.proposal, again.proposed_price_minor) == (proposal, price)


def test_goods_that_nobody_can_buy_and_those_that_are_gone(december: World) -> None:
    gone = ProductEntry("GONE", "Gone", "FOOD", "EA", "standard")
    unpriced, blocked, new = (replace(gone, sku=sku) for sku in ("UNPRICED", "BLOCKED", "NEW"))
    december.clock.now = OPENING
    december.do(put_products, PutProducts((gone, unpriced, blocked, new, replace(gone, sku="NEVER"))))
    prices = [PriceEntry(sku, 100) for sku in ("GONE", "BLOCKED", "NEW", "NEVER")]
    december.do(put_prices, PutPrices("BASE", tuple(prices)))
    for sku in ("GONE", "UNPRICED", "BLOCKED"):
        december.receive(sku, 1_000, 10)
    december.sell(Till().line("GONE").cash(100).command)
    december.clock.now = OPENING + timedelta(days=20)
    december.receive("NEW", 1_000, 10)
    december.do(put_products, PutProducts((replace(blocked, status=ProductStatus.BLOCKED),)))
    in_january(december)
    found = listed(december)
    told = {sku: one.reason for sku, one in of(found).items() if sku.isalpha() and sku not in ("TEA", "MUG", "RICE")}
    assert told == {
        "GONE": SlowReason.OUT_OF_STOCK,
        "UNPRICED": SlowReason.NOT_FOR_SALE,
        "BLOCKED": SlowReason.NOT_FOR_SALE,
    }
    assert {one.reason: one.count for one in found.left_out} == {
        LeftOut.NEW: 1,
        LeftOut.NEVER_RECEIVED: 1,
        LeftOut.UNSTOCKED: 2,
    }
    # Nobody can buy what is gone either.
    december.do(put_products, PutProducts((replace(gone, status=ProductStatus.BLOCKED),)))
    assert [one.count for one in listed(december).left_out if one.reason is LeftOut.NOT_FOR_SALE] == [1]


@pytest.fixture
def regions(december: World) -> World:
    """S1 and S2 in EAST; S3 in WEST, with a list, a promotion and a dearer delivery of its own; a store in dollars."""
    december.do(put_regions, PutRegions((RegionView("WEST", "华西"),)))
    west = StoreView("S3", "Store S3", "WEST", "CNY", "Asia/Shanghai", 240, StoreStatus.OPEN)
    december.do(put_stores, PutStores((west, replace(west, code="S4", currency="USD"))))
    december.do(put_price_lists, PutPriceLists((PriceListEntry("S3", "S3", "CNY", True, 9, store_code="S3"),)))
    december.do(put_prices, PutPrices("S3", (PriceEntry("TEA", 9_000, minimum_unit_price_minor=8_000),)))
    publish(december, rate("WEST", 500, "TEA", region_codes=("WEST",)))
    december.clock.now = OPENING
    december.receive("TEA", 10_000, 70_000, "S3")
    december.clock.now = OPENING + timedelta(days=20)
    december.sell(Till().line("TEA").cash(10_000).command)
    in_january(december)
    return december


CNY = replace(DECEMBER, currency="CNY")


def test_the_store_with_the_least_room_decides_for_all(regions: World) -> None:
    tea = of(listed(regions, CNY))["TEA"]
    assert (tea.unit_price_minor, tea.unit_price_minor_max, tea.on_hand_milli) == (9_000, 10_000, 209_000)
    # 5 % is off in the west already: 10 % leaves 81.00 there and 90.00 elsewhere.
    assert (tea.current_rate_bp, tea.proposed_rate_bp, tea.proposed_price_minor) == (500, 1_000, 8_100)
    assert [(one.code, one.off_minor) for one in tea.promotions] == [("WEST", 450)]
    east = of(listed(regions, replace(CNY, region_code="EAST")))["TEA"]
    assert (east.unit_price_minor, east.promotions, east.proposed_price_minor) == (10_000, [], 9_500)
    assert of(listed(regions, replace(CNY, store_codes=("S3", "S3"))))["TEA"].on_hand_milli == 10_000
    regions.set("slow_seller_step_bp", "700")
    assert of(listed(regions, CNY))["TEA"].reason is SlowReason.AT_FLOOR
    # Of the average of 70.00 in the west each store is told, where a cost is the floor: 79.10 with tax.
    regions.set("price_floor", "cost")
    for step, reason in (("1600", SlowReason.AT_FLOOR), ("600", SlowReason.ROOM_ABOVE_FLOOR)):
        regions.set("slow_seller_step_bp", step)
        assert of(listed(regions, CNY))["TEA"].reason is reason


def test_a_month_counts_as_far_as_it_has_gone_days_up_to_yesterday_and_thresholds_by_scope(december: World) -> None:
    # 18:00 UTC is the small hours of the 12th in Shanghai, which belong to the 11th there.
    december.clock.now = OPENING.replace(month=12, day=11, hour=18)
    found = listed(december)
    assert (found.from_date, found.to_date, found.slow_below_milli) == ("2026-12-01", "2026-12-10", 1_613)
    for days, first in ((0, "2026-11-11"), (1, "2026-12-10"), (366, "2025-12-10")):
        found = listed(december, ListSlowSellers(days=days))
        assert (found.from_date, found.to_date) == (first, "2026-12-10")
    # The next page is about the same days, even if it is asked for a day later.
    asked = ListSlowSellers(page_size=1)
    token = listed(december, asked).next_page_token
    december.clock.advance(days=1)
    assert listed(december, replace(asked, page_token=token)).to_date == "2026-12-10"
    assert listed(december, asked).to_date == "2026-12-11"
    in_january(december)
    _thresholds(december)


def _thresholds(world: World) -> None:
    """The setting of the narrowest scope that was asked for is the threshold, where none is stated."""
    world.do(put_setting, PutSetting("slow_seller_pieces", ScopeKind.REGION, "EAST", "7"))
    world.do(put_setting, PutSetting("slow_seller_pieces", ScopeKind.STORE, "S1", "9"))
    for change, below in (
        ({"store_codes": ("S1",)}, 9_000),
        ({"region_code": "EAST"}, 7_000),
        ({"store_codes": ("S1", "S2")}, 5_000),
        ({}, 5_000),
        ({"pieces_a_month": 2}, 2_000),
        ({"month": "", "days": 7}, 1_167),
    ):
        assert listed(world, replace(DECEMBER, **change)).slow_below_milli == below


def test_refuses_what_it_cannot_answer(regions: World) -> None:
    two = replace(SYSTEM, store_ids=frozenset(regions.terminal(code).store_id or 0 for code in ("T1", "T2")))
    for changes, caller, refusal, field in (
        ({"currency": ""}, SYSTEM, OneCurrency, "currency"),
        ({"currency": "EUR"}, SYSTEM, OneCurrency, "currency"),
        ({"currency": "yuan"}, SYSTEM, Refusal, "currency"),
        ({"month": "2026-13"}, SYSTEM, InvalidMonth, "month"),
        ({"month": "0000-01"}, SYSTEM, InvalidMonth, "month"),
        ({"month": "2027-02"}, SYSTEM, MonthNotBegun, "month"),
        ({"days": 3}, SYSTEM, MonthWithDays, "days"),
        ({"days": 367}, SYSTEM, OutOfRange, "days"),
        ({"days": -1}, SYSTEM, OutOfRange, "days"),
        ({"pieces_a_month": -1}, SYSTEM, OutOfRange, "pieces_a_month"),
        ({"pieces_a_month": 1_000_001}, SYSTEM, OutOfRange, "pieces_a_month"),
        ({"store_codes": ("S1",), "region_code": "EAST"}, SYSTEM, StoresWithRegion, "region_code"),
        ({"store_codes": ("S1", "")}, SYSTEM, Missing, "store_codes[1]"),
        ({"store_codes": ("S1", "S9")}, SYSTEM, UnknownStore, "store_codes[1]"),
        ({"store_codes": ("S1", "S3")}, two, UnknownStore, "store_codes[1]"),
        ({"store_codes": ("S1",) * 501}, SYSTEM, TooMany, "store_codes"),
        ({"region_code": "NORTH"}, SYSTEM, UnknownRegion, "region_code"),
        ({"region_code": "WEST"}, two, UnknownRegion, "region_code"),
        ({}, replace(SYSTEM, store_ids=frozenset()), NoStores, "store_codes"),
        ({"page_token": token_of((5, date(2027, 1, 1)))}, SYSTEM, InvalidPageToken, "page_token"),
        ({"page_token": token_of((5, date(2026, 11, 30)))}, SYSTEM, InvalidPageToken, "page_token"),
        ({"page_token": token_of((5, date.min)), "month": ""}, SYSTEM, InvalidPageToken, "page_token"),
    ):
        with pytest.raises(refusal) as refused:
            listed(regions, replace(CNY, **changes), caller)
        assert refused.value.field == field, changes


STOCK = [f"G{number:02}" for number in range(24)]


def traded(world: World, random: Random) -> None:
    """Goods received before, in and after December or never, sold, taken back, unpriced, blocked: whatever there is."""
    entries = [
        ProductEntry(sku, sku, "FOOD", "KG" if number % 3 == 0 else "EA", "standard", unstocked=number % 11 == 0)
        for number, sku in enumerate(STOCK)
    ]
    world.clock.now = OPENING
    world.do(put_products, PutProducts(tuple(entries)))
    world.do(put_prices, PutPrices("BASE", tuple([PriceEntry(sku, 100) for sku in STOCK])))
    world.set("negative_stock", "allow")
    for day in (0, 12, 25, 42):
        world.clock.now = OPENING + timedelta(days=day)
        for entry in random.sample(entries, 7):
            if not entry.unstocked:
                world.receive(entry.sku, random.randint(1, 9) * 1_000, 500, random.choice(("S1", "S2")))
        for _ in range(8):
            caller = random.choice((world.s1, world.s2))
            till = Till()
            for sku in random.sample(STOCK, 4):
                till = till.line(sku, random.randint(1, 4))
            sale = world.sell(till.cash(10_000).command, caller)
            if random.random() < 0.3:
                world.refund(RefundSale(sale.sale_id, "colour", (ReturnRequest(1, 1_000, amount_only=False),)), caller)
    for entry in random.sample(entries, 5):
        world.do(put_products, PutProducts((replace(entry, status=ProductStatus.BLOCKED),)))
    world.set("negative_stock", "")
    in_january(world)


@pytest.mark.capability("PRM-16")
def test_every_product_sells_enough_is_proposed_or_is_counted(december: World) -> None:
    traded(december, Random(16))
    expected = _Expected(december)

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.sampled_from([(), ("S1",), ("S2",), ("S1", "S2")]),
        st.one_of(st.sampled_from(["2026-11", "2026-12"]), st.integers(1, 60)),
        st.integers(1, 12),
        st.sampled_from([6, 500]),
    )
    def all_pages_together(stores: tuple[str, ...], period: str | int, pieces: int, page_size: int) -> None:
        month, days = (period, 0) if isinstance(period, str) else ("", period)
        asked = ListSlowSellers(stores, month=month, days=days, pieces_a_month=pieces, page_size=page_size)
        pages = [listed(december, asked)]
        while pages[-1].next_page_token:
            pages.append(listed(december, replace(asked, page_token=pages[-1].next_page_token)))
        for page in pages:
            left_out = sum(one.count for one in page.left_out)
            assert page.looked_at == page.selling + len(page.slow_sellers) + left_out
        assert sum(page.looked_at for page in pages) == december.count("products")
        first = pages[0]
        proposed, counted = expected.of(stores or ("S1", "S2"), first.from_date, first.to_date, first.slow_below_milli)
        assert {one.sku: one.sold_milli for page in pages for one in page.slow_sellers} == proposed
        told = Counter({one.reason.value: 0 for page in pages for one in page.left_out})
        for page in pages:
            told.update({one.reason.value: one.count for one in page.left_out})
        told["selling"] = sum(page.selling for page in pages)
        assert +told == +counted

    all_pages_together()


class _Expected:
    """What a page should say, found the slow way: by looking at every movement."""

    def __init__(self, world: World) -> None:
        self._products = world.rows("SELECT sku_id, sku, unstocked, status FROM products")
        self._priced = {sku_id for (sku_id,) in world.rows("SELECT sku_id FROM prices")}
        self._stores = dict(world.rows("SELECT code, store_id FROM stores"))
        self._levels = world.rows("SELECT location_id, sku_id, on_hand_milli FROM stock_levels")
        self._moves: Sequence[Any] = world.rows(
            "SELECT location_id, sku_id, quantity_milli, reason, business_date FROM stock_movements"
        )

    def of(self, stores: Sequence[str], first: str, last: str, below: int) -> tuple[dict[str, int], Counter[str]]:
        ids = {self._stores[code] for code in stores}
        moves = [(sku, quantity, why, str(on)) for store, sku, quantity, why, on in self._moves if store in ids]
        proposed: dict[str, int] = {}
        counted = Counter[str]()
        for sku_id, sku, unstocked, status in self._products:
            mine = [move[1:] for move in moves if move[0] == sku_id]
            sold = -sum(
                quantity for quantity, why, on in mine if why in {"sale", "return", "void"} and first <= on <= last
            )
            received = [on for _, why, on in mine if why == "receipt"]
            on_hand = any(level > 0 for store, of_sku, level in self._levels if of_sku == sku_id and store in ids)
            if unstocked:
                counted["unstocked"] += 1
            elif sold >= below:
                counted["selling"] += 1
            elif not received:
                counted["never_received"] += 1
            elif min(received) >= first:
                counted["new"] += 1
            elif not on_hand and (status != "active" or sku_id not in self._priced):
                counted["not_for_sale"] += 1
            else:
                proposed[sku] = sold
        return proposed, counted
