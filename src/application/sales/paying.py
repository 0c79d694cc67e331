"""Payments of providers at the till: what they pay of a sale, for ever, and what of it goes back to the customer."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from application.ports.kernel import UnitOfWork
from application.sales.origins import Origin
from application.sales.payment_answers import note
from application.sales.tender import Tender
from application.transactor import Call
from domain.identity.organisation import Caller, Store
from domain.sales.payment import PAID, PaymentEvent, PaymentEventKind, PaymentIntent, PaymentRefund, is_lost
from domain.sales.sale import Sale, SaleTender, TenderKind
from domain.shared.errors import Invalid, NotFound, Rejected

PAYING: Final = frozenset({TenderKind.CARD, TenderKind.WALLET})
REFUND_KEY_CHARACTERS: Final = 32


class NotAPaymentTender(Invalid):
    en = "payment_id goes with the tender kinds CARD and WALLET only."
    zh = "只有 CARD 和 WALLET 付款方式可以填写 payment_id。"


class ReferenceOfPayment(Invalid):
    en = "The reference of a payment is its provider's. Leave it empty where payment_id is given."
    zh = "付款的参考号由支付机构给出，填写 payment_id 时请将 reference 留空。"


class PaymentTenderedTwice(Invalid):
    en = "Payment {payment_id} is among the tenders twice. Name it once."
    zh = "付款 {payment_id} 出现两次，只能使用一次。"


class NoSuchPayment(NotFound):
    en = "There is no payment {payment_id} of store “{store_code}”. Name the one that StartPayment gave."
    zh = "门店“{store_code}”没有付款 {payment_id}，请使用 StartPayment 返回的付款。"


class PaymentNotPaid(Rejected):
    en = "Payment {payment_id} is {state}, so it pays nothing. Ask for it with GetPayment, or take another tender."
    zh = "付款 {payment_id} 状态为 {state}，不能付款。请用 GetPayment 查询，或改用其他付款方式。"


class PaymentUsed(Rejected):
    en = "Payment {payment_id} pays sale {sale_id} already. Start another one."
    zh = "付款 {payment_id} 已用于销售单 {sale_id}，请重新发起付款。"


class PaymentOfOrder(Rejected):
    en = "Payment {payment_id} is paid in for order {order_id} already. Start another one."
    zh = "付款 {payment_id} 已作为订单 {order_id} 的订金，请重新发起付款。"


class DepositLost(Rejected):
    en = (
        "The provider does not have the money of payment {payment_id} any more, which was paid in for this order."
        " Cancel the order and place it again."
    )
    zh = "支付机构已不再持有作为本订单订金的付款 {payment_id} 的款项，请取消订单后重新下单。"


class PaymentDiffers(Rejected):
    en = "Payment {payment_id} is a {kind} of {amount} {currency}. Send the tender with these."
    zh = "付款 {payment_id} 为 {kind}，金额 {amount} {currency}，付款方式与金额须与其一致。"


class PaymentLost(Rejected):
    en = (
        "The provider does not have the money of payment {payment_id} any more, so none of it can be paid out in cash."
        " Refund the sale without cash_instead."
    )
    zh = "支付机构已不再持有付款 {payment_id} 的款项，不能以现金退款。请不使用 cash_instead 办理退货。"


@dataclass(frozen=True, slots=True)
class PaymentTaken:
    """A payment that pays a sale, as its tender with this number."""

    intent: PaymentIntent
    tender_number: int


def named_payments(tenders: Sequence[Tender]) -> dict[int, int]:
    """The payment of each tender that names one, by the place of the tender.

    Raises NotAPaymentTender, ReferenceOfPayment and PaymentTenderedTwice.
    """
    found: dict[int, int] = {}
    for index, tender in enumerate(tenders):
        if not tender.payment_id:
            continue
        if tender.kind is TenderKind.DEPOSIT:
            # Paid in for the order that is handed over.
            found[index] = tender.payment_id
            continue
        if tender.kind not in PAYING:
            raise NotAPaymentTender(f"tenders[{index}].payment_id")
        if tender.reference:
            raise ReferenceOfPayment(f"tenders[{index}].reference")
        if tender.payment_id in found.values():
            raise PaymentTenderedTwice(f"tenders[{index}].payment_id", payment_id=tender.payment_id)
        found[index] = tender.payment_id
    return found


def lock_payments(uow: UnitOfWork, sales: Iterable[Mapping[int, int]]) -> Mapping[int, PaymentIntent]:
    """Locks the payments of all sales of a batch, after everything else; without any nothing is asked."""
    wanted = {payment_id for payments in sales for payment_id in payments.values()}
    return uow.payments.lock(wanted) if wanted else {}


def pay_by_payments(
    tenders: list[Tender],
    named: Mapping[int, int],
    intents: Mapping[int, PaymentIntent],
    store: Store,
    *,
    where: str = "tenders",
) -> list[PaymentTaken]:
    """The payments that pay; the tenders, whose field is `where`, get the reference of the provider.

    Raises NoSuchPayment (for one of another store too), PaymentUsed, PaymentOfOrder, PaymentNotPaid, PaymentDiffers,
    and DepositLost for a deposit that nobody holds any more.
    """
    taken = []
    for index, payment_id in named.items():
        intent, tender, field = intents.get(payment_id), tenders[index], f"{where}[{index}].payment_id"
        if intent is None or intent.store_id != store.store_id:
            raise NoSuchPayment(field, payment_id=payment_id, store_code=store.code)
        if tender.kind is TenderKind.DEPOSIT:
            if is_lost(intent):
                raise DepositLost("order_id", payment_id=payment_id)
            taken.append(PaymentTaken(intent, index + 1))
            continue
        if intent.order_id is not None:
            raise PaymentOfOrder(field, payment_id=payment_id, order_id=intent.order_id)
        if intent.sale_id is not None:
            raise PaymentUsed(field, payment_id=payment_id, sale_id=intent.sale_id)
        if intent.state not in PAID or intent.cancelling:
            state = "cancelling" if intent.cancelling else intent.state
            raise PaymentNotPaid(field, payment_id=payment_id, state=state)
        if (intent.kind, intent.amount_minor) != (tender.kind, tender.amount_minor):
            raise PaymentDiffers(
                field,
                payment_id=payment_id,
                kind=intent.kind.name,
                amount=intent.amount_minor,
                currency=intent.currency,
            )
        tenders[index] = replace(tender, reference=intent.reference or intent.key)
        taken.append(PaymentTaken(intent, index + 1))
    return taken


def take_payments(uow: UnitOfWork, taken: Sequence[PaymentTaken], call: Call[Any], sale: Sale) -> None:
    """Makes the payments the sale's, so that the next sale of the batch finds them taken; `record_taken` stores it."""
    for one in taken:
        one.intent.sale_id, one.intent.tender_number = sale.sale_id, one.tender_number
        if one.intent.order_id is None:
            # Captured as soon as the sale is committed, and not before; what was paid in was so then.
            one.intent.due_at = call.received_at
            uow.add(_used(uow, one.intent, call.caller, sale))


