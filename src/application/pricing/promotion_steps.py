"""Taking a step in the life of a promotion: what every step loads first and records in the end."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.ports.kernel import UnitOfWork
from application.ports.promotion_lives import Lived
from application.pricing.promotion_overlaps import overlaps_of
from application.pricing.promotion_scope import calendar_days, check_may_change, situation_in
from application.pricing.promotion_views import PromotionEntry, entry_of, seen_promotion
from domain.identity.organisation import ScopeKind
from domain.pricing.overlap import Found, Overlap
from domain.pricing.promotion import Promotion, holds_in_store
from domain.pricing.promotion_life import LifeStep, Person, Review, StepKind


@dataclass(frozen=True, slots=True)
class StepTaken:
    """The promotion after the step."""

    promotion: PromotionEntry


@dataclass(frozen=True, slots=True)
class PublishedWithOverlaps:
    """The promotion in force, and what it competes with; `more_overlaps` when there was more to look at."""

    promotion: PromotionEntry
    overlaps: Sequence[Overlap]
    more_overlaps: bool


def begin_step(uow: UnitOfWork, code: str) -> Lived:
    """The promotion as it stands until this transaction ends; raises UnknownPromotion and OthersPromotion."""
    uow.bump("promotion_lives")
    uow.refresh()
    lived = seen_promotion(uow, code)
    check_may_change(uow, lived, field="code")
    return lived


def record_step(uow: UnitOfWork, lived: Lived, kind: StepKind, *, revision: int, note: str = "") -> PromotionEntry:
    """Records where the promotion now stands and how it came there."""
    step = LifeStep(lived.life.code, lived.life.steps, revision, kind, uow.now, person(uow), note)
    uow.promotion_lives.put([lived], [step])
    return entry_of(lived, days=calendar_days(uow))


def put_in_force(uow: UnitOfWork, terms: Promotion) -> Found:
    """The terms for every store from its next basket on; what they compete with."""
    found = overlaps_of(uow, [terms])
    uow.pricing.put_promotions([terms], version=uow.bump("promotions"))
    return found


def person(uow: UnitOfWork) -> Person:
    """Who takes the step."""
    return Person(uow.caller.caller_id, uow.caller.staff_id)


def review_of(uow: UnitOfWork, terms: Promotion | None) -> Review:
    """Who has to look at a draft: the strictest setting of the stores in which it can hold, else that of the chain."""
    chain = uow.chain
    values = {
        chain.policies(store.store_id).promotion_review
        for store in chain.stores.values()
        if terms is not None and holds_in_store(terms, situation_in(uow, store))
    }
    if not values:
        values = {chain.settings.get(("promotion_review", ScopeKind.CHAIN, 0), Review.FOUR_EYES.value)}
    return next(review for review in Review if review.value in values)
