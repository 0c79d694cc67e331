"""Promotions as they are shown with their lives: where each stands, what is drafted, and who did what when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from application.ports.kernel import UnitOfWork
from application.ports.promotion_lives import Lived
from domain.pricing.promotion import Promotion
from domain.pricing.promotion_life import DraftState, LifeStep, Person, PromotionState, StepKind, state_of
from domain.shared.errors import NotFound


class UnknownPromotion(NotFound):
    en = "There is no promotion “{code}”."
    zh = "没有促销“{code}”。"


@dataclass(frozen=True, slots=True)
class PromotionEntry:
    """A line of the calendar: what is published, or the draft where nothing is; a revision of 0 is none."""

    code: str
    name: str
    theme: str
    state: PromotionState
    published_revision: int
    draft_revision: int
    draft_state: PromotionState | None
    from_date: str
    until_date: str
    stage: int
    priority: int
    exclusive: bool
    store_codes: Sequence[str]
    region_codes: Sequence[str]


@dataclass(frozen=True, slots=True)
class DraftView:
    revision: int
    state: PromotionState
    promotion: Promotion
    caller_code: str
    staff_code: str


@dataclass(frozen=True, slots=True)
class StepView:
    """Who took it: the member of staff where one was signed in, and the terminal or service."""

    number: int
    revision: int
    kind: StepKind
    at: datetime
    caller_code: str
    staff_code: str
    note: str


@dataclass(frozen=True, slots=True)
class LifeView:
    """A promotion as it was published, if it ever was, its draft, and its steps."""

    promotion: Promotion | None
    state: PromotionState
    published_revision: int
    draft: DraftView | None
    steps: Sequence[StepView]


def seen_promotion(uow: UnitOfWork, code: str, *, field: str = "code") -> Lived:
    """The promotion with its life, if it may hold in a store of the caller; raises UnknownPromotion otherwise."""
    life = uow.promotion_lives.lives([code]).get(code)
    store_ids = uow.caller.store_ids
    if life is None or (store_ids is not None and not uow.promotion_lives.seen(code, store_ids)):
        raise UnknownPromotion(field, code=code)
    return Lived(life, uow.pricing.promotions([code]).get(code))


def entry_of(lived: Lived, *, days: tuple[str, str]) -> PromotionEntry:
    """The line of the calendar while the calendars of the stores stand between these two days."""
    life = lived.life
    terms = lived.published or life.draft
    assert terms is not None
    return PromotionEntry(
        code=life.code,
        name=terms.name,
        theme=terms.theme,
        state=state_of(life, terms, first_day=days[0], last_day=days[1]),
        published_revision=life.published_revision,
        draft_revision=life.draft_revision,
        draft_state=None if life.draft_state is DraftState.NONE else PromotionState(life.draft_state.value),
        from_date=terms.from_date,
        until_date=terms.until_date,
        stage=terms.stage,
        priority=terms.priority,
        exclusive=terms.exclusive,
        store_codes=terms.store_codes,
        region_codes=terms.region_codes,
    )


def life_view(uow: UnitOfWork, lived: Lived, steps: Sequence[LifeStep], *, days: tuple[str, str]) -> LifeView:
    """Everything about one promotion."""
    life, draft = lived.life, None
    if life.draft is not None and life.writer is not None:
        caller_code, staff_code = _codes(uow, life.writer)
        draft = DraftView(
            life.draft_revision, PromotionState(life.draft_state.value), life.draft, caller_code, staff_code
        )
    return LifeView(
        promotion=lived.published,
        state=entry_of(lived, days=days).state,
        published_revision=life.published_revision,
        draft=draft,
        steps=[
            StepView(step.number, step.revision, step.kind, step.at, *_codes(uow, step.person), step.note)
            for step in steps
        ],
    )


def _codes(uow: UnitOfWork, person: Person) -> tuple[str, str]:
    staff_code = "" if person.staff_id is None else uow.chain.staff_codes.get(person.staff_id, "")
    return uow.chain.caller_codes.get(person.caller_id, "system" if not person.caller_id else ""), staff_code
