"""Stored value leaves an account otherwise than by a sale: handed to another member, or paid out."""

from dataclasses import dataclass
from typing import Final

from application.fields import optional_name, required_name
from application.named_members import known_member_id
from application.ports.kernel import UnitOfWork
from application.scope import open_store
from application.wallet.paying_in import check_pays_in, stored_value_entry
from domain.finance.journal import JournalEntry, balanced
from domain.finance.stored_value_postings import close_postings
from domain.sales.sale import TenderKind
from domain.sales.tenders import check_reference
from domain.shared.errors import Invalid
from domain.wallet.stored_value import (
    Split,
    StoredValueReason,
    check_closes,
    transfer,
)

CLOSE_KIND: Final = "stored_value_close"


class SameMember(Invalid):
    en = "Stored value is transferred to another member, and both keys name the same one."
    zh = "储值须转给另一位会员，两个会员标识不能相同。"


@dataclass(frozen=True, slots=True)
class TransferStoredValue:
    """`amount_minor` of principal, in the currency of the store; the bonus stays with whom it was given to."""

    from_member_key: str
    to_member_key: str
    amount_minor: int
    reason: str
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class StoredValueTransferred:
    """Both entries have the first one's id as their document; balances are those after it."""

    document_id: int
    currency: str
    from_balance_minor: int
    to_balance_minor: int


@dataclass(frozen=True, slots=True)
class CloseStoredValue:
    """Everything that the member holds in the currency of the store; `tender` is how the principal is paid out."""

    member_key: str
    tender: TenderKind
    reason: str
    reference: str = ""
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class StoredValuePaidOut:
    entry_id: int
    currency: str
    paid_out_minor: int
    forfeited_bonus_minor: int


def transfer_stored_value(uow: UnitOfWork, command: TransferStoredValue) -> StoredValueTransferred:
    """Moves principal from one member to another; the chain owes as much as before, so nothing is posted.

    Raises UnknownMember, SameMember, UnknownStore, StoreClosed, and as `transfer`.
    """
    note = required_name(command.reason, field="reason")
    uow.refresh()
    store = open_store(uow, command.store_code)
    giver, taker = (
        known_member_id(uow, required_name(key, field=field), field=field)
        for key, field in (
            (command.from_member_key, "from_member_key"),
            (command.to_member_key, "to_member_key"),
        )
    )
    if giver == taker:
        raise SameMember("to_member_key")
    # In the order of ids, as everybody locks them.
    accounts = {member_id: uow.stored_value.opened(member_id, store.currency) for member_id in sorted((giver, taker))}
    transfer(accounts[giver], accounts[taker], amount_minor=command.amount_minor)
    document_id = uow.new_id()
    for member_id, reason, moved in (
        (giver, StoredValueReason.TRANSFERRED_OUT, -command.amount_minor),
        (taker, StoredValueReason.TRANSFERRED_IN, command.amount_minor),
    ):
        entry = stored_value_entry(uow, member_id, store, reason, Split(moved, 0), note=note)
        entry.document_id = document_id
        uow.add(entry)
    return StoredValueTransferred(
        document_id, store.currency, accounts[giver].balance_minor, accounts[taker].balance_minor
    )


def close_stored_value(uow: UnitOfWork, command: CloseStoredValue) -> StoredValuePaidOut:
    """Pays the principal out and takes the bonus back, whose expense is reversed.

    Raises TenderPaysNothingIn, UnknownMember, UnknownStore, StoreClosed, and as `check_closes` and `check_reference`.
    """
    check_pays_in(command.tender)
    check_reference(command.reference, field="reference")
    optional_name(command.reference, field="reference")
    note = required_name(command.reason, field="reason")
    uow.refresh()
    store = open_store(uow, command.store_code)
    member_id = known_member_id(uow, required_name(command.member_key, field="member_key"))
    account = uow.stored_value.opened(member_id, store.currency)
    check_closes(account)
    paid, bonus = account.principal_minor, account.bonus_minor
    entry = stored_value_entry(
        uow,
        member_id,
        store,
        StoredValueReason.CLOSED,
        Split(-paid, -bonus),
        tender=command.tender,
        reference=command.reference,
        note=note,
    )
    journal = JournalEntry(
        uow.new_id(), store.store_id, entry.business_date, store.currency, "", CLOSE_KIND, entry.entry_id, uow.now
    )
    amounts = close_postings(tender=command.tender, paid_minor=paid, bonus_minor=bonus)
    uow.add(entry, journal, *balanced(journal.entry_id, amounts))
    uow.publish(
        "StoredValueClosed",
        entry.entry_id,
        {
            "entry_id": entry.entry_id,
            "member_id": member_id,
            "store_id": store.store_id,
            "amount_minor": paid,
            "bonus_minor": bonus,
            "currency": store.currency,
        },
    )
    return StoredValuePaidOut(entry.entry_id, store.currency, paid, bonus)
