"""What every payment into and out of the wallet has in common: how it is paid, the store, and the entry of a member."""

from application.ports.kernel import UnitOfWork
from application.scope import trading_day
from domain.identity.organisation import Store
from domain.sales.sale import TenderKind
from domain.sales.tenders import MONEY
from domain.shared.errors import Invalid
from domain.wallet.stored_value import Split, StoredValueEntry, StoredValueReason


class TenderPaysNothingIn(Invalid):
    en = "{kind} is no money that could be paid in. Use {known}."
    zh = "{kind} 不是可用于充值或还款的货币。可用：{known}。"


def check_pays_in(tender: TenderKind, *, field: str = "tender") -> None:
    """Raises TenderPaysNothingIn for what is no money."""
    if tender not in MONEY:
        known = ", ".join(sorted(kind.name for kind in MONEY))
        raise TenderPaysNothingIn(field, kind=tender.name, known=known)


def stored_value_entry(
    uow: UnitOfWork,
    member_id: int,
    store: Store,
    reason: StoredValueReason,
    split: Split,
    *,
    frozen: int = 0,
    tender: str = "",
    reference: str = "",
    note: str = "",
) -> StoredValueEntry:
    """A movement of now in the store and its currency, by the caller; it is its own document."""
    entry_id = uow.new_id()
    return StoredValueEntry(
        member_id=member_id,
        currency=store.currency,
        entry_id=entry_id,
        reason=reason,
        principal_minor=split.principal_minor,
        bonus_minor=split.bonus_minor,
        frozen=frozen,
        document_id=entry_id,
        tender=tender,
        reference=reference,
        note=note,
        store_id=store.store_id,
        caller_id=uow.caller.caller_id,
        staff_id=uow.caller.staff_id,
        business_date=trading_day(uow, store),
        posted_at=uow.now,
    )
