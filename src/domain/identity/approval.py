"""Approvals: a second person lets one sale do what its seller may not, once, within two minutes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from domain.identity.limits import LIMITED, Limit
from domain.shared.errors import Forbidden, Invalid, Rejected

APPROVABLE: Final = LIMITED | {
    "sales.price_above_list", "sales.below_floor", "sales.refund_in_cash", "loyalty.adjust", "membership.merge",
    "shifts.beyond", "sales.tax_exempt", "sales.refund_beyond",
    "sales.refund_without_receipt", "sales.own_purchase", "inventory.adjust_beyond",
}  # fmt: skip
"""What somebody who may do it can approve for one sale, adjustment or merge of somebody who may not so far."""

APPROVAL_LASTS: Final = timedelta(seconds=120)


class NotApprovable(Invalid):
    en = "“{action}” is nothing that can be approved. Choose one of: {approvable}."
    zh = "“{action}”不是可审批的操作。可用：{approvable}。"


class MayNotApprove(Forbidden):
    en = "You lack the permission “{action}” yourself, or your limit is lower. Ask somebody who may."
    zh = "您本人没有权限“{action}”，或限额不足。请由有权限的人员审批。"


class SelfApproval(Forbidden):
    en = "Nobody approves their own sale. Ask another person to approve it."
    zh = "不能审批自己的销售，请由他人审批。"


class UnknownApproval(Rejected):
    en = "There is no such approval for this store. Ask for a new one."
    zh = "本店没有此审批，请重新申请。"


class ApprovalForOther(Rejected):
    en = "This approval is for another {what}. Ask for one for this sale, action and amount."
    zh = "此审批针对另一个{what}。请针对本次销售、操作和金额重新申请。"


class ApprovalExpired(Rejected):
    en = "The approval has expired; it holds for {seconds} seconds. Ask for a new one."
    zh = "审批已过期（有效 {seconds} 秒），请重新申请。"


class ApprovalUsed(Rejected):
    en = "The approval has been used already; it works once. Ask for a new one."
    zh = "此审批已被使用，只能使用一次。请重新申请。"


class SellerUnknown(Forbidden):
    en = "Nobody is signed in here, so nobody can tell that two people agreed. Sign in, then send the sale again."
    zh = "本终端无人登录，无法确认由两人共同办理。请登录后重新发送。"


@dataclass(slots=True)
class Approval:
    """What was approved, by whom, and how far that person might go then (`bounds`: a Limit by its fields).

    `sale_request_id` is the request id under which the sale, or the adjustment of points, will be sent; `terminal_id`
    and `seller_id` tell where it was asked for, and who was signed in there.
    """

    approval_id: int
    token_digest: bytes
    action: str
    store_id: int
    sale_request_id: str
    amount_minor: int
    reason: str
    bounds: Mapping[str, Any]
    approver_id: int
    terminal_id: int
    seller_id: int | None
    approved_at: datetime
    expires_at: datetime

    @property
    def limit(self) -> Limit:
        return Limit(**self.bounds)


@dataclass(slots=True)
class ApprovalUse:
    """The one use of an approval: by which sale, whose, and when."""

    approval_id: int
    sale_id: int
    terminal_id: int
    seller_id: int | None
    used_at: datetime


def checked_action(action: str, *, field: str) -> str:
    """The action as it is. Raises NotApprovable."""
    if action not in APPROVABLE:
        raise NotApprovable(field, action=action[:64], approvable=", ".join(sorted(APPROVABLE)))
    return action


def check_usable(
    approval: Approval,
    *,
    used: bool,
    store_id: int,
    sale_request_id: str,
    amounts: Mapping[str, int],
    seller_id: int | None,
    at_terminal: bool,
    at: datetime,
    field: str,
) -> None:
    """Refuses an approval that is not for exactly this: the store, the sale, one of its actions and that amount.

    `amounts` are those of the actions of the sale that need one. A terminal needs somebody signed in who is not the
    approver; a service has no seller.
    """
    if approval.store_id != store_id:
        raise UnknownApproval(field)
    if approval.sale_request_id != sale_request_id:
        raise ApprovalForOther(field, what="sale")
    if used:
        raise ApprovalUsed(field)
    if not approval.approved_at <= at < approval.expires_at:
        raise ApprovalExpired(field, seconds=APPROVAL_LASTS // timedelta(seconds=1))
    if approval.action not in amounts:
        raise ApprovalForOther(field, what="action")
    if amounts[approval.action] != approval.amount_minor:
        raise ApprovalForOther(field, what="amount")
    if seller_id == approval.approver_id:
        raise SelfApproval(field)
    if at_terminal and seller_id is None:
        raise SellerUnknown(field)
