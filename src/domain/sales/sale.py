"""The sale document: header, lines and tenders as they are stored. Refunds and voids are sales with negative amounts.

The classes are plain (not frozen) because a checkout builds a dozen of them; nothing changes one after it is recorded.
Field names are the column names.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.shared.applied import AppliedDiscount, AppliedTax


class SaleKind(StrEnum):
    SALE = "sale"
    REFUND = "refund"
    VOID = "void"


class TenderKind(StrEnum):
    CASH = "cash"
    CARD = "card"
    WALLET = "wallet"
    MANUFACTURER_COUPON = "manufacturer_coupon"
    POINTS = "points"
    BANK_TRANSFER = "bank_transfer"
    POINTS_SHORTFALL = "points_shortfall"
    STORED_VALUE = "stored_value"
    GIFT_CARD = "gift_card"
    ON_ACCOUNT = "on_account"
    DEPOSIT = "deposit"
    VOUCHER = "voucher"
    EXCHANGE = "exchange"


@dataclass(slots=True)
class Sale:
    sale_id: int
    terminal_id: int
    request_id: str
    kind: SaleKind
    original_sale_id: int | None
    receipt_number: str
    store_id: int
    cashier_id: int | None
    channel: str
    currency: str
    business_date: date
    sold_at: datetime
    stored_at: datetime
    uploaded: bool
    member_id: int | None
    gross_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    rounding_minor: int
    total_minor: int
    change_minor: int
    points_earned: int
    points_redeemed: int
    points_balance: int
    reason: str
    # The terminal's own number of the receipt, and the installation of its program that gave it; None without one.
    receipt_sequence: int | None = None
    install_id: str | None = None
    # What the customer gave on top of the total for the staff; None for nothing, below zero where a void gives it back.
    tip_minor: int | None = None


@dataclass(slots=True)
class SaleLine:
    """`cost_minor` is what left (or came back to) stock; `deferred_minor` the revenue deferred for points earned."""

    sale_id: int
    line_number: int
    sku_id: int
    department_id: int
    quantity_milli: int
    unit_price_minor: int
    gross_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int
    cost_minor: int
    points_earned: int
    deferred_minor: int
    original_line_number: int
    discounts: list[AppliedDiscount]
    taxes: list[AppliedTax]


def late_hours(sold_at: datetime, stored_at: datetime, *, uploaded: bool) -> int:
    """Whole hours that an offline sale was on its way; 0 for what was sold with a connection.

    A terminal whose clock was ahead of the server's has sold in no future: 0 too.
    """
    return max(0, (stored_at - sold_at) // timedelta(hours=1)) if uploaded else 0


@dataclass(slots=True)
class SaleTender:
    """`paid_kind` is what had been paid, where `kind` does not say it: a card given back in cash, or in an exchange."""

    sale_id: int
    tender_number: int
    kind: TenderKind
    amount_minor: int
    points: int
    reference: str
    paid_kind: TenderKind | None = None
