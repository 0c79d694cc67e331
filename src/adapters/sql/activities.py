"""Activities that earn points in SQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, bindparam, case, func, insert, literal_column, or_, select, update

from adapters.sql.member_files import of_files
from adapters.sql.reading import Scoped
from adapters.sql.statements import any_of
from adapters.sql.tables.identity import stores
from adapters.sql.tables.marketing import activity_records, points_activities, points_rewards, reward_redemptions
from adapters.sql.transaction import Transaction
from application.ports import activities as ports
from application.ports.activities import DocumentName, DoneTimes, StoredActivity
from domain.marketing.activity import Activity, ActivityKind

_COLUMNS: Final = ("code", "store_code", "points_budget", "given_points")
"""What of the terms does not stand in the document."""
_ACTIVITIES: Final = select(points_activities, func.coalesce(stores.c.code, "").label("store_code")).outerjoin(
    stores, stores.c.store_id == points_activities.c.store_id
)
_BY_CODE: Final = _ACTIVITIES.where(points_activities.c.code == bindparam("code"))


def _page(*within: Any) -> Any:
    return (
        _ACTIVITIES.where(points_activities.c.code > bindparam("after"), *within)
        .order_by(points_activities.c.code)
        .limit(bindparam("limit"))
    )


_PAGE: Final = Scoped(_page, points_activities.c.store_id)
_NEW: Final = insert(points_activities)
_CHANGE: Final = (
    update(points_activities)
    .where(
        points_activities.c.activity_id == bindparam("of_activity"),
        or_(
            bindparam("budget", type_=points_activities.c.points_budget.type) == literal_column("0"),
            points_activities.c.given_points <= bindparam("budget", type_=points_activities.c.points_budget.type),
        ),
    )
    .values(
        store_id=bindparam("of_store"),
        points_budget=bindparam("budget", type_=points_activities.c.points_budget.type),
        terms=bindparam("new_terms", type_=points_activities.c.terms.type),
    )
)
_GIVE: Final = (
    update(points_activities)
    .where(
        points_activities.c.activity_id == bindparam("of_activity"),
        or_(
            points_activities.c.points_budget == literal_column("0"),
            points_activities.c.given_points + bindparam("more", type_=points_activities.c.given_points.type)
            <= points_activities.c.points_budget,
        ),
    )
    .values(
        given_points=points_activities.c.given_points + bindparam("more", type_=points_activities.c.given_points.type)
    )
)
_RECORDED: Final = select(activity_records.c.record_id).where(
    activity_records.c.activity_id == bindparam("activity_id"),
    activity_records.c.subject_id == bindparam("subject_id"),
    activity_records.c.reference == bindparam("reference"),
)
_NEWEST_DAYS: Final = (
    select(activity_records.c.business_date)
    .where(
        activity_records.c.activity_id == bindparam("activity_id"),
        of_files(activity_records.c.member_id, "member_id"),
    )
    .order_by(activity_records.c.business_date.desc())
    .limit(bindparam("counted_max"))
    .subquery()
)
_TIMES: Final = select(
    func.count().label("in_all"),
    func.count(
        case((_NEWEST_DAYS.c.business_date == bindparam("on", type_=activity_records.c.business_date.type), 1))
    ).label("on_day"),
).select_from(_NEWEST_DAYS)
_NAMES: Final = (
    select(activity_records.c.record_id, points_activities.c.terms)
    .join_from(activity_records, points_activities, points_activities.c.activity_id == activity_records.c.activity_id)
    .where(any_of(activity_records.c.record_id, "document_ids"))
    .union_all(
        select(reward_redemptions.c.redemption_id, points_rewards.c.terms)
        .join_from(reward_redemptions, points_rewards, points_rewards.c.reward_id == reward_redemptions.c.reward_id)
        .where(any_of(reward_redemptions.c.redemption_id, "document_ids"))
    )
)


class Activities(ports.Activities):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, code: str) -> StoredActivity | None:
        row = self._transaction.execute(_BY_CODE, {"code": code}).one_or_none()
        return None if row is None else _activity(row)

    def put(self, activity: StoredActivity) -> bool:
        terms = activity.terms
        document = {name: value for name, value in asdict(terms).items() if name not in _COLUMNS}
        if self.find(terms.code) is None:
            new = {
                "activity_id": activity.activity_id, "code": terms.code, "store_id": activity.store_id,
                "points_budget": terms.points_budget, "given_points": 0, "terms": document,
            }  # fmt: skip
            self._transaction.execute(_NEW, new)
            return True
        changed = {
            "of_activity": activity.activity_id, "of_store": activity.store_id, "budget": terms.points_budget,
            "new_terms": document,
        }  # fmt: skip
        return self._transaction.execute(_CHANGE, changed).rowcount == 1

    def list_activities(
        self, store_ids: Sequence[int] | None, *, after: str | None, limit: int
    ) -> Sequence[StoredActivity]:
        # Activities of the chain stand under the store 0.
        within = None if store_ids is None else [0, *store_ids]
        rows = self._transaction.execute(*_PAGE.within(within, {"after": after or "", "limit": limit}))
        return [_activity(row) for row in rows]

    def is_recorded(self, activity_id: int, *, subject_id: int, reference: str) -> bool:
        asked = {"activity_id": activity_id, "subject_id": subject_id, "reference": reference}
        return self._transaction.execute(_RECORDED, asked).first() is not None

    def times(self, activity_id: int, member_id: int, *, on: date, counted_max: int) -> DoneTimes:
        asked = {"activity_id": activity_id, "member_id": member_id, "on": on, "counted_max": counted_max}
        row = self._transaction.execute(_TIMES, asked).one()
        return DoneTimes(row.on_day, row.in_all)

    def give(self, activity_id: int, points: int) -> bool:
        return self._transaction.execute(_GIVE, {"of_activity": activity_id, "more": points}).rowcount == 1

    def names(self, document_ids: Collection[int]) -> Mapping[int, DocumentName]:
        rows = self._transaction.execute(_NAMES, {"document_ids": sorted(document_ids)})
        return {row.record_id: DocumentName(row.terms["name_en"], row.terms["name_zh"]) for row in rows}


def _activity(row: Row[Any]) -> StoredActivity:
    columns = {name: row._mapping[name] for name in _COLUMNS}
    terms = {**row.terms, "kind": ActivityKind(row.terms["kind"])}
    return StoredActivity(row.activity_id, row.store_id, Activity(**columns, **terms))
