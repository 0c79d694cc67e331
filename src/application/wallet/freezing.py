"""Stored value is frozen when a card is lost or a payment disputed, and unfrozen again."""

from dataclasses import dataclass

from application.fields import required_name
from application.named_members import known_member_id
from application.ports.kernel import UnitOfWork
from application.scope import store_in_scope, trading_day
from domain.wallet.stored_value import (
    StoredValueEntry,
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
    entry_id = uow.new_id()
    uow.add(
        StoredValueEntry(
            member_id=member_id,
            currency=store.currency,
            entry_id=entry_id,
            reason=StoredValueReason.FROZEN if frozen else StoredValueReason.UNFROZEN,
            principal_minor=0,
            bonus_minor=0,
            frozen=1 if frozen else -1,
            document_id=entry_id,
            tender="",
            reference="",
            note=note,
            store_id=store.store_id,
            caller_id=uow.caller.caller_id,
            staff_id=uow.caller.staff_id,
            business_date=trading_day(uow, store),
            posted_at=uow.now,
        )
    )
    return StoredValueState(store.currency, account.balance_minor, frozen)
