"""Vouchers of others as the chain knows them: by issuer and number, each pays one sale until that gives it back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias

ISSUER_UNNAMED: Final = ""
"""Of vouchers whose till names no issuer."""

VoucherKey: TypeAlias = tuple[str, str]
"""Issuer and number, the number as `voucher_number` writes it."""


class VoucherEntryKind(StrEnum):
    PAID = "paid"
    FREED = "freed"


@dataclass(slots=True)
class VoucherEntry:
    """What happened to a voucher: its entries are numbered from 1 on.

    `sale_id` and `tender_number` are those of the sale that it pays, `document_id` what did it: the sale, or the refund
    or void that gives it back. `holding` is how many sales it pays for after it: more than one only where a sale was
    made without connection by a voucher that had paid elsewhere.
    """

    issuer: str
    voucher_number: str
    number: int
    kind: VoucherEntryKind
    sale_id: int
    tender_number: int
    document_id: int
    holding: int
    store_id: int
    posted_at: datetime

    @property
    def key(self) -> VoucherKey:
        return self.issuer, self.voucher_number


def voucher_number(typed: str) -> str:
    """The number as it is compared: spaces and the case of letters do not make it another one."""
    return "".join([letter.upper() if letter.isascii() else letter for letter in typed if not letter.isspace()])
