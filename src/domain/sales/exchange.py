"""Exchanges: goods that come back pay for goods that go out, and only the difference is paid or paid out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.sales.sale import TenderKind
from domain.shared.errors import Invalid, Rejected
from domain.shared.money import allocate

INTO_EXCHANGE: Final = 100
"""What of the n-th tender of a sale goes into an exchange is tender 100 + n of the refund; n that is paid out is n."""

MOVED: Final = frozenset({TenderKind.POINTS, TenderKind.STORED_VALUE})
"""What goes back to the member and pays again in an exchange; everything else stays where it is and is carried over."""


class TooManyTendersToExchange(Rejected):
    en = "Sale {sale_id} was paid by {tenders} tenders, more than the {limit} that an exchange can carry. Refund it."
    zh = "销售单 {sale_id} 有 {tenders} 项付款，超过换货可处理的 {limit} 项，请办理退货。"


class NothingToPay(Invalid):
    en = "The goods that come back are worth {worth}, enough for the {due} due. Send no tenders."
    zh = "退回商品价值 {worth}，足以支付应付 {due}，请不要填写付款。"


@dataclass(slots=True)
class Exchange:
    """A refund whose goods pay for a sale, `exchanged_minor` of it, zero or more; the goods are of `returned_sale_id`.

    Field names are the column names.
    """

    refund_id: int
    sale_id: int
    returned_sale_id: int
    exchanged_minor: int


@dataclass(slots=True)
class ExchangeTender:
    """Which tender of which sale had really paid what now pays as a tender of the kind EXCHANGE.

    However long a chain of exchanges, it names the sale in which the customer has paid.
    """

    sale_id: int
    tender_number: int
    paid_sale_id: int
    paid_tender_number: int


def carried(worth: Sequence[int], *, total_minor: int, paid: bool) -> list[int]:
    """How much each tender of the returned goods carries over, in proportion to what it is worth, up to the total.

    None is above what it is worth; the parts sum to the smaller of both. Raises NothingToPay where the customer has
    `paid` besides and nothing is left to pay.
    """
    whole = sum(worth)
    if paid and whole >= total_minor:
        raise NothingToPay("tenders", worth=whole, due=total_minor)
    return allocate(min(whole, total_minor), list(worth))
