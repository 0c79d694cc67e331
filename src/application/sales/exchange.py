"""Exchange: goods of a sale come back and pay for other goods, and only the difference is paid or paid out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID, uuid5

from application.ports.kernel import Claim, UnitOfWork
from application.sales.basket import Basket, PermissionNeeded
from application.sales.checkout import checkout
from application.sales.exchanged_goods import GoodsWorth, TenderWorth
from application.sales.money_back import Begun
from application.sales.preparing import Checkout
from application.sales.refund import (
    Refunded,
    RefundSale,
    approve_refund,
    begin_reversal,
    pay_out,
    refund_worked_out,
)
from application.sales.tender import Tender
from application.sales.views import SaleView
from application.transactor import Call, RequestReused
from domain.sales.exchange import INTO_EXCHANGE, Exchange, ExchangeTender, TooManyTendersToExchange
from domain.sales.sale import TenderKind
from domain.sales.tenders import TENDERS_MAX
from domain.shared.errors import Invalid, Refusal

SELL: Final = "sales.checkout"
OPERATION: Final = "sales.exchange_sale"
TENDERS_CARRIED_MAX: Final = INTO_EXCHANGE - TENDERS_MAX - 1
"""So many tenders may a sale have whose goods are exchanged: the new one has as many and the customer's, below 100."""


class ExchangeInOneStore(Invalid):
    en = "The goods come back to store “{store_code}” and cannot go out in another one. Leave store_code empty."
    zh = "商品退回门店“{store_code}”，新商品不能由其他门店发出。请将 store_code 留空。"


class PointsPayAlready(Invalid):
    en = "Points that had paid for the goods pay again. Pay the difference by another tender."
    zh = "退回商品所用积分将继续支付，差额请使用其他付款方式。"


@dataclass(frozen=True, slots=True)
class ExchangeSale:
    """What comes back, as RefundSale takes it, and what goes out, as Checkout sells it for the difference."""

    returned: RefundSale
    sale: Checkout


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Both documents; `exchanged_minor` of the sale, zero or more, is paid by the goods that came back."""

    returned: Refunded
    sale: SaleView
    exchanged_minor: int


def exchange_sale(uow: UnitOfWork, command: ExchangeSale) -> Exchanged:
    """Takes goods back and sells others in one: what the first are worth pays for the second as far as it goes.

    What is left to pay is paid by the tenders of the sale, what is over is paid out as in every refund; each tender
    that had paid carries over its share. Whatever the first sale gives back, points and coupons too, the second one may
    use. Raises what `refund_sale` and `checkout` refuse, with the part of the request that it is about, and
    PermissionNeeded, ExchangeInOneStore, ExchangeOfAnotherMember, PointsPayAlready, TooManyTendersToExchange,
    NothingToPay and RequestReused.
    """
    if not uow.caller.may(SELL):
        raise PermissionNeeded("sale", permission=SELL)
    try:
        begun = _taken_back(uow, command.returned)
    except Refusal as refusal:
        raise refusal.at("returned") from None
    goods = _worth(begun)
    sale = _sold(uow, begun, goods, command.sale)
    try:
        refunded = pay_out(begun, goods.carried)
        approve_refund(begun.work, command.returned, refunded)
    except Refusal as refusal:
        raise refusal.at("returned") from None
    exchanged_minor = sum(goods.carried)
    work = begun.work
    uow.add(
        Exchange(work.reversal_id, sale.sale_id, work.original.sale.sale_id, exchanged_minor),
        *_origins(begun, goods, sale.sale_id),
    )
    return Exchanged(refunded, sale, exchanged_minor)


def _taken_back(uow: UnitOfWork, command: RefundSale) -> Begun:
    work = refund_worked_out(uow, command)
    tenders = len(work.original.tenders)
    if tenders > TENDERS_CARRIED_MAX:
        sale_id = work.original.sale.sale_id
        raise TooManyTendersToExchange("sale_id", sale_id=sale_id, tenders=tenders, limit=TENDERS_CARRIED_MAX)
    work.request_id = _second_request(uow)
    return begin_reversal(work)


def _second_request(uow: UnitOfWork) -> str:
    """The request id of the refund: a document has one for ever, and that of the request is the sale's.

    It is claimed like any other, so that nobody can use it for something else.
    """
    request_id = str(uuid5(UUID(uow.request_id), OPERATION))
    claim = Claim(uow.caller.caller_id, request_id, OPERATION, UUID(uow.request_id).bytes)
    if uow.requests.claim([claim], at=uow.now):
        raise RequestReused("request_id", request_id=request_id)
    uow.requests.answer(claim, b"")
    return request_id


def _worth(begun: Begun) -> GoodsWorth:
    """What the goods are worth by each tender; points that the buyer has not back, or owes, pay for nothing."""
    work = begun.work
    free = all(one.free for one in work.returned)
    worth = []
    for share in begun.shares:
        kind = share.tender.kind
        amount = share.amount_minor if free or kind is not TenderKind.POINTS else 0
        worth.append(TenderWorth(kind, amount, share.points, share.tender.reference))
    member_number = work.points.account.member_number if work.points is not None else ""
    return GoodsWorth(worth, member_number, work.returned, begun.stored_value)


def _sold(uow: UnitOfWork, begun: Begun, goods: GoodsWorth, command: Checkout) -> SaleView:
    """The goods that go out, in the store that takes the others and for the member who had bought them."""
    work = begun.work
    _check_points(goods, command.tenders)
    store_code = work.store.code
    basket = _basket(command.basket, store_code=store_code, member_number=goods.member_number)
    sold = replace(command, basket=basket, exchange=goods)
    [sale] = checkout(uow, [Call(sold, uow.caller, uow.request_id, OPERATION, b"", uow.now)])
    if isinstance(sale, Refusal):
        raise sale.at("sale")
    if sale.store_code != store_code:
        raise ExchangeInOneStore("sale.basket.store_code", store_code=store_code)
    return sale


def _basket(basket: Basket, *, store_code: str, member_number: str) -> Basket:
    return replace(basket, store_code=basket.store_code or store_code, member_key=basket.member_key or member_number)


def _check_points(goods: GoodsWorth, tenders: Sequence[Tender]) -> None:
    if any(one.kind is TenderKind.POINTS and one.amount_minor for one in goods.worth):
        for index, tender in enumerate(tenders):
            if tender.kind is TenderKind.POINTS:
                raise PointsPayAlready(f"sale.tenders[{index}].kind")


def _origins(begun: Begun, goods: GoodsWorth, sale_id: int) -> list[ExchangeTender]:
    found = []
    for place, number in goods.numbers.items():
        origin = begun.origins[begun.shares[place].tender_number]
        found.append(ExchangeTender(sale_id, number, origin.sale_id, origin.tender_number))
    return found
