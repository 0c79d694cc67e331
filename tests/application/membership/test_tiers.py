"""Tiers from the sale that brings them to the review that takes them, on both engines."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from application.fields import InvalidDate, Missing, NamedTwice, OutOfRange
from application.marketing.event_seats import BookSeat, CheckIn, book_seat, check_in
from application.marketing.put_event import PutEvent, put_event
from application.membership.change_tier import (
    ChangeTier,
    EndsBeforeTomorrow,
    NothingEnds,
    TierUnchanged,
    UnknownTier,
    change_tier,
)
from application.membership.evaluate_tiers import EvaluateTiers, evaluate_tiers
from application.membership.queries import GetMember, get_member
from application.membership.register_member import RegisterMember, register_member
from application.membership.review_tiers import ReviewTiers, review_tiers
from application.membership.tier_programme import (
    CriteriaMissing,
    CriterionFalls,
    GetTierProgramme,
    NothingScores,
    NoTierProgramme,
    PutTierProgramme,
    ReviewInFuture,
    TierProgrammePut,
    TiersOutsideScope,
    get_tier_programme,
    put_tier_programme,
)
from application.membership.tier_queries import GetTierHistory, GetTierStatus, get_tier_history, get_tier_status
from application.named_members import UnknownMember
from application.sales.refund import RefundSale
from application.tier_entries import TierChange
from domain.marketing.experience_event import ExperienceEvent
from domain.membership.tier import Downgrade, Tier, TierCause, TierFigures, TierProgramme, TierWindow
from domain.sales.reversal import ReturnRequest
from domain.shared.money import UnknownCurrency
from tests.world import MEMBER, Till

EVERYBODY = Tier("member", "Member", "会员")
SILVER = Tier("silver", "Silver", "银卡", spend_minor=20_000)
GOLD = Tier("gold", "Gold", "金卡", spend_minor=50_000)
PROGRAMME = TierProgramme("CNY", (EVERYBODY, SILVER, GOLD), review_days=100, window_days=100)


def put(world, programme=PROGRAMME, **caller):
    return world.do(put_tier_programme, PutTierProgramme(programme), **caller)


def buy(world, units, member=MEMBER):
    return world.sell(Till().line("TEA", units).member(member).card(10_000 * units).command)


def evaluated(world):
    return world.do(evaluate_tiers, EvaluateTiers())


def review(world, on=""):
    """Runs the review to its end; who was started, reviewed and changed."""
    started = reviewed = 0
    changes = []
    while not (done := world.do(review_tiers, ReviewTiers(on))).finished:
        started, reviewed = started + done.started, reviewed + done.reviewed
        changes += done.changes
    return started, reviewed, [(one.from_tier, one.to_tier) for one in changes]


def status(world, member=MEMBER):
    return world.ask(get_tier_status, GetTierStatus(member))


def history(world, member=MEMBER):
    found = world.ask(get_tier_history, GetTierHistory(member)).entries
    return [(one.number, one.from_tier, one.to_tier, one.cause, one.valid_until) for one in found]


@pytest.mark.capability("LVL-01")
@pytest.mark.capability("LVL-04")
def test_a_sale_that_is_enough_brings_the_tier_for_the_next_one(world):
    put(world)
    buy(world, 1)
    [change] = evaluated(world).changes
    assert (change.from_tier, change.to_tier) == ("", "member")
    assert status(world).missing == TierFigures(spend_minor=10_000)
    buy(world, 1)
    assert world.ask(get_member, GetMember(MEMBER)).tier == "member"
    [change] = evaluated(world).changes
    assert change == TierChange(change.member_number, "member", "silver")
    assert world.ask(get_member, GetMember(MEMBER)).tier == "silver"
    found = status(world)
    assert (found.tier, found.valid_until, found.next_tier) == ("silver", "2027-03-02", "gold")
    assert (found.done.spend_minor, found.done.visits, found.missing) == (20_000, 2, TierFigures(spend_minor=30_000))
    assert history(world) == [
        (2, "member", "silver", TierCause.SALE, "2027-03-02"),
        (1, "", "member", TierCause.SALE, ""),
    ]
    topics = world.rows("SELECT topic, count(*) FROM outbox WHERE topic = 'TierChanged' GROUP BY topic")
    assert topics == [("TierChanged", 2)]
    # Again, it changes nothing.
    assert evaluated(world).changes == []
    assert world.count("tier_entries") == 2


@pytest.mark.capability("LVL-02")
def test_visits_and_points_count_and_spending_points_takes_no_tier(world):
    """DivanteLtd/open-loyalty#131: a level of the balance falls when points are spent."""
    by_visits = replace(SILVER, spend_minor=0, visits=2)
    by_points = replace(GOLD, spend_minor=0, points=1_000)
    put(world, replace(PROGRAMME, tiers=(by_visits, by_points)))
    buy(world, 10)
    assert world.points() == 1_000
    # Points pay half of it.
    world.sell(Till().line("MUG", 2).member().points(1_000).card(9_000).command)
    assert world.points() == 90
    [change] = evaluated(world).changes
    assert change.to_tier == "gold"
    assert status(world).done == TierFigures(spend_minor=110_000, visits=2, points=1_090, score=2)


