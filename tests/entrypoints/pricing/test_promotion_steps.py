"""Whatever steps are taken in whatever order, only what is published, not paused, not ended and in its period gives."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from domain.shared.errors import Refusal
from liansuo.pricing.v1 import pricing_pb2 as pb2
from tests.entrypoints.pricing.lives import REVIEWER, WRITER, draft, got, rate, review, send, submit, total
from tests.world import World, opened

people = st.sampled_from([WRITER, REVIEWER])
revisions = st.integers(-1, 1)
terms = st.fixed_dictionaries(
    {"rate_bp": st.sampled_from([1_000, 2_500, 10_000])},
    optional={
        "from_date": st.sampled_from(["2026-12-02", "2026-12-04"]),
        "until_date": st.sampled_from(["2026-12-05", "2026-12-06"]),
        "paused": st.booleans(),
    },
)


@dataclass
class Model:
    """What was agreed: the terms in force, whether they give, and the draft with its writer."""

    given: dict[str, Any] | None = None
    standing: str = "unpublished"
    draft: dict[str, Any] | None = None
    draft_state: str = "none"
    draft_revision: int = 0
    revision: int = 0
    writer: Any = None
    steps: int = 0

    def price(self, day: str) -> int:
        """What the tea costs on a day."""
        if self.given is None or self.standing != "published":
            return 10_000
        begun = self.given.get("from_date", "") <= day
        over = bool(self.given.get("until_date")) and day >= self.given["until_date"]
        return 10_000 - self.given["rate_bp"] if begun and not over else 10_000


class Steps(RuleBasedStateMachine):
    """Two people who take steps in no sensible order."""

    world: World
    count = 0

    def __init__(self) -> None:
        super().__init__()
        Steps.count += 1
        self.code = f"P{Steps.count}"
        self.model = Model()
        self.day = "2026-12-03"

    def teardown(self) -> None:
        if self.model.steps and self.model.standing != "ended":
            send(self.world, "EndPromotion", pb2.EndPromotionRequest(code=self.code))

    @rule(day=st.integers(1, 7))
    def time_passes(self, day: int) -> None:
        self.day = f"2026-12-0{day}"

    @rule(given=terms, writer=people)
    def somebody_writes(self, given: dict[str, Any], writer: Any) -> None:
        model = self.model
        model.revision = model.draft_revision = draft(self.world, self.promotion(given), caller=writer)
        model.draft, model.draft_state, model.writer = given, "draft", writer
        model.steps += 1

    @rule(beside=revisions)
    def somebody_submits(self, beside: int) -> None:
        may = self.model.draft_state == "draft" and beside == 0
        if self.taken(may, lambda: submit(self.world, self.code, self.model.draft_revision + beside)):
            self.model.draft_state = "submitted"

    @rule(beside=revisions, reviewer=people)
    def somebody_reviews(self, beside: int, reviewer: Any) -> None:
        may = self.model.draft_state == "submitted" and beside == 0 and reviewer is not self.model.writer
        revision = self.model.draft_revision + beside
        if self.taken(may, lambda: review(self.world, self.code, revision, caller=reviewer)):
            self.model.draft_state = "reviewed"

    @rule()
    def it_is_sent_back(self) -> None:
        may = self.model.draft_state in ("submitted", "reviewed")
        if self.taken(may, lambda: review(self.world, self.code, self.model.draft_revision, send_back=True)):
            self.model.draft_state = "draft"

    @rule(beside=revisions)
    def somebody_publishes(self, beside: int) -> None:
        model = self.model
        request = pb2.PublishPromotionRequest(code=self.code, revision=model.draft_revision + beside)
        may = model.draft_state == "reviewed" and beside == 0
        if self.taken(may, lambda: send(self.world, "PublishPromotion", request)):
            self.in_force(model.draft)
            model.draft, model.draft_state, model.draft_revision = None, "none", 0

    @rule(given=terms)
    def somebody_puts_terms_at_once(self, given: dict[str, Any]) -> None:
        request = pb2.PutPromotionsRequest(promotions=[self.promotion(given)])
        answer = send(self.world, "PutPromotions", request)
        if answer.created or answer.changed:
            self.model.steps += 1
            self.model.revision += 1
            self.in_force(given)
            if self.model.draft is not None:
                self.model.draft_state = "draft"

    @rule()
    def somebody_pauses(self) -> None:
        request = pb2.PausePromotionRequest(code=self.code)
        if self.taken(self.model.standing == "published", lambda: send(self.world, "PausePromotion", request)):
            self.model.standing = "paused"

    @rule()
    def somebody_resumes(self) -> None:
        request = pb2.ResumePromotionRequest(code=self.code)
        if self.taken(self.model.standing == "paused", lambda: send(self.world, "ResumePromotion", request)):
            self.model.standing = "published"

    @rule()
    def somebody_ends_it(self) -> None:
        model = self.model
        request = pb2.EndPromotionRequest(code=self.code)
        may = bool(model.steps) and model.standing != "ended"
        if self.taken(may, lambda: send(self.world, "EndPromotion", request)):
            model.standing, model.draft, model.draft_state, model.draft_revision = "ended", None, "none", 0

    @invariant()
    def the_basket_costs_what_was_agreed(self) -> None:
        # Noon in Shanghai, by whose calendar the store sells.
        self.world.clock.now = datetime.fromisoformat(f"{self.day}T04:00:00").replace(tzinfo=UTC)
        assert total(self.world) == self.model.price(self.day)
        if self.model.steps:
            assert len(got(self.world, self.code).steps) == self.model.steps

    def taken(self, may: bool, step: Any) -> bool:
        """Takes a step, which must be refused unless it may be taken; whether it was."""
        try:
            step()
        except Refusal:
            assert not may
            return False
        assert may
        self.model.steps += 1
        return True

    def in_force(self, given: dict[str, Any] | None) -> None:
        assert given is not None
        self.model.given = given
        self.model.standing = "paused" if given.get("paused") else "published"

    def promotion(self, given: dict[str, Any]) -> pb2.Promotion:
        fields = {name: value for name, value in given.items() if name != "rate_bp"}
        return rate(self.code, given["rate_bp"], pb2.ItemSet(skus=["TEA"]), **fields)


@pytest.fixture
def embedded(sqlite_url: str) -> Iterator[World]:
    with opened(sqlite_url) as world:
        yield world


def test_no_order_of_steps_lets_anything_give_that_is_not_in_force(embedded: World):
    Steps.world = embedded
    run_state_machine_as_test(
        Steps,
        settings=settings(
            max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    assert embedded.broken() == []
