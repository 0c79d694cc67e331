"""Documents to print: a sale with promotions, its refund in part, and a void."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from domain.sales.receipt import Letterhead, Printed, PrintedCoupon, PrintedLine, PrintedTender
from domain.sales.sale import SaleKind, TenderKind
from domain.shared.applied import AppliedDiscount, AppliedTax

SHOP: Final = Letterhead(
    store_name="Nanjing Road 南京路店",
    seller="连锁商贸（上海）有限公司",
    address="上海市黄浦区南京东路 100 号",
    tax_number="91310000MA1FL0TEST",
    footer=("Goods may come back within 7 days.", "谢谢惠顾"),
)


def vat(base_minor: int, tax_minor: int, rate_ppm: int = 130_000) -> AppliedTax:
    return AppliedTax(f"VAT{rate_ppm // 10_000}", rate_ppm, base_minor, tax_minor)


TEA: Final = PrintedLine(
    name="西湖龙井 明前特级 礼盒装 Longjing green tea gift box",
    quantity_milli=2_000,
    unit_price_minor=10_000,
    gross_minor=20_000,
    discounts=(
        AppliedDiscount("promotion:M8", "会员日八折 Member day", 4_000, 20_000),
        AppliedDiscount("manual", "Box dented", 100, 16_000),
    ),
    taxes=(vat(14_071, 1_829),),
)
RICE: Final = PrintedLine(
    name="Rice, loose",
    quantity_milli=1_375,
    unit_price_minor=800,
    gross_minor=1_100,
    taxes=(vat(1_009, 91, 90_000),),
)
MUG: Final = PrintedLine(
    name="马克杯",
    quantity_milli=1_000,
    unit_price_minor=0,
    gross_minor=0,
    discounts=(AppliedDiscount("gift:MUGS", "满额赠杯", 0, 0),),
    gift=True,
)
DEPOSIT: Final = PrintedLine(name="Bottle deposit", quantity_milli=0, unit_price_minor=50, gross_minor=50)

SALE: Final = Printed(
    kind=SaleKind.SALE,
    receipt_number="T1-000042",
    terminal_code="T1",
    cashier_code="ann",
    currency="CNY",
    business_date="2026-11-27",
    sold_at=datetime(2026, 11, 28, 1, 15),  # noqa: DTZ001 -- a receipt tells the store's own time
    lines=(TEA, RICE, MUG, DEPOSIT),
    tenders=(
        PrintedTender(TenderKind.POINTS, 500, 500),
        PrintedTender(TenderKind.WALLET, 10_000, reference="4200001"),
        PrintedTender(TenderKind.CASH, 10_000),
    ),
    gross_minor=21_150,
    discount_minor=4_100,
    rounding_minor=0,
    total_minor=17_050,
    change_minor=3_450,
    member_number="M00012345",
    points_earned=165,
    points_redeemed=500,
    points_balance=1_234,
    coupons_used=(PrintedCoupon("新客立减", "…7F3K"),),
    coupons_awarded=(PrintedCoupon("Ten off 满百减十", "K7PM-2Q4R-9XWT", "2026-12-31"),),
    code="T1-000042.4711.ABCDEFGH",
)

REFUND: Final = replace(
    SALE,
    kind=SaleKind.REFUND,
    receipt_number="T2-S4712",
    original_receipt_number="T1-000042",
    terminal_code="T2",
    business_date="2026-11-28",
    lines=(
        PrintedLine(
            name=TEA.name,
            quantity_milli=-1_000,
            unit_price_minor=10_000,
            gross_minor=-10_000,
            discounts=(
                AppliedDiscount("promotion:M8", "会员日八折 Member day", -2_000, -10_000),
                AppliedDiscount("manual", "Box dented", -50, -8_000),
            ),
            taxes=(vat(-7_035, -915),),
        ),
    ),
    tenders=(PrintedTender(TenderKind.CASH, -7_952),),
    gross_minor=-10_000,
    discount_minor=-2_050,
    rounding_minor=-2,
    total_minor=-7_950,
    change_minor=0,
    points_earned=-80,
    points_redeemed=0,
    points_balance=1_154,
    coupons_used=(),
    coupons_awarded=(),
    print_number=3,
    code="T2-S4712.4712.HGFEDCBA",
)

VOID: Final = Printed(
    kind=SaleKind.VOID,
    receipt_number="T1-S9",
    original_receipt_number="T1-S8",
    terminal_code="T1",
    currency="JPY",
    business_date="2026-11-28",
    sold_at=datetime(2026, 11, 28, 12, 0),  # noqa: DTZ001 -- as above
    offline=True,
    lines=(
        PrintedLine(
            name="Green tea",
            quantity_milli=-1_000,
            unit_price_minor=1_200,
            gross_minor=-1_200,
            taxes=(vat(-1_200, -120, 100_000),),
        ),
    ),
    tenders=(PrintedTender(TenderKind.CARD, -1_320, reference="A1"),),
    gross_minor=-1_200,
    discount_minor=0,
    rounding_minor=0,
    total_minor=-1_320,
    change_minor=0,
)
