import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.replenishment.stock_alert import AlertKind, AlertStep, step_of

LOW, OUT = AlertKind.LOW, AlertKind.OUT


@pytest.mark.parametrize(
    ("held", "available", "reorder", "step"),
    [
        (None, 10_000, 10_000, AlertStep.NOTHING),
        (None, 9_999, 10_000, AlertStep.LOW),
        (LOW, 9_000, 10_000, AlertStep.NOTHING),
        (LOW, 1, 10_000, AlertStep.NOTHING),
        (LOW, 0, 10_000, AlertStep.OUT),
        (None, 0, 10_000, AlertStep.OUT),
        (None, -5_000, 10_000, AlertStep.OUT),
        (OUT, -5_000, 10_000, AlertStep.NOTHING),
        # Better, and not well yet.
        (OUT, 9_000, 10_000, AlertStep.NOTHING),
        (OUT, 10_000, 10_000, AlertStep.CLOSE),
        (LOW, 10_000, 10_000, AlertStep.CLOSE),
        # Nobody replenishes it any more.
        (OUT, 0, 0, AlertStep.CLOSE),
        (None, -1, 0, AlertStep.NOTHING),
    ],
)
def test_raises_once_again_only_when_worse_and_closes_when_stock_is_back(held, available, reorder, step):
    assert step_of(held, available_milli=available, reorder_milli=reorder) is step


@given(stands=st.lists(st.integers(-3, 15), max_size=40))
def test_tells_each_kind_once_between_two_closings(stands):
    held, told = None, []
    for units in stands:
        step = step_of(held, available_milli=units, reorder_milli=10)
        if step is AlertStep.CLOSE:
            assert units >= 10
            held, told = None, []
        elif step is not AlertStep.NOTHING:
            held = AlertKind(step.value)
            told.append(held)
        assert told in ([], [LOW], [OUT], [LOW, OUT])
        assert (held is None) == (units >= 10)
