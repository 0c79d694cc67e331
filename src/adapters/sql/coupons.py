"""Coupons in SQL: batches, codes, and what has become of them. Codes are encrypted and found by keyed digests."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, bindparam, case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_leave

from adapters.sql import coupon_locks
from adapters.sql.statements import any_of, upsert
from adapters.sql.tables.coupons import (
    coupon_allowances,
    coupon_audiences,
    coupon_batches,
    coupon_counts,
    coupon_events,
    coupon_holds,
    coupons,
)
from adapters.sql.tables.identity import callers, stores
from adapters.sql.tables.membership import members
from adapters.sql.transaction import Transaction
from application.ports import coupons as ports
from application.ports.coupons import CouponNeeds, LoadedCoupons, StoredBatch
from application.pricing.coupon_views import CouponEventView, CouponView, state_on
from domain.pricing.coupon import (
    CouponAllowance,
    CouponCount,
    CouponEventKind,
    CouponHold,
    FoundCoupon,
    masked,
    read_code,
)

SEEING_CODES: Final = "coupons.codes"
HOLDS_MAX: Final = 1_000
"""Of how many open holds of one request."""

_BATCHES: Final = select(coupon_batches.c.batch_id, coupon_batches.c.terms)
_BY_CODES: Final = _BATCHES.where(any_of(coupon_batches.c.code, "codes"))
_PAGE_OF_BATCHES: Final = (
    _BATCHES.where(coupon_batches.c.code > bindparam("after")).order_by(coupon_batches.c.code).limit(bindparam("limit"))
)
_PUT_BATCHES: Final = upsert(coupon_batches)
_COUNT_BATCHES: Final = select(func.count()).select_from(coupon_batches)
# The construct of this dialect compiles on SQLite too, to the same words.
_new_count = insert_or_leave(coupon_counts)
_PUT_COUNTS: Final = _new_count.on_conflict_do_update(
    index_elements=["batch_id"], set_={"total_max": _new_count.excluded.total_max}
)
_SET_SHARED: Final = (
    update(coupons)
    .where(coupons.c.batch_id == bindparam("of_batch", type_=coupons.c.batch_id.type))
    .values(
        uses_max=bindparam("uses_max_now", type_=coupons.c.uses_max.type),
        from_date=bindparam("from_date_now", type_=coupons.c.from_date.type),
        until_date=bindparam("until_date_now", type_=coupons.c.until_date.type),
    )
)
_COUNTS: Final = select(coupon_counts).where(any_of(coupon_counts.c.batch_id, "batch_ids"))
_LOCK_COUNTS: Final = _COUNTS.order_by(coupon_counts.c.batch_id).with_for_update(key_share=True)
_MAKE_ALLOWANCE: Final = insert_or_leave(coupon_allowances).on_conflict_do_nothing(
    index_elements=["batch_id", "member_id"]
)
_LOCK_ALLOWANCE: Final = (
    select(coupon_allowances)
    .where(
        coupon_allowances.c.batch_id == bindparam("batch_id"), coupon_allowances.c.member_id == bindparam("member_id")
    )
    .with_for_update(key_share=True)
)
_JOIN: Final = insert_or_leave(coupon_audiences).on_conflict_do_nothing(index_elements=["audience", "member_id"])
_AUDIENCES: Final = select(coupon_audiences.c.audience).where(
    coupon_audiences.c.member_id == bindparam("of_member", type_=coupon_audiences.c.member_id.type)
)
_LEAVE: Final = delete(coupon_audiences).where(
    coupon_audiences.c.member_id == bindparam("of_member", type_=coupon_audiences.c.member_id.type),
    any_of(coupon_audiences.c.audience, "audiences"),
)
_IN_AUDIENCE: Final = select(coupon_audiences.c.member_id).where(
    coupon_audiences.c.audience == bindparam("audience"), any_of(coupon_audiences.c.member_id, "member_ids")
)
_LAPSED: Final = (
    select(coupons.c.coupon_id)
    .where(
        coupons.c.until_date <= bindparam("until", type_=coupons.c.until_date.type),
        coupons.c.ended == 0,
        or_(coupons.c.uses_max == 0, coupons.c.uses < coupons.c.uses_max),
    )
    .order_by(coupons.c.until_date, coupons.c.coupon_id)
    .limit(bindparam("limit"))
    .with_for_update(key_share=True, skip_locked=True)
)
_OPEN_HOLDS: Final = (
    select(coupon_holds)
    .where(
        coupon_holds.c.caller_id == bindparam("caller_id"),
        coupon_holds.c.request_id == bindparam("request_id", type_=coupon_holds.c.request_id.type),
        coupon_holds.c.open_uses > 0,
    )
    .order_by(coupon_holds.c.coupon_id)
    .limit(HOLDS_MAX)
)
_USES: Final = func.sum(
    case(
        (coupon_events.c.kind == CouponEventKind.REDEEMED.value, 1),
        (coupon_events.c.kind == CouponEventKind.RESTORED.value, -1),
        else_=0,
    )
)
_REDEEMED_IN: Final = (
    select(coupon_events.c.coupon_id, coupon_events.c.member_id)
    .where(coupon_events.c.document_id == bindparam("document_id"), coupon_events.c.document_id != 0)
    .group_by(coupon_events.c.coupon_id, coupon_events.c.member_id)
    .having(_USES > 0)
    .order_by(coupon_events.c.coupon_id)
)
_ISSUED_IN: Final = (
    select(coupon_events.c.coupon_id)
    .where(
        coupon_events.c.document_id == bindparam("document_id"),
        coupon_events.c.document_id != 0,
        coupon_events.c.kind == CouponEventKind.ISSUED.value,
    )
    .order_by(coupon_events.c.coupon_id)
)
_VIEWS: Final = (
    select(
        coupons,
        coupon_batches.c.code.label("batch_code"),
        coupon_batches.c.terms,
        func.coalesce(members.c.member_number, "").label("member_number"),
    )
    .join_from(coupons, coupon_batches, coupon_batches.c.batch_id == coupons.c.batch_id)
    .outerjoin(members, members.c.member_id == coupons.c.member_id)
)
_BY_DIGEST: Final = _VIEWS.where(coupons.c.code_digest == bindparam("digest", type_=coupons.c.code_digest.type))
_OF_BATCH: Final = (
    _VIEWS.where(coupons.c.batch_id == bindparam("batch_id"), coupons.c.coupon_id > bindparam("after"))
    .order_by(coupons.c.coupon_id)
    .limit(bindparam("limit"))
)
_GIVEN_TO: Final = (
    select(coupons.c.coupon_id)
    .where(coupons.c.member_id == bindparam("member_id"), coupons.c.member_id != 0)
    .where(coupons.c.coupon_id > bindparam("after"))
    .order_by(coupons.c.coupon_id)
    .limit(bindparam("limit"))
)
_SHARED_WITH: Final = (
    select(coupons.c.coupon_id)
    .join_from(coupon_audiences, coupon_batches, coupon_batches.c.audience == coupon_audiences.c.audience)
    .join(coupons, coupons.c.batch_id == coupon_batches.c.batch_id)
    .where(
        coupon_audiences.c.member_id == bindparam("member_id"),
        coupon_batches.c.audience != "",
        coupons.c.coupon_id > bindparam("after"),
    )
    .order_by(coupons.c.coupon_id)
    .limit(bindparam("limit"))
)
_BY_IDS: Final = _VIEWS.where(any_of(coupons.c.coupon_id, "coupon_ids")).order_by(coupons.c.coupon_id)
_HISTORY: Final = (
    select(
        coupon_events,
        func.coalesce(stores.c.code, "").label("store_code"),
        func.coalesce(callers.c.code, "").label("caller_code"),
        func.coalesce(members.c.member_number, "").label("member_number"),
    )
    .outerjoin(stores, stores.c.store_id == coupon_events.c.store_id)
    .outerjoin(callers, callers.c.caller_id == coupon_events.c.caller_id)
    .outerjoin(members, members.c.member_id == coupon_events.c.member_id)
    .where(coupon_events.c.coupon_id == bindparam("coupon_id"))
    .order_by(coupon_events.c.posted_at.desc(), coupon_events.c.event_id.desc())
    .limit(bindparam("limit"))
)


class Coupons(ports.Coupons):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def batches(self, codes: Collection[str]) -> Mapping[str, StoredBatch]:
        rows = self._transaction.execute(_BY_CODES, {"codes": codes})
        return {batch.terms.code: batch for batch in map(_batch, rows)}

    def put_batches(self, batches: Sequence[StoredBatch]) -> None:
        if not batches:
            return
        rows = [
            {
                "batch_id": batch.batch_id,
                "code": batch.terms.code,
                "audience": batch.terms.audience,
                "uses_per_member_max": batch.terms.uses_per_member_max,
                "claims_per_member_max": batch.terms.claims_per_member_max,
                "terms": coupon_locks.terms_of(batch.terms),
            }
            for batch in batches
        ]
        self._transaction.execute(_PUT_BATCHES, rows)
        counts = [
            {"batch_id": one.batch_id, "total_max": 0 if one.terms.shared else one.terms.total_max, "issued": 0}
            for one in batches
        ]
        self._transaction.execute(_PUT_COUNTS, counts)

    def list_batches(self, *, after: str, limit: int) -> Sequence[StoredBatch]:
        return [_batch(row) for row in self._transaction.execute(_PAGE_OF_BATCHES, {"after": after, "limit": limit})]

    def count_batches(self) -> int:
        return int(self._transaction.execute(_COUNT_BATCHES).scalar_one())

    def set_shared(self, batch_id: int, *, uses_max: int, from_date: date | None, until_date: date | None) -> None:
        self._transaction.execute(
            _SET_SHARED,
            {
                "of_batch": batch_id,
                "uses_max_now": uses_max,
                "from_date_now": from_date,
                "until_date_now": until_date,
            },
        )

    def counts(self, batch_ids: Collection[int]) -> Mapping[int, CouponCount]:
        return self._counted(_COUNTS, batch_ids)

    def lock_counts(self, batch_ids: Collection[int]) -> Mapping[int, CouponCount]:
        return self._counted(_LOCK_COUNTS, batch_ids)

    def _counted(self, statement: Any, batch_ids: Collection[int]) -> Mapping[int, CouponCount]:
        rows = self._transaction.execute(statement, {"batch_ids": batch_ids})
        return {row.batch_id: CouponCount(**row._mapping) for row in rows}

    def lock_allowance(self, batch_id: int, member_id: int) -> CouponAllowance:
        key = {"batch_id": batch_id, "member_id": member_id}
        self._transaction.execute(_MAKE_ALLOWANCE, {**key, "claims": 0, "uses": 0})
        return CouponAllowance(**self._transaction.execute(_LOCK_ALLOWANCE, key).one()._mapping)

    def join_audience(self, audience: str, member_ids: Collection[int]) -> Sequence[int]:
        asked = {"audience": audience, "member_ids": member_ids}
        present = set(self._transaction.execute(_IN_AUDIENCE, asked).scalars())
        # In one order everywhere, so that two who add some of the same never wait for each other.
        new = sorted(set(member_ids) - present)
        if new:
            self._transaction.execute(_JOIN, [{"audience": audience, "member_id": member_id} for member_id in new])
        return new

    def copy_audiences(self, member_id: int, to_member_id: int) -> Sequence[str]:
        theirs, own = (
            set(self._transaction.execute(_AUDIENCES, {"of_member": one}).scalars())
            for one in (member_id, to_member_id)
        )
        new = sorted(theirs - own)
        if new:
            self._transaction.execute(_JOIN, [{"audience": one, "member_id": to_member_id} for one in new])
        return new

    def leave_audiences(self, member_id: int, audiences: Collection[str]) -> None:
        self._transaction.execute(_LEAVE, {"of_member": member_id, "audiences": list(audiences)})

    def lock(self, needs: CouponNeeds) -> LoadedCoupons:
        return coupon_locks.lock(self._transaction, needs)

    def look(self, needs: CouponNeeds) -> LoadedCoupons:
        return coupon_locks.look(self._transaction, needs)

    def lock_by_id(self, coupon_ids: Collection[int]) -> Mapping[int, FoundCoupon]:
        return coupon_locks.lock_ids(self._transaction, list(coupon_ids))

    def lock_lapsed(self, *, until: date, limit: int) -> Sequence[FoundCoupon]:
        ids = list(self._transaction.execute(_LAPSED, {"until": until, "limit": limit}).scalars())
        return list(self.lock_by_id(ids).values()) if ids else []

    def open_holds(self, *, caller_id: int, request_id: str) -> Sequence[CouponHold]:
        rows = self._transaction.execute(_OPEN_HOLDS, {"caller_id": caller_id, "request_id": request_id})
        return [CouponHold(**row._mapping) for row in rows]

    def redeemed_in(self, document_id: int) -> Sequence[tuple[int, int]]:
        rows = self._transaction.execute(_REDEEMED_IN, {"document_id": document_id})
        return [(row.coupon_id, row.member_id) for row in rows]

    def issued_in(self, document_id: int) -> Sequence[int]:
        return self._ids(_ISSUED_IN, {"document_id": document_id})

    def seal(self, coupon_id: int, code: str) -> tuple[bytes, bytes]:
        keys = self._transaction.keys
        return coupon_locks.code_digest(keys, read_code(code)), keys.encrypt(code, coupon_locks.code_context(coupon_id))

    def view(self, code: str) -> CouponView | None:
        digest = coupon_locks.code_digest(self._transaction.keys, read_code(code))
        row = self._transaction.execute(_BY_DIGEST, {"digest": digest}).one_or_none()
        return None if row is None else self._view(row)

    def history(self, coupon_id: int, *, limit: int) -> Sequence[CouponEventView]:
        rows = self._transaction.execute(_HISTORY, {"coupon_id": coupon_id, "limit": limit})
        return [
            CouponEventView(
                CouponEventKind(row.kind), row.happened_at, row.store_code, row.caller_code, row.member_number,
                row.document_id, row.reason,
            )
            for row in rows
        ]  # fmt: skip

    def list_of_batch(self, batch_id: int, *, after: int, limit: int) -> Sequence[CouponView]:
        rows = self._transaction.execute(_OF_BATCH, {"batch_id": batch_id, "after": after, "limit": limit})
        return [self._view(row) for row in rows]

    def list_of_member(self, member_id: int, *, after: int, limit: int) -> Sequence[CouponView]:
        asked = {"member_id": member_id, "after": after, "limit": limit}
        ids = {found for statement in (_GIVEN_TO, _SHARED_WITH) for found in self._ids(statement, asked)}
        rows = self._transaction.execute(_BY_IDS, {"coupon_ids": sorted(ids)[:limit]})
        return [self._view(row) for row in rows]

    def _ids(self, statement: Any, parameters: Mapping[str, Any]) -> list[int]:
        return list(self._transaction.execute(statement, parameters).scalars())

    def _view(self, row: Row[Any]) -> CouponView:
        transaction = self._transaction
        code = transaction.keys.decrypt(row.code_cipher, coupon_locks.code_context(row.coupon_id))
        return CouponView(
            coupon_id=row.coupon_id,
            batch_code=row.batch_code,
            batch_name=row.terms["name"],
            code=code if transaction.caller.may(SEEING_CODES) else masked(code),
            state=state_on(
                transaction.now.date(),
                ended=row.ended,
                uses_max=row.uses_max,
                uses=row.uses,
                held=row.held,
                from_date=row.from_date,
                until_date=row.until_date,
            ),
            member_number=row.member_number,
            uses_max=row.uses_max,
            uses=row.uses,
            from_date=row.from_date.isoformat() if row.from_date else "",
            until_date=row.until_date.isoformat() if row.until_date else "",
            issued_at=row.issued_at,
        )


def _batch(row: Row[Any]) -> StoredBatch:
    return StoredBatch(row.batch_id, coupon_locks.batch_of(row.terms))
