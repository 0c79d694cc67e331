"""Members' life cycles in SQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    null,
    select,
    union_all,
    update,
)

from adapters.sql.reading import Scoped
from adapters.sql.statements import any_of, upsert
from adapters.sql.tables.lifecycle import lifecycle_entries, lifecycle_notes, member_lifecycles
from adapters.sql.tables.loyalty import points_accounts
from adapters.sql.tables.membership import members
from adapters.sql.tables.sales import sales
from adapters.sql.transaction import Transaction
from application.ports import lifecycles as ports
from application.ports.lifecycles import ChangeCount, LifecycleFacts, StateCount
from application.ports.selection import Selection
from domain.membership.lifecycle import (
    WATCHED,
    LifecycleCause,
    LifecycleEntry,
    LifecycleNote,
    LifecycleState,
    MemberLifecycle,
    Purchases,
)
from domain.sales.sale import SaleKind

_LATEST: Final = 2**63 - 1
_DAY: Final = member_lifecycles.c.as_of_on.type
_ON: Final = bindparam("on", type_=_DAY)
_ZERO: Final[ColumnElement[int]] = literal_column("0")

_NOTES: Final = (
    select(lifecycle_notes)
    .where(lifecycle_notes.c.noted_on <= _ON)
    .order_by(lifecycle_notes.c.noted_on, lifecycle_notes.c.note_id)
    .limit(bindparam("limit"))
)
_DROP: Final = delete(lifecycle_notes).where(any_of(lifecycle_notes.c.note_id, "note_ids"))
_DUE: Final = (
    select(member_lifecycles.c.member_id)
    .where(member_lifecycles.c.until_on <= _ON)
    .order_by(member_lifecycles.c.until_on, member_lifecycles.c.member_id)
    .limit(bindparam("limit"))
)
_RULE: Final = bindparam("rule", type_=member_lifecycles.c.rule.type)


def _decided_by(*conditions: ColumnElement[bool]) -> Select[tuple[int]]:
    """From one end of the index each: the rule in force, which almost all have, is never passed over."""
    decided = (
        select(member_lifecycles.c.member_id)
        .where(*conditions)
        .order_by(member_lifecycles.c.rule, member_lifecycles.c.member_id)
        .limit(bindparam("limit"))
        .subquery()
    )
    return select(decided.c.member_id)


_OUTDATED: Final = union_all(
    _decided_by(member_lifecycles.c.rule > _ZERO, member_lifecycles.c.rule < _RULE),
    _decided_by(member_lifecycles.c.rule > _RULE),
)
_LOCK: Final = (
    select(points_accounts.c.member_id)
    .where(
        any_of(points_accounts.c.member_id, "member_ids"),
        # Who has been erased is nobody whose life is followed.
        ~exists().where(members.c.member_id == points_accounts.c.member_id, members.c.erased_at.is_not(None)),
    )
    .order_by(points_accounts.c.member_id)
    .with_for_update(key_share=True)
)
# As a list and not as one document: of that PostgreSQL does not know how long it is, and would rather read all members.
_MEMBERS: Final[BindParameter[Any]] = bindparam("member_ids", expanding=True)
_file: Final = (members.c.store_id, members.c.registered_on)
# What files bought that were merged counts for the member to whom they lead.
_files: Final = union_all(
    select(members.c.member_id, members.c.member_id.label("holder_id"), *_file).where(
        members.c.member_id.in_(_MEMBERS), members.c.merged_into.is_(None)
    ),
    select(members.c.member_id, members.c.merged_into, *_file).where(members.c.merged_into.in_(_MEMBERS)),
).subquery("files")
# Who was decided about as of a later day is not taken back to an earlier one.
_as_of: Final = case((member_lifecycles.c.as_of_on > _ON, member_lifecycles.c.as_of_on), else_=_ON)


def _bought(column: Any, name: str, *, last: bool) -> Any:
    """Of the first or the last purchase of a file: one look-up by index from the end, passing over what is none."""
    sale, void = sales.alias(f"{name}_sale"), sales.alias(f"{name}_void")
    key = [sale.c.business_date, sale.c.sold_at, sale.c.sale_id]
    voided = exists().where(void.c.original_sale_id == sale.c.sale_id, void.c.kind == SaleKind.VOID.value)
    return (
        select(sale.c[column.name])
        .where(
            sale.c.member_id == _files.c.member_id,
            sale.c.business_date <= _as_of,
            sale.c.kind == SaleKind.SALE.value,
            ~voided,
        )
        .order_by(*[one.desc() if last else one for one in key])
        .limit(1)
        .scalar_subquery()
        .label(name)
    )


def _facts_with(*stores: Any) -> Select[Any]:
    return (
        select(
            _files,
            _bought(sales.c.business_date, "bought_first_on", last=False),
            _bought(sales.c.business_date, "bought_last_on", last=True),
            *stores,
            *[column.label(f"known_{column.name}") for column in member_lifecycles.columns],
        )
        .select_from(_files.outerjoin(member_lifecycles, member_lifecycles.c.member_id == _files.c.holder_id))
        .order_by(_files.c.member_id)
    )


_FACTS: Final = _facts_with(
    _bought(sales.c.store_id, "first_store_id", last=False), _bought(sales.c.store_id, "last_store_id", last=True)
)
# A state is told by dates; the stores are two look-ups more for every member that anybody looks up.
_FACTS_OF_DATES: Final = _facts_with(null().label("first_store_id"), null().label("last_store_id"))
_RECORD: Final = upsert(member_lifecycles)
_WATCH: Final = (
    update(points_accounts)
    .where(any_of(points_accounts.c.member_id, "member_ids"))
    .values(watched=bindparam("watch", type_=points_accounts.c.watched.type))
)
_LEAVE: Final = (
    update(member_lifecycles)
    .where(any_of(member_lifecycles.c.member_id, "member_ids"))
    .values(until_on=null(), rule=_ZERO)
)
_HISTORY: Final = (
    select(lifecycle_entries)
    .where(lifecycle_entries.c.member_id == bindparam("of_member"), lifecycle_entries.c.number < bindparam("before"))
    .order_by(lifecycle_entries.c.number.desc())
    .limit(bindparam("limit"))
)


def _states(*within: Any) -> Select[Any]:
    key = (member_lifecycles.c.store_id, member_lifecycles.c.state)
    return (
        select(*key, func.count().label("members"))
        .where(member_lifecycles.c.rule > _ZERO, *within)
        .group_by(*key)
        .order_by(*key)
    )


def _changes(*within: Any) -> Select[Any]:
    key = [lifecycle_entries.c[name] for name in ("since_on", "store_id", "from_state", "to_state")]
    day = lifecycle_entries.c.since_on
    return (
        select(*key, func.count().label("members"))
        .where(day.between(bindparam("from_date", type_=day.type), bindparam("to_date", type_=day.type)), *within)
        .group_by(*key)
        .order_by(*key)
        .limit(bindparam("limit"))
    )


_STATES: Final = Scoped(_states, member_lifecycles.c.store_id)
_CHANGES: Final = Scoped(_changes, lifecycle_entries.c.store_id)


class Lifecycles(ports.Lifecycles):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def notes(self, on: date, *, limit: int) -> Sequence[LifecycleNote]:
        found = self._transaction.execute(_NOTES, {"on": on, "limit": limit})
        return [LifecycleNote(**row._mapping) for row in found]

    def due(self, on: date, *, limit: int) -> Sequence[int]:
        return self._transaction.execute(_DUE, {"on": on, "limit": limit}).scalars().all()

    def outdated(self, rule: int, *, limit: int) -> Sequence[int]:
        return self._transaction.execute(_OUTDATED, {"rule": rule, "limit": limit}).scalars().all()[:limit]

    def lock(self, member_ids: Collection[int]) -> Collection[int]:
        return set(self._transaction.execute(_LOCK, {"member_ids": sorted(member_ids)}).scalars())

    def facts(self, member_ids: Collection[int], *, on: date, with_stores: bool = True) -> Mapping[int, LifecycleFacts]:
        found: dict[int, LifecycleFacts] = {}
        statement = _FACTS if with_stores else _FACTS_OF_DATES
        for row in self._transaction.execute(statement, {"member_ids": sorted(member_ids), "on": on}):
            fact = _facts(row, on)
            other = found.get(fact.member_id)
            found[fact.member_id] = fact if other is None else _together(other, fact)
        return found

    def record(self, members: Sequence[MemberLifecycle], entries: Sequence[LifecycleEntry]) -> None:
        self._transaction.add(*entries)
        if members:
            self._transaction.execute(_RECORD, [{**asdict(one), "state": one.state.value} for one in members])
        for watch in (True, False):
            member_ids = [one.member_id for one in members if (one.state in WATCHED) is watch]
            if member_ids:
                self._transaction.execute(_WATCH, {"member_ids": member_ids, "watch": watch})

    def leave(self, member_ids: Collection[int]) -> None:
        if member_ids:
            self._transaction.execute(_LEAVE, {"member_ids": sorted(member_ids)})

    def drop(self, notes: Collection[LifecycleNote]) -> None:
        if notes:
            self._transaction.execute(_DROP, {"note_ids": [note.note_id for note in notes]})

    def history(self, member_id: int, *, before: int | None, limit: int) -> Sequence[LifecycleEntry]:
        asked = {"of_member": member_id, "before": _LATEST if before is None else before, "limit": limit}
        return [
            LifecycleEntry(
                **{**row._mapping, "to_state": LifecycleState(row.to_state), "cause": LifecycleCause(row.cause)}
            )
            for row in self._transaction.execute(_HISTORY, asked)
        ]

    def count_states(self, store_ids: Sequence[int] | None) -> Sequence[StateCount]:
        found = self._transaction.execute(*_STATES.within(store_ids, {}))
        return [StateCount(row.store_id, LifecycleState(row.state), row.members) for row in found]

    def count_changes(self, selection: Selection, *, rows_max: int) -> Sequence[ChangeCount]:
        asked = {"from_date": selection.from_date, "to_date": selection.to_date, "limit": rows_max}
        return [
            ChangeCount(row.since_on, row.store_id, row.from_state, LifecycleState(row.to_state), row.members)
            for row in self._transaction.execute(*_CHANGES.within(selection.store_ids, asked))
        ]


def _facts(row: Any, on: date) -> LifecycleFacts:
    """Of one file; what its member was before is the same in the row of each."""
    known = None
    if row.known_member_id is not None:
        columns = {column.name: getattr(row, f"known_{column.name}") for column in member_lifecycles.columns}
        known = MemberLifecycle(**{**columns, "state": LifecycleState(row.known_state)})
    return LifecycleFacts(
        member_id=row.holder_id,
        store_id=row.store_id if row.member_id == row.holder_id else None,
        on=on if known is None else max(on, known.as_of_on),
        purchases=Purchases(row.registered_on, row.bought_first_on, row.bought_last_on),
        first_file_id=None if row.bought_first_on is None else row.member_id,
        first_store_id=row.first_store_id,
        last_store_id=row.last_store_id,
        known=known,
    )


def _together(one: LifecycleFacts, other: LifecycleFacts) -> LifecycleFacts:
    """Two files of one member; of two first purchases on one day, that of the first file counts as the first."""
    first = min(
        (file for file in (one, other) if file.purchases.first_on is not None),
        key=lambda file: file.purchases.first_on or date.max,
        default=one,
    )
    last = max(
        (file for file in (one, other) if file.purchases.last_on is not None),
        key=lambda file: file.purchases.last_on or date.min,
        default=one,
    )
    return LifecycleFacts(
        member_id=one.member_id,
        store_id=one.store_id if one.store_id is not None else other.store_id,
        on=one.on,
        purchases=Purchases(
            min(one.purchases.registered_on, other.purchases.registered_on),
            first.purchases.first_on,
            last.purchases.last_on,
        ),
        first_file_id=first.first_file_id,
        first_store_id=first.first_store_id,
        last_store_id=last.last_store_id,
        known=one.known,
    )
