from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.price_list import Price, PriceList, choose_price

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
BEFORE = NOW - timedelta(days=1)


def price_list(
    number, code="", *, priority=0, store=None, region=None, channel="", tier="",
    currency="CNY", includes_tax=True, start=None, end=None,
):  # fmt: skip
    code = code or f"L{number}"
    return PriceList(number, code, code, currency, includes_tax, priority, store, region, channel, tier, start, end)


def price(number, minor, *, quantity_from=0, start=None, end=None):
    return Price(number, 1, quantity_from, start, end, minor)


def choose(prices, *lists, quantity=1000, tier="gold", channel="store", at=NOW):
    return choose_price(
        prices,
        {one.price_list_id: one for one in lists},
        store_id=5,
        region_id=3,
        channel=channel,
        tier=tier,
        currency="CNY",
        quantity_milli=quantity,
        at=at,
    )


def test_takes_the_only_price():
    chosen = choose([price(1, 100)], price_list(1))
    assert (chosen.price.unit_price_minor, chosen.list_price_minor, chosen.beaten) == (100, 100, ())
    assert chosen.price_list.code == "L1"


@pytest.mark.parametrize(
    "conditions",
    [
        {"store": 6},
        {"region": 4},
        {"channel": "web"},
        {"tier": "silver"},
        {"currency": "HKD"},
        {"start": LATER},
        {"end": NOW},
        {"store": 5, "tier": "silver"},
    ],
)
def test_knows_no_price_of_a_list_whose_conditions_do_not_hold(conditions):
    assert choose([price(1, 100)], price_list(1, **conditions)) is None


@pytest.mark.parametrize("terms", [{"start": LATER}, {"end": NOW}, {"quantity_from": 1001}])
def test_knows_no_price_outside_its_period_or_below_its_quantity(terms):
    assert choose([price(1, 100, **terms)], price_list(1)) is None


def test_knows_no_price_without_prices():
    assert choose([]) is None


def test_ranks_priority_then_store_region_tier_channel_everywhere_then_code():
    ranked = [
        price_list(9, "Z", priority=2),
        price_list(8, "Y", store=5, channel="store"),
        price_list(7, "X", store=5),
        price_list(6, "W", region=3, tier="gold"),
        price_list(5, "V", region=3),
        price_list(4, "U", tier="gold"),
        price_list(3, "T", channel="store"),
        price_list(1, "A"),
        price_list(2, "B"),
        price_list(10, "0", priority=-1, store=5),
    ]
    prices = [price(one.price_list_id, 100 + one.price_list_id) for one in reversed(ranked)]
    while ranked:
        chosen = choose(prices, *ranked)
        assert (chosen.price_list, chosen.price.unit_price_minor) == (ranked[0], 100 + ranked[0].price_list_id)
        assert chosen.beaten == tuple(one.code for one in ranked[1:])
        won = ranked.pop(0)
        prices = [one for one in prices if one.price_list_id != won.price_list_id]


def test_takes_the_largest_quantity_that_is_reached():
    prices = [price(1, 100), price(1, 90, quantity_from=3000), price(1, 80, quantity_from=10_000)]
    answers = [choose(prices, price_list(1), quantity=q).price.unit_price_minor for q in (2999, 3000, 9999, 10_000)]
    assert answers == [100, 90, 90, 80]


def test_takes_the_later_start_of_the_same_quantity():
    prices = [price(1, 100), price(1, 95, start=BEFORE), price(1, 70, start=NOW), price(1, 60, start=LATER)]
    for order in permutations(prices):
        assert choose(order, price_list(1)).price.unit_price_minor == 70


def test_prefers_the_larger_quantity_to_the_later_start():
    prices = [price(1, 90, quantity_from=1000), price(1, 100, start=NOW)]
    assert choose(prices, price_list(1)).price.unit_price_minor == 90


def test_shows_what_a_member_saves_against_the_price_without_tier():
    chosen = choose([price(1, 100), price(2, 90)], price_list(1), price_list(2, tier="gold", priority=1))
    assert (chosen.price.unit_price_minor, chosen.list_price_minor, chosen.beaten) == (90, 100, ("L1",))


def test_compares_a_member_price_with_the_store_price_that_others_pay():
    lists = [price_list(1), price_list(2, store=5), price_list(3, tier="gold", priority=1)]
    assert choose([price(1, 100), price(2, 97), price(3, 90)], *lists).list_price_minor == 97


def test_compares_with_the_price_at_the_same_quantity():
    prices = [price(1, 100), price(1, 95, quantity_from=2000), price(2, 90)]
    assert choose(prices, price_list(1), price_list(2, tier="gold"), quantity=2000).list_price_minor == 95


def test_claims_no_advantage_of_a_price_above_the_price_without_conditions():
    chosen = choose([price(1, 100), price(2, 120)], price_list(1), price_list(2, channel="store"))
    assert (chosen.price.unit_price_minor, chosen.list_price_minor) == (120, 120)


def test_claims_no_advantage_between_prices_with_and_without_tax():
    chosen = choose([price(1, 113), price(2, 90)], price_list(1), price_list(2, tier="gold", includes_tax=False))
    assert (chosen.price.unit_price_minor, chosen.list_price_minor) == (90, 90)


def test_claims_no_advantage_where_others_have_no_price():
    chosen = choose([price(1, 80), price(2, 90)], price_list(1, tier="gold"), price_list(2, channel="store"))
    assert (chosen.price.unit_price_minor, chosen.list_price_minor) == (80, 80)


@given(st.data())
def test_does_not_depend_on_the_order_of_prices(data):
    lists = [
        price_list(n, priority=n % 2, store=5 if n % 3 else None, tier="gold" if n % 2 else "") for n in range(1, 6)
    ]
    drawn = st.builds(price, st.integers(1, 5), st.integers(1, 999), quantity_from=st.sampled_from([0, 500, 2000]))
    prices = data.draw(st.lists(drawn, unique_by=lambda p: (p.price_list_id, p.quantity_from_milli)))
    assert choose(prices, *lists) == choose(data.draw(st.permutations(prices)), *lists)
