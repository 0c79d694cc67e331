from datetime import date

from domain.forecasting.calendar import monday_of, mondays_from, weeks_of
from domain.forecasting.effects import Week


def test_a_week_begins_on_monday():
    assert [monday_of(date(2026, 11, day)) for day in (22, 23, 29, 30)] == [
        date(2026, 11, 16), date(2026, 11, 23), date(2026, 11, 23), date(2026, 11, 30),
    ]  # fmt: skip


def test_names_festivals_on_a_week_and_in_the_week_after_and_fixed_holidays():
    festivals = {date(2026, 9, 25): ["mid_autumn"], date(2026, 9, 28): ["other", "another"]}
    weeks = weeks_of(mondays=mondays_from(date(2026, 9, 14), 4), festivals=festivals)
    assert weeks == [
        Week(37, ("before mid_autumn",)),
        Week(38, ("before another", "before other", "mid_autumn")),
        Week(39, ("another", "national_day", "other")),
        Week(40, ()),
    ]


def test_the_53rd_week_of_a_year_counts_as_its_last():
    weeks = weeks_of(mondays=mondays_from(date(2026, 12, 21), 3), festivals={})
    assert weeks == [Week(51, ("christmas",)), Week(51, ("new_year",)), Week(0, ())]
