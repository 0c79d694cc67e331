import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sales.payment_codes import is_payment_code
from domain.sales.tenders import looks_like_card_number

pytestmark = pytest.mark.capability("INT-01")


@pytest.mark.parametrize("code", ["1" + "0" * 17, "15" + "9" * 16, "28" + "0" * 15, "30" + "0" * 22])
def test_codes_of_wallets_are_payment_codes(code: str):
    assert is_payment_code(code)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "160000000000000000",
        "10000000000000000",
        "1000000000000000000",
        "2500000000000000",
        "30569309025904",
        "240000000000000000",
        "310000000000000000",
        "2800000000000000000000000",
        "28000000000000000 ",
        "١٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠",
    ],
)
def test_all_else_is_none(text: str):
    assert not is_payment_code(text)


@given(
    prefix=st.sampled_from(["4", "51", "2221", "2720", "34", "37", "36", "30", "6011", "62", "35", "50", "67"]),
    digits=st.integers(0, 10**18),
    length=st.sampled_from([14, 15, 16]),
)
def test_no_card_is_taken_for_a_payment_code(prefix: str, digits: int, length: int):
    card = (prefix + str(digits).zfill(18))[: length - 1]
    [card] = [card + str(last) for last in range(10) if looks_like_card_number(card + str(last))]

    assert not is_payment_code(card)
