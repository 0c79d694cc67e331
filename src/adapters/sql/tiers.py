"""The tier programme and members' tiers in SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import ColumnElement, bindparam, case, func, insert, literal_column, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as insert_or_leave

from adapters.sql.member_files import of_files
from adapters.sql.member_keys import benefit_context
from adapters.sql.paid_memberships import HAS_OPEN
from adapters.sql.statements import any_of
from adapters.sql.tables.marketing import event_entries
from adapters.sql.tables.membership import members
from adapters.sql.tables.sales import sales
from adapters.sql.tables.tiers import benefit_counts, benefit_uses, tier_entries, tier_programmes
from adapters.sql.tier_programmes import NEWEST_PROGRAMME, stored_programme
from adapters.sql.transaction import Transaction
from application.ports import tiers as ports
from application.ports.tiers import BenefitUse, MemberTier, SaleKey, StoredProgramme
from domain.membership.tier import NOTHING_DONE, TierCause, TierEntry, TierFigures, TierProgramme, added
from domain.sales.sale import SaleKind

_Day: Final = members.c.tier_until.type
_FROM: Final = bindparam("from_on", type_=_Day)
_UNTIL: Final = bindparam("until_on", type_=_Day)
# Written out, because a partial index is only used for a condition that is known to be its own.
_NONE: Final[ColumnElement[str]] = literal_column("''")
_ZERO: Final[ColumnElement[int]] = literal_column("0")
_START: Final = (date.min, datetime.min.replace(tzinfo=UTC), 0)

_PUT: Final = insert(tier_programmes)
_SOLD: Final = (
    select(sales.c.business_date, sales.c.sold_at, sales.c.sale_id, sales.c.member_id)
    .where(
        sales.c.business_date >= _FROM,
        tuple_(sales.c.business_date, sales.c.sold_at, sales.c.sale_id)
        > tuple_(
            bindparam("after_on", type_=sales.c.business_date.type),
            bindparam("after_at", type_=sales.c.sold_at.type),
            bindparam("after_id", type_=sales.c.sale_id.type),
        ),
    )
    .order_by(sales.c.business_date, sales.c.sold_at, sales.c.sale_id)
    .limit(bindparam("limit"))
)
_WITHOUT_END: Final = (
    select(members.c.member_id)
    # The second condition is that of the index, which leaves out members without a tier.
    .where(members.c.tier_until.is_(None), members.c.tier != _NONE, any_of(members.c.tier, "codes"))
    .order_by(members.c.member_id)
    .limit(bindparam("limit"))
)
_FIRST_DUE: Final = select(func.min(members.c.tier_until)).where(members.c.tier_until <= _UNTIL, ~HAS_OPEN)
_DUE: Final = (
    select(members.c.member_id)
    .where(members.c.tier_until == _UNTIL, ~HAS_OPEN)
    .order_by(members.c.member_id)
    .limit(bindparam("limit"))
)
_TIER: Final = select(
    members.c.member_id,
    members.c.member_number,
    members.c.tier,
    members.c.tier_entries.label("entries"),
    members.c.tier_until.label("valid_until"),
)
_OF: Final = _TIER.where(members.c.member_id == bindparam("member_id"))
# A file that was merged has no tier of its own.
_LOCK: Final = (
    _TIER.where(any_of(members.c.member_id, "member_ids"), members.c.merged_into.is_(None))
    .order_by(members.c.member_id)
    .with_for_update(key_share=True)
)
_MOVE: Final = (
    update(members)
    .where(members.c.member_id == bindparam("of_member"))
    .values(tier=bindparam("to_tier"), tier_entries=bindparam("number"), tier_until=bindparam("valid_until"))
)
_HISTORY: Final = (
    select(tier_entries)
    .where(tier_entries.c.member_id == bindparam("member_id"), tier_entries.c.number < bindparam("before"))
    .order_by(tier_entries.c.number.desc())
    .limit(bindparam("limit"))
)

_FILES: Final = select(members.c.member_id, members.c.merged_into).where(any_of(members.c.merged_into, "member_ids"))

_original: Final = sales.alias("original")
# What comes back does so on the day of its sale or later: one bound finds both, by the member's own sales.
_counted_on: Final = func.coalesce(_original.c.business_date, sales.c.business_date)
_FIGURES: Final = (
    select(
        sales.c.member_id,
        func.sum(case((sales.c.currency == bindparam("currency"), sales.c.total_minor), else_=0)).label("spend_minor"),
        func.sum(
            case((sales.c.kind == SaleKind.SALE.value, 1), (sales.c.kind == SaleKind.VOID.value, -1), else_=0)
        ).label("visits"),
        func.sum(sales.c.points_earned).label("points"),
    )
    .select_from(sales.outerjoin(_original, _original.c.sale_id == sales.c.original_sale_id))
    .where(
        any_of(sales.c.member_id, "member_ids"),
        sales.c.member_id.is_not(None),
        sales.c.business_date >= _FROM,
        _counted_on >= _FROM,
        _counted_on < _UNTIL,
    )
    .group_by(sales.c.member_id)
)
_CHECK_INS: Final = (
    select(event_entries.c.member_id, func.sum(event_entries.c.checked_in).label("check_ins"))
    .where(
        any_of(event_entries.c.member_id, "member_ids"),
        event_entries.c.checked_in > _ZERO,
        event_entries.c.business_date >= _FROM,
        event_entries.c.business_date < _UNTIL,
    )
    .group_by(event_entries.c.member_id)
)
_MAKE_COUNT: Final = insert_or_leave(benefit_counts).on_conflict_do_nothing(
    index_elements=["member_id", "benefit_code", "month"]
)
_COUNTER: Final = (
    (benefit_counts.c.member_id == bindparam("of_member"))
    & (benefit_counts.c.benefit_code == bindparam("of_benefit"))
    & (benefit_counts.c.month == bindparam("of_month"))
)
_LOCK_COUNT: Final = select(benefit_counts.c.used).where(_COUNTER).with_for_update(key_share=True)
_COUNT: Final = update(benefit_counts).where(_COUNTER).values(used=benefit_counts.c.used + 1)
_USE: Final = insert(benefit_uses)
_USES: Final = (
    select(benefit_uses)
    .where(of_files(benefit_uses.c.member_id, "of_member"), benefit_uses.c.month == bindparam("of_month"))
    .order_by(benefit_uses.c.used_at, benefit_uses.c.use_id)
)
_LATEST: Final = 2**63 - 1


class Tiers(ports.Tiers):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def programme(self) -> StoredProgramme | None:
        return stored_programme(self._transaction.execute(NEWEST_PROGRAMME).one_or_none())

    def put_programme(self, stored: StoredProgramme, *, caller_id: int, staff_id: int | None) -> None:
        self._transaction.execute(
            _PUT,
            {
                "version": stored.version,
                "terms": asdict(stored.programme),
                "put_at": stored.put_at,
                "caller_id": caller_id,
                "staff_id": staff_id,
            },
        )

    def sold(self, *, from_on: date, after: SaleKey | None, limit: int) -> Sequence[tuple[SaleKey, int | None]]:
        after_on, after_at, after_id = after or _START
        asked = {
            "from_on": from_on, "after_on": after_on, "after_at": after_at, "after_id": after_id, "limit": limit
        }  # fmt: skip
        return [
            ((row.business_date, row.sold_at, row.sale_id), row.member_id)
            for row in self._transaction.execute(_SOLD, asked)
        ]

    def without_end(self, codes: Sequence[str], *, limit: int) -> Sequence[int]:
        return self._transaction.execute(_WITHOUT_END, {"codes": codes, "limit": limit}).scalars().all()

    def due(self, ended_on: date, *, limit: int) -> tuple[date, Sequence[int]] | None:
        first = self._transaction.execute(_FIRST_DUE, {"until_on": ended_on}).scalar_one()
        if first is None:
            return None
        return first, self._transaction.execute(_DUE, {"until_on": first, "limit": limit}).scalars().all()

    def lock(self, member_ids: Sequence[int]) -> Sequence[MemberTier]:
        return [MemberTier(**row._mapping) for row in self._transaction.execute(_LOCK, {"member_ids": member_ids})]

    def of(self, member_id: int) -> MemberTier:
        return MemberTier(**self._transaction.execute(_OF, {"member_id": member_id}).one()._mapping)

    def figures(
        self, member_ids: Sequence[int], programme: TierProgramme, *, window: tuple[date, date]
    ) -> Mapping[int, TierFigures]:
        # What files did that were merged counts for the member to whom they lead.
        files = self._transaction.execute(_FILES, {"member_ids": member_ids})
        holders = {row.member_id: row.merged_into for row in files}
        asked = {"member_ids": [*member_ids, *holders], "from_on": window[0], "until_on": window[1]}
        figures: dict[int, TierFigures] = {}

        def count(file_id: int, spend_minor: int, visits: int, points: int, score: int) -> None:
            member_id = holders.get(file_id, file_id)
            done = figures.get(member_id, NOTHING_DONE)
            figures[member_id] = added(done, TierFigures(spend_minor, visits, points, score))

        # PostgreSQL sums integers to decimals.
        if programme.check_in_score:
            for row in self._transaction.execute(_CHECK_INS, asked):
                count(row.member_id, 0, 0, 0, int(row.check_ins) * programme.check_in_score)
        for row in self._transaction.execute(_FIGURES, {**asked, "currency": programme.currency}):
            visits = int(row.visits)
            count(row.member_id, int(row.spend_minor), visits, int(row.points), visits * programme.visit_score)
        return figures

    def record(self, entries: Sequence[TierEntry]) -> None:
        self._transaction.add(*entries)
        moved = [
            {
                "of_member": entry.member_id,
                "to_tier": entry.to_tier,
                "number": entry.number,
                "valid_until": entry.valid_until,
            }
            for entry in entries
        ]
        if moved:
            self._transaction.execute(_MOVE, moved)

    def history(self, member_id: int, *, before: int | None, limit: int) -> Sequence[TierEntry]:
        asked = {"member_id": member_id, "before": _LATEST if before is None else before, "limit": limit}
        return [
            TierEntry(**{**row._mapping, "cause": TierCause(row.cause)})
            for row in self._transaction.execute(_HISTORY, asked)
        ]

    def lock_benefit(self, member_id: int, benefit_code: str, month: date) -> int:
        key = {"member_id": member_id, "benefit_code": benefit_code, "month": month}
        self._transaction.execute(_MAKE_COUNT, {**key, "used": 0})
        return int(self._transaction.execute(_LOCK_COUNT, _counter(member_id, benefit_code, month)).scalar_one())

    def use_benefit(self, use: BenefitUse) -> None:
        row = asdict(use)
        row["note_cipher"] = self._transaction.data_keys.encrypt(
            use.member_id, row.pop("note"), benefit_context(use.use_id)
        )
        self._transaction.execute(_USE, row)
        self._transaction.execute(_COUNT, _counter(use.member_id, use.benefit_code, use.month))

    def benefit_uses(self, member_id: int, month: date) -> Sequence[BenefitUse]:
        found = []
        for row in self._transaction.execute(_USES, {"of_member": member_id, "of_month": month}):
            columns = dict(row._mapping)
            note = self._transaction.data_keys.decrypt(
                row.member_id, columns.pop("note_cipher"), benefit_context(row.use_id)
            )
            found.append(BenefitUse(**columns, note=note))
        return found


def _counter(member_id: int, benefit_code: str, month: date) -> dict[str, object]:
    return {"of_member": member_id, "of_benefit": benefit_code, "of_month": month}
