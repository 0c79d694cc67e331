"""Members' next purchases in SQL, and the days on which they bought."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    bindparam,
    delete,
    exists,
    insert,
    not_,
    select,
    tuple_,
    union_all,
    update,
)

from adapters.sql.reading import Scoped
from adapters.sql.statements import any_of, upsert
from adapters.sql.tables.membership import members
from adapters.sql.tables.next_purchases import next_purchases, purchase_rhythms, purchase_runs
from adapters.sql.tables.privacy import consents
from adapters.sql.tables.sales import sale_lines, sales
from adapters.sql.transaction import Transaction
from application.ports import next_purchases as ports
from application.ports.next_purchases import DueMember
from application.ports.selection import Selection
from domain.forecasting.next_purchase import NextPurchase, Rhythm
from domain.forecasting.purchase_run import MemberPurchase, PurchaseRun, PurchaseRunState
from domain.membership.consent import MARKETING, PROFILING
from domain.sales.sale import SaleKind

_NEXT: Final = next_purchases.c
_DAY: Final = _NEXT.next_on.type
_ID: Final = _NEXT.member_id.type
_EARLIEST: Final = (date.min, 0)

_NEWEST: Final = select(purchase_runs)
_FORGET_RUNS: Final = delete(purchase_runs)
_FORGET_RHYTHMS: Final = delete(purchase_rhythms)
_BEGIN: Final = insert(purchase_runs)
_CHANGED: Final = ("state", "next_member_id", "members", "purchases", "finished_at")
_CHANGE: Final = (
    update(purchase_runs)
    .where(purchase_runs.c.run_id == bindparam("of_run"))
    .values({name: bindparam(f"new_{name}", type_=purchase_runs.c[name].type) for name in _CHANGED})
)


def _said(member_id: ColumnElement[int], *what: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(consents.c.member_id == member_id, *what)


def _refuses_profiling(member_id: ColumnElement[int]) -> ColumnElement[bool]:
    return _said(member_id, consents.c.purpose == PROFILING, consents.c.given.is_(False))


def _refuses_marketing(member_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whoever was asked about several channels and wants one of them may be told of there."""
    marketing = consents.c.purpose.startswith(MARKETING, autoescape=True)
    return _said(member_id, marketing) & not_(_said(member_id, marketing, consents.c.given.is_(True)))


_MEMBERS: Final = (
    select(members.c.member_id, members.c.store_id)
    .where(
        members.c.member_id > bindparam("after", type_=_ID),
        members.c.merged_into.is_(None),
        members.c.erased_at.is_(None),
        ~_refuses_profiling(members.c.member_id),
    )
    .order_by(members.c.member_id)
    .limit(bindparam("limit"))
)
_HELD_MEMBERS: Final = _MEMBERS.with_for_update(of=members, read=True)
_files: Final = union_all(
    select(members.c.member_id, members.c.member_id.label("holder_id")).where(
        any_of(members.c.member_id, "member_ids")
    ),
    select(members.c.member_id, members.c.merged_into).where(any_of(members.c.merged_into, "member_ids")),
).subquery("files")
_void: Final = sales.alias("void")
# With an offset it stays a look-up for each sale: PostgreSQL would rather read every return that there ever was.
_VOIDED: Final = (
    select(_void.c.sale_id)
    .where(_void.c.original_sale_id == sales.c.sale_id, _void.c.kind == SaleKind.VOID.value)
    .correlate(sales)
    .offset(0)
)
_DAYS: Final = (
    select(_files.c.holder_id, sale_lines.c.department_id, sales.c.business_date)
    .distinct()
    .select_from(
        _files.join(sales, sales.c.member_id == _files.c.member_id).join(
            sale_lines, sale_lines.c.sale_id == sales.c.sale_id
        )
    )
    .where(
        sales.c.business_date.between(bindparam("first", type_=_DAY), bindparam("last", type_=_DAY)),
        sales.c.kind == SaleKind.SALE.value,
        sale_lines.c.total_minor > 0,
        ~_VOIDED.exists(),
    )
    .order_by(_files.c.holder_id, sale_lines.c.department_id, sales.c.business_date)
)
_RHYTHMS: Final = select(purchase_rhythms)
_LEARN: Final = upsert(purchase_rhythms)
_BEHIND: Final = delete(next_purchases).where(_NEXT.member_id > bindparam("after", type_=_ID))
_BETWEEN: Final = _BEHIND.where(_NEXT.member_id <= bindparam("upto", type_=_ID))
_PUT: Final = insert(next_purchases)
_DROP: Final = delete(next_purchases).where(any_of(_NEXT.member_id, "member_ids"))
_OF_MEMBER: Final = (
    select(next_purchases)
    .where(_NEXT.member_id == bindparam("of_member", type_=_ID))
    .order_by(_NEXT.next_on, _NEXT.department_id)
)


