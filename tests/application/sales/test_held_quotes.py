"""Quotes that hold their prices: what was quoted is what is sold, to the cent and line by line, or nothing is."""

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.privacy.keys import Keys
from application.identity.approve import Approve, approve
from application.pricing.entries import PriceEntry, PriceListEntry, TaxEntry
from application.pricing.put_price_lists import PutPriceLists, put_price_lists
from application.pricing.put_prices import PutPrices, put_prices
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.pricing.put_taxes import PutTaxes, put_taxes
from application.sales.basket import Basket, BasketLine, TerminalPrice
from application.sales.explain_sale import ExplainSale, explain_sale
from application.sales.quote import Quote, QuoteBasket, quote_basket
from application.sales.replaying import ExplanationBasis
from application.sales.views import SaleView
from domain.pricing.basket import Manual, Override
from domain.pricing.limits import Limits
from domain.pricing.promotion import Benefit, BenefitKind, Condition, Gift, ItemSet, Promotion, Step
from domain.shared.errors import Refusal
from tests.application.sales.coupons import issue, put_batch
from tests.application.sales.shift import new_id, start_shift
from tests.world import MEMBER, Till, World, opened

ALL = ItemSet(everything=True)


def rate(code: str, rate_bp: int, **terms: Any) -> Promotion:
    return Promotion(code, f"{code} off", Benefit(BenefitKind.RATE, ALL, rate_bp=rate_bp), **terms)


def put(world: World, sku: str, price: int, **options: Any) -> None:
    world.do(put_prices, PutPrices("BASE", (PriceEntry(sku, price, **options),)))


def publish(world: World, *promotions: Promotion) -> None:
    world.do(put_promotions, PutPromotions(promotions))


def quote(world: World, till: Till, caller: Any = None) -> Quote:
    found: Quote = world.ask(quote_basket, QuoteBasket(till.command.basket, hold_price=True), caller or world.s1)
    return found


def with_quote(till: Till, token: str, **changes: Any) -> Till:
    return Till(replace(till.command, quote_token=token, **changes))


def refused(world: World, till: Till, caller: Any = None) -> tuple[str, str, dict[str, Any]]:
    before = world.counts()
    with pytest.raises(Refusal) as found:
        world.sell(till.command, caller)
    assert found.value.message("zh") != found.value.message("en")
    assert world.counts() == before
    return found.value.reason, found.value.field, found.value.details


def lines(document: Quote | SaleView) -> list[Any]:
    return [
        (line.unit_price_minor, line.gross_minor, line.discounts, line.net_minor, line.taxes, line.total_minor)
        for line in document.lines
    ]


def test_holds_prices_and_promotions_until_it_expires(world: World):
    publish(world, rate("SPRING", 1_000))
    till = Till().line("TEA", 2).line("MUG").member()
    quoted = quote(world, till)
    assert (quoted.total_minor, quoted.expires_at) == (22_500, world.clock() + timedelta(minutes=15))
    put(world, "TEA", 12_000)
    publish(world, rate("SPRING", 500), rate("SUMMER", 2_000))
    world.clock.advance(minutes=14, seconds=59)
    sale = world.sell(with_quote(till.cash(22_500), quoted.quote_token).command)
    assert (sale.total_minor, lines(sale), sale.points_earned) == (22_500, lines(quoted), 225)
    explained = world.ask(explain_sale, ExplainSale(sale_id=sale.sale_id))
    assert (explained.proven, explained.rests_on) == (True, ExplanationBasis.FACTS)
    assert [(one.code, one.discount_minor) for one in explained.promotions] == [("SPRING", 2_500)]
    assert world.sell(till.cash(23_200).command).total_minor == 23_200
    world.clock.advance(seconds=1)
    assert refused(world, with_quote(till.cash(22_500), quoted.quote_token)) == (
        "QUOTE_EXPIRED", "quote_token", {"expired_at": "2026-11-22T02:15:00+00:00"},
    )  # fmt: skip


def test_a_quote_without_a_promise_has_no_token(world: World):
    found = world.ask(quote_basket, QuoteBasket(Till().line("TEA").command.basket), world.s1)
    assert (found.quote_token, found.expires_at) == ("", None)


def test_the_minutes_are_a_setting(world: World):
    world.set("quote_valid_minutes", "60")
    assert quote(world, Till().line("TEA")).expires_at == world.clock() + timedelta(minutes=60)


