"""Cards of members in SQL: what they are, and what happened to them. Cards are encrypted."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as insert_or_leave

from adapters.sql.member_keys import key_context, member_digest
from adapters.sql.statements import any_of
from adapters.sql.tables.membership import member_card_events as events
from adapters.sql.tables.membership import member_cards, members
from adapters.sql.transaction import Transaction
from application.ports import member_cards as ports
from domain.membership.card import Card, CardEvent, CardEventKind, CardState
from domain.membership.member import MemberKeyKind

_BY_DIGEST: Final = select(member_cards).where(member_cards.c.card_digest == bindparam("digest"))
_LOCKED: Final = _BY_DIGEST.with_for_update()
# The construct of this dialect compiles on SQLite too, to the same words.
_ISSUE: Final = insert_or_leave(member_cards).on_conflict_do_nothing(index_elements=["card_digest"])
_ISSUED: Final = select(member_cards.c.card_digest).where(any_of(member_cards.c.member_id, "member_ids"))
_HOLDERS: Final = (
    select(member_cards.c.card_digest, members.c.member_number)
    .join_from(member_cards, members, members.c.member_id == member_cards.c.member_id)
    .where(member_cards.c.card_digest.in_(bindparam("digests", expanding=True)))
)
_ACTIVE_TYPES: Final = (
    select(member_cards.c.card_type)
    .distinct()
    .where(
        member_cards.c.member_id == bindparam("member_id"),
        member_cards.c.card_type != "",
        member_cards.c.state == CardState.ACTIVE.value,
    )
    .order_by(member_cards.c.card_type)
)
_ADD_EVENTS: Final = insert(events)
_CHANGE: Final = (
    update(member_cards)
    .where(member_cards.c.card_digest == bindparam("digest"))
    .values(state=bindparam("new_state"), reason=bindparam("new_reason"))
)
_EVENTS: Final = (
    select(events, member_cards.c.card_cipher, member_cards.c.card_type, member_cards.c.member_id.label("holder_id"))
    .join_from(events, member_cards, member_cards.c.card_digest == events.c.card_digest)
    .where(
        events.c.member_id == bindparam("member_id"),
        tuple_(events.c.at, events.c.event_id)
        < tuple_(bindparam("before_at", type_=events.c.at.type), bindparam("before_id", type_=events.c.event_id.type)),
    )
    .order_by(events.c.at.desc(), events.c.event_id.desc())
    .limit(bindparam("limit"))
)
_LAST: Final = (datetime.max.replace(tzinfo=UTC), 2**63 - 1)
"""Later than any instant, and larger than any id."""
HOLDERS_MAX: Final = 500
"""Of how many cards that are taken the holders are named."""
CARDS_AT_ONCE_MAX: Final = 1_000
"""Of how many digests one statement asks: an engine takes only so many parameters."""


class MemberCards(ports.MemberCards):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, text: str) -> Card | None:
        return self._card(_BY_DIGEST, text)

    def locked(self, text: str) -> Card | None:
        return self._card(_LOCKED, text)

    def issue(self, issued: Sequence[CardEvent]) -> Mapping[str, str]:
        if not issued:
            return {}
        execute = self._transaction.execute
        by_digest = {self._digest(event.text): event for event in issued}
        # In one order everywhere, so that two who issue some of the same cards never wait for each other.
        execute(_ISSUE, [self._card_row(digest, by_digest[digest]) for digest in sorted(by_digest)])
        added = {row.card_digest for row in execute(_ISSUED, {"member_ids": {event.member_id for event in issued}})}
        taken = [digest for digest in by_digest if digest not in added][:HOLDERS_MAX]
        if taken:
            holders = execute(_HOLDERS, {"digests": taken})
            return {by_digest[row.card_digest].text: row.member_number for row in holders}
        execute(_ADD_EVENTS, [self._event_row(digest, event) for digest, event in by_digest.items()])
        return {}

    def holders(self, texts: Collection[str]) -> Mapping[str, str]:
        by_digest = {self._digest(text): text for text in texts}
        digests = list(by_digest)
        found = {}
        for start in range(0, len(digests), CARDS_AT_ONCE_MAX):
            rows = self._transaction.execute(_HOLDERS, {"digests": digests[start : start + CARDS_AT_ONCE_MAX]})
            found.update({by_digest[row.card_digest]: row.member_number for row in rows})
        return found

    def active_types(self, member_id: int) -> Sequence[str]:
        return self._transaction.execute(_ACTIVE_TYPES, {"member_id": member_id}).scalars().all()

    def change(self, card: Card, event: CardEvent) -> None:
        digest = self._digest(card.text)
        changed = {"digest": digest, "new_state": card.state.value, "new_reason": card.reason}
        self._transaction.execute(_CHANGE, changed)
        self._transaction.execute(_ADD_EVENTS, [self._event_row(digest, event)])

    def events(self, member_id: int, *, after: tuple[datetime, int] | None, limit: int) -> Sequence[CardEvent]:
        before_at, before_id = _LAST if after is None else min(after, _LAST)
        asked = {"member_id": member_id, "before_at": before_at, "before_id": before_id, "limit": limit}
        return [self._event(row) for row in self._transaction.execute(_EVENTS, asked)]

    def _card(self, statement: Any, text: str) -> Card | None:
        row = self._transaction.execute(statement, {"digest": self._digest(text)}).one_or_none()
        return None if row is None else Card(row.member_id, text, CardState(row.state), row.reason, row.card_type)

    def _digest(self, text: str) -> bytes:
        return member_digest(self._transaction.keys, MemberKeyKind.CARD, text)

    def _card_row(self, digest: bytes, event: CardEvent) -> dict[str, object]:
        context = key_context(MemberKeyKind.CARD, event.member_id)
        cipher = self._transaction.data_keys.encrypt(event.member_id, event.text, context)
        return {
            "card_digest": digest,
            "member_id": event.member_id,
            "card_cipher": cipher,
            "state": CardState.ACTIVE.value,
            "reason": "",
            "card_type": event.card_type,
            "issued_at": event.at,
        }

    def _event_row(self, digest: bytes, event: CardEvent) -> dict[str, object]:
        return {
            "event_id": event.event_id,
            "card_digest": digest,
            "member_id": event.member_id,
            "kind": event.kind.value,
            "reason": event.reason,
            "at": event.at,
            "caller_id": event.caller_id,
            "staff_id": event.staff_id,
        }

    def _event(self, row: Row[Any]) -> CardEvent:
        return CardEvent(
            event_id=row.event_id,
            member_id=row.member_id,
            text=self._transaction.data_keys.decrypt(
                row.holder_id, row.card_cipher, key_context(MemberKeyKind.CARD, row.holder_id)
            ),
            kind=CardEventKind(row.kind),
            reason=row.reason,
            at=row.at,
            caller_id=row.caller_id,
            staff_id=row.staff_id,
            card_type=row.card_type,
        )
