"""The life of a promotion: written, reviewed, published, paused, ended, and by whom each step was taken.

What sells is what was published and is neither paused nor ended; its beginning and its end follow from its dates by
each store's own clock, so nothing has to run at midnight. Beside what is published there may be a draft: the next
revision, which replaces it when it is published.
"""

from dataclasses import dataclass, replace
from datetime import MAXYEAR, date, datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.pricing.promotion import Promotion
from domain.shared.errors import Conflict, Forbidden, Rejected

ALWAYS: Final = date.min.isoformat()
"""The first day of a promotion that names none."""
NEVER: Final = date(MAXYEAR, 12, 31).isoformat()
"""The day from which a promotion that names no end is over."""


class StepKind(StrEnum):
    """What was done; PUT publishes without a draft, RETURNED sends a draft back to whoever writes it."""

    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    REVIEWED = "reviewed"
    PUBLISHED = "published"
    PUT = "put"
    PAUSED = "paused"
    RESUMED = "resumed"
    ENDED = "ended"


class Standing(StrEnum):
    """How it stands with what was published."""

    UNPUBLISHED = "unpublished"
    PUBLISHED = "published"
    PAUSED = "paused"
    ENDED = "ended"


class DraftState(StrEnum):
    """How far the draft has come."""

    NONE = "none"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    REVIEWED = "reviewed"


