"""What the till has to ask for when it sells a product, checked as it is set."""

from typing import Final

from application.fields import within
from domain.catalog.product import SellingTerms
from domain.shared.errors import Invalid
from domain.shared.money import AMOUNT_MINOR_MAX

AGE_MAX: Final = 99


class BoundsOfNoOpenPrice(Invalid):
    en = "Bounds are for a price that is keyed in. Set open_price, or leave them out."
    zh = "价格上下限仅用于手工输入价格的商品。请设置 open_price，或删除上下限。"


class BoundsCrossed(Invalid):
    en = "The least price {low} lies above the highest {high}."
    zh = "最低价 {low} 高于最高价 {high}。"


class PiecesAreWhole(Invalid):
    en = "Goods that are sold by serial numbers are counted in pieces. Choose a unit of measure without decimals."
    zh = "按序列号销售的商品按件计数，请选择无小数的计量单位。"


def checked_selling(terms: SellingTerms, *, field: str) -> SellingTerms | None:
    """The terms, None where they ask for nothing; raises OutOfRange, BoundsOfNoOpenPrice and BoundsCrossed."""
    low = within(terms.open_price_min_minor, 0, AMOUNT_MINOR_MAX, field=f"{field}.open_price_min_minor")
    high = within(terms.open_price_max_minor, 0, AMOUNT_MINOR_MAX, field=f"{field}.open_price_max_minor")
    within(terms.age_min, 0, AGE_MAX, field=f"{field}.age_min")
    if (low or high) and not terms.open_price:
        raise BoundsOfNoOpenPrice(f"{field}.open_price")
    if high and low > high:
        raise BoundsCrossed(f"{field}.open_price_min_minor", low=low, high=high)
    return None if terms == SellingTerms() else terms
