"""What became of points, by store and period, and that it is what the books say."""

from datetime import date, timedelta

import pytest

from application.finance.queries import GetTrialBalance, get_trial_balance
from application.finance.settling import SettleStores, settle_stores
from application.loyalty.expire_points import ExpirePoints, expire_points
from application.loyalty.queries import GetPointsFigures, get_points_figures
from application.loyalty.views import PointsFigures
from application.sales.refund import RefundSale
from domain.shared.errors import Refusal
from tests.world import Till, World

FIRST = date(2026, 11, 22)
DAYS = 34


def figures(world: World, **asked: str) -> dict[str, PointsFigures]:
    found = world.ask(get_points_figures, GetPointsFigures(**asked)).figures
    return {one.store_code: one for one in found}


@pytest.fixture
def traded(world: World) -> World:
    """Points earned in both stores, spent, returned, given back and expired, in a month."""
    world.set("points_expiry", "months:1")
    first = world.sell(Till().line("TEA", 3).member().cash(30_000).command)
    world.sell(Till().line("TEA").member().cash(10_000).command, world.s2)
    world.clock.advance(days=1)
    paid = world.sell(Till().line("MUG", 2).member().points(200).cash(9_800).command, world.s2)
    world.clock.advance(days=1)
    world.refund(RefundSale(first.sale_id, "two back"))
    world.refund(RefundSale(paid.sale_id, "chipped"), world.s2)
    world.clock.advance(days=DAYS - 3)
    world.do(expire_points, ExpirePoints("2026-12-23"))
    return world


@pytest.mark.capability("PTS-17", "FIN-11")
def test_tells_by_store_what_was_issued_redeemed_expired_and_is_outstanding(world: World) -> None:
    world.set("points_expiry", "months:1")
    world.sell(Till().line("TEA", 2).member().cash(20_000).command)
    world.clock.advance(days=1)
    # 1.00 of the 50.00 is paid in points, so 49 points are earned; they defer 0.48 of the net 44.25.
    world.sell(Till().line("MUG").member().points(100).cash(4_900).command, world.s2)
    world.clock.advance(days=30)
    world.do(expire_points, ExpirePoints("2026-12-23"))
    world.clock.advance(days=1)
    world.do(expire_points, ExpirePoints("2026-12-24"))
    assert figures(world, from_date="2026-11-23", to_date="2026-12-23") == {
        "S1": PointsFigures("S1", "CNY", 200, 0, 0, 100, 0, 100, 198, 0, 0, 99, 0, 99),
        "S2": PointsFigures("S2", "CNY", 0, 49, 100, 0, 0, -51, 0, 48, 99, 0, 0, -51),
    }
    assert figures(world, from_date="2026-12-24", store_code="S2") == {
        "S2": PointsFigures("S2", "CNY", -51, 0, 0, 49, 0, -100, -51, 0, 0, 48, 0, -99),
    }


@pytest.mark.capability("PTS-17", "FIN-11")
def test_ties_to_the_trial_balance_of_every_period(traded: World) -> None:
    days = [FIRST + timedelta(days=number) for number in (0, 1, 2, DAYS - 3, DAYS - 1)]
    for first in days:
        for last in days:
            if last < first:
                continue
            found = figures(traded, from_date=str(first), to_date=str(last))
            for store, one in found.items():
                balance = {
                    row.account_code: -row.balance_minor
                    for row in traded.ask(get_trial_balance, GetTrialBalance(store, str(first), str(last))).rows
                }
                assert one.liability_minor - one.opening_minor == balance.get("220501", 0)
                assert one.expired_minor == balance.get("605101", 0)
                moved = one.issued_points - one.redeemed_points - one.expired_points + one.reversed_points
                assert one.outstanding_points == one.opening_points + moved
                moved = one.issued_minor - one.redeemed_minor - one.expired_minor + one.reversed_minor
                assert one.liability_minor == one.opening_minor + moved
                following = figures(traded, from_date=str(last + timedelta(days=1)))[store]
                assert (following.opening_points, following.opening_minor) == (
                    one.outstanding_points, one.liability_minor,
                )  # fmt: skip


@pytest.mark.capability("PTS-17", "FIN-07")
def test_tells_what_settlements_gave_back_to_who_had_issued_the_points(world: World) -> None:
    """S2 takes 500 points that S1 has issued for 4.94; both are settled that day, and the next day nothing is."""
    world.sell(Till().line("TEA", 5).member().cash(50_000).command)
    world.sell(Till().line("MUG", 2).member().points(500).cash(9_500).command, world.s2)
    world.do(settle_stores, SettleStores())
    for store, one in figures(world, to_date=str(FIRST)).items():
        [account] = [
            -row.balance_minor
            for row in world.ask(get_trial_balance, GetTrialBalance(store)).rows
            if row.account_code == "220501"
        ]
        moved = one.issued_minor - one.redeemed_minor + one.settled_minor
        assert (one.liability_minor, one.settled_minor) == (account, {"S1": -494, "S2": 494}[store])
        assert (moved, one.opening_minor) == (account, 0)
        following = figures(world, from_date=str(FIRST + timedelta(days=1)))[store]
        assert (following.opening_minor, following.settled_minor) == (account, 0)


@pytest.mark.capability("PTS-17")
def test_reversals_are_told_apart_from_what_was_issued_and_redeemed(traded: World) -> None:
    whole = figures(traded)
    # S1 gave 300. Of these 200 were spent in S2, which gave 198: the first return took the 298 that there were. The
    # other found none of its 98, so 0.98 was kept back of its 100.00; of the 200 points that had paid 2.00 of them it
    # gave 198 back to the lot of S1, and there they have expired.
    found = {
        store: (one.issued_points, one.redeemed_points, one.expired_points, one.reversed_points, one.outstanding_points)
        for store, one in whole.items()
    }
    assert found == {"S1": (300, 0, 198, -298, -196), "S2": (198, 200, 0, 198, 196)}
    assert traded.points() == 0


def test_a_store_sees_its_own_figures_only(traded: World) -> None:
    found = traded.ask(get_points_figures, GetPointsFigures(), traded.s2).figures
    assert [one.store_code for one in found] == ["S2"]
    for asked, reason, field in (
        (GetPointsFigures("S1"), "UNKNOWN_STORE", "store_code"),
        (GetPointsFigures(from_date="2026-02-30"), "INVALID_DATE", "from_date"),
        (GetPointsFigures(from_date="2026-12-01", to_date="2026-11-30"), "LAST_BEFORE_FIRST", "to_date"),
    ):
        with pytest.raises(Refusal) as refused:
            traded.ask(get_points_figures, asked, traded.s2)
        assert (refused.value.reason, refused.value.field) == (reason, field)
