"""Checkout: one sale with its stock, points and books, or nothing at all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from application.catalog.entries import ProductEntry
from application.catalog.put_products import PutProducts, put_products
from application.identity.stores import PutStores, put_stores
from application.identity.views import StoreView
from application.ports.kernel import UnitOfWork
from application.pricing.entries import PriceEntry, PriceListEntry
from application.pricing.put_price_lists import PutPriceLists, put_price_lists
from application.pricing.put_prices import PutPrices, put_prices
from application.sales.basket import StoreClosed, TerminalPrice
from application.sales.checkout import checkout
from application.sales.preparing import Checkout
from application.sales.views import SaleView
from application.transactor import Call
from domain.finance.accounts import (
    CARD_CLEARING,
    CASH,
    COST_OF_GOODS_SOLD,
    GOODS_RECEIVED_NOT_INVOICED,
    INVENTORY,
    MANUFACTURER_COUPON_CLEARING,
    OUTPUT_TAX,
    POINTS_LIABILITY,
    PROMOTION_EXPENSE,
    SALES_REVENUE,
)
from domain.identity.organisation import StoreStatus
from domain.pricing.basket import Manual, Named
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal
from tests.world import OPENING, Till, World


@pytest.mark.capability("SAL-01")
def test_sells_for_a_member_with_split_tender_and_answers_everything(world: World) -> None:
    opening = world.ledger()
    sale = world.sell(Till().line("TEA", 2).line("MUG").member().card(20_000).cash(6_000).command)
    assert (sale.gross_minor, sale.discount_minor, sale.total_minor) == (25_000, 0, 25_000)
    assert (sale.net_minor, sale.tax_minor, sale.change_minor) == (22_124, 2_876, 1_000)
    assert [line.tax_minor for line in sale.lines] == [2_301, 575]
    assert (sale.points_earned, sale.points_balance) == (250, 250)
    assert (sale.store_code, sale.terminal_code, sale.business_date) == ("S1", "T1", "2026-11-22")
    assert world.level("TEA") == (98_000, 588_000)
    # 250 points are worth 2.50: 221.24 net is shared 22124 : 250 between goods and points.
    deferred = 247
    moved = {code: amount - opening.get(code, 0) for code, amount in world.ledger().items()}
    assert moved == {
        CASH.code: 5_000,
        CARD_CLEARING.code: 20_000,
        OUTPUT_TAX.code: -2_876,
        POINTS_LIABILITY.code: -deferred,
        SALES_REVENUE.code: -(22_124 - deferred),
        COST_OF_GOODS_SOLD.code: 14_000,
        INVENTORY.code: -14_000,
        GOODS_RECEIVED_NOT_INVOICED.code: 0,
    }


@pytest.mark.capability("SAL-02")
@pytest.mark.parametrize(
    ("till", "change"),
    [
        (Till().line("TEA").line("MUG", discounts=(Manual("damaged", 0, 4_500),)).cash(5_000).card(5_500), 0),
        (Till().line("TEA").line("MUG", discounts=(Manual("damaged", 0, 4_500),)).cash(6_000).card(5_000), 500),
    ],
)
def test_takes_cash_and_card_together_and_gives_change(world: World, till: Till, change: int) -> None:
    sale = world.sell(till.command)
    assert (sale.total_minor, sale.change_minor) == (10_500, change)


@pytest.mark.capability("PTS-01")
def test_earns_one_point_per_yuan_paid_after_discounts(world: World) -> None:
    sale = world.sell(Till().line("TEA", 2, discounts=(Manual("opening", 0, 10),)).member().cash(19_990).command)
    assert (sale.total_minor, sale.points_earned) == (19_990, 199)


@pytest.mark.capability("PTS-10")
def test_redeems_points_for_money_up_to_half_of_the_sale(world: World) -> None:
    world.sell(Till().line("TEA", 50).member().cash(500_000).command)
    opening = world.ledger()
    sale = world.sell(Till().line("MUG", 2).member().points(5_000).cash(5_000).command)
    assert (sale.points_redeemed, sale.points_earned, sale.points_balance) == (5_000, 50, 50)
    moved = {code: amount - opening.get(code, 0) for code, amount in world.ledger().items()}
    # 100.00 with 13 % inside is 88.50 + 11.50. The 5,000 points carried 49.44 of deferred revenue and paid 50.00.
    assert moved[CASH.code] == 5_000
    assert moved[POINTS_LIABILITY.code] == 4_944 - 50
    assert moved[PROMOTION_EXPENSE.code] == 56
    assert moved[SALES_REVENUE.code] == -(8_850 - 50)
    assert refused(world, Till().line("MUG").member().points(100).cash(4_900)) == (
        "POINTS_EXCEED_BALANCE",
        "tenders[0].points",
    )


def test_refuses_points_beyond_the_cap_and_out_of_step(world: World) -> None:
    world.sell(Till().line("TEA", 50).member().cash(500_000).command)
    till = Till().line("MUG").member().cash(5_000)
    assert refused(world, till.points(2_600)) == ("POINTS_EXCEED_CAP", "tenders[1].points")
    assert refused(world, till.points(150)) == ("POINTS_NOT_IN_STEP", "tenders[1].points")
    assert refused(world, Till().line("MUG").points(100).cash(4_900)) == ("POINTS_NEED_MEMBER", "tenders[0].kind")


def test_goods_that_never_earn_and_coupons_earn_nothing(world: World) -> None:
    sale = world.sell(
        Till().line("TEA").line("GIFT").member().tender(TenderKind.MANUFACTURER_COUPON, 1_000).cash(19_000).command
    )
    # Of 200.00 the coupon pays 10.00; half of what is left was spent on the gift card.
    assert sale.points_earned == 95
    assert [line.points_earned for line in sale.lines] == [95, 0]
    assert world.ledger()[MANUFACTURER_COUPON_CLEARING.code] == 1_000


@pytest.mark.capability("LVL-07")
def test_a_members_price_list_shows_its_advantage_as_a_discount(world: World) -> None:
    lists = (PriceListEntry("MEMBER", "Member price", "CNY", includes_tax=True, priority=1, tier="gold"),)
    world.do(put_price_lists, PutPriceLists(lists))
    world.do(put_prices, PutPrices("MEMBER", (PriceEntry("TEA", 9_200),)))
    world.set_tier("gold")
    sale = world.sell(Till().line("TEA").member().cash(9_200).command)
    [line] = sale.lines
    assert (line.unit_price_minor, line.gross_minor, line.total_minor) == (10_000, 10_000, 9_200)
    assert [(d.code, d.name, d.amount_minor) for d in line.discounts] == [("price_list:MEMBER", "Member price", 800)]
    assert world.sell(Till().line("TEA").cash(10_000).command).total_minor == 10_000


def test_prices_a_changed_price_from_the_next_sale_on(world: World) -> None:
    assert world.sell(Till().line("MUG").cash(5_000).command).total_minor == 5_000
    world.do(put_prices, PutPrices("BASE", (PriceEntry("MUG", 4_500),)))
    assert world.sell(Till().line("MUG").cash(5_000).command).total_minor == 4_500


def test_sells_by_barcode_and_by_the_weight_in_a_scale_label(world: World) -> None:
    till = Till().line("", barcode="6901234567892").line("", barcode="2012345015000", quantity_milli=0)
    with pytest.raises(Refusal) as wrong:
        world.sell(till.cash(20_000).command)
    label = wrong.value.details["expected"]
    till = Till().line("", barcode="6901234567892").line("", barcode=f"201234501500{label}", quantity_milli=0)
    sale = world.sell(till.cash(20_000).command)
    assert [(line.sku, line.quantity_milli, line.total_minor) for line in sale.lines] == [
        ("TEA", 1_000, 10_000),
        ("RICE", 1_500, 1_200),
    ]


def test_takes_terminal_prices_with_their_named_discounts(world: World) -> None:
    price = TerminalPrice(10_000, (Named("retail", "Loyalty price", 1_000), Named("match", "Coupon match", 500)))
    money = TerminalPrice(250)
    till = Till().line("TEA", terminal_price=price).line("MUG", 0, terminal_price=money, amount_only=True)
    sale = world.sell(till.cash(8_750).command)
    assert (sale.gross_minor, sale.discount_minor, sale.total_minor) == (10_250, 1_500, 8_750)
    assert [(d.code, d.amount_minor) for d in sale.lines[0].discounts] == [("retail", 1_000), ("match", 500)]
    assert world.level("MUG") == (100_000, 200_000)


def refused(world: World, till: Till | Checkout, **options: object) -> tuple[str, str]:
    """Reason and field of the refusal; nothing is written."""
    before = world.counts()
    command = till.command if isinstance(till, Till) else till
    with pytest.raises(Refusal) as found:
        world.sell(command, **options)  # type: ignore[arg-type]
    assert found.value.message("zh") != found.value.message("en")
    assert world.counts() == before
    return found.value.reason, found.value.field


@pytest.mark.parametrize(
    ("till", "reason", "field"),
    [
        (Till(), "NO_LINES", "basket.lines"),
        (Till().line("NOPE").cash(1), "UNKNOWN_SKU", "basket.lines[0].sku"),
        (Till().line("TEA").line("").cash(1), "SKU_OR_BARCODE", "basket.lines[1].sku"),
        (Till().line("TEA", barcode="6901234567892").cash(1), "SKU_OR_BARCODE", "basket.lines[0].sku"),
        (Till().line("", barcode="6901234567891").cash(1), "WRONG_CHECK_DIGIT", "basket.lines[0].barcode"),
        (Till().line("", barcode="4006381333931").cash(1), "UNKNOWN_BARCODE", "basket.lines[0].barcode"),
        (Till().line("TEA", 0).cash(1), "QUANTITY_NOT_POSITIVE", "basket.lines[0].quantity_milli"),
        (Till().line("TEA", -1).cash(1), "QUANTITY_NOT_POSITIVE", "basket.lines[0].quantity_milli"),
        (Till().line("TEA", quantity_milli=500).cash(1), "QUANTITY_TOO_FINE", "basket.lines[0].quantity_milli"),
        (Till().line("TEA", 101).cash(1_010_000), "INSUFFICIENT_STOCK", "basket.lines[0].quantity_milli"),
        (Till().line("TEA").cash(9_999), "TENDERED_TOO_LITTLE", "tenders"),
        (Till().line("TEA").card(10_001), "CHANGE_ON_CASH_ONLY", "tenders"),
        (Till().line("TEA").cash(0), "INVALID_TENDER_AMOUNT", "tenders[0].amount_minor"),
        (Till().line("TEA").cash(10_000).basket(currency="USD"), "WRONG_CURRENCY", "basket.currency"),
        (Till().line("TEA").cash(10_000).basket(store_code="S2"), "FOREIGN_STORE", "basket.store_code"),
        (Till().line("TEA").cash(10_000).basket(channel="a b"), "INVALID_CHANNEL", "basket.channel"),
        (Till().line("TEA").member("13900000000").cash(10_000), "UNKNOWN_MEMBER", "basket.member_key"),
        (
            Till().line("TEA", discounts=(Manual("too much", 0, 10_001),)).cash(1),
            "DISCOUNT_EXCEEDS_AMOUNT",
            "basket.lines[0].discounts[0].amount_minor",
        ),
        (
            Till().line("MUG", 0, terminal_price=TerminalPrice(5), amount_only=False).cash(5),
            "QUANTITY_NOT_POSITIVE",
            "basket.lines[0].quantity_milli",
        ),
        (
            Till().line("MUG", 1, terminal_price=TerminalPrice(5), amount_only=True).cash(5),
            "AMOUNT_ONLY_NEEDS_TERMINAL_PRICE",
            "basket.lines[0].amount_only",
        ),
    ],
)
def test_names_the_field_at_fault_and_writes_nothing(world: World, till: Till, reason: str, field: str) -> None:
    assert refused(world, till) == (reason, field)


def test_refuses_too_many_lines(world: World) -> None:
    till = Till().basket(lines=Till().line("TEA").command.basket.lines * 501)
    assert refused(world, till) == ("TOO_MANY_LINES", "basket.lines")


def test_refuses_what_the_caller_may_not_do(world: World) -> None:
    kiosk = replace(world.s1, permissions=frozenset({"sales.checkout"}))
    priced = Till().line("TEA", terminal_price=TerminalPrice(1)).cash(1)
    assert refused(world, priced, caller=kiosk) == ("PERMISSION_NEEDED", "basket.lines[0].terminal_price")
    by_hand = Till().line("TEA", discounts=(Manual("friend", 1_000, 0),)).cash(9_000)
    assert refused(world, by_hand, caller=kiosk) == ("PERMISSION_NEEDED", "basket.lines[0].discounts")
    overall = Till().line("TEA").basket(discounts=(Manual("friend", 1_000, 0),)).cash(9_000)
    assert refused(world, overall, caller=kiosk) == ("PERMISSION_NEEDED", "basket.discounts")


def test_refuses_sales_in_a_closed_store_from_the_moment_it_closes(world: World) -> None:
    world.sell(Till().line("TEA").cash(10_000).command)
    closed = StoreView("S1", "Store S1", "EAST", "CNY", "Asia/Shanghai", 240, StoreStatus.CLOSED)
    world.do(put_stores, PutStores((closed,)))
    assert refused(world, Till().line("TEA").cash(10_000)) == ("STORE_CLOSED", "basket.store_code")


def test_one_refused_command_of_a_batch_refuses_only_itself(world: World) -> None:
    tills = [Till().line("TEA").cash(10_000), Till().line("NOPE").cash(1), Till().line("MUG").cash(5_000)]
    first, second, third = world.sell_all([world.call(till.command, world.s1) for till in tills])
    assert (first.total_minor, second.reason, third.total_minor) == (10_000, "UNKNOWN_SKU", 5_000)
    assert world.count("sales") == 2
    # A refusal gives its request id back.
    assert world.count("requests") == 2


def test_a_later_command_of_a_batch_sees_what_an_earlier_one_took(world: World) -> None:
    tills = [Till().line("TEA", 60).cash(600_000), Till().line("TEA", 60).cash(600_000)]
    first, second = world.sell_all([world.call(till.command, world.s1) for till in tills])
    assert first.total_minor == 600_000
    assert (second.reason, second.details["available"]) == ("INSUFFICIENT_STOCK", 40_000)
    assert world.level("TEA") == (40_000, 240_000)


def test_points_earned_in_a_batch_can_be_spent_by_its_next_command(world: World) -> None:
    tills = [
        Till().line("TEA", 10).member().cash(100_000),
        Till().line("MUG").member().points(1_000).cash(4_000),
        Till().line("MUG").member("CARD1").points(100).cash(4_900),
    ]
    first, second, third = world.sell_all([world.call(till.command, world.s1) for till in tills])
    assert (first.points_balance, second.points_balance) == (1_000, 40)
    assert (third.reason, third.field) == ("POINTS_EXCEED_BALANCE", "tenders[0].points")
    assert world.points() == 40


@pytest.mark.capability("SAL-12")
def test_the_same_request_has_one_effect(world: World) -> None:
    request_id = "0192f1c8-0000-7000-8000-000000000001"
    till = Till().line("TEA").cash(10_000)
    call = world.call(till.command, world.s1, request_id)
    [first] = world.sell_all([call])
    answers = world.transactor.execute_batch(checkout, [call, call], lambda sale: b"")
    assert [(answer.payload, answer.replayed) for answer in answers] == [(b"0", True), (b"0", True)]
    assert world.count("sales") == 1
    other = world.call(Till().line("MUG").cash(5_000).command, world.s1, request_id)
    [reused] = world.transactor.execute_batch(checkout, [other], lambda sale: b"")
    assert reused.error is not None
    assert (reused.error.reason, reused.error.field) == ("REQUEST_REUSED", "request_id")  # type: ignore[attr-defined]
    # Another terminal has request ids of its own.
    [elsewhere] = world.sell_all([world.call(till.command, world.s2, request_id)])
    assert (elsewhere.store_code, first.store_code) == ("S2", "S1")
    assert world.count("sales") == 2


@pytest.mark.capability("SAL-12")
def test_a_replay_is_answered_even_where_the_sale_would_be_refused_now(world: World) -> None:
    call = world.call(Till().line("TEA").cash(10_000).command, world.s1)
    [first] = world.sell_all([call])
    closed = StoreView("S1", "Store S1", "EAST", "CNY", "Asia/Shanghai", 240, StoreStatus.CLOSED)
    world.do(put_stores, PutStores((closed,)))

    def refuses(uow: UnitOfWork, calls: Sequence[Call[Checkout]]) -> list[SaleView | Refusal]:
        raise StoreClosed("basket.store_code", store_code="S1")

    for use_case in (checkout, refuses):
        [answer] = world.transactor.execute_batch(use_case, [call], lambda sale: b"")
        assert (answer.error, answer.payload, answer.replayed) == (None, b"0", True)
    assert first.total_minor == 10_000
    assert world.count("sales") == 1


def test_uploads_keep_their_own_time_and_sell_below_zero_with_a_warning(world: World) -> None:
    sold_at = OPENING - timedelta(days=2, hours=8)  # 02:00 on the 20th in Shanghai: trading day of the 19th
    sale = world.sell(Till().line("TEA", 101).cash(1_010_000).offline(sold_at).command)
    assert (sale.business_date, sale.sold_at, sale.uploaded) == ("2026-11-19", sold_at, True)
    assert len(sale.warnings) == 1
    assert world.level("TEA") == (-1_000, -6_000)


def test_goods_received_after_they_were_sold_correct_their_cost(world: World) -> None:
    world.sell(Till().line("TEA", 102).cash(1_020_000).offline(OPENING).command)
    assert world.level("TEA") == (-2_000, -12_000)
    world.receive("TEA", 10_000, 70_000)
    # Two were sold at 60.00 and cost 70.00: eight are left at 70.00, the difference is cost of goods sold.
    assert world.level("TEA") == (8_000, 56_000)


def test_uploads_are_refused_without_a_time_and_far_ahead(world: World) -> None:
    till = Till().line("TEA").cash(10_000)
    assert refused(world, replace(till.command, uploaded=True)) == ("SOLD_AT_REQUIRED", "sold_at")
    ahead = till.offline(OPENING + timedelta(hours=48, seconds=1))
    assert refused(world, ahead) == ("SOLD_IN_FUTURE", "sold_at")


def test_rounds_cash_and_posts_the_difference(world: World) -> None:
    world.set("cash_rounding_step", "10")
    world.do(put_prices, PutPrices("BASE", (PriceEntry("MUG", 1_572),)))
    sale = world.sell(Till().line("MUG").cash(1_570).command)
    assert (sale.total_minor, sale.rounding_minor, sale.change_minor) == (1_572, -2, 0)


@pytest.mark.parametrize(("policy", "sold"), [("forbid", False), ("warn", True), ("allow", True)])
def test_negative_stock_follows_its_setting(world: World, policy: str, sold: bool) -> None:
    world.set("negative_stock", policy)
    till = Till().line("TEA", 101).cash(1_010_000)
    if sold:
        assert len(world.sell(till.command).warnings) == (policy == "warn")
        assert world.level("TEA") == (-1_000, -6_000)
    else:
        assert refused(world, till) == ("INSUFFICIENT_STOCK", "basket.lines[0].quantity_milli")


@pytest.mark.parametrize(("base", "points"), [("paid_net", 80), ("paid_gross", 90), ("before_discount", 100)])
def test_what_earns_follows_its_setting(world: World, base: str, points: int) -> None:
    world.set("points_earn_base", base)
    till = Till().line("TEA", discounts=(Manual("opening", 1_000, 0),)).member()
    sale = world.sell(till.tender(TenderKind.MANUFACTURER_COUPON, 1_000).cash(8_000).command)
    assert sale.points_earned == points


def test_sells_by_a_upc_a_and_by_the_ean_13_that_it_also_is(world: World) -> None:
    world.do(put_products, PutProducts((ProductEntry("COLA", "Cola", "FOOD", "EA", "standard", ("036000291452",)),)))
    world.do(put_prices, PutPrices("BASE", (PriceEntry("COLA", 300),)))
    world.receive("COLA", 10_000, 1_000)
    till = Till().line("", barcode="036000291452").line("", barcode="0036000291452").cash(600)
    assert [line.sku for line in world.sell(till.command).lines] == ["COLA", "COLA"]
