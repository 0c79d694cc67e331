import pytest

from tests.benchmarks.replenishment import table


@pytest.mark.long
@pytest.mark.capability("REP-01")
def test_serves_more_of_a_real_year_than_a_fixed_min_max_of_the_same_stock():
    figures = table(services=(9_500,), skus=50)
    [row] = figures["rows"]
    assert row["ours"]["fill_rate"] > row["first_weeks"]["at_equal_stock"]["fill_rate"]
    assert row["first_weeks"]["at_equal_service"]["stock"] > row["ours"]["stock"]
