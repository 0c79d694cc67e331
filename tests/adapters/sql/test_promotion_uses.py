"""Uses of promotions, their counters and campaigns: created as zero, locked in order, moved by entries alone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Event

import pytest
from sqlalchemy import text

from adapters.sql.tables.pricing import promotion_counters, promotion_uses
from adapters.sql.tables.sales import sales
from adapters.sql.unit_of_work import SqlUnits
from application.ports.kernel import Contention
from application.ports.sales import SaleNeeds, UseNeed
from domain.membership.member import MemberKeyKind
from domain.pricing.limits import Campaign
from domain.pricing.promotion_use import UNBOUNDED, CounterKey, PromotionCounter, Subject
from tests.adapters.sql.conftest import count, reading, stored, writing
from tests.adapters.sql.samples import MEMBER, add_key, keys_of, put_counters, put_members, put_store, sale, use

TODAY = "2026-11-22"
TOTAL = CounterKey(Subject.PROMOTION, 0, "", "HALF")


def test_entries_move_the_counters_of_their_promotion_and_of_their_campaign(units: SqlUnits):
    entries = [use(1), use(2, discount_minor=50, members=0), use(3, member_id=0, members=0, campaign_code="")]
    put_counters(units, *entries)
    with writing(units) as uow:
        uow.add(*entries, use(4, -1, -330, members=-1, limits={}))
        uow.commit()
    assert [row[:7] for row in stored(units, promotion_counters)] == [
        ("campaign", 0, "", "六一", 1, 50, 0),
        ("promotion", 0, "", "HALF", 2, 380, 0),
        ("promotion", 0, TODAY, "HALF", 2, 380, 0),
        ("promotion", MEMBER, "", "HALF", 1, 50, 0),
        ("promotion", MEMBER, TODAY, "HALF", 1, 50, 0),
    ]


def test_counters_keep_the_limits_of_their_last_use(units: SqlUnits):
    limits = {
        "uses_max": 9, "discount_minor_total_max": 9_000, "uses_per_day_max": 8, "discount_minor_per_day_max": 8_000,
        "uses_per_member_max": 7, "discount_minor_per_member_max": 7_000, "uses_per_member_per_day_max": 6,
        "budget_minor": 5_000,
    }  # fmt: skip
    put_counters(units, use())
    for entry, bounds in (
        (
            use(1, limits=limits, beyond=False),
            [(UNBOUNDED, 5_000), (9, 9_000), (8, 8_000), (7, 7_000), (6, UNBOUNDED)],
        ),
        # What is given back is bounded by nothing new.
        (use(2, -1, -30, members=-1, limits={}, beyond=False), [(UNBOUNDED, 5_000), (9, 9_000)]),
        (use(3, limits=limits, beyond=True), [(UNBOUNDED, UNBOUNDED)] * 5),
        (use(4, limits={}, beyond=False), [(UNBOUNDED, UNBOUNDED)] * 5),
    ):
        with writing(units) as uow:
            uow.add(entry)
            uow.commit()
        assert [row[7:] for row in stored(units, promotion_counters)][: len(bounds)] == bounds


@pytest.mark.postgres
def test_a_use_of_what_others_have_taken_since_it_was_read_comes_to_nothing(postgres_units: SqlUnits):
    """Read without a lock at the first attempt, locked at the second."""
    needs = SaleNeeds(uses={UseNeed("HALF", "", "", TODAY)})
    one = {"member_id": 0, "members": 0, "campaign_code": "", "beyond": False, "limits": {"uses_max": 1}}
    with writing(postgres_units) as first:
        assert first.sales.load(needs).counters[TOTAL].uses == 0
        first.commit()
    with writing(postgres_units) as first, writing(postgres_units) as second:
        assert [uow.sales.load(needs).counters[TOTAL].uses for uow in (first, second)] == [0, 0]
        first.add(use(1, **one))
        second.add(use(2, **one), sale(2))
        first.commit()
        with pytest.raises(Contention):
            second.commit()
    assert (count(postgres_units, promotion_uses), count(postgres_units, sales)) == (1, 0)
    with writing(postgres_units) as third:
        third.requests.claim([], at=third.now)
        assert third.sales.load(needs).counters[TOTAL].uses == 1
        with pytest.raises(Contention), writing(postgres_units) as fourth:
            fourth.execute(text("SET LOCAL lock_timeout = '50ms'"))
            fourth.promotion_uses.lock([TOTAL])


def test_a_batch_makes_and_locks_counters_of_members_whatever_key_they_show(units: SqlUnits):
    put_members(units, 90, 91)
    with writing(units) as uow:
        add_key(uow, 90, MemberKeyKind.CARD, "CARD")
        uow.promotion_uses.put_campaigns([Campaign("六一", "Children", "CNY", budget_minor=5_000)])
        uow.commit()
    needs = SaleNeeds(member_keys={"M90", "CARD", "M91", "NOBODY"})
    for key, campaign in (("M90", "六一"), ("CARD", "六一"), ("M91", ""), ("NOBODY", ""), ("", "")):
        needs.uses.add(UseNeed("HALF", campaign, key, TODAY))
    for _ in range(2):
        with writing(units) as uow:
            state = uow.sales.load(needs)
            uow.commit()
        assert sorted(state.counters) == [
            ("campaign", 0, "", "六一"),
            ("promotion", 0, "", "HALF"),
            ("promotion", 0, TODAY, "HALF"),
            ("promotion", 90, "", "HALF"),
            ("promotion", 90, TODAY, "HALF"),
            ("promotion", 91, "", "HALF"),
            ("promotion", 91, TODAY, "HALF"),
        ]
        assert state.campaigns == {"六一": Campaign("六一", "Children", "CNY", budget_minor=5_000)}
        assert state.counters[TOTAL] == PromotionCounter(*TOTAL, 0, 0, 0)
    assert count(units, promotion_counters) == 7


def test_a_batch_without_promotions_makes_none(units: SqlUnits):
    with writing(units) as uow:
        state = uow.sales.load(SaleNeeds())
        uow.commit()
    assert (state.counters, state.campaigns, count(units, promotion_counters)) == ({}, {}, 0)


def test_whoever_locks_a_counter_sees_what_the_one_before_has_used(units: SqlUnits):
    """Both for a row that exists and for one that the other is just making."""
    for sale_id in (1, 2):
        locked, waiting = Event(), Event()

        def first(sale_id: int = sale_id, locked: Event = locked, waiting: Event = waiting) -> None:
            with writing(units) as uow:
                uow.promotion_uses.lock(keys_of(use()))
                locked.set()
                waiting.wait(0.3)
                uow.add(use(sale_id))
                uow.commit()

        def second(locked: Event = locked) -> int:
            locked.wait(10)
            with writing(units) as uow:
                return uow.promotion_uses.lock(keys_of(use()))[TOTAL].uses

        with ThreadPoolExecutor(2) as threads:
            done, seen = threads.submit(first), threads.submit(second)
            done.result()
            assert seen.result() == sale_id


def test_reading_takes_and_makes_nothing(units: SqlUnits):
    put_counters(units, use())
    with writing(units) as uow:
        uow.add(use())
        uow.commit()
    absent = CounterKey(Subject.PROMOTION, 0, "", "OTHER")
    with reading(units) as uow:
        assert uow.promotion_uses.counters([TOTAL, absent]) == {TOTAL: PromotionCounter(*TOTAL, 1, 330, 1)}
        assert uow.promotion_uses.counters([]) == {}
        assert uow.promotion_uses.of_sales([1, 7]) == [use()]


def test_a_counter_never_falls_below_zero(units: SqlUnits):
    put_counters(units, use())
    with pytest.raises(Exception, match="nothing_below_zero"), writing(units) as uow:
        uow.add(use(1, -1))
        uow.commit()


def test_campaigns_are_replaced_by_code_and_listed_in_its_order(units: SqlUnits):
    campaigns = [Campaign(code, f"The {code}", "CNY", "2026-11-01", "", 5) for code in ("B", "C", "A")]
    with writing(units) as uow:
        uow.promotion_uses.put_campaigns(campaigns)
        uow.promotion_uses.put_campaigns([])
        uow.promotion_uses.put_campaigns([Campaign("B", "Other", "CNY")])
        uow.commit()
    with reading(units) as uow:
        uses = uow.promotion_uses
        assert uses.count_campaigns() == 3
        assert [one.code for one in uses.list_campaigns(after="", limit=2)] == ["A", "B"]
        assert [one.code for one in uses.list_campaigns(after="B", limit=2)] == ["C"]
        assert uses.campaigns(["B", "X"]) == {"B": Campaign("B", "Other", "CNY")}
        assert uses.campaigns([]) == {}


def test_counts_the_sales_of_stores_between_two_days(units: SqlUnits):
    put_store(units)
    with writing(units) as uow:
        uow.add(*[sale(number, business_date=date(2026, 11, 20 + number), uploaded=False) for number in range(1, 6)])
        uow.commit()
    with reading(units) as uow:
        found = [
            uow.promotion_uses.count_sales(stores, from_date="2026-11-22", until_date="2026-11-25")
            for stores in ([7], [7, 8], [8], [])
        ]
    assert found == [3, 3, 0, 0]
