"""Codes, and who may use a coupon when."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.coupon import (
    Coupon,
    CouponAllowance,
    CouponBatch,
    CouponHold,
    CouponHolder,
    CouponTrouble,
    FoundCoupon,
    masked,
    new_code,
    read_code,
    trouble,
)
from domain.pricing.coupon_promotions import coupons_taken

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
MINE, OTHERS = 7, 8


def found(
    holder: CouponHolder = CouponHolder.BEARER, *, holds: tuple[CouponHold, ...] = (), **fields: int
) -> FoundCoupon:
    values = {"member_id": 0, "uses_max": 1, "uses": 0, "held": len(holds), "ended": 0, **fields}
    coupon = Coupon(1, 2, b"", b"", from_date=None, until_date=None, issued_at=NOW, **values)
    return FoundCoupon(coupon, CouponBatch("B", "B", holder=holder), list(holds))


def asked(one: FoundCoupon, member_id: int | None = MINE, *, given: bool = False, uses: int = 0, **options) -> object:
    allowance = CouponAllowance(2, member_id or 0, 0, uses)
    return trouble(one, member_id=member_id, given=given, allowance=allowance, on=TODAY, now=NOW, **options)


def test_codes_are_readable_and_long_enough_not_to_be_guessed():
    codes = [new_code(f"secret {number}") for number in range(1_000)]
    assert len(set(codes)) == 1_000
    assert {len(read_code(code)) for code in codes} == {26}
    assert set("".join(map(read_code, codes))) == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert masked(codes[0]) == f"…{codes[0][-4:]}"


@given(st.text(alphabet="0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=1, max_size=26))
def test_a_code_is_read_however_it_was_keyed_in(code: str):
    keyed = " - ".join(code.lower().replace("1", "l").replace("0", "o"))
    assert read_code(keyed) == code


def test_a_coupon_is_for_whom_it_was_given_to():
    shared = CouponBatch("B", "B", shared=True, holder=CouponHolder.MEMBER)
    assert asked(found()) is None
    assert asked(found(), None) is None
    mine = found(CouponHolder.MEMBER, member_id=MINE)
    assert asked(mine) is None
    assert asked(mine, OTHERS) is CouponTrouble.FOREIGN
    assert asked(mine, None) is CouponTrouble.MEMBER_NEEDED
    everybodys = replace(found(uses_max=0), batch=shared)
    assert asked(everybodys) is None
    clubs = replace(found(uses_max=0), batch=replace(shared, audience="club"))
    assert asked(clubs) is CouponTrouble.FOREIGN
    assert asked(clubs, given=True) is None


@pytest.mark.parametrize(
    ("first", "until", "said"),
    [
        (None, None, None),
        (TODAY, TODAY + timedelta(days=1), None),
        (TODAY + timedelta(days=1), None, CouponTrouble.NOT_YET_VALID),
        (None, TODAY, CouponTrouble.EXPIRED),
    ],
)
def test_a_coupon_holds_from_its_first_day_up_to_its_last(first, until, said):
    one = found()
    one.coupon.from_date, one.coupon.until_date = first, until
    assert asked(one) is said


def test_what_has_ended_is_over():
    assert asked(found(ended=2, uses=1)) is CouponTrouble.VOIDED
    assert asked(found(ended=1)) is CouponTrouble.EXPIRED
    assert asked(found(uses=1)) is CouponTrouble.USED
    assert asked(found(uses_max=7, uses=6)) is None
    assert asked(found(uses_max=0, uses=0)) is None


def test_what_others_hold_is_not_there_until_their_time_is_over():
    hold = CouponHold(3, 1, 5, "r", 0, NOW + timedelta(minutes=1), 1)
    assert asked(found(holds=(hold,))) is CouponTrouble.HELD
    assert asked(found(holds=(hold,)), hold=(5, "r")) is None
    assert asked(found(holds=(hold,)), hold=(6, "r")) is CouponTrouble.HELD
    assert asked(found(uses_max=2, holds=(hold,))) is None
    assert asked(found(uses_max=2, uses=1, holds=(hold,))) is CouponTrouble.HELD
    assert asked(found(holds=(replace(hold, until_at=NOW),))) is None


def test_a_member_uses_coupons_of_a_batch_no_more_often_than_allowed():
    one = found()
    one.batch = replace(one.batch, uses_per_member_max=2)
    assert asked(one, uses=1) is None
    assert asked(one, uses=2) is CouponTrouble.MEMBER_LIMIT
    assert asked(one, None) is CouponTrouble.MEMBER_NEEDED


def test_coupons_are_taken_as_often_as_their_promotion_was_given():
    assert coupons_taken([("A", 2), ("B", 0), ("C", 9), ("", 1)], {"A": 3, "B": 1, "C": 2, "D": 1}) == {
        "A": 2, "B": 1, "C": 2, "D": 0,
    }  # fmt: skip
