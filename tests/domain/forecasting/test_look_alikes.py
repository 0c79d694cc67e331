import pytest

from domain.forecasting.look_alikes import (
    Launched,
    LaunchErrors,
    Traits,
    after_launch,
    left_one_out,
    likeness,
    look_alikes,
    since_launch,
)

PLAIN = Traits(1_000, "", frozenset())


def launched(sku_id, week, *sold, price=1_000):
    return Launched(sku_id, week, Traits(price, "", frozenset()), sold)


def test_each_store_counts_from_its_own_first_sale():
    by_store = {1: [0.0, 10, 8, 6, 5], 2: [0.0, 0, 0, 4, 2]}
    assert since_launch(by_store, [1.0] * 5) == (1, [7, 5, 6, 5])
    # What the season did is taken out.
    assert since_launch({1: [0.0, 0, 8, 3]}, [1.0, 1, 2, 0.5]) == (2, [4, 6])


@pytest.mark.parametrize(
    ("other", "weight"),
    [
        (Traits(1_000, "", frozenset()), 1),
        (Traits(0, "", frozenset()), 1),
        (Traits(1_000, "SPRING", frozenset({"cold", "sweet"})), 3),
        (Traits(1_419, "", frozenset()), 0.6066),
        (Traits(10**9, "", frozenset()), 1e-6),
    ],
)
def test_price_brand_and_tags_make_goods_alike(other, weight):
    one = Traits(1_000, other.brand, other.tags)
    assert likeness(one, other) == pytest.approx(weight * (4 / 3 if other.tags else 1), rel=1e-3)


def test_goods_without_anything_in_common_but_the_category_weigh_alike():
    found = look_alikes(PLAIN, [launched(2, 1, 10), launched(1, 1, 10)])
    assert [(one.sku_id, weight) for one, weight in found] == [(1, 0.5), (2, 0.5)]
    assert len(look_alikes(PLAIN, [launched(number, 1, 10) for number in range(12)])) == 10


def test_weighs_what_those_alike_did_week_by_week():
    alike = [(launched(1, 1, 10.0, 8.0, 4.0), 0.75), (launched(2, 1, 2.0, 4.0, 8.0), 0.25)]
    assert after_launch(alike, weeks=3) == pytest.approx([8, 7, 5])
    # It sold 40 instead of 15 pieces so far: (40 + 20) / (15 + 20).
    assert after_launch(alike, weeks=3, own=[25.0, 15]) == pytest.approx([8 * 60 / 35, 12, 5 * 60 / 35])


@pytest.mark.capability("REP-07")
def test_each_launch_is_forecast_from_those_before_it():
    cheap, dear = 500, 2_000
    launches = [
        launched(1, 5, 40.0, 20, price=cheap),
        launched(2, 5, 10.0, 6, price=dear),
        launched(3, 9, 38.0, 22, price=cheap),
        launched(4, 12, 10.0, 6, price=dear),
    ]
    found = left_one_out(launches, weeks=2)
    # The third by their mean: 25 and 13. The fourth: (40 + 10 + 38) / 3 and (20 + 6 + 22) / 3.
    assert (found.launches, found.sold) == (2, 76)
    assert found.mean_error == pytest.approx(13 + 9 + (88 / 3 - 10) + (48 / 3 - 6))
    # By price each is told from those that cost about the same.
    assert found.error == pytest.approx(4, abs=0.1)
    assert left_one_out(launches[:2], weeks=2) == LaunchErrors()
