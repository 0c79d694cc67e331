"""Times cards: sold with a sale, used one by one, taken back as far as they were not used, on both engines."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from application.catalog.entries import ProductEntry
from application.catalog.put_products import PutProducts, UsesAreNoGoods, UsesAreWhole, put_products
from application.catalog.queries import GetProduct, get_product
from application.pricing.entries import PriceEntry
from application.pricing.put_prices import PutPrices, put_prices
from application.sales.basket import BasketLine, TerminalPrice
from application.sales.quote import QuoteBasket, quote_basket
from application.sales.refund import RefundSale, ReturnRequest, VoidSale, void_sale
from application.sales.times_cards import TimesCardNeedsMember, UsesAreCounted
from application.wallet import times_cards
from application.wallet.times_cards import (
    CardOrSku,
    ExpireTimesCards,
    ListTimesCards,
    NoTimesCard,
    TimesCardsOfChain,
    UseTimesCard,
    expire_times_cards,
    list_times_cards,
    use_times_card,
)
from domain.catalog.product import TimesCardTerms
from domain.sales.reversal import NothingLeftToReturn, SaleFullyReturned
from domain.wallet.times_card import TimesCardOver, UsesNotLeft
from tests.world import MEMBER, OPENING, Till

FACIAL = ProductEntry(
    "FACIAL", "Facial, a use", "HOME", "EA", "standard", unstocked=True, times_card=TimesCardTerms(valid_days=30)
)


def offer_uses(world):
    """A use costs 113.00 with 13 % tax, ten at once 100.00 each."""
    world.do(put_products, PutProducts((FACIAL,)))
    world.do(put_prices, PutPrices("BASE", (PriceEntry("FACIAL", 11_300), PriceEntry("FACIAL", 10_000, 10_000))))


@pytest.fixture
def spa(world):
    offer_uses(world)
    world.set("points_earning", "no")
    return world


def buy(world, uses, paid, member=MEMBER):
    till = Till().line("FACIAL", uses).card(paid)
    return world.sell((till.member(member) if member else till).command)


def use(world, caller=None, **which):
    which = which or {"sku": "FACIAL"}
    return world.do(use_times_card, UseTimesCard(MEMBER, **which), caller or world.s1)


def give_back(world, sale, uses):
    return world.refund(RefundSale(sale.sale_id, "Moved", (ReturnRequest(1, uses * 1_000, amount_only=False),)))


def cards(world):
    found = world.ask(list_times_cards, ListTimesCards(MEMBER)).cards
    return [(one.uses_left, one.value_left_minor, one.expires_on) for one in found]


def books(world):
    """What waits for uses, what is revenue, and what is breakage."""
    ledger = world.ledger()
    return tuple(-ledger.get(account, 0) for account in ("220505", "6001", "605102"))


def test_revenue_waits_until_it_is_used_one_by_one(spa):
    buy(spa, 10, 100_000)
    # 1,000.00 with tax are 884.96 without.
    assert cards(spa) == [(10, 88_496, "2026-12-22")]
    assert books(spa) == (88_496, 0, 0)
    first = use(spa)
    assert (first.uses_left, first.expires_on, first.value_minor) == (9, "2026-12-22", 8_850)
    assert books(spa) == (79_646, 8_850, 0)
    # In another store of the chain, three at once.
    assert use(spa, spa.s2, sku="FACIAL", uses=3).value_minor == 26_549
    for _ in range(6):
        use(spa)
    assert (cards(spa), books(spa)) == ([(0, 0, "2026-12-22")], (0, 88_496, 0))
    with pytest.raises(NoTimesCard):
        use(spa)


def test_the_unused_are_taken_back_and_the_used_are_not(spa):
    sale = buy(spa, 10, 100_000)
    for _ in range(3):
        use(spa)
    with pytest.raises(UsesNotLeft) as refused:
        give_back(spa, sale, 8)
    assert (refused.value.field, refused.value.details["uses_left"]) == ("lines", 7)
    with pytest.raises(UsesNotLeft):
        spa.once(void_sale, VoidSale(sale.sale_id, "Slip"), spa.s1)
    assert spa.count("sales") == 1
    refund = give_back(spa, sale, 7).sale
    assert refund.total_minor == -70_000
    assert cards(spa) == [(0, 0, "2026-12-22")]
    # Three uses of 88.496 are revenue, whatever the cents of each.
    assert books(spa) == (0, 88_496 + refund.net_minor, 0)


def test_a_sale_that_is_voided_or_returned_at_once_leaves_nothing(spa):
    sale = buy(spa, 2, 22_600)
    spa.once(void_sale, VoidSale(sale.sale_id, "Slip"), spa.s1)
    whole = buy(spa, 2, 22_600)
    give_back(spa, whole, 2)
    assert (books(spa), [left for left, *_ in cards(spa)]) == ((0, 0, 0), [0, 0])


def test_the_card_that_ends_first_is_used_first_and_a_card_may_be_named(spa):
    buy(spa, 1, 11_300)
    spa.clock.advance(days=5)
    buy(spa, 1, 11_300)
    spa.do(put_products, PutProducts((replace(FACIAL, times_card=TimesCardTerms()),)))
    buy(spa, 1, 11_300)
    first, second, endless = (one.card_id for one in spa.ask(list_times_cards, ListTimesCards(MEMBER)).cards)
    assert use(spa, card_id=endless).expires_on == ""
    assert [use(spa).card_id, use(spa).card_id] == [first, second]


def test_what_is_not_used_in_time_is_breakage(spa):
    sale = buy(spa, 10, 100_000)
    use(spa)
    spa.clock.now = OPENING + timedelta(days=29)
    assert spa.do(expire_times_cards, ExpireTimesCards()).cards == 0
    use(spa)
    card_id = spa.ask(list_times_cards, ListTimesCards(MEMBER)).cards[0].card_id
    spa.clock.now = OPENING + timedelta(days=30)
    with pytest.raises(TimesCardOver):
        use(spa, card_id=card_id)
    with pytest.raises(NoTimesCard):
        use(spa)
    done = spa.do(expire_times_cards, ExpireTimesCards())
    assert (done.cards, done.uses) == (1, 8)
    assert books(spa) == (0, 17_700, 70_796)
    assert spa.do(expire_times_cards, ExpireTimesCards()).cards == 0
    with pytest.raises(UsesNotLeft):
        give_back(spa, sale, 1)


def test_a_run_that_is_stopped_carries_on(spa, monkeypatch):
    monkeypatch.setattr(times_cards, "EXPIRED_AT_ONCE_MAX", 2)
    for _ in range(3):
        buy(spa, 1, 11_300)
    spa.clock.advance(days=30)
    assert [spa.do(expire_times_cards, ExpireTimesCards()).cards for _ in range(3)] == [2, 1, 0]


def test_any_sequence_of_uses_returns_and_sales_keeps_the_books(spa):
    random, sales = Random(20261122), []
    for _ in range(25):
        what = random.choice(("buy", "use", "use", "return"))
        try:
            if what == "buy":
                uses = random.choice((1, 3, 7))
                sales.append(buy(spa, uses, uses * 11_300))
            elif what == "use":
                use(spa, random.choice((spa.s1, spa.s2)), sku="FACIAL", uses=random.choice((1, 2)))
            elif sales:
                give_back(spa, random.choice(sales), 1)
        except (NoTimesCard, UsesNotLeft, NothingLeftToReturn, SaleFullyReturned):
            # Chance asks for more than there is: nothing has happened.
            continue
    assert books(spa)[0] == sum(value for _, value, _ in cards(spa)) > 0
    assert spa.broken() == []


def test_it_takes_a_member_a_whole_unit_and_no_stock(spa):
    for run in (
        lambda: buy(spa, 1, 11_300, member=""),
        lambda: spa.ask(quote_basket, QuoteBasket(Till().line("FACIAL").command.basket), spa.s1),
    ):
        with pytest.raises(TimesCardNeedsMember) as refused:
            run()
        assert refused.value.field == "basket.lines[0].sku"
    stated = BasketLine("FACIAL", amount_only=True, terminal_price=TerminalPrice(100))
    with pytest.raises(UsesAreCounted) as refused:
        spa.sell(Till().member().basket(lines=(stated,)).card(100).command)
    assert refused.value.field == "basket.lines[0].quantity_milli"
    for wrong, refusal, field in (
        (replace(FACIAL, unstocked=False), UsesAreNoGoods, "products[0].unstocked"),
        (replace(FACIAL, unit_code="KG"), UsesAreWhole, "products[0].unit_code"),
    ):
        with pytest.raises(refusal) as refused:
            spa.do(put_products, PutProducts((wrong,)))
        assert refused.value.field == field
    assert spa.ask(get_product, GetProduct(sku="FACIAL")).times_card == TimesCardTerms(30)
    for command in (UseTimesCard(MEMBER), UseTimesCard(MEMBER, 1, "FACIAL")):
        with pytest.raises(CardOrSku):
            spa.do(use_times_card, command, spa.s1)
    with pytest.raises(TimesCardsOfChain):
        spa.do(expire_times_cards, ExpireTimesCards(), spa.s1)
    assert (spa.count("sales"), spa.count("times_cards")) == (0, 0)


def test_with_points_only_the_revenue_that_they_leave_waits(spa):
    spa.set("points_earning", "yes")
    buy(spa, 10, 100_000)
    [(_, value, _)] = cards(spa)
    assert value == 88_496 - spa.rows("SELECT deferred_minor FROM sale_lines")[0][0] < 88_496
    assert books(spa)[:2] == (value, 0)


def test_a_card_that_is_off_is_found(spa):
    buy(spa, 2, 22_600)
    with spa.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE times_cards SET uses_left = 1")
    assert len([found for found in spa.broken() if found.startswith("I5")]) == 1
    with spa.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE times_cards SET uses_left = 2")
