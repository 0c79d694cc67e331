"""Birthday coupons: seven days before, once a year however often the run is made, on both engines."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import event

from application.membership.consents import GivenConsent
from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.register_member import RegisterMember, register_member
from application.membership.update_member import UpdateMember, update_member
from application.pricing import birthday_coupons
from application.pricing.birthday_coupons import BirthdaysOfChain, IssueBirthdayCoupons, issue_birthday_coupons
from application.pricing.coupon_batches import NotForSharedCode, UnknownCouponBatch
from application.pricing.coupon_queries import ListCoupons, list_coupons
from application.pricing.issue_coupons import NoCouponsLeft
from domain.identity.organisation import SYSTEM
from domain.membership.member import MemberField
from domain.pricing.coupon import CouponHolder
from tests.application.sales.coupons import put_batch

BATCH = "BIRTHDAY"


@pytest.fixture
def shop(world):
    """On 22 November 2026 in Shanghai."""
    put_batch(world, BATCH, CouponHolder.MEMBER, valid_days=14)
    return world


def born(world, *birthdays):
    """Members with these birthdays."""
    return [
        world.do(
            register_member, RegisterMember(name="成员", phone=f"1370000{number:04d}", birthday=day, source="till")
        )
        for number, day in enumerate(birthdays, start=world.count("members"))
    ]


def run(world):
    """Runs it to the end; how many coupons were given."""
    issued, token = 0, ""
    while True:
        done = world.do(issue_birthday_coupons, IssueBirthdayCoupons(BATCH, token))
        issued, token = issued + done.issued, done.next_page_token
        if not token:
            return issued


def holders(world):
    found = world.ask(list_coupons, ListCoupons(batch_code=BATCH, page_size=500)).coupons
    return sorted(one.member_number for one in found)


def on(world, year, month, day):
    world.clock.now = datetime(year, month, day, 2, tzinfo=UTC)


@pytest.mark.capability("SEC-05")
def test_the_message_says_for_which_advertising_each_member_has_consented(shop):
    agreeing = RegisterMember(
        phone="13700009999",
        birthday="1990-11-29",
        consents=(GivenConsent("marketing_app", 1), GivenConsent("profiling", 1)),
    )
    shop.do(register_member, agreeing)
    born(shop, "1990-11-29")
    assert run(shop) == 2
    told = shop.rows("SELECT payload FROM outbox WHERE topic = 'BirthdayCouponGiven' ORDER BY subject_id")
    payloads = [json.loads(payload) if isinstance(payload, str) else payload for (payload,) in told]
    assert [payload["may_contact_for"] for payload in payloads] == [["marketing_app"], []]


@pytest.mark.capability("LVL-09")
def test_a_coupon_comes_seven_days_before_the_birthday_and_once_a_year(shop):
    soon, _late, _past = born(shop, "1990-11-29", "1990-11-30", "1990-11-21")
    assert run(shop) == 1
    assert holders(shop) == [soon.member_number]
    # Again the same day, and every day up to the birthday: nobody gets two.
    assert run(shop) == 0
    on(shop, 2026, 11, 23)
    assert run(shop) == 1
    for day in (24, 29, 30):
        on(shop, 2026, 11, day)
        assert run(shop) == 0
    on(shop, 2027, 11, 22)
    assert run(shop) == 1
    assert shop.rows("SELECT year, count(*) FROM birthday_coupons GROUP BY year ORDER BY year") == [
        (2026, 2),
        (2027, 1),
    ]
    told = shop.rows("SELECT payload FROM outbox WHERE topic = 'BirthdayCouponGiven'")
    assert all("may_contact_for" in str(payload) and "marketing" not in str(payload) for payload in told)
    assert len(told) == 3
    assert not any("11-29" in str(payload) for payload in told)


@pytest.mark.capability("LVL-09")
def test_born_on_29_february_is_the_28th_in_other_years(shop):
    born(shop, "2000-02-29")
    given = []
    for year, month, day in ((2027, 2, 20), (2027, 2, 21), (2028, 2, 21), (2028, 2, 22), (2028, 2, 29)):
        on(shop, year, month, day)
        given.append(run(shop))
    assert given == [0, 1, 0, 1, 0]


@pytest.mark.capability("LVL-09")
def test_days_missed_are_made_up_for_and_the_new_year_is_no_border(shop):
    born(shop, "1990-12-30", "1991-01-03", "1992-01-09")
    on(shop, 2026, 12, 29)
    assert run(shop) == 2
    on(shop, 2027, 1, 2)
    assert run(shop) == 1


@pytest.mark.capability("LVL-09")
def test_a_corrected_birthday_brings_no_second_coupon_soon(shop):
    [member] = born(shop, "1990-11-25")
    assert run(shop) == 1
    change = UpdateMember(member.member_number, (MemberField.BIRTHDAY,), birthday="1990-12-10")
    shop.do(update_member, change)
    on(shop, 2026, 12, 5)
    assert run(shop) == 0
    on(shop, 2027, 12, 5)
    assert run(shop) == 1
    # Who has taken their birthday back is found no more.
    shop.do(update_member, replace(change, birthday=""))
    assert shop.rows("SELECT birthday_digest FROM members WHERE birthday_digest IS NOT NULL") == []


@pytest.mark.capability("LVL-09")
def test_a_stopped_run_carries_on_and_members_of_before_are_found(shop, monkeypatch):
    monkeypatch.setattr(birthday_coupons, "MEMBERS_AT_ONCE", 2)
    born(shop, *["1990-11-24"] * 5)
    with shop.engine.begin() as connection:
        # As a migration leaves them.
        connection.exec_driver_sql("UPDATE members SET birthday_digest = NULL")
    done = [shop.do(issue_birthday_coupons, IssueBirthdayCoupons(BATCH)) for _ in range(6)]
    assert [(one.prepared, one.issued) for one in done] == [(2, 0), (2, 0), (1, 2), (0, 2), (0, 1), (0, 0)]
    assert len(set(holders(shop))) == 5
    assert run(shop) == 0


@pytest.mark.capability("LVL-09")
def test_what_it_costs_does_not_grow_with_the_members(shop):
    born(shop, "1990-11-24")
    made = []

    def count(_connection, _cursor, statement, *_):
        made.append(statement)

    event.listen(shop.engine, "before_cursor_execute", count)
    try:
        assert run(shop) == 1
        first = len(made)
        made.clear()
        born(shop, *["1990-05-05"] * 3)
        made.clear()
        assert run(shop) == 0
    finally:
        event.remove(shop.engine, "before_cursor_execute", count)
    assert len(made) < first
    asked = [one for one in made if "birthday_coupons" in one]
    assert len(asked) == 1


def test_a_batch_that_cannot_be_given_is_refused_and_nothing_is_written(shop):
    born(shop, "1990-11-24", "1990-11-25")
    put_batch(shop, "SHARED", shared=True, shared_code="HAPPYBIRTHDAYTOYOU")
    put_batch(shop, "FEW", CouponHolder.MEMBER, total_max=1)
    for batch, refusal in (("NONE", UnknownCouponBatch), ("SHARED", NotForSharedCode), ("FEW", NoCouponsLeft)):
        with pytest.raises(refusal):
            shop.do(issue_birthday_coupons, IssueBirthdayCoupons(batch))
    bounded = replace(SYSTEM, store_ids=frozenset({1}))
    with pytest.raises(BirthdaysOfChain):
        shop.do(issue_birthday_coupons, IssueBirthdayCoupons(BATCH), bounded)
    assert (shop.count("birthday_coupons"), holders(shop)) == (0, [])


def test_a_birthday_coupon_that_was_never_issued_is_found(shop):
    born(shop, "1990-11-24")
    run(shop)
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE birthday_coupons SET coupon_id = coupon_id + 1")
        connection.exec_driver_sql("UPDATE members SET birthday_cipher = NULL")
    assert len([one for one in shop.broken() if one.startswith("LVL")]) == 2
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE birthday_coupons SET coupon_id = coupon_id - 1")
        connection.exec_driver_sql("UPDATE members SET birthday_digest = NULL")


@pytest.mark.capability("LVL-09", "MEM-12")
def test_what_a_file_got_before_it_was_merged_its_survivor_has_got(shop):
    survivor, merged = born(shop, "", "1990-11-29")
    assert run(shop) == 1
    command = MergeMembers(survivor.member_number, merged.member_number, "One person", "S1")
    merge_id = shop.once(merge_members, command, SYSTEM).merge_id
    # Whose birthday is known now.
    assert run(shop) == 0
    on(shop, 2027, 11, 22)
    assert run(shop) == 1
    shop.once(undo_member_merge, UndoMemberMerge(merge_id, "Two persons"), SYSTEM)
    assert run(shop) == 1
