"""Sales in SQL: what a batch must load and lock, and documents to be taken back."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, or_, select

from adapters.sql import approvals, coupon_locks, levels, promotion_counters
from adapters.sql.data_keys import DataKeys
from adapters.sql.errors import told_apart
from adapters.sql.layers import layered
from adapters.sql.member_keys import birthday_of, member_digests
from adapters.sql.postgres import PostgresWire, Statement, Step
from adapters.sql.row_writers import bytea_array
from adapters.sql.sqlite import RowsStatement, SqliteWire
from adapters.sql.statements import any_of
from adapters.sql.tables import catalog, loyalty
from adapters.sql.tables import sales as tables
from adapters.sql.tables.assemblies import sale_components
from adapters.sql.tables.membership import members
from adapters.sql.transaction import Transaction
from application.ports import sales
from application.ports.kernel import Contention
from application.ports.membership import MemberAccount
from application.ports.sales import SaleNeeds, SaleState, SoldProduct, StoredSale
from domain.inventory.components import SaleComponent
from domain.loyalty.ledger import PointsEntry, PointsLot, PointsReason
from domain.loyalty.pool import PointsPoolSpending
from domain.sales.sale import Sale, SaleKind, SaleLine, SaleTender, TenderKind
from domain.shared.applied import AppliedDiscount, AppliedTax

Digests = Mapping[str, Sequence[bytes]]
MemberRow = tuple[bytes, int, str, str, int, int, int, bool | int, Sequence[str] | None, bytes | None, bytes | None]
"""Digest of the key, id, number, tier, balance, visits, points owed, watched, segments (None for none).

