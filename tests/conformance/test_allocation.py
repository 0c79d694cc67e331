from domain.shared.money import allocate
from tests.conformance.stored_cases import deciding, minor, scaled

DIGITS = {"USD": 2, "JPY": 0, "JOD": 3}


@deciding("ALL-01", "ALL-02", "ALL-03", "ALL-05", "ALL-08", "ALL-09")
def test_allocates_by_ratios_to_the_nearest_minor_unit(case, conformance):
    given, expected = case["given"], case["expected"]
    digits = DIGITS[given["currency"]]
    total = scaled(given["total"], digits)
    parts = allocate(total, [scaled(ratio, 3) for ratio in given["ratios"]])
    assert parts == [scaled(part, digits) for part in expected["parts"]]
    assert (sum(parts) == total) is expected["sum_equals_total"]
    conformance.record(case["id"], area=case["area"], verdict="agree")


def shares(case):
    return allocate(minor(case["when"]["total"]), [minor(weight) for weight in case["given"]["weights"]])


@deciding("alloc-01", "alloc-03", "alloc-06", "alloc-11", "alloc-12", "alloc-14", "alloc-19")
def test_spreads_a_discount_in_proportion(case, conformance):
    assert shares(case) == [minor(share) for share in case["expected"]["shares"]]
    assert sum(shares(case)) == minor(case["expected"]["sum"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("alloc-13")
def test_spreads_odd_units_over_equal_lines(case, conformance):
    assert sorted(shares(case)) == sorted(minor(share) for share in case["expected"]["shares_multiset"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("alloc-09")
def test_puts_everything_on_the_first_line_when_no_line_weighs_anything(case, conformance):
    assert shares(case) == [1000, 0]
    conformance.record(
        case["id"],
        area=case["area"],
        verdict="policy",
        reason="No line has a claim where all weights are zero, and no discount ever exceeds them; "
        "the sum goes to the first line as all odd units do.",
    )
