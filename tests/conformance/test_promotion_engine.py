"""Promotions of other systems, given by the promotions of Liansuo."""

from domain.pricing.goods import Goods
from domain.pricing.promoting import Stacking
from domain.pricing.promotion import Benefit, BenefitKind, Component, Needed, Promotion, Step, Unmet
from tests.conformance.promotions import ALL, Basket, consider, items
from tests.conformance.stored_cases import deciding, milli, minor


def compared(case, basket):
    found = {key: basket.found(key, expected) for key, expected in case["expected"].items()}
    return found, {key: basket.expected(key, expected) for key, expected in case["expected"].items()}


@deciding(
    *["pro-01", "pro-02", "pro-03", "pro-73"],  # free goods
    *["pro-06", "pro-07", "pro-44", "pro-60", "pro-65", "pro-70", "pro-16"],  # conditions on the basket
    *["pro-09", "pro-32", "pro-14", "pro-17"],  # bounds
    *["pro-54", "pro-55", "pro-57"],  # the cheapest
    *["pro-18", "pro-24", "pro-68", "pro-69", "pro-92", "pro-94"],  # one after the other
    *["pro-31", "pro-78", "pro-80", "pro-81"],  # steps
    *["pro-75", "pro-100", "pro-101"],
    # What test_promotion.py gives by hand.
    *["pro-105", "pro-45", "pro-46", "pro-21", "pro-48", "pro-87", "pro-96"],
    *["pro-108", "pro-109", "pro-110", "pro-113"],
)
def test_gives_what_other_systems_give(case, conformance):
    found, expected = compared(case, Basket(case))
    assert found == expected
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pro-13", "pro-34")
def test_shares_the_goods_among_promotions_that_compete_for_them(case, conformance):
    found, expected = compared(case, Basket(case, together=True))
    assert found == expected
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pro-05")
def test_tests_thresholds_on_the_prices_that_the_customer_sees(case, conformance):
    basket = Basket(case)
    assert (basket.before.net_minor, basket.before.gross_minor) == (27_826, 32_000)
    assert basket.found("applied", True) is True
    assert basket.priced.total_minor == 25_600
    conformance.record(
        case["id"],
        area=case["area"],
        verdict="policy",
        reason="A threshold is compared with the prices on the shelf, here with tax; the case takes the tax out first.",
    )


@deciding("pro-23")
def test_takes_an_amount_off_the_prices_before_tax_where_they_have_none(case, conformance):
    basket = Basket(case)
    assert [basket.price(count).net_minor for count in (0, 1, 2)] == [30_000, 1_150, 1_035]
    assert (basket.priced.tax_minor, basket.priced.total_minor) == (52, 1_087)
    conformance.record(
        case["id"],
        area=case["area"],
        verdict="policy",
        reason="An amount is taken off the prices as they are written, here without tax, and tax is due on what is "
        "left; the case takes it off the total with tax.",
    )


@deciding("pro-39", "pro-51", "pro-53")
def test_knows_no_goods_of_a_price_below_zero(case, conformance):
    given = case["given"]
    rows = [row for row in given["lines"] if float(row["unit_price"]) >= 0]
    found, expected = compared(case, Basket({**case, "given": {**given, "lines": rows}}))
    assert found == expected
    conformance.record(
        case["id"],
        area=case["area"],
        verdict="not_applicable",
        reason="A line of the case has a price below zero, which is refused here; without it the figure is the same.",
    )


