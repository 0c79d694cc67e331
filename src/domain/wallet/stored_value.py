"""Stored value: money that a member has paid in, and the bonus on top of it, as entries that move two balances."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from domain.shared.errors import Invalid, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX, allocate

BONUS_FIRST: Final = "bonus_first"
PRINCIPAL_FIRST: Final = "principal_first"
RATIO: Final = "ratio"
SPEND_ORDERS: Final = (BONUS_FIRST, PRINCIPAL_FIRST, RATIO)


class InvalidTopUpAmount(Invalid):
    en = "A top-up must be above zero and below {limit}, in minor units."
    zh = "充值金额必须大于零且小于 {limit}（最小货币单位）。"


class InvalidBonus(Invalid):
    en = "A bonus must be zero or above and below {limit}, in minor units."
    zh = "赠送金额必须大于或等于零且小于 {limit}（最小货币单位）。"


class StoredValueTooLarge(Rejected):
    en = "The balance would come to {balance}; it must stay below {limit}, in minor units."
    zh = "余额将达到 {balance}，必须小于 {limit}（最小货币单位）。"


class StoredValueFrozen(Rejected):
    en = "This member's stored value is frozen. Unfreeze it first, or pay otherwise."
    zh = "该会员的储值已冻结。请先解冻，或使用其他付款方式。"


class StoredValueNotFrozen(Rejected):
    en = "This member's stored value is not frozen, so there is nothing to unfreeze."
    zh = "该会员的储值未冻结，无需解冻。"


class InsufficientStoredValue(Rejected):
    en = "The member has {balance} of stored value, not {asked}, in minor units."
    zh = "会员储值余额为 {balance}，不足 {asked}（最小货币单位）。"


class InvalidTransferAmount(Invalid):
    en = "What is transferred must be above zero and below {limit}, in minor units."
    zh = "转赠金额必须大于零且小于 {limit}（最小货币单位）。"


class InsufficientPrincipal(Rejected):
    en = (
        "The member has paid in {principal} that is not spent, not {asked}, in minor units. A bonus is not transferred."
    )
    zh = "会员未使用的储值本金为 {principal}，不足 {asked}（最小货币单位）。赠送金额不可转赠。"


class ReceiverFrozen(Rejected):
    en = "The stored value of the member who is to receive is frozen. Unfreeze it first."
    zh = "收款会员的储值已冻结，请先解冻。"


class NothingToClose(Rejected):
    en = "This member holds no stored value in the currency of this store, so there is nothing to pay out."
    zh = "该会员没有此门店币种的储值，无可退还。"


class StoredValueReason(StrEnum):
    TOPPED_UP = "topped_up"
    SPENT = "spent"
    SPEND_REVERSED = "spend_reversed"
    FROZEN = "frozen"
    UNFROZEN = "unfrozen"
    TRANSFERRED_OUT = "transferred_out"
    TRANSFERRED_IN = "transferred_in"
    CLOSED = "closed"
    RETURNED = "returned"
    MERGED_OUT = "merged_out"
    MERGED_IN = "merged_in"


@dataclass(slots=True)
class StoredValueAccount:
    """What a member holds in one currency: `principal_minor` was paid for, `bonus_minor` was given on top.

    `frozen` is 1 while it can neither be spent nor topped up; what is refunded still comes back to it.
    """

    member_id: int
    currency: str
    principal_minor: int
    bonus_minor: int
    frozen: int

    @property
    def balance_minor(self) -> int:
        return self.principal_minor + self.bonus_minor


@dataclass(slots=True)
class StoredValueEntry:
    """One movement of an account; amounts below zero were taken from it.

    `document_id` is the sale, refund, void or transfer that caused it, else the entry itself. `tender` and `reference`
    tell how principal was paid in or out over the counter; both are empty otherwise.
    """

    member_id: int
    currency: str
    entry_id: int
    reason: StoredValueReason
    principal_minor: int
    bonus_minor: int
    frozen: int
    document_id: int
    tender: str
    reference: str
    note: str
    store_id: int
    caller_id: int
    staff_id: int | None
    business_date: date
    posted_at: datetime


class Split(NamedTuple):
    """An amount as it lies in the two accounts."""

    principal_minor: int
    bonus_minor: int


def top_up(account: StoredValueAccount, *, paid_minor: int, bonus_minor: int) -> None:
    """Adds what was paid in with its bonus.

    Raises InvalidTopUpAmount, InvalidBonus, StoredValueFrozen, and StoredValueTooLarge, which keeps every sum of a
    balance within what a database holds.
    """
    if not 0 < paid_minor < AMOUNT_MINOR_MAX:
        raise InvalidTopUpAmount("amount_minor", limit=AMOUNT_MINOR_MAX)
    if not 0 <= bonus_minor < AMOUNT_MINOR_MAX:
        raise InvalidBonus("bonus_minor", limit=AMOUNT_MINOR_MAX)
    if account.frozen:
        raise StoredValueFrozen("member_key")
    balance = account.balance_minor + paid_minor + bonus_minor
    if balance >= AMOUNT_MINOR_MAX:
        raise StoredValueTooLarge("amount_minor", balance=balance, limit=AMOUNT_MINOR_MAX)
    account.principal_minor += paid_minor
    account.bonus_minor += bonus_minor


def tier_bonus(tiers: Sequence[tuple[int, int]], *, paid_minor: int) -> int:
    """The bonus of the highest tier of (least amount paid, bonus), ascending, that `paid_minor` reaches; 0 for none."""
    return max([(least, bonus) for least, bonus in tiers if least <= paid_minor], default=(0, 0))[1]


def spend_split(account: StoredValueAccount, *, amount_minor: int, order: str, field: str) -> Split:
    """How `amount_minor` is taken from the two accounts, by the setting `stored_value_spend_order`.

    Neither falls below zero. Raises StoredValueFrozen and InsufficientStoredValue.
    """
    if account.frozen:
        raise StoredValueFrozen(field)
    if amount_minor > account.balance_minor:
        raise InsufficientStoredValue(field, balance=account.balance_minor, asked=amount_minor)
    if order == RATIO:
        return Split(*allocate(amount_minor, [account.principal_minor, account.bonus_minor]))
    if order == PRINCIPAL_FIRST:
        principal = min(amount_minor, account.principal_minor)
        return Split(principal, amount_minor - principal)
    bonus = min(amount_minor, account.bonus_minor)
    return Split(amount_minor - bonus, bonus)


def returned_split(left: Split, *, amount_minor: int) -> Split:
    """How `amount_minor` goes back, in the proportion of what of the payment has not gone back yet.

    Whatever the steps, they sum to what was taken from each account; the last one takes the rest.
    """
    return Split(*allocate(amount_minor, list(left)))


def transfer(giver: StoredValueAccount, taker: StoredValueAccount, *, amount_minor: int) -> None:
    """Moves principal; the bonus was given to a member and stays there.

    Raises InvalidTransferAmount, StoredValueFrozen, ReceiverFrozen, InsufficientPrincipal and StoredValueTooLarge.
    """
    if not 0 < amount_minor < AMOUNT_MINOR_MAX:
        raise InvalidTransferAmount("amount_minor", limit=AMOUNT_MINOR_MAX)
    if giver.frozen:
        raise StoredValueFrozen("from_member_key")
    if taker.frozen:
        raise ReceiverFrozen("to_member_key")
    if amount_minor > giver.principal_minor:
        raise InsufficientPrincipal("amount_minor", principal=giver.principal_minor, asked=amount_minor)
    balance = taker.balance_minor + amount_minor
    if balance >= AMOUNT_MINOR_MAX:
        raise StoredValueTooLarge("amount_minor", balance=balance, limit=AMOUNT_MINOR_MAX)
    giver.principal_minor -= amount_minor
    taker.principal_minor += amount_minor


def check_closes(account: StoredValueAccount) -> None:
    """Refuses to close an account that is frozen or holds nothing: StoredValueFrozen, NothingToClose."""
    if account.frozen:
        raise StoredValueFrozen("member_key")
    if not account.balance_minor:
        raise NothingToClose("member_key")
