"""The money of customers' orders: deposits, the sale that uses them up, and paying them out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from application.fields import NamedTwice, at_most, optional_name, required_name
from application.ports.kernel import UnitOfWork
from application.ports.orders import StoredOrder
from application.sales.checkout import checkout
from application.sales.order_ledger import (
    after_change,
    locked_order,
    note_event,
    record_payments,
    release_stock,
    stored_order,
)
from application.sales.order_views import OrderLineView, OrderPaymentView, OrderView
from application.sales.orders import basket_of
from application.sales.paying_orders import give_deposits_back, take_deposits
from application.sales.preparing import Checkout, DepositOfNoOrder, OrderTaken
from application.sales.supplied_goods import (
    SuppliedGoods,
    check_nothing_supplied,
    hand_over_supplied,
    supplied_goods,
    supplied_wholly,
)
from application.sales.tender import Tender
from application.sales.views import SaleTenderView, SaleView
from application.transactor import Call
from domain.sales.order import (
    Deposit,
    OrderEventKind,
    OrderState,
    check_open,
    check_pays,
    deposits,
    handed_over,
)
from domain.sales.reversal import TenderLeft
from domain.sales.sale import TenderKind
from domain.sales.tenders import MONEY, TENDERS_MAX, check_reference
from domain.shared.errors import Invalid, Refusal
from domain.shared.money import AMOUNT_MINOR_MAX

_SERIALS: Final = re.compile(r"basket\.lines\[(\d+)\]\.serial_numbers(.*)")
_TENDER: Final = re.compile(r"tenders\[(\d+)\](.*)")


class NoPayments(Invalid):
    en = "Send what is paid: 1 to {limit} payments."
    zh = "请填写付款，1 至 {limit} 项。"


class NoMoneyToPayIn(Invalid):
    en = "{kind} cannot be paid in for an order. Use {known}; other tenders pay when the goods are handed over."
    zh = "{kind} 不能作为订金。可用：{known}；其他付款方式请在交货时使用。"


class InvalidDeposit(Invalid):
    en = "A payment must be above zero and below {limit}, in minor units."
    zh = "付款金额必须大于零且小于 {limit}（最小货币单位）。"


@dataclass(frozen=True, slots=True)
class PayOrder:
    order_id: int
    payments: tuple[OrderPaymentView, ...] = ()


class UnknownOrderLine(Invalid):
    en = "The order has no line {line_number}: its lines are 1 to {last}."
    zh = "订单没有第 {line_number} 行：有效行号为 1 至 {last}。"


@dataclass(frozen=True, slots=True)
class OrderPieces:
    """The serial numbers of the pieces that are handed over of a line, which counts from 1 on."""

    line_number: int
    serial_numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CompleteOrder:
    """`age_confirmed` tells that somebody has seen that the customer is old enough for the goods."""

    order_id: int
    tenders: tuple[Tender, ...] = ()
    note: str = ""
    pieces: tuple[OrderPieces, ...] = ()
    age_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Completed:
    order: OrderView
    sale: SaleView


@dataclass(frozen=True, slots=True)
class CancelOrder:
    order_id: int
    reason: str


def pay_order(uow: UnitOfWork, command: PayOrder) -> OrderView:
    """Takes a deposit, which the chain owes until the goods are handed over.

    A payment of a provider (`payment_id`) is taken for ever, as by a sale. Raises UnknownOrder, OrderClosed,
    PaysMoreThanDue, NoPayments, NoMoneyToPayIn, InvalidDeposit, and as `check_reference` and `take_deposits`.
    """
    _check(command.payments)
    uow.refresh()
    order = locked_order(uow, command.order_id)
    total = sum(payment.amount_minor for payment in command.payments)
    check_pays(order, total)
    paid = take_deposits(uow, order, command.payments)
    record_payments(uow, order, paid, uow.new_id(), posted=True)
    uow.orders.move(order)
    kind = OrderEventKind.DEPOSITED if order.due_minor else OrderEventKind.PAID
    note_event(uow, order, kind, amount_minor=total)
    return after_change(uow, order)


def complete_order(uow: UnitOfWork, command: CompleteOrder) -> Completed:
    """Hands the goods over: the sale at the promised price, with what was paid in as its first tenders.

    The order is locked before its member, its stock and everything else that a sale locks. Raises what `checkout`
    refuses, with fields of this request where it has them, UnknownOrder, OrderClosed, OrderNotThere, UnknownOrderLine,
    DepositOfNoOrder, and SupplierStillSends while a supplier has goods to send.
    """
    note = optional_name(command.note, field="note")
    for index, tender in enumerate(command.tenders):
        if tender.kind is TenderKind.DEPOSIT:
            raise DepositOfNoOrder(f"tenders[{index}].kind")
    uow.refresh()
    order = locked_order(uow, command.order_id)
    check_open(order)
    stored = stored_order(uow, order.order_id)
    supplied = supplied_goods(uow, order)
    state = handed_over(order, supplied=supplied_wholly(supplied, stored.lines))
    used = deposits(stored.payments)
    kept = uow.reservations.kept([order.order_id]).get(order.order_id, {})
    places = _places(command.pieces, lines=len(stored.lines))
    [sale] = checkout(uow, [_call(uow, stored, used, kept, supplied, command)])
    if isinstance(sale, Refusal):
        raise _of_request(sale, places, deposits=len(used))
    spent = [replace(one, amount_minor=-one.amount_minor) for one in used]
    record_payments(uow, order, spent, sale.sale_id, posted=False)
    release_stock(uow, order, kept)
    hand_over_supplied(uow, order, supplied, sale_id=sale.sale_id, on=date.fromisoformat(sale.business_date))
    order.state, order.sale_id = state, sale.sale_id
    uow.orders.move(order)
    note_event(uow, order, OrderEventKind(state.value), note=note)
    return Completed(after_change(uow, order), sale)


def cancel_order(uow: UnitOfWork, command: CancelOrder) -> OrderView:
    """Frees the stock of an open order and pays out what was paid in, as it came: providers are told to give it back.

    Raises UnknownOrder, OrderClosed, and SupplierStillSends or UnderWayToCustomer while a supplier sends goods for it.
    """
    reason = required_name(command.reason, field="reason")
    uow.refresh()
    order = locked_order(uow, command.order_id)
    check_open(order)
    check_nothing_supplied(uow, order)
    stored = stored_order(uow, order.order_id)
    kept = uow.reservations.kept([order.order_id]).get(order.order_id, {})
    uow.stock.lock([(order.store_id, sku_id) for sku_id in sorted(kept)])
    release_stock(uow, order, kept)
    back = [replace(one, amount_minor=-one.amount_minor) for one in deposits(stored.payments)]
    document_id = uow.new_id()
    record_payments(uow, order, back, document_id, posted=True)
    order.state = OrderState.CANCELLED
    uow.orders.move(order)
    paid_out = sum(one.amount_minor for one in back)
    note_event(uow, order, OrderEventKind.CANCELLED, note=reason, amount_minor=paid_out)
    give_deposits_back(uow, back, document_id)
    return after_change(uow, order)


def as_paid_in(uow: UnitOfWork, sale_id: int, left: list[TenderLeft]) -> list[TenderLeft]:
    """What the tenders of a sale still hold, deposits as the money that was paid in: nobody is owed an order any more.

    Deposits are the first tenders of their sale.
    """
    name_as_paid_in(uow, {sale_id: left})
    return left


def name_as_paid_in(uow: UnitOfWork, tenders: Mapping[int, Sequence[TenderLeft | SaleTenderView]]) -> None:
    """The same for the tenders of many sales, by the id of the sale, in one statement."""
    deposits = {
        sale_id: held
        for sale_id, several in tenders.items()
        if (held := [tender for tender in several if tender.kind is TenderKind.DEPOSIT])
    }
    if deposits:
        used = uow.orders.deposits_of_sales(deposits.keys())
        for sale_id, held in deposits.items():
            for tender, paid_in in zip(held, used[sale_id], strict=True):
                tender.kind = paid_in.kind


def _check(payments: Sequence[OrderPaymentView]) -> None:
    if not payments:
        raise NoPayments("payments", limit=TENDERS_MAX)
    at_most(payments, TENDERS_MAX, field="payments")
    for index, payment in enumerate(payments):
        field = f"payments[{index}]"
        if payment.kind not in MONEY:
            known = ", ".join(sorted(kind.name for kind in MONEY))
            raise NoMoneyToPayIn(f"{field}.kind", kind=payment.kind.name, known=known)
        if not 0 < payment.amount_minor < AMOUNT_MINOR_MAX:
            raise InvalidDeposit(f"{field}.amount_minor", limit=AMOUNT_MINOR_MAX)
        check_reference(payment.reference, field=f"{field}.reference")
        optional_name(payment.reference, field=f"{field}.reference")


def _places(pieces: Sequence[OrderPieces], *, lines: int) -> dict[int, int]:
    """The place among `pieces` of each line that has some; raises UnknownOrderLine and NamedTwice."""
    places: dict[int, int] = {}
    for place, one in enumerate(pieces):
        field = f"pieces[{place}].line_number"
        if not 1 <= one.line_number <= lines:
            raise UnknownOrderLine(field, line_number=one.line_number, last=lines)
        if one.line_number in places:
            raise NamedTwice(field, code=str(one.line_number))
        places[one.line_number] = place
    return places


def _of_request(refusal: Refusal, places: Mapping[int, int], *, deposits: int) -> Refusal:
    """A refusal of the sale with the field of CompleteOrder that it is about; others keep the field of the sale."""
    if refusal.field == "basket.age_confirmed":
        refusal.field = "age_confirmed"
    elif found := _SERIALS.fullmatch(refusal.field):
        place = places.get(int(found[1]) + 1)
        refusal.field = "pieces" if place is None else f"pieces[{place}].serial_numbers{found[2]}"
    elif (found := _TENDER.fullmatch(refusal.field)) and int(found[1]) >= deposits:
        # The first tenders of the sale are what was paid in.
        refusal.field = f"tenders[{int(found[1]) - deposits}]{found[2]}"
    return refusal


def _call(
    uow: UnitOfWork,
    stored: StoredOrder,
    used: Sequence[Deposit],
    kept: Mapping[int, int],
    supplied: SuppliedGoods,
    command: CompleteOrder,
) -> Call[Checkout]:
    order = stored.order
    lines = [OrderLineView(stored.skus[line.sku_id], line.quantity_milli) for line in stored.lines]
    basket = basket_of(lines, uow.chain.stores[order.store_id], member_key=stored.member_number, channel=order.channel)
    pieces = {one.line_number: one.serial_numbers for one in command.pieces}
    scanned = [
        replace(line, serial_numbers=pieces.get(number, ())) for number, line in enumerate(basket.lines, start=1)
    ]
    basket = replace(basket, lines=tuple(scanned), age_confirmed=command.age_confirmed)
    paid_in = [
        Tender(TenderKind.DEPOSIT, one.amount_minor, reference=one.reference, payment_id=one.payment_id or 0)
        for one in used
    ]
    sold = Checkout(
        basket,
        (*paid_in, *command.tenders),
        quote_token=order.quote_token,
        order=OrderTaken(order.order_id, kept, len(used), supplied),
    )
    return Call(sold, uow.caller, uow.request_id, "sales.complete_order", b"", uow.now)
