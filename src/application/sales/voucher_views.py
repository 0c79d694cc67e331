"""What became of a voucher, and vouchers that pay for more than one sale: for the command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from application.fields import optional_code, required_name
from application.ports.kernel import UnitOfWork
from domain.sales.voucher import VoucherEntry, VoucherEntryKind, voucher_number
from domain.shared.errors import NotFound

SHOWN_MAX: Final = 500


class UnknownVoucher(NotFound):
    en = "No voucher {reference} of this issuer has paid. Look at the number and at the issuer."
    zh = "该发行方的代金券 {reference} 未曾付款，请核对券号和发行方。"


@dataclass(frozen=True, slots=True)
class GetVoucher:
    reference: str
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class ListDoubledVouchers:
    pass


@dataclass(frozen=True, slots=True)
class VoucherEntryView:
    """`holding` is how many sales the voucher pays for after this; `document_id` did it."""

    issuer: str
    voucher_number: str
    kind: VoucherEntryKind
    sale_id: int
    document_id: int
    holding: int
    store_code: str
    posted_at: datetime


def get_voucher(uow: UnitOfWork, query: GetVoucher) -> Sequence[VoucherEntryView]:
    """What happened to a voucher, its newest SHOWN_MAX entries first. Raises UnknownVoucher."""
    optional_code(query.issuer, field="issuer")
    typed = required_name(query.reference, field="reference")
    found = uow.vouchers.history(query.issuer, voucher_number(typed), limit=SHOWN_MAX)
    if not found:
        raise UnknownVoucher("reference", reference=typed)
    return [_view(uow, entry) for entry in found]


def list_doubled_vouchers(uow: UnitOfWork, query: ListDoubledVouchers) -> Sequence[VoucherEntryView]:
    """The last entries of at most SHOWN_MAX vouchers that pay for more than one sale now, newest first."""
    return [_view(uow, entry) for entry in uow.vouchers.doubled(limit=SHOWN_MAX)]


def _view(uow: UnitOfWork, entry: VoucherEntry) -> VoucherEntryView:
    return VoucherEntryView(
        entry.issuer, entry.voucher_number, entry.kind, entry.sale_id, entry.document_id, entry.holding,
        uow.chain.stores[entry.store_id].code, entry.posted_at,
    )  # fmt: skip
