import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.loyalty.multiplying import Combination, Multiplied, Multiplier, multiplied_points
from domain.shared.money import Rounding


def multiplied(bases, *multipliers, combination="multiply", rounding="down"):
    return multiplied_points(
        bases,
        multipliers,
        combination=Combination(combination),
        earn_points=1,
        earn_per_minor=100,
        rounding=Rounding(rounding),
    )


@pytest.mark.parametrize(
    ("combination", "points", "added"),
    [("multiply", 300, [100, 100]), ("add", 250, [100, 50]), ("max", 200, [100, 0])],
)
def test_combines_a_doubling_with_half_as_much_again(combination, points, added):
    found = multiplied([10_000], Multiplier([0], 20_000, 0), Multiplier([0], 15_000, 0), combination=combination)
    assert (found.points, found.by_line, [sum(more) for more in found.added_by_line]) == (points, [points], added)


def test_multiplies_only_what_its_own_lines_earn():
    found = multiplied([10_000, 5_000], Multiplier([1], 30_000, 0))
    assert found == Multiplied(250, [100, 150], [[0, 100]])


def test_rounds_the_sale_once_and_not_each_line():
    # 0.99 + 0.99 is 1, doubled 3.96 is 3.
    assert multiplied([99, 99], Multiplier([0, 1], 20_000, 0)).points == 3
    assert multiplied([99, 99], Multiplier([0, 1], 20_000, 0), rounding="half_up").points == 4


def test_adds_points_by_number_to_lines_that_earn_and_to_no_others():
    assert multiplied([10_000, 0], Multiplier([0, 1], 0, 7)) == Multiplied(107, [107, 0], [[7, 0]])
    assert multiplied([10_000, 0], Multiplier([1], 0, 7)) == Multiplied(100, [100, 0], [[0, 0]])


multipliers = st.lists(
    st.builds(
        Multiplier,
        st.sets(st.integers(0, 3), min_size=1).map(sorted),
        st.sampled_from([0, 10_001, 12_000, 15_000, 20_000, 33_333, 1_000_000]),
        st.sampled_from([0, 0, 1, 50]),
    ),
    max_size=4,
)


@settings(max_examples=500)
@given(
    st.lists(st.integers(0, 100_000), min_size=4, max_size=4),
    multipliers,
    st.sampled_from(Combination),
    st.sampled_from([Rounding.DOWN, Rounding.HALF_UP]),
)
def test_parts_sum_to_the_points_whatever_is_combined(bases, some, combination, rounding):
    found = multiplied(bases, *some, combination=combination, rounding=rounding)
    plain = multiplied(bases, rounding=rounding)
    assert sum(found.by_line) == found.points
    assert found.points == plain.points + sum(sum(added) for added in found.added_by_line)
    assert min(found.by_line) >= 0
    for multiplier, added in zip(some, found.added_by_line, strict=True):
        assert min(added) >= 0
        assert [line for line, more in enumerate(added) if more and line not in multiplier.lines] == []
    # The order of what is combined changes who added what, and not the sum.
    assert multiplied(bases, *some[::-1], combination=combination, rounding=rounding).points == found.points
