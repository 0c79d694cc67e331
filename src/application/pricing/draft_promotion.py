"""Writing a promotion, and handing it to those who review."""

from dataclasses import dataclass
from typing import Final

from application.fields import optional_name, required_code
from application.ports.kernel import UnitOfWork
from application.ports.promotion_lives import Lived
from application.pricing.promotion_fields import checked_promotion
from application.pricing.promotion_scope import check_may_change, check_terms_in_scope
from application.pricing.promotion_steps import StepTaken, begin_step, person, record_step
from application.pricing.put_promotions import check_names
from domain.pricing.plug_in import check_plug_in
from domain.pricing.promotion import Promotion
from domain.pricing.promotion_life import Life, StepKind, drafted, submitted
from domain.shared.errors import Rejected

UNPUBLISHED_MAX: Final = 5_000
"""Promotions that were never published."""


class TooManyDrafts(Rejected):
    en = "There are {count_max} promotions that were never published. Publish some, or write under one of their codes."
    zh = "从未发布的促销已有 {count_max} 个，请先发布其中一些，或使用它们的代码重新编写。"


@dataclass(frozen=True, slots=True)
class DraftPromotion:
    """`note` says why, for whoever reviews."""

    promotion: Promotion
    note: str = ""


@dataclass(frozen=True, slots=True)
class SubmitPromotion:
    """`revision` is that of the draft, so that nobody hands in what somebody else has written meanwhile."""

    code: str
    revision: int
    note: str = ""


def draft_promotion(uow: UnitOfWork, command: DraftPromotion) -> StepTaken:
    """Writes the next revision of a promotion, new or not; what is published goes on until the draft is.

    Raises OutsideScope, OthersPromotion, LocalPromotionsLocked, TooManyDrafts, UnknownPlugIn, InvalidParameters, and
    what `checked_promotion` and `check_names` raise.
    """
    note = optional_name(command.note, field="note")
    promotion = checked_promotion(command.promotion, field="promotion")
    check_plug_in(uow.pricing.plug_ins, promotion.benefit, field="promotion.benefit")
    uow.bump("promotion_lives")
    uow.refresh()
    check_names(uow, promotion, field="promotion")
    check_terms_in_scope(uow, promotion, field="promotion")
    code = promotion.code
    before = uow.promotion_lives.lives([code]).get(code)
    published = uow.pricing.promotions([code]).get(code)
    if before is None:
        if uow.promotion_lives.count_unpublished() >= UNPUBLISHED_MAX:
            raise TooManyDrafts("promotion.code", count_max=UNPUBLISHED_MAX)
        before = Life(code)
    check_may_change(uow, Lived(before, published), field="promotion.code")
    life = drafted(before, promotion, writer=person(uow))
    return StepTaken(record_step(uow, Lived(life, published), StepKind.DRAFTED, revision=life.revision, note=note))


def submit_promotion(uow: UnitOfWork, command: SubmitPromotion) -> StepTaken:
    """Hands the draft to those who review.

    Raises UnknownPromotion, OthersPromotion, AnotherRevision and NotPossibleNow.
    """
    note = optional_name(command.note, field="note")
    lived = begin_step(uow, required_code(command.code, field="code"))
    life = submitted(lived.life, revision=command.revision)
    entry = record_step(uow, Lived(life, lived.published), StepKind.SUBMITTED, revision=life.draft_revision, note=note)
    return StepTaken(entry)
