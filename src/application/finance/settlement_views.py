"""Settlements as they are shown; fields are those of the messages of the same names in the contract."""

from dataclasses import dataclass
from datetime import datetime

from domain.finance.settlement import SettlementBasis


@dataclass(slots=True)
class SettlementView:
    """A settled period, both dates included; `from_date` is empty for the first, which begins with the chain."""

    settlement_id: int
    from_date: str
    to_date: str
    movements: int
    settled_at: datetime


@dataclass(slots=True)
class SettlementPairView:
    """What the debtor owes the creditor, by kind and net; a kind below zero is owed the other way round."""

    debtor_store_code: str
    creditor_store_code: str
    currency: str
    basis: SettlementBasis
    points_minor: int
    stored_value_minor: int
    gift_card_minor: int
    times_card_minor: int
    returns_minor: int
    net_minor: int
