"""One valid request for every RPC of coupons; see valid_requests.py."""

from typing import Final

from liansuo.pricing.v1 import coupon_pb2
from tests.stress.chain import COUPONS, PHONES, SHARED_CODE, SPARE_CODE
from tests.stress.requests import MEMBER, Valid, earlier_today


def _redemption(request_id: str) -> coupon_pb2.RedeemCouponRequest:
    request = coupon_pb2.RedeemCouponRequest(
        request_id=request_id, code=SHARED_CODE, member_key=MEMBER, store_code="S1", reference="Web order 7"
    )
    request.redeemed_at.FromDatetime(earlier_today())
    return request


COUPON: Final[dict[str, Valid]] = {
    "PutCouponBatches": lambda key, _: coupon_pb2.PutCouponBatchesRequest(
        request_id=key,
        batches=[
            coupon_pb2.CouponBatch(
                code=key,
                name="Coupon",
                holder=coupon_pb2.COUPON_HOLDER_MEMBER,
                claimable=True,
                transferable=True,
                from_date="2026-01-01",
                until_date="2031-01-01",
                valid_days=30,
                total_max=1_000,
                claims_per_member_max=2,
                uses_per_member_max=2,
            )
        ],
    ),
    "GetCouponBatch": lambda key, _: coupon_pb2.GetCouponBatchRequest(code=COUPONS),
    "ListCouponBatches": lambda key, _: coupon_pb2.ListCouponBatchesRequest(page_size=3),
    "JoinCouponAudience": lambda key, _: coupon_pb2.JoinCouponAudienceRequest(
        request_id=key, audience="club", member_keys=[MEMBER, PHONES[1]]
    ),
    "IssueCoupons": lambda key, _: coupon_pb2.IssueCouponsRequest(
        request_id=key, batch_code=COUPONS, member_keys=[MEMBER, PHONES[1]]
    ),
    "ClaimCoupon": lambda key, _: coupon_pb2.ClaimCouponRequest(request_id=key, batch_code=COUPONS, member_key=MEMBER),
    "ListCoupons": lambda key, _: coupon_pb2.ListCouponsRequest(batch_code=COUPONS, page_size=3),
    "GetCoupon": lambda key, _: coupon_pb2.GetCouponRequest(code=SHARED_CODE),
    "VoidCoupons": lambda key, _: coupon_pb2.VoidCouponsRequest(request_id=key, reason="Leaked", codes=[SPARE_CODE]),
    "TransferCoupon": lambda key, _: coupon_pb2.TransferCouponRequest(
        request_id=key, code=SHARED_CODE, from_member_key=MEMBER, to_member_key=PHONES[1]
    ),
    "HoldCoupons": lambda key, _: coupon_pb2.HoldCouponsRequest(
        request_id=key, codes=[SHARED_CODE], member_key=MEMBER, store_code="S1", minutes=5
    ),
    "ReleaseCoupons": lambda key, _: coupon_pb2.ReleaseCouponsRequest(request_id=key, hold_id=key),
    "RedeemCoupon": lambda key, _: _redemption(key),
    "UploadRedemptions": lambda key, _: coupon_pb2.UploadRedemptionsRequest(
        redemptions=[_redemption(key), _redemption(key[:-1] + "0")]
    ),
}
