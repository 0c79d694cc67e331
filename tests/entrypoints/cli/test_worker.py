"""The chain's jobs at the command line."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from application.jobs import FinishJob, TakeJob, finish_job, take_job
from application.membership.register_member import RegisterMember, register_member
from domain.pricing.coupon import CouponHolder
from entrypoints.cli.database import opened
from entrypoints.cli.worker import JOBS, run_job
from tests.application.sales.coupons import put_batch
from tests.entrypoints.cli.journeys import Shell
from tests.world import Till
from tests.world import opened as world_of


@pytest.fixture
def shop(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The furnished chain with 100 points that were worth nothing from the day after their sale on."""
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    with world_of(sqlite_chain, furnished=True) as world:
        world.sell(Till().line("TEA").member().cash(10_000).command)
        with world.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE points_lots SET expires_on = '2026-11-23'")
    return shell


def states(shop: Shell) -> dict[str, tuple[str, int, str]]:
    rows = shop("worker", "status", "--format", "json").json
    return {row["name"]: (row["state"], row["done"], row["next"]) for row in rows}


def test_runs_a_job_by_hand_and_tells_how_it_went(shop: Shell) -> None:
    assert states(shop) == dict.fromkeys(JOBS, ("never run", 0, "now"))
    assert shop("worker", "run", "expire-points").err == "expire-points: done, 1\n"
    state, done, due = states(shop)["expire-points"]
    assert (state, done, due > datetime.now(UTC).isoformat()) == ("done", 1, True)
    assert shop("worker", "run", "expire-points").err == "expire-points: done, 0\n"
    unknown = shop("worker", "run", "expire-point")
    assert (unknown.code, "Jobs: expire-points, remind-expiry" in unknown.err) == (2, True)
    assert shop("check").code == 0


def test_a_worker_runs_what_is_due_once_and_tells_a_refusal(shop: Shell) -> None:
    ended = shop("worker", "serve", "--once")
    assert ended.err.splitlines() == [
        "expire-points: done, 1",
        "remind-expiry: done, 0",
        "evaluate-tiers: NoTierProgramme, 0",
        "review-tiers: NoTierProgramme, 0",
        "release-memberships: done, 0",
        "expire-times-cards: done, 0",
        "payments: done, 0",
        "lifecycle: done, 1",
        "give-birthday-coupons: NoBirthdayBatch, 0",
        "send-receipts: done, 0",
        "release-stock: done, 0",
        "carry-stock: done, 0",
        "classify-stock: done, 1",
        "ask-carriers: done, 0",
        "late-shipments: done, 0",
        "stock-alerts: done, 0",
        "score-suppliers: done, 0",
    ]
    assert shop("worker", "serve", "--once").err == ""
    assert states(shop)["review-tiers"][0] == "NoTierProgramme"


def test_leaves_a_job_to_the_worker_that_runs_it(shop: Shell) -> None:
    with opened(None) as chain:
        assert chain.write(take_job, TakeJob("expire-points", "another"))
        assert run_job(chain, "expire-points", threading.Event()) is None
        refused = shop("worker", "run", "expire-points")
        assert (refused.code, "Another worker runs expire-points." in refused.err) == (1, True)
        assert states(shop)["expire-points"][0] == "running"
        chain.write(finish_job, FinishJob("expire-points", "another", "done", 0, datetime.now(UTC)))
        assert run_job(chain, "expire-points", threading.Event()) == "done, 1"


def test_stops_after_the_batch_under_way_and_is_due_again_soon(shop: Shell) -> None:
    stop = threading.Event()
    stop.set()
    with opened(None) as chain:
        assert run_job(chain, "expire-points", stop) == "stopped, 1"
    assert states(shop)["expire-points"][0] == "stopped"


@pytest.mark.capability("LVL-09")
def test_members_get_the_birthday_coupon_of_the_setting_once(shop: Shell, sqlite_chain: str) -> None:
    with world_of(sqlite_chain, furnished=True) as world:
        # In a leap year, which has every day of the year.
        born = f"1992-{datetime.now(UTC) + timedelta(days=3):%m-%d}"
        world.do(register_member, RegisterMember(phone="13800138001", birthday=born, source="till"))
        put_batch(world, "CAKE", CouponHolder.MEMBER, valid_days=14)
        world.set("birthday_coupon_batch", "CAKE")
    # Who was registered without a birthday is nobody's; the other one has theirs within a week.
    assert shop("worker", "run", "give-birthday-coupons").err == "give-birthday-coupons: done, 1\n"
    assert shop("worker", "run", "give-birthday-coupons").err == "give-birthday-coupons: done, 0\n"
    assert shop("check").code == 0
