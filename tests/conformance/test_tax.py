import pytest

from domain.finance.accounts import CASH, CASH_ROUNDING, OUTPUT_TAX, SALES_REVENUE
from domain.finance.journal import balanced
from domain.finance.sale_postings import refund_postings, sale_postings
from domain.pricing.tax import TaxRounding
from domain.shared.money import Rounding, round_to_step
from tests.conformance.baskets import amount_off, line, line_minor, percent_off, priced
from tests.conformance.stored_cases import deciding, minor


def lines_of(given, rate, off=()):
    return [
        line(price, quantity, taxes=[rate], included=given["included"], off=off) for quantity, price in given["lines"]
    ]


def entry(pairs):
    return {posting.account_code: posting.amount_minor for posting in balanced(1, pairs)}


@deciding("TAX-07")
def test_takes_chinese_vat_out_of_each_price(case, conformance):
    given = case["given"]
    baskets = [priced([line(price, taxes=[given["rate_percent"]])]) for price in given["price_included"]]
    expected = [(minor(base), minor(tax)) for base, tax in case["expected"]["base_tax"]]
    assert [(basket.net_minor, basket.tax_minor) for basket in baskets] == expected
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("tax-01", "tax-04")
def test_totals_a_document(case, conformance):
    basket = priced(lines_of(case["given"], case["given"]["tax"]))
    expected = case["expected"]
    assert (basket.net_minor, basket.total_minor) == (minor(expected["net"]), minor(expected["gross"]))
    assert basket.tax_minor == minor(expected["gross"]) - minor(expected["net"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("tax-05")
def test_takes_a_discount_off_prices_without_tax_before_tax(case, conformance):
    basket = priced(lines_of(case["given"], case["given"]["tax"]), off=[amount_off(case["when"]["discount"]["amount"])])
    expected = case["expected"]
    assert basket.gross_minor == minor(expected["sum"])
    found = (basket.net_minor, basket.tax_minor, basket.total_minor)
    assert found == (minor(expected["net"]), minor(expected["tax"]), minor(expected["gross"]))
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("tax-02")
def test_takes_a_discount_off_prices_with_tax_with_its_tax(case, conformance):
    basket = priced(lines_of(case["given"], case["given"]["tax"]), off=[amount_off(case["when"]["discount"]["amount"])])
    assert (basket.total_minor, basket.net_minor) == (490_000, 429_825)
    conformance.record(
        case["id"],
        area=case["area"],
        verdict="policy",
        reason="A discount is in the terms of the prices: 100 off prices with tax takes 100 off what the customer "
        "pays, not off the amount without tax.",
    )


@deciding("tax-19", "tax-20", "tax-22")
def test_takes_tax_out_of_one_price(case, conformance):
    basket = priced(lines_of(case["given"], case["given"]["rate"]))
    assert basket.tax_minor == minor(case["expected"]["tax"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("tax-17")
def test_taxes_what_a_line_discount_leaves(case, conformance):
    given = case["given"]
    off = [amount_off(case["when"]["line_discount"])]
    assert priced(lines_of(given, given["rate"])).tax_minor == minor(case["expected"]["tax_before"])
    assert priced(lines_of(given, given["rate"], off)).tax_minor == minor(case["expected"]["tax"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("tax-31", "tax-34")
def test_totals_integers_in_minor_units(case, conformance):
    given, expected = case["given"], case["expected"]
    lines = [
        line_minor(price, quantity, taxes=[rate], included=given["included"])
        for price, rate, quantity in given["lines"]
    ]
    if surcharge := given.get("surcharge"):
        lines.append(line_minor(surcharge["amount"], taxes=[surcharge["tax"]], included=False))
    basket = priced(lines)
    assert (basket.net_minor, basket.total_minor) == (int(expected["net"]), int(expected["gross"]))
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("tax-37")
def test_a_discount_before_tax_also_saves_its_tax(case, conformance):
    given, expected = case["given"], case["expected"]

    def basket(*off):
        return priced(
            [line(price, quantity, taxes=[rate], included=False, off=off) for price, rate, quantity in given["lines"]]
        )

    before, after = basket(), basket(amount_off(case["when"]["line_discount"]))
    assert before.tax_minor == minor(expected["tax_before"])
    assert (after.tax_minor, after.total_minor) == (minor(expected["tax"]), minor(expected["gross"]))
    assert after.discount_minor == minor(expected["discount_net"])
    assert before.total_minor - after.total_minor == minor(expected["discount_gross"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("tax-06")
def test_takes_two_taxes_out_of_a_document_and_rounds_what_is_paid(case, conformance):
    given, expected = case["given"], case["expected"]
    basket = priced([line(price, quantity, taxes=given["taxes"]) for quantity, price in given["lines"]])
    found = (basket.net_minor, basket.tax_minor, basket.total_minor)
    assert found == (minor(expected["net"]), minor(expected["tax"]), minor(expected["gross"]))
    for number in range(len(given["taxes"])):
        each = sum(priced_line.taxes[number].tax_minor for priced_line in basket.lines)
        assert each == minor(expected["tax_each"])
    payable = round_to_step(basket.total_minor, minor(given["round_total_to"]))
    rounding = payable - basket.total_minor
    assert (payable, rounding) == (minor(expected["payable"]), minor(expected["rounding_adjustment"]))
    journal = expected["journal"]
    assert entry(
        sale_postings(
            tenders={CASH.code: payable}, net_minor=basket.net_minor, tax_minor=basket.tax_minor, deferred_minor=0,
            redeemed_value_minor=0, redeemed_carrying_minor=0, rounding_minor=rounding, cost_minor=0,
        )
    ) == {
        CASH.code: minor(journal["receivable.debit"]),
        SALES_REVENUE.code: -minor(journal["sales.credit"]),
        OUTPUT_TAX.code: -sum(minor(each) for each in journal["tax.credit"]),
        CASH_ROUNDING.code: minor(journal["round_off.debit"]),
    }  # fmt: skip
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("tax-10")
def test_knows_no_tax_on_a_tax(case, conformance):
    basket = priced([line(amount, taxes=["6", "6", "3"], included=False) for amount in case["given"]["lines"]])
    each = [sum(priced_line.taxes[number].tax_minor for priced_line in basket.lines) for number in range(3)]
    assert each == [191, 191, 95]
    conformance.record(
        case["id"],
        area=case["area"],
        verdict="not_applicable",
        reason="The case computes a tax on a tax; here every tax is a share of the amount without tax.",
    )


@deciding("TAX-06")
def test_rounds_a_cash_total_to_the_step(case, conformance):
    given, expected = case["given"], case["expected"]
    total = priced([line(given["net"], taxes=[given["tax_percent"]], included=False)]).total_minor
    step = minor(given["step"])
    assert total == minor(expected["total"])
    assert round_to_step(total, step) == minor(expected["half_up"])
    assert round_to_step(total, step) - total == minor(expected["rounding_difference_half_up"])
    assert round_to_step(total, step, Rounding.DOWN) == minor(expected["down"])
    conformance.record(
        case["id"],
        area=case["area"],
        verdict="policy",
        reason="Nearest and down agree; there is no mode that always rounds up, against the customer.",
    )


@deciding("tax-13")
def test_rounds_only_what_is_paid_in_cash(case, conformance):
    given = case["given"]
    total = priced([line(given["unit_price"], taxes=[given["tax"]], included=False)]).total_minor
    bank = minor(case["when"]["pay"][0]["bank"])
    cash = round_to_step(total - bank, minor(given["cash_rounding"]["step"]), Rounding(given["cash_rounding"]["mode"]))
    assert (cash, bank + cash) == (minor(case["expected"]["cash_paid"]), minor(case["expected"]["paid_total"]))
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("acc-09")
def test_totals_a_till_sale_without_tax_in_its_prices(case, conformance):
    given, expected = case["given"], case["expected"]
    (asked,) = given["lines"]
    rate = given["tax"]
    basket = priced([line(asked["unit_price"], asked["qty"], taxes=[rate], included=given["prices_include_tax"])])
    found = (basket.net_minor, basket.tax_minor, basket.total_minor)
    assert found == (minor(expected["line"]), minor(expected["tax"]), minor(expected["total"]))
    one = priced([line(asked["unit_price"], taxes=[rate], included=given["prices_include_tax"])])
    assert one.total_minor == minor(expected["unit_gross"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("acc-10")
def test_posts_a_return_at_the_till(case, conformance):
    (returned,) = case["when"]["lines"]
    basket = priced([line(returned["gross"], -int(returned["qty"]), taxes=[case["given"]["tax"]])])
    posted = entry(
        refund_postings(
            tenders={CASH.code: basket.total_minor}, net_minor=basket.net_minor, tax_minor=basket.tax_minor,
            deferred_minor=0, taken_back_carrying_minor=0, shortfall_minor=0, returned_value_minor=0,
            returned_carrying_minor=0, rounding_minor=0, cost_minor=0,
        )
    )  # fmt: skip
    journal = case["expected"]["journal"]
    assert posted == {
        SALES_REVENUE.code: minor(journal["revenue.debit"]),
        OUTPUT_TAX.code: minor(journal["tax.debit"]),
        CASH.code: -minor(journal["cash.credit"]),
    }
    conformance.record(case["id"], area=case["area"], verdict="agree")


def exchange(lines, rate, percent):
    """What is sold and what comes back in one visit: a sale and a refund, each a document of its own."""
    sold, returned = (
        priced(
            [
                line(price, abs(int(quantity)), taxes=[rate], off=[percent_off(percent)])
                for price, quantity in lines
                if (int(quantity) < 0) is comes_back
            ],
            tax_rounding=TaxRounding.DOCUMENT,
        )
        for comes_back in (False, True)
    )
    return sold, returned


@deciding("TAX-05", "acc-17")
def test_nets_a_return_against_a_sale(case, conformance):
    if case["id"] == "TAX-05":
        given, journal = case["given"], case["expected"]["journal"]
        sold, returned = exchange(given["lines_tax_included"], given["rate_percent"], given["discount_percent"])
        expected = [journal["sale"], journal["tax"], journal["return"], journal["tax_return"], journal["cash"]]
    else:
        lines, journal = case["when"]["lines"], case["expected"]["journal"]
        (percent,) = {line_percent for _, _, line_percent in lines}
        sold, returned = exchange([row[:2] for row in lines], case["given"]["tax"], percent)
        (sale, back), (tax, tax_back) = journal["sale"], journal["tax"]
        expected = [sale, tax, back, tax_back, journal["cash_receivable"]]
    found = [-sold.net_minor, -sold.tax_minor, returned.net_minor, returned.tax_minor]
    assert [*found, sold.total_minor - returned.total_minor] == [minor(amount) for amount in expected]
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("TAX-04")
def test_rounds_the_discount_of_a_line_before_its_tax(case, conformance):
    given = case["given"]
    sold, returned = exchange(given["lines_tax_included"], given["rate_percent"], given["discount_percent"])
    assert (sold.net_minor, sold.tax_minor) == (900, 189)
    assert (returned.discount_minor, returned.net_minor, returned.tax_minor) == (61, 450, 94)
    assert sold.total_minor - returned.total_minor == 545
    conformance.record(
        case["id"],
        area=case["area"],
        verdict="policy",
        reason="A discount is rounded to a minor unit on its line before tax, so 10 % of 6.05 is 0.61 and 5.44 comes "
        "back; the case rounds only the document.",
    )


@pytest.mark.parametrize("tax_rounding", TaxRounding)
def test_document_and_line_rounding_agree_on_one_line(tax_rounding):
    assert priced([line("9.99", taxes=["13"])], tax_rounding=tax_rounding).tax_minor == 115
