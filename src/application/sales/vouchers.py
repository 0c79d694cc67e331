"""Vouchers at the till, issued by others (a mall, a bank, a platform) who pay the chain: each pays one sale."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from application.fields import optional_code
from application.policies import Policies
from application.ports.kernel import UnitOfWork
from application.sales.origins import Origin
from application.sales.tender import Tender
from domain.sales.sale import Sale, SaleTender, TenderKind
from domain.sales.voucher import VoucherEntry, VoucherEntryKind, VoucherKey, voucher_number
from domain.shared.errors import Invalid, Refusal, Rejected

LAPSES: Final = "lapse"


class VoucherNumberMissing(Invalid):
    en = "A voucher pays under its number. Send it as reference."
    zh = "代金券付款须填写券号，请在 reference 中提供。"


class IssuerOfNoVoucher(Invalid):
    en = "Only vouchers have an issuer. Leave it empty for {kind}."
    zh = "只有代金券可以填写 issuer，{kind} 请留空。"


class VoucherUsed(Rejected):
    en = "Voucher {reference} has paid a sale already. Take another tender; a void or refund of that sale frees it."
    zh = "代金券 {reference} 已用于其他销售单，请改用其他付款方式；该销售单作废或退货后方可再用。"


class VoucherNotNeeded(Rejected):
    en = "The other tenders pay everything: nothing is left for this voucher. Take it off the tenders."
    zh = "其他付款已足额，此代金券无需使用，请将其移除。"


def check_vouchers(tenders: Sequence[Tender]) -> None:
    """Raises VoucherNumberMissing and IssuerOfNoVoucher, and as `optional_code`."""
    for index, tender in enumerate(tenders):
        if tender.kind is TenderKind.VOUCHER:
            optional_code(tender.issuer, field=f"tenders[{index}].issuer")
            if not voucher_number(tender.reference):
                raise VoucherNumberMissing(f"tenders[{index}].reference")
        elif tender.issuer:
            raise IssuerOfNoVoucher(f"tenders[{index}].issuer", kind=tender.kind.name)


def lock_vouchers(uow: UnitOfWork, sales: Iterable[Sequence[Tender]]) -> dict[VoucherKey, VoucherEntry]:
    """The last entry of each voucher that pays one of the sales; nothing is asked where none does."""
    keys = {_key(tender) for tenders in sales for tender in tenders if tender.kind is TenderKind.VOUCHER}
    return dict(uow.vouchers.lock(keys)) if keys else {}


def vouchers_refused(tenders: Sequence[Tender], known: Mapping[VoucherKey, VoucherEntry]) -> list[Refusal]:
    """The vouchers that pay a sale already, or twice among these."""
    problems: list[Refusal] = []
    seen: set[VoucherKey] = set()
    for index, tender in enumerate(tenders):
        if tender.kind is not TenderKind.VOUCHER:
            continue
        key = _key(tender)
        if key in seen or (key in known and known[key].holding):
            problems.append(VoucherUsed(f"tenders[{index}].reference", reference=tender.reference))
        seen.add(key)
    return problems


def record_vouchers(
    uow: UnitOfWork, tenders: Sequence[Tender], known: dict[VoucherKey, VoucherEntry], sale: Sale
) -> None:
    """The vouchers pay the sale, also one that pays another already: it is listed until one of the two is refunded."""
    for tender_number, tender in enumerate(tenders, start=1):
        if tender.kind is not TenderKind.VOUCHER:
            continue
        key = _key(tender)
        last = known.get(key)
        number, holding = (last.number, last.holding) if last is not None else (0, 0)
        known[key] = VoucherEntry(
            *key, number + 1, VoucherEntryKind.PAID, sale.sale_id, tender_number, sale.sale_id, holding + 1,
            sale.store_id, sale.stored_at,
        )  # fmt: skip
        uow.add(known[key])


def give_vouchers_back(
    uow: UnitOfWork, origins: Mapping[int, Origin], tenders: Sequence[SaleTender], sale: Sale
) -> None:
    """Frees the vouchers of which the negative `tenders` of a refund return all that is left: they may pay again.

    `origins` tell by which tender of which sale they had paid, by the number of the tender.
    """
    back = {origins[tender.tender_number] for tender in tenders if tender.kind is TenderKind.VOUCHER}
    if not back:
        return
    of_sales = [entry for sale_id in {one.sale_id for one in back} for entry in uow.vouchers.paid_by(sale_id)]
    paid = {one: entry for entry in of_sales if (one := Origin(entry.sale_id, entry.tender_number)) in back}
    # Before what is left is read: goods that the voucher has paid for may come back elsewhere at this moment.
    known = dict(uow.vouchers.lock({entry.key for entry in paid.values()}))
    left = uow.vouchers.left({one.sale_id for one in paid})
    for one, entry in sorted(paid.items(), key=lambda found: (found[0].sale_id, found[0].tender_number)):
        if not left[one.sale_id, one.tender_number]:
            last = known[entry.key]
            known[entry.key] = replace(
                last, number=last.number + 1, kind=VoucherEntryKind.FREED, sale_id=entry.sale_id,
                tender_number=entry.tender_number, document_id=sale.sale_id, holding=last.holding - 1,
                store_id=sale.store_id, posted_at=sale.stored_at,
            )  # fmt: skip
            uow.add(known[entry.key])


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


def _key(tender: Tender) -> VoucherKey:
    return tender.issuer, voucher_number(tender.reference)
