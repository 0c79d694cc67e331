"""Tiers: what a member has to do for each, for how long it lasts, and what a review makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final


class TierWindow(StrEnum):
    """What counts: the last days, this one included, or the calendar year so far."""

    ROLLING_DAYS = "rolling_days"
    CALENDAR_YEAR = "calendar_year"


class Downgrade(StrEnum):
    """How far a review takes down a member who has not done enough: one tier at most, or to the one that fits."""

    ONE_STEP = "one_step"
    TO_FIT = "to_fit"


class TierCause(StrEnum):
    """Why a member's tier is what it is. STARTED gives a tier that had no end its first period.

    PAID was bought with a membership, PAID_END is what is left when that ends.
    """

    REGISTRATION = "registration"
    SALE = "sale"
    STARTED = "started"
    REVIEW = "review"
    MANUAL = "manual"
    PAID = "paid"
    PAID_END = "paid_end"
    MERGED = "merged"
    UNMERGED = "unmerged"


CRITERIA: Final = ("spend_minor", "visits", "points", "score")


@dataclass(frozen=True, slots=True)
class TierFigures:
    """What a member has done within a window, or lacks.

    `spend_minor` is net of refunds, in minor units of the programme's currency. `visits` are sales less voids, `points`
    those that sales earned, net of refunds and whatever became of them. `score` tells how active the member was.
    """

    spend_minor: int = 0
    visits: int = 0
    points: int = 0
    score: int = 0


NOTHING_DONE: Final = TierFigures()


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier with its criteria; those that are zero do not count. Any of the others is enough, or `all_of` them.

    A tier without criteria is open to every member. Complaints of its members have a `case_priority` of 1 to 5, 1 the
    most urgent, and are answered within `case_hours`; 0 is what everybody has.
    """

    code: str
    name_en: str
    name_zh: str
    spend_minor: int = 0
    visits: int = 0
    points: int = 0
    score: int = 0
    all_of: bool = False
    case_priority: int = 0
    case_hours: int = 0


@dataclass(frozen=True, slots=True)
class TierBenefit:
    """What members of some tiers may use, so many times in a calendar month, such as two hours of free parking."""

    code: str
    name_en: str
    name_zh: str
    uses_per_month: int
    tiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CardType:
    """A kind of card that is bound to one member, such as a discount card; of some tiers only, or of any.

    Promotions name who holds an active one as a segment, see `segment_of_card_type`.
    """

    code: str
    name_en: str
    name_zh: str
    tiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MembershipPlan:
    """A tier that members can buy for a time: a unit of the product `sku` is so many months, or days without any."""

    code: str
    name_en: str
    name_zh: str
    sku: str
    tier: str
    months: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True)
class TierProgramme:
    """All tiers, the lowest first, and by what they are decided.

    A tier lasts `review_days` (rolling) or until the end of the next calendar year, and `grace_days` more before the
    review decides. `score` is `visit_score` for each visit and `check_in_score` for each check-in to an event.
    """

    currency: str
    tiers: tuple[Tier, ...] = ()
    window: TierWindow = TierWindow.ROLLING_DAYS
    window_days: int = 365
    review_days: int = 365
    grace_days: int = 30
    downgrade: Downgrade = Downgrade.ONE_STEP
    visit_score: int = 1
    check_in_score: int = 0
    benefits: tuple[TierBenefit, ...] = ()
    card_types: tuple[CardType, ...] = ()
    plans: tuple[MembershipPlan, ...] = ()


@dataclass(slots=True)
class TierEntry:
    """One decision about a member's tier, the `number`-th; the first comes from no tier. An empty code is no tier.

    `valid_until` is exclusive: the first day after which a review is due, days of grace aside; None for no end. The
    figures are those that decided; `programme_version` is 0 where no programme did.
    """

    member_id: int
    number: int
    from_tier: str
    to_tier: str
    cause: TierCause
    reason: str
    valid_until: date | None
    spend_minor: int
    visits: int
    points: int
    score: int
    programme_version: int
    caller_id: int
    staff_id: int | None
    decided_on: date
    entered_at: datetime


def added(one: TierFigures, other: TierFigures) -> TierFigures:
    """What two have done together."""
    return TierFigures(**{name: getattr(one, name) + getattr(other, name) for name in CRITERIA})


def criteria(tier: Tier) -> list[str]:
    """The names of the criteria that count."""
    return [name for name in CRITERIA if getattr(tier, name)]


