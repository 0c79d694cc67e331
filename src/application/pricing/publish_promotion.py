"""Putting a reviewed promotion in force, and stopping what is in force: for a while, or for good."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from application.fields import optional_name, required_code
from application.ports.kernel import UnitOfWork
from application.ports.promotion_lives import Lived
from application.pricing.promotion_steps import (
    PublishedWithOverlaps,
    StepTaken,
    begin_step,
    put_in_force,
    record_step,
    review_of,
)
from application.pricing.put_promotions import check_names, check_room
from domain.pricing.plug_in import check_plug_in
from domain.pricing.promotion_life import Life, Standing, StepKind, ended, paused, published, resumed


@dataclass(frozen=True, slots=True)
class PublishPromotion:
    """`revision` is that of the draft, so that nothing is published which was written after it was read."""

    code: str
    revision: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class PausePromotion:
    code: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ResumePromotion:
    code: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class EndPromotion:
    code: str
    note: str = ""


def publish_promotion(uow: UnitOfWork, command: PublishPromotion) -> PublishedWithOverlaps:
    """Puts the reviewed draft in force in all its stores, each from its own midnight of the first day.

    Raises UnknownPromotion, OthersPromotion, AnotherRevision, NotPossibleNow, TooManyPromotions, UnknownPlugIn, and
    what `check_names` raises for what has gone since it was written.
    """
    note = optional_name(command.note, field="note")
    lived = begin_step(uow, required_code(command.code, field="code"))
    terms = lived.life.draft
    life = published(lived.life, revision=command.revision, review=review_of(uow, terms))
    assert terms is not None
    check_names(uow, terms, field="promotion")
    check_plug_in(uow.pricing.plug_ins, terms.benefit, field="promotion.benefit")
    if lived.published is None:
        check_room(uow, 1, field="code")
    found = put_in_force(uow, terms)
    entry = record_step(uow, Lived(life, terms), StepKind.PUBLISHED, revision=life.published_revision, note=note)
    return PublishedWithOverlaps(entry, found.overlaps, not found.complete)


def pause_promotion(uow: UnitOfWork, command: PausePromotion) -> StepTaken:
    """Stops a promotion from the next basket on, until it is resumed; raises NotPossibleNow unless it is published."""
    return _stopped(uow, command.code, command.note, paused, StepKind.PAUSED)


def resume_promotion(uow: UnitOfWork, command: ResumePromotion) -> PublishedWithOverlaps:
    """Lets a paused promotion give again from the next basket on; raises NotPossibleNow unless it is paused."""
    note = optional_name(command.note, field="note")
    lived = begin_step(uow, required_code(command.code, field="code"))
    life = resumed(lived.life)
    assert lived.published is not None
    check_plug_in(uow.pricing.plug_ins, lived.published.benefit, field="promotion.benefit")
    terms = replace(lived.published, paused=False)
    found = put_in_force(uow, terms)
    entry = record_step(uow, Lived(life, terms), StepKind.RESUMED, revision=life.published_revision, note=note)
    return PublishedWithOverlaps(entry, found.overlaps, not found.complete)


def end_promotion(uow: UnitOfWork, command: EndPromotion) -> StepTaken:
    """Ends a promotion for good from the next basket on, or gives up one that was never published."""
    return _stopped(uow, command.code, command.note, ended, StepKind.ENDED)


def _stopped(uow: UnitOfWork, code: str, note: str, step: Callable[[Life], Life], kind: StepKind) -> StepTaken:
    note = optional_name(note, field="note")
    lived = begin_step(uow, required_code(code, field="code"))
    life, terms = step(lived.life), lived.published
    if terms is not None and lived.life.standing is Standing.PUBLISHED:
        terms = replace(terms, paused=True)
        put_in_force(uow, terms)
    revision = life.published_revision or life.revision
    return StepTaken(record_step(uow, Lived(life, terms), kind, revision=revision, note=note))
