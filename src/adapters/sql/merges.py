"""Merges of members in SQL. Whoever is about to move something finds no account under a file that was merged."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as insert_or_leave

from adapters.sql.member_keys import key_context
from adapters.sql.statements import any_of
from adapters.sql.tables.coupons import coupon_events, coupons
from adapters.sql.tables.loyalty import points_accounts, points_entries, points_lots
from adapters.sql.tables.membership import member_cards, member_keys, member_merge_keys, member_merges, members
from adapters.sql.tables.wallet import stored_value_accounts
from adapters.sql.transaction import Transaction
from application.ports import merges as ports
from application.ports.kernel import Contention
from application.ports.merges import FileState
from domain.loyalty.ledger import PointsEntry, PointsLot, PointsReason
from domain.membership.member import MemberKeyKind
from domain.membership.merge import MemberMerge
from domain.pricing.coupon import CouponEventKind

_OF: Final = bindparam("of_member", type_=members.c.member_id.type)
_OF_MERGE: Final = bindparam("of_merge", type_=member_merges.c.merge_id.type)

_LOCK_ACCOUNTS: Final = (
    select(points_accounts.c.member_id, points_accounts.c.visits)
    .where(any_of(points_accounts.c.member_id, "member_ids"))
    .order_by(points_accounts.c.member_id)
    .with_for_update()
)
# For update and no less: whoever opens an account of stored value for a member waits for it.
_LOCK_FILES: Final = (
    select(members.c.member_id, members.c.member_number, members.c.tier, members.c.tier_entries, members.c.tier_until)
    .where(any_of(members.c.member_id, "member_ids"))
    .order_by(members.c.member_id)
    .with_for_update()
)
_STANDING: Final = select(func.coalesce(members.c.merged_into, members.c.member_id)).where(members.c.member_id == _OF)
_FILES_OF: Final = select(members.c.member_id).where(members.c.merged_into == _OF).order_by(members.c.member_id)
_LEAD: Final = (
    update(members)
    .where(any_of(members.c.member_id, "file_ids"))
    .values(merged_into=bindparam("into", type_=members.c.merged_into.type))
)
_ADD_VISITS: Final = (
    update(points_accounts)
    .where(points_accounts.c.member_id == _OF)
    .values(visits=points_accounts.c.visits + bindparam("more", type_=points_accounts.c.visits.type))
)
_CLOSE_POINTS: Final = delete(points_accounts).where(points_accounts.c.member_id == _OF)
_OPEN_POINTS: Final = insert(points_accounts)
_CLOSE_STORED_VALUE: Final = delete(stored_value_accounts).where(stored_value_accounts.c.member_id == _OF)
_RECORD: Final = insert(member_merges)
_UNDO: Final = (
    update(member_merges)
    .where(member_merges.c.merge_id == _OF_MERGE)
    .values(
        undone_at=bindparam("at", type_=member_merges.c.undone_at.type),
        undo_id=bindparam("by_undo", type_=member_merges.c.undo_id.type),
        undone_request_id=bindparam("by_request", type_=member_merges.c.undone_request_id.type),
        undone_reason=bindparam("why"),
        undone_by_caller_id=bindparam("by_caller", type_=member_merges.c.undone_by_caller_id.type),
        undone_by_staff_id=bindparam("by_staff", type_=member_merges.c.undone_by_staff_id.type),
    )
)
_GET: Final = select(member_merges).where(member_merges.c.merge_id == _OF_MERGE)
_HOLDING: Final = member_merges.c.undone_at.is_(None)
_NEWEST: Final = (
    select(member_merges)
    .where(member_merges.c.survivor_id == _OF, _HOLDING)
    .order_by(member_merges.c.merged_at.desc(), member_merges.c.merge_id.desc())
    .limit(1)
)
_MERGE_OF: Final = select(member_merges).where(member_merges.c.merged_id == _OF, _HOLDING)
_LEADING: Final = select(member_merges.c.merged_id, member_merges.c.survivor_id).where(
    any_of(member_merges.c.merged_id, "file_ids"), _HOLDING
)
_survivors: Final = members.alias("survivors")
_merged: Final = members.alias("merged")
_LIST: Final = (
    select(
        member_merges,
        _survivors.c.member_number.label("survivor_number"),
        _merged.c.member_number.label("merged_number"),
    )
    .join_from(member_merges, _survivors, _survivors.c.member_id == member_merges.c.survivor_id)
    .join(_merged, _merged.c.member_id == member_merges.c.merged_id)
    .where(
        any_of(member_merges.c.survivor_id, "file_ids"),
        tuple_(member_merges.c.merged_at, member_merges.c.merge_id)
        < tuple_(
            bindparam("before_at", type_=member_merges.c.merged_at.type),
            bindparam("before_id", type_=member_merges.c.merge_id.type),
        ),
    )
    .order_by(member_merges.c.merged_at.desc(), member_merges.c.merge_id.desc())
    .limit(bindparam("limit"))
)
_MOVE_LOTS: Final = update(points_lots).where(any_of(points_lots.c.lot_id, "lot_ids")).values(member_id=_OF)
# The entries of a merge were posted at its moment, and the key of the ledger finds them by that.
_BROUGHT_LOTS: Final = (
    select(points_lots)
    .join_from(points_entries, points_lots, points_lots.c.lot_id == points_entries.c.lot_id)
    .where(
        points_entries.c.member_id == _OF,
        points_entries.c.posted_at == bindparam("merged_at", type_=points_entries.c.posted_at.type),
        points_entries.c.sale_id == _OF_MERGE,
        points_lots.c.member_id == bindparam("survivor", type_=points_lots.c.member_id.type),
    )
    .order_by(points_lots.c.lot_id)
)
_OWN_ENTRIES: Final = [column.label(f"entry_{column.name}") for column in points_entries.columns]
_REPAID: Final = (
    select(points_lots, *_OWN_ENTRIES)
    .join_from(points_entries, points_lots, points_lots.c.lot_id == points_entries.c.lot_id)
    .where(
        points_entries.c.member_id == _OF,
        points_entries.c.posted_at == bindparam("merged_at", type_=points_entries.c.posted_at.type),
        points_entries.c.sale_id == _OF_MERGE,
        points_entries.c.reason == PointsReason.REPAID.value,
    )
    .order_by(points_entries.c.entry_id)
)
_KEYS: Final = select(member_keys).where(member_keys.c.member_id == _OF)
_CARDS: Final = select(member_cards.c.card_digest, member_cards.c.card_cipher).where(member_cards.c.member_id == _OF)
_NOTED: Final = select(member_merge_keys.c.key_digest).where(member_merge_keys.c.merge_id == _OF_MERGE)
_NOTED_KEYS: Final = _KEYS.where(member_keys.c.key_digest.in_(_NOTED))
_NOTED_CARDS: Final = _CARDS.where(member_cards.c.card_digest.in_(_NOTED))
# The construct of this dialect compiles on SQLite too, to the same words.
_NOTE: Final = insert_or_leave(member_merge_keys).on_conflict_do_nothing()
_MOVE_KEY: Final = (
    update(member_keys)
    .where(member_keys.c.key_digest == bindparam("digest"))
    .values(member_id=bindparam("to_member"), value_cipher=bindparam("cipher"))
)
_MOVE_CARD: Final = (
    update(member_cards)
    .where(member_cards.c.card_digest == bindparam("digest"))
    .values(member_id=bindparam("to_member"), card_cipher=bindparam("cipher"))
)
_COUPONS: Final = (
    select(coupons.c.coupon_id)
    # The first condition is that of the index.
    .where(coupons.c.member_id != 0, coupons.c.member_id == _OF, coupons.c.ended == 0)
    .order_by(coupons.c.coupon_id)
)
_BROUGHT_COUPONS: Final = (
    select(coupon_events.c.coupon_id)
    .where(
        coupon_events.c.document_id == _OF_MERGE,
        coupon_events.c.document_id != 0,
        coupon_events.c.kind == CouponEventKind.TRANSFERRED.value,
    )
    .order_by(coupon_events.c.coupon_id)
)
_LAST: Final = (datetime.max.replace(tzinfo=UTC), 2**63 - 1)
"""Later than any instant, and larger than any id."""


class Merges(ports.Merges):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, member_ids: Collection[int], *, merged_ids: Collection[int] = ()) -> Mapping[int, FileState]:
        execute = self._transaction.execute
        accounts = execute(_LOCK_ACCOUNTS, {"member_ids": sorted(member_ids)})
        visits = {row.member_id: row.visits for row in accounts}
        if len(visits) < len(set(member_ids)):
            raise Contention("a member was merged meanwhile")
        files = execute(_LOCK_FILES, {"member_ids": sorted({*member_ids, *merged_ids})})
        return {row.member_id: FileState(**row._mapping, visits=visits.get(row.member_id, 0)) for row in files}

    def files_of(self, member_id: int) -> Sequence[int]:
        return self._transaction.execute(_FILES_OF, {"of_member": member_id}).scalars().all()

    def standing(self, member_id: int) -> int:
        return int(self._transaction.execute(_STANDING, {"of_member": member_id}).scalar_one())

    def close(self, merge: MemberMerge) -> None:
        execute = self._transaction.execute
        execute(_RECORD, {**asdict(merge), "filled": list(merge.filled)})
        self._lead([merge.merged_id, *self.files_of(merge.merged_id)], merge.survivor_id)
        execute(_ADD_VISITS, {"of_member": merge.survivor_id, "more": merge.visits})
        execute(_CLOSE_POINTS, {"of_member": merge.merged_id})
        execute(_CLOSE_STORED_VALUE, {"of_member": merge.merged_id})

    def reopen(self, merge: MemberMerge) -> None:
        execute = self._transaction.execute
        execute(
            _UNDO,
            {
                "of_merge": merge.merge_id,
                "at": merge.undone_at,
                "by_undo": merge.undo_id,
                "by_request": merge.undone_request_id,
                "why": merge.undone_reason,
                "by_caller": merge.undone_by_caller_id,
                "by_staff": merge.undone_by_staff_id,
            },
        )
        own = self._own_files(merge)
        self._lead([merge.merged_id], None)
        if own:
            self._lead(own, merge.merged_id)
        execute(_ADD_VISITS, {"of_member": merge.survivor_id, "more": -merge.visits})
        execute(_OPEN_POINTS, {"member_id": merge.merged_id, "points_balance": 0, "visits": merge.visits})

    def get(self, merge_id: int) -> MemberMerge | None:
        return self._one(_GET, {"of_merge": merge_id})

    def newest(self, survivor_id: int) -> MemberMerge | None:
        return self._one(_NEWEST, {"of_member": survivor_id})

    def merge_of(self, merged_id: int) -> MemberMerge | None:
        return self._one(_MERGE_OF, {"of_member": merged_id})

    def list_of(
        self, member_id: int, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[tuple[MemberMerge, str, str]]:
        before_at, before_id = _LAST if after is None else min(after, _LAST)
        asked = {
            "file_ids": [member_id, *self.files_of(member_id)],
            "before_at": before_at,
            "before_id": before_id,
            "limit": limit,
        }
        found = []
        for row in self._transaction.execute(_LIST, asked):
            columns = dict(row._mapping)
            survivor, merged = columns.pop("survivor_number"), columns.pop("merged_number")
            found.append((_merge(columns), survivor, merged))
        return found

    def move_lots(self, lot_ids: Collection[int], member_id: int) -> None:
        self._transaction.execute(_MOVE_LOTS, {"lot_ids": list(lot_ids), "of_member": member_id})

    def lots_brought(self, merge: MemberMerge) -> Sequence[PointsLot]:
        asked = {
            "of_member": merge.merged_id,
            "merged_at": merge.merged_at,
            "of_merge": merge.merge_id,
            "survivor": merge.survivor_id,
        }
        return [PointsLot(**row._mapping) for row in self._transaction.execute(_BROUGHT_LOTS, asked)]

    def repaid(self, merge: MemberMerge) -> Sequence[tuple[PointsLot, PointsEntry]]:
        asked = {"of_member": merge.survivor_id, "merged_at": merge.merged_at, "of_merge": merge.merge_id}
        # One lot for all its entries, so that what moves it is added up.
        lots: dict[int, PointsLot] = {}
        found = []
        for row in self._transaction.execute(_REPAID, asked):
            columns = row._mapping
            lot = PointsLot(**{name: columns[name] for name in PointsLot.__slots__})
            entry = PointsEntry(**{name: columns[f"entry_{name}"] for name in PointsEntry.__slots__})
            found.append((lots.setdefault(lot.lot_id, lot), entry))
        return found

    def move_keys(self, merge: MemberMerge) -> None:
        execute = self._transaction.execute
        of_file = {"of_member": merge.merged_id}
        keys, cards = execute(_KEYS, of_file).all(), execute(_CARDS, of_file).all()
        digests = {row.key_digest for row in keys} | {row.card_digest for row in cards}
        execute(_NOTE, [{"merge_id": merge.merge_id, "key_digest": digest} for digest in sorted(digests)])
        self._move(keys, cards, from_id=merge.merged_id, to_id=merge.survivor_id)

    def move_keys_back(self, merge: MemberMerge) -> None:
        noted = {"of_member": merge.survivor_id, "of_merge": merge.merge_id}
        keys = self._transaction.execute(_NOTED_KEYS, noted).all()
        cards = self._transaction.execute(_NOTED_CARDS, noted).all()
        self._move(keys, cards, from_id=merge.survivor_id, to_id=merge.merged_id)

    def coupons_of(self, member_id: int) -> Sequence[int]:
        return self._transaction.execute(_COUPONS, {"of_member": member_id}).scalars().all()

    def coupons_brought(self, merge: MemberMerge) -> Sequence[int]:
        return self._transaction.execute(_BROUGHT_COUPONS, {"of_merge": merge.merge_id}).scalars().all()

    def _own_files(self, merge: MemberMerge) -> list[int]:
        """The files that lead to the merged one by merges of their own."""
        others = [one for one in self.files_of(merge.survivor_id) if one != merge.merged_id]
        if not others:
            return []
        leading = {row.merged_id: row.survivor_id for row in self._transaction.execute(_LEADING, {"file_ids": others})}
        own = []
        for one in others:
            at = one
            while at in leading:
                at = leading[at]
            if at == merge.merged_id:
                own.append(one)
        return own

    def _lead(self, file_ids: Sequence[int], into: int | None) -> None:
        self._transaction.execute(_LEAD, {"file_ids": file_ids, "into": into})

    def _move(self, keys: Sequence[Row[Any]], cards: Sequence[Row[Any]], *, from_id: int, to_id: int) -> None:
        """In the order of digests, as everybody who adds keys does. What is encrypted is so for its member."""
        self._transaction.data_keys.load([from_id, to_id])
        for statement, rows in (
            (_MOVE_KEY, [(row.key_digest, MemberKeyKind(row.kind), row.value_cipher) for row in keys]),
            (_MOVE_CARD, [(row.card_digest, MemberKeyKind.CARD, row.card_cipher) for row in cards]),
        ):
            moved = [
                {"digest": digest, "to_member": to_id, "cipher": self._sealed(kind, cipher, from_id, to_id)}
                for digest, kind, cipher in sorted(rows, key=lambda row: row[0])
            ]
            if moved:
                self._transaction.execute(statement, moved)

    def _sealed(self, kind: MemberKeyKind, cipher: bytes | None, from_id: int, to_id: int) -> bytes | None:
        if not cipher:
            return None
        data_keys = self._transaction.data_keys
        text = data_keys.decrypt(from_id, cipher, key_context(kind, from_id))
        return data_keys.encrypt(to_id, text, key_context(kind, to_id))

    def _one(self, statement: Any, parameters: Mapping[str, object]) -> MemberMerge | None:
        row = self._transaction.execute(statement, parameters).one_or_none()
        return None if row is None else _merge(row._mapping)


def _merge(columns: Mapping[Any, Any]) -> MemberMerge:
    return MemberMerge(**{**columns, "filled": tuple(columns["filled"])})
