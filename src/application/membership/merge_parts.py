"""What moves when members are merged, and goes back when that is undone: a list of parts, one for each module.

A module that keeps something for members adds its part to PARTS, which stands in the order in which sales lock:
points, coupons, stored value; then what sales do not lock. A part moves by entries of its own ledger, and says in
`Merging` what its way back needs to know.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from application.coupon_ledger import Use, record_transfer
from application.membership.merge_credit import move_credit, move_credit_back
from application.membership.merge_limits import add_counts, take_counts
from application.membership.merge_points import move_points, move_points_back
from application.membership.merge_pools import move_seat, move_seat_back
from application.membership.merge_wallet import move_times_cards, move_times_cards_back
from application.membership.merge_work import Merging, Part, Undoing
from application.ports.kernel import UnitOfWork
from application.ports.merges import FileState
from application.ports.tiers import MemberTier
from application.tier_entries import TierDecision, record_decisions
from domain.forecasting.purchase_run import together as told_together
from domain.membership.attribute import AttributeValue
from domain.membership.consent import ConsentEntry, together
from domain.membership.lifecycle import LifecycleNote
from domain.membership.member import Member, MemberChange, MemberField
from domain.membership.merge import MergeTier, given_back
from domain.membership.tier import NOTHING_DONE, TierCause, added, code_at, end_of, rank_of, upgraded, window_on
from domain.shared.errors import Rejected
from domain.shared.money import AMOUNT_MINOR_MAX
from domain.wallet.stored_value import (
    StoredValueAccount,
    StoredValueEntry,
    StoredValueFrozen,
    StoredValueReason,
    StoredValueTooLarge,
)

ATTRIBUTE: Final = "attribute:"
AUDIENCE: Final = "audience:"
"""How `filled` tells attributes and audiences of coupons from fields of the person."""


class MergedHasMembership(Rejected):
    en = "The file that would be merged has a paid membership that has not ended. Wait for its end, or take it back."
    zh = "被合并的会员有尚未到期的付费会员，请等待到期或先退回。"


def refuse_membership(merging: Merging) -> None:
    """A paid membership is the member's own until it ends. Raises MergedHasMembership."""
    if merging.uow.paid_memberships.lock_open([merging.merged.member_id]):
        raise MergedHasMembership("merged_key")


def nothing_back(undoing: Undoing) -> None:
    """Nothing moved."""


def move_coupons(merging: Merging) -> None:
    """Every coupon that has not ended is the survivor's, and the shared codes of the file's audiences."""
    uow, taker = merging.uow, merging.survivor.member_id
    _hand_over(merging, uow.merges.coupons_of(merging.merged.member_id), taker, merging.merge_id)
    merging.filled += [AUDIENCE + audience for audience in uow.coupons.copy_audiences(merging.merged.member_id, taker)]


def move_coupons_back(undoing: Undoing) -> None:
    """Coupons that came go back as long as they are the survivor's; those that were used stay used."""
    uow = undoing.uow
    _hand_over(undoing, uow.merges.coupons_brought(undoing.merge), undoing.merged.member_id, undoing.undo_id)
    joined = [one.removeprefix(AUDIENCE) for one in undoing.merge.filled if one.startswith(AUDIENCE)]
    if joined:
        uow.coupons.leave_audiences(undoing.survivor.member_id, joined)


def _hand_over(work: Merging | Undoing, coupon_ids: Sequence[int], taker: int, document_id: int) -> None:
    if not coupon_ids:
        return
    uow = work.uow
    giver = work.merged.member_id if taker == work.survivor.member_id else work.survivor.member_id
    use = Use(taker, work.store, uow.caller, uow.now, uow.now)
    found = uow.coupons.lock_by_id(coupon_ids)
    for coupon_id in coupon_ids:
        # Handed on or voided meanwhile, it stays where it is.
        if found[coupon_id].coupon.member_id == giver and not found[coupon_id].coupon.ended:
            record_transfer(uow, found[coupon_id], use, document_id=document_id)