@pytest.mark.parametrize(
    ("sold", "reason", "field"),
    [
        (Till().line("TEA", 3).member(), "NOT_AS_QUOTED", "basket"),
        (Till().line("TEA", 2).line("MUG").member(), "NOT_AS_QUOTED", "basket"),
        (Till().line("TEA", 2, discounts=(Manual("x", 0, 1),)).member(), "NOT_AS_QUOTED", "basket"),
        (Till().line("TEA", 2).member().basket(discounts=(Manual("x", 0, 1),)), "NOT_AS_QUOTED", "basket"),
        (Till().line("TEA", 2, terminal_price=TerminalPrice(1)).member(), "NOT_AS_QUOTED", "basket"),
        (Till().line("TEA", 2).member().basket(channel="web"), "NOT_AS_QUOTED", "basket.channel"),
        (Till().line("TEA", 2), "NOT_AS_QUOTED", "basket.member_key"),
    ],
)
def test_holds_for_the_same_basket_member_and_channel_only(world: World, sold: Till, reason: str, field: str):
    quoted = quote(world, Till().line("TEA", 2).member())
    assert refused(world, with_quote(sold.cash(50_000), quoted.quote_token))[:2] == (reason, field)


def test_what_is_named_in_another_way_is_the_same(world: World):
    quoted = quote(world, Till().line("TEA", 2).member())
    till = Till().line("", 2, barcode="6901234567892").member("CARD1").basket(channel="store", currency="CNY")
    put(world, "TEA", 1)
    sale = world.sell(with_quote(till.basket(store_code="S1").cash(20_000), quoted.quote_token).command)
    assert sale.total_minor == 20_000


def test_holds_in_its_store_only(world: World):
    till = Till().line("TEA")
    quoted = quote(world, till)
    assert refused(world, with_quote(till.cash(10_000), quoted.quote_token), world.s2)[:2] == (
        "NOT_AS_QUOTED", "basket.store_code",
    )  # fmt: skip


def _changed(token: str, place: int) -> str:
    data = bytearray(urlsafe_b64decode(token + "=="))
    data[place] ^= 1
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def test_refuses_a_token_that_is_not_its_own(world: World):
    till = Till().line("TEA")
    token = quote(world, till).quote_token
    size = len(urlsafe_b64decode(token + "=="))
    body = json.loads(zlib.decompress(urlsafe_b64decode(token + "==")[33:]))
    cheaper = b"\x01" + zlib.compress(json.dumps({**body, "lines": [[1, 1, 0]], "total": 1}).encode())
    foreign = Keys(bytes(32)).sign("quote", cheaper) + cheaper
    other_use = world.units.keys.sign("receipt", cheaper) + cheaper
    forged = [urlsafe_b64encode(made).rstrip(b"=").decode() for made in (foreign, other_use, bytes(32) + cheaper)]
    for wrong in [*(_changed(token, place) for place in range(size)), *forged, "x", "秘密", token[:-4], "A" * 400_001]:
        assert refused(world, with_quote(till.cash(10_000), wrong))[:2] == ("INVALID_QUOTE_TOKEN", "quote_token")


def test_nothing_personal_can_be_read_from_it(world: World):
    reason = (Manual("For Mr Wang", 0, 100),)
    till = Till().line("TEA", discounts=reason, quantity_milli=2_000).line("MUG").member().basket(discounts=reason)
    world.set("price_floor", "both")
    token = quote(world, till).quote_token
    body = zlib.decompress(urlsafe_b64decode(token + "==")[33:]).decode()
    number = str(world.rows("SELECT member_number FROM members")[0][0])
    member_id = str(world.rows("SELECT member_id FROM members")[0][0])
    for secret in ("Wang", MEMBER, "王小明", number, f'"{member_id}"', f":{member_id}", "6000", "12000", "13560"):
        assert secret not in body


def test_a_basket_of_500_lines_is_held_in_a_few_kilobytes(world: World):
    publish(world, rate("SPRING", 1_000), rate("SUMMER", 500, stage=1))
    random = Random(1)
    skus = [random.choice(["TEA", "MUG", "WRAP"]) for _ in range(500)]
    till = Till().basket(lines=tuple(BasketLine(sku, quantity_milli=1_000) for sku in skus))
    world.set("negative_stock", "allow")
    quoted = quote(world, till)
    assert len(quoted.quote_token) < 8_000
    put(world, "TEA", 1)
    sale = world.sell(with_quote(till.cash(quoted.total_minor), quoted.quote_token).command)
    assert (sale.total_minor, lines(sale)) == (quoted.total_minor, lines(quoted))


