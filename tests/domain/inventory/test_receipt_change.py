import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.inventory.receipt import GoodsReceiptLine, ReceiptLineKind
from domain.inventory.receipt_change import (
    CostWithoutGoods,
    LandedBelowZero,
    LineChange,
    LineNow,
    LineStandsOtherwise,
    NoGoodsLeft,
    NothingCorrected,
    SpreadBasis,
    check_landed,
    corrected,
    lines_now,
    spread_charge,
    staying_share,
)


def line(quantity, cost, *, number=1, landed=0, sku_id=1):
    return LineNow(7, number, sku_id, quantity, cost, landed, 0)


def to(now, quantity, cost):
    return corrected(
        now,
        old_quantity_milli=now.quantity_milli,
        old_cost_minor=now.cost_minor,
        quantity_milli=quantity,
        cost_minor=cost,
        field="lines[0]",
    )


def test_a_line_stands_at_the_sum_of_what_came_and_what_changed():
    entries = [
        GoodsReceiptLine(7, 1, 0, ReceiptLineKind.RECEIVED, 7, 3, 50_000, 40_000),
        GoodsReceiptLine(7, 1, 1, ReceiptLineKind.LANDED_COST, 8, 3, 0, 300),
        GoodsReceiptLine(7, 1, 2, ReceiptLineKind.CORRECTION, 9, 3, -2_000, -1_600),
        GoodsReceiptLine(7, 2, 0, ReceiptLineKind.RECEIVED, 7, 4, 1_000, 100),
    ]
    assert lines_now(entries) == [LineNow(7, 1, 3, 48_000, 38_400, 300, 2), LineNow(7, 2, 4, 1_000, 100, 0, 0)]


@pytest.mark.parametrize(
    ("basis", "shares"),
    [(SpreadBasis.VALUE, [75, 25]), (SpreadBasis.QUANTITY, [25, 75]), (SpreadBasis.WEIGHT, [50, 50])],
)
def test_a_charge_goes_by_value_quantity_or_weight(basis, shares):
    lines = [line(1_000, 300, sku_id=1), line(3_000, 100, number=2, sku_id=2)]
    assert spread_charge(100, basis=basis, lines=lines, weights={1: 300, 2: 100}) == shares


def test_lines_that_cost_nothing_share_alike_and_those_without_goods_not_at_all():
    lines = [line(75_000, 0), line(25_000, 0, number=2), line(0, 0, number=3)]
    assert spread_charge(300, basis=SpreadBasis.VALUE, lines=lines, weights={}) == [150, 150, 0]
    with pytest.raises(NoGoodsLeft):
        spread_charge(300, basis=SpreadBasis.VALUE, lines=[line(0, 0)], weights={})


@given(
    amount=st.integers(-(10**6), 10**6),
    basis=st.sampled_from(SpreadBasis),
    goods=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=9),
)
def test_shares_sum_to_the_charge(amount, basis, goods):
    lines = [line(quantity, cost, number=number) for number, (quantity, cost) in enumerate(goods, start=1)]
    if not any(quantity for quantity, _ in goods):
        lines.append(line(1, 1, number=len(lines) + 1))
    shares = spread_charge(amount, basis=basis, lines=lines, weights={1: 250})
    assert sum(shares) == amount
    assert [one for one, share in zip(lines, shares, strict=True) if share and not one.quantity_milli] == []


def test_no_more_landed_cost_is_taken_back_than_there_is():
    lines = [line(1_000, 100, landed=50), line(1_000, 100, number=2)]
    check_landed(lines, [-50, 0], field="charges")
    with pytest.raises(LandedBelowZero):
        check_landed(lines, [-49, -1], field="charges")


@pytest.mark.parametrize(("left", "share"), [(-5, 0), (0, 0), (1, 3), (2, 7), (3, 10), (9, 10)])
def test_what_is_left_takes_its_share_and_what_is_of_others_none(left, share):
    assert staying_share(10, left_milli=left, of_milli=3) == share


@pytest.mark.parametrize(
    ("quantity", "cost", "change"),
    [
        # Two of ten go at 2.00 each; another cost for the eight that stay; two come at 2.50, and ten cost 0.50 more.
        (8_000, 1_600, LineChange(-2_000, -400, 8_000, 0)),
        (8_000, 2_000, LineChange(-2_000, -400, 8_000, 400)),
        (12_000, 3_000, LineChange(2_000, 500, 10_000, 500)),
        (10_000, 1_999, LineChange(0, 0, 10_000, -1)),
        (0, 0, LineChange(-10_000, -2_000, 0, 0)),
    ],
)
def test_a_correction_is_goods_that_move_and_a_cost_for_those_that_stay(quantity, cost, change):
    assert to(line(10_000, 2_000), quantity, cost) == change


@given(
    quantity=st.integers(0, 10**6),
    cost=st.integers(0, 10**6),
    new_quantity=st.integers(1, 10**6),
    new_cost=st.integers(0, 10**6),
)
def test_a_correction_makes_the_line_stand_at_its_new_figures(quantity, cost, new_quantity, new_cost):
    now = line(quantity, cost if quantity else 0)
    if (new_quantity, new_cost) == (now.quantity_milli, now.cost_minor):
        return
    change = to(now, new_quantity, new_cost)
    assert now.quantity_milli + change.quantity_milli == new_quantity
    assert now.cost_minor + change.cost_minor + change.revalued_minor == new_cost
    # Goods that go take no cost with them but their own, goods that come bring none but theirs.
    assert change.quantity_milli * change.cost_minor >= 0
    assert change.kept_milli == min(now.quantity_milli, new_quantity)


def test_refuses_a_correction_of_what_stands_otherwise_of_nothing_and_to_costs_without_goods():
    now = line(10_000, 2_000)
    with pytest.raises(LineStandsOtherwise):
        corrected(
            now, old_quantity_milli=9_000, old_cost_minor=2_000, quantity_milli=8_000, cost_minor=1, field="lines[0]"
        )
    with pytest.raises(NothingCorrected):
        to(now, 10_000, 2_000)
    with pytest.raises(CostWithoutGoods):
        to(now, 0, 1)
