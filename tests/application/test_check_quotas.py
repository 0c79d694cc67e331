"""An entry of a quota of points that was tampered with is named."""

from sqlalchemy import text

from application.check import run_checks
from domain.identity.organisation import SYSTEM
from tests.world import Till, World


def test_issued_points_that_nobody_earned_or_no_quota_allowed(world: World):
    world.set("points_quota_store", "150")
    sale = world.sell(Till().line("TEA").member().cash(10_000).command)
    world.sell(Till().line("TEA").member().cash(10_000).command)

    def violations(tampering: str) -> dict[str, list[str]]:
        with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
            uow.execute(text(tampering))
            return {one.id: one.violations for one in run_checks(uow) if one.violations}

    assert violations(f"UPDATE points_quota_uses SET points = 101 WHERE sale_id = {sale.sale_id}") == {
        "PRM-limits": [
            "promotion_counters subject=quota_of_store member_id=0 day=2026-11 code=S1: uses 150, uses of entries 151"
        ],
        "PTS-quotas": [
            "points_quota_uses place=store code=S1 month=2026-11: points issued 151, the quota and what is marked 150",
            f"points_quota_uses sale_id={sale.sale_id} place=store:"
            " points issued 101, points of the sale and its returns 100",
        ],
    }
