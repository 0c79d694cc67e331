"""Next purchases through the real use case, over three months of members with habits."""

from threading import Thread

import pytest
from sqlalchemy import text

from application.check import INVARIANTS, examine
from application.forecasting.forecast_purchases import ForecastPurchases, PurchaseRunView, forecast_purchases
from application.forecasting.next_purchases import (
    ExpectedPurchase,
    ListMembersDue,
    ListNextPurchases,
    MembersDue,
    NextPurchasesOfMember,
    list_members_due,
    list_next_purchases,
)
from application.membership.consents import RecordConsent, record_consent
from application.membership.erase_member import EraseMember, erase_member
from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.sales.refund import VoidSale, void_sale
from domain.forecasting.purchase_run import PurchaseRunState
from domain.identity.organisation import SYSTEM
from domain.shared.errors import Refusal
from tests.application.forecasting.shoppers import PHONES, TODAY, shop
from tests.world import MEMBER, Till, World

EVERYBODY = ListMembersDue("FOOD", "2027-01-01", "2027-12-31")


@pytest.fixture
def shopped(world: World) -> World:
    shop(world)
    return world


def run(world: World, **asked: bool) -> PurchaseRunView:
    made = world.do(forecast_purchases, ForecastPurchases(**asked))
    while made.state is not PurchaseRunState.FINISHED:
        made = world.do(forecast_purchases, ForecastPurchases(when_due=True))
    return made


def of(world: World, key: str) -> dict[str, ExpectedPurchase]:
    found: NextPurchasesOfMember = world.ask(list_next_purchases, ListNextPurchases(key))
    return {one.department_code: one for one in found.purchases}


def due(world: World, query: ListMembersDue = EVERYBODY) -> list[tuple[str, str]]:
    """The days on which members are due, with their home stores."""
    found: MembersDue = world.ask(list_members_due, query)
    return [(one.purchase.next_on, one.store_code) for one in found.members]


def refused(world: World, use_case: object, command: object, **as_who: object) -> tuple[str, str]:
    with pytest.raises(Refusal) as caught:
        world.do(use_case, command, **as_who)
    return caught.value.reason, caught.value.field


@pytest.mark.capability("REP-08")
def test_tells_the_next_purchase_of_each_member_and_category(shopped: World) -> None:
    made = run(shopped)
    assert (made.state, made.as_of_on, made.members, made.purchases) == (
        PurchaseRunState.FINISHED,
        TODAY.isoformat(),
        5,
        7,
    )
    # Tea every tenth day, for the last time on 21 February: due on 3 March, in half of all cases a day around it.
    tea, mug = of(shopped, MEMBER)["FOOD"], of(shopped, MEMBER)["HOME"]
    assert tea == ExpectedPurchase(
        department_code="FOOD",
        last_on="2027-02-21",
        purchase_days=10,
        interval_days=10,
        next_on="2027-03-03",
        from_on="2027-03-02",
        until_on="2027-03-04",
        confidence_bp=9_973,
        told_on="2027-02-23",
    )
    # A mug was bought once, 72 days ago: as others buy goods of all kinds, and the later the less sure.
    assert (mug.purchase_days, mug.interval_days, mug.confidence_bp) == (1, 16, 1_185)
    assert (mug.next_on, mug.from_on, mug.until_on) == ("2027-03-13", "2027-03-02", "2027-04-04")
    # Who is due, the most urgent first: one of them is over time. The member of head office has no home store.
    assert due(shopped) == [
        ("2027-02-23", "S1"),
        ("2027-02-24", "S1"),
        ("2027-02-26", "S1"),
        ("2027-03-03", ""),
        ("2027-03-05", "S2"),
    ]
    assert shopped.broken() == []


def test_who_is_due_is_listed_by_day_page_by_page_within_the_scope(shopped: World) -> None:
    run(shopped)
    every = shopped.ask(list_members_due, EVERYBODY)
    first = shopped.ask(list_members_due, ListMembersDue("FOOD", "2027-01-01", "2027-12-31", page_size=3))
    rest = ListMembersDue("FOOD", "2027-01-01", "2027-12-31", page_size=3, page_token=first.next_page_token)
    assert [*first.members, *shopped.ask(list_members_due, rest).members] == [*every.members]
    assert (len(first.members), len(every.members)) == (3, 5)
    # By default the week that begins today.
    assert [on for on, _ in due(shopped, ListMembersDue("FOOD"))] == ["2027-02-23", "2027-02-24", "2027-02-26"]
    assert due(shopped, ListMembersDue("FOOD", "9999-12-31")) == []
    second = shopped.terminal("T2", "forecasts.members")
    seen = shopped.ask(list_members_due, EVERYBODY, second)
    assert [one.store_code for one in seen.members] == ["S2"]
    assert due(shopped, ListMembersDue("FOOD", "2027-01-01", "2027-12-31", "S2")) == [
        (seen.members[0].purchase.next_on, "S2")
    ]
    assert refused(shopped, list_next_purchases, ListNextPurchases(PHONES[0]), caller=second) == (
        "MEMBER_OF_OTHER_STORE",
        "member_key",
    )
    assert len(shopped.ask(list_next_purchases, ListNextPurchases(PHONES[3]), second).purchases) == 1


