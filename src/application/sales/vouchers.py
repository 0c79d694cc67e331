"""Vouchers at the till, issued by others (a mall, a bank, a platform) who pay the chain: what of one pays a sale."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from application.policies import Policies
from application.sales.tender import Tender
from domain.sales.sale import TenderKind
from domain.shared.errors import Invalid, Rejected

LAPSES: Final = "lapse"


class VoucherNumberMissing(Invalid):
    en = "A voucher pays under its number. Send it as reference."
    zh = "代金券付款须填写券号，请在 reference 中提供。"


class VoucherNotNeeded(Rejected):
    en = "The other tenders pay everything: nothing is left for this voucher. Take it off the tenders."
    zh = "其他付款已足额，此代金券无需使用，请将其移除。"


def check_vouchers(tenders: Sequence[Tender]) -> None:
    """Raises VoucherNumberMissing."""
    for index, tender in enumerate(tenders):
        if tender.kind is TenderKind.VOUCHER and not tender.reference:
            raise VoucherNumberMissing(f"tenders[{index}].reference")


def worth_of_vouchers(tenders: list[Tender], *, total_minor: int, policies: Policies) -> None:
    """Where the surplus of a voucher lapses (setting `voucher_surplus`), makes it pay no more than is due.

    No change is ever given on one: where its surplus does not lapse, a voucher beyond what is due is refused with the
    other tenders. Raises VoucherNotNeeded.
    """
    found = [index for index, tender in enumerate(tenders) if tender.kind is TenderKind.VOUCHER]
    if not found or policies.voucher_surplus != LAPSES:
        return
    paid_before = (TenderKind.CASH, TenderKind.VOUCHER)
    due = total_minor - sum(tender.amount_minor for tender in tenders if tender.kind not in paid_before)
    for index in found:
        if due <= 0:
            raise VoucherNotNeeded(f"tenders[{index}]")
        tenders[index] = replace(tenders[index], amount_minor=min(tenders[index].amount_minor, due))
        due -= tenders[index].amount_minor
