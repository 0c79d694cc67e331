"""Questions about coupons."""

from dataclasses import dataclass, field
from typing import Final

from application.coupon_ledger import UnknownCoupon
from application.named_members import member_id_of
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.pricing.coupon_batches import batch_of
from application.pricing.coupon_views import CouponHistory, CouponPage
from domain.shared.errors import Invalid

EVENTS_SHOWN_MAX: Final = 100


class BatchOrMember(Invalid):
    en = "Name either the batch or the member whose coupons are wanted."
    zh = "请指定批次或会员，二者只能选一。"


@dataclass(frozen=True, slots=True)
class ListCoupons:
    batch_code: str = ""
    member_key: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class GetCoupon:
    code: str = field(repr=False)


def list_coupons(uow: UnitOfWork, query: ListCoupons) -> CouponPage:
    """The coupons of a batch, or of a member with the shared codes that the member holds, by id.

    Raises UnknownCouponBatch and UnknownMember.
    """
    if bool(query.batch_code) == bool(query.member_key):
        raise BatchOrMember("batch_code")
    asked = page(query.page_size, query.page_token, key=(int,))
    after = asked.after[0] if asked.after else 0
    if query.batch_code:
        batch = batch_of(uow, query.batch_code, field="batch_code")
        rows = uow.coupons.list_of_batch(batch.batch_id, after=after, limit=asked.limit + 1)
    else:
        member_id = member_id_of(uow, query.member_key) or 0
        rows = uow.coupons.list_of_member(member_id, after=after, limit=asked.limit + 1)
    return CouponPage(rows[: asked.limit], next_token(rows, asked.limit, lambda row: (row.coupon_id,)))


def get_coupon(uow: UnitOfWork, query: GetCoupon) -> CouponHistory:
    """The coupon with this code and its newest hundred events, newest first; raises UnknownCoupon."""
    view = uow.coupons.view(query.code)
    if view is None:
        raise UnknownCoupon("code")
    return CouponHistory(view, uow.coupons.history(view.coupon_id, limit=EVENTS_SHOWN_MAX))
