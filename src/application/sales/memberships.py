"""Sales that bring paid memberships, and refunds of periods that have not begun."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from application.membership_ledger import record_movement, tier_left, tier_paid_for
from application.policies import Policies
from application.ports.identity import Chain
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberAccount
from application.ports.sales import StoredSale
from application.ports.tiers import MemberTier
from application.sales.basket import ResolvedBasket
from application.scope import latest_day
from application.tier_entries import TierDecision, record_decisions
from application.transactor import Call
from domain.membership.paid import MembershipReason, PaidMembership, end_after, take_back
from domain.membership.tier import MembershipPlan, TierCause, window_on
from domain.pricing.goods import UNIT_MILLI
from domain.sales.sale import Sale, SaleLine
from domain.shared.errors import Invalid, Rejected

UNITS_MAX: Final = 120
WHOLE: Final = "whole"
"""The value of `membership_refund` by which a membership that has begun may be refunded too."""


class MembershipNeedsMember(Rejected):
    en = "“{sku}” is a membership of somebody. Send member_key."
    zh = "“{sku}”为付费会员，须归属会员，请提供 member_key。"


class MembershipIsNoGoods(Rejected):
    en = "“{sku}” is sold as a membership and kept in stock. Put the product with unstocked."
    zh = "“{sku}”作为付费会员出售，不能有库存，请将商品设为 unstocked。"


class PeriodsAreCounted(Invalid):
    en = "“{sku}” brings a period for each whole unit. Buy 1 to {units_max} of them."
    zh = "“{sku}”每单位为一期，请购买 1 至 {units_max} 期的整数数量。"


class LaterMembershipFirst(Rejected):
    en = "A membership that follows this one has been bought. Take that one back first."
    zh = "该会员已购买后续期，请先退回后续期。"


@dataclass(frozen=True, slots=True)
class Bought:
    """A line that has brought a membership, of a sale that is recorded."""

    plan: MembershipPlan
    member_id: int
    call: Call[Any]
    sale: Sale
    line: SaleLine


def plans_in(basket: ResolvedBasket, chain: Chain) -> dict[int, MembershipPlan]:
    """The lines that are memberships, by their place; a chain without plans looks at no line."""
    if chain.tier_programme is None or not chain.tier_programme.programme.plans:
        return {}
    plans = {plan.sku: plan for plan in chain.tier_programme.programme.plans}
    found = {index: plans.get(line.product.product.sku) for index, line in enumerate(basket.lines)}
    return {index: plan for index, plan in found.items() if plan is not None}


def check_memberships(basket: ResolvedBasket, chain: Chain, member: MemberAccount | None, *, field: str) -> None:
    """Refuses a membership for nobody, and one of no whole number of units; `field` is that of the lines."""
    for index in plans_in(basket, chain):
        line = basket.lines[index]
        if not line.product.product.unstocked:
            raise MembershipIsNoGoods(f"{field}[{index}].sku", sku=line.sku)
        if member is None:
            raise MembershipNeedsMember(f"{field}[{index}].sku", sku=line.sku)
        units, rest = divmod(line.quantity_milli, UNIT_MILLI)
        if rest or not 1 <= units <= UNITS_MAX:
            raise PeriodsAreCounted(f"{field}[{index}].quantity_milli", sku=line.sku, units_max=UNITS_MAX)


def begin_memberships(uow: UnitOfWork, bought: Sequence[Bought]) -> None:
    """Opens the memberships of a batch and moves their members' tiers, with the same statements for any number.

    Who has one of the same plan renews it: the new one begins when that ends.
    """
    stored = uow.chain.tier_programme
    if not bought or stored is None:
        return
    ids = sorted({one.member_id for one in bought})
    members = {one.member_id: one for one in uow.tiers.lock(ids)}
    held: dict[int, list[PaidMembership]] = {member_id: [] for member_id in ids}
    for one in uow.paid_memberships.lock_open(ids):
        held[one.member_id].append(one)
    decisions = []
    for each in bought:
        member, own = members[each.member_id], held[each.member_id]
        made = _opened(uow, each, own, member)
        own.append(made)
        renewed = [one for one in own if one.starts_on <= each.sale.business_date or one.plan_code == made.plan_code]
        decision = tier_paid_for(stored, member, renewed, each.call.caller)
        if decision is not None:
            decisions.append(decision)
            members[each.member_id] = replace(
                member, tier=decision.to_tier, entries=member.entries + 1, valid_until=decision.valid_until
            )
    record_decisions(uow, decisions, cause=TierCause.PAID, version=stored.version, on=latest_day(uow))


def _opened(uow: UnitOfWork, each: Bought, own: Sequence[PaidMembership], member: MemberTier) -> PaidMembership:
    plan, sale, line = each.plan, each.sale, each.line
    starts_on = max([sale.business_date, *[one.ends_on for one in own if one.plan_code == plan.code]])
    units, value = line.quantity_milli // UNIT_MILLI, line.net_minor - line.deferred_minor
    # What is beside all memberships was noted by the first of them.
    earned, until = (own[0].earned_tier, own[0].earned_until) if own else (member.tier, member.valid_until)
    made = PaidMembership(
        membership_id=uow.new_id(),
        member_id=each.member_id,
        plan_code=plan.code,
        tier=plan.tier,
        sale_id=sale.sale_id,
        line_number=line.line_number,
        currency=sale.currency,
        store_id=sale.store_id,
        unit_months=plan.months,
        unit_days=plan.days,
        units=units,
        starts_on=starts_on,
        ends_on=end_after(starts_on, units, plan),
        value_minor=value,
        released_minor=0,
        released_to=starts_on,
        ended=False,
        earned_tier=earned,
        earned_until=until,
        sold_at=sale.sold_at,
    )
    uow.add(made)
    record_movement(
        uow, MembershipReason.SOLD,
        membership_id=made.membership_id, value_minor=value, currency=made.currency, store_id=sale.store_id,
        on=sale.business_date, at=sale.stored_at, caller=each.call.caller, document_id=sale.sale_id,
    )  # fmt: skip
    return made


def take_memberships_back(
    uow: UnitOfWork, original: StoredSale, lines: Sequence[SaleLine], reversal: Sale, policies: Policies
) -> None:
    """Takes units of lines that come back off their memberships, and the tier with the last of them.

    A sale whose returned lines have all cost something is asked nothing. Raises MembershipBegun and
    LaterMembershipFirst.
    """
    returned = {
        line.original_line_number: -line.quantity_milli // UNIT_MILLI
        for line in lines
        # What is kept without stock has cost nothing.
        if line.quantity_milli and not line.cost_minor
    }
    if original.sale.member_id is None or not returned:
        return
    wanted = {one.membership_id for one in uow.paid_memberships.of_sale(original.sale.sale_id)}
    if not wanted:
        return
    member_id = original.sale.member_id
    tiers = uow.tiers.lock([member_id])
    own = list(uow.paid_memberships.lock_open([member_id]))
    lasted = {one.tier: max(each.ends_on for each in own if each.tier == one.tier) for one in own}
    moved = []
    for one in [each for each in own if each.membership_id in wanted and returned.get(each.line_number)]:
        if any(other.plan_code == one.plan_code and other.starts_on >= one.ends_on for other in own if not other.ended):
            raise LaterMembershipFirst("lines")
        value = take_back(
            one, returned[one.line_number],
            on=reversal.business_date, whole=policies.membership_refund == WHOLE, field="lines",
        )  # fmt: skip
        moved.append(one)
        record_movement(
            uow, MembershipReason.RETURNED,
            membership_id=one.membership_id, value_minor=-value, currency=one.currency, store_id=one.store_id,
            on=reversal.business_date, at=uow.now, caller=uow.caller, document_id=reversal.sale_id,
        )  # fmt: skip
    uow.paid_memberships.move(moved)
    if moved and tiers:
        _lower(uow, tiers[0], own, [one for one in moved if one.ended], lasted)


def _lower(
    uow: UnitOfWork,
    member: MemberTier,
    own: Sequence[PaidMembership],
    ended: Sequence[PaidMembership],
    lasted: Mapping[str, date],
) -> None:
    """Takes the tier away that was paid for, or ends it as much earlier as periods came back."""
    stored = uow.chain.tier_programme
    if stored is None:
        return
    on = latest_day(uow)
    still_open = [one for one in own if not one.ended]
    decision = None
    if until := max((one.ends_on for one in still_open if one.tier == member.tier), default=None):
        if member.valid_until == lasted[member.tier] > until:
            decision = TierDecision(member, member.tier, until)
    elif ended:
        figures = uow.tiers.figures([member.member_id], stored.programme, window=window_on(stored.programme, on))
        decision = tier_left(stored, member, ended, still_open, figures, on)
    if decision is not None:
        record_decisions(uow, [decision], cause=TierCause.PAID_END, version=stored.version, on=on)
