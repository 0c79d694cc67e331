"""Recording a decided sale: every entry that it leaves behind, and the receipt.

Nothing here refuses: what could refuse has been asked before, so that a command leaves all of its entries or none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from application.coupon_ledger import Use
from application.layering import record_layers
from application.points_ledger import repay_debts
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberAccount
from application.ports.points_pools import SharedPoints
from application.ports.sales import StoredApproval
from application.ports.serial_numbers import SerialKey
from application.reserving import take_reserved
from application.sales.basket import ResolvedBasket, ResolvedLine
from application.sales.coupons import ShownCoupons, award_earned, coupon_costs, use_coupons
from application.sales.earning import Earned
from application.sales.exempting import exempted_by, exemption_of
from application.sales.gift_cards import GiftCardPaid, take_from_gift_cards
from application.sales.issuing import Issued, record_issued
from application.sales.limiting import Limited, beyond_warnings, record_uses
from application.sales.memberships import Bought, plans_in
from application.sales.on_account import Charge, record_charge
from application.sales.paying import PaymentTaken, take_payments
from application.sales.pool_spending import record_spending
from application.sales.serial_numbers import record_serials, sold_pieces
from application.sales.staff_buying import StaffBought, record_bought
from application.sales.stored_value import REDEEMING, StoredValuePaid, clearing_of, take_stored_value
from application.sales.tender import Tender
from application.sales.times_cards import open_times_cards
from application.sales.tipping import tip_of
from application.sales.upgrading import Upgrade
from application.sales.views import SaleLineView, SaleTenderView, SaleView
from application.sales.vouchers import record_vouchers
from application.transactor import Call
from domain.finance.accounts import CLEARING_BY_TENDER, GIFT_CARD_LIABILITY
from domain.finance.drop_ship_postings import supplied_postings
from domain.finance.journal import JournalEntry, balanced
from domain.finance.sale_postings import sale_postings
from domain.identity.approval import ApprovalUse
from domain.inventory.components import SaleComponent
from domain.inventory.costing import apply_issue
from domain.inventory.reservation import ReservedGoods
from domain.inventory.stock import MovementReason, StockLevel, StockMovement
from domain.loyalty.ledger import PointsEntry, PointsLot, PointsReason
from domain.loyalty.redemption import LotUse, expiry_date
from domain.membership.lifecycle import LifecycleNote
from domain.pricing.basket import PricedBasket
from domain.pricing.facts import ENGINE_VERSION, facts_of
from domain.sales.facts import SaleFacts
from domain.sales.sale import Sale, SaleKind, SaleLine, SaleTender, TenderKind, late_hours
from domain.sales.serial_number import SerialEntry
from domain.sales.tenders import Settlement
from domain.sales.voucher import VoucherEntry, VoucherKey
from domain.shared.applied import given_by


@dataclass(slots=True)
class Sold:
    """A sale that nothing refuses any more.

    `levels`, `lots`, `debts`, `accounts` and `shared` (the pool that pays) are the loaded state that it changes.
    `memberships` are what it has brought, once it is recorded. `paid_kinds` are what had been paid for goods that pay
    in an exchange, by the number of the tender.
    """

    call: Call[Any]
    receipt_sequence: int
    uploaded: bool
    basket: ResolvedBasket
    priced: PricedBasket
    tenders: list[Tender]
    settlement: Settlement
    member: MemberAccount | None
    redeemed: list[LotUse]
    earned: Earned | None
    sold_at: datetime
    sold_on: date
    levels: Mapping[tuple[int, int], StockLevel]
    lots: dict[int, list[PointsLot]]
    debts: Mapping[int, list[PointsLot]]
    accounts: Mapping[int, MemberAccount]
    warnings: list[str]
    promotions_version: int
    coupons: ShownCoupons | None = None
    limited: Limited | None = None
    approvals: list[StoredApproval] = field(default_factory=list)
    stored_value: StoredValuePaid | None = None
    gift_cards: list[GiftCardPaid] = field(default_factory=list)
    payments: list[PaymentTaken] = field(default_factory=list)
    upgrade: Upgrade | None = None
    charge: Charge | None = None
    issued: Issued | None = None
    memberships: list[Bought] = field(default_factory=list)
    shared: SharedPoints | None = None
    serials: dict[SerialKey, SerialEntry] = field(default_factory=dict)
    paid_kinds: Mapping[int, TenderKind] = field(default_factory=dict)
    vouchers: dict[VoucherKey, VoucherEntry] = field(default_factory=dict)
    tip_staff_id: int | None = None
    bought: StaffBought | None = None
    reserved: ReservedGoods | None = None


def record_sale(uow: UnitOfWork, sold: Sold) -> SaleView:
    """Adds the sale, its lines and tenders, movements, points, journal entry and event; returns the receipt."""
    sale_id = uow.new_id()
    costs = _issue_stock(uow, sold, sale_id)
    if sold.reserved is not None:
        take_reserved(uow, sold.reserved, sold.basket.stock_milli, sold.levels, sale_id)
    gift_cost = sum([cost for line, cost in zip(sold.basket.lines, costs, strict=True) if line.gift_promotion_code])
    points_redeemed = sum(use.points for use in sold.redeemed)
    points_earned = sold.earned.points if sold.earned else 0
    repaid = 0
    if sold.member is not None:
        # The next command of the batch is one visit later.
        sold.member.visits += 1
        if sold.member.watched:
            uow.add(LifecycleNote(uow.new_id(), sold.member.member_id, sold.sold_on))
        if points_redeemed or points_earned:
            repaid = _move_points(uow, sold, sold.member, sale_id)
    if sold.limited is not None:
        _use_promotions(uow, sold, sold.limited, sale_id)
    if sold.issued is not None:
        _draw_on_quotas(uow, sold, sold.issued, sale_id)
    sale = _header(sold, sale_id, points_earned, points_redeemed)
    lines = _lines(sold, sale_id, costs)
    uow.add(sale, *lines, *_tenders(sold, sale_id))
    _record_what_pays(uow, sold, sale)
    if sold.basket.times_cards and sold.member is not None:
        open_times_cards(uow, sold.basket, sold.member, sold.call, sale, lines)
    if sold.member is not None and (plans := plans_in(sold.basket, uow.chain)):
        member_id = sold.member.member_id
        sold.memberships = [Bought(plan, member_id, sold.call, sale, lines[index]) for index, plan in plans.items()]
    if sold.basket.asked:
        record_serials(uow, sold.basket, sold.serials, sale, lines)
    _record_what_few_have(uow, sold, sale)
    facts = facts_of(sold.priced)
    if facts is not None:
        uow.add(SaleFacts(sale_id, ENGINE_VERSION, sold.promotions_version, facts))
    _use_approvals(uow, sold, sale_id)
    _post(uow, sold, sale, sum(costs) - gift_cost, gift_cost, repaid)
    uow.publish(
        "SaleCompleted",
        sale_id,
        {
            "sale_id": sale_id,
            "store_id": sale.store_id,
            "member_id": sale.member_id,
            "business_date": sale.business_date.isoformat(),
            "total_minor": sale.total_minor,
            "currency": sale.currency,
        },
    )
    view = _view(uow, sold, sale, lines)
    if sold.priced.considered:
        view.coupons_awarded = award_earned(uow, sold.priced.considered, _use_of(sold), sale_id=sale_id)
    if sold.coupons is not None:
        view.coupons = use_coupons(
            uow, sold.coupons, sold.priced.considered, sale_id=sale_id, language=sold.call.caller.language
        )
        departments = uow.chain.departments
        view.coupon_costs = coupon_costs(sold.priced.considered, [departments[line.department_id] for line in lines])
    return view


def _record_what_pays(uow: UnitOfWork, sold: Sold, sale: Sale) -> None:
    """What the tenders take out of ledgers of their own."""
    if sold.stored_value is not None:
        take_stored_value(uow, sold.stored_value, sold.call, sale)
    if sold.gift_cards:
        take_from_gift_cards(uow, sold.gift_cards, sold.call, sale)
    if sold.payments:
        take_payments(uow, sold.payments, sold.call, sale)
    record_vouchers(uow, sold.tenders, sold.vouchers, sale)
    if sold.charge is not None:
        record_charge(uow, sold.charge, sold.call, sale)


def _record_what_few_have(uow: UnitOfWork, sold: Sold, sale: Sale) -> None:
    """The certificate of an exempt buyer, the purchase of a member of staff, and the tip."""
    basket = sold.basket
    if basket.tax_exemption is not None:
        uow.add(exemption_of(sale.sale_id, basket.tax_exemption, sold.priced))
    if sold.bought is not None and basket.staff_buyer is not None:
        staff_code, language = basket.staff_buyer.purchase.staff_code, sold.call.caller.language
        sold.warnings += record_bought(uow, sold.bought, sale, staff_code=staff_code, language=language)
    if sale.tip_minor:
        uow.add(tip_of(sale, staff_id=sold.tip_staff_id))


def _use_of(sold: Sold) -> Use:
    return Use(
        sold.member.member_id if sold.member else None,
        sold.basket.store,
        sold.call.caller,
        sold.sold_at,
        sold.call.received_at,
    )


def _use_approvals(uow: UnitOfWork, sold: Sold, sale_id: int) -> None:
    """No other sale may use them, the next of this batch included."""
    caller = sold.call.caller
    for stored in sold.approvals:
        stored.used = True
        uow.add(
            ApprovalUse(stored.approval.approval_id, sale_id, caller.caller_id, caller.staff_id, sold.call.received_at)
        )


def _issue_stock(uow: UnitOfWork, sold: Sold, sale_id: int) -> list[int]:
    """The cost of each line; movements are recorded and levels moved as the lines go."""
    location_id = sold.basket.store.store_id
    now = sold.call.received_at
    order = sold.call.command.order
    costs: list[int] = []
    movements = []
    for line, movement_id in zip(sold.basket.lines, uow.new_ids(len(sold.basket.lines)), strict=True):
        product = line.product.product
        quantity_milli = line.quantity_milli
        if product.unstocked or not quantity_milli:
            costs.append(0 if product.recipe is None else _issue_components(uow, sold, line, sale_id, len(costs) + 1))
            continue
        sku_id = product.sku_id
        supplied_cost = 0
        if order is not None and not line.gift_promotion_code:
            supplied_milli, supplied_cost = order.supplied.take(sku_id, quantity_milli)
            quantity_milli -= supplied_milli
            if not quantity_milli:
                costs.append(supplied_cost)
                continue
        level = sold.levels[location_id, sku_id]
        cost = apply_issue(level, quantity_milli=quantity_milli, on=sold.sold_on)
        reason = MovementReason.GIFT if line.gift_promotion_code else MovementReason.SALE
        movements.append(
            StockMovement(
                location_id, sku_id, movement_id, -quantity_milli, -cost, reason, sale_id, sold.sold_on, now
            )
        )  # fmt: skip
        costs.append(cost + supplied_cost)
        if level.costing:
            record_layers(uow, level, movements[-1])
    uow.add(*movements)
    return costs


def _issue_components(uow: UnitOfWork, sold: Sold, line: ResolvedLine, sale_id: int, line_number: int) -> int:
    """The cost of what a line is made of as it is sold; what it took is kept for its return."""
    location_id = sold.basket.store.store_id
    reason = MovementReason.GIFT if line.gift_promotion_code else MovementReason.SALE
    total = 0
    for sku_id, quantity_milli in line.product.product.takes(line.quantity_milli):
        level = sold.levels[location_id, sku_id]
        cost = apply_issue(level, quantity_milli=quantity_milli, on=sold.sold_on)
        movement = StockMovement(
            location_id, sku_id, uow.new_id(), -quantity_milli, -cost, reason, sale_id, sold.sold_on,
            sold.call.received_at,
        )  # fmt: skip
        uow.add(
            movement,
            SaleComponent(
                sale_id, line_number, sku_id, quantity_milli, cost, sale_id, line_number, line.quantity_milli
            ),
        )
        record_layers(uow, level, movement)
        total += cost
    return total


def _move_points(uow: UnitOfWork, sold: Sold, member: MemberAccount, sale_id: int) -> int:
    """Redeems first, so that a sale is never paid with its own points; then opens the lot of what it earned.

    Returns the liability of what of that repays points that the member owes.
    """
    store_id = sold.basket.store.store_id
    now = sold.call.received_at
    for lot, points, value in sold.redeemed:
        lot.points -= points
        lot.value_minor -= value
        # Of the member, or of somebody in their pool.
        sold.accounts[lot.member_id].points_balance -= points
        uow.add(
            PointsEntry(
                lot.member_id, uow.new_id(), lot.lot_id, -points, -value, PointsReason.REDEEMED, sale_id, store_id,
                sold.sold_on, now,
            )
        )  # fmt: skip
    if sold.shared is not None:
        record_spending(uow, member, sold.shared, sold.redeemed, sale_id=sale_id, on=sold.sold_on)
    earned = sold.earned
    if earned is None:
        return 0
    policies = sold.basket.policies
    expires_on = expiry_date(sold.sold_on, policy=policies.points_expiry)
    pending_days = policies.points_pending_days
    free_on = sold.sold_on + timedelta(days=pending_days) if pending_days else None
    lot = PointsLot(
        uow.new_id(), member.member_id, sale_id, sold.sold_on, expires_on, earned.points, earned.deferred_minor, free_on
    )
    member.points_balance += earned.points
    # The next command of the batch may spend them.
    sold.lots.setdefault(member.member_id, []).append(lot)
    uow.add(
        lot,
        PointsEntry(
            member.member_id, uow.new_id(), lot.lot_id, earned.points, earned.deferred_minor, PointsReason.EARNED,
            sale_id, store_id, sold.sold_on, now,
        ),
    )  # fmt: skip
    if not member.points_debt:
        return 0
    debts = sold.debts[member.member_id]
    return repay_debts(uow, member, lot, debts, document_id=sale_id, store_id=store_id, on=sold.sold_on, at=now)


def _use_promotions(uow: UnitOfWork, sold: Sold, limited: Limited, sale_id: int) -> None:
    beyond = record_uses(
        uow,
        limited,
        sold.priced,
        sale_id=sale_id,
        store=sold.basket.store,
        day=sold.sold_on,
        uploaded=sold.uploaded,
        at=sold.call.received_at,
    )
    sold.warnings += beyond_warnings(beyond, sold.call.caller)


def _draw_on_quotas(uow: UnitOfWork, sold: Sold, issued: Issued, sale_id: int) -> None:
    record_issued(uow, issued, sale_id=sale_id, store_id=sold.basket.store.store_id, at=sold.call.received_at)
    sold.warnings += issued.warnings(sold.call.caller.language)


def _header(sold: Sold, sale_id: int, points_earned: int, points_redeemed: int) -> Sale:
    caller = sold.call.caller
    priced = sold.priced
    return Sale(
        sale_id=sale_id,
        terminal_id=caller.caller_id,
        request_id=sold.call.request_id,
        kind=SaleKind.SALE,
        original_sale_id=None,
        receipt_number=receipt_number(caller.code, sold.receipt_sequence, sale_id),
        store_id=sold.basket.store.store_id,
        cashier_id=caller.staff_id,
        channel=sold.basket.channel,
        currency=sold.basket.store.currency,
        business_date=sold.sold_on,
        sold_at=sold.sold_at,
        stored_at=sold.call.received_at,
        uploaded=sold.uploaded,
        member_id=sold.member.member_id if sold.member else None,
        gross_minor=priced.gross_minor,
        discount_minor=priced.discount_minor,
        net_minor=priced.net_minor,
        tax_minor=priced.tax_minor,
        rounding_minor=sold.settlement.rounding_minor,
        total_minor=priced.total_minor,
        change_minor=sold.settlement.change_minor,
        points_earned=points_earned,
        points_redeemed=points_redeemed,
        points_balance=sold.member.points_balance if sold.member else 0,
        reason="",
        receipt_sequence=sold.receipt_sequence or None,
        install_id=sold.call.command.install_id or None,
        tip_minor=sold.call.command.tip_minor or None,
    )


def receipt_number(terminal_code: str, sequence: int, sale_id: int) -> str:
    """For people: the terminal's own series, or the server's id when the terminal does not number its receipts."""
    return f"{terminal_code}-{sequence:06d}" if sequence else f"{terminal_code}-S{sale_id}"


def _lines(sold: Sold, sale_id: int, costs: list[int]) -> list[SaleLine]:
    earned = sold.earned
    lines = []
    for index, (line, priced) in enumerate(zip(sold.basket.lines, sold.priced.lines, strict=True)):
        product = line.product.product
        lines.append(
            SaleLine(
                sale_id,
                index + 1,
                product.sku_id,
                product.department_id,
                line.quantity_milli,
                priced.unit_price_minor,
                priced.gross_minor,
                priced.discount_minor,
                priced.net_minor,
                priced.tax_minor,
                priced.total_minor,
                costs[index],
                earned.points_by_line[index] if earned else 0,
                earned.deferred_by_line[index] if earned else 0,
                0,
                priced.discounts,
                priced.taxes,
            )
        )
    return lines


def _tenders(sold: Sold, sale_id: int) -> list[SaleTender]:
    paid_kinds = sold.paid_kinds
    return [
        SaleTender(
            sale_id, number, tender.kind, tender.amount_minor, tender.points, tender.reference, paid_kinds.get(number)
        )
        for number, tender in enumerate(sold.tenders, start=1)
    ]


def _post(uow: UnitOfWork, sold: Sold, sale: Sale, cost_minor: int, gift_cost_minor: int, repaid_minor: int) -> None:
    entry = JournalEntry(
        uow.new_id(), sale.store_id, sale.business_date, sale.currency, sale.channel, "sale", sale.sale_id,
        sold.call.received_at,
    )  # fmt: skip
    clearing: dict[str, int] = {}
    redeemed_value = 0
    for tender in sold.tenders:
        if tender.kind is TenderKind.POINTS:
            redeemed_value += tender.amount_minor
            continue
        if tender.kind in REDEEMING:
            continue
        account = CLEARING_BY_TENDER[tender.kind].code
        clearing[account] = clearing.get(account, 0) + tender.amount_minor
    if sold.stored_value is not None:
        clearing |= clearing_of(sold.stored_value.split)
    if sold.gift_cards:
        clearing[GIFT_CARD_LIABILITY.code] = sum(paid.amount_minor for paid in sold.gift_cards)
    if sale.change_minor:
        cash = CLEARING_BY_TENDER[TenderKind.CASH].code
        clearing[cash] -= sale.change_minor
    amounts = sale_postings(
        tenders=clearing,
        net_minor=sale.net_minor,
        tax_minor=sale.tax_minor,
        deferred_minor=sold.earned.deferred_minor if sold.earned else 0,
        redeemed_value_minor=redeemed_value,
        # What repays points that were never paid for is released as what is redeemed, and pays for nothing.
        redeemed_carrying_minor=sum(use.value_minor for use in sold.redeemed) + repaid_minor,
        rounding_minor=sale.rounding_minor,
        cost_minor=cost_minor,
        gift_cost_minor=gift_cost_minor,
        tip_minor=sale.tip_minor or 0,
    )
    if (order := sold.call.command.order) is not None:
        amounts += supplied_postings(cost_minor=order.supplied.taken_minor)
    uow.add(entry, *balanced(entry.entry_id, amounts))


def _view(uow: UnitOfWork, sold: Sold, sale: Sale, lines: list[SaleLine]) -> SaleView:
    caller = sold.call.caller
    return SaleView(
        sale_id=sale.sale_id,
        request_id=sale.request_id,
        kind=sale.kind,
        original_sale_id=0,
        receipt_number=sale.receipt_number,
        store_code=sold.basket.store.code,
        terminal_code=caller.code,
        device_type=uow.chain.device_types.get(caller.caller_id),
        cashier_code=caller.staff_code,
        channel=sale.channel,
        currency=sale.currency,
        business_date=sale.business_date.isoformat(),
        sold_at=sale.sold_at,
        uploaded=sale.uploaded,
        member_number=sold.member.member_number if sold.member else "",
        gross_minor=sale.gross_minor,
        discount_minor=sale.discount_minor,
        net_minor=sale.net_minor,
        tax_minor=sale.tax_minor,
        rounding_minor=sale.rounding_minor,
        total_minor=sale.total_minor,
        change_minor=sale.change_minor,
        points_earned=sale.points_earned,
        points_redeemed=sale.points_redeemed,
        points_balance=sale.points_balance,
        lines=[
            line_view(
                line,
                resolved.product.product.sku,
                resolved.product.product.name,
                sold_pieces(resolved, sold.serials, sale.sale_id) if resolved.serial_numbers else (),
            )
            for line, resolved in zip(lines, sold.basket.lines, strict=True)
        ],
        tenders=[
            SaleTenderView(t.kind, t.amount_minor, t.points, t.reference, sold.paid_kinds.get(number))
            for number, t in enumerate(sold.tenders, start=1)
        ],
        warnings=sold.warnings,
        late_hours=late_hours(sale.sold_at, sale.stored_at, uploaded=sale.uploaded),
        tax_exemption=exempted_by(sold.basket.tax_exemption, sold.priced),
        staff_buyer_code=sold.basket.staff_buyer.purchase.staff_code if sold.basket.staff_buyer is not None else "",
        tip_minor=sale.tip_minor or 0,
        tip_staff_code=uow.chain.staff_codes.get(sold.tip_staff_id or 0, "") if sale.tip_minor else "",
    )


def line_view(line: SaleLine, sku: str, name: str, serial_numbers: Sequence[str] = ()) -> SaleLineView:
    """A stored line as the receipt shows it."""
    return SaleLineView(
        line.line_number,
        sku,
        name,
        line.quantity_milli,
        line.unit_price_minor,
        line.gross_minor,
        line.discount_minor,
        line.net_minor,
        line.tax_minor,
        line.total_minor,
        line.discounts,
        line.taxes,
        line.points_earned,
        line.original_line_number,
        given_by(line.discounts) if line.discounts else "",
        serial_numbers or (),
    )
