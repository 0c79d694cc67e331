"""Where members stand in their life cycle at this moment, whatever the last run has seen."""

from collections.abc import Collection, Mapping

from application.ports.kernel import UnitOfWork
from application.ports.lifecycles import LifecycleFacts
from application.scope import latest_day
from domain.membership.lifecycle import LifecycleRule, Standing, standing


def lifecycle_rule(uow: UnitOfWork) -> LifecycleRule:
    """The rule that the chain's settings make."""
    settings = uow.chain.chain_policies
    return LifecycleRule(settings.lifecycle_new_days, settings.lifecycle_dormant_days, settings.lifecycle_lost_days)


def standing_now(uow: UnitOfWork, member_ids: Collection[int]) -> Mapping[int, Standing]:
    """The state of members today, by their purchases: one of a minute ago counts already.

    Since when it holds is told as the history has it, where the last run came to the same state.
    """
    rule = lifecycle_rule(uow)
    facts = uow.lifecycles.facts(member_ids, on=latest_day(uow), with_stores=False)
    return {member_id: _standing(fact, rule) for member_id, fact in facts.items()}


def _standing(fact: LifecycleFacts, rule: LifecycleRule) -> Standing:
    now = standing(purchases=fact.purchases, on=fact.on, rule=rule)
    if fact.known is not None and fact.known.state is now.state:
        return now._replace(since_on=fact.known.since_on)
    return now
