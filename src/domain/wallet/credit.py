"""Sales on account: what members owe, up to a limit that head office has set, as entries that move one balance."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.shared.errors import Invalid, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX


class InvalidCreditLimit(Invalid):
    en = "A credit limit must be zero or above and below {limit}, in minor units."
    zh = "信用额度必须大于或等于零且小于 {limit}（最小货币单位）。"


class InvalidPayment(Invalid):
    en = "A payment must be above zero and below {limit}, in minor units."
    zh = "付款金额必须大于零且小于 {limit}（最小货币单位）。"


class CreditExceeded(Rejected):
    en = "The member may still take {left} on account, not {asked}: {owed} of the limit of {limit} is unpaid."
    zh = "会员还可赊账 {left}，不足 {asked}：额度 {limit}，未付 {owed}（最小货币单位）。"


class PaysMoreThanOwed(Rejected):
    en = "The member owes {owed}, not {asked}, in minor units."
    zh = "会员欠款为 {owed}，不足 {asked}（最小货币单位）。"


class CreditReason(StrEnum):
    LIMIT_SET = "limit_set"
    CHARGED = "charged"
    CHARGE_REVERSED = "charge_reversed"
    PAID = "paid"
    MERGED_OUT = "merged_out"
    MERGED_IN = "merged_in"


@dataclass(slots=True)
class CreditAccount:
    """What a member may owe and owes in one currency; below zero the chain owes, after a refund of what was paid."""

    member_id: int
    currency: str
    limit_minor: int
    owed_minor: int

    @property
    def left_minor(self) -> int:
        return max(self.limit_minor - self.owed_minor, 0)


@dataclass(slots=True)
class CreditEntry:
    """One movement of an account: what the member owes more, and by how much the limit changes.

    `beyond_minor` is how much of a charge lay beyond the limit, which only a sale made without connection may.
    `document_id` is the sale, refund, void or payment that caused it, a merge of two files or its undoing, else the
    entry itself.
    """

    member_id: int
    currency: str
    entry_id: int
    reason: CreditReason
    owed_minor: int
    limit_minor: int
    beyond_minor: int
    document_id: int
    tender: str
    reference: str
    note: str
    store_id: int
    caller_id: int
    staff_id: int | None
    business_date: date
    posted_at: datetime


def check_limit(limit_minor: int) -> None:
    """Raises InvalidCreditLimit."""
    if not 0 <= limit_minor < AMOUNT_MINOR_MAX:
        raise InvalidCreditLimit("limit_minor", limit=AMOUNT_MINOR_MAX)


def beyond_limit(account: CreditAccount | None, *, amount_minor: int) -> int:
    """How much of a charge lies beyond what is left of the limit; a member without an account has none."""
    return max(amount_minor - (account.left_minor if account else 0), 0)


def exceeded(account: CreditAccount | None, *, amount_minor: int, field: str) -> CreditExceeded:
    """The refusal of a charge beyond the limit, which tells what is left."""
    limit, owed, left = (account.limit_minor, account.owed_minor, account.left_minor) if account else (0, 0, 0)
    return CreditExceeded(field, left=left, asked=amount_minor, owed=owed, limit=limit)


def owed_back(*, brought: int, left: int) -> int:
    """What of a balance that a merge brought is owed by its file again when it is undone, with `left` owed until then.

    As far as it is left, which is between 0 and what was brought; below zero the chain owes.
    """
    return max(min(brought, left), 0) if brought > 0 else min(max(brought, left), 0)


def check_payment(account: CreditAccount, *, amount_minor: int) -> None:
    """Refuses to take more than is owed: PaysMoreThanOwed."""
    if amount_minor > account.owed_minor:
        raise PaysMoreThanOwed("tenders", owed=max(account.owed_minor, 0), asked=amount_minor)
