"""How many members a chain has won, where and by what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import named_once
from application.membership.growth_views import GrowthDimension, NewMembersRow
from application.ports.kernel import UnitOfWork
from application.scope import selected
from domain.shared.errors import Invalid

ROWS_MAX: Final = 20_000


class TooManyCounts(Invalid):
    en = "There are more than {rows_max} groups. Name a store, shorten the period, or group by less."
    zh = "分组超过 {rows_max} 个。请指定门店、缩短期间或减少分组维度。"


@dataclass(frozen=True, slots=True)
class CountNewMembers:
    group_by: tuple[GrowthDimension, ...] = ()
    store_code: str = ""
    from_date: str = ""
    to_date: str = ""


@dataclass(frozen=True, slots=True)
class NewMembersCounted:
    rows: Sequence[NewMembersRow]


def count_new_members(uow: UnitOfWork, query: CountNewMembers) -> NewMembersCounted:
    """New members by group; every way of grouping adds up to the same number.

    Who joined in no store counts for those who see the whole chain. Raises NamedTwice, TooManyCounts and the refusals
    of `selected`.
    """
    named_once(query.group_by, field="group_by", key="")
    selection = selected(uow, store_code=query.store_code, from_date=query.from_date, to_date=query.to_date)
    rows = uow.members.count_new(selection, group_by=query.group_by, rows_max=ROWS_MAX + 1)
    if len(rows) > ROWS_MAX:
        raise TooManyCounts("group_by", rows_max=ROWS_MAX)
    return NewMembersCounted(rows)
