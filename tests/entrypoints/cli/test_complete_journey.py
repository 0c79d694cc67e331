"""The line rules on hand-made rows with exact figures, and the figures of the real data, from the data alone."""

from dataclasses import astuple
from datetime import UTC, datetime

import pytest

from entrypoints.cli.complete_journey import Journey, Line, Product, Stocked, Sums, load
from entrypoints.cli.problems import Problem
from tests.entrypoints.cli.journeys import journey


@pytest.fixture(scope="module")
def year() -> Journey:
    return load()


def test_shelf_value_is_what_was_received_plus_both_discounts():
    [basket] = journey(
        {"quantity": 3, "sales_value": 4.17, "retail_disc": 1.29, "coupon_disc": 0.55, "coupon_match_disc": 0.45}
    ).baskets(367)
    assert basket.lines == [Line("1", 3000, 591, 129, 45)]
    assert (basket.coupon_minor, basket.cash_minor, basket.total_minor, basket.surplus_minor) == (55, 362, 417, 0)


def test_keeps_the_time_of_the_data_as_utc():
    [basket] = journey({"transaction_timestamp": "2017-03-12 02:02:39"}).baskets(367)
    assert basket.sold_at == datetime(2017, 3, 12, 2, 2, 39, tzinfo=UTC)


def test_takes_quantities_of_fuel_as_thousandths_and_all_others_as_units():
    [basket] = journey(
        {"product_id": 2, "quantity": 10597}, {"product_id": 3, "quantity": 1}, {"product_id": 1, "quantity": 2}
    ).baskets(367)
    assert [line.quantity_milli for line in basket.lines] == [10597, 1, 2000]


def test_keeps_a_line_of_quantity_0_with_money_as_amount_only():
    [basket] = journey({"quantity": 0, "sales_value": 0.5, "retail_disc": 0.1}).baskets(367)
    assert basket.lines == [Line("1", 0, 60, 10, 0)]
    assert basket.cash_minor == 50


def test_takes_the_coupon_of_a_line_without_goods_and_without_price_from_the_basket():
    [basket] = journey({"sales_value": 3.0}, {"quantity": 0, "sales_value": 0.0, "coupon_disc": 1.0}).baskets(367)
    assert basket.lines == [Line("1", 1000, 300, 0, 0), Line("1", 0, 0, 0, 0)]
    assert (basket.coupon_minor, basket.cash_minor) == (100, 200)


def test_lists_a_line_of_quantity_0_without_money_as_skipped():
    read = journey({}, {"quantity": 0, "sales_value": 0.0})
    assert (read.read.lines, read.kept.lines, read.skipped.lines) == (2, 1, 1)
    [unsold] = read.unsold()
    assert (unsold.what, unsold.reason, unsold.basket_id, unsold.product_id, unsold.quantity) == (
        "line", "quantity 0 and no money", 100, 1, 0,
    )  # fmt: skip


def test_lists_a_basket_of_which_every_line_is_skipped():
    read = journey({}, {"basket_id": 101, "quantity": 0, "sales_value": 0.0})
    assert (read.read.baskets, read.kept.baskets, read.skipped.baskets) == (2, 1, 1)
    assert [(unsold.what, unsold.basket_id) for unsold in read.unsold()] == [("line", 101), ("basket", 101)]
    assert [basket.basket_id for basket in read.baskets(367)] == [100]


def test_limits_coupons_to_the_total_and_lists_the_surplus():
    read = journey({"sales_value": 1.0, "coupon_disc": 1.35})
    [basket] = read.baskets(367)
    assert (basket.coupon_minor, basket.cash_minor, basket.surplus_minor) == (100, 0, 35)
    [unsold] = read.unsold()
    assert (unsold.what, unsold.surplus_minor, unsold.coupon_disc_minor) == ("coupon surplus", 35, 135)
    assert read.read.coupon_surplus_minor == 35


def test_reads_every_row_as_kept_or_skipped():
    read = journey(
        {"coupon_disc": 1.35},
        {"basket_id": 101, "quantity": 0, "sales_value": 0.0},
        {"basket_id": 102, "quantity": 0, "sales_value": 0.0, "coupon_disc": 0.2},
        {"basket_id": 102, "quantity": 0, "sales_value": 0.0},
    )
    assert read.read == Sums(3, 4, 100, 0, 155, 0, 55)
    assert read.kept == Sums(2, 2, 100, 0, 155, 0, 55)
    assert read.skipped == Sums(1, 2, 0, 0, 0, 0, 0)


