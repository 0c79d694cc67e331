"""Members' accounts as they are shown; fields are those of the messages of the same names in the contract."""

from dataclasses import dataclass
from datetime import datetime

from domain.sales.sale import TenderKind
from domain.wallet.credit import CreditReason


@dataclass(frozen=True, slots=True)
class CreditBalance:
    """What a member may owe in a currency, owes, and may still take on account."""

    currency: str
    limit_minor: int
    owed_minor: int
    left_minor: int


@dataclass(frozen=True, slots=True)
class CreditEntryView:
    """A movement of the account; `tender` is that of a payment."""

    entry_id: int
    currency: str
    reason: CreditReason
    owed_minor: int
    limit_minor: int
    beyond_minor: int
    document_id: int
    tender: TenderKind | None
    reference: str
    note: str
    store_code: str
    business_date: str
    posted_at: datetime
