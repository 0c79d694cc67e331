"""The lives of promotions and their templates in SQL."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, delete, func, insert, or_, select

from adapters.sql.promotion_places import seen_by_stores
from adapters.sql.promotion_terms import promotion_of, terms_of
from adapters.sql.statements import any_of, upsert
from adapters.sql.tables.pricing import promotions
from adapters.sql.tables.promotion_lives import (
    promotion_lives as lives,
)
from adapters.sql.tables.promotion_lives import (
    promotion_places as places,
)
from adapters.sql.tables.promotion_lives import (
    promotion_steps as steps,
)
from adapters.sql.tables.promotion_lives import (
    promotion_templates as templates,
)
from adapters.sql.transaction import Transaction
from application.ports import promotion_lives as ports
from application.ports.promotion_lives import Asked, Lived
from domain.pricing.promotion import Promotion
from domain.pricing.promotion_life import (
    DraftState,
    Life,
    LifeStep,
    Person,
    PromotionState,
    Standing,
    StepKind,
    lasts,
)
from domain.pricing.template import ParameterKind, Template, TemplateParameter

_LIVES: Final = select(lives).where(any_of(lives.c.code, "codes"))
_UNPUBLISHED: Final = select(func.count()).select_from(lives).where(lives.c.published_revision == 0)
_PUT: Final = upsert(lives)
_ADD_STEPS: Final = insert(steps)
_DROP_PLACES: Final = delete(places).where(any_of(places.c.code, "codes"))
_ADD_PLACES: Final = insert(places)
_STEPS: Final = select(steps).where(steps.c.code == bindparam("code")).order_by(steps.c.number)
_TEMPLATES: Final = select(templates.c.template).order_by(templates.c.code)
_PUT_TEMPLATES: Final = upsert(templates)
_SEEN: Final = seen_by_stores(lives.c.code)
_SEEN_ONE: Final = select(lives.c.code).where(lives.c.code == bindparam("code"), _SEEN)
_CALENDAR: Final = (
    select(lives, promotions.c.terms)
    .join_from(lives, promotions, promotions.c.code == lives.c.code, isouter=True)
    .order_by(lives.c.starts_on, lives.c.code)
    .limit(bindparam("limit"))
)
_AFTER: Final = or_(
    lives.c.starts_on > bindparam("after_day"),
    and_(lives.c.starts_on == bindparam("after_day"), lives.c.code > bindparam("after_code")),
)
_RUNNING: Final = lives.c.over_on > bindparam("first_day")
_IN_STATE: Final[Mapping[PromotionState, Any]] = {
    PromotionState.DRAFT: lives.c.draft_state == DraftState.DRAFT.value,
    PromotionState.SUBMITTED: lives.c.draft_state == DraftState.SUBMITTED.value,
    PromotionState.REVIEWED: lives.c.draft_state == DraftState.REVIEWED.value,
    PromotionState.SCHEDULED: and_(
        lives.c.standing == Standing.PUBLISHED.value, _RUNNING, lives.c.starts_on > bindparam("last_day")
    ),
    PromotionState.LIVE: and_(
        lives.c.standing == Standing.PUBLISHED.value, _RUNNING, lives.c.starts_on <= bindparam("last_day")
    ),
    PromotionState.PAUSED: and_(lives.c.standing == Standing.PAUSED.value, _RUNNING),
    PromotionState.ENDED: or_(
        lives.c.standing == Standing.ENDED.value,
        and_(lives.c.standing != Standing.UNPUBLISHED.value, lives.c.over_on <= bindparam("first_day")),
    ),
}


class PromotionLives(ports.PromotionLives):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lives(self, codes: Collection[str]) -> Mapping[str, Life]:
        return {row.code: _life(row) for row in self._transaction.execute(_LIVES, {"codes": codes})}

    def count_unpublished(self) -> int:
        return int(self._transaction.execute(_UNPUBLISHED).scalar_one())

    def put(self, lived: Sequence[Lived], steps: Sequence[LifeStep]) -> None:
        if not lived:
            return
        execute = self._transaction.execute
        execute(_PUT, [_row(one) for one in lived])
        execute(_ADD_STEPS, [_step_row(step) for step in steps])
        execute(_DROP_PLACES, {"codes": [one.life.code for one in lived]})
        found = [place for one in lived for place in _places(one)]
        if found:
            execute(_ADD_PLACES, found)

    def seen(self, code: str, store_ids: Collection[int]) -> bool:
        return self._transaction.execute(_SEEN_ONE, {"code": code, "store_ids": store_ids}).first() is not None

    def steps(self, code: str) -> Sequence[LifeStep]:
        return [
            LifeStep(
                row.code,
                row.number,
                row.revision,
                StepKind(row.kind),
                row.at,
                Person(row.caller_id, row.staff_id),
                row.note,
            )
            for row in self._transaction.execute(_STEPS, {"code": code})
        ]

    def calendar(self, asked: Asked, *, after: tuple[str, str] | None, limit: int) -> Sequence[Lived]:
        statement = _CALENDAR
        values: dict[str, Any] = {"limit": limit, "first_day": asked.first_day, "last_day": asked.last_day}
        if asked.store_ids is not None:
            statement = statement.where(_SEEN)
            values["store_ids"] = asked.store_ids
        if asked.state is not None:
            statement = statement.where(_IN_STATE[asked.state])
        if asked.theme:
            statement = statement.where(lives.c.theme == asked.theme)
        if asked.from_date:
            statement = statement.where(lives.c.over_on > asked.from_date)
        if asked.until_date:
            statement = statement.where(lives.c.starts_on < asked.until_date)
        if after is not None:
            statement = statement.where(_AFTER)
            values["after_day"], values["after_code"] = after
        rows = self._transaction.execute(statement, values)
        return [Lived(_life(row), None if row.terms is None else promotion_of(row.terms)) for row in rows]

    def put_templates(self, templates: Sequence[Template]) -> None:
        if templates:
            rows = [{"code": template.code, "template": _template_document(template)} for template in templates]
            self._transaction.execute(_PUT_TEMPLATES, rows)

    def templates(self) -> Sequence[Template]:
        return [_template_of(document) for document in self._transaction.execute(_TEMPLATES).scalars()]


def _life(row: Row[Any]) -> Life:
    return Life(
        code=row.code,
        standing=Standing(row.standing),
        draft_state=DraftState(row.draft_state),
        revision=row.revision,
        published_revision=row.published_revision,
        draft_revision=row.draft_revision,
        steps=row.steps,
        writer=None if row.writer_id is None else Person(row.writer_id, row.writer_staff_id),
        draft=promotion_of(row.draft) if row.draft else None,
    )


def _row(one: Lived) -> dict[str, Any]:
    life = one.life
    listed = one.published or life.draft
    assert listed is not None
    starts_on, over_on = lasts(listed)
    return {
        "code": life.code,
        "standing": life.standing.value,
        "draft_state": life.draft_state.value,
        "revision": life.revision,
        "published_revision": life.published_revision,
        "draft_revision": life.draft_revision,
        "steps": life.steps,
        "writer_id": life.writer.caller_id if life.writer else None,
        "writer_staff_id": life.writer.staff_id if life.writer else None,
        "draft": terms_of(life.draft) if life.draft else None,
        "theme": listed.theme,
        "starts_on": starts_on,
        "over_on": over_on,
    }


def _step_row(step: LifeStep) -> dict[str, Any]:
    return {
        "code": step.code,
        "number": step.number,
        "revision": step.revision,
        "kind": step.kind.value,
        "at": step.at,
        "caller_id": step.person.caller_id,
        "staff_id": step.person.staff_id,
        "note": step.note,
    }


def _places(one: Lived) -> list[dict[str, str]]:
    """The places of what is published and of the draft; a store is excepted only where both except it."""
    found = [terms for terms in (one.published, one.life.draft) if terms is not None]
    named = dict.fromkeys(place for terms in found for place in _named_by(terms))
    excepted = set.intersection(*[set(terms.excluded_store_codes) for terms in found])
    pairs = [*named, *[("except", code) for code in sorted(excepted)]]
    return [{"code": one.life.code, "kind": kind, "place_code": place} for kind, place in pairs]


def _named_by(terms: Promotion) -> Iterator[tuple[str, str]]:
    if terms.store_codes:
        yield from (("store", code) for code in terms.store_codes)
    elif terms.region_codes:
        yield from (("region", code) for code in terms.region_codes)
    else:
        yield "everywhere", ""


def _template_document(template: Template) -> dict[str, Any]:
    return {
        "code": template.code,
        "name": template.name,
        "terms": terms_of(template.terms),
        "parameters": [asdict(parameter) for parameter in template.parameters],
    }


def _template_of(document: Mapping[str, Any]) -> Template:
    parameters = [
        TemplateParameter(**{**one, "kind": ParameterKind(one["kind"]), "targets": tuple(one["targets"])})
        for one in document["parameters"]
    ]
    return Template(document["code"], document["name"], promotion_of(document["terms"]), tuple(parameters))
