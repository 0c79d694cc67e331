"""The life cycle of members: by what they bought and when, however often and late it is looked at, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from application.check import run_checks
from application.membership.lifecycle_queries import (
    CountMembersByLifecycle,
    ListLifecycleChanges,
    count_members_by_lifecycle,
    list_lifecycle_changes,
)
from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.move_lifecycles import LifecycleInFuture, MoveLifecycles, move_lifecycles
from application.membership.queries import GetMember, get_member
from application.membership.register_member import RegisterMember, register_member
from application.sales.refund import VoidSale, void_sale
from application.scope import WholeChainOnly
from domain.identity.organisation import SYSTEM
from tests.world import MEMBER, OPENING, Till

TODAY = date(2026, 11, 22)


def run(world, on=""):
    """Every batch of a run: what changed, as "from>to"."""
    changes = []
    while not (done := world.do(move_lifecycles, MoveLifecycles(on))).finished:
        changes += [f"{move.from_state}>{move.to_state}" for move in done.moves]
    return changes


def buy(world, member=MEMBER):
    return world.sell(Till().line("TEA").member(member).cash(10_000).command)


def shown(world, member=MEMBER):
    found = world.ask(get_member, GetMember(member))
    return found.lifecycle.value, found.lifecycle_since


def history(world, member=MEMBER):
    found = world.ask(list_lifecycle_changes, ListLifecycleChanges(member))
    return [(one.to_state.value, one.cause.value, one.since_date) for one in reversed(found.changes)]


def later(world, days):
    world.clock.now = OPENING + timedelta(days=days)
    return str(TODAY + timedelta(days=days))


@pytest.mark.capability("MEM-15")
def test_a_member_falls_dormant_after_90_days_and_is_active_by_a_purchase(world):
    assert shown(world) == ("new", "2026-11-22")
    assert run(world) == [">new"]
    buy(world)
    second = later(world, 5)
    buy(world)
    # Told at once, whenever the next run comes.
    assert shown(world) == ("active", second)
    assert run(world) == ["new>active"]
    later(world, 94)
    assert run(world) == []
    dormant = later(world, 95)
    assert shown(world) == ("dormant", dormant)
    assert run(world) == ["active>dormant"]
    assert run(world) == []
    lost = later(world, 370)
    assert run(world) == ["dormant>lost"]
    back = later(world, 400)
    buy(world)
    assert shown(world) == ("active", back)
    assert run(world) == ["lost>active"]
    assert history(world) == [
        ("new", "taken_in", "2026-11-22"),
        ("active", "purchase", second),
        ("dormant", "time", dormant),
        ("lost", "time", lost),
        ("active", "purchase", back),
    ]
    events = world.rows("SELECT payload FROM outbox WHERE topic = 'MemberLifecycleChanged' ORDER BY event_id")
    assert len(events) == 4


@pytest.mark.capability("MEM-15")
def test_a_first_purchase_makes_nobody_old_before_its_days_are_over(world):
    buy(world)
    assert run(world) == [">new"]
    # Nothing is noted for members who are active, one line for those who are not.
    old = later(world, 30)
    assert run(world) == ["new>active"]
    assert history(world)[-1] == ("active", "time", old)
    buy(world)
    assert world.count("lifecycle_notes") == 0


def test_a_member_who_first_buys_when_dormant_is_active(world):
    run(world)
    later(world, 100)
    assert run(world) == ["new>dormant"]
    buy(world)
    assert run(world) == ["dormant>active"]


def test_a_void_takes_the_purchase_back_and_a_refund_does_not(world):
    buy(world)
    later(world, 100)
    assert run(world) == [">dormant"]
    sale = buy(world)
    assert run(world) == ["dormant>active"]
    world.once(void_sale, VoidSale(sale.sale_id, "Mistake"), world.s1)
    assert shown(world)[0] == "dormant"
    assert run(world) == ["active>dormant"]
    assert history(world)[-1][1] == "correction"


def test_another_setting_decides_anew_about_everybody(world):
    run(world)
    later(world, 20)
    world.set("lifecycle_dormant_days", "10")
    assert run(world) == ["new>dormant"]
    assert shown(world) == ("dormant", "2026-12-02")
    assert history(world)[-1] == ("dormant", "correction", "2026-12-02")
    assert run(world) == []


def test_an_older_day_takes_nobody_back_and_a_later_one_is_not_decided(world):
    run(world)
    later(world, 100)
    assert run(world) == ["new>dormant"]
    assert run(world, "2026-12-01") == []
    with pytest.raises(LifecycleInFuture):
        run(world, "2027-06-01")
    with pytest.raises(WholeChainOnly):
        world.do(move_lifecycles, MoveLifecycles(), world.s1)


def test_what_merged_files_bought_counts_for_the_survivor(world):
    other = world.do(register_member, RegisterMember(card="OTHER"))
    buy(world, "OTHER")
    later(world, 80)
    buy(world, "OTHER")
    later(world, 100)
    assert sorted(run(world)) == [">active", ">dormant"]
    merge = world.once(merge_members, MergeMembers(MEMBER, "OTHER", "One person", "S1"), SYSTEM)
    assert shown(world)[0] == "active"
    assert run(world) == ["dormant>active"]
    world.once(undo_member_merge, UndoMemberMerge(merge.merge_id, "Two persons"), SYSTEM)
    assert run(world) == ["active>dormant"]
    assert shown(world, other.member_number)[0] == "active"


def test_a_merge_that_is_undone_before_the_next_run_leaves_both_to_it(world):
    world.do(register_member, RegisterMember(card="OTHER"))
    run(world)
    merge = world.once(merge_members, MergeMembers(MEMBER, "OTHER", "One person", "S1"), SYSTEM)
    world.once(undo_member_merge, UndoMemberMerge(merge.merge_id, "Two persons"), SYSTEM)
    assert world.broken() == []
    assert run(world) == []
    buy(world, "OTHER")
    assert world.count("lifecycle_notes") == 1


def test_members_are_counted_by_home_store_and_changes_by_day(world):
    world.do(register_member, RegisterMember(card="S1S"), world.s1)
    run(world)
    found = world.ask(count_members_by_lifecycle, CountMembersByLifecycle())
    states = {(one.store_code, one.state.value, one.members) for one in found.states}
    assert states == {("", "new", 1), ("S1", "new", 1)}
    dormant = later(world, 90)
    run(world)
    found = world.ask(count_members_by_lifecycle, CountMembersByLifecycle("", dormant, dormant), world.s1)
    [state], [change] = found.states, found.changes
    assert (state.store_code, state.state.value, state.members) == ("S1", "dormant", 1)
    assert (change.business_date, change.from_state.value, change.to_state.value, change.members) == (
        dormant, "new", "dormant", 1
    )  # fmt: skip
    assert world.ask(count_members_by_lifecycle, CountMembersByLifecycle(), world.s2).states == []


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE member_lifecycles SET state = 'lost'",
        "UPDATE lifecycle_entries SET from_state = 'active'",
        "DELETE FROM member_lifecycles",
    ],
)
@pytest.mark.parametrize("furnished_url", ["sqlite"], indirect=True)
def test_a_state_that_its_history_does_not_tell_is_found(world, tampering):
    run(world)
    with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
        uow.execute(text(tampering))
        assert {result.id for result in run_checks(uow) if result.violated} == {"MEM-lifecycle"}


ON_POSTGRESQL = pytest.mark.parametrize(
    "furnished_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


def beside_a_run(world, work):
    """What `work` comes to that has to wait for a run which is not committed yet."""
    with world.units.begin(caller=SYSTEM, now=world.clock()) as uow, ThreadPoolExecutor(1) as other:
        move_lifecycles(uow, MoveLifecycles())
        waiting = other.submit(work)
        while world.rows(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        ) == [(0,)]:
            assert not waiting.done()
        uow.commit()
        return waiting.result()


@ON_POSTGRESQL
def test_a_sale_that_waits_for_the_run_sees_what_it_decided(world):
    buy(world)
    later(world, 40)
    assert run(world) == [">active"]
    later(world, 90)
    beside_a_run(world, lambda: buy(world))
    assert shown(world)[0] == "active"
    assert run(world) == ["dormant>active"]


@ON_POSTGRESQL
def test_runs_side_by_side_write_a_change_once(world):
    second = beside_a_run(world, lambda: world.do(move_lifecycles, MoveLifecycles()))
    assert (second.members, second.moves) == (1, [])
    assert world.count("lifecycle_entries") == 1
    assert run(world) == []


@ON_POSTGRESQL
def test_a_run_makes_the_same_statements_however_many_members_it_looks_at(world):
    trips = []
    for members, day in ((1, 0), (9, 1)):
        later(world, day)
        for number in range(members):
            world.do(register_member, RegisterMember(card=f"C{day}{number}"))
        with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
            uow.refresh()
            before = uow.round_trips
            assert move_lifecycles(uow, MoveLifecycles()).members == members + (1 - day)
            trips.append(uow.round_trips - before)
            uow.commit()
    assert trips[0] == trips[1]


def direct(joined, bought, day):
    """The rule as the trade says it, day by day, from all purchases."""
    known = [one for one in bought if one <= day]
    idle = (day - max(known, default=joined)).days
    if idle >= 365:
        return "lost"
    if idle >= 90:
        return "dormant"
    if len(set(known)) > 1 or (known and (min(known) - joined).days >= 90):
        return "active"
    return "active" if known and (day - min(known)).days >= 30 else "new"


STEPS = st.lists(
    st.tuples(st.just("buy"), st.sampled_from([0, 0, 1, 29, 89, 150]))
    | st.tuples(st.just("wait"), st.sampled_from([1, 29, 30, 60, 90, 275]))
    | st.tuples(st.sampled_from(["run", "void"]), st.just(0)),
    min_size=3,
    max_size=9,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
@pytest.mark.parametrize("furnished_url", ["sqlite"], indirect=True)
def test_any_order_of_purchases_days_and_runs_comes_to_what_the_purchases_say(world, steps):
    world.set("points_earning", "no")
    joined = world.clock.now.date()
    card = str(uuid4())
    world.do(register_member, RegisterMember(card=card))
    bought, today = [], []
    for step, days in steps:
        now = world.clock.now
        if step == "wait":
            world.clock.advance(days=days)
            today = []
        elif step == "run":
            run(world)
        elif step == "void":
            if today:
                sale, on = today.pop()
                world.once(void_sale, VoidSale(sale.sale_id, "Mistake"), world.s1)
                bought.remove(on)
        else:
            # One of an earlier day comes late from a till without connection.
            sold_at = now - timedelta(days=days)
            sale = world.sell(Till().line("WRAP").member(card).cash(300).offline(sold_at).command)
            bought.append(sold_at.date())
            today += [] if days else [(sale, sold_at.date())]
        assert shown(world, card)[0] == direct(joined, bought, world.clock.now.date())
    run(world)
    assert history(world, card)[-1][0] == direct(joined, bought, world.clock.now.date())
