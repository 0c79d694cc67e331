from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.membership.member import age_on, channel_of, identity_text

CODES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=64)


@pytest.mark.capability("MEM-05")
@pytest.mark.parametrize(
    ("birthday", "today", "age"),
    [
        ("1990-02-28", date(2025, 2, 27), 34),
        ("1990-02-28", date(2025, 2, 28), 35),
        ("2000-02-29", date(2025, 2, 28), 24),
        ("2000-02-29", date(2025, 3, 1), 25),
        ("2000-02-29", date(2024, 2, 29), 24),
        ("2025-06-01", date(2025, 6, 1), 0),
        ("2025-06-02", date(2025, 6, 1), None),
        ("", date(2025, 6, 1), None),
    ],
)
def test_age_is_that_of_the_day(birthday, today, age):
    assert age_on(birthday=birthday, today=today) == age


@settings(max_examples=50)
@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_nobody_is_older_than_the_years_between_nor_a_year_younger(born, today):
    age = age_on(birthday=born.isoformat(), today=today)
    if today < born:
        assert age is None
    else:
        assert age is not None
        assert 0 <= age <= today.year - born.year <= age + 1


@settings(max_examples=50)
@given(CODES, CODES, CODES, CODES)
def test_identities_of_different_channels_never_meet(channel, identity, other_channel, other_identity):
    text = identity_text(channel=channel, identity=identity)
    assert channel_of(text) == channel
    other = identity_text(channel=other_channel, identity=other_identity)
    assert (text == other) == ((channel, identity) == (other_channel, other_identity))