def test_where_quotes_are_not_honoured_a_new_price_is_told(world: World):
    world.set("price_change_in_flight", "reprice")
    till = Till().line("TEA")
    token = quote(world, till).quote_token
    assert world.sell(with_quote(till.cash(10_000), token).command).total_minor == 10_000
    put(world, "TEA", 12_000)
    assert refused(world, with_quote(till.cash(12_000), token)) == (
        "PRICE_CHANGED", "quote_token", {"expected_minor": 10_000, "total_minor": 12_000},
    )  # fmt: skip
    assert refused(world, with_quote(till.cash(10_000), _changed(token, 40)))[0] == "INVALID_QUOTE_TOKEN"
    put(world, "TEA", 10_000)
    world.clock.advance(minutes=15)
    # Nothing is held, so nothing expires.
    assert world.sell(with_quote(till.cash(10_000), token).command).total_minor == 10_000


@pytest.mark.parametrize(("included", "reason"), [(True, ""), (False, "PRICE_CHANGED")])
def test_a_tax_is_that_of_the_day_of_the_sale(world: World, included: bool, reason: str):
    world.do(put_price_lists, PutPriceLists((PriceListEntry("TOP", "Top", "CNY", includes_tax=included, priority=1),)))
    world.do(put_prices, PutPrices("TOP", (PriceEntry("TEA", 10_000),)))
    till = Till().line("TEA")
    quoted = quote(world, till)
    world.do(put_taxes, PutTaxes((TaxEntry("VAT13", "VAT", "standard", 100_000),)))
    till = with_quote(till.cash(quoted.total_minor), quoted.quote_token)
    if reason:
        assert refused(world, till) == (
            reason, "quote_token", {"expected_minor": 11_300, "total_minor": 11_000},
        )  # fmt: skip
    else:
        sale = world.sell(till.command)
        assert (sale.total_minor, sale.tax_minor) == (10_000, 909)


@pytest.mark.parametrize("expected", [9_999, 10_001, 1])
def test_refuses_another_total_than_the_one_that_was_told(world: World, expected: int):
    till = Till().line("TEA").cash(20_000)
    assert refused(world, Till(replace(till.command, expected_total_minor=expected))) == (
        "PRICE_CHANGED", "expected_total_minor", {"expected_minor": expected, "total_minor": 10_000},
    )  # fmt: skip
    assert world.sell(replace(till.command, expected_total_minor=10_000)).total_minor == 10_000


def test_a_quote_promises_no_stock(world: World):
    till = Till().line("TEA", 60)
    token = quote(world, till).quote_token
    assert world.sell(with_quote(till.cash(600_000), token).command).total_minor == 600_000
    # Neither does it count sales: a second one gets what a second quote would have given, while there is stock.
    assert refused(world, with_quote(till.cash(600_000), token))[0] == "INSUFFICIENT_STOCK"


def test_holds_for_a_sale_that_was_made_offline_in_its_time(world: World):
    till = Till().line("TEA")
    token = quote(world, till).quote_token
    sold_at = world.clock() + timedelta(minutes=10)
    put(world, "TEA", 12_000)
    world.clock.advance(hours=5)
    assert world.sell(with_quote(till.cash(10_000), token).offline(sold_at).command).total_minor == 10_000
    late = with_quote(till.cash(10_000), token).offline(sold_at + timedelta(minutes=5))
    assert refused(world, late)[0] == "QUOTE_EXPIRED"


def test_a_quote_lets_nobody_do_what_they_may_not(world: World):
    shift = start_shift(world)
    put(world, "TEA", 10_000, minimum_unit_price_minor=8_000)
    till = Till().line("TEA", price_override=Override(7_000, "Box"))
    mia, ann, request_id = shift.signed_in("mia"), shift.signed_in("ann"), new_id()
    quoted = quote(world, till, mia)
    assert quoted.approvals_needed == []
    held = with_quote(till.cash(7_000), quoted.quote_token)
    assert refused(world, held, ann) == (
        "APPROVAL_NEEDED", "basket.lines[0].price_override",
        {"action": "sales.price_override", "amount_minor": 3_000},
    )  # fmt: skip
    # The floor is gone, yet the quote remembers that the line was below it.
    put(world, "TEA", 10_000)
    tokens = [
        world.do(approve, Approve(action, request_id, amount, "Box", "mia", "9731"), ann).approval_token
        for action, amount in (("sales.price_override", 3_000), ("sales.below_floor", 7_000))
    ]
    assert refused(world, Till(replace(held.command, approval_tokens=tuple(tokens[:1]))), ann)[0] == (
        "APPROVAL_FOR_OTHER"
    )
    sale = world.sell(replace(held.command, approval_tokens=tuple(tokens)), ann, request_id)
    assert sale.total_minor == 7_000


