"""Reviewing a draft: found good, or sent back to whoever writes it."""

from dataclasses import dataclass

from application.fields import optional_name, required_code
from application.ports.kernel import UnitOfWork
from application.ports.promotion_lives import Lived
from application.pricing.promotion_steps import StepTaken, begin_step, person, record_step, review_of
from domain.pricing.promotion_life import StepKind, returned, reviewed


@dataclass(frozen=True, slots=True)
class ReviewPromotion:
    """`revision` is that of the draft which was read; `send_back` when it is not good, `note` says why."""

    code: str
    revision: int
    send_back: bool = False
    note: str = ""


def review_promotion(uow: UnitOfWork, command: ReviewPromotion) -> StepTaken:
    """Finds a submitted draft good, or sends it back.

    Raises UnknownPromotion, OthersPromotion, AnotherRevision, NotPossibleNow, and WrittenByReviewer by the setting
    `promotion_review`.
    """
    note = optional_name(command.note, field="note")
    lived = begin_step(uow, required_code(command.code, field="code"))
    if command.send_back:
        life, kind = returned(lived.life, revision=command.revision), StepKind.RETURNED
    else:
        review = review_of(uow, lived.life.draft)
        life = reviewed(lived.life, revision=command.revision, reviewer=person(uow), review=review)
        kind = StepKind.REVIEWED
    return StepTaken(record_step(uow, Lived(life, lived.published), kind, revision=life.draft_revision, note=note))
