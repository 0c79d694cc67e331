"""Whether the seller may do to a basket what was done to it by hand: permissions, their limits, and approvals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from application.ports.sales import StoredApproval
from application.sales.basket import ResolvedBasket
from domain.identity.approval import UnknownApproval, check_usable
from domain.identity.enrolment import secret_digest
from domain.identity.limits import Limit, limit_of
from domain.identity.organisation import Caller, CallerKind
from domain.pricing.basket import PricedBasket
from domain.pricing.by_hand import ByHand, HandLine, measured
from domain.pricing.offers import RATE_BP
from domain.shared.errors import Forbidden, Invalid
from domain.shared.money import Rounding, divide

APPROVALS_MAX: Final = 10

MANUAL_DISCOUNT: Final = "sales.manual_discount"
PRICE_OVERRIDE: Final = "sales.price_override"
PRICE_ABOVE_LIST: Final = "sales.price_above_list"
BELOW_FLOOR: Final = "sales.below_floor"
TAX_EXEMPT: Final = "sales.tax_exempt"
OWN_PURCHASE: Final = "sales.own_purchase"
"""For which the seller needs somebody else whatever they may do themselves."""


class TooManyApprovals(Invalid):
    en = "A sale takes at most {limit} approval tokens."
    zh = "一笔销售最多使用 {limit} 个审批令牌。"


class ApprovalNeeded(Forbidden):
    en = "This goes beyond what you may do: {action} for {amount_minor}. Have a supervisor approve exactly that."
    zh = "超出您的权限：{action}，金额 {amount_minor}。请由主管对此操作和金额进行审批。"


class ApprovalTooLow(Forbidden):
    en = "This goes beyond what the approver may do: {action} for {amount_minor}. Ask somebody with higher limits."
    zh = "超出审批人的权限：{action}，金额 {amount_minor}。请由限额更高的人审批。"


@dataclass(slots=True)
class Act:
    """What somebody did to a basket by hand: the permission that it needs, its amount, and the field that shows it.

    `beyond` tells whether it goes beyond a limit.
    """

    action: str
    amount_minor: int
    field: str
    beyond: Callable[[Limit], bool]


@dataclass(slots=True)
class ApprovalNeed:
    """An action that the seller may not do, or not so far, and the amount that somebody else has to approve."""

    action: str
    amount_minor: int
    field: str


def by_hand(basket: ResolvedBasket, priced: PricedBasket, *, below_floor: Sequence[int] | None = None) -> ByHand | None:
    """What people did to the basket; None when nobody did anything, which costs next to nothing to find out."""
    acted = (
        basket.by_hand
        or below_floor
        # Promotions stop at the floor, so otherwise only what a terminal states can be below it.
        or any(request.terminal is not None and request.floor_minor for request in priced.requests)
    )
    if not acted:
        return None
    found = measured(priced, Rounding(basket.policies.rounding_mode), below_floor=below_floor)
    if basket.staff_buyer is not None and basket.staff_buyer.own:
        found.own_purchase_minor = priced.total_minor
    return found


def approvals_needed(hand: ByHand | None, *, basket: ResolvedBasket, caller: Caller) -> list[ApprovalNeed]:
    """What the seller needs another person for, in the order in which it would be refused."""
    if hand is None:
        return []
    return [
        ApprovalNeed(act.action, act.amount_minor, act.field)
        for act in _acts(hand, Rounding(basket.policies.rounding_mode))
        if act.action == OWN_PURCHASE or not caller.may(act.action) or act.beyond(limit_of(act.action, caller.limits))
    ]


def approvals_used(
    hand: ByHand | None,
    *,
    basket: ResolvedBasket,
    caller: Caller,
    request_id: str,
    at: datetime,
    tokens: Sequence[str],
    approvals: Mapping[bytes, StoredApproval],
) -> list[StoredApproval]:
    """The approvals that let the seller do what was done, all that were sent; nothing is changed.

    Raises what is wrong with an approval, with its place, ApprovalTooLow, and ApprovalNeeded for what is not approved.
    """
    if hand is None and not tokens:
        return []
    needed = {need.action: need for need in approvals_needed(hand, basket=basket, caller=caller)}
    used: list[StoredApproval] = []
    for place, token in enumerate(tokens):
        field = f"approval_tokens[{place}]"
        stored = approvals.get(secret_digest(token))
        if stored is None:
            raise UnknownApproval(field)
        approval = stored.approval
        check_usable(
            approval,
            used=stored.used or stored in used,
            store_id=basket.store.store_id,
            sale_request_id=request_id,
            amounts={action: need.amount_minor for action, need in needed.items()},
            seller_id=caller.staff_id,
            at_terminal=caller.kind is CallerKind.TERMINAL,
            at=at,
            field=field,
        )
        need = needed.pop(approval.action)
        assert hand is not None
        act = next(act for act in _acts(hand, Rounding(basket.policies.rounding_mode)) if act.action == need.action)
        if act.beyond(approval.limit):
            raise ApprovalTooLow(field, action=need.action, amount_minor=need.amount_minor)
        used.append(stored)
    for need in needed.values():
        raise ApprovalNeeded(f"basket.{need.field}", action=need.action, amount_minor=need.amount_minor)
    return used


def _acts(hand: ByHand, rounding: Rounding) -> list[Act]:
    """Everything that was done and needs a permission."""
    acts = []
    manual = [line for line in hand.lines if line.manual_minor]
    if manual or hand.basket_off_minor:
        field = f"lines[{manual[0].position}].discounts" if manual else "discounts"
        acts.append(Act(MANUAL_DISCOUNT, hand.off_minor, field, _beyond(hand, manual, rounding)))
    overridden = [line for line in hand.lines if line.overridden]
    lowered = [line for line in overridden if line.off_minor > line.manual_minor]
    if lowered:
        field = f"lines[{lowered[0].position}].price_override"
        acts.append(Act(PRICE_OVERRIDE, hand.off_minor, field, _beyond(hand, lowered, rounding)))
    raised = [line for line in overridden if line.above_minor]
    if raised:
        field = f"lines[{raised[0].position}].price_override"
        acts.append(Act(PRICE_ABOVE_LIST, hand.above_minor, field, lambda _: False))
    if hand.below_floor:
        acts.append(Act(BELOW_FLOOR, hand.below_floor_minor, f"lines[{hand.below_floor[0]}]", lambda _: False))
    if hand.exempt_minor:
        acts.append(Act(TAX_EXEMPT, hand.exempt_minor, "tax_exemption", lambda _: False))
    if hand.own_purchase_minor:
        acts.append(Act(OWN_PURCHASE, hand.own_purchase_minor, "staff_buyer_code", lambda _: False))
    return acts


def _beyond(hand: ByHand, lines: Sequence[HandLine], rounding: Rounding) -> Callable[[Limit], bool]:
    """Whether one of the lines, or the sale, has more taken off by hand than a limit lets."""

    def share(base: int, rate_bp: int) -> int:
        # Rounded as a discount of this rate is, so that a limit of 5 % lets 5 %.
        return divide(base * rate_bp, RATE_BP, rounding)

    def beyond(limit: Limit) -> bool:
        line_bp, sale_bp = limit.line_share_bp_max, limit.sale_share_bp_max
        for line in lines:
            if line_bp and line.off_minor > share(line.base_minor, line_bp):
                return True
            if limit.line_minor_max and line.off_minor > limit.line_minor_max:
                return True
        if sale_bp:
            together = share(sum(hand.bases), sale_bp)
            if hand.off_minor > max(together, sum([share(base, sale_bp) for base in hand.bases])):
                return True
        return bool(limit.sale_minor_max) and hand.off_minor > limit.sale_minor_max

    return beyond