def test_a_held_price_is_not_cut_by_a_floor_that_came_later(world: World):
    publish(world, rate("HALF", 5_000))
    till = Till().line("TEA")
    token = quote(world, till).quote_token
    put(world, "TEA", 10_000, minimum_unit_price_minor=9_000)
    now = quote(world, till)
    assert (now.total_minor, now.promotions[0].floor_cut_minor) == (9_000, 4_000)
    assert now.promotions[0].explanation == (
        "Applied: 1000 off goods worth 10000, in minor units. 4000 more would have gone below the lowest price allowed."
    )
    assert world.sell(with_quote(till.cash(5_000), token).command).total_minor == 5_000


def gift(units: int, *, when: Condition | None = None) -> Promotion:
    benefit = Benefit(BenefitKind.GIFT, ItemSet(skus=("TEA",)), gifts=(Gift("MUG", units),))
    return Promotion("MUGS", "A mug with tea", benefit, when=when)


def test_gifts_are_given_as_quoted_while_they_are_there(world: World):
    publish(world, gift(1))
    till = Till().line("TEA").cash(10_000)
    quoted = quote(world, till)
    publish(world, replace(gift(1), paused=True))
    sale = world.sell(with_quote(till, quoted.quote_token).command)
    assert [(line.sku, line.quantity_milli, line.total_minor) for line in sale.lines] == [
        ("TEA", 1_000, 10_000), ("MUG", 1_000, 0),
    ]  # fmt: skip
    assert world.level("MUG") == (99_000, 198_000)
    assert world.ask(explain_sale, ExplainSale(sale_id=sale.sale_id)).proven
    world.sell(Till().line("MUG", 99).cash(495_000).command)
    assert refused(world, with_quote(till, quoted.quote_token)) == (
        "GIFT_OUT_OF_STOCK", "quote_token", {"sku": "MUG", "name": "A mug with tea", "units": 1},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("when", "reason"), [(Condition(first_purchase=True), "NOT_AS_QUOTED"), (Condition(member=True), "")]
)
def test_what_is_given_for_the_first_purchase_is_given_once(world: World, when: Condition, reason: str):
    publish(world, rate("WELCOME", 1_000, when=when))
    till = Till().line("TEA").member()
    tokens = [quote(world, till).quote_token for _ in range(2)]
    assert world.sell(with_quote(till.cash(9_000), tokens[0]).command).total_minor == 9_000
    second = with_quote(till.cash(9_000), tokens[1])
    if reason:
        assert refused(world, second)[:2] == (reason, "basket.member_key")
    else:
        assert world.sell(second.command).total_minor == 9_000


def test_in_one_batch_the_first_purchase_is_given_for_once(world: World):
    publish(world, rate("WELCOME", 1_000, when=Condition(first_purchase=True)))
    till = Till().line("TEA").member()
    token = quote(world, till).quote_token
    calls = [world.call(with_quote(till.cash(9_000), token).command, world.s1) for _ in range(2)]
    first, second = world.sell_all(calls)
    assert (first.total_minor, second.reason) == (9_000, "NOT_AS_QUOTED")


def test_a_coupon_is_used_by_a_sale_at_the_quoted_price(world: World):
    put_batch(world, "SPRING")
    [code] = issue(world, "SPRING")
    publish(world, rate("SPRING", 1_000, coupon_batch_code="SPRING"))
    till = Till().line("TEA").basket(coupon_codes=(code,))
    quoted = quote(world, till)
    publish(world, rate("SPRING", 1, coupon_batch_code="SPRING"))
    sold = with_quote(till.cash(9_000), quoted.quote_token)
    assert world.sell(sold.command).total_minor == 9_000
    assert refused(world, sold)[0] == "COUPON_USED"
    assert refused(world, with_quote(Till().line("TEA").cash(9_000), quoted.quote_token))[:2] == (
        "NOT_AS_QUOTED", "basket",
    )  # fmt: skip


