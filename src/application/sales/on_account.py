"""Sales on account at the till: what a member owes for a sale, and what a refund takes off it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberAccount
from application.ports.wallet import AccountKey
from application.sales.tender import Tender
from application.transactor import Call
from domain.identity.organisation import Store
from domain.sales.sale import Sale, SaleTender, TenderKind
from domain.shared.errors import Invalid
from domain.wallet.credit import CreditAccount, CreditEntry, CreditReason, beyond_limit, exceeded

CreditAccounts = Mapping[AccountKey, CreditAccount]


class AccountNeedsMember(Invalid):
    en = "A sale on account belongs to a member. Send member_key."
    zh = "赊账属于会员，请提供 member_key。"


class AccountTenderedTwice(Invalid):
    en = "What goes on account is given as one tender. Put all of it into one."
    zh = "赊账只能作为一种付款，请合并为一项。"


@dataclass(frozen=True, slots=True)
class Charge:
    """What a sale adds to a member's account, `beyond_minor` of it beyond the limit."""

    account: CreditAccount
    amount_minor: int
    beyond_minor: int


def check_on_account(tenders: Sequence[Tender], *, member_key: str) -> None:
    """Refuses what goes on account without a member, or twice."""
    found = [index for index, tender in enumerate(tenders) if tender.kind is TenderKind.ON_ACCOUNT]
    if found and not member_key:
        raise AccountNeedsMember(f"tenders[{found[0]}].kind")
    if len(found) > 1:
        raise AccountTenderedTwice(f"tenders[{found[1]}].kind")


def lock_credit(
    uow: UnitOfWork,
    sales: Iterable[tuple[str, Sequence[Tender], str, bool]],
    members: Mapping[str, MemberAccount],
) -> CreditAccounts:
    """Locks the accounts of those (member key, tenders, currency, uploaded) that pay so, after everything else.

    Without any, nothing is asked of the database. A sale that has happened may need an account that is not there.
    """
    wanted, made = set(), set()
    for key, tenders, currency, uploaded in sales:
        if key in members and any(tender.kind is TenderKind.ON_ACCOUNT for tender in tenders):
            member_id = members[key].member_id
            wanted.add(member_id)
            if uploaded:
                made.add((member_id, currency))
    return uow.credit.lock(wanted, opening=sorted(made)) if wanted else {}


def charge_account(
    tenders: Sequence[Tender],
    member: MemberAccount | None,
    accounts: CreditAccounts,
    *,
    currency: str,
    uploaded: bool,
    language: str,
) -> tuple[Charge | None, list[str]]:
    """What the buyer will owe, with a warning where a sale made without connection goes beyond the limit.

    Raises CreditExceeded for one that is made now.
    """
    index = next((index for index, tender in enumerate(tenders) if tender.kind is TenderKind.ON_ACCOUNT), None)
    # Without a member it was refused before.
    if index is None or member is None:
        return None, []
    asked = tenders[index].amount_minor
    account = accounts.get((member.member_id, currency))
    beyond = beyond_limit(account, amount_minor=asked)
    refusal = exceeded(account, amount_minor=asked, field=f"tenders[{index}].amount_minor")
    if account is None or (beyond and not uploaded):
        raise refusal
    return Charge(account, asked, beyond), [refusal.message(language)] if beyond else []


def record_charge(uow: UnitOfWork, charge: Charge, call: Call[Any], sale: Sale) -> None:
    """Adds it to what the member owes, so that the next sale of the batch finds less left."""
    caller = call.caller.caller_id, call.caller.staff_id
    _move(uow, charge.account, charge.amount_minor, charge.beyond_minor, CreditReason.CHARGED, sale, caller)


def take_charge_back(
    uow: UnitOfWork, member_id: int | None, tenders: Sequence[SaleTender], sale: Sale, store: Store
) -> None:
    """Takes what the negative `tenders` of a refund give back off what the member owes."""
    amount = sum(tender.amount_minor for tender in tenders if tender.kind is TenderKind.ON_ACCOUNT)
    if not amount or member_id is None:
        return
    key = member_id, store.currency
    account = uow.credit.lock({member_id}, opening=[key])[key]
    caller = uow.caller.caller_id, uow.caller.staff_id
    _move(uow, account, amount, 0, CreditReason.CHARGE_REVERSED, sale, caller)


def _move(
    uow: UnitOfWork,
    account: CreditAccount,
    owed_minor: int,
    beyond_minor: int,
    reason: CreditReason,
    sale: Sale,
    caller: tuple[int, int | None],
) -> None:
    account.owed_minor += owed_minor
    caller_id, staff_id = caller
    uow.add(
        CreditEntry(
            member_id=account.member_id,
            currency=account.currency,
            entry_id=uow.new_id(),
            reason=reason,
            owed_minor=owed_minor,
            limit_minor=0,
            beyond_minor=beyond_minor,
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
