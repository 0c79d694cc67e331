"""A supervisor approves what the seller of one sale may not do alone."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from application.fields import required_name, within
from application.identity.identifying import identified
from application.ports.kernel import UnitOfWork
from application.scope import UnknownStore, store_in_scope
from domain.identity.approval import APPROVAL_LASTS, Approval, MayNotApprove, SelfApproval, checked_action
from domain.identity.enrolment import secret_digest
from domain.identity.limits import EVERYTHING, Limit, limit_of
from domain.identity.organisation import Store
from domain.identity.staff import StaffMember
from domain.shared.errors import Invalid, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX


class ApproverNeeded(Rejected):
    en = "Send the supervisor's staff_code and pin, or let the supervisor sign in and approve."
    zh = "请提供主管的 staff_code 和 pin，或由主管登录后审批。"


class NotASaleRequestId(Invalid):
    en = "sale_request_id is the request_id under which the sale will be sent: a UUID of 36 characters."
    zh = "sale_request_id 是发送该销售时使用的 request_id：36 字符的 UUID。"


@dataclass(frozen=True, slots=True)
class Approve:
    """What is to be approved: an action of one sale, and its amount to the minor unit.

    Without `staff_code` and `pin` it is whoever is signed in who approves.
    """

    action: str
    sale_request_id: str
    amount_minor: int
    reason: str
    staff_code: str = ""
    pin: str = field(default="", repr=False)
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class Approved:
    approval_token: str = field(repr=False)
    expires_at: datetime
    approver_code: str


def approve(uow: UnitOfWork, command: Approve) -> Approved:
    """Lets one sale do one thing beyond what its seller may, once and within 120 seconds.

    The approver is a person who may do it, as far as the amount shows already; how far, is kept with the approval, and
    the sale is measured by that. Wrong PINs count as at signing in. Nobody approves what they sell themselves.
    """
    checked_action(command.action, field="action")
    within(command.amount_minor, 0, AMOUNT_MINOR_MAX, field="amount_minor")
    reason = required_name(command.reason, field="reason")
    sale_request_id = _sale_request_id(command.sale_request_id)
    uow.refresh()
    store = store_in_scope(uow, command.store_code)
    approver = _approver(uow, command, store)
    limit = _limit(uow, approver, command)
    token = uow.secrets.new_token()
    by_pin = bool(command.staff_code)
    approval = Approval(
        approval_id=uow.new_id(),
        token_digest=secret_digest(token),
        action=command.action,
        store_id=store.store_id,
        sale_request_id=sale_request_id,
        amount_minor=command.amount_minor,
        reason=reason,
        bounds=asdict(limit),
        approver_id=approver.staff_id,
        terminal_id=uow.caller.caller_id,
        seller_id=uow.caller.staff_id if by_pin else None,
        approved_at=uow.now,
        expires_at=uow.now + APPROVAL_LASTS,
    )
    uow.add(approval)
    return Approved(token, approval.expires_at, approver.code)


def _approver(uow: UnitOfWork, command: Approve, store: Store) -> StaffMember:
    caller = uow.caller
    if command.staff_code:
        approver = identified(uow, staff_code=command.staff_code, pin=command.pin, store=store)
        if approver.staff_id == caller.staff_id:
            raise SelfApproval("staff_code")
        return approver
    signed_in = uow.identity.staff_member(caller.staff_code) if caller.staff_id is not None else None
    if signed_in is None:
        raise ApproverNeeded("staff_code")
    if not signed_in.may_work_in(store):
        raise UnknownStore("store_code", store_code=store.code)
    return signed_in


def _limit(uow: UnitOfWork, approver: StaffMember, command: Approve) -> Limit:
    """How far the person's own role goes, whatever the terminal may do; raises MayNotApprove."""
    role = uow.identity.role(approver.role_id)
    limit = limit_of(command.action, role.limits)
    may = command.action in role.permissions or EVERYTHING in role.permissions
    if not may or (limit.sale_minor_max and command.amount_minor > limit.sale_minor_max):
        raise MayNotApprove("action", action=command.action)
    return limit


def _sale_request_id(text: str) -> str:
    try:
        if len(text) == 36:
            return str(UUID(text))
    except ValueError:
        pass
    raise NotASaleRequestId("sale_request_id")
