"""Times cards in SQL."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, bindparam, exists, literal_column, or_, select, update

from adapters.sql.statements import any_of
from adapters.sql.tables.catalog import products
from adapters.sql.tables.membership import members
from adapters.sql.tables.wallet import times_card_entries as entries
from adapters.sql.tables.wallet import times_cards as cards
from adapters.sql.transaction import Transaction
from application.ports import times_cards as ports
from application.ports.times_cards import ListedTimesCard
from domain.wallet.times_card import TimesCard, TimesCardReason

_MEMBER: Final = cards.c.member_id == bindparam("of_member")
_ZERO: Final[ColumnElement[int]] = literal_column("0")
_DAY: Final = bindparam("on", type_=cards.c.expires_on.type)
_OF_MEMBER: Final = (
    select(cards)
    .join(products, products.c.sku_id == cards.c.sku_id)
    .where(
        _MEMBER,
        products.c.sku == bindparam("sku"),
        cards.c.currency == bindparam("in_currency"),
        # Written out, because a partial index is only used for a condition that is known to be its own.
        cards.c.uses_left > _ZERO,
        or_(cards.c.expires_on.is_(None), cards.c.expires_on > _DAY),
    )
    .order_by(cards.c.expires_on.is_(None), cards.c.expires_on, cards.c.card_id)
    # All of them: with a limit, who waits for one that is used up meanwhile would find none.
    .with_for_update(of=cards)
)
_BY_ID: Final = select(cards).where(cards.c.card_id == bindparam("of_card"), _MEMBER).with_for_update()
_OF_SALE: Final = (
    select(cards).where(cards.c.sale_id == bindparam("of_sale")).order_by(cards.c.line_number).with_for_update()
)
_USABLE: Final = select(cards).where(_MEMBER, cards.c.uses_left > _ZERO).order_by(cards.c.card_id).with_for_update()
_BROUGHT: Final = (
    select(cards)
    .where(
        _MEMBER,
        exists().where(
            entries.c.card_id == cards.c.card_id,
            entries.c.document_id == bindparam("of_document", type_=entries.c.document_id.type),
            entries.c.reason == TimesCardReason.MERGED.value,
        ),
    )
    .order_by(cards.c.card_id)
    .with_for_update(of=cards)
)
_GIVE: Final = update(cards).where(any_of(cards.c.card_id, "card_ids")).values(member_id=bindparam("to_member"))
_EXPIRED: Final = (
    select(cards)
    .where(cards.c.uses_left > _ZERO, cards.c.expires_on <= _DAY)
    .order_by(cards.c.expires_on, cards.c.card_id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_MOVE: Final = (
    update(cards)
    .where(cards.c.card_id == bindparam("of_card"))
    .values(uses_left=bindparam("new_uses"), value_left_minor=bindparam("new_value"))
)
_LISTED: Final = (
    select(cards, products.c.sku, products.c.name)
    .join(products, products.c.sku_id == cards.c.sku_id)
    .where(
        or_(
            _MEMBER,
            # What a file had used up before it was merged stays with it.
            cards.c.member_id.in_(select(members.c.member_id).where(members.c.merged_into == bindparam("of_member"))),
        ),
        cards.c.card_id > bindparam("after"),
    )
    .order_by(cards.c.card_id)
    .limit(bindparam("limit"))
)


class TimesCards(ports.TimesCards):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock_of_member(self, member_id: int, sku: str, *, currency: str, valid_on: date) -> Sequence[TimesCard]:
        asked = {"of_member": member_id, "sku": sku, "in_currency": currency, "on": valid_on}
        return [_card(row) for row in self._transaction.execute(_OF_MEMBER, asked)]

    def lock(self, card_id: int, member_id: int) -> TimesCard | None:
        row = self._transaction.execute(_BY_ID, {"of_card": card_id, "of_member": member_id}).one_or_none()
        return None if row is None else _card(row)

    def lock_of_sale(self, sale_id: int) -> Sequence[TimesCard]:
        return [_card(row) for row in self._transaction.execute(_OF_SALE, {"of_sale": sale_id})]

    def lock_usable(self, member_id: int) -> Sequence[TimesCard]:
        return [_card(row) for row in self._transaction.execute(_USABLE, {"of_member": member_id})]

    def lock_brought(self, member_id: int, *, document_id: int) -> Sequence[TimesCard]:
        asked = {"of_member": member_id, "of_document": document_id}
        return [_card(row) for row in self._transaction.execute(_BROUGHT, asked)]

    def give(self, card_ids: Collection[int], member_id: int) -> None:
        self._transaction.execute(_GIVE, {"card_ids": list(card_ids), "to_member": member_id})

    def lock_expired(self, *, by: date, limit: int) -> Sequence[TimesCard]:
        return [_card(row) for row in self._transaction.execute(_EXPIRED, {"on": by, "limit": limit})]

    def move(self, cards: Sequence[TimesCard]) -> None:
        rows = [
            {"of_card": card.card_id, "new_uses": card.uses_left, "new_value": card.value_left_minor} for card in cards
        ]
        if rows:
            self._transaction.execute(_MOVE, rows)

    def list_of(self, member_id: int, *, after: int, limit: int) -> Sequence[ListedTimesCard]:
        asked = {"of_member": member_id, "after": after, "limit": limit}
        return [ListedTimesCard(_card(row), row.sku, row.name) for row in self._transaction.execute(_LISTED, asked)]


def _card(row: Row[Any]) -> TimesCard:
    return TimesCard(**{name: row._mapping[name] for name in TimesCard.__slots__})