def _used(uow: UnitOfWork, intent: PaymentIntent, caller: Caller, sale: Sale) -> PaymentEvent:
    return PaymentEvent(
        uow.new_id(),
        intent.payment_id,
        PaymentEventKind.USED,
        intent.state,
        str(sale.sale_id),
        caller.caller_id,
        caller.staff_id,
        sale.stored_at,
    )


def record_taken(uow: UnitOfWork, intents: Mapping[int, PaymentIntent]) -> None:
    """Stores which of the locked payments the sales of the batch have taken, all in one call."""
    if taken := [intent for intent in intents.values() if intent.used]:
        uow.payments.save(taken)


def give_payments_back(
    uow: UnitOfWork, origins: Mapping[int, Origin], tenders: Sequence[SaleTender], sale: Sale
) -> None:
    """Has the providers give back what the negative `tenders` of a refund return to payments, once it is committed.

    `origins` tell by which tender of which sale they had paid, by the number of the tender. Raises PaymentLost
    where cash would be paid out for money that the provider does not have.
    """
    back = {origins[tender.tender_number]: -tender.amount_minor for tender in tenders if tender.kind in PAYING}
    in_cash = {
        origins[tender.tender_number]
        for tender in tenders
        if tender.kind is TenderKind.CASH and tender.paid_kind in PAYING
    }
    if not back and not in_cash:
        return
    changed = []
    for sale_id in sorted({origin.sale_id for origin in [*back, *in_cash]}):
        for intent in uow.payments.lock_of_sale(sale_id):
            origin = Origin(sale_id, intent.tender_number)
            if origin in in_cash and is_lost(intent):
                raise PaymentLost("cash_instead", payment_id=intent.payment_id)
            if origin in back:
                ask_refund(uow, intent, back[origin], sale.sale_id)
                changed.append(intent)
    uow.payments.save(changed)


def ask_refund(uow: UnitOfWork, intent: PaymentIntent, amount_minor: int, document_id: int) -> None:
    """Notes that this document gives back so much of a locked payment: its provider is told afterwards."""
    intent.refund_asked_minor += amount_minor
    intent.due_at = uow.now
    refund_key = hashlib.sha256(f"{intent.key}:{document_id}".encode()).hexdigest()[:REFUND_KEY_CHARACTERS]
    total = intent.refund_asked_minor
    uow.add(
        PaymentRefund(
            uow.new_id(), intent.payment_id, document_id, refund_key, amount_minor, total, uow.now, None
        )
    )  # fmt: skip
    note(uow, intent, PaymentEventKind.REFUND_ASKED, str(amount_minor))
