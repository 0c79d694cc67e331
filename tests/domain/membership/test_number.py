import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.membership.number import is_member_number, member_number

ids = st.integers(1, 10**12)


@pytest.mark.parametrize(
    ("member_id", "number"), [(1, "00000018"), (2, "00000026"), (1234567, "12345674"), (7992739871, "79927398713")]
)
def test_appends_the_luhn_digit_to_at_least_seven_digits(member_id, number):
    assert member_number(member_id) == number


@given(ids)
def test_knows_its_own_numbers(member_id):
    assert is_member_number(member_number(member_id))


@given(ids, ids)
def test_gives_different_numbers_to_different_members(one, other):
    assert (member_number(one) == member_number(other)) == (one == other)


@given(ids, st.data())
def test_catches_every_single_wrong_digit(member_id, data):
    number = member_number(member_id)
    position = data.draw(st.integers(0, len(number) - 1))
    wrong = str((int(number[position]) + data.draw(st.integers(1, 9))) % 10)
    assert not is_member_number(number[:position] + wrong + number[position + 1 :])


@given(ids, st.data())
def test_catches_swapped_neighbours_except_nine_and_zero(member_id, data):
    number = member_number(member_id)
    at = data.draw(st.integers(0, len(number) - 2))
    first, second = number[at], number[at + 1]
    swapped = number[:at] + second + first + number[at + 2 :]
    assert is_member_number(swapped) == (first == second or {first, second} == {"0", "9"})


@pytest.mark.parametrize("text", ["", "0", "0000018", "00000017", "0000001８", "abcdefgh", "-0000018"])
def test_knows_what_is_no_member_number(text):
    assert not is_member_number(text)
