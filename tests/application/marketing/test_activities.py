"""Activities that earn points: what counts once, how often, out of which budget and in whose books."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.loyalty.queries import GetPointsStatement, get_points_statement
from application.marketing.put_activity import ListActivities, PutActivity, list_activities, put_activity
from application.marketing.record_activity import ActivityRecorded, RecordActivity, record_activity
from application.membership.register_member import RegisterMember, register_member
from application.membership.update_member import UpdateMember, update_member
from domain.identity.organisation import SYSTEM, Caller
from domain.marketing.activity import Activity, ActivityKind, is_new
from domain.shared.errors import Refusal
from tests.world import MEMBER, OPENING, World

TABLES = ("points_entries", "points_lots", "activity_records", "journal_entries", "outbox")
CHECK_IN = Activity("TASTING", "Tea tasting", "品茶会", ActivityKind.EVENT, 50)
SHARE = Activity("SHARE", "Shared with a friend", "好友分享", ActivityKind.SHARE, 20, new_member_days=1)


def put(world: World, activity: Activity, caller: Caller = SYSTEM, **terms: Any) -> bool:
    return bool(world.do(put_activity, PutActivity(replace(activity, **terms)), caller).created)


def record(world: World, code: str, reference: str = "", brought: str = "", **more: Any) -> ActivityRecorded:
    command = RecordActivity(code, more.pop("member", MEMBER), reference, brought, **more)
    result: ActivityRecorded = world.once(record_activity, command, world.s1)
    return result


def refused(world: World, use_case: Any, command: Any, caller: Caller | None = None) -> tuple[str, str]:
    """The reason and the field of a refusal that has written nothing."""
    before = {table: world.count(table) for table in TABLES}
    with pytest.raises(Refusal) as raised:
        world.once(use_case, command, caller or world.s1)
    assert raised.value.message("zh") != raised.value.message("en")
    assert {table: world.count(table) for table in TABLES} == before
    return raised.value.reason, raised.value.field


def newcomers(world: World, count: int) -> list[str]:
    phones = [f"1390000{number:04d}" for number in range(count)]
    for phone in phones:
        world.do(register_member, RegisterMember(phone=phone, source="link"))
    return phones


@pytest.mark.capability("PTS-02")
def test_a_check_in_at_an_event_gives_fifty_points_once(world: World):
    assert put(world, CHECK_IN)
    done = record(world, "TASTING", "E1")
    assert (done.points, done.points_balance, world.points()) == (50, 50, 50)
    again = RecordActivity("TASTING", MEMBER, "E1")
    assert refused(world, record_activity, again) == ("RECORDED_BEFORE", "member_key")
    assert refused(world, record_activity, replace(again, reference="")) == ("MISSING", "reference")
    assert record(world, "TASTING", "E2").points_balance == 100
    ledger = world.ledger()
    assert (ledger["660101"], ledger["220501"]) == (100, -100)
    statement = world.ask(get_points_statement, GetPointsStatement(MEMBER))
    assert [(one.points, one.reason, one.name_en, one.name_zh, one.expires_on) for one in statement.entries] == [
        (50, "awarded", "Tea tasting", "品茶会", "2028-01-01")
    ] * 2


@pytest.mark.capability("PTS-03")
def test_of_links_that_new_members_open_the_sixth_of_a_day_is_refused(world: World):
    put(world, SHARE, times_per_day_max=5)
    friends = newcomers(world, 6)
    left = [record(world, "SHARE", "link-1", friend).left_today for friend in friends[:5]]
    assert (left, world.points()) == ([4, 3, 2, 1, 0], 100)
    sixth = RecordActivity("SHARE", MEMBER, "link-1", friends[5])
    assert refused(world, record_activity, sixth) == ("TIMES_PER_DAY_REACHED", "activity_code")
    assert refused(world, record_activity, replace(sixth, new_member_key=friends[0])) == (
        "RECORDED_BEFORE",
        "new_member_key",
    )
    world.clock.now = OPENING + timedelta(days=1)
    assert refused(world, record_activity, sixth) == ("NOT_NEW", "new_member_key")
    put(world, SHARE, times_per_day_max=5, new_member_days=2)
    assert record(world, "SHARE", "link-1", friends[5]).points_balance == 120


@pytest.mark.capability("PTS-02")
def test_who_brings_a_new_member_and_who_is_brought_both_get_points_once(world: World):
    put(world, Activity("FRIEND", "Friend", "推荐", ActivityKind.REFERRAL, 200, 80, new_member_days=7, times_max=1))
    first, second = newcomers(world, 2)
    done = record(world, "FRIEND", brought=first)
    assert (done.points, done.new_member_points, done.points_balance, done.left_in_all) == (200, 80, 200, 0)
    assert world.points() == 280
    assert world.rows("SELECT points, value_minor FROM points_lots ORDER BY points") == [(80, 80), (200, 200)]
    bad = RecordActivity("FRIEND", MEMBER, new_member_key=second)
    assert refused(world, record_activity, bad) == ("TIMES_REACHED", "activity_code")
    assert refused(world, record_activity, replace(bad, member_key=second, new_member_key=first)) == (
        "RECORDED_BEFORE",
        "new_member_key",
    )
    assert refused(world, record_activity, replace(bad, new_member_key=MEMBER)) == (
        "BROUGHT_THEMSELVES",
        "new_member_key",
    )
    assert refused(world, record_activity, replace(bad, reference="x")) == ("NO_REFERENCE", "reference")


@pytest.mark.capability("PTS-02")
def test_a_birthday_counts_on_the_day_and_once_a_year(world: World):
    put(world, Activity("BIRTHDAY", "Birthday", "生日", ActivityKind.BIRTHDAY, 88))
    bad = RecordActivity("BIRTHDAY", MEMBER)
    assert refused(world, record_activity, bad) == ("NOT_THE_BIRTHDAY", "member_key")
    world.do(update_member, UpdateMember(MEMBER, ("birthday",), birthday="1990-11-22"))
    assert record(world, "BIRTHDAY").points == 88
    assert refused(world, record_activity, bad) == ("RECORDED_BEFORE", "member_key")
    world.clock.now = OPENING + timedelta(days=1)
    assert refused(world, record_activity, bad) == ("NOT_THE_BIRTHDAY", "member_key")
    world.clock.now = OPENING + timedelta(days=365)
    assert record(world, "BIRTHDAY").points == 88


def test_a_profile_counts_once_it_is_complete(world: World):
    put(world, Activity("PROFILE", "Profile", "完善资料", ActivityKind.PROFILE, 30))
    bad = RecordActivity("PROFILE", MEMBER)
    assert refused(world, record_activity, bad) == ("PROFILE_INCOMPLETE", "member_key")
    world.do(
        update_member, UpdateMember(MEMBER, ("birthday", "email"), birthday="1990-01-01", email="wang@example.com")
    )
    assert record(world, "PROFILE").points == 30
    assert refused(world, record_activity, bad) == ("RECORDED_BEFORE", "member_key")


def test_a_budget_is_never_overdrawn_and_never_put_below_what_was_given(world: World):
    put(world, CHECK_IN, points_budget=120)
    record(world, "TASTING", "E1")
    record(world, "TASTING", "E2")
    third = RecordActivity("TASTING", MEMBER, "E3")
    assert refused(world, record_activity, third) == ("BUDGET_USED_UP", "activity_code")
    less = PutActivity(replace(CHECK_IN, points_budget=99))
    assert refused(world, put_activity, less, SYSTEM) == ("BUDGET_GIVEN", "activity.points_budget")
    assert not put(world, CHECK_IN, points_budget=150)
    assert record(world, "TASTING", "E3").points_balance == 150
    assert list(world.ask(list_activities, ListActivities()).activities) == [
        replace(CHECK_IN, points_budget=150, given_points=150)
    ]


def test_the_books_of_its_own_store_carry_an_activity_wherever_it_is_recorded(world: World):
    put(world, CHECK_IN, store_code="S2")
    record(world, "TASTING", "E1")
    [(booked,)] = world.rows(
        "SELECT s.code FROM points_entries e JOIN stores s ON s.store_id = e.store_id WHERE e.reason = 'awarded'"
    )
    assert booked == "S2"
    assert list(world.ask(list_activities, ListActivities(), world.s1).activities) == []


def test_an_activity_counts_in_its_period_only(world: World):
    put(world, CHECK_IN, from_date="2026-11-23", to_date="2026-11-24")
    command = RecordActivity("TASTING", MEMBER, "E1")
    assert refused(world, record_activity, command) == ("ACTIVITY_NOT_OPEN", "activity_code")
    world.clock.now = OPENING + timedelta(days=2)
    assert record(world, "TASTING", "E1").points == 50
    world.clock.now = OPENING + timedelta(days=3)
    assert refused(world, record_activity, command) == ("ACTIVITY_NOT_OPEN", "activity_code")


@pytest.mark.parametrize(
    ("terms", "reason", "field"),
    [
        ({"code": ""}, "MISSING", "code"),
        ({"points": 0}, "OUT_OF_RANGE", "points"),
        ({"new_member_points": 5}, "NOBODY_IS_BROUGHT", "new_member_points"),
        ({"kind": ActivityKind.SHARE}, "MISSING", "new_member_days"),
        ({"times_per_day_max": 3, "times_max": 2}, "DAY_ABOVE_ALL", "times_per_day_max"),
        ({"from_date": "2026-11-24", "to_date": "2026-11-23"}, "EMPTY_PERIOD", "to_date"),
        ({"given_points": 1}, "GIVEN_IS_COUNTED", "given_points"),
        ({"store_code": "S9"}, "UNKNOWN_STORE", "store_code"),
    ],
)
def test_terms_that_are_wrong_are_refused_by_their_field(world: World, terms: dict[str, Any], reason: str, field: str):
    command = PutActivity(replace(CHECK_IN, **terms))
    assert refused(world, put_activity, command, SYSTEM) == (reason, f"activity.{field}")


def test_who_sees_one_store_puts_activities_of_that_store_only(world: World):
    own = PutActivity(replace(CHECK_IN, store_code="S1"))
    assert refused(world, put_activity, PutActivity(CHECK_IN), world.s1) == ("WHOLE_CHAIN_ONLY", "activity.store_code")
    assert world.do(put_activity, own, world.s1).created
    put(world, CHECK_IN)
    assert refused(world, put_activity, own, world.s1) == ("UNKNOWN_ACTIVITY", "activity.code")
    other_kind = PutActivity(replace(CHECK_IN, kind=ActivityKind.PROFILE))
    assert refused(world, put_activity, other_kind, SYSTEM) == ("KIND_STAYS", "activity.kind")


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 366), st.integers(-400, 400))
def test_somebody_is_new_for_so_many_days(registered_on: date, days: int, after: int):
    assert is_new(registered_on=registered_on, on=registered_on + timedelta(after), days=days) == (0 <= after < days)


def test_six_tills_at_once_give_no_more_than_the_budget_and_nothing_twice(world: World):
    put(world, CHECK_IN, points_budget=150)
    members = newcomers(world, 3)

    def attempt(member: str) -> str:
        try:
            return str(record(world, "TASTING", "E1", member=member).points)
        except Refusal as refusal:
            return refusal.reason

    with ThreadPoolExecutor(6) as tills:
        outcomes = sorted(tills.map(attempt, [MEMBER, MEMBER, MEMBER, *members]))
    # Three of the four members; who was first of the tills of one member is counted once.
    assert outcomes.count("50") == 3
    assert set(outcomes) <= {"50", "BUDGET_USED_UP", "RECORDED_BEFORE"}
    assert (world.points(), world.count("activity_records")) == (150, 3)
    assert world.rows("SELECT count(DISTINCT member_id) FROM activity_records") == [(3,)]
