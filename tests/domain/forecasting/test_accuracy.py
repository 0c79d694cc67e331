import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.forecasting.accuracy import accuracy, bias, mase, wape

PIECES = st.integers(0, 1000)
WEEKS = st.lists(st.tuples(PIECES, PIECES), min_size=1, max_size=30)


def test_measures_a_forecast():
    found = accuracy(actual=[10, 0, 30], forecast=[12, 4, 24], history=[5, 7, 11, 3], season=1)
    assert found.wape == 12 / 40
    assert found.bias == 0
    assert found.mape == (2 / 10 + 6 / 30) / 2
    assert found.smape == pytest.approx((2 / 11 + 2 + 6 / 27) / 3)
    assert found.mase == 4 / ((2 + 4 + 8) / 3)


def test_the_scale_of_mase_is_the_naive_forecast_of_the_season():
    assert mase(actual=[8], forecast=[5], history=[1, 2, 4, 8], season=2) == 3 / ((3 + 6) / 2)


def test_has_no_share_of_nothing():
    found = accuracy(actual=[0, 0], forecast=[1, 0], history=[3, 3])
    assert (found.wape, found.bias, found.mape, found.mase) == (None, None, None, None)
    assert found.smape == 1


@pytest.mark.parametrize(("actual", "forecast"), [([], []), ([1, 2], [1])])
def test_compares_equally_many_weeks(actual, forecast):
    with pytest.raises(ValueError, match=r"compare|shorter"):
        wape(actual=actual, forecast=forecast)


@given(WEEKS, st.integers(2, 9))
def test_measures_do_not_depend_on_the_unit(weeks, times):
    actual, forecast = zip(*weeks, strict=True)
    larger = [one * times for one in actual], [one * times for one in forecast]
    one, other = accuracy(actual=actual, forecast=forecast), accuracy(actual=larger[0], forecast=larger[1])
    assert (one.wape, one.bias, one.mape) == pytest.approx((other.wape, other.bias, other.mape))
    assert one.smape == pytest.approx(other.smape)


@given(WEEKS)
def test_errors_are_at_least_what_they_come_to(weeks):
    actual, forecast = zip(*weeks, strict=True)
    share = wape(actual=actual, forecast=forecast)
    if share is not None:
        assert share >= abs(bias(actual=actual, forecast=forecast)) - 1e-12
        assert (share == 0) == (actual == forecast)
