"""Which row dataclass is stored in which table; fields and columns have the same names, in the same order.

What is recorded is only ever inserted. Balances are folds: the deltas of what was recorded, summed per key, added to a
row that the use case has locked.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Table

from adapters.sql.coupon_rows import COUPON_FOLDS, coupon_deltas
from adapters.sql.credit_rows import CREDIT, credit_deltas
from adapters.sql.fold import Fold
from adapters.sql.layer_rows import STOCK_LAYERS, layer_deltas
from adapters.sql.marketing_rows import MARKETING_FOLDS, marketing_deltas
from adapters.sql.set_aside_rows import SET_ASIDE, set_aside_deltas
from adapters.sql.tables import (
    assemblies,
    counts,
    coupons,
    credit,
    finance,
    goods_receipts,
    identity,
    inventory,
    kernel,
    lifecycle,
    loyalty,
    marketing,
    orders,
    parking,
    payments,
    pricing,
    purchase_orders,
    reservations,
    returned_goods,
    sales,
    serial_numbers,
    settlement,
    shifts,
    stock_layers,
    stock_views,
    supplier_access,
    supplier_scores,
    tiers,
    transfers,
    vouchers,
    wallet,
)
from adapters.sql.wallet_rows import GIFT_CARDS, STORED_VALUE, gift_card_deltas, stored_value_deltas
from application.points_quotas import quota_deltas
from application.sales.staff_buying import purchase_deltas
from application.sales.tipping import tip_deltas
from domain.finance.journal import JournalEntry, Posting
from domain.finance.settlement import Settlement, SettlementDocument, SettlementMovement, SettlementPair
from domain.identity.approval import Approval, ApprovalUse
from domain.inventory.adjustment import StockAdjustment, StockAdjustmentLine
from domain.inventory.assembly import Assembly
from domain.inventory.components import SaleComponent
from domain.inventory.cost_document import CostDocument
from domain.inventory.layers import StandardCost, StockLayer, StockLayerEntry
from domain.inventory.receipt import GoodsReceipt, GoodsReceiptLine, LandedCharge
from domain.inventory.reservation import ReservationLine, StockReservation
from domain.inventory.set_aside import SetAsideEntry
from domain.inventory.stock import MovementReason, StockLevel, StockMovement
from domain.inventory.stock_count import CountEntry, CountResult, StockCount
from domain.inventory.transfer import Transfer, TransferDocument, TransferEntry, TransferEvent, TransferLine
from domain.loyalty.hold import PointsHold, PointsHoldEnd
from domain.loyalty.ledger import PointsAdjustment, PointsEntry, PointsExpiry, PointsLot, PointsReason
from domain.loyalty.pool import PointsPoolEvent, PointsPoolRule, PointsPoolSpending, PointsTransfer
from domain.loyalty.quota import PointsQuotaUse
from domain.marketing.activity import ActivityRecord
from domain.marketing.draw_ledger import DrawPlay, DrawTicket
from domain.marketing.experience_event import EventEntry
from domain.marketing.reward import Redemption
from domain.membership.lifecycle import LifecycleEntry, LifecycleNote
from domain.membership.paid import MembershipEntry, PaidMembership
from domain.membership.tier import TierEntry
from domain.pricing.coupon import Coupon, CouponEvent, CouponHold
from domain.pricing.promotion_use import CounterKey, PromotionCounter, PromotionUse
from domain.pricing.promotion_use import deltas as counter_deltas
from domain.purchasing.delivery_notice import DeliveryNotice, DeliveryNoticeLine
from domain.purchasing.purchase_order import PurchaseEvent, PurchaseOrder, PurchaseOrderLine, PurchaseOrderVersion
from domain.purchasing.purchase_receipt import PurchaseAllocation, PurchaseReceipt, PurchaseReceiptLine
from domain.purchasing.supplier_score import SupplierDelivery
from domain.sales.day_close import DayClose, DayTotal
from domain.sales.elsewhere import ReturnElsewhere
from domain.sales.exchange import Exchange, ExchangeTender
from domain.sales.exemption import TaxExemption
from domain.sales.facts import SaleFacts
from domain.sales.order import Order, OrderEvent, OrderLine, OrderPayment
from domain.sales.parking import ParkedBasket, ParkedBasketEnd
from domain.sales.payment import PaymentEvent, PaymentIntent, PaymentNotice, PaymentRefund, PaymentSettlement
from domain.sales.returned import ReturnedLine
from domain.sales.sale import Sale, SaleKind, SaleLine, SaleTender
from domain.sales.serial_number import SerialEntry
from domain.sales.shift import ShiftClose, ShiftEntry, ShiftTotal
from domain.sales.staff_purchase import StaffPurchaseEntry
from domain.sales.tip import TipEntry
from domain.sales.voucher import VoucherEntry
from domain.wallet.credit import CreditEntry
from domain.wallet.gift_card import GiftCard, GiftCardEntry
from domain.wallet.stored_value import StoredValueEntry
from domain.wallet.times_card import TimesCard, TimesCardEntry


@dataclass(slots=True)
class OutboxEvent:
    """An event that waits for delivery; see outbox.py."""

    event_id: int
    topic: str
    subject_id: int
    payload: Any
    occurred_at: datetime
    published_at: datetime | None = None


@dataclass(slots=True)
class RequestRow:
    """A claimed request id; see requests.py."""

    caller_id: int
    request_id: str
    operation: str
    fingerprint: bytes
    answer: bytes | None
    claimed_at: datetime


@dataclass(slots=True)
class PointsAccount:
    member_id: int
    points_balance: int
    visits: int
    points_debt: int = 0
    watched: bool = False


RECORDED: Final[dict[type, Table]] = {
    Sale: sales.sales,
    SaleLine: sales.sale_lines,
    SaleTender: sales.sale_tenders,
    SaleFacts: sales.sale_facts,
    TaxExemption: sales.tax_exemptions,
    Exchange: sales.exchanges,
    ExchangeTender: sales.exchange_tenders,
    TipEntry: sales.tip_entries,
    StaffPurchaseEntry: sales.staff_purchases,
    Order: orders.orders,
    OrderLine: orders.order_lines,
    OrderEvent: orders.order_events,
    OrderPayment: orders.order_payments,
    SerialEntry: serial_numbers.serial_entries,
    VoucherEntry: vouchers.voucher_entries,
    ParkedBasket: parking.parked_baskets,
    ParkedBasketEnd: parking.parked_basket_ends,
    ReturnElsewhere: sales.returns_elsewhere,
    ReturnedLine: returned_goods.returned_lines,
    StockAdjustment: stock_views.stock_adjustments,
    StockAdjustmentLine: stock_views.stock_adjustment_lines,
    GoodsReceipt: inventory.goods_receipts,
    GoodsReceiptLine: goods_receipts.goods_receipt_lines,
    LandedCharge: goods_receipts.landed_charges,
    Assembly: assemblies.assemblies,
    SaleComponent: assemblies.sale_components,
    StockMovement: inventory.stock_movements,
    DeliveryNotice: supplier_access.delivery_notices,
    DeliveryNoticeLine: supplier_access.delivery_notice_lines,
    SupplierDelivery: supplier_scores.supplier_deliveries,
    StockReservation: reservations.stock_reservations,
    ReservationLine: reservations.reservation_lines,
    StockCount: counts.stock_counts,
    CountEntry: counts.stock_count_entries,
    CountResult: counts.stock_count_results,
    SetAsideEntry: returned_goods.set_aside_entries,
    StockLayer: stock_layers.stock_layers,
    StockLayerEntry: stock_layers.stock_layer_entries,
    StandardCost: stock_layers.standard_costs,
    CostDocument: stock_layers.cost_documents,
    PurchaseOrder: purchase_orders.purchase_orders,
    PurchaseOrderVersion: purchase_orders.purchase_order_versions,
    PurchaseOrderLine: purchase_orders.purchase_order_lines,
    PurchaseEvent: purchase_orders.purchase_order_events,
    PurchaseAllocation: purchase_orders.purchase_allocations,
    PurchaseReceipt: purchase_orders.purchase_receipts,
    PurchaseReceiptLine: purchase_orders.purchase_receipt_lines,
    Transfer: transfers.transfers,
    TransferLine: transfers.transfer_lines,
    TransferEntry: transfers.transfer_entries,
    TransferDocument: transfers.transfer_documents,
    TransferEvent: transfers.transfer_events,
    PointsLot: loyalty.points_lots,
    PointsEntry: loyalty.points_entries,
    PointsExpiry: loyalty.points_expiries,
    PointsAdjustment: loyalty.points_adjustments,
    PointsHold: loyalty.points_holds,
    PointsHoldEnd: loyalty.points_hold_ends,
    PointsTransfer: loyalty.points_transfers,
    PointsPoolEvent: loyalty.points_pool_events,
    PointsQuotaUse: loyalty.points_quota_uses,
    PointsPoolRule: loyalty.points_pool_rules,
    PointsPoolSpending: loyalty.points_pool_spendings,
    Coupon: coupons.coupons,
    CouponHold: coupons.coupon_holds,
    CouponEvent: coupons.coupon_events,
    PromotionUse: pricing.promotion_uses,
    DrawTicket: marketing.draw_tickets,
    DrawPlay: marketing.draw_plays,
    EventEntry: marketing.event_entries,
    ActivityRecord: marketing.activity_records,
    Redemption: marketing.reward_redemptions,
    StoredValueEntry: wallet.stored_value_entries,
    CreditEntry: credit.credit_entries,
    GiftCard: wallet.gift_cards,
    GiftCardEntry: wallet.gift_card_entries,
    TimesCard: wallet.times_cards,
    TimesCardEntry: wallet.times_card_entries,
    TierEntry: tiers.tier_entries,
    LifecycleEntry: lifecycle.lifecycle_entries,
    LifecycleNote: lifecycle.lifecycle_notes,
    PaidMembership: tiers.paid_memberships,
    MembershipEntry: tiers.membership_entries,
    Settlement: settlement.settlements,
    SettlementMovement: settlement.settlement_movements,
    SettlementPair: settlement.settlement_pairs,
    SettlementDocument: settlement.settlement_documents,
    PaymentIntent: payments.payment_intents,
    PaymentEvent: payments.payment_events,
    PaymentRefund: payments.payment_refunds,
    PaymentSettlement: payments.payment_settlements,
    PaymentNotice: payments.payment_notices,
    ShiftEntry: shifts.shift_entries,
    ShiftClose: shifts.shift_closes,
    ShiftTotal: shifts.shift_totals,
    DayClose: shifts.day_closes,
    DayTotal: shifts.day_totals,
    JournalEntry: finance.journal_entries,
    Posting: finance.postings,
    Approval: identity.approvals,
    ApprovalUse: identity.approval_uses,
    OutboxEvent: kernel.outbox,
}
"""What `add` takes, in the order in which it is written."""


_VISITS: Final = {SaleKind.SALE: 1, SaleKind.VOID: -1, SaleKind.REFUND: 0}

FOLDS: Final = (
    Fold(
        StockLevel,
        inventory.stock_levels,
        key=("location_id", "sku_id"),
        summed=("on_hand_milli", "value_minor"),
        replaced=("last_cost_minor", "last_cost_quantity_milli"),
    ),
    Fold(
        PointsAccount, loyalty.points_accounts, key=("member_id",), summed=("points_balance", "visits", "points_debt")
    ),
    Fold(PointsLot, loyalty.points_lots, key=("lot_id",), summed=("points", "value_minor")),
    Fold(
        PromotionCounter,
        pricing.promotion_counters,
        key=("subject", "member_id", "day", "code"),
        summed=("uses", "discount_minor", "members"),
        replaced=("uses_max", "discount_minor_max"),
    ),
    *COUPON_FOLDS,
    *MARKETING_FOLDS,
    STORED_VALUE,
    GIFT_CARDS,
    CREDIT,
    SET_ASIDE,
    STOCK_LAYERS,
)


_COUNTED: Final[Sequence[tuple[type, Callable[[list[Any]], dict[CounterKey, PromotionCounter]]]]] = (
    (PromotionUse, counter_deltas),
    (PointsQuotaUse, quota_deltas),
    (TipEntry, tip_deltas),
    (StaffPurchaseEntry, purchase_deltas),
)
"""What moves counters, and how."""


def folded(added: dict[type, list[Any]]) -> list[tuple[Fold, list[Any]]]:
    """The deltas of what was added, one per key in the order of the keys; folds without any are left out."""
    levels, accounts, lots, counters = FOLDS[:4]
    deltas: list[tuple[Fold, list[Any]]] = []
    if movements := added.get(StockMovement):
        deltas.append((levels, _level_deltas(movements)))
    entries = added.get(PointsEntry, [])
    if moved_accounts := _account_deltas(entries, added.get(Sale, ())):
        deltas.append((accounts, moved_accounts))
    if entries:
        # A lot that is inserted now carries what is left of it already: the deciding code has moved it.
        inserted = {lot.lot_id for lot in added.get(PointsLot, ())}
        if moved := _lot_deltas([entry for entry in entries if entry.lot_id not in inserted]):
            deltas.append((lots, moved))
    if events := added.get(CouponEvent):
        deltas += coupon_deltas(events)
    if moved_counters := _counter_deltas(added):
        deltas.append((counters, [moved_counters[key] for key in sorted(moved_counters)]))
    if DrawPlay in added or DrawTicket in added or EventEntry in added:
        deltas += marketing_deltas(added)
    if paid := added.get(StoredValueEntry):
        deltas.append((STORED_VALUE, stored_value_deltas(paid)))
    if (carded := added.get(GiftCardEntry)) and (moved_cards := gift_card_deltas(carded)):
        deltas.append((GIFT_CARDS, moved_cards))
    if charged := added.get(CreditEntry):
        deltas.append((CREDIT, credit_deltas(charged)))
    if set_aside := added.get(SetAsideEntry):
        deltas.append((SET_ASIDE, set_aside_deltas(set_aside)))
    if layered := added.get(StockLayerEntry):
        # A layer that is inserted now carries what is left of it already.
        inserted = {layer.layer_id for layer in added.get(StockLayer, ())}
        if moved_layers := layer_deltas(layered, inserted):
            deltas.append((STOCK_LAYERS, moved_layers))
    return deltas


def _counter_deltas(added: dict[type, list[Any]]) -> dict[CounterKey, PromotionCounter]:
    """By how much each counter moves, of whichever ledger it is: their keys never meet."""
    moved: dict[CounterKey, PromotionCounter] = {}
    for row_class, deltas_of in _COUNTED:
        if rows := added.get(row_class):
            moved |= deltas_of(rows)
    return moved


_RECEIPT: Final = MovementReason.RECEIPT
_TRANSFER_IN: Final = MovementReason.TRANSFER_IN


def _level_deltas(movements: Iterable[StockMovement]) -> list[StockLevel]:
    deltas: dict[tuple[int, int], StockLevel] = {}
    for movement in movements:
        key = movement.location_id, movement.sku_id
        delta = deltas.get(key)
        if delta is None:
            delta = deltas[key] = StockLevel(*key, movement.quantity_milli, 0, movement.value_minor, 0, 0)
        else:
            delta.on_hand_milli += movement.quantity_milli
            delta.value_minor += movement.value_minor
        if movement.reason is _RECEIPT or movement.reason is _TRANSFER_IN:
            delta.last_cost_minor = movement.value_minor
            delta.last_cost_quantity_milli = movement.quantity_milli
    return [deltas[key] for key in sorted(deltas)]


def _account_deltas(entries: Iterable[PointsEntry], sales: Iterable[Sale]) -> list[PointsAccount]:
    """Points and debts by their entries; visits by the sales, of which a void takes one back and a refund none."""
    deltas: dict[int, PointsAccount] = {}
    for entry in entries:
        delta = deltas.get(entry.member_id)
        if delta is None:
            delta = deltas[entry.member_id] = PointsAccount(entry.member_id, 0, 0)
        delta.points_balance += entry.points
        if _of_debt(entry):
            delta.points_debt -= entry.points
    for sale in sales:
        visits = _VISITS[sale.kind]
        if visits and sale.member_id is not None:
            delta = deltas.get(sale.member_id)
            if delta is None:
                delta = deltas[sale.member_id] = PointsAccount(sale.member_id, 0, 0)
            delta.visits += visits
    return [deltas[member_id] for member_id in sorted(deltas)]


_INTO_DEBTS: Final = frozenset({PointsReason.REPAID, PointsReason.MERGED_OUT})
_OUT_OF_DEBTS: Final = frozenset({PointsReason.OWED, PointsReason.REPAY_REVERSED, PointsReason.MERGED_IN})


def _of_debt(entry: PointsEntry) -> bool:
    """Whether its lot is a debt, which nothing but its reason and sign tell."""
    return entry.reason in (_INTO_DEBTS if entry.points > 0 else _OUT_OF_DEBTS)


def _lot_deltas(entries: Sequence[PointsEntry]) -> list[PointsLot]:
    deltas: dict[int, PointsLot] = {}
    for entry in entries:
        delta = deltas.get(entry.lot_id)
        if delta is None:
            delta = PointsLot(entry.lot_id, entry.member_id, entry.sale_id, entry.business_date, None, 0, 0)
            deltas[entry.lot_id] = delta
        delta.points += entry.points
        delta.value_minor += entry.value_minor
    return [deltas[lot_id] for lot_id in sorted(deltas)]


def _check(row_class: type, table: Table) -> None:
    """Raises TypeError when the fields of a row class are not the columns of its table, in order."""
    names = [field.name for field in fields(row_class)]
    columns = [column.name for column in table.columns]
    if names != columns:
        raise TypeError(f"{row_class.__name__} has fields {names}, {table.name} has columns {columns}")


for _row_class, _table in {
    **RECORDED,
    **{fold.row_class: fold.table for fold in FOLDS},
    RequestRow: kernel.requests,
}.items():
    _check(_row_class, _table)
