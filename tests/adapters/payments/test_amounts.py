"""Amounts as Alipay writes them come back to the cent, and nothing else is an amount."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.payments.alipay import minor, yuan

pytestmark = pytest.mark.capability("INT-01")


@given(amount_minor=st.integers(min_value=0, max_value=10**13))
def test_every_amount_survives_being_written_inyuan(amount_minor: int):
    assert minor(yuan(amount_minor)) == amount_minor


@pytest.mark.parametrize("written", ["", "1", "1.2", "1.234", "-1.00", "1,000.00", "1e2", "NaN", " 1.00", "١.٠٠"])
def test_refuses_what_is_no_amount(written: str):
    with pytest.raises(ValueError, match="no amount"):
        minor(written)
