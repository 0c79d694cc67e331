"""One valid request for every RPC that serves the benefits of tiers, beside those of tiers themselves."""

from typing import Final

from liansuo.pricing.v1 import coupon_pb2
from tests.stress.chain import COUPONS
from tests.stress.requests import Valid

BIRTHDAYS: Final[dict[str, Valid]] = {
    "IssueBirthdayCoupons": lambda key, _: coupon_pb2.IssueBirthdayCouponsRequest(request_id=key, batch_code=COUPONS),
}
