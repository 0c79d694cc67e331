"""When a coupon holds that is given out today."""

from datetime import date, timedelta

import pytest

from application.coupon_ledger import validity

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("start", "end", "days", "said"),
    [
        ("", "", 0, (None, None)),
        ("2026-12-01", "2026-12-24", 0, (date(2026, 12, 1), date(2026, 12, 24))),
        ("", "", 3, (TODAY, TODAY + timedelta(days=3))),
        ("2026-12-01", "", 3, (date(2026, 12, 1), date(2026, 12, 4))),
        ("2026-11-01", "2026-11-24", 3, (TODAY, date(2026, 11, 24))),
    ],
)
def test_days_count_from_the_issue_and_the_earlier_end_counts(start, end, days, said):
    assert validity(start, end, days, on=TODAY) == said
