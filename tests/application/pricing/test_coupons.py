"""Coupons outside a sale: given out, claimed, held, handed on, redeemed by others, voided, expired."""

from datetime import timedelta
from typing import Any

import pytest

from application.coupon_ledger import CouponExpired, CouponHeld, CouponOfAnother, CouponUsed, UnknownCoupon
from application.pricing.coupon_batches import (
    BatchNotChangeable,
    CouponBatchEntry,
    GetCouponBatch,
    JoinCouponAudience,
    LimitLowered,
    ListCouponBatches,
    NotForSharedCode,
    OnlyForSharedCode,
    PutCouponBatches,
    SharedCodeTaken,
    UnknownCouponBatch,
    get_coupon_batch,
    join_coupon_audience,
    list_coupon_batches,
    put_coupon_batches,
)
from application.pricing.coupon_changes import (
    CouponUsedUp,
    ExpireCoupons,
    NotTransferable,
    TransferCoupon,
    VoidCoupons,
    expire_coupons,
    transfer_coupon,
    void_coupons,
)
from application.pricing.coupon_queries import ListCoupons, list_coupons
from application.pricing.issue_coupons import (
    ClaimCoupon,
    ClaimedOften,
    CouponsNeedMembers,
    IssueCoupons,
    MembersOrCount,
    NoCouponsLeft,
    NotClaimable,
    claim_coupon,
    issue_coupons,
)
from application.pricing.redeem_coupons import (
    HoldCoupons,
    RedeemCoupon,
    ReleaseCoupons,
    hold_coupons,
    redeem_coupons,
    release_coupons,
)
from application.sales.quote import QuoteBasket, quote_basket
from domain.pricing.coupon import CouponHolder, read_code
from domain.shared.errors import Refusal
from tests.application.sales.coupons import OTHER, history, issue, kinds, put_batch, second_member, showing, unlock
from tests.world import MEMBER, Till, World

ORDER = "0192f1c8-0000-7000-8000-00000000000a"
"""The request id of a hold."""


def outbox(world: World, topic: str) -> int:
    return int(world.rows(f"SELECT count(*) FROM outbox WHERE topic = '{topic}'")[0][0])


def redeem(world: World, *commands: RedeemCoupon, request_ids: tuple[str, ...] = ()) -> list[Any]:
    """Answers of a batch: what was redeemed, or the refusal."""
    made: list[Any] = []

    def keep(result: Any) -> bytes:
        made.append(result)
        return str(len(made) - 1).encode()

    keys = request_ids or ("",) * len(commands)
    calls = [
        world.call(command, world.s1, key, "pricing.redeem_coupon") for command, key in zip(commands, keys, strict=True)
    ]
    answers = world.transactor.execute_batch(redeem_coupons, calls, keep)
    return [answer.error or made[int(answer.payload)] for answer in answers]


@pytest.mark.capability("CPN-01")
def test_ten_thousand_codes_are_made_in_one_job_and_no_two_are_alike(world: World):
    put_batch(world, total_max=10_000)
    codes = issue(world, count=10_000)
    assert len({read_code(code) for code in codes}) == 10_000
    assert {len(code) for code in codes} == {30}
    assert (world.count("coupons"), world.count("coupon_events")) == (10_000, 10_000)
    assert world.ask(get_coupon_batch, GetCouponBatch("SUMMER")).issued == 10_000
    with pytest.raises(NoCouponsLeft):
        issue(world)


@pytest.mark.capability("CPN-04")
def test_every_coupon_given_out_is_announced_once_and_noted(world: World):
    """There is no channel for messages yet: its work is one event for each, without the code."""
    other = second_member(world)
    put_batch(world, holder=CouponHolder.MEMBER)
    codes = issue(world, members=(MEMBER, other))
    assert outbox(world, "CouponIssued") == 2
    assert [kinds(world, code) for code in codes] == [["issued"], ["issued"]]
    payloads = str(world.rows("SELECT payload FROM outbox WHERE topic = 'CouponIssued'"))
    assert not any(code in payloads or read_code(code) in payloads for code in codes)


def test_no_code_can_be_read_in_the_database(world: World):
    put_batch(world)
    put_batch(world, "OPEN", shared=True, shared_code="OPENSESAME")
    [code] = issue(world)
    stored = str([world.rows(f"SELECT * FROM {table}") for table in ("coupons", "coupon_events", "coupon_batches")])
    assert not any(text in stored for text in (code, read_code(code), "OPENSESAME", read_code("OPENSESAME")))
    [masked] = world.ask(list_coupons, ListCoupons("SUMMER"), world.s1).coupons
    [shown] = world.ask(list_coupons, ListCoupons("SUMMER")).coupons
    assert (masked.code, shown.code) == (f"…{code[-4:]}", code)


