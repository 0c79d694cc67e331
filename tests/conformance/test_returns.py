from domain.pricing.basket import Named, TerminalPriced
from domain.pricing.promoting import Promoting
from domain.pricing.promotion import Benefit, BenefitKind, Promotion
from domain.pricing.promotion_book import PromotionBook
from domain.sales.reversal import lines_left, reversed_line
from domain.sales.sale import SaleLine, TenderKind
from domain.sales.tenders import settle
from domain.shared.money import Rounding
from tests.conformance.baskets import amount_off, line, priced
from tests.conformance.promotions import ALL, situation
from tests.conformance.stored_cases import deciding, minor


@deciding("pos-08")
def test_returns_a_line_at_what_was_paid_for_it(case, conformance):
    basket = priced(
        [line(amount) for amount in case["given"]["lines"]], off=[amount_off(case["given"]["order_discount"])]
    )
    returned = basket.lines[case["when"]["cancel_line"] - 1]
    assert returned.total_minor == minor(case["expected"]["refund"])
    assert basket.total_minor - returned.total_minor == minor(case["expected"]["remaining_line_keeps"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pos-09")
def test_takes_the_returned_share_of_the_discount_back(case, conformance):
    given = case["given"]
    worth = minor(case["when"]["return_lines_worth"])
    kept = minor(given["total_lines"]) - worth
    basket = priced([line(worth / 100), line(kept / 100)], off=[amount_off(given["order_discount"])])
    assert basket.lines[0].discount_minor == minor(case["expected"]["discount_taken_back"])
    assert basket.lines[0].total_minor == minor(case["expected"]["refund"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pro-134")
def test_returns_what_was_charged_whatever_the_rule_says_later(case, conformance):
    given, expected = case["given"], case["expected"]
    price = minor(given["price"])

    def charged(percent):
        rule = Promotion("P", "", Benefit(BenefitKind.RATE, ALL, rate_bp=minor(percent)))
        return priced([line(given["price"])], promoting=Promoting(PromotionBook([rule]), situation()))

    sold = charged(given["rule_percent_at_sale"]).lines[0]
    assert charged(case["when"]["rule_later"]).total_minor != sold.total_minor
    stored = SaleLine(
        1, 1, 7, 1, 1_000, sold.unit_price_minor, sold.gross_minor, sold.discount_minor, sold.net_minor, sold.tax_minor,
        sold.total_minor, 0, 0, 0, 0, sold.discounts, sold.taxes,
    )  # fmt: skip
    back = reversed_line(lines_left([stored], [])[1], 1_000, sale_id=2, line_number=1)
    assert -back.total_minor == minor(expected["credit_rate"])
    assert -back.discount_minor * 10_000 == price * minor(expected["credit_discount_percent"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("PRM-03")
def test_takes_a_year_of_takings_apart_as_a_grocer_does(case, conformance):
    figures = {name: minor(text) for name, text in case["expected"].items()}
    stated = line("0")
    stated.quantity_milli = 0
    stated.terminal = TerminalPriced(
        figures["shelf_value"],
        (
            Named("retail", "Member discount", figures["member_discount"]),
            Named("coupon_match", "Coupon match", figures["coupon_match"]),
        ),
    )
    basket = priced([stated])
    assert basket.total_minor == figures["retailer_receives"]
    # A manufacturer's coupon is a tender: somebody else pays that part of the total.
    coupons, paid = figures["manufacturer_coupons"], figures["customers_paid"]
    settled = settle(
        [(TenderKind.MANUFACTURER_COUPON, coupons), (TenderKind.CASH, paid)],
        total_minor=basket.total_minor, cash_step=0, rounding=Rounding.HALF_UP,
    )  # fmt: skip
    assert (settled.change_minor, settled.rounding_minor) == (0, 0)
    conformance.record(
        case["id"],
        area=case["area"],
        verdict="agree",
        reason="The sums of the 75,000 rows follow from each other; the rows themselves are not among the cases.",
    )
