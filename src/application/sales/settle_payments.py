"""Providers pay out what they have taken, less their fee: from tender clearing to the bank."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from application.fields import required_code, within
from application.ports.kernel import UnitOfWork
from application.scope import store_in_scope, trading_day
from domain.finance.journal import JournalEntry, balanced
from domain.finance.payment_postings import settlement_postings
from domain.sales.payment import PaymentEvent, PaymentEventKind, PaymentSettlement, PaymentState
from domain.sales.sale import TenderKind
from domain.shared.errors import Rejected
from domain.shared.money import AMOUNT_MINOR_MAX

AT_ONCE_MAX: Final = 5_000
DOCUMENT_KIND: Final = "payment_settlement"


class NothingToSettle(Rejected):
    en = "Provider “{provider}” owes store “{store_code}” nothing that is not settled. See `liansuo payment takings`."
    zh = "支付机构“{provider}”对门店“{store_code}”没有未结算款项，请查看 `liansuo payment takings`。"


@dataclass(frozen=True, slots=True)
class SettlePayments:
    """All that a provider has taken for a store and not paid out yet; `fee_minor` is what it keeps of that."""

    provider: str
    store_code: str
    fee_minor: int = 0


@dataclass(frozen=True, slots=True)
class PaymentsSettled:
    """`amount_minor` is what was taken, refunds deducted; `more` tells that there was too much for one settlement."""

    settlement_id: int
    payments: int
    amount_minor: int
    fee_minor: int
    currency: str
    more: bool


def settle_payments(uow: UnitOfWork, command: SettlePayments) -> PaymentsSettled:
    """Moves what a provider pays out from clearing to the bank; refunds made since the last time are deducted.

    Raises NothingToSettle, UnknownStore and OutOfRange.
    """
    required_code(command.provider, field="provider")
    within(command.fee_minor, 0, AMOUNT_MINOR_MAX, field="fee_minor")
    uow.refresh()
    store = store_in_scope(uow, command.store_code)
    found = uow.payments.lock_unsettled(command.provider, store.store_id, store.currency, limit=AT_ONCE_MAX + 1)
    settled = found[:AT_ONCE_MAX]
    if not settled:
        raise NothingToSettle("provider", provider=command.provider, store_code=store.code)
    by_kind = Counter({TenderKind.CARD: 0, TenderKind.WALLET: 0})
    for one in settled:
        by_kind[one.kind] += one.unsettled_minor
    uow.payments.settle([one.payment_id for one in settled])
    caller, on = uow.caller, trading_day(uow, store)
    settlement = PaymentSettlement(
        settlement_id=uow.new_id(),
        provider=command.provider,
        store_id=store.store_id,
        currency=store.currency,
        business_date=on,
        payments=len(settled),
        card_minor=by_kind[TenderKind.CARD],
        wallet_minor=by_kind[TenderKind.WALLET],
        fee_minor=command.fee_minor,
        caller_id=caller.caller_id,
        staff_id=caller.staff_id,
        settled_at=uow.now,
    )
    document_id = settlement.settlement_id
    entry = JournalEntry(uow.new_id(), store.store_id, on, store.currency, "", DOCUMENT_KIND, document_id, uow.now)
    amounts = settlement_postings({kind.value: amount for kind, amount in by_kind.items()}, fee_minor=command.fee_minor)
    events = [
        PaymentEvent(
            event_id,
            one.payment_id,
            PaymentEventKind.SETTLED,
            PaymentState.SETTLED if one.state is PaymentState.CAPTURED else one.state,
            str(document_id),
            caller.caller_id,
            caller.staff_id,
            uow.now,
        )
        for one, event_id in zip(settled, uow.new_ids(len(settled)), strict=True)
    ]
    uow.add(settlement, *events, entry, *balanced(entry.entry_id, amounts))
    uow.publish("PaymentsSettled", document_id, {"settlement_id": document_id, "store_id": store.store_id})
    return PaymentsSettled(
        document_id, len(settled), by_kind.total(), command.fee_minor, store.currency, len(found) > AT_ONCE_MAX
    )
