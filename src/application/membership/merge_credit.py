"""Accounts of merged files: what either owes is owed by one person, under one limit."""

from application.membership.merge_work import Merging, Undoing
from domain.wallet.credit import CreditAccount, CreditEntry, CreditReason, owed_back


def move_credit(merging: Merging) -> None:
    """What is owed adds up; the limit is the larger of the two, in every currency.

    Never their sum: nobody has decided that this person may owe so much. And never the smaller one: head office has
    granted this person the other, whichever file survives. So a merge leaves no more to be taken than there was before.
    Charges keep their sales, and what a refund takes off is taken off here.
    """
    uow = merging.uow
    giver, taker = merging.merged.member_id, merging.survivor.member_id
    theirs = [one for one in uow.credit.accounts(giver) if one.owed_minor or one.limit_minor]
    if not theirs:
        return
    accounts = uow.credit.lock([giver, taker], opening=[(taker, one.currency) for one in theirs])
    for one in theirs:
        account, own = accounts[giver, one.currency], accounts[taker, one.currency]
        owed, limit = account.owed_minor, account.limit_minor
        _enter(merging, account, -owed, -limit, CreditReason.MERGED_OUT)
        _enter(merging, own, owed, max(limit - own.limit_minor, 0), CreditReason.MERGED_IN)


def move_credit_back(undoing: Undoing) -> None:
    """What came is owed by the file again as far as it is still owed: what was paid since is paid.

    The file has its limit again, and the survivor the one of before, unless head office has set it since.
    """
    uow = undoing.uow
    giver, taker = undoing.survivor.member_id, undoing.merged.member_id
    moved = uow.credit.entries_of(undoing.merge.merge_id)
    if not moved:
        return
    accounts = uow.credit.lock([giver, taker], opening=[(taker, entry.currency) for entry in moved])
    limits = {entry.currency: -entry.limit_minor for entry in moved if entry.reason is CreditReason.MERGED_OUT}
    for entry in moved:
        if entry.reason is not CreditReason.MERGED_IN:
            continue
        account = accounts[giver, entry.currency]
        raised = 0 if uow.credit.limit_set_since(entry) else entry.limit_minor
        owed = owed_back(brought=entry.owed_minor, left=account.owed_minor)
        _enter(undoing, account, -owed, -raised, CreditReason.MERGED_OUT)
        _enter(undoing, accounts[taker, entry.currency], owed, limits[entry.currency], CreditReason.MERGED_IN)


def _enter(
    work: Merging | Undoing, account: CreditAccount, owed_minor: int, limit_minor: int, reason: CreditReason
) -> None:
    """In the same store on both sides, so that what members owe there is what it was, and nothing is posted."""
    uow = work.uow
    account.owed_minor += owed_minor
    account.limit_minor += limit_minor
    uow.add(
        CreditEntry(
            member_id=account.member_id,
            currency=account.currency,
            entry_id=uow.new_id(),
            reason=reason,
            owed_minor=owed_minor,
            limit_minor=limit_minor,
            beyond_minor=0,
            document_id=work.document_id,
            tender="",
            reference="",
            note="",
            store_id=work.store.store_id,
            caller_id=uow.caller.caller_id,
            staff_id=uow.caller.staff_id,
            business_date=work.on,
            posted_at=uow.now,
        )
    )
