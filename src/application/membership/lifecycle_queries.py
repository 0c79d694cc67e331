"""Questions about the life cycle of members: how one came to where they stand, and how many stand where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from application.membership.queries import found_id
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.scope import selected
from domain.membership.lifecycle import LifecycleCause, LifecycleEntry, LifecycleState
from domain.shared.errors import Invalid

ROWS_MAX: Final = 20_000


class TooManyChanges(Invalid):
    en = "There are more than {rows_max} rows of changes. Name a store or shorten the period."
    zh = "变动超过 {rows_max} 行，请指定门店或缩短期间。"


@dataclass(frozen=True, slots=True)
class ListLifecycleChanges:
    member_key: str
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class LifecycleChangeView:
    """One change; `from_state` is None for the first. Dates are ISO, `last_purchase_on` empty without a purchase."""

    number: int
    from_state: LifecycleState | None
    to_state: LifecycleState
    cause: LifecycleCause
    since_date: str
    last_purchase_date: str
    decided_date: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class LifecycleChangePage:
    changes: Sequence[LifecycleChangeView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class CountMembersByLifecycle:
    """Of home stores in the caller's scope; the period (ISO, both included) is that of the changes."""

    store_code: str = ""
    from_date: str = ""
    to_date: str = ""


@dataclass(frozen=True, slots=True)
class LifecycleStateCount:
    """`store_code` is empty for members of head office."""

    store_code: str
    state: LifecycleState
    members: int


@dataclass(frozen=True, slots=True)
class LifecycleChangeCount:
    """`from_state` is None for members who were taken in."""

    business_date: str
    store_code: str
    from_state: LifecycleState | None
    to_state: LifecycleState
    members: int


@dataclass(frozen=True, slots=True)
class MembersByLifecycle:
    """How many members stand where, as the last run left them, and how many changed in the period."""

    states: Sequence[LifecycleStateCount]
    changes: Sequence[LifecycleChangeCount]


def list_lifecycle_changes(uow: UnitOfWork, query: ListLifecycleChanges) -> LifecycleChangePage:
    """How a member came to where they stand, the newest change first; raises UnknownMember."""
    asked = page(query.page_size, query.page_token, key=(int,))
    member_id = found_id(uow, query.member_key)
    found = uow.lifecycles.history(member_id, before=asked.after[0] if asked.after else None, limit=asked.limit + 1)
    token = next_token(found, asked.limit, lambda entry: (entry.number,))
    return LifecycleChangePage([_view(entry) for entry in found[: asked.limit]], token)


def count_members_by_lifecycle(uow: UnitOfWork, query: CountMembersByLifecycle) -> MembersByLifecycle:
    """Members by home store and state, and the changes by day; members of head office for the whole chain only.

    Raises TooManyChanges and the refusals of `selected`.
    """
    selection = selected(uow, store_code=query.store_code, from_date=query.from_date, to_date=query.to_date)
    changes = uow.lifecycles.count_changes(selection, rows_max=ROWS_MAX + 1)
    if len(changes) > ROWS_MAX:
        raise TooManyChanges("from_date", rows_max=ROWS_MAX)
    codes = {store.store_id: store.code for store in uow.chain.stores.values()}
    return MembersByLifecycle(
        [
            LifecycleStateCount(codes.get(row.store_id or 0, ""), row.state, row.members)
            for row in uow.lifecycles.count_states(selection.store_ids)
        ],
        [
            LifecycleChangeCount(
                row.since_on.isoformat(),
                codes.get(row.store_id or 0, ""),
                LifecycleState(row.from_state) if row.from_state else None,
                row.to_state,
                row.members,
            )
            for row in changes
        ],
    )


def _view(entry: LifecycleEntry) -> LifecycleChangeView:
    return LifecycleChangeView(
        number=entry.number,
        from_state=LifecycleState(entry.from_state) if entry.from_state else None,
        to_state=entry.to_state,
        cause=entry.cause,
        since_date=entry.since_on.isoformat(),
        last_purchase_date=entry.last_purchase_on.isoformat() if entry.last_purchase_on else "",
        decided_date=entry.decided_on.isoformat(),
        entered_at=entry.entered_at,
    )
