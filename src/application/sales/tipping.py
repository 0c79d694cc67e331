"""Tips as they are counted: by a counter of each store, which entries move with the statement that commits.

The counter is one of those of promotions with limits: its uses are the tips given, its discount is what was paid out.
Nobody has to lock it to sell; who pays out does, so that no two of them pay the same tip.
"""

from collections.abc import Iterable
from typing import Final

from application.ports.identity import Chain
from application.ports.kernel import UnitOfWork
from domain.pricing.promotion_use import CounterKey, PromotionCounter, Subject
from domain.sales.sale import Sale
from domain.sales.shift import ShiftEntry
from domain.sales.tip import TipEntry
from domain.shared.errors import Invalid, Rejected

NOTHING: Final = PromotionCounter(Subject.TIPS, 0, "", "", 0, 0, 0)


class UnknownTipStaff(Invalid):
    en = "“{staff_code}” is no member of staff. Send a code of ListStaff, or leave it out for the cashier."
    zh = "没有员工“{staff_code}”。请填写 ListStaff 中的工号，或省略以归收银员。"


class TipsOwedLess(Rejected):
    en = "The store owes its staff {owed} of tips, less than the {amount} to pay out, in minor units."
    zh = "本店应付员工小费为 {owed}，不足以支付 {amount}（最小货币单位）。"


def tip_counter(store_id: int) -> CounterKey:
    return CounterKey(Subject.TIPS, 0, "", str(store_id))


def tip_deltas(entries: Iterable[TipEntry]) -> dict[CounterKey, PromotionCounter]:
    """By how much entries move the counter of each store; no limit is set, so that what stands there stays."""
    moved: dict[CounterKey, PromotionCounter] = {}
    for entry in entries:
        key = tip_counter(entry.store_id)
        delta = moved.get(key)
        if delta is None:
            delta = moved[key] = PromotionCounter(*key, 0, 0, 0, 0, 0)
        delta.uses += entry.given_minor
        delta.discount_minor += entry.paid_out_minor
    return moved


def tip_staff(chain: Chain, staff_code: str) -> int | None:
    """The id of the member of staff whose tip it is, None where none is named; raises UnknownTipStaff."""
    if not staff_code:
        return None
    staff_id = chain.staff_ids.get(staff_code)
    if staff_id is None:
        raise UnknownTipStaff("tip_staff_code", staff_code=staff_code[:64])
    return staff_id


def tip_of(sale: Sale, *, staff_id: int | None) -> TipEntry:
    """What a sale, or the void of one, leaves in the ledger of tips; it must have a tip."""
    return TipEntry(
        sale.sale_id, sale.store_id, staff_id, sale.currency, sale.tip_minor or 0, 0, sale.business_date, sale.stored_at
    )


def give_tip_back(uow: UnitOfWork, void: Sale) -> str:
    """Takes what a void gives back off the tips of whose it was, and returns their staff code.

    Nothing, and an empty code, where its sale had none.
    """
    if not void.tip_minor or void.original_sale_id is None:
        return ""
    given = uow.tips.of_document(void.original_sale_id)
    staff_id = given.staff_id if given is not None else None
    uow.add(tip_of(void, staff_id=staff_id))
    return uow.chain.staff_codes.get(staff_id or 0, "")


def tips_owed(uow: UnitOfWork, store_id: int) -> int:
    """What a store owes its staff now, in minor units; below zero where tips were voided after they were paid out."""
    key = tip_counter(store_id)
    counter = uow.promotion_uses.counters([key]).get(key, NOTHING)
    return counter.uses - counter.discount_minor


def pay_tips_out(uow: UnitOfWork, entry: ShiftEntry) -> None:
    """Takes cash paid out of a drawer off what the store owes its staff; raises TipsOwedLess."""
    key = tip_counter(entry.store_id)
    counter = uow.promotion_uses.lock([key])[key]
    owed, amount = counter.uses - counter.discount_minor, -entry.amount_minor
    if amount > owed:
        raise TipsOwedLess("amount_minor", owed=owed, amount=amount)
    uow.add(
        TipEntry(
            entry.entry_id, entry.store_id, None, entry.currency, 0, amount, entry.business_date, entry.posted_at
        )
    )  # fmt: skip
