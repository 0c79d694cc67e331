"""What merged files hold beside stored value: times cards with uses left."""

from collections.abc import Sequence

from application.membership.merge_work import Merging, Undoing
from domain.wallet.times_card import TimesCard, TimesCardEntry, TimesCardReason


def move_times_cards(merging: Merging) -> None:
    """Cards with uses left are the survivor's, as they are: with their end, their sale and the revenue that waits."""
    cards = merging.uow.times_cards.lock_usable(merging.merged.member_id)
    _hand_over(merging, cards, merging.survivor.member_id)


def move_times_cards_back(undoing: Undoing) -> None:
    """Cards that came go back with the uses that are left on them: what was used since is used."""
    cards = undoing.uow.times_cards.lock_brought(undoing.survivor.member_id, document_id=undoing.merge.merge_id)
    _hand_over(undoing, cards, undoing.merged.member_id)


def _hand_over(work: Merging | Undoing, cards: Sequence[TimesCard], taker: int) -> None:
    """No use and no value moves, so nothing is posted: an entry tells whose the card is from now on, and why."""
    uow = work.uow
    for card in cards:
        uow.add(
            TimesCardEntry(
                card_id=card.card_id,
                entry_id=uow.new_id(),
                reason=TimesCardReason.MERGED,
                uses=0,
                value_minor=0,
                document_id=work.document_id,
                currency=card.currency,
                store_id=work.store.store_id,
                caller_id=uow.caller.caller_id,
                staff_id=uow.caller.staff_id,
                business_date=work.on,
                posted_at=uow.now,
            )
        )
    if cards:
        uow.times_cards.give([card.card_id for card in cards], taker)