def test_a_batch_says_how_it_is_given_out(world: World):
    put_batch(world, "MINE", CouponHolder.MEMBER)
    put_batch(world, "OPEN", shared=True, shared_code="OPENSESAME")
    for command, refusal, field in (
        (IssueCoupons("NONE", 1), UnknownCouponBatch, "batch_code"),
        (IssueCoupons("MINE", 1), CouponsNeedMembers, "member_keys"),
        (IssueCoupons("MINE"), MembersOrCount, "count"),
        (IssueCoupons("MINE", 1, (MEMBER,)), MembersOrCount, "count"),
        (IssueCoupons("OPEN", 1), NotForSharedCode, "batch_code"),
    ):
        with pytest.raises(refusal) as raised:
            world.do(issue_coupons, command)
        assert raised.value.field == field
    assert world.count("coupons") == 1


@pytest.mark.capability("CPN-02")
def test_a_member_claims_as_long_as_there_are_any(world: World):
    other = second_member(world)
    put_batch(world, claimable=True, total_max=2, claims_per_member_max=1, valid_days=7)
    put_batch(world, "CLOSED")
    claimed = world.do(claim_coupon, ClaimCoupon("SUMMER", MEMBER), world.s1)
    assert (claimed.from_date, claimed.until_date) == ("2026-11-22", "2026-11-29")
    assert history(world, claimed.code).coupon.member_number != ""
    for command, refusal in (
        (ClaimCoupon("SUMMER", MEMBER), ClaimedOften),
        (ClaimCoupon("CLOSED", MEMBER), NotClaimable),
    ):
        with pytest.raises(refusal):
            world.do(claim_coupon, command, world.s1)
    world.do(claim_coupon, ClaimCoupon("SUMMER", other), world.s1)
    put_batch(world, claimable=True, total_max=2, claims_per_member_max=2, valid_days=7)
    with pytest.raises(NoCouponsLeft):
        world.do(claim_coupon, ClaimCoupon("SUMMER", MEMBER), world.s1)
    assert world.rows("SELECT issued FROM coupon_counts WHERE total_max = 2") == [(2,)]
    assert world.broken() == []


def test_a_held_coupon_is_nobody_elses_until_the_time_is_over(world: World):
    put_batch(world)
    unlock(world)
    [code] = issue(world)
    held = world.once(hold_coupons, HoldCoupons((code,), minutes=10), world.s1, ORDER)
    assert (held.hold_id, held.until - world.clock(), list(held.batch_codes)) == (
        ORDER, timedelta(minutes=10), ["SUMMER"],
    )  # fmt: skip
    assert history(world, code).coupon.state == "held"
    mine = showing(Till().line("TEA"), code, hold=ORDER)
    with pytest.raises(CouponHeld):
        world.ask(quote_basket, QuoteBasket(showing(Till().line("TEA"), code).command.basket), world.s1)
    with pytest.raises(CouponHeld):
        world.sell(mine.cash(9_000).command, world.s2)
    assert world.ask(quote_basket, QuoteBasket(mine.command.basket), world.s1).total_minor == 9_000
    assert world.sell(mine.cash(9_000).command).coupons[0].redeemed
    assert world.rows("SELECT held, uses FROM coupons") == [(0, 1)]
    assert world.rows("SELECT open_uses FROM coupon_holds") == [(0,)]
    assert world.broken() == []


def test_a_hold_ends_by_itself_or_when_it_is_released(world: World):
    put_batch(world)
    unlock(world)
    first, second = issue(world, count=2)
    world.once(hold_coupons, HoldCoupons((first, second)), world.s1, ORDER)
    assert world.once(release_coupons, ReleaseCoupons(ORDER), world.s2).released == 0
    world.clock.now += timedelta(minutes=15)
    assert world.sell(showing(Till().line("TEA"), first).cash(9_000).command, world.s2).coupons[0].redeemed
    assert world.once(release_coupons, ReleaseCoupons(ORDER.upper()), world.s1).released == 1
    assert world.once(release_coupons, ReleaseCoupons(ORDER), world.s1).released == 0
    assert kinds(world, first) == ["issued", "held", "released", "redeemed"]
    assert kinds(world, second) == ["issued", "held", "released"]
    assert world.broken() == []


def test_a_held_coupon_that_brings_nothing_is_free_after_the_sale(world: World):
    put_batch(world)
    unlock(world)
    [code] = issue(world)
    world.once(hold_coupons, HoldCoupons((code,)), world.s1, ORDER)
    sale = world.sell(showing(Till().line("MUG"), code, hold=ORDER).cash(5_000).command)
    assert (sale.coupons[0].redeemed, kinds(world, code)) == (False, ["issued", "held", "released"])
    assert world.broken() == []


