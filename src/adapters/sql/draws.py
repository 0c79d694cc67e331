"""Lucky draws in SQL: terms, tickets and plays. Seeds are encrypted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Row,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_or_leave

from adapters.sql.member_files import of_files
from adapters.sql.merge_counts import LEADERS
from adapters.sql.statements import any_of, upsert
from adapters.sql.tables.identity import regions, stores
from adapters.sql.tables.marketing import (
    draw_counts,
    draw_member_days,
    draw_members,
    draw_places,
    draw_plays,
    draw_prizes,
    draw_tickets,
    draws,
)
from adapters.sql.tables.membership import members
from adapters.sql.tables.sales import sales
from adapters.sql.transaction import Transaction
from application.ports import marketing as ports
from application.ports.marketing import DrawFigures, ListedPlay, MemberPlays, SpentSale, StoredDraw
from domain.marketing.draw import LuckyDraw, Prize, PrizeKind
from domain.marketing.draw_ledger import DrawMember, DrawPlay, DrawPrize, PlayOutcome
from domain.sales.sale import SaleKind

# Written into the statement: a plan that is kept can use an index of some rows only if it knows which.
_ZERO: Final = literal_column("0", BigInteger())
_BY_CODE: Final = select(draws).where(draws.c.code == bindparam("code"))
_PUT: Final = upsert(draws)
_DROP_PLACES: Final = delete(draw_places).where(draw_places.c.draw_id == bindparam("of_draw"))
_ADD_PLACES: Final = insert(draw_places)
_NAMED: Final = or_(
    draw_places.c.kind == "everywhere",
    and_(draw_places.c.kind == "store", draw_places.c.place_code == stores.c.code),
    and_(draw_places.c.kind == "region", draw_places.c.place_code == regions.c.code),
)
_SEEN: Final = (
    exists()
    .where(
        draw_places.c.draw_id == draws.c.draw_id,
        any_of(stores.c.store_id, "store_ids"),
        regions.c.region_id == stores.c.region_id,
        _NAMED,
    )
    .correlate(draws)
)
_SEEN_ONE: Final = select(draws.c.draw_id).where(draws.c.draw_id == bindparam("draw_id"), _SEEN)
_PAGE: Final = select(draws).where(draws.c.code > bindparam("after")).order_by(draws.c.code).limit(bindparam("limit"))
_PAGE_OF_STORES: Final = _PAGE.where(_SEEN)
_ADD_COUNT: Final = insert(draw_counts)
_ADD_PRIZES: Final = insert(draw_prizes)
_COUNT: Final = select(draw_counts.c.plays).where(draw_counts.c.draw_id == bindparam("draw_id"))
_LOCK_COUNT: Final = _COUNT.with_for_update(key_share=True)
# By a statement of its own, which sees what was committed while the lock was waited for.
_PRIZES: Final = (
    select(draw_prizes).where(draw_prizes.c.draw_id == bindparam("draw_id")).order_by(draw_prizes.c.position)
)
# The construct of this dialect compiles on SQLite too, to the same words.
_MAKE_MEMBER: Final = insert_or_leave(draw_members).on_conflict_do_nothing(index_elements=["draw_id", "member_id"])
_MAKE_DAY: Final = insert_or_leave(draw_member_days).on_conflict_do_nothing(
    index_elements=["draw_id", "member_id", "day"]
)
_MEMBER: Final = select(draw_members).where(
    draw_members.c.draw_id == bindparam("draw_id"), draw_members.c.member_id == bindparam("member_id")
)
_LOCK_MEMBER: Final = _MEMBER.with_for_update(key_share=True)
_LOCK_DAY: Final = (
    select(draw_member_days.c.plays)
    .where(
        draw_member_days.c.draw_id == bindparam("draw_id"),
        draw_member_days.c.member_id == bindparam("member_id"),
        draw_member_days.c.day == bindparam("day", type_=draw_member_days.c.day.type),
    )
    .with_for_update(key_share=True)
)

_whole = sales.alias("whole")
_back = sales.alias("back")
# A refund is stored with amounts below zero, and names the sale; there are few of them.
_Id: Final = members.c.member_id.type
_TAKEN_BACK: Final = (
    select(func.coalesce(func.sum(_back.c.total_minor), 0))
    .where(_back.c.original_sale_id == _whole.c.sale_id)
    .correlate(_whole)
    .scalar_subquery()
)
_LEFT: Final = (_whole.c.total_minor + _TAKEN_BACK).label("left_minor")
_SALE: Final = select(_whole, _LEFT).where(_whole.c.sale_id == bindparam("sale_id"))
_STILL_COMES_TO: Final = (
    select(_LEFT).where(_whole.c.sale_id == draw_tickets.c.document_id).correlate(draw_tickets).scalar_subquery()
)
_UNUSED: Final = (
    draw_tickets.c.draw_id == bindparam("draw_id"),
    draw_tickets.c.used == _ZERO,
    # Not for tickets of another source, which have no sale to be looked at.
    draw_tickets.c.spend_minor <= case((draw_tickets.c.spend_minor == _ZERO, _ZERO), else_=_STILL_COMES_TO),
)
_PLAYABLE: Final = (*_UNUSED, draw_tickets.c.member_id == bindparam("member_id"))
_files: Final = select(members.c.member_id).where(members.c.merged_into == bindparam("member_id", type_=_Id))
_BROUGHT: Final = (*_UNUSED, draw_tickets.c.member_id.in_(_files))
_NEXT_TICKET: Final = (
    select(draw_tickets.c.ticket_id)
    .where(*_PLAYABLE)
    .order_by(draw_tickets.c.granted_at, draw_tickets.c.ticket_id)
    .limit(1)
)
# When a member's own are used up, those of the files that were merged into theirs.
_NEXT_BROUGHT: Final = (
    select(draw_tickets.c.ticket_id, draw_tickets.c.member_id)
    .where(*_BROUGHT)
    .order_by(draw_tickets.c.granted_at, draw_tickets.c.ticket_id)
    .limit(1)
)
_FOLLOW: Final = (
    update(draw_tickets)
    .where(draw_tickets.c.ticket_id == bindparam("of_ticket", type_=_Id))
    .values(member_id=bindparam("to_member", type_=_Id))
)
_GRANTED_LESS: Final = (
    update(draw_members)
    .where(draw_members.c.draw_id == bindparam("of_draw", type_=_Id), any_of(draw_members.c.member_id, "file_ids"))
    .values(granted=draw_members.c.granted - 1)
)
_COUNT_BROUGHT: Final = select(func.count()).select_from(draw_tickets).where(*_BROUGHT)
_COUNT_PLAYABLE: Final = select(func.count()).select_from(draw_tickets).where(*_PLAYABLE)
_CLAIMED: Final = (
    select(draw_tickets.c.ticket_id)
    .where(
        draw_tickets.c.draw_id == bindparam("draw_id"),
        draw_tickets.c.document_id == bindparam("document_id"),
        draw_tickets.c.document_id != _ZERO,
    )
    .limit(1)
)
_PLAYS: Final = (
    select(
        draw_plays,
        func.coalesce(draw_tickets.c.member_id, 0).label("holder_id"),
        func.coalesce(members.c.member_number, "").label("member_number"),
    )
    .outerjoin(
        draw_tickets,
        and_(draw_tickets.c.ticket_id == draw_plays.c.ticket_id, draw_tickets.c.draw_id == draw_plays.c.draw_id),
    )
    .outerjoin(members, members.c.member_id == draw_plays.c.member_id)
    .where(draw_plays.c.draw_id == bindparam("draw_id"), draw_plays.c.play_number > bindparam("after"))
    .order_by(draw_plays.c.play_number)
    .limit(bindparam("limit"))
)
_PLAYS_OF_MEMBER: Final = _PLAYS.where(of_files(draw_plays.c.member_id, "member_id"))
_PLAY_FIELDS: Final = [field.name for field in fields(DrawPlay)]


class Draws(ports.Draws):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, code: str) -> StoredDraw | None:
        row = self._transaction.execute(_BY_CODE, {"code": code}).one_or_none()
        return None if row is None else _draw(row)

    def seen(self, draw_id: int, store_ids: Collection[int]) -> bool:
        asked = {"draw_id": draw_id, "store_ids": store_ids}
        return self._transaction.execute(_SEEN_ONE, asked).first() is not None

    def put(self, draw: StoredDraw) -> None:
        execute = self._transaction.execute
        execute(_PUT, _row(draw))
        execute(_DROP_PLACES, {"of_draw": draw.draw_id})
        execute(_ADD_PLACES, [{"draw_id": draw.draw_id, **place} for place in _places(draw.terms)])

    def open(self, draw: StoredDraw) -> None:
        execute = self._transaction.execute
        execute(_ADD_COUNT, {"draw_id": draw.draw_id, "plays": 0})
        rows = [
            {
                "draw_id": draw.draw_id,
                "position": position,
                "code": prize.code,
                "kind": prize.kind.value,
                "number": prize.number,
                "remaining": prize.number,
                "awarded": 0,
                "quantity_milli": prize.quantity_milli,
                "points": prize.points,
            }
            for position, prize in enumerate(draw.terms.prizes, start=1)
        ]
        execute(_ADD_PRIZES, rows)

    def list_draws(self, store_ids: Collection[int] | None, *, after: str, limit: int) -> Sequence[StoredDraw]:
        asked: dict[str, Any] = {"after": after, "limit": limit}
        if store_ids is None:
            rows = self._transaction.execute(_PAGE, asked)
        else:
            rows = self._transaction.execute(_PAGE_OF_STORES, {**asked, "store_ids": store_ids})
        return [_draw(row) for row in rows]

    def figures(self, draw_id: int) -> DrawFigures:
        return self._figures(_COUNT, draw_id)

    def lock(self, draw_id: int) -> DrawFigures:
        return self._figures(_LOCK_COUNT, draw_id)

    def _figures(self, statement: Any, draw_id: int) -> DrawFigures:
        execute = self._transaction.execute
        plays = execute(statement, {"draw_id": draw_id}).scalar_one()
        prizes = [DrawPrize(**row._mapping) for row in execute(_PRIZES, {"draw_id": draw_id})]
        return DrawFigures(int(plays), prizes)

    def member(self, draw_id: int, member_id: int) -> tuple[DrawMember, int]:
        key = {"draw_id": draw_id, "member_id": member_id}
        row = self._transaction.execute(_MEMBER, key).one_or_none()
        if row is None:
            return DrawMember(draw_id, member_id, 0, 0), 0
        playable = self._transaction.execute(_COUNT_PLAYABLE, key).scalar_one()
        return DrawMember(**row._mapping), int(playable) + int(
            self._transaction.execute(_COUNT_BROUGHT, key).scalar_one()
        )

    def lock_member(self, draw_id: int, member_id: int, *, day: date | None = None) -> MemberPlays:
        execute = self._transaction.execute
        key = {"draw_id": draw_id, "member_id": member_id}
        execute(_MAKE_MEMBER, {**key, "granted": 0, "used": 0})
        tickets = DrawMember(**execute(_LOCK_MEMBER, key).one()._mapping)
        if day is None:
            return MemberPlays(tickets, 0)
        of_day = {**key, "day": day}
        execute(_MAKE_DAY, {**of_day, "plays": 0})
        return MemberPlays(tickets, int(execute(_LOCK_DAY, of_day).scalar_one()))

    def next_ticket(self, draw_id: int, member_id: int) -> int | None:
        execute = self._transaction.execute
        key = {"draw_id": draw_id, "member_id": member_id}
        found = execute(_NEXT_TICKET, key).scalar_one_or_none()
        if found is not None:
            return int(found)
        brought = execute(_NEXT_BROUGHT, key).one_or_none()
        if brought is None:
            return None
        # Whose it was has granted one less: what a file that was merged keeps is what goes back with it.
        file_ids = {brought.member_id, *self._leaders(brought.member_id)} - {member_id}
        execute(_FOLLOW, {"of_ticket": brought.ticket_id, "to_member": member_id})
        execute(_GRANTED_LESS, {"of_draw": draw_id, "file_ids": sorted(file_ids)})
        return int(brought.ticket_id)

    def _leaders(self, file_id: int) -> Sequence[int]:
        return self._transaction.execute(LEADERS, {"file": file_id}).scalars().all()

    def claimed(self, draw_id: int, document_id: int) -> bool:
        asked = {"draw_id": draw_id, "document_id": document_id}
        return self._transaction.execute(_CLAIMED, asked).first() is not None

    def sale(self, sale_id: int) -> SpentSale | None:
        row = self._transaction.execute(_SALE, {"sale_id": sale_id}).one_or_none()
        if row is None:
            return None
        return SpentSale(
            sale_id=row.sale_id,
            is_sale=row.kind == SaleKind.SALE.value,
            store_id=row.store_id,
            member_id=row.member_id,
            channel=row.channel,
            currency=row.currency,
            sold_at=row.sold_at,
            # PostgreSQL sums integers to decimals.
            left_minor=int(row.left_minor),
        )

    def plays(self, draw_id: int, *, member_id: int | None = None, after: int, limit: int) -> Sequence[ListedPlay]:
        asked = {"draw_id": draw_id, "after": after, "limit": limit}
        if member_id is None:
            rows = self._transaction.execute(_PLAYS, asked)
        else:
            rows = self._transaction.execute(_PLAYS_OF_MEMBER, {**asked, "member_id": member_id})
        return [ListedPlay(_play(row), row.holder_id, row.member_number) for row in rows]


def _play(row: Row[Any]) -> DrawPlay:
    values = {name: row._mapping[name] for name in _PLAY_FIELDS}
    return DrawPlay(**{**values, "outcome": PlayOutcome(row.outcome)})


def _draw(row: Row[Any]) -> StoredDraw:
    return StoredDraw(
        draw_id=row.draw_id,
        terms=_terms_of(row.terms, from_at=row.from_at, until_at=row.until_at),
        published_at=row.published_at,
        seed_cipher=row.seed_cipher or b"",
        seed_commitment=row.seed_commitment or b"",
        terms_digest=row.terms_digest or b"",
        publisher_id=row.publisher_id,
        publisher_staff_id=row.publisher_staff_id,
    )


def _row(draw: StoredDraw) -> dict[str, Any]:
    terms = draw.terms
    return {
        "draw_id": draw.draw_id,
        "code": terms.code,
        "from_at": terms.from_at,
        "until_at": terms.until_at,
        "plays_per_member_max": terms.plays_per_member_max,
        "plays_per_member_day_max": terms.plays_per_member_day_max,
        "terms": _document(terms),
        "seed_cipher": draw.seed_cipher or None,
        "seed_commitment": draw.seed_commitment or None,
        "terms_digest": draw.terms_digest or None,
        "published_at": draw.published_at,
        "publisher_id": draw.publisher_id,
        "publisher_staff_id": draw.publisher_staff_id,
    }


def _document(terms: LuckyDraw) -> dict[str, Any]:
    """The terms as JSON; the period has columns of its own."""
    document = asdict(terms)
    del document["from_at"], document["until_at"]
    return document


def _terms_of(document: Mapping[str, Any], *, from_at: datetime, until_at: datetime) -> LuckyDraw:
    prizes = tuple(Prize(**{**prize, "kind": PrizeKind(prize["kind"])}) for prize in document["prizes"])
    places = {name: tuple(document[name]) for name in ("store_codes", "region_codes", "channels")}
    return LuckyDraw(**{**document, **places, "prizes": prizes, "from_at": from_at, "until_at": until_at})


def _places(terms: LuckyDraw) -> list[dict[str, str]]:
    if terms.store_codes:
        return [{"kind": "store", "place_code": code} for code in terms.store_codes]
    if terms.region_codes:
        return [{"kind": "region", "place_code": code} for code in terms.region_codes]
    return [{"kind": "everywhere", "place_code": ""}]
