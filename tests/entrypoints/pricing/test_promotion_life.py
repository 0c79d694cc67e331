"""The life of a promotion through the contract: from the draft to the end, and what it does at the till meanwhile."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from application.identity.stores import PutStores, put_stores
from application.identity.views import StoreView
from application.pricing.promotion_views import UnknownPromotion
from domain.identity.organisation import StoreStatus
from domain.pricing.promotion_life import AnotherRevision, NotPossibleNow, WrittenByReviewer
from domain.shared.errors import Refusal
from liansuo.pricing.v1 import pricing_pb2 as pb2
from tests.entrypoints.pricing.lives import (
    REVIEWER,
    WRITER,
    draft,
    got,
    led_to_publication,
    publish,
    rate,
    review,
    send,
    submit,
    total,
)
from tests.world import Till, World

STATES = pb2.PromotionState


def test_gives_nothing_before_it_is_published_nor_while_it_is_paused_nor_once_it_has_ended(world: World):
    revision = draft(world, rate("TEN", 1_000))
    assert (revision, total(world)) == (1, 10_000)
    assert submit(world, "TEN", 1).state == STATES.PROMOTION_STATE_SUBMITTED
    assert review(world, "TEN", 1).state == STATES.PROMOTION_STATE_REVIEWED
    assert total(world) == 10_000
    assert publish(world, "TEN", 1).promotion.state == STATES.PROMOTION_STATE_LIVE
    assert total(world) == 9_000
    paused = send(world, "PausePromotion", pb2.PausePromotionRequest(code="TEN", note="too good"), caller=REVIEWER)
    assert paused.promotion.state == STATES.PROMOTION_STATE_PAUSED
    assert world.sell(Till().line("TEA").cash(10_000).command).total_minor == 10_000
    resumed = send(world, "ResumePromotion", pb2.ResumePromotionRequest(code="TEN"), caller=REVIEWER)
    assert resumed.promotion.state == STATES.PROMOTION_STATE_LIVE
    assert world.sell(Till().line("TEA").cash(9_000).command).total_minor == 9_000
    ended = send(world, "EndPromotion", pb2.EndPromotionRequest(code="TEN"), caller=REVIEWER)
    assert ended.promotion.state == STATES.PROMOTION_STATE_ENDED
    assert total(world) == 10_000
    assert [
        (step.number, step.revision, pb2.StepKind.Name(step.kind), step.note) for step in got(world, "TEN").steps
    ] == [
        (1, 1, "STEP_KIND_DRAFTED", ""),
        (2, 1, "STEP_KIND_SUBMITTED", ""),
        (3, 1, "STEP_KIND_REVIEWED", ""),
        (4, 1, "STEP_KIND_PUBLISHED", ""),
        (5, 1, "STEP_KIND_PAUSED", "too good"),
        (6, 1, "STEP_KIND_RESUMED", ""),
        (7, 1, "STEP_KIND_ENDED", ""),
    ]
    assert {step.at.ToDatetime(world.clock.now.tzinfo) for step in got(world, "TEN").steps} == {world.clock.now}
    assert world.broken() == []


def test_a_new_revision_of_what_is_live_takes_its_place_only_when_it_is_published(world: World):
    led_to_publication(world, rate("TEN", 1_000))
    revision = draft(world, rate("TEN", 2_000))
    assert (revision, total(world)) == (2, 9_000)
    answer = got(world, "TEN")
    assert (answer.state, answer.published_revision) == (STATES.PROMOTION_STATE_LIVE, 1)
    assert (answer.draft.revision, answer.draft.state) == (2, STATES.PROMOTION_STATE_DRAFT)
    assert (answer.promotion.benefit.rate_bp, answer.draft.promotion.benefit.rate_bp) == (1_000, 2_000)
    submit(world, "TEN", 2)
    review(world, "TEN", 2)
    assert total(world) == 9_000
    publish(world, "TEN", 2)
    assert total(world) == 8_000
    answer = got(world, "TEN")
    assert (answer.published_revision, answer.HasField("draft")) == (2, False)


def test_nobody_reviews_what_they_wrote(world: World):
    revision = draft(world, rate("TEN", 1_000))
    submit(world, "TEN", revision)
    with pytest.raises(WrittenByReviewer):
        review(world, "TEN", revision, caller=WRITER)
    # The same member of staff at another terminal is the same person; two at one terminal are two.
    one, other = replace(WRITER, staff_id=5), replace(WRITER, staff_id=6)
    submit(world, "TEN", draft(world, rate("TEN", 1_000), caller=one))
    for same in (replace(REVIEWER, staff_id=5), WRITER):
        with pytest.raises(WrittenByReviewer):
            review(world, "TEN", 2, caller=same)
    assert review(world, "TEN", 2, caller=other).state == STATES.PROMOTION_STATE_REVIEWED


def test_a_chain_of_one_person_may_switch_the_second_pair_of_eyes_off(world: World):
    world.set("promotion_review", "anyone")
    revision = draft(world, rate("TEN", 1_000))
    with pytest.raises(NotPossibleNow):
        publish(world, "TEN", revision, caller=WRITER)
    submit(world, "TEN", revision)
    review(world, "TEN", revision, caller=WRITER)
    publish(world, "TEN", revision, caller=WRITER)
    assert total(world) == 9_000
    world.set("promotion_review", "none")
    publish(world, "TEN", draft(world, rate("TEN", 2_000)), caller=WRITER)
    assert total(world) == 8_000


@pytest.mark.parametrize(
    ("name", "request_of"),
    [
        ("SubmitPromotion", lambda: pb2.SubmitPromotionRequest(code="TEN", revision=1)),
        ("ReviewPromotion", lambda: pb2.ReviewPromotionRequest(code="TEN", revision=1, send_back=True)),
        ("PublishPromotion", lambda: pb2.PublishPromotionRequest(code="TEN", revision=1)),
    ],
)
def test_a_step_names_the_revision_that_was_read(world: World, name, request_of):
    draft(world, rate("TEN", 1_000))
    draft(world, rate("TEN", 9_000))
    with pytest.raises(AnotherRevision) as refused:
        send(world, name, request_of(), caller=REVIEWER)
    assert (refused.value.field, refused.value.details["found"]) == ("revision", 2)
    assert len(got(world, "TEN").steps) == 2


def test_what_is_sent_back_is_written_again(world: World):
    revision = draft(world, rate("TEN", 1_000))
    submit(world, "TEN", revision)
    review(world, "TEN", revision, send_back=True, note="20 % was agreed")
    with pytest.raises(NotPossibleNow):
        publish(world, "TEN", revision)
    with pytest.raises(NotPossibleNow):
        review(world, "TEN", revision)
    assert got(world, "TEN").steps[-1].note == "20 % was agreed"


@pytest.mark.parametrize("name", ["Pause", "Resume", "End", "Submit", "Review", "Publish"])
def test_refuses_steps_of_what_there_is_not(world: World, name: str):
    request = getattr(pb2, f"{name}PromotionRequest")(code="NONE")
    with pytest.raises(UnknownPromotion):
        send(world, f"{name}Promotion", request)


def test_refuses_steps_that_do_not_follow(world: World):
    led_to_publication(world, rate("TEN", 1_000))

    def refused(name: str) -> Refusal:
        with pytest.raises(NotPossibleNow) as found:
            send(world, f"{name}Promotion", getattr(pb2, f"{name}PromotionRequest")(code="TEN"))
        return found.value

    assert "must be paused first" in refused("Resume").message()
    send(world, "PausePromotion", pb2.PausePromotionRequest(code="TEN"))
    assert "must be published first" in refused("Pause").message()
    send(world, "EndPromotion", pb2.EndPromotionRequest(code="TEN"))
    for name in ("Pause", "Resume", "End"):
        assert refused(name).field == "code"
    assert len(got(world, "TEN").steps) == 6


def test_a_draft_may_be_given_up_and_an_ended_promotion_begun_again(world: World):
    draft(world, rate("TEN", 1_000))
    ended = send(world, "EndPromotion", pb2.EndPromotionRequest(code="TEN"))
    assert (ended.promotion.state, ended.promotion.name) == (STATES.PROMOTION_STATE_ENDED, "TEN off")
    with pytest.raises(AnotherRevision):
        publish(world, "TEN", 1)
    led_to_publication(world, rate("TEN", 1_000))
    send(world, "EndPromotion", pb2.EndPromotionRequest(code="TEN"))
    led_to_publication(world, rate("TEN", 3_000))
    assert (got(world, "TEN").published_revision, total(world)) == (3, 7_000)
    assert world.broken() == []


def test_terms_put_at_once_are_a_step_too_and_a_draft_beside_them_is_reviewed_again(world: World):
    revision = draft(world, rate("TEN", 5_000))
    submit(world, "TEN", revision)
    review(world, "TEN", revision)
    send(world, "PutPromotions", pb2.PutPromotionsRequest(promotions=[rate("TEN", 1_000)]))
    assert total(world) == 9_000
    with pytest.raises(NotPossibleNow):
        publish(world, "TEN", revision)
    send(world, "PutPromotions", pb2.PutPromotionsRequest(promotions=[rate("TEN", 1_000, paused=True)]))
    assert (got(world, "TEN").state, total(world)) == (STATES.PROMOTION_STATE_PAUSED, 10_000)
    kinds = [pb2.StepKind.Name(step.kind) for step in got(world, "TEN").steps]
    assert kinds[-2:] == ["STEP_KIND_PUT", "STEP_KIND_PUT"]
    # What is as it was is no step.
    send(world, "PutPromotions", pb2.PutPromotionsRequest(promotions=[rate("TEN", 1_000, paused=True)]))
    assert len(got(world, "TEN").steps) == len(kinds)
    assert world.broken() == []


@pytest.mark.capability("PRM-08")
def test_one_publish_reaches_three_hundred_stores_at_their_own_midnight(world: World):
    zones = ("Asia/Shanghai", "Asia/Kolkata", "Europe/Paris")
    stores = tuple(
        StoreView(f"N{number:03d}", "Store", "EAST", "CNY", zones[number % 3], 240, StoreStatus.OPEN)
        for number in range(300)
    )
    world.do(put_stores, PutStores(stores))
    led_to_publication(world, rate("DAY", 1_000, from_date="2026-12-01", until_date="2026-12-02"))
    assert [step.kind for step in got(world, "DAY").steps].count(pb2.STEP_KIND_PUBLISHED) == 1
    moments = []
    for name in zones:
        midnight = datetime(2026, 12, 1, tzinfo=ZoneInfo(name))
        moments += [(midnight - timedelta(minutes=1), name), (midnight, name)]
    for moment, _ in sorted(moments):
        world.clock.now = moment.astimezone(world.clock.now.tzinfo)
        begun = {name for name in zones if world.clock.now.astimezone(ZoneInfo(name)).day == 1}
        expected = {store.code: 9_000 if store.time_zone in begun else 10_000 for store in stores}
        assert {store.code: total(world, store=store.code) for store in stores} == expected
    assert got(world, "DAY", store_code="N002").state == STATES.PROMOTION_STATE_LIVE
    # A day later it is over, store by store, and nothing had to run for that either.
    world.clock.now = datetime(2026, 12, 2, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert (total(world, store="N000"), total(world, store="N002")) == (10_000, 9_000)
    assert got(world, "DAY", store_code="N000").state == STATES.PROMOTION_STATE_ENDED
    assert got(world, "DAY").state == STATES.PROMOTION_STATE_LIVE


@pytest.mark.capability("PRM-11")
def test_a_campaign_has_its_window_and_its_theme_and_turns_itself_off(world: World):
    led_to_publication(world, rate("ROSES", 2_000, theme="valentine", from_date="2027-02-10", until_date="2027-02-15"))
    led_to_publication(world, rate("OTHER", 500, stage=1, from_date="2027-03-01"))

    def states(theme: str) -> list[tuple[str, int]]:
        request = pb2.ListPromotionCalendarRequest(theme=theme)
        return [(entry.code, entry.state) for entry in send(world, "ListPromotionCalendar", request).entries]

    shanghai = ZoneInfo("Asia/Shanghai")
    for day, price, state in (
        (datetime(2027, 2, 9, 23, 59, tzinfo=shanghai), 10_000, STATES.PROMOTION_STATE_SCHEDULED),
        (datetime(2027, 2, 10, tzinfo=shanghai), 8_000, STATES.PROMOTION_STATE_LIVE),
        (datetime(2027, 2, 14, 23, 59, tzinfo=shanghai), 8_000, STATES.PROMOTION_STATE_LIVE),
        (datetime(2027, 2, 15, tzinfo=shanghai), 10_000, STATES.PROMOTION_STATE_ENDED),
    ):
        world.clock.now = day.astimezone(world.clock.now.tzinfo)
        assert (total(world), states("valentine")) == (price, [("ROSES", state)])
    assert states("christmas") == []


@pytest.mark.capability("MKT-14")
def test_the_calendar_shows_what_a_period_holds_and_what_competes_in_it(world: World):
    led_to_publication(world, rate("SPRING", 1_000, from_date="2027-03-01", until_date="2027-04-01", priority=5))
    answer = led_to_publication(world, rate("MARCH", 2_000, from_date="2027-03-20", until_date="2027-03-25"))
    assert [
        (one.code, one.other_code, pb2.Precedence.Name(one.precedence), one.winner_code, one.store_code, one.on_date)
        for one in answer.overlaps
    ] == [("MARCH", "SPRING", "PRECEDENCE_PRIORITY", "SPRING", "S1", "2027-03-20")]
    # It is a warning: both are in force.
    draft(world, rate("APRIL", 500, from_date="2027-04-01", until_date="2027-05-01"))

    def listed(**asked) -> list[str]:
        return [
            entry.code
            for entry in send(world, "ListPromotionCalendar", pb2.ListPromotionCalendarRequest(**asked)).entries
        ]

    assert listed() == ["SPRING", "MARCH", "APRIL"]
    assert listed(from_date="2027-03-25", until_date="2027-04-01") == ["SPRING"]
    assert listed(from_date="2027-04-01") == ["APRIL"]
    assert listed(until_date="2027-03-02") == ["SPRING"]
    assert listed(state=STATES.PROMOTION_STATE_DRAFT) == ["APRIL"]
    assert listed(state=STATES.PROMOTION_STATE_SCHEDULED) == ["SPRING", "MARCH"]
    assert listed(state=STATES.PROMOTION_STATE_LIVE) == []
    first = send(world, "ListPromotionCalendar", pb2.ListPromotionCalendarRequest(page_size=2))
    rest = pb2.ListPromotionCalendarRequest(page_token=first.next_page_token)
    assert [entry.code for entry in send(world, "ListPromotionCalendar", rest).entries] == ["APRIL"]
    found = send(world, "FindPromotionOverlaps", pb2.FindPromotionOverlapsRequest(code="APRIL"))
    assert (list(found.overlaps), found.more_overlaps) == ([], False)
