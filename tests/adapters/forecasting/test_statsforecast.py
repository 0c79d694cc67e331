import pytest

from adapters.forecasting.statsforecast import WEEKS_MIN, StatsforecastLevels
from application.ports.level_models import NoLevelModels


def test_gives_two_opinions_of_a_series():
    sold = [8.0, 12] * 20
    [found] = StatsforecastLevels().levels([sold])
    assert found == pytest.approx([10, 10], abs=1)


def test_has_no_opinion_of_what_is_too_short_or_never_changes():
    assert list(StatsforecastLevels().levels([[1.0, 2] * 4, [5.0] * 30, [0.0] * 30, []])) == [()] * 4
    assert WEEKS_MIN == 10
    assert NoLevelModels().levels([[1.0, 2] * 20]) == [()]
