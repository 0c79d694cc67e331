"""A member pays money in at a till, to pay with it later."""

from dataclasses import dataclass
from typing import Final

from application.fields import optional_name, required_name
from application.named_members import known_member_id
from application.ports.kernel import UnitOfWork
from application.scope import open_store
from application.wallet.paying_in import check_pays_in, stored_value_entry
from domain.finance.journal import JournalEntry, balanced
from domain.finance.stored_value_postings import top_up_postings
from domain.identity.organisation import Store
from domain.sales.sale import TenderKind
from domain.sales.tenders import check_reference
from domain.shared.errors import Forbidden
from domain.shared.money import AMOUNT_MINOR_MAX
from domain.wallet.stored_value import (
    InvalidTopUpAmount,
    Split,
    StoredValueEntry,
    StoredValueReason,
    tier_bonus,
    top_up,
)

DOCUMENT_KIND: Final = "stored_value_top_up"
BONUS: Final = "wallet.bonus"


class BonusNotPermitted(Forbidden):
    en = "Naming a bonus needs the permission “{permission}”. Leave bonus_minor out for that of the settings."
    zh = "自行填写赠送金额需要权限“{permission}”。请省略 bonus_minor，以使用设置中的赠送金额。"


@dataclass(frozen=True, slots=True)
class TopUpStoredValue:
    """`bonus_minor` is 0 for that of the setting `stored_value_bonus_tiers`; `store_code` is empty for one's own."""

    member_key: str
    amount_minor: int
    tender: TenderKind
    reference: str = ""
    bonus_minor: int = 0
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class ToppedUp:
    """The movement, and the balances after it."""

    entry_id: int
    currency: str
    bonus_minor: int
    balance_minor: int
    principal_balance_minor: int
    bonus_balance_minor: int


def top_up_stored_value(uow: UnitOfWork, command: TopUpStoredValue) -> ToppedUp:
    """Adds what was paid to the principal and its bonus to the bonus, with the journal entry of both.

    Raises TenderPaysNothingIn, UnknownMember, UnknownStore, StoreClosed, BonusNotPermitted, and as `top_up` and
    `check_reference`.
    """
    uow.refresh()
    _check(uow, command)
    store = open_store(uow, command.store_code)
    member_id = known_member_id(uow, required_name(command.member_key, field="member_key"))
    tiers = uow.chain.policies(store.store_id).stored_value_bonus_tiers
    bonus = command.bonus_minor or tier_bonus(tiers, paid_minor=command.amount_minor)
    account = uow.stored_value.opened(member_id, store.currency)
    top_up(account, paid_minor=command.amount_minor, bonus_minor=bonus)
    entry = _recorded(uow, command, store, member_id, bonus)
    return ToppedUp(
        entry.entry_id,
        account.currency,
        bonus,
        account.balance_minor,
        account.principal_minor,
        account.bonus_minor,
    )


def _check(uow: UnitOfWork, command: TopUpStoredValue) -> None:
    check_pays_in(command.tender)
    if not 0 < command.amount_minor < AMOUNT_MINOR_MAX:
        raise InvalidTopUpAmount("amount_minor", limit=AMOUNT_MINOR_MAX)
    check_reference(command.reference, field="reference")
    optional_name(command.reference, field="reference")
    if command.bonus_minor and not uow.caller.may(BONUS):
        raise BonusNotPermitted("bonus_minor", permission=BONUS)


def _recorded(
    uow: UnitOfWork, command: TopUpStoredValue, store: Store, member_id: int, bonus_minor: int
) -> StoredValueEntry:
    entry = stored_value_entry(
        uow,
        member_id,
        store,
        StoredValueReason.TOPPED_UP,
        Split(command.amount_minor, bonus_minor),
        tender=command.tender,
        reference=command.reference,
    )
    entry_id, on = entry.entry_id, entry.business_date
    journal = JournalEntry(uow.new_id(), store.store_id, on, store.currency, "", DOCUMENT_KIND, entry_id, uow.now)
    amounts = top_up_postings(tender=command.tender, paid_minor=command.amount_minor, bonus_minor=bonus_minor)
    uow.add(entry, journal, *balanced(journal.entry_id, amounts))
    uow.publish(
        "StoredValueToppedUp",
        entry_id,
        {
            "entry_id": entry_id,
            "member_id": member_id,
            "store_id": store.store_id,
            "amount_minor": command.amount_minor,
            "bonus_minor": bonus_minor,
            "currency": store.currency,
        },
    )
    return entry
