"""Discounts that other systems give by promotions and that a person may give here by hand."""

from domain.pricing.basket import price_lines
from domain.pricing.tax import TaxRounding
from domain.shared.applied import AppliedDiscount
from domain.shared.money import Rounding
from tests.conformance.baskets import amount_off, line, line_minor, percent_off, priced
from tests.conformance.stored_cases import deciding, milli, minor


def off(applied):
    return amount_off(applied["value"]) if applied["type"].startswith("fixed") else percent_off(applied["value"])


def items(rows):
    return [
        line(
            row["unit_price"], row["qty"], taxes=[row["tax"]] if "tax" in row else (), included=row.get("tax_included")
        )
        for row in rows
    ]


@deciding("pro-105")
def test_gives_two_percentages_one_after_the_other_over_all_lines(case, conformance):
    lines = [line(item["subtotal"]) for item in case["given"]["items"]]
    basket = priced(lines, off=[off(applied) for applied in case["when"]["apply"]])
    amounts = [[discount.amount_minor for discount in one.discounts] for one in basket.lines]
    expected = [[minor(amount) for amount in row] for row in case["expected"]["amounts"]]
    assert [list(row) for row in zip(*amounts, strict=True)] == expected
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pro-118")
def test_rounds_a_percentage_on_each_line(case, conformance):
    percent = percent_off(case["when"]["percent_per_line"])
    basket = priced([line(price, off=[percent]) for price in case["given"]["unit_prices"]])
    expected = [minor(amount) for amount in case["expected"]["discounts"]]
    assert [one.discount_minor for one in basket.lines] == expected
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pro-119")
def test_rounds_a_percentage_once_per_line_not_per_unit(case, conformance):
    given = case["given"]
    basket = priced([line(given["unit_price"], given["qty"], off=[percent_off(case["when"]["percent"])])])
    assert basket.total_minor == minor(case["expected"]["line_total"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pro-46")
def test_gives_nothing_more_off_a_free_line(case, conformance):
    (applied,) = case["when"]["apply"]
    lines = [
        line(
            row["unit_price"],
            off=[*([percent_off(row["line_discount_pct"])] if "line_discount_pct" in row else []), off(applied)],
        )
        for row in case["given"]["lines"]
    ]
    assert priced(lines).total_minor == minor(case["expected"]["total"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pro-45")
def test_compounds_percentages_on_a_line(case, conformance):
    (row,) = case["given"]["lines"]
    applied = [off(one) for one in case["when"]["apply"]]
    totals = [
        priced([line(row["unit_price"], row["qty"], off=applied[:count])]).total_minor
        for count in range(1, len(applied) + 1)
    ]
    assert totals == [minor(total) for total in case["expected"]["totals"]]
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pro-108", "pro-109", "pro-110", "pro-113")
def test_taxes_what_a_discount_leaves(case, conformance):
    given, expected = case["given"], case["expected"]
    (applied,) = case["when"]["apply"]
    on_lines = applied["type"].endswith("items")
    lines = [
        line(price, quantity, taxes=[given["rate"]], included=given["included"], off=[off(applied)] if on_lines else ())
        for quantity, price in given["lines"]
    ]
    basket = priced(lines, off=() if on_lines else [off(applied)])
    found = (-basket.discount_minor, basket.tax_minor, basket.total_minor)
    assert found == (minor(expected["promo"]), minor(expected["tax"]), minor(expected["total"]))
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pro-21")
def test_gives_a_percentage_on_lines_with_and_without_tax(case, conformance):
    basket = priced(items(case["given"]["lines"]), off=[off(applied) for applied in case["when"]["apply"]])
    assert basket.total_minor == minor(case["expected"]["total"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pro-48")
def test_gives_a_percentage_on_a_price_with_two_taxes_inside(case, conformance):
    (row,) = case["given"]["lines"]
    taxes = [each["rate"] for each in row["taxes"]]
    basket = priced([line(row["unit_price"], row["qty"], taxes=taxes)], off=[off(case["when"]["apply"][0])])
    assert basket.total_minor == minor(case["expected"]["total"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


def minor_unit_basket(case, line_off=lambda price: ()):
    given = case["given"]
    lines = [
        line_minor(price, quantity, taxes=[rate], included=given["included"], off=line_off(price))
        for price, rate, quantity in given["lines"]
    ]
    orders = [applied for applied in case["when"]["apply"] if applied["type"].endswith("order")]
    discounts = [off(applied) for applied in orders]
    for discount in discounts:
        discount.amount_minor //= 100  # these cases count in minor units already
    return priced(lines, off=discounts)


@deciding("pro-87", "pro-96")
def test_takes_a_discount_off_the_whole_basket_in_minor_units(case, conformance):
    on_lines = [off(applied) for applied in case["when"]["apply"] if applied["type"].endswith("items")]
    basket = minor_unit_basket(case, lambda price: on_lines)
    expected = case["expected"]
    assert basket.total_minor == int(expected["gross"])
    assert basket.net_minor == int(expected.get("net", basket.net_minor))
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pro-98", "pro-99")
def test_rounds_tax_once_per_rate_and_not_per_unit(case, conformance):
    selected, _ = case["when"]["apply"]
    price_hit = selected["where"].removeprefix("unit price = ")
    basket = minor_unit_basket(case, lambda price: [off(selected)] if price == price_hit else ())
    if case["given"]["included"]:
        assert basket.total_minor == int(case["expected"]["gross"])
        assert (basket.net_minor, basket.tax_minor) == (5_080, 639)
    else:
        assert basket.net_minor == int(case["expected"]["net"])
        assert (basket.tax_minor, basket.total_minor) == (729, 6_448)
    conformance.record(
        case["id"],
        area=case["area"],
        verdict="policy",
        reason="The amount that the prices speak of agrees; the case rounds tax per unit, here it is rounded once per "
        "rate of the document.",
    )


@deciding("pro-10")
def test_a_price_includes_all_of_its_taxes_or_none(case, conformance):
    rows = [row for row in case["given"]["lines"] if "taxes" not in row]
    basket = priced(items(rows))
    assert (basket.net_minor, basket.total_minor) == (137_273, 149_000)
    conformance.record(
        case["id"],
        area=case["area"],
        verdict="not_applicable",
        reason="One line of the case has a tax inside its price and another on top; prices include all taxes or none.",
    )


@deciding("pro-42")
def test_knows_no_tax_of_a_fixed_amount(case, conformance):
    (row,) = case["given"]["lines"]
    basket = priced(items([row]), off=[off(case["when"]["apply"][0])])
    assert basket.total_minor == 5_750
    conformance.record(
        case["id"],
        area=case["area"],
        verdict="not_applicable",
        reason="The line of the case bears a tax of a fixed amount; every tax here is a rate.",
    )


@deciding("PRM-01")
def test_shows_shelf_price_and_member_advantage(case, conformance):
    given, expected = case["given"], case["expected"]
    asked = line(expected["member_unit_price"], given["quantity"])
    asked.list_price_minor = minor(expected["shelf_unit_price"])
    asked.price_list_code, asked.price_list_name = "CARD", "Loyalty card"
    (found,) = price_lines(
        [asked], basket_discounts=(), tax_rounding=TaxRounding.DOCUMENT, rounding=Rounding.HALF_UP
    ).lines
    assert found.unit_price_minor == minor(expected["shelf_unit_price"])
    shelf = minor(expected["shelf_unit_price"]) * milli(given["quantity"]) // 1000
    assert found.discounts == [AppliedDiscount("price_list:CARD", "Loyalty card", minor(given["retail_disc"]), shelf)]
    assert found.total_minor == minor(given["sales_value"]) == minor(expected["customer_paid"])
    conformance.record(case["id"], area=case["area"], verdict="agree")