Then the encrypted birthday and the wrapped data key that opens it, both None unless birthdays are asked for.
"""


class Sales(sales.Sales):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def load(self, needs: SaleNeeds) -> SaleState:
        """As the port says. One round trip on PostgreSQL, a second one when a stock level has to be made."""
        self._transaction.flush()
        keys = self._transaction.keys
        digests = {text: member_digests(keys, text) for text in needs.member_keys}
        named = _Named(digests, self._transaction.data_keys if needs.birthdays else None)
        redeeming = [digest for text in sorted(needs.redeeming_keys) for digest in digests[text]]
        pooled = [digest for text in sorted(needs.pooled_keys) for digest in digests[text]]
        stock_keys = sorted(needs.stock_keys)
        coupons = coupon_locks.asked(keys, needs.coupons) if needs.coupons else coupon_locks.NOTHING
        wire = self._transaction.wire
        with told_apart:
            if isinstance(wire, SqliteWire):
                state = _load_sqlite(wire, named, redeeming, pooled, coupons, stock_keys, needs)
            else:
                locked = self._transaction.tried_before
                state = _load_postgres(wire, named, redeeming, pooled, coupons, stock_keys, needs, locked=locked)
        if any(level.costing for level in state.levels.values()):
            state.levels = layered(self._transaction, state.levels)
        return state

    def lock_document(self, sale_id: int) -> Sequence[StoredSale] | None:
        execute = self._transaction.execute
        if execute(_LOCK_SALE, {"sale_id": sale_id}).one_or_none() is None:
            return None
        documents = [sale_of(row) for row in execute(_DOCUMENTS, {"sale_id": sale_id})]
        member_ids = {sale.member_id for sale in documents if sale.member_id is not None}
        sale_ids = {"sale_ids": [sale.sale_id for sale in documents]}
        lines: dict[int, list[SaleLine]] = defaultdict(list)
        for row in execute(_LINES, sale_ids):
            lines[row.sale_id].append(line_of(row))
        tenders: dict[int, list[SaleTender]] = defaultdict(list)
        for row in execute(_TENDERS, sale_ids):
            tenders[row.sale_id].append(tender_of(row))
        entries: dict[int, list[PointsEntry]] = defaultdict(list)
        shared, holders = self._shared(tenders, sale_ids) if documents[0].member_id is not None else ([], {})
        member_ids |= {one.member_id for one in shared}
        if documents[0].member_id is not None:
            for row in execute(_ENTRIES, {**sale_ids, "member_ids": sorted(member_ids)}):
                entries[row.sale_id].append(PointsEntry(**{**row._mapping, "reason": PointsReason(row.reason)}))
            # Whoever bought is somebody else's file since it was merged, and that one is taken from and given to.
            holder = execute(_HOLDER, {"member_id": documents[0].member_id}).scalar_one()
            documents[0] = replace(documents[0], member_id=holder)
        sku_ids = {line.sku_id for of_document in lines.values() for line in of_document}
        products = {
            row.sku_id: SoldProduct(row.sku, row.name, row.unstocked, bool(row.recipe and row.recipe["perishable"]))
            for row in execute(_PRODUCTS, {"sku_ids": sku_ids})
        }
        # What goods are made of today says nothing of what a sale took.
        made = any(product.unstocked for product in products.values())
        components = execute(_COMPONENTS, {"sale_id": sale_id}).all() if made else ()
        return [
            StoredSale(
                sale=sale,
                lines=lines[sale.sale_id],
                tenders=tenders[sale.sale_id],
                points_entries=entries[sale.sale_id],
                products=products,
                shared=tuple(one for one in shared if one.sale_id == sale.sale_id),
                holders=holders,
                components=tuple(SaleComponent(**row._mapping) for row in components),
            )
            for sale in documents
        ]

    def _shared(
        self, tenders: Mapping[int, Sequence[SaleTender]], sale_ids: Mapping[str, Sequence[int]]
    ) -> tuple[Sequence[PointsPoolSpending], Mapping[int, int]]:
        """Points of others in a pool that paid or came back, and who holds the files of these others now."""
        if not any(tender.kind is TenderKind.POINTS for several in tenders.values() for tender in several):
            return [], {}
        rows = self._transaction.execute(_SHARED, sale_ids).all()
        found = [
            PointsPoolSpending(**{name: value for name, value in row._mapping.items() if name != "holder_id"})
            for row in rows
        ]
        return found, {row.member_id: row.holder_id for row in rows}


@dataclass(frozen=True, slots=True)
class _Named:
    """The digests of what was keyed in for members; `data_keys` when their birthdays are to be read."""

    digests: Digests
    data_keys: DataKeys | None


def _load_postgres(
    wire: PostgresWire,
    named: _Named,
    redeeming: Sequence[bytes],
    pooled: Sequence[bytes],
    coupons: coupon_locks.Asked,
    stock_keys: Sequence[levels.Key],
    needs: SaleNeeds,
    *,
    locked: bool,
) -> SaleState:
    """Statements in one round trip, in the order of locking: a statement begins when the one before it has its locks.

    So the lots, read after their accounts were locked, are those of this moment and not those of when the round trip
    began.
    """
    digests = named.digests
    steps: list[Step] = []
    if digests:
        asked = bytea_array([digest for several in digests.values() for digest in several])
        if pooled:
            steps.append((_POOLED_MEMBERS, [asked, bytea_array(pooled)]))
        else:
            steps.append((_MEMBERS if named.data_keys is None else _MEMBERS_WITH_BIRTHDAYS, [asked]))
    if redeeming:
        steps.append((_LOTS, [bytea_array(redeeming)]))
    if pooled:
        steps.append((_POOLED_LOTS, [bytea_array(pooled)]))
    steps += coupon_locks.lock_steps(coupons)
    if stock_keys:
        steps.append(levels.lock_step(stock_keys))
    counted = bool(needs.uses or needs.quotas)
    if counted:
        steps += promotion_counters.load_steps(wire, needs.uses, digests, needs.quotas, locked=locked)
    if needs.approval_digests:
        steps += approvals.lock_steps(needs.approval_digests)
    steps.append((_VERSIONS, ()))
    answers = iter([wire.rows(result) for result in wire.run(steps)])
    members, accounts = _by_text(named, next(answers) if digests else ())
    if len(members) < len(digests):
        _refuse_merged(wire, [digest for text, several in digests.items() if text not in members for digest in several])
    rows = list(next(answers)) if redeeming else []
    rows += next(answers) if pooled else ()
    lots = _by_member(PointsLot(*row) for row in rows)
    buyers = [members[text] for text in needs.redeeming_keys if text in members]
    _refuse_lots_of_others(buyers, lots, locked=accounts.keys() if pooled else ())
    taken = coupon_locks.loaded(answers, coupons)
    found = levels.by_key(next(answers)) if stock_keys else {}
    counters, campaigns = {}, {}
    if counted:
        next(answers)
        counters = promotion_counters.by_key(next(answers))
        campaigns = promotion_counters.campaigns_by_code(next(answers))
    approved = approvals.by_digest(next(answers), next(answers)) if needs.approval_digests else {}
    versions = _versions(next(answers)[0])
    if len(found) < len(stock_keys):
        missing = [key for key in stock_keys if key not in found]
        found |= levels.by_key(wire.rows(wire.run([levels.create_step(missing)])[0]))
    return SaleState(versions, members, lots, found, taken, counters, campaigns, approved, accounts=accounts)


def _refuse_merged(wire: PostgresWire, digests: Sequence[bytes]) -> None:
    """Raises Contention for keys of a file that was merged while its account was waited for."""
    if wire.rows(wire.run([(_HELD_KEYS, [bytea_array(digests)])])[0]):
        raise Contention("a member was merged meanwhile")


def _refuse_lots_of_others(
    members: Sequence[MemberAccount], lots: Mapping[int, Sequence[PointsLot]], *, locked: Collection[int]
) -> None:
    """Raises Contention where a key led to another member when lots were read than when the account was locked.

    Then there are lots of somebody who is not locked, or points without a lot. `locked` are others in pools.
    """
    ids = {*locked, *[member.member_id for member in members]}
    if not lots.keys() <= ids or any(member.points_balance > 0 and member.member_id not in lots for member in members):
        raise Contention("a member was merged or separated meanwhile")


def _load_sqlite(
    wire: SqliteWire,
    named: _Named,
    redeeming: Sequence[bytes],
    pooled: Sequence[bytes],
    coupons: coupon_locks.Asked,
    stock_keys: Sequence[levels.Key],
    needs: SaleNeeds,
) -> SaleState:
    versions = _versions(wire.fetch(_VERSIONS_SQL)[0])
    asked = [digest for several in named.digests.values() for digest in several]
    statement = SQLITE_MEMBERS if named.data_keys is None else SQLITE_MEMBERS_WITH_BIRTHDAYS
    rows = [
        (asked[number], *member, bytes.fromhex(birthday), bytes.fromhex(wrapped))
        for number, *member, birthday, wrapped in wire.fetch_rows(statement, list(enumerate(asked)))
    ]
    for digest in pooled:
        found = wire.fetch(_SQLITE_POOLED, (digest,))
        rows += [(b"", *member, json.loads(segments), None, None) for *member, segments in found]
    lots = [
        PointsLot(
            lot_id,
            member_id,
            sale_id,
            date.fromisoformat(earned_on),
            _date(expires_on),
            points,
            value_minor,
            _date(free_on),
            datetime.fromisoformat(held_until) if held_until else None,
            held_from,
        )
        for statement, digests in ((_SQLITE_LOTS, redeeming), (_SQLITE_POOLED_LOTS, pooled))
        for digest in digests
        for (
            lot_id,
            member_id,
            sale_id,
            earned_on,
            expires_on,
            points,
            value_minor,
            free_on,
            held_until,
            held_from,
        ) in wire.fetch(statement, (digest,))
    ]
    members, accounts = _by_text(named, rows)
    member_ids = {text: member.member_id for text, member in members.items()}
    counted = bool(needs.uses or needs.quotas)
    counters, campaigns = (
        promotion_counters.load_sqlite(wire, needs.uses, member_ids, needs.quotas) if counted else ({}, {})
    )
    return SaleState(
        versions,
        members,
        _by_member(lots),
        levels.lock_sqlite(wire, stock_keys),
        coupon_locks.load_sqlite(wire, coupons),
        counters,
        campaigns,
        approvals.load_sqlite(wire, needs.approval_digests),
        accounts=accounts,
    )


def _versions(row: Sequence[int | None]) -> tuple[int, int, int]:
    chain, prices, promotions = row
    return chain or 0, prices or 0, promotions or 0


def _by_text(named: _Named, rows: Iterable[MemberRow]) -> tuple[dict[str, MemberAccount], dict[int, MemberAccount]]:
    """The members by what was keyed in, and all of them by id; who is named in two ways is one member all the same."""
    data_keys = named.data_keys
    accounts: dict[int, MemberAccount] = {}
    by_digest = {}
    for digest, member_id, number, tier, balance, visits, debt, watched, segments, birthday_cipher, wrapped in rows:
        account = accounts.get(member_id)
        if account is None:
            birthday = ""
            if data_keys is not None:
                data_keys.know(member_id, wrapped or None)
                birthday = birthday_of(data_keys, member_id, birthday_cipher)
            account = MemberAccount(
                member_id, number, tier, balance, visits, debt, tuple(segments or ()), birthday, bool(watched)
            )
            accounts[member_id] = account
        by_digest[digest] = account
    found = {}
    for text, candidates in named.digests.items():
        for digest in candidates:
            if digest in by_digest:
                found[text] = by_digest[digest]
                break
    return found, accounts


def _by_member(lots: Iterable[PointsLot]) -> dict[int, list[PointsLot]]:
    """Open lots by member, first expiring first; of a member who is named in two ways, each lot once."""
    by_id = {lot.lot_id: lot for lot in lots}
    by_member: dict[int, list[PointsLot]] = {}
    for lot in sorted(by_id.values(), key=lambda lot: (lot.expires_on or date.max, lot.earned_on, lot.lot_id)):
        by_member.setdefault(lot.member_id, []).append(lot)
    return by_member


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def sale_of(row: Row[Any]) -> Sale:
    """The header of a stored document."""
    return Sale(**{**row._mapping, "kind": SaleKind(row.kind)})


def tender_of(row: Row[Any]) -> SaleTender:
    """A tender of a stored document."""
    paid_kind = TenderKind(row.paid_kind) if row.paid_kind else None
    return SaleTender(**{**row._mapping, "kind": TenderKind(row.kind), "paid_kind": paid_kind})


def line_of(row: Row[Any]) -> SaleLine:
    """A line of a stored document."""
    discounts = [AppliedDiscount(**discount) for discount in row.discounts]
    taxes = [AppliedTax(**tax) for tax in row.taxes]
    return SaleLine(**{**row._mapping, "discounts": discounts, "taxes": taxes})


# The lateral queries fix the order: keys to members, members in the order of their ids, then one lock after the other.
_LOCK_MEMBERS: Final = """
    SELECT m.key_digest, m.member_id, m.member_number, m.tier, a.points_balance, a.visits,
        a.points_debt, a.watched, NULLIF(m.segments, '[]'), {birthday}
    FROM (
        SELECT k.key_digest, b.member_id, b.member_number, b.tier, b.segments, b.birthday_cipher
        FROM unnest($1::bytea[]) AS g (key_digest)
        CROSS JOIN LATERAL (SELECT * FROM member_keys AS k WHERE k.key_digest = g.key_digest OFFSET 0) AS k
        CROSS JOIN LATERAL (SELECT * FROM members AS b WHERE b.member_id = k.member_id OFFSET 0) AS b
        ORDER BY b.member_id
    ) AS m
    CROSS JOIN LATERAL (
        SELECT points_balance, visits, points_debt, watched FROM points_accounts AS a WHERE a.member_id = m.member_id
        FOR NO KEY UPDATE
    ) AS a
    """
_MEMBERS: Final = Statement(b"lock_members", _LOCK_MEMBERS.format(birthday="NULL::bytea, NULL::bytea").encode())
# Only a sale that asks for birthdays looks for the key of each member.
_WRAPPED_KEY: Final = "(SELECT w.wrapped_key FROM member_data_keys AS w WHERE w.member_id = m.member_id)"
_MEMBERS_WITH_BIRTHDAYS: Final = Statement(
    b"lock_members_birthdays", _LOCK_MEMBERS.format(birthday=f"m.birthday_cipher, {_WRAPPED_KEY}").encode()
)
_HELD_KEYS: Final = Statement(
    b"held_keys", b"SELECT k.member_id FROM member_keys AS k WHERE k.key_digest = ANY ($1::bytea[]) LIMIT 1"
)
_LOT_COLUMNS: Final = ", ".join(f"l.{column.name}" for column in loyalty.points_lots.columns)
_LOTS: Final = Statement(
    b"open_lots",
    f"""
    SELECT {_LOT_COLUMNS}
    FROM unnest($1::bytea[]) AS g (key_digest)
    CROSS JOIN LATERAL (SELECT * FROM member_keys AS k WHERE k.key_digest = g.key_digest OFFSET 0) AS k
    CROSS JOIN LATERAL (SELECT * FROM points_lots AS l WHERE l.member_id = k.member_id AND l.points > 0 OFFSET 0) AS l
    """.encode(),
)
# Where somebody pays with the points of their pool: the others in it too, in the one order of ids. None keyed them in.
_POOLED_MEMBERS: Final = Statement(
    b"lock_pooled_members",
    f"""
    SELECT m.key_digest, m.member_id, m.member_number, m.tier, a.points_balance, a.visits,
        a.points_debt, a.watched, NULLIF(m.segments, '[]'), m.birthday_cipher, {_WRAPPED_KEY}
    FROM (
        SELECT k.key_digest, b.member_id, b.member_number, b.tier, b.segments, b.birthday_cipher
        FROM unnest($1::bytea[]) AS g (key_digest)
        CROSS JOIN LATERAL (SELECT * FROM member_keys AS k WHERE k.key_digest = g.key_digest OFFSET 0) AS k
        CROSS JOIN LATERAL (SELECT * FROM members AS b WHERE b.member_id = k.member_id OFFSET 0) AS b
        UNION ALL
        SELECT ''::bytea, b.member_id, b.member_number, b.tier, b.segments, b.birthday_cipher
        FROM unnest($2::bytea[]) AS g (key_digest)
        JOIN member_keys AS k ON k.key_digest = g.key_digest
        JOIN points_pool_members AS p ON p.member_id = k.member_id
        JOIN points_pool_members AS o ON o.owner_id = p.owner_id AND o.member_id <> p.member_id
        JOIN members AS b ON b.member_id = o.member_id
        ORDER BY 2
    ) AS m
    CROSS JOIN LATERAL (
        SELECT points_balance, visits, points_debt, watched FROM points_accounts AS a WHERE a.member_id = m.member_id
        FOR NO KEY UPDATE
    ) AS a
    """.encode(),
)
_POOLED_LOTS: Final = Statement(
    b"open_pooled_lots",
    f"""
    SELECT {_LOT_COLUMNS}
    FROM unnest($1::bytea[]) AS g (key_digest)
    JOIN member_keys AS k ON k.key_digest = g.key_digest
    JOIN points_pool_members AS p ON p.member_id = k.member_id
    JOIN points_pool_members AS o ON o.owner_id = p.owner_id AND o.member_id <> p.member_id
    JOIN points_lots AS l ON l.member_id = o.member_id AND l.points > 0
    """.encode(),
)
_VERSIONS_SQL: Final = "SELECT " + ", ".join(
    [f"(SELECT version FROM versions WHERE name = '{name}')" for name in ("chain", "prices", "promotions")]
)
_VERSIONS: Final = Statement(b"sale_versions", _VERSIONS_SQL.encode())


# By number, because JSON holds no bytes; cross joins keep the order of the tables.
def _sqlite_members(birthday: str) -> RowsStatement:
    return RowsStatement(
        "SELECT json_group_array(json_array(d.column1, m.member_id, m.member_number, m.tier, a.points_balance,"
        f" a.visits, a.points_debt, a.watched, json(m.segments), {birthday})) FROM (",
        2,
        ") AS d CROSS JOIN member_keys AS k ON k.key_digest = d.column2"
        " CROSS JOIN members AS m ON m.member_id = k.member_id"
        " CROSS JOIN points_accounts AS a ON a.member_id = m.member_id",
    )


SQLITE_MEMBERS: Final = _sqlite_members("'', ''")
SQLITE_MEMBERS_WITH_BIRTHDAYS: Final = _sqlite_members(f"hex(m.birthday_cipher), hex({_WRAPPED_KEY})")
_SQLITE_LOTS: Final = f"""
    SELECT {_LOT_COLUMNS} FROM member_keys AS k JOIN points_lots AS l ON l.member_id = k.member_id
    WHERE k.key_digest = ? AND l.points > 0