def test_who_prices_elsewhere_redeems_at_a_time_of_his_own(world: World):
    put_batch(world, until_date="2026-11-22")
    unlock(world)
    world.clock.now -= timedelta(days=1)
    first, second, third = issue(world, count=3)
    used_at = world.clock.now
    world.clock.now += timedelta(days=1)
    keys = tuple(f"0192f1c8-0000-7000-8000-0000000000{number}" for number in (11, 12, 13, 14))
    commands = (
        RedeemCoupon(first, redeemed_at=used_at, reference="web order 7"),
        RedeemCoupon(first, redeemed_at=used_at),
        RedeemCoupon(second),
        RedeemCoupon("NOSUCH", redeemed_at=used_at),
    )
    answers = redeem(world, *commands, request_ids=keys)
    assert [type(one).__name__ for one in answers] == [
        "CouponRedeemed", "CouponUsed", "CouponExpired", "UnknownCoupon",
    ]  # fmt: skip
    told = history(world, first).events[0]
    assert (told.happened_at, told.reason, told.store_code, told.sale_id) == (used_at, "web order 7", "S1", 0)
    # Sent again, the stored one is recognised and the refused ones are judged anew.
    again = redeem(world, *commands, RedeemCoupon(third, redeemed_at=used_at), request_ids=(*keys, keys[0][:-1] + "9"))
    assert [type(one).__name__ for one in again] == [
        "CouponRedeemed", "CouponUsed", "CouponExpired", "UnknownCoupon", "CouponRedeemed",
    ]  # fmt: skip
    assert kinds(world, first) == ["issued", "redeemed"]
    assert world.broken() == []


def test_a_coupon_is_handed_on_where_its_batch_allows(world: World):
    other = second_member(world)
    put_batch(world, "GIFT", CouponHolder.MEMBER, transferable=True)
    put_batch(world, "MINE", CouponHolder.MEMBER)
    unlock(world, "GIFT")
    [gift], [mine] = issue(world, "GIFT", members=(MEMBER,)), issue(world, "MINE", members=(MEMBER,))
    with pytest.raises(NotTransferable):
        world.do(transfer_coupon, TransferCoupon(mine, MEMBER, other))
    with pytest.raises(CouponOfAnother):
        world.do(transfer_coupon, TransferCoupon(gift, other, MEMBER))
    world.do(transfer_coupon, TransferCoupon(gift, MEMBER, other))
    assert world.sell(showing(Till().line("TEA"), gift).member(other).cash(9_000).command).coupons[0].redeemed
    assert kinds(world, gift) == ["issued", "transferred", "redeemed"]
    with pytest.raises(CouponUsed):
        world.do(transfer_coupon, TransferCoupon(gift, other, MEMBER))
    assert world.broken() == []


def test_voiding_is_all_or_none_and_for_ever(world: World):
    put_batch(world)
    unlock(world)
    first, second, used = issue(world, count=3)
    world.sell(showing(Till().line("TEA"), used).cash(9_000).command)
    with pytest.raises(CouponUsedUp) as refusal:
        world.do(void_coupons, VoidCoupons("leaked", (first, used)))
    assert (refusal.value.field, kinds(world, first)) == ("codes[1]", ["issued"])
    coupon_id = history(world, second).coupon.coupon_id
    assert world.do(void_coupons, VoidCoupons("leaked", (first,), (coupon_id,))).voided == 2
    assert world.do(void_coupons, VoidCoupons("leaked", (first,))).voided == 0
    told = history(world, second)
    assert (told.coupon.state, told.events[0].reason) == ("voided", "leaked")
    assert world.broken() == []


def test_the_expiry_run_notes_what_is_over_everywhere_and_may_be_repeated(world: World):
    put_batch(world, valid_days=2)
    unlock(world)
    codes = issue(world, count=5)
    world.sell(showing(Till().line("TEA"), codes[0]).cash(9_000).command)
    world.once(hold_coupons, HoldCoupons((codes[1],)), world.s1, ORDER)
    assert world.do(expire_coupons, ExpireCoupons()).expired == 0
    # Refused by its date in Shanghai before any run; on an island behind UTC it is still the day before.
    world.clock.now = world.clock.now.replace(day=24)
    with pytest.raises(CouponExpired):
        world.sell(showing(Till().line("TEA"), codes[2]).cash(9_000).command)
    assert world.do(expire_coupons, ExpireCoupons()).expired == 0
    world.clock.now += timedelta(hours=12)
    assert [world.do(expire_coupons, ExpireCoupons(3)).expired for _ in range(3)] == [3, 1, 0]
    assert kinds(world, codes[1]) == ["issued", "held", "released", "expired"]
    assert kinds(world, codes[0]) == ["issued", "redeemed"]
    assert world.broken() == []