@deciding("pro-83", "pro-84")
def test_takes_one_amount_off_the_first_unit_and_another_off_each_further_one(case, conformance):
    first, further = (
        Benefit(BenefitKind.UNIT_AMOUNT, ALL, off_minor=minor(case["given"][key]))
        for key in ("first_item", "additional_item")
    )
    promotions = [Promotion("first", "", first, priority=1, times_max=1), Promotion("further", "", further)]
    quantity = milli(case["when"]["qty"])
    found = consider(promotions, [Goods("a", frozenset(), quantity, quantity)])
    assert sum(one.off_minor for one in found.values()) == minor(case["expected"]["discount"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pro-124", "pro-140")
def test_stacks_percentages_on_the_price_left_or_on_the_first_price(case, conformance):
    given, when, expected = case["given"], case["when"], case["expected"]
    percents = when.get("percents") or [rule["percent"] for rule in when["rules"]]
    promotions = [
        Promotion(str(stage), "", Benefit(BenefitKind.RATE, ALL, rate_bp=minor(percent)), stage=stage)
        for stage, percent in enumerate(percents)
    ]
    price = minor(given["price"])
    stacking = Stacking.ADDITIVE if "original price" in when["mode"] else Stacking.COMPOUND
    found = consider(promotions, [Goods("a", frozenset(), 1000, price)], stacking=stacking)
    left = price - sum(one.off_minor for one in found.values())
    wanted = expected["price"] if "price" in expected else 100 - float(expected["discount_percent"])
    assert left * 100 == price * float(wanted)
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pro-128")
def test_gives_a_rate_within_a_span_of_pieces(case, conformance):
    given, rule = case["given"], case["when"]["rule"]
    span = (
        Step(quantity_milli=milli(rule["min_qty"]), rate_bp=minor(rule["percent"])),
        Step(quantity_milli=milli(rule["max_qty"]) + 1, rate_bp=0),
    )
    promotion = Promotion("P", "", Benefit(BenefitKind.RATE, ALL, steps=span))
    rates = []
    for boxes in case["when"]["boxes"]:
        pieces = int(boxes) * int(given["uom_factor"])
        value = pieces * minor(given["price"])
        rates.append(
            (value - consider([promotion], [Goods("a", frozenset(), milli(pieces), value)])["P"].off_minor) / pieces
        )
    assert rates == [minor(rate) for rate in case["expected"]["rates"]]
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pro-131", "pro-133")
def test_gives_free_units_for_every_so_many_bought(case, conformance):
    rule, quantity = case["given"]["rule"], case["when"]["qty"]
    bought = (Component(items("a"), int(rule.get("per") or rule["per_extra"])),)
    promotion = Promotion(
        "P",
        "",
        Benefit(BenefitKind.BUY_GET, items("free"), rate_bp=10_000, units=int(rule["free_qty"]), components=bought),
        needs=(Needed(items("a"), milli(rule["min_qty"])),),
    )
    # More than can be free are there, each for one minor unit.
    lines = [
        Goods("a", frozenset(), milli(quantity), 9_999),
        Goods("free", frozenset(), milli(quantity), int(quantity)),
    ]
    assert consider([promotion], lines)["P"].off_minor == int(case["expected"]["free_qty"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pro-135")
def test_gives_a_rate_on_one_product_for_so_much_of_another(case, conformance):
    prices, rule = case["given"]["prices"], case["when"]["rule"]
    promotion = Promotion(
        "P",
        "",
        Benefit(BenefitKind.RATE, items("other"), rate_bp=minor(rule["percent_on_other"])),
        needs=(Needed(items("x"), amount_minor=minor(rule["min_amount_of_x"])),),
    )
    other = minor(prices["other"])
    percents = []
    for quantity in case["when"]["x_qty"]:
        lines = [
            Goods("x", frozenset(), milli(quantity), int(quantity) * minor(prices["x"])),
            Goods("other", frozenset(), 1000, other),
        ]
        off_x, off_other = consider([promotion], lines)["P"].off_by_line
        assert off_x == 0
        percents.append(off_other * 100 / other)
    assert percents == [float(percent) for percent in case["expected"]["other_discount_percent"]]
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pro-136")
def test_sells_a_box_at_its_pieces_promotion_price(case, conformance):
    price = minor(case["given"]["rule_rate_per_piece"])
    promotion = Promotion("P", "", Benefit(BenefitKind.UNIT_PRICE, ALL, price_minor=price))
    pieces = {"box": int(case["given"]["box"]), "piece": 1}
    rates = []
    for unit in case["when"]["sell"]:
        value = 2 * price * pieces[unit]  # whatever it costs otherwise, as long as it is more
        found = consider([promotion], [Goods("a", frozenset(), milli(pieces[unit]), value)])["P"]
        rates.append(value - found.off_minor)
    assert rates == [minor(rate) for rate in case["expected"]["rates"]]
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pro-138")
def test_gives_a_rate_to_one_customer_only(case, conformance):
    given, rule = case["given"], case["given"]["rule"]
    only = Promotion(
        "P", "", Benefit(BenefitKind.RATE, ALL, rate_bp=minor(rule["percent"])), tiers=(rule["only_customer"],)
    )
    price = minor(given["price"])
    lines = [Goods("a", frozenset(), 1000, price)]
    mine, others = (consider([only], lines, tier=tier)["P"] for tier in (case["when"]["customer"], "somebody else"))
    assert price - mine.off_minor == minor(case["expected"]["rate"])
    assert (others.off_minor, others.unmet) == (0, Unmet.NOT_FOR_TIER)
    conformance.record(
        case["id"], area=case["area"], verdict="agree", reason="The customer is the only one of a tier of their own."
    )


@deciding("pro-125")
def test_computes_no_price_from_a_margin(case, conformance):
    price = minor(case["expected"]["with_margin"])
    rate = Benefit(BenefitKind.RATE, ALL, rate_bp=minor(case["when"]["discount_percent"]))
    found = consider([Promotion("P", "", rate)], [Goods("a", frozenset(), 1000, price)])["P"]
    assert (found.off_minor, price - found.off_minor) == (
        minor(case["expected"]["discount"]),
        minor(case["expected"]["rate"]),
    )
    conformance.record(
        case["id"],
        area=case["area"],
        verdict="not_applicable",
        reason="A promotion never raises a price: the price with its margin is what a price list says, the discount on "
        "it is the same.",
    )