def test_whoever_refuses_profiling_or_all_marketing_is_left_out(shopped: World) -> None:
    run(shopped)
    before = due(shopped)
    shopped.do(record_consent, RecordConsent(PHONES[0], "profiling"))
    shopped.do(record_consent, RecordConsent(PHONES[1], "marketing_sms"))
    shopped.do(record_consent, RecordConsent(PHONES[2], "marketing_sms"))
    shopped.do(record_consent, RecordConsent(PHONES[2], "marketing_app", given=True, text_version=1))
    found = shopped.ask(list_members_due, EVERYBODY)
    # At once, before the next run: the one who refused profiling and the one who refused marketing are gone.
    assert (len(before), len(found.members)) == (5, 3)
    assert sorted(one.may_contact_for for one in found.members) == [[], [], ["marketing_app"]]
    told = shopped.ask(list_next_purchases, ListNextPurchases(PHONES[0]))
    assert (told.refused, list(told.purchases)) == (True, [])
    # Without advertising the member may still be told by who serves them.
    assert list(of(shopped, PHONES[1])) == ["FOOD"]
    made = run(shopped)
    assert (made.members, made.purchases, shopped.count("next_purchases")) == (4, 5, 5)
    assert shopped.broken() == []


def test_voided_sales_free_goods_and_what_is_older_than_a_year_are_no_purchases(shopped: World) -> None:
    sale = shopped.sell(Till().line("MUG").member(PHONES[1]).cash(20_000).command)
    shopped.once(void_sale, VoidSale(sale.sale_id, "Mistake"), shopped.s1)
    run(shopped)
    assert list(of(shopped, PHONES[1])) == ["FOOD"]
    assert of(shopped, MEMBER)["FOOD"].purchase_days == 10
    # 52 weeks on, seven of the ten days are over the edge; whoever bought nothing since is forgotten.
    shopped.clock.advance(days=334)
    assert run(shopped, when_due=True).purchases == 3
    assert of(shopped, MEMBER)["FOOD"].purchase_days == 3
    assert shopped.count("next_purchases") == 3
    assert shopped.broken() == []


