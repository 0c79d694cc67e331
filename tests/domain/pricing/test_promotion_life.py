"""The steps of a promotion's life, and what it is at a moment."""

import pytest

from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from domain.pricing.promotion_life import (
    ALWAYS,
    NEVER,
    DraftState,
    Life,
    NotPossibleNow,
    Person,
    PromotionState,
    Review,
    Standing,
    drafted,
    ended,
    lasts,
    paused,
    published,
    put,
    resumed,
    reviewed,
    state_of,
    submitted,
)

WRITER, OTHER = Person(1, 5), Person(1, 6)


def terms(**fields: object) -> Promotion:
    benefit = Benefit(BenefitKind.RATE, ItemSet(everything=True), rate_bp=1_000)
    return Promotion("TEN", "Ten", benefit, **fields)  # type: ignore[arg-type]


def in_force(promotion: Promotion) -> Life:
    life = submitted(drafted(Life("TEN"), promotion, writer=WRITER), revision=1)
    life = reviewed(life, revision=1, reviewer=OTHER, review=Review.FOUR_EYES)
    return published(life, revision=1, review=Review.FOUR_EYES)


def test_every_step_is_counted_and_the_draft_is_gone_once_it_is_published():
    assert in_force(terms()) == Life("TEN", Standing.PUBLISHED, DraftState.NONE, 1, 1, 0, 4)
    assert paused(in_force(terms())).steps == 5
    assert resumed(paused(in_force(terms()))).standing is Standing.PUBLISHED


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Person(1, 5), Person(2, 5), True),
        (Person(1, 5), Person(1, 6), False),
        (Person(1, None), Person(1, 6), True),
        (Person(1, None), Person(2, 6), False),
        (Person(0, None), Person(0, None), True),
    ],
)
def test_tells_people_apart(one: Person, other: Person, same: bool):
    assert one.may_be(other) is other.may_be(one) is same


@pytest.mark.parametrize(
    ("promotion", "life_of", "first", "last", "state"),
    [
        (terms(), in_force, "2026-06-01", "2026-06-01", PromotionState.LIVE),
        (terms(from_date="2026-06-02"), in_force, "2026-06-01", "2026-06-01", PromotionState.SCHEDULED),
        # Its first store has begun.
        (terms(from_date="2026-06-02"), in_force, "2026-06-01", "2026-06-02", PromotionState.LIVE),
        # Its last store has not ended.
        (terms(until_date="2026-06-02"), in_force, "2026-06-01", "2026-06-02", PromotionState.LIVE),
        (terms(until_date="2026-06-02"), in_force, "2026-06-02", "2026-06-02", PromotionState.ENDED),
        (
            terms(until_date="2026-06-02", from_minute=1_320, until_minute=60),
            in_force,
            "2026-06-02",
            "2026-06-02",
            PromotionState.LIVE,
        ),
        (terms(), lambda one: paused(in_force(one)), "2026-06-01", "2026-06-01", PromotionState.PAUSED),
        (
            terms(until_date="2026-06-01"),
            lambda one: paused(in_force(one)),
            "2026-06-01",
            "2026-06-01",
            PromotionState.ENDED,
        ),
        (terms(), lambda one: ended(in_force(one)), "2026-06-01", "2026-06-01", PromotionState.ENDED),
        (
            terms(),
            lambda one: drafted(Life("TEN"), one, writer=WRITER),
            "2026-06-01",
            "2026-06-01",
            PromotionState.DRAFT,
        ),
        (
            terms(paused=True),
            lambda one: put(Life("TEN"), one),
            "2026-06-01",
            "2026-06-01",
            PromotionState.PAUSED,
        ),
    ],
)
def test_is_what_its_steps_and_its_dates_say(promotion, life_of, first, last, state):
    assert state_of(life_of(promotion), promotion, first_day=first, last_day=last) is state


def test_lasts_for_ever_unless_it_says_otherwise():
    assert lasts(terms()) == (ALWAYS, NEVER)
    assert lasts(terms(until_date=NEVER, from_minute=1_320, until_minute=60)) == (ALWAYS, NEVER)
    assert lasts(terms(from_date="2026-02-28", until_date="2026-02-28", until_minute=60)) == ("2026-02-28",) * 2


def test_says_in_which_state_it_is_and_which_it_needs():
    life = drafted(Life("TEN"), terms(), writer=WRITER)
    with pytest.raises(NotPossibleNow) as refused:
        published(life, revision=1, review=Review.ANYONE)
    assert refused.value.message() == (
        "Promotion “TEN” cannot be published: its draft is draft. It must be reviewed first."
    )
    assert "TEN" in refused.value.message("zh")
