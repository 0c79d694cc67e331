"""Stored value is frozen when a card is lost or a payment disputed, and unfrozen again."""

from dataclasses import dataclass

from application.fields import required_name
from application.named_members import known_member_id
from application.ports.kernel import UnitOfWork
from application.scope import store_in_scope
from application.wallet.paying_in import stored_value_entry
from domain.wallet.stored_value import (
    Split,
    StoredValueFrozen,
    StoredValueNotFrozen,
    StoredValueReason,
)


@dataclass(frozen=True, slots=True)
class FreezeStoredValue:
    """What the member holds in the currency of the store; `store_code` is empty for the caller's own."""

    member_key: str
    reason: str
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class UnfreezeStoredValue:
    member_key: str
    reason: str
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class StoredValueState:
    """What the account holds, and whether it is frozen now."""

    currency: str
    balance_minor: int
    frozen: bool


def freeze_stored_value(uow: UnitOfWork, command: FreezeStoredValue) -> StoredValueState:
    """Nothing is spent from the account or paid into it until it is unfrozen; raises StoredValueFrozen."""
    return _turned(uow, command, frozen=True)


def unfreeze_stored_value(uow: UnitOfWork, command: UnfreezeStoredValue) -> StoredValueState:
    """The account may be used again; raises StoredValueNotFrozen."""
    return _turned(uow, command, frozen=False)


def _turned(uow: UnitOfWork, command: FreezeStoredValue | UnfreezeStoredValue, *, frozen: bool) -> StoredValueState:
    note = required_name(command.reason, field="reason")
    uow.refresh()
    store = store_in_scope(uow, command.store_code)
    member_id = known_member_id(uow, required_name(command.member_key, field="member_key"))
    account = uow.stored_value.opened(member_id, store.currency)
    if frozen and account.frozen:
        raise StoredValueFrozen("member_key")
    if not frozen and not account.frozen:
        raise StoredValueNotFrozen("member_key")
    reason, change = (StoredValueReason.FROZEN, 1) if frozen else (StoredValueReason.UNFROZEN, -1)
    uow.add(stored_value_entry(uow, member_id, store, reason, Split(0, 0), frozen=change, note=note))
    return StoredValueState(store.currency, account.balance_minor, frozen)
