"""Coupons of other systems, used at the tills of Liansuo."""

import pytest

from application.coupon_ledger import CouponUsed
from application.pricing.entries import PriceEntry
from application.pricing.put_prices import PutPrices, put_prices
from application.sales.quote import QuoteBasket, quote_basket
from domain.pricing.promotion import ItemSet
from tests.application.sales.coupons import history, put_batch, showing, unlock
from tests.conformance.stored_cases import deciding, minor
from tests.world import Till


@deciding("cpn-03")
def test_uses_a_code_without_end_as_often_as_it_is_shown(world, case, conformance):
    put_batch(world, "EVER", shared=True, shared_code="FOREVER")
    unlock(world, "EVER")
    before = history(world, "FOREVER").coupon.state
    sales = [
        world.sell(showing(Till().line("TEA"), "FOREVER").cash(9_000).command)
        for _ in range(int(case["when"]["use_times"]))
    ]
    assert sum(sale.coupons[0].redeemed for sale in sales) == int(case["expected"]["used"])
    assert case["expected"]["still_valid"] is (history(world, "FOREVER").coupon.state == before)
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("cpn-04")
def test_takes_nothing_off_a_second_order_with_a_code_that_is_used_up(world, case, conformance):
    given, expected = case["given"], case["expected"]
    price, off = minor(given["order"]), minor(given["discount"])
    world.do(put_prices, PutPrices("BASE", (PriceEntry("WRAP", price),)))
    put_batch(world, "ONE", shared=True, shared_code="ONLY-ONCE", total_max=int(given["per_code_limit"]))
    unlock(world, "ONE", off, ItemSet(everything=True))
    order = Till().line("WRAP")
    with_code = showing(order, "ONLY-ONCE").cash(price)
    # Both orders are quoted with the code; then one completes.
    quoted = [world.ask(quote_basket, QuoteBasket(with_code.command.basket), world.s1).total_minor for _ in range(2)]
    first = world.sell(with_code.command)
    with pytest.raises(CouponUsed):
        world.sell(with_code.command)
    second = world.sell(order.cash(price).command)
    assert quoted == [price - off] * 2
    assert [first.total_minor, second.total_minor] == [minor(total) for total in expected["total"]]
    assert [-first.discount_minor, -second.discount_minor] == [minor(off) for off in expected["promo_total"]]
    conformance.record(
        case["id"],
        area=case["area"],
        verdict="policy",
        reason="A code that is used up is refused with who used it and when, instead of being dropped in silence; the "
        "order then costs the same.",
    )