def test_members_of_an_audience_hold_its_shared_codes(world: World):
    other = second_member(world)
    put_batch(
        world, "CLUB", CouponHolder.MEMBER, shared=True, shared_code="CLUB-2026", audience="club", uses_per_member_max=1
    )
    unlock(world, "CLUB")
    assert world.do(join_coupon_audience, JoinCouponAudience("club", (MEMBER, MEMBER))).joined == 1
    assert world.do(join_coupon_audience, JoinCouponAudience("club", (MEMBER,))).joined == 0
    assert outbox(world, "CouponAudienceJoined") == 1
    till = showing(Till().line("TEA"), "CLUB-2026").cash(9_000)
    with pytest.raises(CouponOfAnother):
        world.sell(till.member(other).command)
    assert world.sell(till.member().command).coupons[0].redeemed
    assert [one.batch_code for one in world.ask(list_coupons, ListCoupons(member_key=MEMBER)).coupons] == ["CLUB"]
    assert world.ask(list_coupons, ListCoupons(member_key=other)).coupons == []
    assert world.broken() == []


def test_lists_are_paged(world: World):
    second_member(world)
    for batch in ("A", "B", "C"):
        put_batch(world, batch)
    codes = issue(world, "A", members=(MEMBER,) * 3)
    first = world.ask(list_coupon_batches, ListCouponBatches(2))
    rest = world.ask(list_coupon_batches, ListCouponBatches(2, first.next_page_token))
    assert [one.code for one in (*first.batches, *rest.batches)] == ["A", "B", "C"]
    for asked in ({"batch_code": "A"}, {"member_key": MEMBER}):
        page = world.ask(list_coupons, ListCoupons(**asked, page_size=2))
        more = world.ask(list_coupons, ListCoupons(**asked, page_size=2, page_token=page.next_page_token))
        assert [one.code for one in (*page.coupons, *more.coupons)] == codes
        assert more.next_page_token == ""
    assert world.ask(list_coupons, ListCoupons(member_key=OTHER)).coupons == []


def test_limits_are_raised_and_not_lowered(world: World):
    put_batch(world, "OPEN", shared=True, shared_code="OPENSESAME", total_max=5, uses_per_member_max=2)
    put_batch(world, total_max=3)
    issue(world, count=2)
    for terms, refusal in (
        ({"shared": True, "total_max": 4, "uses_per_member_max": 2}, LimitLowered),
        ({"shared": True, "total_max": 5, "uses_per_member_max": 1}, LimitLowered),
        ({"shared": True, "uses_per_member_max": 2}, BatchNotChangeable),
        ({"total_max": 5, "uses_per_member_max": 2}, BatchNotChangeable),
        ({"shared": True, "shared_code": "OTHER", "total_max": 5, "uses_per_member_max": 2}, BatchNotChangeable),
    ):
        with pytest.raises(refusal):
            put_batch(world, "OPEN", **terms)
    put_batch(world, "OPEN", shared=True, total_max=6, uses_per_member_max=3, until_date="2026-12-31")
    assert world.rows("SELECT uses_max FROM coupons WHERE uses_max > 1") == [(6,)]
    assert history(world, "OPENSESAME").coupon.until_date == "2026-12-31"
    put_batch(world, total_max=2)
    with pytest.raises(LimitLowered):
        put_batch(world, total_max=1)
    with pytest.raises(SharedCodeTaken):
        put_batch(world, "ALSO", shared=True, shared_code="open sesame")


def test_refuses_fields_that_a_batch_does_not_read(world: World):
    bearer = CouponHolder.BEARER
    for entry, refusal, field in (
        (CouponBatchEntry("X", "X", bearer, shared_code="ABCDEF"), OnlyForSharedCode, "shared_code"),
        (CouponBatchEntry("X", "X", bearer, audience="club"), OnlyForSharedCode, "audience"),
        (CouponBatchEntry("X", "X", bearer, True, "ABCDEF", claimable=True), NotForSharedCode, "claimable"),
        (CouponBatchEntry("X", "X", bearer, True, "ABCDEF", "club"), NotForSharedCode, "audience"),
    ):
        with pytest.raises(Refusal) as raised:
            world.do(put_coupon_batches, PutCouponBatches((entry,)))
        assert (type(raised.value), raised.value.field) == (refusal, f"batches[0].{field}")
    assert world.count("coupon_batches") == 0


def test_an_unknown_code_is_told_as_such(world: World):
    with pytest.raises(UnknownCoupon):
        history(world, "NOSUCH")