@pytest.mark.capability("LVL-03")
def test_the_score_counts_visits_and_check_ins(world):
    put(world, replace(PROGRAMME, tiers=(EVERYBODY, replace(SILVER, spend_minor=0, score=11)), check_in_score=10))
    buy(world, 1)
    assert evaluated(world).changes[0].to_tier == "member"
    starts_at = world.clock.now + timedelta(hours=1)
    tasting = ExperienceEvent("TASTE", "Tasting", "品茶", "S1", starts_at, starts_at + timedelta(hours=2), seats=5)
    world.do(put_event, PutEvent(tasting))
    world.do(book_seat, BookSeat("TASTE", MEMBER))
    assert status(world).done.score == 1
    world.do(check_in, CheckIn("TASTE", MEMBER))
    assert status(world).done.score == 11
    assert evaluated(world).changes[0].to_tier == "silver"


@pytest.mark.capability("LVL-05")
def test_a_refund_counts_down_and_takes_the_tier_at_the_review_only(world):
    put(world)
    sold = buy(world, 5)
    assert evaluated(world).changes[0].to_tier == "gold"
    world.clock.advance(days=3)
    world.refund(RefundSale(sold.sale_id, "Wrong size", (ReturnRequest(1, 4_000, amount_only=False),)))
    assert status(world).done.spend_minor == 10_000
    assert evaluated(world).changes == []
    # Valid for a hundred days, and thirty of grace.
    world.clock.advance(days=126)
    assert review(world) == (0, 0, [])
    world.clock.advance(days=1)
    assert review(world) == (0, 1, [("gold", "silver")])
    assert review(world) == (0, 0, [])
    assert history(world)[0] == (2, "gold", "silver", TierCause.REVIEW, "2027-06-10")


def test_a_refund_counts_on_the_day_of_its_sale(world):
    """What is bought again is not made less by goods that come back from before the window."""
    put(world)
    old = buy(world, 5)
    world.clock.advance(days=100)
    buy(world, 2)
    world.refund(RefundSale(old.sale_id, "Late", (ReturnRequest(1, 5_000, amount_only=False),)))
    assert status(world).done == TierFigures(20_000, 1, 200, 1)


@pytest.mark.capability("LVL-05")
def test_who_has_done_enough_in_the_days_of_grace_keeps_the_tier(world):
    put(world)
    buy(world, 5)
    evaluated(world)
    world.clock.advance(days=129)
    buy(world, 5)
    world.clock.advance(days=1)
    assert review(world) == (0, 1, [])
    assert history(world)[0] == (2, "gold", "gold", TierCause.REVIEW, "2027-06-10")


@pytest.mark.parametrize(
    ("downgrade", "steps"), [(Downgrade.ONE_STEP, ["silver", "member"]), (Downgrade.TO_FIT, ["member"])]
)
def test_a_review_takes_down_by_one_step_or_to_fit_however_late_it_is_run(world, downgrade, steps):
    put(world, replace(PROGRAMME, downgrade=downgrade))
    buy(world, 5)
    evaluated(world)
    world.clock.advance(days=300)
    _, reviewed, changes = review(world)
    assert [to_tier for _, to_tier in changes] == steps
    assert reviewed == len(steps)
    assert status(world).tier == "member"
    assert status(world).valid_until == ""


