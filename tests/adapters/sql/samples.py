"""Rows as use cases record them, with a value of its own in every field."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from adapters.sql.levels import lock
from adapters.sql.member_keys import member_digest
from adapters.sql.rows import OutboxEvent
from adapters.sql.tables import identity, loyalty, membership
from adapters.sql.unit_of_work import SqlUnitOfWork, SqlUnits
from application.coupon_ledger import Use, record_issued
from application.ports.coupons import StoredBatch
from domain.finance.journal import JournalEntry, Posting
from domain.identity.organisation import SYSTEM
from domain.inventory.receipt import GoodsReceipt
from domain.inventory.stock import MovementReason, StockMovement
from domain.loyalty.hold import PointsHold, PointsHoldEnd
from domain.loyalty.ledger import PointsAdjustment, PointsEntry, PointsExpiry, PointsLot, PointsReason
from domain.loyalty.pool import (
    PointsPoolEvent,
    PointsPoolRule,
    PointsPoolSpending,
    PointsTransfer,
    PoolEventKind,
    PoolSpending,
)
from domain.loyalty.quota import PointsQuotaUse, QuotaPlace
from domain.membership.member import MemberKeyKind
from domain.pricing.coupon import Coupon, CouponBatch, CouponEvent, CouponEventKind, CouponHold, read_code
from domain.pricing.promotion_use import CounterKey, PromotionUse, counter_keys
from domain.sales.parking import ParkedBasket, ParkedBasketEnd, ParkedEndReason
from domain.sales.sale import Sale, SaleKind, SaleLine, SaleTender, TenderKind
from domain.sales.serial_number import SerialEntry, SerialKind
from domain.sales.voucher import VoucherEntry, VoucherEntryKind
from domain.shared.applied import AppliedDiscount, AppliedTax
from domain.wallet.times_card import TimesCard, TimesCardEntry, TimesCardReason
from tests.adapters.sql.conftest import KEYS, NOW, writing

DAY = date(2026, 11, 22)
EARLIER = datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC)
STORE, SKU, OTHER_SKU, MEMBER = 7, 40, 41, 90


def request_id(number: int) -> str:
    return str(UUID(int=number))


def sale(sale_id: int = 1, **changes: Any) -> Sale:
    values = {
        "sale_id": sale_id, "terminal_id": 5, "request_id": request_id(abs(sale_id)), "kind": SaleKind.SALE,
        "original_sale_id": None, "receipt_number": "S1-T1-000001", "store_id": STORE, "cashier_id": None,
        "channel": "store", "currency": "CNY", "business_date": DAY, "sold_at": EARLIER, "stored_at": NOW,
        "uploaded": True, "member_id": None, "gross_minor": 10_000, "discount_minor": 500, "net_minor": 8_407,
        "tax_minor": 1_093, "rounding_minor": -1, "total_minor": 9_500, "change_minor": 50, "points_earned": 95,
        "points_redeemed": 10, "points_balance": 1_085, "reason": "“quoted”, \\ and 中文",
    }  # fmt: skip
    return Sale(**{**values, **changes})


def line(sale_id: int = 1, line_number: int = 1, **changes: Any) -> SaleLine:
    values = {
        "sale_id": sale_id, "line_number": line_number, "sku_id": SKU, "department_id": 3, "quantity_milli": 1_500,
        "unit_price_minor": 6_667, "gross_minor": 10_000, "discount_minor": 500, "net_minor": 8_407, "tax_minor": 1_093,
        "total_minor": 9_500, "cost_minor": 4_000, "points_earned": 95, "deferred_minor": 93, "original_line_number": 0,
        "discounts": [AppliedDiscount("member", "会员价 “gold” \\ \n", 300, 10_000), AppliedDiscount("", "", 200, 0)],
        "taxes": [AppliedTax("vat13", 130_000, 8_407, 1_093)],
    }  # fmt: skip
    return SaleLine(**{**values, **changes})


def tender(sale_id: int = 1, tender_number: int = 1, kind: TenderKind = TenderKind.CASH) -> SaleTender:
    return SaleTender(sale_id, tender_number, kind, 9_500, 0, "")


def movement(
    movement_id: int,
    quantity_milli: int,
    value_minor: int,
    reason: MovementReason = MovementReason.SALE,
    sku_id: int = SKU,
    location_id: int = STORE,
) -> StockMovement:
    return StockMovement(location_id, sku_id, movement_id, quantity_milli, value_minor, reason, 1, DAY, NOW)


def lot(
    lot_id: int, points: int, value_minor: int, expires_on: date | None = None, member_id: int = MEMBER
) -> PointsLot:
    return PointsLot(lot_id, member_id, 1, DAY, expires_on, points, value_minor)


def points_entry(entry_id: int, lot_id: int, points: int, value_minor: int, member_id: int = MEMBER) -> PointsEntry:
    reason = PointsReason.EARNED if points > 0 else PointsReason.REDEEMED
    return PointsEntry(member_id, entry_id, lot_id, points, value_minor, reason, 1, STORE, DAY, NOW)


def use(sale_id: int = 1, uses: int = 1, discount_minor: int = 330, **changes: Any) -> PromotionUse:
    values = {
        "sale_id": sale_id, "promotion_code": "HALF", "campaign_code": "六一", "member_id": MEMBER, "store_id": STORE,
        "business_date": DAY, "uses": uses, "discount_minor": discount_minor, "members": uses, "beyond": True,
        "limits": {"uses_max": 7, "budget_minor": 5_000}, "posted_at": NOW,
    }  # fmt: skip
    return PromotionUse(**{**values, **changes})


def keys_of(entry: PromotionUse) -> list[CounterKey]:
    """The counters that an entry moves."""
    day = entry.business_date.isoformat()
    return list(counter_keys(entry.promotion_code, entry.campaign_code, member_id=entry.member_id, day=day))


def one_of_each() -> list[Any]:
    """A row of every recorded class, with what a balance needs to follow."""
    return [
        sale(member_id=MEMBER),
        line(),
        line(line_number=2, discounts=[], taxes=[]),
        tender(),
        SerialEntry(7, "“A7”", 1, SerialKind.SOLD, 1, 1, STORE, NOW),
        VoucherEntry("商场", "“V7”", 1, VoucherEntryKind.PAID, 1, 1, 1, 1, STORE, NOW),
        ParkedBasket(
            12,
            STORE,
            "桌 “7”",
            "M1",
            1,
            1_000,
            500,
            {"lines": [{"sku": "“茶”"}]},
            9,
            DAY,
            NOW,
            5,
            6,
            request_id(12),
            NOW,
        ),
        ParkedBasketEnd(12, ParkedEndReason.RESUMED, 5, 6, request_id(13), NOW),
        GoodsReceipt(11, STORE, "PO 7", DAY, NOW, 1, 8_000, -20),
        movement(21, 4_000, 8_000, MovementReason.RECEIPT),
        lot(31, 95, 93),
        points_entry(41, 31, 95, 93),
        PointsExpiry(42, STORE, DAY, 3, 150, 147, NOW),
        PointsAdjustment(43, MEMBER, STORE, DAY, -150, -147, "“late”", 44, 5, None, request_id(43), NOW),
        PointsHold(44, MEMBER, STORE, DAY, 20, "Order “7”", NOW, 5, None, request_id(44), EARLIER),
        PointsHoldEnd(44, 45, STORE, DAY, 20, 19, 20, 5, 6, request_id(45), NOW),
        PointsTransfer(46, MEMBER, 91, STORE, DAY, 20, 19, 5, None, request_id(46), NOW),
        PointsQuotaUse(1, QuotaPlace.STORE, "一号", "2026-11", 0, 12, 500, beyond=False, posted_at=EARLIER),
        PointsPoolEvent(47, MEMBER, 91, PoolEventKind.JOINED, 5, 6, NOW),
        PointsPoolRule(MEMBER, 1, PoolSpending.MEMBERS, 500, 5, 6, NOW),
        PointsPoolSpending(1, 91, MEMBER, MEMBER, DAY, 20),
        Coupon(71, 70, b"\x00digest", b"\xffcipher", MEMBER, 7, 2, 1, 1, DAY, None, NOW),
        CouponHold(72, 71, 5, request_id(72), MEMBER, EARLIER, 1),
        CouponEvent(
            71,
            73,
            70,
            CouponEventKind.ISSUED,
            MEMBER,
            0,
            0,
            0,
            0,
            0,
            0,
            STORE,
            5,
            "“quoted”, \\ and 中文",
            EARLIER,
            NOW,
        ),
        use(),
        TimesCard(74, MEMBER, SKU, 1, 2, "CNY", STORE, 10, 9, 8_000, DAY, NOW),
        TimesCardEntry(74, 75, TimesCardReason.USED, -1, -900, 75, "CNY", STORE, 5, None, DAY, NOW),
        JournalEntry(51, STORE, DAY, "CNY", "store", "sale", 1, NOW),
        Posting(51, 1, "1001", 9_500),
        Posting(51, 2, "6001", -9_500),
        OutboxEvent(61, "SaleCompleted", 1, {"sale_id": 1, "member_id": None, "store": "一号店"}, NOW),
    ]


def put_members(units: SqlUnits, *member_ids: int) -> None:
    """Members found by their number ("M90"), with an account of zero points."""
    with writing(units) as uow:
        for member_id in member_ids:
            add_member(uow, member_id)
        uow.commit()


def add_member(uow: SqlUnitOfWork, member_id: int) -> None:
    uow.execute(
        insert(membership.members),
        {
            "member_id": member_id,
            "member_number": f"M{member_id}",
            "tier": "gold",
            "source": "",
            "channel": "",
            "campaign_code": "",
            "registered_at": NOW,
            "registered_on": NOW.date(),
            "segments": [],
        },
    )
    uow.execute(insert(loyalty.points_accounts), {"member_id": member_id, "points_balance": 0, "visits": 0})
    add_key(uow, member_id, MemberKeyKind.NUMBER, f"M{member_id}")


def add_key(uow: SqlUnitOfWork, member_id: int, kind: MemberKeyKind, text: str) -> None:
    uow.execute(
        insert(membership.member_keys),
        {"key_digest": member_digest(KEYS, kind, text), "member_id": member_id, "kind": kind.value},
    )


def put_coupons(units: SqlUnits, count: int) -> list[str]:
    """Coupons of one batch, for whoever shows them; their codes as they are looked up."""
    with writing(units) as uow:
        batch = StoredBatch(70, CouponBatch("SUMMER", "Summer"))
        uow.coupons.put_batches([batch])
        made = record_issued(uow, batch, [0] * count, Use(None, None, SYSTEM, NOW, NOW))
        uow.commit()
    return [read_code(one.code) for one in made]


def put_levels(units: SqlUnits, *keys: tuple[int, int]) -> None:
    """Stock levels of zero."""
    with writing(units) as uow:
        lock(uow, keys)
        uow.commit()


def put_counters(units: SqlUnits, *entries: PromotionUse) -> None:
    """Counters of zero for what these entries move."""
    with writing(units) as uow:
        uow.promotion_uses.lock({key for entry in entries for key in keys_of(entry)})
        uow.commit()


def put_store(units: SqlUnits, store_id: int = STORE) -> None:
    with writing(units) as uow:
        uow.execute(insert(identity.regions), {"region_id": 1, "code": "EAST", "name": ""})
        uow.execute(
            insert(identity.stores),
            {
                "store_id": store_id, "code": "S1", "name": "", "region_id": 1, "currency": "CNY", "status": "open",
                "time_zone": "Asia/Shanghai", "day_cutoff_minutes": 0,
            },
        )  # fmt: skip
        uow.bump("chain")
        uow.commit()
