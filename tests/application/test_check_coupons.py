"""The invariants of coupons fail for exactly the row that was tampered with."""

import pytest
from sqlalchemy import text

from application.check import run_checks
from application.pricing.issue_coupons import ClaimCoupon, claim_coupon
from application.pricing.redeem_coupons import HoldCoupons, hold_coupons
from domain.identity.organisation import SYSTEM
from tests.application.sales.coupons import issue, put_batch, showing, unlock
from tests.world import MEMBER, Till, World

HOLD = "0192f1c8-0000-7000-8000-00000000000a"


@pytest.fixture
def traded(world: World) -> World:
    """A coupon used, one claimed, one held, and a shared code used once."""
    put_batch(world, claimable=True, total_max=9, claims_per_member_max=2, uses_per_member_max=2)
    put_batch(world, "OPEN", shared=True, shared_code="SESAME", total_max=5)
    unlock(world)
    unlock(world, "OPEN", 100, stage=1)
    used, held = issue(world, count=2)
    world.do(claim_coupon, ClaimCoupon("SUMMER", MEMBER), world.s1)
    world.sell(showing(Till().line("TEA"), used, "SESAME").member().cash(8_900).command)
    world.once(hold_coupons, HoldCoupons((held,), MEMBER), world.s1, HOLD)
    return world


def violations(world: World, *tampering: str) -> list[str]:
    """What I8 says in a transaction that tampers and is then undone."""
    with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
        for statement in tampering:
            uow.execute(text(statement))
        return next(result.violations for result in run_checks(uow) if result.id == "I8")


def test_holds_after_coupons_of_every_kind(traded: World):
    assert traded.broken() == []


def test_tampered_rows_are_named(traded: World):
    [(used,)] = traded.rows("SELECT coupon_id FROM coupons WHERE uses = 1 AND uses_max = 1")
    [(shared,)] = traded.rows("SELECT coupon_id FROM coupons WHERE uses_max = 5")
    [(batch,)] = traded.rows("SELECT batch_id FROM coupon_counts WHERE total_max = 9")
    [(member,)] = traded.rows("SELECT member_id FROM members")
    [(hold,)] = traded.rows("SELECT hold_id FROM coupon_holds")
    [(sale,)] = traded.rows("SELECT sale_id FROM sales")
    assert violations(traded, f"UPDATE coupons SET uses = 0 WHERE coupon_id = {used}") == [
        f"coupons coupon_id={used}: uses 0, uses of events 1"
    ]
    assert violations(traded, f"UPDATE coupons SET ended = 2 WHERE coupon_id = {shared}") == [
        f"coupons coupon_id={shared}: ended 2, ends of events 0"
    ]
    assert violations(traded, "UPDATE coupon_allowances SET uses = 3, claims = 3 WHERE claims = 1") == [
        f"coupon_allowances batch_id={batch} member_id={member}: claims 3, claims of events 1; uses 3, uses of events 1"
    ]
    too_often = f"UPDATE coupon_events SET kind = 'redeemed', batch_id = {batch} WHERE member_id = {member}"
    assert violations(traded, too_often)[0] == (
        f"coupon_allowances batch_id={batch} member_id={member}: claims 1, claims of events 0; uses 1, uses of events "
        "4; uses 4, allowed 2"
    )
    assert violations(traded, f"UPDATE coupon_counts SET issued = 4 WHERE batch_id = {batch}") == [
        f"coupon_counts batch_id={batch}: issued 4, issued by events 3; issued 4, coupons 3"
    ]
    assert violations(traded, "UPDATE coupon_holds SET open_uses = 0") == [
        f"coupon_holds hold_id={hold}: open 0, holds of events 1"
    ]
    assert violations(
        traded, f"UPDATE coupon_events SET document_id = 999999 WHERE kind = 'redeemed' AND coupon_id = {used}"
    ) == [f"coupon_events document_id=999999 coupon_id={used}: sales 0, expected 1"]
    assert violations(
        traded,
        f"UPDATE coupon_events SET kind = 'restored' WHERE kind = 'redeemed' AND coupon_id = {shared}",
    ) == [
        f"coupon_allowances batch_id={allowance_of(traded, shared)} member_id={member}: uses 1, uses of events -1",
        f"coupon_events document_id={sale} coupon_id={shared}: least 0, uses -1",
    ]


def allowance_of(world: World, coupon_id: int) -> int:
    [(batch_id,)] = world.rows(f"SELECT batch_id FROM coupons WHERE coupon_id = {coupon_id}")
    return int(batch_id)