class PromotionState(StrEnum):
    """What a promotion is at a moment: its standing, and its dates by the calendars of its stores."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    REVIEWED = "reviewed"
    SCHEDULED = "scheduled"
    LIVE = "live"
    PAUSED = "paused"
    ENDED = "ended"


class Review(StrEnum):
    """Who has to look at a draft before it is published (setting `promotion_review`)."""

    FOUR_EYES = "four_eyes"
    ANYONE = "anyone"
    NONE = "none"


class NotPossibleNow(Rejected):
    en = "Promotion “{code}” cannot be {step}: {state}. {advice}"
    zh = "促销“{code}”无法执行“{step}”，当前状态：{state}。"


class AnotherRevision(Conflict):
    en = "Revision {revision} of promotion “{code}” is not its draft; {found} is (0: there is none). Read it again."
    zh = "促销“{code}”的草稿不是第 {revision} 版，而是第 {found} 版（0 表示没有草稿），请重新读取。"


class WrittenByReviewer(Forbidden):
    en = "You wrote this draft of “{code}” yourself. Somebody else must review it (setting promotion_review)."
    zh = "促销“{code}”的草稿由您本人编写，须由他人审核；可通过设置 promotion_review 更改。"


@dataclass(frozen=True, slots=True)
class Person:
    """Who takes a step: the member of staff who is signed in, else the caller itself (0 is the system)."""

    caller_id: int
    staff_id: int | None

    def may_be(self, other: "Person") -> bool:
        """Whether both may be one: the same member of staff, or a caller at which one of them was not signed in."""
        if self.staff_id is not None and other.staff_id is not None:
            return self.staff_id == other.staff_id
        return self.caller_id == other.caller_id


@dataclass(frozen=True, slots=True)
class Life:
    """How far a promotion has come. Revisions are counted from 1; a revision of 0 is none.

    `revision` is the last number given, `steps` how many steps were taken, `writer` who wrote the draft. A promotion
    that ended before it was published keeps the terms of its draft, which is none any more.
    """

    code: str
    standing: Standing = Standing.UNPUBLISHED
    draft_state: DraftState = DraftState.NONE
    revision: int = 0
    published_revision: int = 0
    draft_revision: int = 0
    steps: int = 0
    writer: Person | None = None
    draft: Promotion | None = None


@dataclass(frozen=True, slots=True)
class LifeStep:
    """One step, as it was taken; steps are counted from 1 and never change."""

    code: str
    number: int
    revision: int
    kind: StepKind
    at: datetime
    person: Person
    note: str = ""


def drafted(life: Life, terms: Promotion, *, writer: Person) -> Life:
    """A new draft, in place of the one that there was; what is published goes on."""
    revision = life.revision + 1
    return replace(
        life,
        revision=revision,
        draft_revision=revision,
        draft_state=DraftState.DRAFT,
        draft=terms,
        writer=writer,
        steps=life.steps + 1,
    )


def submitted(life: Life, *, revision: int) -> Life:
    """The draft, handed to those who review."""
    _check_draft(life, revision, (DraftState.DRAFT,), step="submitted")
    return replace(life, draft_state=DraftState.SUBMITTED, steps=life.steps + 1)


def reviewed(life: Life, *, revision: int, reviewer: Person, review: Review) -> Life:
    """The draft, found good by somebody else than its writer; raises WrittenByReviewer."""
    _check_draft(life, revision, (DraftState.SUBMITTED,), step="reviewed")
    if review is Review.FOUR_EYES and life.writer is not None and life.writer.may_be(reviewer):
        raise WrittenByReviewer("revision", code=life.code)
    return replace(life, draft_state=DraftState.REVIEWED, steps=life.steps + 1)


def returned(life: Life, *, revision: int) -> Life:
    """The draft, sent back to be written again."""
    _check_draft(life, revision, (DraftState.SUBMITTED, DraftState.REVIEWED), step="returned")
    return replace(life, draft_state=DraftState.DRAFT, steps=life.steps + 1)


def published(life: Life, *, revision: int, review: Review) -> Life:
    """The draft in force, in place of what was: reviewed, unless the setting wants no review."""
    ready = tuple(DraftState)[1:] if review is Review.NONE else (DraftState.REVIEWED,)
    _check_draft(life, revision, ready, step="published")
    assert life.draft is not None
    return replace(_without_draft(life), standing=_standing(life.draft), published_revision=life.draft_revision)


def put(life: Life, terms: Promotion) -> Life:
    """Terms in force at once, without a draft. A draft beside them stays, but has to be reviewed again."""
    revision = life.revision + 1
    waits = life.draft_state is DraftState.NONE
    return replace(
        life,
        standing=_standing(terms),
        revision=revision,
        published_revision=revision,
        draft_state=DraftState.NONE if waits else DraftState.DRAFT,
        steps=life.steps + 1,
    )


def paused(life: Life) -> Life:
    """What is published, giving nothing until it is resumed."""
    _check_standing(life, Standing.PUBLISHED, step="paused")
    return replace(life, standing=Standing.PAUSED, steps=life.steps + 1)


def resumed(life: Life) -> Life:
    """What was paused, in force again."""
    _check_standing(life, Standing.PAUSED, step="resumed")
    return replace(life, standing=Standing.PUBLISHED, steps=life.steps + 1)


def ended(life: Life) -> Life:
    """Over for good, with its draft; only new terms, published, begin it again.

    Where nothing was published the draft stays to be seen, as what has ended.
    """
    if life.standing is Standing.ENDED:
        raise NotPossibleNow("code", code=life.code, step="ended", state="it has ended before", advice="It is over.")
    draft = life.draft if life.standing is Standing.UNPUBLISHED else None
    return replace(_without_draft(life), standing=Standing.ENDED, draft=draft)


def state_of(life: Life, terms: Promotion, *, first_day: str, last_day: str) -> PromotionState:
    """The state where the calendars of the stores stand between these days, ISO; `terms` are those published, if any.

    It is live from the moment at which the first calendar reaches its first day, until the last one has left it.
    """
    if life.standing is Standing.UNPUBLISHED:
        return PromotionState(life.draft_state.value)
    starts_on, over_on = lasts(terms)
    if life.standing is Standing.ENDED or over_on <= first_day:
        return PromotionState.ENDED
    if life.standing is Standing.PAUSED:
        return PromotionState.PAUSED
    return PromotionState.LIVE if starts_on <= last_day else PromotionState.SCHEDULED


def lasts(terms: Promotion) -> tuple[str, str]:
    """The first day and the first one on which it is over, ISO; hours over midnight reach into the day of its end."""
    over_on = terms.until_date or NEVER
    if over_on < NEVER and 0 < terms.until_minute < terms.from_minute:
        over_on = (date.fromisoformat(over_on) + timedelta(days=1)).isoformat()
    return terms.from_date or ALWAYS, over_on


def _standing(terms: Promotion) -> Standing:
    return Standing.PAUSED if terms.paused else Standing.PUBLISHED


def _without_draft(life: Life) -> Life:
    return replace(life, draft=None, draft_state=DraftState.NONE, draft_revision=0, writer=None, steps=life.steps + 1)


def _check_draft(life: Life, revision: int, states: tuple[DraftState, ...], *, step: str) -> None:
    if revision != life.draft_revision or not revision:
        raise AnotherRevision("revision", code=life.code, revision=revision, found=life.draft_revision)
    if life.draft_state not in states:
        needed = " or ".join(state.value for state in states)
        raise NotPossibleNow(
            "revision",
            code=life.code,
            step=step,
            state=f"its draft is {life.draft_state.value}",
            advice=f"It must be {needed} first.",
        )


def _check_standing(life: Life, standing: Standing, *, step: str) -> None:
    if life.standing is not standing:
        raise NotPossibleNow(
            "code",
            code=life.code,
            step=step,
            state=f"it is {life.standing.value}",
            advice=f"It must be {standing.value} first.",
        )
