import pytest

from tests.benchmarks.next_purchases import LAST, MEAN, OURS, table


@pytest.mark.long
@pytest.mark.capability("REP-08")
def test_tells_the_next_purchases_of_a_real_year_better_than_the_last_interval_and_the_mean_do():
    rows = table(households=400)
    for name, row in rows.items():
        assert (name, row[OURS] < min(row[LAST], row[MEAN])) == (name, True)
    assert rows["all"][f"{OURS}, who bought"] < rows["all"][f"{LAST}, who bought"]