def test_a_review_as_of_a_day_decides_what_was_due_then(world):
    put(world)
    buy(world, 5)
    evaluated(world)
    world.clock.advance(days=300)
    assert review(world, on="2027-03-31") == (0, 0, [])
    assert review(world, on="2027-04-01") == (0, 1, [("gold", "silver")])
    with pytest.raises(ReviewInFuture) as refused:
        review(world, on="2030-01-01")
    assert refused.value.field == "on"


def test_sales_upgrade_as_of_a_day(world):
    put(world)
    buy(world, 5)
    world.clock.advance(days=150)
    assert evaluated(world).members == 0, "nobody has bought within the last seven days"
    late = world.do(evaluate_tiers, EvaluateTiers("2026-01-01"))
    assert [(one.from_tier, one.to_tier) for one in late.changes] == [("", "member")], "100 days have passed by"
    then = world.do(evaluate_tiers, EvaluateTiers("2026-01-01", on="2026-12-01"))
    assert [(one.from_tier, one.to_tier) for one in then.changes] == [("member", "gold")]
    with pytest.raises(ReviewInFuture) as refused:
        world.do(evaluate_tiers, EvaluateTiers(on="2030-01-01"))
    assert refused.value.field == "on"


def test_a_tier_given_at_registration_begins_its_first_period_with_the_review(world):
    put(world)
    world.do(register_member, RegisterMember(card="C2", tier="gold"))
    world.do(register_member, RegisterMember(card="C3", tier="staff"))
    assert history(world, "C2") == [(1, "", "gold", TierCause.REGISTRATION, "")]
    assert review(world) == (1, 0, [])
    assert history(world, "C2")[0] == (2, "gold", "gold", TierCause.STARTED, "2027-03-02")
    # A tier that the programme does not have stays.
    buy(world, 5, "C3")
    evaluated(world)
    world.clock.advance(days=400)
    review(world)
    assert (status(world, "C2").tier, status(world, "C3").tier) == ("member", "staff")


def test_a_calendar_year_counts_from_its_first_day(world):
    put(world, replace(PROGRAMME, window=TierWindow.CALENDAR_YEAR))
    buy(world, 2)
    evaluated(world)
    assert status(world).valid_until == "2028-01-01"
    world.clock.advance(days=40)
    found = status(world)
    assert (found.from_date, found.until_date, found.done) == ("2027-01-01", "2027-01-02", TierFigures())


def test_a_tier_is_changed_by_hand_with_a_reason(world):
    put(world)
    done = world.do(change_tier, ChangeTier(MEMBER, "gold", " Guest of honour ", "2027-01-01"))
    assert (done.from_tier, done.to_tier, done.valid_until) == ("", "gold", "2027-01-01")
    [entry] = world.ask(get_tier_history, GetTierHistory(MEMBER)).entries
    assert (entry.cause, entry.reason, entry.programme_version) == (TierCause.MANUAL, "Guest of honour", 1)
    # Not enough is bought, but only a review takes it.
    buy(world, 1)
    assert evaluated(world).changes == []
    assert world.do(change_tier, ChangeTier(MEMBER, "", "Left")).to_tier == ""
    assert status(world).tier == ""


WRONG_CHANGES = (
    (ChangeTier("404", "gold", "x"), UnknownMember, "member_key"),
    (ChangeTier(" ", "gold", "x"), Missing, "member_key"),
    (ChangeTier(MEMBER, "golden", "x"), UnknownTier, "tier"),
    (ChangeTier(MEMBER, "gold", " "), Missing, "reason"),
    (ChangeTier(MEMBER, "gold", "x", "2026-11-22"), EndsBeforeTomorrow, "valid_until"),
    (ChangeTier(MEMBER, "gold", "x", "tomorrow"), InvalidDate, "valid_until"),
    (ChangeTier(MEMBER, "", "x", "2027-01-01"), NothingEnds, "valid_until"),
    (ChangeTier(MEMBER, "", "x"), TierUnchanged, "tier"),
)


def test_a_wrong_change_is_refused_and_nothing_is_written(world):
    put(world)
    for command, refusal, field in WRONG_CHANGES:
        with pytest.raises(refusal) as refused:
            world.do(change_tier, command)
        assert refused.value.field == field
    assert world.count("tier_entries") == 0


