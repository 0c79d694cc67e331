"""A sale as it is shown: what Checkout, refunds and voids answer, and what the queries read back.

Fields are those of the messages of the same names in the contract. The classes are plain because a checkout builds a
dozen of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from application.sales.exempting import ExemptionView
from domain.identity.organisation import DeviceType
from domain.sales.returned import Condition
from domain.sales.sale import SaleKind, TenderKind
from domain.shared.applied import AppliedDiscount, AppliedTax
from domain.shared.errors import NotFound


class UnknownSale(NotFound):
    """Absent sales and those of stores that the caller does not see are refused alike."""

    en = "There is no such sale in this caller's scope."
    zh = "当前调用方范围内没有此销售单。"


@dataclass(slots=True)
class SaleLineView:
    """A line with its product's code and name; `original_line_number` is 0 unless the line takes another one back.

    `gift_promotion_code` names the promotion that gave the line away, and is empty for goods that were bought.
    """

    line_number: int
    sku: str
    name: str
    quantity_milli: int
    unit_price_minor: int
    gross_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int
    discounts: list[AppliedDiscount]
    taxes: list[AppliedTax]
    points_earned: int
    original_line_number: int
    gift_promotion_code: str
    serial_numbers: Sequence[str] = ()


@dataclass(slots=True)
class ReturnedLineView:
    """Why a line of a refund came back, "" where nobody said, and what became of its goods, None where it had none."""

    line_number: int
    reason_code: str
    condition: Condition | None


@dataclass(slots=True)
class SaleTenderView:
    """A tender with what was handed over, change included; negative on a refund.

    `paid_kind` is what had been paid, where `kind` does not say it: given back by another kind, or in an exchange.
    """

    kind: TenderKind
    amount_minor: int
    points: int
    reference: str
    paid_kind: TenderKind | None = None


@dataclass(slots=True)
class SaleCouponView:
    """A coupon that was shown: `code` is the end of it, `reason` why it was not used, empty when it was."""

    coupon_id: int
    batch_code: str
    batch_name: str
    code: str
    redeemed: bool
    reason: str
    explanation: str


@dataclass(slots=True)
class AwardedCouponView:
    """A coupon for the next purchase, with its whole code, as printed on the receipt."""

    coupon_id: int
    batch_code: str
    batch_name: str
    code: str = field(repr=False)
    from_date: str
    until_date: str


@dataclass(slots=True)
class CouponCostView:
    """What the coupons of a batch took off the goods of one department."""

    batch_code: str
    department_code: str
    discount_minor: int


@dataclass(slots=True)
class SaleView:
    """A stored sale, refund or void. Codes are empty and `original_sale_id` is 0 where there is none.

    `tip_minor` was paid on top of the total for the member of staff with `tip_staff_code`. `staff_buyer_code` tells who
    of the staff bought.
    """

    sale_id: int
    request_id: str
    kind: SaleKind
    original_sale_id: int
    receipt_number: str
    store_code: str
    terminal_code: str
    cashier_code: str
    channel: str
    currency: str
    business_date: str
    sold_at: datetime
    uploaded: bool
    member_number: str
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
    lines: list[SaleLineView]
    tenders: list[SaleTenderView]
    warnings: list[str]
    device_type: DeviceType | None = None
    coupons: list[SaleCouponView] = field(default_factory=list)
    coupon_costs: list[CouponCostView] = field(default_factory=list)
    coupons_awarded: list[AwardedCouponView] = field(default_factory=list)
    late_hours: int = 0
    tax_exemption: ExemptionView | None = None
    tip_minor: int = 0
    tip_staff_code: str = ""
    staff_buyer_code: str = ""


@dataclass(slots=True)
class SaleSummary:
    """A sale without its lines; `total_minor` is negative for refunds and voids."""

    sale_id: int
    kind: SaleKind
    receipt_number: str
    store_code: str
    terminal_code: str
    channel: str
    currency: str
    business_date: str
    sold_at: datetime
    member_number: str
    total_minor: int
    points_earned: int
    late_hours: int = 0


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """Goods of one sale that were taken back by a refund and paid `exchanged_minor` of another sale."""

    returned_sale_id: int
    refund_sale_id: int
    sale_id: int
    exchanged_minor: int


@dataclass(slots=True)
class StoredDocument:
    """A document as it was stored, and the refunds and voids of it, oldest first."""

    sale: SaleView
    reversal_sale_ids: list[int]


class TakingsDimension(StrEnum):
    """What takings can be grouped by; department and tender exclude each other."""

    STORE = "store"
    DATE = "date"
    DEPARTMENT = "department"
    TENDER = "tender"
    CHANNEL = "channel"


@dataclass(slots=True)
class TakingsRow:
    """Takings of one group in one currency; what was not grouped by is empty (`tender`: None).

    `sales` and `reversals` count documents: a sale counts in every department and tender that it has. By tender,
    `total_minor` is what the tender brought less change, cash rounding included; quantities and what only lines know
    are zero. By department `rounding_minor` is zero, and so is `tip_minor`: the tips for the staff, which no
    `total_minor` has but that of a tender. By tender a row of its own, whose `tender` is None, tells of the tips.
    """

    store_code: str
    business_date: str
    department: str
    tender: TenderKind | None
    channel: str
    currency: str
    sales: int
    reversals: int
    quantity_milli: int
    gross_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int
    rounding_minor: int
    tip_minor: int = 0


@dataclass(slots=True)
class BestSeller:
    """A product by what it brought, sales less reversals, in one currency."""

    sku: str
    name: str
    department: str
    currency: str
    quantity_milli: int
    total_minor: int


@dataclass(slots=True)
class TopMember:
    """A member by what they bought, sales less reversals, in one currency; never their name."""

    member_number: str
    currency: str
    sales: int
    total_minor: int
    points_balance: int


def costs_of(discounts: Iterable[tuple[str, str, int]]) -> list[CouponCostView]:
    """The sums of what (batch, department, amount) say, by batch and department."""
    sums: dict[tuple[str, str], int] = {}
    for batch_code, department_code, off in discounts:
        if off:
            sums[batch_code, department_code] = sums.get((batch_code, department_code), 0) + off
    return [CouponCostView(*key, sums[key]) for key in sorted(sums)]