def test_gives_baskets_in_the_order_in_which_the_store_sold_them():
    read = journey(
        {"basket_id": 105, "transaction_timestamp": "2017-01-02 10:00:00"},
        {"basket_id": 104, "transaction_timestamp": "2017-01-03 10:00:00"},
        {"basket_id": 103, "transaction_timestamp": "2017-01-01 10:00:00", "quantity": 0, "sales_value": 0.0},
        {"basket_id": 102, "transaction_timestamp": "2017-01-02 10:00:00"},
        {"basket_id": 101, "store_id": 5},
    )
    assert [(basket.basket_id, basket.sequence) for basket in read.baskets(367)] == [(102, 1), (105, 2), (104, 3)]
    assert [(basket.basket_id, basket.sequence) for basket in read.baskets(5)] == [(101, 1)]
    assert list(read.baskets(6)) == []


def test_limits_the_weeks_and_keeps_the_costs_of_the_year():
    read = journey({"sales_value": 1.0}, {"basket_id": 101, "week": 2, "sales_value": 2.0})
    first = read.until(1)
    assert (first.read.baskets, first.read.received_minor) == (1, 100)
    # Sold on average at 1.50, so assumed to cost 70 % of that.
    assert first.opening_stock(367) == [Stocked("1", 1000, 105)]
    assert read.opening_stock(367) == [Stocked("1", 2000, 210)]


def test_gives_unknown_products_a_department_of_their_own():
    read = journey({"product_id": 316011})
    assert read.products == [
        Product("1", "POTATO CHIPS 9 OZ", "GROCERY", False),
        Product("2", "GASOLINE-REG UNLEADED", "FUEL", True),
        Product("3", "GASOLINE-REG UNLEADED", "MISCELLANEOUS", True),
        Product("316011", "PRODUCT 316011", "UNKNOWN", False),
    ]


def test_refuses_amounts_that_are_not_whole_cents():
    with pytest.raises(Problem, match="sales_value holds amounts that are not whole cents"):
        journey({"sales_value": 1.005})


def test_reads_weeks_1_and_2_to_the_cent(year: Journey):
    weeks = year.until(2)
    assert astuple(weeks.read) == (3301, 35176, 10384779, 1734858, 40405, 6841, 0)
    assert astuple(weeks.skipped) == (7, 101, 0, 0, 0, 0, 0)
    assert weeks.kept + weeks.skipped == weeks.read
    assert (weeks.zero_quantity_lines, len(weeks.stores), len(weeks.households)) == (161, 142, 1390)


def test_reads_the_year_to_the_cent(year: Journey):
    assert astuple(year.read) == (155848, 1469307, 459603958, 79165064, 2635990, 454265, 2658)
    assert astuple(year.skipped) == (320, 5859, 0, 0, 0, 0, 0)
    assert year.kept + year.skipped == year.read
    assert (year.zero_quantity_lines, len(year.stores), len(year.households)) == (8869, 457, 2469)
    assert sum(unsold.what == "coupon surplus" for unsold in year.unsold()) == 19


def test_baskets_come_to_what_was_kept(year: Journey):
    weeks = year.until(2)
    baskets = [basket for store in weeks.stores for basket in weeks.baskets(store)]
    assert len(baskets) == 3294
    assert sum(len(basket.lines) for basket in baskets) == 35075
    assert sum(basket.total_minor for basket in baskets) == 10384779
    assert sum(basket.coupon_minor + basket.surplus_minor for basket in baskets) == 40405


def test_the_best_store_the_first_month_and_the_largest_department_are_those_of_the_data(year: Journey):
    best = list(year.baskets(367))
    skipped = [unsold for unsold in year.unsold() if unsold.what == "basket" and unsold.store_id == 367]
    assert (len(best), len(skipped), sum(basket.total_minor for basket in best)) == (4184, 10, 14816967)
    departments = {product.sku: product.department for product in year.products}
    january = grocery = 0
    for store in year.stores:
        for basket in year.baskets(store):
            if (basket.sold_at.year, basket.sold_at.month) == (2017, 1):
                january += basket.total_minor
            grocery += sum(
                line.gross_minor - line.retail_minor - line.match_minor
                for line in basket.lines
                if departments[line.sku] == "GROCERY"
            )
    assert january == 37088693
    assert grocery == 231639389
