"""What holds for a person of two files, and who needs a guardian."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.membership.consent import needs_guardian, together

SAID = st.sampled_from([None, True, False])


@pytest.mark.capability("SEC-05")
@given(one=SAID, other=SAID, third=SAID)
def test_a_withdrawal_in_either_file_wins_and_nobody_agrees_by_being_merged(one, other, third):
    both = together(survivor=one, merged=other)
    assert both == together(survivor=other, merged=one)
    # In whatever order three files are merged.
    assert together(survivor=both, merged=third) == together(
        survivor=one, merged=together(survivor=other, merged=third)
    )
    said = {one, other} - {None}
    assert both == (None if not said else False not in said)


@pytest.mark.parametrize(
    ("birthday", "needed"), [("2012-11-22", False), ("2012-11-23", True), ("", False), ("2026-12-01", False)]
)
def test_who_is_younger_than_14_has_a_guardian(birthday: str, needed: bool):
    assert needs_guardian(birthday=birthday, today=date(2026, 11, 22)) is needed
