import pytest

from domain.inventory.turnover import cover_days, excess_milli, turnover_bp


@pytest.mark.capability("INV-13")
@pytest.mark.parametrize(
    ("sold", "opening", "closing", "turnover"),
    [
        # 500,000 of 250,000 on average: twice.
        (500_000, 200_000, 300_000, 20_000),
        (1, 2, 4, 3_333),
        (2, 2, 4, 6_667),
        (0, 100, 100, 0),
        (-100, 100, 100, -10_000),
        (100, 0, 0, 0),
        (100, -50, 0, 0),
    ],
)
def test_turns_over_as_often_as_sales_cost_of_the_average_stock(sold, opening, closing, turnover):
    assert turnover_bp(cost_of_goods_sold_minor=sold, opening_minor=opening, closing_minor=closing) == turnover


@pytest.mark.parametrize(
    ("on_hand", "sold", "lasts", "excess"),
    [(100_000, 56_000, 100, 10_000), (90_000, 56_000, 90, 0), (90_500, 56_000, 90, 500), (5_000, 0, 0, 5_000),
     (5_000, -1_000, 0, 5_000), (10_000, 3_000, 186, 5_178)],
)  # fmt: skip
def test_lasts_for_whole_days_and_what_lies_beyond_is_excess(on_hand, sold, lasts, excess):
    assert cover_days(on_hand_milli=on_hand, sold_milli=sold, in_days=56) == lasts
    assert excess_milli(on_hand_milli=on_hand, sold_milli=sold, in_days=56, wanted_days=90) == excess
