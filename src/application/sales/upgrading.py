"""Stores where a sale that is enough for a higher tier is itself sold by it (policy `tier_upgrade_effective`)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from application.policies import Policies
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberAccount
from application.ports.tiers import StoredProgramme
from application.scope import latest_day
from application.tier_entries import TierDecision, record_decisions
from domain.identity.organisation import Caller
from domain.membership.tier import (
    NOTHING_DONE,
    TierCause,
    TierFigures,
    end_of,
    rank_of,
    reached_by_sale,
    window_on,
    with_sale,
)

SAME_SALE: Final = "same_sale"


@dataclass(slots=True)
class Upgrade:
    """What a sale may lift its buyer to.

    `done` is what the member did before it, within the window; `to_tier` the tier that it has brought, empty for none,
    and `decided_by` the figures that were enough. `counts` tells whether it lies within the window, as one that is
    uploaded late may not.
    """

    member: MemberAccount
    caller: Caller
    stored: StoredProgramme
    done: TierFigures
    currency: str
    counts: bool
    to_tier: str = ""
    decided_by: TierFigures = NOTHING_DONE

    def reached(self, total_minor: int) -> str:
        """The tier that a sale of this total brings, which is remembered; empty for none."""
        if self.counts:
            self.decided_by = self.with_sale(total_minor)
            self.to_tier = reached_by_sale(self.stored.programme, self.member.tier, self.decided_by)
        return self.to_tier

    def promised(self, tier: str) -> None:
        """Brings the tier by which a quote was priced, unless the member has come as far meanwhile."""
        programme = self.stored.programme
        rank, quoted = rank_of(programme, self.member.tier), rank_of(programme, tier)
        self.to_tier = tier if rank is not None and quoted is not None and quoted > rank else ""

    def with_sale(self, total_minor: int, points: int = 0) -> TierFigures:
        """What the member has done once the sale is made."""
        return with_sale(
            self.stored.programme, self.done, total_minor=total_minor, points=points, currency=self.currency
        )


def upgrades_now(policies: Policies) -> bool:
    """Whether sales of a store are sold by the tier that they bring."""
    return policies.tier_upgrade_effective == SAME_SALE


def figures_before(
    uow: UnitOfWork, buyers: Iterable[tuple[Policies, MemberAccount | None]]
) -> dict[int, TierFigures] | None:
    """What the members did until now who may be upgraded by what they buy; None where nobody may.

    One statement for all of them, two where the programme counts check-ins, and none where the setting is `next_sale`.
    """
    member_ids = sorted({member.member_id for policies, member in buyers if member and upgrades_now(policies)})
    stored = uow.chain.tier_programme
    if not member_ids or stored is None:
        return None
    found = uow.tiers.figures(member_ids, stored.programme, window=window_on(stored.programme, latest_day(uow)))
    return {member_id: found.get(member_id, NOTHING_DONE) for member_id in member_ids}


def upgrade_of(
    uow: UnitOfWork,
    figures: dict[int, TierFigures] | None,
    member: MemberAccount | None,
    *,
    policies: Policies,
    caller: Caller,
    currency: str,
    sold_on: date,
) -> Upgrade | None:
    """What a sale may lift its buyer to; None where sales of this store upgrade nobody."""
    stored = uow.chain.tier_programme
    if figures is None or member is None or stored is None or not upgrades_now(policies):
        return None
    first, until = window_on(stored.programme, latest_day(uow))
    return Upgrade(member, caller, stored, figures[member.member_id], currency, first <= sold_on < until)


def count_sale(figures: dict[int, TierFigures], upgrade: Upgrade, *, total_minor: int, points: int) -> None:
    """The next sale of the batch finds what this one has come to, and the tier that it has brought."""
    member = upgrade.member
    if upgrade.counts:
        figures[member.member_id] = upgrade.with_sale(total_minor, points)
    if upgrade.to_tier:
        member.tier = upgrade.to_tier
        if upgrade.decided_by == NOTHING_DONE:
            # A quote has decided, and its token does not tell by which figures.
            upgrade.decided_by = upgrade.with_sale(total_minor)


def record_upgrades(uow: UnitOfWork, upgrades: Sequence[Upgrade]) -> None:
    """Appends to the histories of the members whom the sales of a batch have lifted, two statements for all of them.

    Somebody may have moved a member further since the batch was loaded: that stays.
    """
    made = [one for one in upgrades if one.to_tier]
    if not made:
        return
    members = {one.member_id: one for one in uow.tiers.lock(sorted({one.member.member_id for one in made}))}
    on = latest_day(uow)
    decisions = []
    for one in made:
        member, programme = members[one.member.member_id], one.stored.programme
        rank, reached = rank_of(programme, member.tier), rank_of(programme, one.to_tier)
        if rank is None or reached is None or reached <= rank:
            continue
        until = end_of(programme, reached, on)
        decisions.append(TierDecision(member, one.to_tier, until, one.decided_by, one.caller))
        members[member.member_id] = replace(member, tier=one.to_tier, entries=member.entries + 1, valid_until=until)
    record_decisions(uow, decisions, cause=TierCause.SALE, version=made[0].stored.version, on=on)
