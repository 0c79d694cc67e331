from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.loyalty.reminding import Notice, due_notices

TODAY = date(2027, 1, 24)


def test_a_date_gets_the_notice_that_it_is_still_within():
    due = due_notices(today=TODAY, days=(5, 2), done=[])
    assert [(one.expires_on.day, one.days) for one in due] == [(25, 2), (26, 2), (27, 5), (28, 5), (29, 5)]


def test_what_is_done_is_due_no_more():
    done = [Notice(date(2027, 1, 25), 2), Notice(date(2027, 1, 26), 5)]
    assert due_notices(today=TODAY, days=(2,), done=done) == [Notice(date(2027, 1, 26), 2)]
    assert due_notices(today=TODAY, days=(), done=[]) == []


@given(
    days=st.lists(st.integers(1, 60), unique=True, min_size=1, max_size=4),
    ran=st.lists(st.booleans(), min_size=70, max_size=70),
)
def test_whatever_days_the_job_is_run_on_no_notice_comes_twice_and_each_while_it_is_true(
    days: list[int], ran: list[bool]
):
    """Over seventy days, on some of which the job is run: what it sends is done from then on."""
    sent: list[Notice] = []
    for ahead in [number for number, runs in enumerate(ran) if runs]:
        today = TODAY + timedelta(days=ahead)
        due = due_notices(today=today, days=days, done=sent)
        assert all(0 < (one.expires_on - today).days <= one.days for one in due)
        sent += due
    assert len(sent) == len(set(sent))
    if all(ran):
        on = TODAY + timedelta(days=65)
        assert sorted(one.days for one in sent if one.expires_on == on) == sorted(days)
