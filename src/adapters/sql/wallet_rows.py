"""The balances that follow from the entries of stored value and of gift cards."""

from collections.abc import Iterable
from typing import Final

from adapters.sql.fold import Fold
from adapters.sql.tables import wallet
from domain.wallet.gift_card import GiftCard, GiftCardEntry, GiftCardReason
from domain.wallet.stored_value import StoredValueAccount, StoredValueEntry

STORED_VALUE: Final = Fold(
    StoredValueAccount,
    wallet.stored_value_accounts,
    key=("member_id", "currency"),
    summed=("principal_minor", "bonus_minor", "frozen"),
)

GIFT_CARDS: Final = Fold(GiftCard, wallet.gift_cards, key=("card_id",), summed=("balance_minor", "sold", "blocked"))


def gift_card_deltas(entries: Iterable[GiftCardEntry]) -> list[GiftCard]:
    """What the entries add to each card, in the order of their ids; what a card is issued with stands in its row."""
    deltas: dict[int, GiftCard] = {}
    for entry in entries:
        if entry.reason is GiftCardReason.ISSUED:
            continue
        delta = deltas.get(entry.card_id)
        if delta is None:
            delta = GiftCard(entry.card_id, b"", b"", "", "", "", 0, 0, 0, 0, 0, entry.posted_at)
            deltas[entry.card_id] = delta
        delta.balance_minor += entry.amount_minor
        delta.sold += entry.sold
        delta.blocked += entry.blocked
    return [deltas[card_id] for card_id in sorted(deltas)]


def stored_value_deltas(entries: Iterable[StoredValueEntry]) -> list[StoredValueAccount]:
    """What the entries add to each account, in the order of member and currency."""
    deltas: dict[tuple[int, str], StoredValueAccount] = {}
    for entry in entries:
        key = entry.member_id, entry.currency
        delta = deltas.setdefault(key, StoredValueAccount(*key, 0, 0, 0))
        delta.principal_minor += entry.principal_minor
        delta.bonus_minor += entry.bonus_minor
        delta.frozen += entry.frozen
    return [deltas[key] for key in sorted(deltas)]
