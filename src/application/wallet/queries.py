"""Questions about members' stored value."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from application.fields import required_name
from application.named_members import UnknownMember
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberAccount
from application.wallet.views import StoredValueBalance, StoredValueEntryView


@dataclass(frozen=True, slots=True)
class GetStoredValue:
    member_key: str


@dataclass(frozen=True, slots=True)
class StoredValueHeld:
    member_number: str
    balances: Sequence[StoredValueBalance]


@dataclass(frozen=True, slots=True)
class GetStoredValueStatement:
    member_key: str
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class StoredValueStatement:
    member_number: str
    entries: Sequence[StoredValueEntryView]
    next_page_token: str


def get_stored_value(uow: UnitOfWork, query: GetStoredValue) -> StoredValueHeld:
    """What a member holds, by currency; none where nothing was ever paid in."""
    member = _member(uow, query.member_key)
    balances = [
        StoredValueBalance(
            one.currency, one.balance_minor, one.principal_minor, one.bonus_minor, frozen=bool(one.frozen)
        )
        for one in uow.stored_value.accounts(member.member_id)
    ]
    return StoredValueHeld(member.member_number, balances)


def get_stored_value_statement(uow: UnitOfWork, query: GetStoredValueStatement) -> StoredValueStatement:
    """Every movement of the member's stored value in whatever store, newest first; they sum to the balances."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    member = _member(uow, query.member_key)
    rows = uow.stored_value.statement(member.member_id, after=asked.after, limit=asked.limit + 1)
    return StoredValueStatement(
        member.member_number,
        [entry for _, entry in rows[: asked.limit]],
        next_token(rows, asked.limit, lambda row: row[0]),
    )


def _member(uow: UnitOfWork, member_key: str) -> MemberAccount:
    account = uow.members.account(required_name(member_key, field="member_key"))
    if account is None:
        raise UnknownMember("member_key")
    return account