def move_stored_value(merging: Merging) -> None:
    """Principal and bonus of every currency; raises StoredValueFrozen and StoredValueTooLarge."""
    uow = merging.uow
    giver, taker = merging.merged.member_id, merging.survivor.member_id
    accounts = uow.stored_value.lock([giver, taker])
    for (member_id, currency), account in accounts.items():
        _refuse_frozen(account, "merged_key" if member_id == giver else "survivor_key")
        if member_id == giver and account.balance_minor:
            held = accounts.get((taker, currency)) or uow.stored_value.opened(taker, currency)
            balance = held.balance_minor + account.balance_minor
            if balance >= AMOUNT_MINOR_MAX:
                raise StoredValueTooLarge("merged_key", balance=balance, limit=AMOUNT_MINOR_MAX)
            _pay_over(merging, account, taker, merging.merge_id, account.principal_minor, account.bonus_minor)


def move_stored_value_back(undoing: Undoing) -> None:
    """What came goes back as far as it is left: what was spent since was the survivor's; raises StoredValueFrozen."""
    uow = undoing.uow
    giver, taker = undoing.survivor.member_id, undoing.merged.member_id
    accounts = uow.stored_value.lock([giver])
    for entry in uow.stored_value.entries_of([undoing.merge.merge_id]):
        if entry.reason is not StoredValueReason.MERGED_IN:
            continue
        account = accounts[giver, entry.currency]
        _refuse_frozen(account, "merge_id")
        principal = given_back(brought=entry.principal_minor, left=account.principal_minor)
        bonus = given_back(brought=entry.bonus_minor, left=account.bonus_minor)
        uow.stored_value.opened(taker, entry.currency)
        if principal or bonus:
            _pay_over(undoing, account, taker, undoing.undo_id, principal, bonus)


def _refuse_frozen(account: StoredValueAccount, field_name: str) -> None:
    if account.frozen:
        raise StoredValueFrozen(field_name)


