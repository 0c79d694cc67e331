"""Stored value at the till: what it pays of a sale, and what of it comes back with the goods."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from application.policies import Policies
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberAccount
from application.ports.sales import StoredSale
from application.ports.wallet import AccountKey
from application.sales.tender import Tender
from application.transactor import Call
from domain.finance.accounts import STORED_VALUE_BONUS, STORED_VALUE_PRINCIPAL
from domain.identity.organisation import Store
from domain.sales.sale import Sale, TenderKind
from domain.shared.errors import Invalid, Rejected
from domain.wallet.stored_value import (
    InsufficientStoredValue,
    Split,
    StoredValueAccount,
    StoredValueEntry,
    StoredValueReason,
    returned_split,
    spend_split,
)

NOTHING: Final = Split(0, 0)
REDEEMING: Final = frozenset({TenderKind.STORED_VALUE, TenderKind.GIFT_CARD})
"""What was paid before, and is owed by the chain."""
Accounts = Mapping[AccountKey, StoredValueAccount]


class StoredValueNeedsMember(Invalid):
    en = "Stored value belongs to a member. Send member_key."
    zh = "储值属于会员，请提供 member_key。"


class StoredValueTenderedTwice(Invalid):
    en = "Stored value is given as one tender. Put all of it into one."
    zh = "储值只能作为一种付款，请合并为一项。"


class OfflineRedeemLimit(Rejected):
    en = "Without connection at most {limit} may be paid by stored value and gift cards, not {asked}, in minor units."
    zh = "离线时储值和礼品卡最多可付 {limit}，不可付 {asked}（最小货币单位）。"


@dataclass(frozen=True, slots=True)
class StoredValuePaid:
    """What the account of the buyer pays of a sale; it is taken from it when the sale is recorded."""

    account: StoredValueAccount
    split: Split


def check_stored_value(tenders: Sequence[Tender], *, member_key: str, uploaded: bool, policies: Policies) -> None:
    """Refuses stored value without a member or twice, and with gift cards more than a store allows offline."""
    redeeming = [index for index, tender in enumerate(tenders) if tender.kind in REDEEMING]
    if not redeeming:
        return
    found = [index for index in redeeming if tenders[index].kind is TenderKind.STORED_VALUE]
    if found and not member_key:
        raise StoredValueNeedsMember(f"tenders[{found[0]}].kind")
    if len(found) > 1:
        raise StoredValueTenderedTwice(f"tenders[{found[1]}].kind")
    asked, limit = sum(tenders[index].amount_minor for index in redeeming), policies.offline_redeem_limit
    if uploaded and asked > limit:
        raise OfflineRedeemLimit(f"tenders[{redeeming[-1]}].amount_minor", limit=limit, asked=asked)


def lock_stored_value(
    uow: UnitOfWork, sales: Iterable[tuple[str, Sequence[Tender]]], members: Mapping[str, MemberAccount]
) -> Accounts:
    """Locks the accounts of those (member key, tenders) that pay so; without any, nothing is asked of the database.

    They are locked after everything else that the batch locks, so that no two batches wait for each other.
    """
    wanted = {
        members[key].member_id
        for key, tenders in sales
        if key in members and any(tender.kind is TenderKind.STORED_VALUE for tender in tenders)
    }
    return uow.stored_value.lock(wanted) if wanted else {}


def pay_by_stored_value(
    tenders: Sequence[Tender],
    member: MemberAccount | None,
    accounts: Accounts,
    *,
    currency: str,
    policies: Policies,
) -> StoredValuePaid | None:
    """What the buyer's account pays, split as the store's settings say; raises as `spend_split`."""
    found = [index for index, tender in enumerate(tenders) if tender.kind is TenderKind.STORED_VALUE]
    # Without a member it was refused before.
    if not found or member is None:
        return None
    field, asked = f"tenders[{found[0]}].amount_minor", tenders[found[0]].amount_minor
    account = accounts.get((member.member_id, currency))
    if account is None:
        raise InsufficientStoredValue(field, balance=0, asked=asked)
    order = policies.stored_value_spend_order
    return StoredValuePaid(account, spend_split(account, amount_minor=asked, order=order, field=field))


def take_stored_value(uow: UnitOfWork, paid: StoredValuePaid, call: Call[Any], sale: Sale) -> None:
    """Takes it from the account, so that the next sale of the batch finds less, and records the movement."""
    split = Split(-paid.split.principal_minor, -paid.split.bonus_minor)
    caller = call.caller.caller_id, call.caller.staff_id
    _move(uow, paid.account, split, StoredValueReason.SPENT, sale, caller)


def clearing_of(split: Split) -> dict[str, int]:
    """The accounts of the books that owe less by what was paid so."""
    return {STORED_VALUE_PRINCIPAL.code: split.principal_minor, STORED_VALUE_BONUS.code: split.bonus_minor}


def give_stored_value_back(
    uow: UnitOfWork,
    original: StoredSale,
    earlier: Sequence[StoredSale],
    amount: int,
    sale: Sale,
    store: Store,
) -> Split:
    """Returns `amount` of a refund, zero or more minor units, to the account that paid, frozen or not.

    In the proportion of principal and bonus that the sale took and earlier refunds have left; the split is all zero
    where nothing was paid so.
    """
    member_id = original.sale.member_id
    if not amount or member_id is None:
        return NOTHING
    account = uow.stored_value.opened(member_id, store.currency)
    moved = uow.stored_value.entries_of([document.sale.sale_id for document in (original, *earlier)])
    left = Split(-sum(entry.principal_minor for entry in moved), -sum(entry.bonus_minor for entry in moved))
    back = returned_split(left, amount_minor=amount)
    caller = uow.caller.caller_id, uow.caller.staff_id
    _move(uow, account, back, StoredValueReason.SPEND_REVERSED, sale, caller)
    return back


def put_in(uow: UnitOfWork, account: StoredValueAccount, amount_minor: int, sale: Sale) -> None:
    """Gives the account, frozen or not, what goods without a receipt were worth, all of it principal."""
    caller = uow.caller.caller_id, uow.caller.staff_id
    _move(uow, account, Split(amount_minor, 0), StoredValueReason.RETURNED, sale, caller)


def _move(
    uow: UnitOfWork,
    account: StoredValueAccount,
    split: Split,
    reason: StoredValueReason,
    sale: Sale,
    caller: tuple[int, int | None],
) -> None:
    account.principal_minor += split.principal_minor
    account.bonus_minor += split.bonus_minor
    caller_id, staff_id = caller
    uow.add(
        StoredValueEntry(
            member_id=account.member_id,
            currency=account.currency,
            entry_id=uow.new_id(),
            reason=reason,
            principal_minor=split.principal_minor,
            bonus_minor=split.bonus_minor,
            frozen=0,
            document_id=sale.sale_id,
            tender="",
            reference="",
            note="",
            store_id=sale.store_id,
            caller_id=caller_id,
            staff_id=staff_id,
            business_date=sale.business_date,
            posted_at=sale.stored_at,
        )
    )
