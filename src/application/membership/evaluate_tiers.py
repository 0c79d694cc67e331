"""Members who have bought are upgraded: after their sales, for their next one, many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from application.fields import optional_date
from application.membership.tier_programme import as_of_day, programme_in_force
from application.paging import page, token_of
from application.ports.kernel import UnitOfWork
from application.tier_entries import TierChange, TierDecision, record_decisions
from domain.membership.tier import NOTHING_DONE, TierCause, code_at, end_of, rank_of, upgraded, window_on

SALES_AT_ONCE: Final = 500
LOOK_BACK_DAYS: Final = 7
"""Tills that were without connection for a week still have their members upgraded by the daily run."""


@dataclass(frozen=True, slots=True)
class EvaluateTiers:
    """Who has bought from a business date on (ISO; empty for seven days ago); `page_token` carries on.

    `on` is the day as of which it is decided (ISO; empty for today).
    """

    from_date: str = ""
    page_token: str = ""
    on: str = ""


@dataclass(frozen=True, slots=True)
class TiersEvaluated:
    """How many members were looked at, who has another tier now, and where to carry on; empty at the end."""

    members: int
    changes: Sequence[TierChange]
    next_page_token: str


def evaluate_tiers(uow: UnitOfWork, command: EvaluateTiers) -> TiersEvaluated:
    """Upgrades the members of the next 500 sales to the tier that they have reached; nobody falls before a review.

    Doing it again changes nothing. What counts is what they have done within the programme's window until that day,
    never a balance. A tier that the programme does not have stays. Raises NoTierProgramme, ReviewInFuture and the
    refusals of fields.
    """
    from_on = optional_date(command.from_date, field="from_date")
    stated = optional_date(command.on, field="on")
    asked = page(SALES_AT_ONCE, command.page_token, key=(date, datetime, int))
    uow.refresh()
    stored = programme_in_force(uow)
    programme, on = stored.programme, as_of_day(uow, stated)
    sold = uow.tiers.sold(from_on=from_on or on - timedelta(days=LOOK_BACK_DAYS), after=asked.after, limit=asked.limit)
    token = token_of(sold[-1][0]) if len(sold) == asked.limit else ""
    members = uow.tiers.lock(sorted({member_id for _, member_id in sold if member_id is not None}))
    figures = uow.tiers.figures([one.member_id for one in members], programme, window=window_on(programme, on))
    decisions = []
    for member in members:
        rank = rank_of(programme, member.tier)
        if rank is None:
            continue
        done = figures.get(member.member_id, NOTHING_DONE)
        reached = upgraded(programme, rank, done)
        if reached != rank:
            decisions.append(TierDecision(member, code_at(programme, reached), end_of(programme, reached, on), done))
    changes = record_decisions(uow, decisions, cause=TierCause.SALE, version=stored.version, on=on)
    return TiersEvaluated(len(members), changes, token)
