"""Stored value as it is shown; fields are those of the messages of the same names in the contract."""

from dataclasses import dataclass
from datetime import datetime

from domain.sales.sale import TenderKind
from domain.wallet.stored_value import StoredValueReason


@dataclass(slots=True)
class StoredValueBalance:
    """What a member holds in one currency; `balance_minor` is the sum of principal and bonus."""

    currency: str
    balance_minor: int
    principal_minor: int
    bonus_minor: int
    frozen: bool


@dataclass(slots=True)
class StoredValueEntryView:
    """A movement of stored value; `tender` is None unless money went over the counter."""

    entry_id: int
    currency: str
    reason: StoredValueReason
    principal_minor: int
    bonus_minor: int
    document_id: int
    tender: TenderKind | None
    note: str
    store_code: str
    business_date: str
    posted_at: datetime