def qualifies(tier: Tier, figures: TierFigures) -> bool:
    """Whether these figures are enough for a tier; reaching a criterion exactly is enough."""
    met = [getattr(figures, name) >= getattr(tier, name) for name in criteria(tier)]
    if not met:
        return True
    return all(met) if tier.all_of else any(met)


def fitting(tiers: Sequence[Tier], figures: TierFigures) -> int:
    """The index of the highest tier that the figures are enough for; -1 for none."""
    return max((index for index, tier in enumerate(tiers) if qualifies(tier, figures)), default=-1)


def rank_of(programme: TierProgramme, code: str) -> int | None:
    """The index of the member's tier, -1 for no tier; None for a tier that the programme does not have."""
    if not code:
        return -1
    return next((index for index, tier in enumerate(programme.tiers) if tier.code == code), None)


def code_at(programme: TierProgramme, rank: int) -> str:
    """The code of a rank; empty for -1."""
    return programme.tiers[rank].code if rank >= 0 else ""


def upgraded(programme: TierProgramme, rank: int, figures: TierFigures) -> int:
    """The rank after a sale: never lower than before, because only a review takes down."""
    return max(rank, fitting(programme.tiers, figures))


def reached_by_sale(programme: TierProgramme, tier: str, figures: TierFigures) -> str:
    """The higher tier that a sale in the making is enough for; empty where it brings none.

    `figures` are those `with_sale`, of what it comes to by the prices of the tier that the member has now and without
    the points that it will earn: these depend on how it is paid, and count from the next sale on. A tier that the
    programme does not have stays.
    """
    rank = rank_of(programme, tier)
    if rank is None:
        return ""
    reached = upgraded(programme, rank, figures)
    return code_at(programme, reached) if reached > rank else ""


def with_sale(
    programme: TierProgramme, done: TierFigures, *, total_minor: int, points: int, currency: str
) -> TierFigures:
    """What a member has done with one more sale; its spend counts in the programme's currency only."""
    return TierFigures(
        done.spend_minor + (total_minor if currency == programme.currency else 0),
        done.visits + 1,
        done.points + points,
        done.score + programme.visit_score,
    )


def reviewed(programme: TierProgramme, rank: int | None, figures: TierFigures) -> int:
    """The rank after a review. A tier that the programme no longer has gives way to the one that fits."""
    fit = fitting(programme.tiers, figures)
    if rank is None or fit >= rank:
        return fit
    return max(fit, rank - 1) if programme.downgrade is Downgrade.ONE_STEP else fit


def lacking(tier: Tier, figures: TierFigures) -> TierFigures:
    """How much of each criterion is missing; nothing where the tier is reached."""
    if qualifies(tier, figures):
        return NOTHING_DONE
    return TierFigures(**{name: max(0, getattr(tier, name) - getattr(figures, name)) for name in criteria(tier)})


def window_on(programme: TierProgramme, on: date) -> tuple[date, date]:
    """The half-open window that counts on a day, which belongs to it."""
    until = on + timedelta(days=1)
    if programme.window is TierWindow.CALENDAR_YEAR:
        return date(on.year, 1, 1), until
    return until - timedelta(days=programme.window_days), until


def review_window(programme: TierProgramme, valid_until: date) -> tuple[date, date]:
    """The half-open window that a review counts: days of grace belong to it, whenever the review is run."""
    until = valid_until + timedelta(days=programme.grace_days)
    if programme.window is TierWindow.CALENDAR_YEAR:
        return date((valid_until - timedelta(days=1)).year, 1, 1), until
    return until - timedelta(days=programme.window_days), until


def end_of(programme: TierProgramme, rank: int, from_on: date) -> date | None:
    """Until when (exclusive) a tier that begins on a day is valid; None for one that nobody can fall from."""
    if rank < 0 or not criteria(programme.tiers[rank]):
        return None
    if programme.window is TierWindow.CALENDAR_YEAR:
        return date(from_on.year + 2, 1, 1)
    return from_on + timedelta(days=programme.review_days)


def next_end(programme: TierProgramme, rank: int, ended_on: date) -> date | None:
    """The end of the period that follows one that has been reviewed; periods join without a gap."""
    if rank < 0 or not criteria(programme.tiers[rank]):
        return None
    if programme.window is TierWindow.CALENDAR_YEAR:
        return date((ended_on - timedelta(days=1)).year + 2, 1, 1)
    return ended_on + timedelta(days=programme.review_days)