"""
_SQLITE_OTHERS: Final = """
    FROM member_keys AS k
    JOIN points_pool_members AS p ON p.member_id = k.member_id
    JOIN points_pool_members AS o ON o.owner_id = p.owner_id AND o.member_id <> p.member_id
"""
_SQLITE_POOLED: Final = f"""
    SELECT m.member_id, m.member_number, m.tier, a.points_balance, a.visits, a.points_debt, a.watched, m.segments
    {_SQLITE_OTHERS}
    JOIN members AS m ON m.member_id = o.member_id
    JOIN points_accounts AS a ON a.member_id = m.member_id
    WHERE k.key_digest = ?
"""
_SQLITE_POOLED_LOTS: Final = f"""
    SELECT {_LOT_COLUMNS} {_SQLITE_OTHERS}
    JOIN points_lots AS l ON l.member_id = o.member_id AND l.points > 0
    WHERE k.key_digest = ?
"""
_SALE_ID: Final = bindparam("sale_id", type_=tables.sales.c.sale_id.type)
_LOCK_SALE: Final = select(tables.sales.c.sale_id).where(tables.sales.c.sale_id == _SALE_ID).with_for_update()
# Read after the lock, by a statement of its own: a reversal that was committed while it waited must be among them.
_DOCUMENTS: Final = (
    select(tables.sales)
    .where(or_(tables.sales.c.sale_id == _SALE_ID, tables.sales.c.original_sale_id == _SALE_ID))
    .order_by(tables.sales.c.original_sale_id.is_not(None), tables.sales.c.stored_at, tables.sales.c.sale_id)
)
_LINES: Final = (
    select(tables.sale_lines)
    .where(any_of(tables.sale_lines.c.sale_id, "sale_ids"))
    .order_by(tables.sale_lines.c.sale_id, tables.sale_lines.c.line_number)
)
_TENDERS: Final = (
    select(tables.sale_tenders)
    .where(any_of(tables.sale_tenders.c.sale_id, "sale_ids"))
    .order_by(tables.sale_tenders.c.sale_id, tables.sale_tenders.c.tender_number)
)
_ENTRIES: Final = (
    select(loyalty.points_entries)
    .where(
        any_of(loyalty.points_entries.c.member_id, "member_ids"),
        any_of(loyalty.points_entries.c.sale_id, "sale_ids"),
    )
    .order_by(loyalty.points_entries.c.entry_id)
)
_SHARED: Final = (
    select(loyalty.points_pool_spendings, func.coalesce(members.c.merged_into, members.c.member_id).label("holder_id"))
    .join_from(loyalty.points_pool_spendings, members, members.c.member_id == loyalty.points_pool_spendings.c.member_id)
    .where(any_of(loyalty.points_pool_spendings.c.sale_id, "sale_ids"))
)
_HOLDER: Final = select(func.coalesce(members.c.merged_into, members.c.member_id)).where(
    members.c.member_id == bindparam("member_id")
)
_COMPONENTS: Final = select(sale_components).where(
    sale_components.c.of_sale_id == bindparam("sale_id", type_=sale_components.c.of_sale_id.type)
)
_PRODUCTS: Final = select(
    catalog.products.c.sku_id,
    catalog.products.c.sku,
    catalog.products.c.name,
    catalog.products.c.unstocked,
    catalog.products.c.recipe,
).where(any_of(catalog.products.c.sku_id, "sku_ids"))
