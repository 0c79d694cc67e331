from tests.conformance.baskets import amount_off, line, priced
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
