from hypothesis import given
from hypothesis import strategies as st

from domain.inventory.set_aside import SetAsideLevel, SetAsideStatus, take


@given(st.integers(1, 10**6), st.integers(0, 10**9), st.lists(st.integers(1, 10**5), max_size=20))
def test_what_is_taken_leaves_at_the_average_and_the_last_with_all_that_is_left(quantity, value, parts):
    level = SetAsideLevel(1, 1, SetAsideStatus.DAMAGED, quantity, value)
    taken = []
    for part in (*parts, quantity):
        if some := min(part, level.quantity_milli):
            taken.append(take(level, quantity_milli=some))
            assert level.value_minor >= 0
    assert sum(taken) == value
    assert level.value_minor == 0
