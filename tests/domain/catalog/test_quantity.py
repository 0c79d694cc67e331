import pytest

from domain.catalog.quantity import (
    QUANTITY_MILLI_MAX,
    QuantityNotPositive,
    QuantityTooFine,
    QuantityTooLarge,
    checked_quantity,
)


@pytest.mark.parametrize(("quantity", "decimals"), [(1000, 0), (1500, 1), (1250, 2), (1, 3), (QUANTITY_MILLI_MAX, 0)])
def test_takes_a_quantity_as_fine_as_the_unit(quantity, decimals):
    assert checked_quantity(quantity, unit_decimals=decimals, field="quantity_milli") == quantity


@pytest.mark.parametrize(
    ("quantity", "decimals", "refusal"),
    [
        (0, 3, QuantityNotPositive),
        (-1000, 0, QuantityNotPositive),
        (1500, 0, QuantityTooFine),
        (1250, 1, QuantityTooFine),
        (1, 2, QuantityTooFine),
        (QUANTITY_MILLI_MAX + 1000, 0, QuantityTooLarge),
    ],
)
def test_refuses_other_quantities_and_names_the_field(quantity, decimals, refusal):
    with pytest.raises(refusal) as refused:
        checked_quantity(quantity, unit_decimals=decimals, field="lines[0].quantity_milli")
    assert refused.value.field == "lines[0].quantity_milli"
    assert str(quantity) in refused.value.message("zh")
