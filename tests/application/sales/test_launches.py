"""Launches: gold buys a day before everybody else, wherever it is sold."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.catalog.put_products import NotEarlier, PutProducts, put_products
from application.catalog.queries import GetProduct, get_product
from application.fields import NamedTwice
from application.sales.quote import QuoteBasket, quote_basket
from domain.pricing.price_book import BasketToPrice, Item, NotYetForSale, price_basket
from domain.shared.launch import EarlierStart, Launch
from entrypoints.grpc.pricing import SERVICE
from entrypoints.terminal.price_book import fetch
from tests.entrypoints.world_calls import ask
from tests.world import OPENING, PRODUCTS, Till

STARTS = OPENING + timedelta(days=2)
FOR_GOLD = STARTS - timedelta(hours=24)
LAUNCH = Launch(STARTS, (EarlierStart("gold", FOR_GOLD),))
MUG = replace(next(one for one in PRODUCTS if one.sku == "MUG"), launch=LAUNCH)


@pytest.fixture
def shop(world):
    world.do(put_products, PutProducts((MUG,)))
    return world


def mugs(member=True):
    till = Till().line("TEA").line("MUG").cash(15_000)
    return (till.member() if member else till).command


def refusals(world, command):
    """What checkout, quote and terminal say, each as reason, field and time; None where they sell."""

    def said(run, prefix=""):
        try:
            run()
        except NotYetForSale as refusal:
            return refusal.field.removeprefix(prefix), refusal.details["sale_from"]
        return None

    held = fetch(lambda request: ask(world, SERVICE, "ListPriceBook", request, world.s1))
    tier = world.rows("SELECT tier FROM members")[0][0] if command.basket.member_key else None
    context = held.context(at=world.clock(), channel="store", tier=tier)
    items = [Item(line.sku, line.quantity_milli, None, (), includes_tax=True) for line in command.basket.lines]
    return [
        said(lambda: world.sell(command), "basket."),
        said(lambda: world.ask(quote_basket, QuoteBasket(command.basket), world.s1), "basket."),
        said(lambda: price_basket(BasketToPrice(items), held.book, context)),
    ]


@pytest.mark.capability("LVL-11")
def test_gold_buys_a_day_before_the_others(shop):
    everybody = ("lines[1].sku", "2026-11-24 10:00:00+08:00")
    gold = ("lines[1].sku", "2026-11-23 10:00:00+08:00")
    shop.set_tier("gold")
    assert refusals(shop, mugs()) == [gold] * 3
    assert refusals(shop, mugs(member=False)) == [everybody] * 3
    assert shop.count("sales") == 0
    shop.clock.now = FOR_GOLD
    assert refusals(shop, mugs()) == [None] * 3
    assert refusals(shop, mugs(member=False)) == [everybody] * 3
    shop.set_tier("silver")
    assert refusals(shop, mugs()) == [everybody] * 3
    shop.clock.now = STARTS - timedelta(microseconds=1)
    assert refusals(shop, mugs()) == [everybody] * 3
    shop.clock.now = STARTS
    assert refusals(shop, mugs()) == [None] * 3
    assert refusals(shop, mugs(member=False)) == [None] * 3


@pytest.mark.capability("LVL-11")
def test_a_sale_made_without_connection_is_stored_and_told_by_its_own_time(shop):
    shop.clock.now = STARTS + timedelta(days=1)
    early = shop.sell(Till(mugs()).offline(STARTS - timedelta(minutes=1)).command)
    assert early.warnings == ["“MUG” is sold to this customer from 2026-11-24 10:00:00+08:00 on. Sell it then."]
    assert shop.sell(Till(mugs()).offline(STARTS).command).warnings == []
    assert shop.count("sales") == 2


def test_a_launch_is_kept_in_one_order_and_taken_away_by_leaving_it_out(shop):
    both = replace(LAUNCH, earlier=(EarlierStart("platinum", OPENING), *LAUNCH.earlier))
    shop.do(put_products, PutProducts((replace(MUG, launch=both),)))
    kept = shop.ask(get_product, GetProduct(sku="MUG")).launch
    assert kept == Launch(STARTS, (*LAUNCH.earlier, EarlierStart("platinum", OPENING)))
    assert shop.do(put_products, PutProducts((replace(MUG, launch=both),))).changed == 0
    shop.do(put_products, PutProducts((replace(MUG, launch=None),)))
    assert shop.ask(get_product, GetProduct(sku="MUG")).launch is None
    assert refusals(shop, mugs()) == [None] * 3


@pytest.mark.parametrize(
    ("earlier", "refusal", "field"),
    [
        ((EarlierStart("gold", STARTS),), NotEarlier, "products[0].launch.earlier[0].sale_from"),
        ((*LAUNCH.earlier, *LAUNCH.earlier), NamedTwice, "products[0].launch.earlier[1].tier"),
    ],
)
def test_a_launch_that_is_wrong_is_refused_with_its_field(shop, earlier, refusal, field):
    with pytest.raises(refusal) as refused:
        shop.do(put_products, PutProducts((replace(MUG, launch=replace(LAUNCH, earlier=earlier)),)))
    assert refused.value.field == field
    assert shop.ask(get_product, GetProduct(sku="MUG")).launch == LAUNCH