def test_a_quote_promises_no_budget_and_what_it_takes_of_one_is_counted(world: World):
    publish(world, rate("TWICE", 1_000, limits=Limits(uses_max=2)))
    till = Till().line("TEA")
    tokens = [quote(world, till).quote_token for _ in range(3)]
    # Over for everybody else, but not for those who were promised it.
    publish(world, rate("TWICE", 1_000, limits=Limits(uses_max=2), paused=True))
    for token in tokens[:2]:
        assert world.sell(with_quote(till.cash(9_000), token).command).total_minor == 9_000
    counted = world.rows("SELECT uses, discount_minor FROM promotion_counters WHERE code = 'TWICE' AND day = ''")
    assert counted == [(2, 2_000)]
    assert refused(world, with_quote(till.cash(9_000), tokens[2]))[:2] == ("USED_UP_SINCE", "quote_token")


# Whatever changes between quote and sale.

SKUS = ("TEA", "MUG", "RICE", "WRAP", "GIFT")
prices = st.integers(0, 20_000)
promotions = st.lists(
    st.builds(
        lambda kind, rate_bp, off, stage, skus, paused: Promotion(
            "", "P", Benefit(kind, ItemSet(skus=tuple(skus)), rate_bp=rate_bp if kind is BenefitKind.RATE else 0,
                             steps=(Step(amount_minor=1_000, off_minor=off),) if kind is BenefitKind.AMOUNT else ()),
            stage=stage, paused=paused, currency="CNY" if kind is BenefitKind.AMOUNT else "",
        ),
        st.sampled_from([BenefitKind.RATE, BenefitKind.AMOUNT]), st.integers(1, 10_000), st.integers(1, 3_000),
        st.integers(0, 2), st.lists(st.sampled_from(SKUS), min_size=1, max_size=3, unique=True), st.booleans(),
    ),
    max_size=3,
)  # fmt: skip
basket_lines = st.lists(
    st.builds(
        lambda sku, units, off, at: BasketLine(
            sku, quantity_milli=units * 1_000, discounts=(Manual("x", off, 0),) if off else (),
            price_override=None if at is None else Override(at, "y"),
        ),
        st.sampled_from(SKUS), st.integers(1, 5), st.sampled_from([0, 0, 333, 10_000]),
        st.sampled_from([None, None, 1, 7_777]),
    ),
    min_size=1, max_size=6,
)  # fmt: skip
policies = st.sampled_from(["off", "minimum", "cost", "both"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    basket=basket_lines, before=promotions, after=promotions, old=st.lists(prices, min_size=5, max_size=5),
    new=st.lists(prices, min_size=5, max_size=5), floor=policies, floor_then=policies, member=st.booleans(),
    off=st.sampled_from([0, 500]),
)  # fmt: skip
def test_what_was_quoted_is_what_is_sold(
    furnished_url: str, basket: list[BasketLine], before: Any, after: Any, old: list[int], new: list[int],
    floor: str, floor_then: str, member: bool, off: int,
):  # fmt: skip
    with opened(furnished_url, furnished=True) as world:
        world.set("negative_stock", "allow")
        for prices, given_promotions, policy in ((old, before, floor), (new, after, floor_then)):
            entries = [
                PriceEntry(sku, price, minimum_unit_price_minor=price * 9 // 10)
                for sku, price in zip(SKUS, prices, strict=True)
            ]
            world.do(put_prices, PutPrices("BASE", tuple(entries)))
            world.set("price_floor", policy)
            coded = [replace(one, code=f"P{number}") for number, one in enumerate(given_promotions)]
            coded += [replace(rate(f"P{number}", 1), paused=True) for number in range(len(coded), 3)]
            world.do(put_promotions, PutPromotions(tuple(coded)))
            if prices is old:
                asked = Basket(tuple(basket), MEMBER if member else "", discounts=(Manual("z", off, 0),) if off else ())
                seller = world.terminal("T1", "sales.price_override", "sales.price_above_list", "sales.below_floor")
                quoted = quote(
                    world, Till().basket(**{name: getattr(asked, name) for name in Basket.__slots__}), seller
                )
        till = Till().basket(**{name: getattr(asked, name) for name in Basket.__slots__})
        if quoted.total_minor:
            till = till.cash(quoted.total_minor)
        sale = world.sell(with_quote(till, quoted.quote_token).command, seller)
        assert (sale.total_minor, sale.discount_minor, sale.net_minor, sale.tax_minor) == (
            quoted.total_minor, quoted.discount_minor, quoted.net_minor, quoted.tax_minor,
        )  # fmt: skip
        assert lines(sale) == lines(quoted)
        # Priced again from what was kept, it comes to the same, whatever holds by then.
        explained = world.ask(explain_sale, ExplainSale(sale_id=sale.sale_id))
        assert (explained.proven, explained.differences) == (True, [])
        assert world.broken() == []
