"""Coupons through the contract, from message to message."""

from typing import Any

import pytest

from application.membership.register_member import RegisterMember, register_member
from domain.shared.errors import Refusal
from entrypoints.grpc.codec import FieldRequired
from entrypoints.grpc.coupons import SERVICE, redemptions_of, upload_response
from entrypoints.grpc.rpc import Outcome
from liansuo.pricing.v1 import coupon_pb2 as pb2
from tests.entrypoints.table_calls import call, permissions

CARD = "HH7"


@pytest.fixture
def club(stocked: Any) -> Any:
    """The chain with a member."""
    stocked.write(register_member, RegisterMember(card=CARD, source="test"))
    return stocked


def batch(**fields: Any) -> pb2.CouponBatch:
    full = pb2.CouponBatch(
        code="SUMMER",
        name="夏日券",
        holder=pb2.COUPON_HOLDER_MEMBER,
        claimable=True,
        transferable=True,
        from_date="2025-06-01",
        until_date="2025-09-01",
        valid_days=30,
        total_max=100,
        claims_per_member_max=2,
        uses_per_member_max=3,
    )
    full.MergeFrom(pb2.CouponBatch(**fields))
    return full


def put(chain: Any, *batches: pb2.CouponBatch) -> pb2.PutCouponBatchesResponse:
    return call(chain, SERVICE, "PutCouponBatches", pb2.PutCouponBatchesRequest(batches=batches))


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "PutCouponBatches": "coupons.manage",
        "GetCouponBatch": "coupons.read",
        "ListCouponBatches": "coupons.read",
        "JoinCouponAudience": "coupons.manage",
        "IssueCoupons": "coupons.manage",
        "IssueBirthdayCoupons": "coupons.manage",
        "ClaimCoupon": "coupons.claim",
        "ListCoupons": "coupons.read",
        "GetCoupon": "coupons.read",
        "VoidCoupons": "coupons.manage",
        "TransferCoupon": "coupons.claim",
        "HoldCoupons": "coupons.redeem",
        "ReleaseCoupons": "coupons.redeem",
        "RedeemCoupon": "coupons.redeem",
        "UploadRedemptions": "coupons.redeem",
    }


def test_carries_a_batch_from_the_request_to_the_answer(club: Any):
    assert put(club, batch()) == pb2.PutCouponBatchesResponse(created=1)
    assert put(club, batch()) == pb2.PutCouponBatchesResponse()
    assert put(club, batch(total_max=101)) == pb2.PutCouponBatchesResponse(changed=1)
    answer = call(club, SERVICE, "GetCouponBatch", pb2.GetCouponBatchRequest(code="SUMMER"))
    assert answer.batch == batch(total_max=101)
    shared = pb2.CouponBatch(
        code="OPEN", name="Open", holder=pb2.COUPON_HOLDER_MEMBER, shared=True, shared_code="SESAME", audience="club"
    )
    put(club, shared)
    shared.shared_code, shared.issued = "", 1
    listed = call(club, SERVICE, "ListCouponBatches", pb2.ListCouponBatchesRequest())
    assert list(listed.batches)[1:] == [shared, batch(total_max=101)]
    every = {
        field.name
        for one in (batch(shared_code="x", shared=True, audience="a", issued=1),)
        for field, _ in one.ListFields()
    }
    assert every == set(pb2.CouponBatch.DESCRIPTOR.fields_by_name)


def test_carries_a_coupon_through_its_life(club: Any):
    put(club, batch())
    claimed = call(club, SERVICE, "ClaimCoupon", pb2.ClaimCouponRequest(batch_code="SUMMER", member_key=CARD))
    assert (claimed.from_date, claimed.until_date) == ("2025-06-01", "2025-07-01")
    [issued] = call(
        club, SERVICE, "IssueCoupons", pb2.IssueCouponsRequest(batch_code="SUMMER", member_keys=[CARD])
    ).codes
    coupons = call(club, SERVICE, "ListCoupons", pb2.ListCouponsRequest(member_key=CARD)).coupons
    assert [(one.code, one.state, one.uses_max) for one in coupons] == [
        (claimed.code, pb2.COUPON_STATE_AVAILABLE, 1), (issued, pb2.COUPON_STATE_AVAILABLE, 1),
    ]  # fmt: skip
    void = pb2.VoidCouponsRequest(reason="leaked", codes=[issued])
    assert call(club, SERVICE, "VoidCoupons", void) == pb2.VoidCouponsResponse(voided=1)
    found = call(club, SERVICE, "GetCoupon", pb2.GetCouponRequest(code=issued))
    assert (found.coupon.state, [event.kind for event in found.events]) == (
        pb2.COUPON_STATE_VOIDED, [pb2.COUPON_EVENT_KIND_VOIDED, pb2.COUPON_EVENT_KIND_ISSUED],
    )  # fmt: skip


def test_refuses_a_batch_that_does_not_say_who_may_use_it(club: Any):
    with pytest.raises(FieldRequired) as refusal:
        put(club, pb2.CouponBatch(code="X", name="X"))
    assert refusal.value.field == "batches[0].holder"


def test_an_upload_carries_one_to_two_hundred_and_answers_each():
    one = pb2.RedeemCouponRequest(code="X")
    for count, field in ((0, "redemptions"), (201, "redemptions")):
        with pytest.raises(Refusal) as refusal:
            redemptions_of(pb2.UploadRedemptionsRequest(redemptions=[one] * count))
        assert refusal.value.field == field
    assert len(redemptions_of(pb2.UploadRedemptionsRequest(redemptions=[one] * 200))) == 200
    outcomes = [
        Outcome("a", pb2.RedeemCouponResponse(coupon_id=7, batch_code="B")),
        Outcome("b", pb2.RedeemCouponResponse(coupon_id=7, batch_code="B"), replayed=True),
    ]
    answer = upload_response(outcomes, "en")
    assert [(one.request_id, one.status, one.coupon_id) for one in answer.results] == [
        ("a", pb2.REDEMPTION_STATUS_STORED, 7), ("b", pb2.REDEMPTION_STATUS_SAME_AS_BEFORE, 7),
    ]  # fmt: skip
