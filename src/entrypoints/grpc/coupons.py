"""The RPCs of coupons."""

from collections.abc import Sequence
from typing import Final

from application.pricing.birthday_coupons import issue_birthday_coupons
from application.pricing.coupon_batches import (
    get_coupon_batch,
    join_coupon_audience,
    list_coupon_batches,
    put_coupon_batches,
)
from application.pricing.coupon_changes import transfer_coupon, void_coupons
from application.pricing.coupon_queries import get_coupon, list_coupons
from application.pricing.issue_coupons import claim_coupon, issue_coupons
from application.pricing.redeem_coupons import hold_coupons, redeem_coupons, release_coupons
from domain.shared.errors import Invalid
from entrypoints.grpc.limits import BULK_REQUEST_BYTES_MAX
from entrypoints.grpc.rpc import Outcome, Service, batched, batched_many, read, write
from liansuo.pricing.v1 import coupon_pb2 as pb2

REDEMPTIONS_MAX: Final = 200
MANAGE: Final = "coupons.manage"
READ: Final = "coupons.read"
REDEEM: Final = "coupons.redeem"


class NothingRedeemed(Invalid):
    en = "The request carries no redemptions. Send 1 to {limit}."
    zh = "请求不含任何核销，请发送 1 至 {limit} 笔。"


class TooManyRedemptions(Invalid):
    en = "The request carries {count} redemptions; at most {limit} are allowed. Split it into several requests."
    zh = "请求包含 {count} 笔核销，最多 {limit} 笔，请拆分为多个请求。"


def redemptions_of(request: pb2.UploadRedemptionsRequest) -> Sequence[pb2.RedeemCouponRequest]:
    """The redemptions of an upload, each a request of its own; refuses an empty or overlong request as a whole."""
    if not request.redemptions:
        raise NothingRedeemed("redemptions", limit=REDEMPTIONS_MAX)
    if len(request.redemptions) > REDEMPTIONS_MAX:
        raise TooManyRedemptions("redemptions", count=len(request.redemptions), limit=REDEMPTIONS_MAX)
    return request.redemptions


def upload_response(outcomes: Sequence[Outcome], language: str) -> pb2.UploadRedemptionsResponse:
    """One result per redemption: stored, the same as before, or refused with the reason and the field at fault."""
    return pb2.UploadRedemptionsResponse(results=[_result(outcome, language) for outcome in outcomes])


def _result(outcome: Outcome, language: str) -> pb2.RedemptionResult:
    if outcome.failure is not None:
        refusal = outcome.failure.refusal
        return pb2.RedemptionResult(
            request_id=outcome.request_id,
            status=pb2.REDEMPTION_STATUS_REFUSED,
            reason=refusal.reason,
            field=refusal.field,
            message=refusal.message(language),
        )
    return pb2.RedemptionResult(
        request_id=outcome.request_id,
        status=pb2.REDEMPTION_STATUS_SAME_AS_BEFORE if outcome.replayed else pb2.REDEMPTION_STATUS_STORED,
        coupon_id=outcome.response.coupon_id,
        batch_code=outcome.response.batch_code,
    )


SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["CouponService"],
    {
        "PutCouponBatches": write(put_coupon_batches, pb2.PutCouponBatchesResponse, needs=MANAGE),
        "GetCouponBatch": read(get_coupon_batch, pb2.GetCouponBatchResponse, needs=READ, into="batch"),
        "ListCouponBatches": read(list_coupon_batches, pb2.ListCouponBatchesResponse, needs=READ),
        "JoinCouponAudience": write(join_coupon_audience, pb2.JoinCouponAudienceResponse, needs=MANAGE),
        "IssueCoupons": write(issue_coupons, pb2.IssueCouponsResponse, needs=MANAGE),
        "IssueBirthdayCoupons": write(issue_birthday_coupons, pb2.IssueBirthdayCouponsResponse, needs=MANAGE),
        "ClaimCoupon": write(claim_coupon, pb2.ClaimCouponResponse, needs="coupons.claim", own="member_key"),
        "ListCoupons": read(list_coupons, pb2.ListCouponsResponse, needs=READ, own="member_key"),
        "GetCoupon": read(get_coupon, pb2.GetCouponResponse, needs=READ),
        "VoidCoupons": write(void_coupons, pb2.VoidCouponsResponse, needs=MANAGE),
        "TransferCoupon": write(transfer_coupon, pb2.TransferCouponResponse, needs="coupons.claim"),
        "HoldCoupons": write(hold_coupons, pb2.HoldCouponsResponse, needs=REDEEM),
        "ReleaseCoupons": write(release_coupons, pb2.ReleaseCouponsResponse, needs=REDEEM),
        "RedeemCoupon": batched(redeem_coupons, pb2.RedeemCouponResponse, needs=REDEEM),
        "UploadRedemptions": batched_many(
            "RedeemCoupon",
            pb2.UploadRedemptionsResponse,
            split=redemptions_of,
            join=upload_response,
            needs=REDEEM,
            bytes_max=BULK_REQUEST_BYTES_MAX,
        ),
    },
)
