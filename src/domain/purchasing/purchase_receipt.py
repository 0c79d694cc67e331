"""Receipts against purchase orders: how much may come, what it costs, and for which store it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.purchasing.purchase_terms import WHOLE_BP, NetPrice, worth_minor
from domain.shared.errors import Invalid, Rejected
from domain.shared.money import Rounding, allocate


class RejectedTo(StrEnum):
    """Where goods go that are not accepted."""

    DRIVER = "driver"
    """Back at once: they never were the chain's."""
    QUARANTINE = "quarantine"
    """Set aside in the store, until they are returned or accepted after all."""


class OverDelivered(Rejected):
    en = "Line {line_number} may take {most} thousandths more, not {quantity}. Reject the rest with a reason."
    zh = "第 {line_number} 行最多还可收 {most}（千分之一单位），不能收 {quantity}。请将多余部分填写原因后拒收。"


class FreightWithoutGoods(Invalid):
    en = "Freight is part of what accepted goods cost, and this receipt accepts none. Leave freight_minor at 0."
    zh = "运费计入所收商品成本，而本次未收下任何商品。请将 freight_minor 留为 0。"


@dataclass(slots=True)
class PurchaseAllocation:
    """What of a line is for which store: ordered, received, and still open, which no closed order has any more."""

    order_id: int
    line_number: int
    location_id: int
    sku_id: int
    expected_on: date
    ordered_milli: int
    received_milli: int
    open_milli: int


@dataclass(slots=True)
class PurchaseReceipt:
    """Goods that one store received for an order; `receipt_id` is that of its goods receipt.

    Receipts of one delivery have its `delivery_id`. `goods_minor` is what accepted goods cost without freight,
    `quarantine_minor` what rejected goods are worth that stay in the store.
    """

    receipt_id: int
    delivery_id: int
    order_id: int
    store_id: int
    supplier_id: int
    currency: str
    delivery_note: str
    business_date: date
    goods_minor: int
    freight_minor: int
    quarantine_minor: int
    received_at: datetime


@dataclass(slots=True)
class PurchaseReceiptLine:
    """What came of a line of the order; costs are without tax. `price_minor` per `price_quantity_milli` was agreed."""

    receipt_id: int
    line_number: int
    order_id: int
    supplier_id: int
    currency: str
    sku_id: int
    accepted_milli: int
    rejected_milli: int
    rejected_to: RejectedTo
    reject_reason: str
    price_minor: int
    price_quantity_milli: int
    goods_minor: int
    freight_minor: int
    quarantine_minor: int
    received_at: datetime


def acceptable_milli(*, ordered_milli: int, received_milli: int, over_bp: int) -> int:
    """How much more of a line may be accepted: what is left of it, and the tolerance of the supplier on the whole."""
    return max(0, ordered_milli + ordered_milli * over_bp // WHOLE_BP - received_milli)


def check_acceptable(*, quantity_milli: int, most_milli: int, line_number: int, field: str) -> None:
    """Raises OverDelivered."""
    if quantity_milli > most_milli:
        raise OverDelivered(field, line_number=line_number, most=most_milli, quantity=quantity_milli)


def cost_of_goods(
    price: NetPrice, *, received_milli: int, accepted_milli: int, rounding: Rounding = Rounding.HALF_UP
) -> int:
    """What `accepted_milli` cost after `received_milli` of the line had come before.

    However many parts a line comes in, together they cost what the whole costs: each is the difference of two totals.
    """
    before = worth_minor(price, received_milli, rounding=rounding)
    return worth_minor(price, received_milli + accepted_milli, rounding=rounding) - before


def spread_freight(freight_minor: int, goods_minor: Sequence[int]) -> list[int]:
    """Spreads freight over goods by their value, and evenly over goods that cost nothing; the parts sum to it.

    Raises FreightWithoutGoods.
    """
    if freight_minor and not goods_minor:
        raise FreightWithoutGoods("freight_minor")
    return allocate(freight_minor, goods_minor if any(goods_minor) else [1] * len(goods_minor))