def test_a_run_goes_batch_by_batch_and_is_carried_on(shopped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(shopped)
    expected = sorted(shopped.rows("SELECT * FROM next_purchases"))
    monkeypatch.setattr("application.forecasting.forecast_purchases.MEMBERS_AT_ONCE", 2)
    states = [shopped.do(forecast_purchases, ForecastPurchases()) for _ in range(1)]
    states += [shopped.do(forecast_purchases, ForecastPurchases(when_due=True)) for _ in range(6)]
    assert [(one.state, one.members) for one in states] == [
        (PurchaseRunState.LEARNING, 2),
        (PurchaseRunState.LEARNING, 4),
        (PurchaseRunState.TELLING, 0),
        (PurchaseRunState.TELLING, 2),
        (PurchaseRunState.TELLING, 4),
        (PurchaseRunState.FINISHED, 5),
        (PurchaseRunState.FINISHED, 5),
    ]
    assert (states[-1].purchases, len({one.run_id for one in states})) == (whole.purchases, 1)
    # In batches or at once, it comes to the same; and nothing is left of the run before.
    assert sorted(shopped.rows("SELECT * FROM next_purchases")) == expected
    assert (shopped.count("purchase_runs"), shopped.count("purchase_rhythms")) == (1, 2)


def test_the_weekly_job_tells_once_a_week_and_begins_anew_what_was_left(
    shopped: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(shopped, when_due=True)
    assert run(shopped, when_due=True).run_id == first.run_id
    assert run(shopped).run_id != first.run_id
    monkeypatch.setattr("application.forecasting.forecast_purchases.MEMBERS_AT_ONCE", 2)
    left = shopped.do(forecast_purchases, ForecastPurchases())
    shopped.clock.advance(days=6)
    anew = shopped.do(forecast_purchases, ForecastPurchases(when_due=True))
    assert (anew.run_id != left.run_id, anew.as_of_on, anew.members) == (True, "2027-03-01", 2)


def test_two_at_once_go_through_one_run_together(shopped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run(shopped)
    expected = sorted(shopped.rows("SELECT * FROM next_purchases"))
    monkeypatch.setattr("application.forecasting.forecast_purchases.MEMBERS_AT_ONCE", 1)
    shopped.do(forecast_purchases, ForecastPurchases())
    made: list[PurchaseRunView] = []
    threads = [
        Thread(target=lambda: made.append(shopped.do(forecast_purchases, ForecastPurchases(when_due=True))))
        for _ in range(9)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    order = sorted((one.state != "learning", one.state == "finished", one.members) for one in made)
    assert [members for *_, members in order] == [2, 3, 4, 0, 1, 2, 3, 4, 5]
    assert sorted(shopped.rows("SELECT * FROM next_purchases")) == expected


def test_what_is_expected_goes_with_a_merge_and_with_an_erasure(shopped: World) -> None:
    run(shopped)
    brought = of(shopped, PHONES[0])
    own = of(shopped, MEMBER)
    merged = shopped.once(merge_members, MergeMembers(MEMBER, PHONES[0], "One person", "S1"), SYSTEM)
    # What was bought last decides: tea on 21 February and not on 4 January, a mug on 4 January and not on 13 December.
    assert of(shopped, MEMBER) == {"FOOD": own["FOOD"], "HOME": brought["HOME"]}
    assert shopped.broken() == []
    # The next run tells from all that both bought.
    run(shopped)
    assert (of(shopped, MEMBER)["FOOD"].purchase_days, of(shopped, MEMBER)["HOME"].purchase_days) == (16, 3)
    shopped.once(undo_member_merge, UndoMemberMerge(merged.merge_id, "Two people"), SYSTEM)
    assert (of(shopped, MEMBER), of(shopped, PHONES[0])) == ({}, {})
    run(shopped)
    assert (of(shopped, MEMBER), of(shopped, PHONES[0])) == (own, brought)
    shopped.once(erase_member, EraseMember(MEMBER, "Asked for it", give_up=True), SYSTEM)
    assert shopped.count("next_purchases") == 5
    assert run(shopped).members == 4
    assert shopped.broken() == []


def test_refuses_what_cannot_be_told(world: World) -> None:
    assert refused(world, list_members_due, ListMembersDue("FOOD")) == ("NOTHING_TOLD", "")
    assert refused(world, list_next_purchases, ListNextPurchases(MEMBER)) == ("NOTHING_TOLD", "")
    terminal = world.terminal("T1", "forecasts.run", "forecasts.members")
    assert refused(world, forecast_purchases, ForecastPurchases(), caller=terminal) == ("WHOLE_CHAIN_ONLY", "")
    assert world.count("purchase_runs") == 0
    # Nobody has bought anything: a run tells nothing, and says so.
    assert (run(world).members, run(world).purchases) == (1, 0)
    for query, reason, field in (
        (ListMembersDue("DRINKS"), "UNKNOWN_DEPARTMENT", "department_code"),
        (ListMembersDue(""), "MISSING", "department_code"),
        (ListMembersDue("FOOD", "2027-13-01"), "INVALID_DATE", "from_date"),
        (ListMembersDue("FOOD", "2027-02-02", "2027-02-01"), "LAST_BEFORE_FIRST", "to_date"),
        (ListMembersDue("FOOD", store_code="S9"), "UNKNOWN_STORE", "store_code"),
        (ListMembersDue("FOOD", page_size=501), "INVALID_PAGE_SIZE", "page_size"),
        (ListMembersDue("FOOD", page_token="x"), "INVALID_PAGE_TOKEN", "page_token"),
    ):
        assert refused(world, list_members_due, query) == (reason, field)
    assert refused(world, list_next_purchases, ListNextPurchases("nobody")) == ("UNKNOWN_MEMBER", "member_key")
    assert refused(world, list_next_purchases, ListNextPurchases("")) == ("MISSING", "member_key")
    # Who was registered at head office is nobody's but the chain's.
    assert refused(world, list_next_purchases, ListNextPurchases(MEMBER), caller=terminal)[0] == "MEMBER_OF_OTHER_STORE"


def test_the_check_finds_what_was_tampered_with(shopped: World) -> None:
    run(shopped)
    [invariant] = [one for one in INVARIANTS if one.id == "REP-purchases"]
    for tampering in (
        "UPDATE next_purchases SET next_on = from_on, from_on = until_on, until_on = next_on WHERE purchase_days = 10",
        "UPDATE next_purchases SET member_id = 1 WHERE purchase_days = 10",
    ):
        with shopped.units.begin(caller=SYSTEM, now=shopped.clock()) as uow:
            uow.execute(text(tampering))
            assert (tampering, examine(uow, invariant).violated) == (tampering, 1)