def _due(*within: Any) -> Select[Any]:
    return (
        select(next_purchases, members.c.member_number)
        .join_from(next_purchases, members, members.c.member_id == _NEXT.member_id)
        .where(
            _NEXT.department_id == bindparam("of_department", type_=_ID),
            _NEXT.next_on.between(bindparam("from_date", type_=_DAY), bindparam("to_date", type_=_DAY)),
            tuple_(_NEXT.next_on, _NEXT.member_id)
            > tuple_(bindparam("after_on", type_=_DAY), bindparam("after_id", type_=_ID)),
            members.c.merged_into.is_(None),
            members.c.erased_at.is_(None),
            ~_refuses_profiling(_NEXT.member_id),
            not_(_refuses_marketing(_NEXT.member_id)),
            *within,
        )
        .order_by(_NEXT.next_on, _NEXT.member_id)
        .limit(bindparam("limit"))
    )


_DUE: Final = Scoped(_due, _NEXT.store_id)


class NextPurchases(ports.NextPurchases):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def newest(self) -> PurchaseRun | None:
        row = self._transaction.execute(_NEWEST).one_or_none()
        return None if row is None else PurchaseRun(**{**row._mapping, "state": PurchaseRunState(row.state)})

    def begin(self, run: PurchaseRun) -> None:
        self._transaction.execute(_FORGET_RUNS)
        self._transaction.execute(_FORGET_RHYTHMS)
        self._transaction.execute(_BEGIN, asdict(run))

    def change(self, run: PurchaseRun) -> None:
        values = {f"new_{name}": getattr(run, name) for name in _CHANGED}
        self._transaction.execute(_CHANGE, {"of_run": run.run_id, **values})

    def members(self, *, after: int, limit: int, hold: bool) -> Sequence[tuple[int, int | None]]:
        found = self._transaction.execute(_HELD_MEMBERS if hold else _MEMBERS, {"after": after, "limit": limit})
        return [(row.member_id, row.store_id) for row in found]

    def purchase_days(
        self, member_ids: Collection[int], *, first: date, last: date
    ) -> Mapping[int, Mapping[int, Sequence[date]]]:
        found: dict[int, dict[int, list[date]]] = {}
        asked = {"member_ids": sorted(member_ids), "first": first, "last": last}
        for row in self._transaction.execute(_DAYS, asked):
            found.setdefault(row.holder_id, {}).setdefault(row.department_id, []).append(row.business_date)
        return found

    def rhythms(self) -> Mapping[int, Rhythm]:
        rows = self._transaction.execute(_RHYTHMS)
        return {row.department_id: Rhythm(*[row._mapping[name] for name in Rhythm._fields]) for row in rows}

    def learn(self, rhythms: Mapping[int, Rhythm]) -> None:
        if rhythms:
            rows = [{"department_id": key, **rhythm._asdict()} for key, rhythm in sorted(rhythms.items())]
            self._transaction.execute(_LEARN, rows)

    def replace(self, *, after: int, upto: int | None, purchases: Sequence[MemberPurchase]) -> None:
        if upto is None:
            self._transaction.execute(_BEHIND, {"after": after})
        else:
            self._transaction.execute(_BETWEEN, {"after": after, "upto": upto})
        self.put(purchases)

    def of_member(self, member_id: int) -> Sequence[MemberPurchase]:
        return [_purchase(row) for row in self._transaction.execute(_OF_MEMBER, {"of_member": member_id})]

    def due(
        self, department_id: int, selection: Selection, *, after: tuple[date, int] | None, limit: int
    ) -> Sequence[DueMember]:
        after_on, after_id = after or _EARLIEST
        asked = {
            "of_department": department_id,
            "from_date": selection.from_date,
            "to_date": selection.to_date,
            "after_on": after_on,
            "after_id": after_id,
            "limit": limit,
        }
        rows = self._transaction.execute(*_DUE.within(selection.store_ids, asked))
        return [DueMember(row.member_number, _purchase(row)) for row in rows]

    def put(self, purchases: Sequence[MemberPurchase]) -> None:
        if purchases:
            self._transaction.execute(_PUT, [_row(one) for one in purchases])

    def drop(self, member_ids: Collection[int]) -> None:
        self._transaction.execute(_DROP, {"member_ids": sorted(member_ids)})


def _row(one: MemberPurchase) -> dict[str, object]:
    return {
        "member_id": one.member_id,
        "department_id": one.department_id,
        "store_id": one.store_id,
        "told_on": one.told_on,
        **asdict(one.expected),
    }


def _purchase(row: Row[Any]) -> MemberPurchase:
    expected = NextPurchase(**{name: row._mapping[name] for name in NextPurchase.__slots__})
    return MemberPurchase(row.member_id, row.department_id, row.store_id, expected, row.told_on)