def test_a_programme_has_versions_and_the_same_again_makes_none(world):
    with pytest.raises(NoTierProgramme):
        world.ask(get_tier_programme, GetTierProgramme())
    assert put(world) == TierProgrammePut(1, changed=True)
    assert put(world) == TierProgrammePut(1, changed=False)
    higher = replace(PROGRAMME, tiers=(EVERYBODY, replace(SILVER, spend_minor=30_000)))
    assert put(world, higher) == TierProgrammePut(2, changed=True)
    found = world.ask(get_tier_programme, GetTierProgramme())
    assert (found.version, found.programme, found.put_at) == (2, higher, world.clock.now)
    with pytest.raises(TiersOutsideScope):
        put(world, PROGRAMME, caller=world.terminal("T1", "tiers.manage"))
    assert world.count("tier_programmes") == 2


WRONG_PROGRAMMES = (
    ({"currency": "yuan"}, UnknownCurrency, "currency"),
    ({"tiers": ()}, Missing, "tiers"),
    ({"tiers": (SILVER, SILVER)}, NamedTwice, "tiers[1].code"),
    ({"tiers": (SILVER, EVERYBODY)}, CriteriaMissing, "tiers[1]"),
    ({"tiers": (GOLD, SILVER)}, CriterionFalls, "tiers[1].spend_minor"),
    ({"tiers": (replace(SILVER, visits=-1),)}, OutOfRange, "tiers[0].visits"),
    ({"tiers": (replace(SILVER, name_zh=""),)}, Missing, "tiers[0].name_zh"),
    ({"tiers": (replace(SILVER, score=1),), "visit_score": 0}, NothingScores, "visit_score"),
    ({"window_days": 0}, OutOfRange, "window_days"),
    ({"review_days": 0}, OutOfRange, "review_days"),
    ({"grace_days": -1}, OutOfRange, "grace_days"),
)


def test_a_wrong_programme_is_refused_with_the_field(world):
    for change, refusal, field in WRONG_PROGRAMMES:
        with pytest.raises(refusal) as refused:
            put(world, replace(PROGRAMME, **change))
        assert refused.value.field == f"programme.{field}"
    assert world.count("tier_programmes") == 0


def test_costs_as_many_statements_for_many_members_as_for_one(world):
    put(world)

    def statements(use_case, command):
        made = []

        def count(*call):
            made.append(call[2])

        event.listen(world.engine, "before_cursor_execute", count)
        world.do(use_case, command)
        event.remove(world.engine, "before_cursor_execute", count)
        return len([one for one in made if "id_blocks" not in one])

    buy(world, 5)
    assert statements(evaluate_tiers, EvaluateTiers()) == 6
    for number in range(4):
        world.do(register_member, RegisterMember(card=f"M{number}"))
        buy(world, 5, f"M{number}")
    assert statements(evaluate_tiers, EvaluateTiers()) == 6
    assert world.rows("SELECT count(*) FROM members WHERE tier = 'gold'") == [(5,)]
    world.clock.advance(days=130)
    assert statements(review_tiers, ReviewTiers()) == 8
    assert world.rows("SELECT count(*) FROM members WHERE tier = 'silver'") == [(5,)]


def test_a_history_that_does_not_lead_to_the_tier_is_found(world):
    put(world)
    buy(world, 5)
    evaluated(world)
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE members SET tier = 'silver'")
    [found] = world.broken()
    assert found.endswith("tier and end as in the last entry 0, expected 1")
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE members SET tier = 'gold'")
        connection.exec_driver_sql("UPDATE tier_entries SET from_tier = 'silver'")
    [found] = world.broken()
    assert found.endswith("number=1: from the tier before 0, expected 1")
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE tier_entries SET from_tier = ''")


def test_evaluation_walks_the_sales_page_by_page(world, monkeypatch):
    monkeypatch.setattr("application.membership.evaluate_tiers.SALES_AT_ONCE", 2)
    put(world)
    for number in range(3):
        world.do(register_member, RegisterMember(card=f"M{number}"))
        buy(world, 2, f"M{number}")
    pages, token = [], ""
    while True:
        done = world.do(evaluate_tiers, EvaluateTiers(page_token=token))
        pages.append(len(done.changes))
        token = done.next_page_token
        if not token:
            break
    assert pages == [2, 1]
