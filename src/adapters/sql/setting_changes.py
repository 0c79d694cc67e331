"""Who has changed which setting when, in SQL: every change stays."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, insert, select, tuple_

from adapters.sql.reading import NEWEST
from adapters.sql.statements import any_of
from adapters.sql.tables.identity import setting_changes
from adapters.sql.transaction import Transaction
from application.identity.views import SettingChange
from domain.identity.organisation import Scope, ScopeKind

_RECORD: Final = insert(setting_changes)
_LISTED: Final = (
    select(setting_changes)
    .where(
        setting_changes.c.name == bindparam("name"),
        tuple_(setting_changes.c.changed_at, setting_changes.c.change_id)
        < tuple_(
            bindparam("before_at", type_=setting_changes.c.changed_at.type),
            bindparam("before_id", type_=setting_changes.c.change_id.type),
        ),
    )
    .order_by(setting_changes.c.changed_at.desc(), setting_changes.c.change_id.desc())
    .limit(bindparam("limit"))
)

_SINCE: Final = (
    select(setting_changes)
    .where(
        any_of(setting_changes.c.name, "names"),
        setting_changes.c.changed_at > bindparam("since", type_=setting_changes.c.changed_at.type),
    )
    .order_by(setting_changes.c.changed_at, setting_changes.c.change_id)
)


def record(transaction: Transaction, change: SettingChange) -> None:
    """Keeps one change."""
    row: dict[str, Any] = {
        "change_id": change.change_id,
        "name": change.name,
        "scope_kind": change.scope.kind.value,
        "scope_id": change.scope.scope_id,
        "before": change.before,
        "after": change.after,
        "changed_at": change.changed_at,
        "caller_id": change.caller_id,
        "staff_id": change.staff_id,
    }
    transaction.execute(_RECORD, row)


def listed(transaction: Transaction, name: str, *, after: tuple[Any, int] | None, limit: int) -> list[SettingChange]:
    """Changes of a setting, newest first, those older than `after`; the cost is that of the page."""
    before_at, before_id = NEWEST if after is None else min(after, NEWEST)
    asked = {"name": name, "before_at": before_at, "before_id": before_id, "limit": limit}
    return [_change(row) for row in transaction.execute(_LISTED, asked)]


def since(transaction: Transaction, names: Collection[str], *, at: datetime) -> list[SettingChange]:
    """All changes of these settings after a moment, oldest first."""
    return [_change(row) for row in transaction.execute(_SINCE, {"names": names, "since": at})]


def _change(row: Row[Any]) -> SettingChange:
    return SettingChange(
        row.change_id,
        row.name,
        Scope(ScopeKind(row.scope_kind), row.scope_id),
        row.before,
        row.after,
        row.changed_at,
        row.caller_id,
        row.staff_id,
    )