def _pay_over(
    work: Merging | Undoing, account: StoredValueAccount, taker: int, document_id: int, principal: int, bonus: int
) -> None:
    uow = work.uow
    for member_id, sign, reason in (
        (account.member_id, -1, StoredValueReason.MERGED_OUT),
        (taker, 1, StoredValueReason.MERGED_IN),
    ):
        uow.add(
            StoredValueEntry(
                member_id=member_id,
                currency=account.currency,
                entry_id=uow.new_id(),
                reason=reason,
                principal_minor=sign * principal,
                bonus_minor=sign * bonus,
                frozen=0,
                document_id=document_id,
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


def move_person(merging: Merging) -> None:
    """What was unknown of the survivor is known from now on; what was known stays."""
    uow = merging.uow
    survivor = uow.members.locked(merging.survivor.member_id).member
    merged = uow.members.locked(merging.merged.member_id).member
    found = {
        one.value: getattr(merged, one.value)
        for one in MemberField
        if not getattr(survivor, one.value) and getattr(merged, one.value)
    }
    _change_person(uow, survivor, found)
    merging.filled += found


def move_person_back(undoing: Undoing) -> None:
    """What became known goes, unless it was changed since. The file's phone leads to it again if nobody has it."""
    uow = undoing.uow
    survivor = uow.members.locked(undoing.survivor.member_id).member
    merged = uow.members.locked(undoing.merged.member_id).member
    unknown: dict[str, Any] = {
        name: None if name == MemberField.SEX else ""
        for name in undoing.merge.filled
        if ":" not in name and getattr(survivor, name) == getattr(merged, name)
    }
    _change_person(uow, survivor, unknown)


def _change_person(uow: UnitOfWork, before: Member, values: dict[str, Any]) -> None:
    if not values:
        return
    changes = [
        MemberChange(
            uow.new_id(), before.member_id, MemberField(name), getattr(before, name) or "", value or "", uow.now,
            uow.caller.caller_id, uow.caller.staff_id,
        )
        for name, value in values.items()
    ]  # fmt: skip
    uow.members.update(replace(before, **values), changes)


def move_attributes(merging: Merging) -> None:
    """Attributes that were unknown of the survivor are known from now on."""
    uow, survivor_id = merging.uow, merging.survivor.member_id
    known = {value.attribute_code for value in uow.member_attributes.current(survivor_id)}
    found = [
        value for value in uow.member_attributes.current(merging.merged.member_id) if value.attribute_code not in known
    ]
    new = [
        AttributeValue(
            uow.new_id(), survivor_id, value.attribute_code, value.text, uow.now, None, uow.caller.caller_id,
            uow.caller.staff_id,
        )
        for value in found
    ]  # fmt: skip
    uow.member_attributes.replace([], new, at=uow.now)
    merging.filled += [ATTRIBUTE + value.attribute_code for value in found]


def move_attributes_back(undoing: Undoing) -> None:
    """Attributes that became known go, unless they were stated anew since."""
    uow = undoing.uow
    theirs = {value.attribute_code: value.text for value in uow.member_attributes.current(undoing.merged.member_id)}
    gone = [
        value
        for value in uow.member_attributes.current(undoing.survivor.member_id)
        if ATTRIBUTE + value.attribute_code in undoing.merge.filled and theirs.get(value.attribute_code) == value.text
    ]
    uow.member_attributes.replace(gone, [], at=uow.now)


def move_consents(merging: Merging) -> None:
    """A withdrawal in either file holds for the person; what only one file has decided holds too."""
    uow, survivor_id, merged_id = merging.uow, merging.survivor.member_id, merging.merged.member_id
    last = uow.consents.current([survivor_id, merged_id])
    entries = []
    for (member_id, purpose), theirs in last.items():
        if member_id == merged_id:
            own = last.get((survivor_id, purpose))
            given = together(survivor=own.given if own else None, merged=theirs.given)
            if own is None or own.given != given:
                entries.append(_decided(merging, theirs, survivor_id, own.number if own else 0, merging.merge_id))
    if entries:
        uow.consents.record(entries)


def move_consents_back(undoing: Undoing) -> None:
    """What the merge decided is as before, unless the survivor has decided since."""
    uow, survivor_id = undoing.uow, undoing.survivor.member_id
    entries = []
    for last in uow.consents.current([survivor_id]).values():
        if last.merge_id == undoing.merge.merge_id:
            before = uow.consents.entry(survivor_id, last.purpose, last.number - 1)
            # Who had never decided has consented to nothing.
            restored = before or replace(last, given=False, text_version=0)
            entries.append(_decided(undoing, restored, survivor_id, last.number, undoing.undo_id))
    if entries:
        uow.consents.record(entries)


def _decided(
    work: Merging | Undoing, like: ConsentEntry, member_id: int, last_number: int, document_id: int
) -> ConsentEntry:
    caller = work.uow.caller
    return replace(
        like, member_id=member_id, number=last_number + 1, by_member=False, merge_id=document_id,
        caller_id=caller.caller_id, staff_id=caller.staff_id, decided_at=work.uow.now,
    )  # fmt: skip


def move_tier(merging: Merging) -> None:
    """The survivor has the tier that `member_merge_tier` says, the file none; both histories say so."""
    uow = merging.uow
    survivor, merged = _of_tier(merging.survivor), _of_tier(merging.merged)
    stored = uow.tiers.programme()
    version = stored.version if stored else 0
    decisions = []
    tier, until, done = _tier_together(merging, survivor, merged)
    if (tier, until) != (survivor.tier, survivor.valid_until):
        decisions.append(TierDecision(survivor, tier, until, done))
        merging.tier_number = survivor.entries + 1
    if merged.tier:
        decisions.append(TierDecision(merged, "", None))
    record_decisions(uow, decisions, cause=TierCause.MERGED, version=version, on=merging.on)


def _tier_together(merging: Merging, survivor: MemberTier, merged: MemberTier) -> tuple[str, date | None, Any]:
    """The tier, until when, and the figures that decided; a tier that no programme has counts as none."""
    stored = merging.uow.tiers.programme()
    if stored is None:
        chosen = survivor if survivor.tier else merged
        return chosen.tier, chosen.valid_until, NOTHING_DONE
    programme = stored.programme
    own, other = (rank_of(programme, one.tier) for one in (survivor, merged))
    if own is None:
        return survivor.tier, survivor.valid_until, NOTHING_DONE
    if merging.tier_rule is MergeTier.RECOMPUTE:
        ids = [survivor.member_id, merged.member_id]
        figures = merging.uow.tiers.figures(ids, programme, window=window_on(programme, merging.on))
        done = added(*[figures.get(member_id, NOTHING_DONE) for member_id in ids])
        rank = upgraded(programme, own, done)
        until = survivor.valid_until if rank == own else end_of(programme, rank, merging.on)
        return code_at(programme, rank), until, done
    if other is None or other < own:
        return survivor.tier, survivor.valid_until, NOTHING_DONE
    if other > own:
        return merged.tier, merged.valid_until, NOTHING_DONE
    untils = [survivor.valid_until, merged.valid_until]
    # Without an end is longer than any.
    latest = None if None in untils else max(one for one in untils if one is not None)
    return survivor.tier, latest, NOTHING_DONE


def move_tier_back(undoing: Undoing) -> None:
    """Both have the tiers of before, the survivor only as long as nothing has decided about theirs since."""
    merge, uow = undoing.merge, undoing.uow
    survivor, merged = _of_tier(undoing.survivor), _of_tier(undoing.merged)
    decisions = []
    if merge.tier_number and survivor.entries == merge.tier_number:
        decisions.append(_as_before(uow, survivor))
    if merge.merged_tier:
        decisions.append(_as_before(uow, merged))
    record_decisions(uow, decisions, cause=TierCause.UNMERGED, version=0, on=undoing.on)


def _as_before(uow: UnitOfWork, member: MemberTier) -> TierDecision:
    """The tier as it was before the newest entry of its history."""
    earlier = uow.tiers.history(member.member_id, before=member.entries, limit=1)
    if not earlier:
        return TierDecision(member, "", None)
    return TierDecision(member, earlier[0].to_tier, earlier[0].valid_until)


def _of_tier(state: FileState) -> MemberTier:
    return MemberTier(state.member_id, state.member_number, state.tier, state.tier_entries, state.tier_until)


def note_lifecycles(work: Merging | Undoing) -> None:
    """The survivor's purchases are others now, and so are the file's: the next run of the life cycle looks at both."""
    for member_id in (work.survivor.member_id, work.merged.member_id):
        work.uow.add(LifecycleNote(work.uow.new_id(), member_id, work.on))


def move_next_purchases(merging: Merging) -> None:
    """What was expected of either is expected of the survivor, until the next run tells it from all they bought."""
    told = merging.uow.next_purchases
    survivor_id, merged_id = merging.survivor.member_id, merging.merged.member_id
    own = told.of_member(survivor_id)
    brought = told.of_member(merged_id)
    if not brought:
        return
    # Of who had none yet the next run finds the home store.
    kept = told_together(survivor_id=survivor_id, store_id=own[0].store_id if own else None, purchases=[*own, *brought])
    told.drop([survivor_id, merged_id])
    told.put(kept)


def drop_next_purchases(undoing: Undoing) -> None:
    """Nobody tells any more whose purchases they were told from: the next run tells both anew."""
    undoing.uow.next_purchases.drop([undoing.survivor.member_id, undoing.merged.member_id])


PARTS: Final = (
    Part(refuse_membership, nothing_back),
    Part(move_points, move_points_back),
    Part(move_seat, move_seat_back),
    Part(move_coupons, move_coupons_back),
    Part(move_stored_value, move_stored_value_back),
    Part(move_times_cards, move_times_cards_back),
    Part(move_credit, move_credit_back),
    Part(move_person, move_person_back),
    Part(move_attributes, move_attributes_back),
    Part(move_consents, move_consents_back),
    Part(move_tier, move_tier_back),
    Part(add_counts, take_counts),
    Part(note_lifecycles, note_lifecycles),
    Part(move_next_purchases, drop_next_purchases),
)
"""In the order in which sales lock."""
