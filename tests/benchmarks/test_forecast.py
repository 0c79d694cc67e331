import pytest

from tests.benchmarks.forecast import OURS, table


@pytest.mark.long
@pytest.mark.capability("REP-02")
def test_forecasts_held_out_weeks_of_a_real_year_better_than_naive_forecasts():
    figures = table(skus=200)
    wape = {name: row["wape"] for name, row in figures["rows"].items()}
    assert wape[OURS] < 0.95 * min(wape["seasonal naive, 4 weeks"], wape["mean of the last 4 weeks"])
    assert figures["better_by_percent"] >= 5
    for errors in figures["earlier_origins"].values():
        assert errors["ours"]["wape"] < errors["seasonal_naive"]["wape"]
