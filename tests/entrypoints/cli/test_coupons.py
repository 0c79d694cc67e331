"""`liansuo coupon`, and the campaigns of The Complete Journey imported and replayed."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from application.check import run_checks
from application.pricing.coupon_batches import CouponBatchEntry, PutCouponBatches, put_coupon_batches
from application.pricing.coupon_queries import ListCoupons, list_coupons
from domain.pricing.coupon import CouponHolder
from entrypoints.cli import coupon_replay, importing
from entrypoints.cli.campaigns import Campaigns, campaigns_of, load_campaigns
from entrypoints.cli.database import opened
from entrypoints.cli.demo import free_port, served
from tests.entrypoints.cli.journeys import Shell, three_weeks

JOB = "0192f1c8-0000-7000-8000-00000000000a"


def small_campaigns() -> Campaigns:
    """Two campaigns of the two households: 7 gets both, 8 the second; 7 redeems one coupon twice."""
    import pandas  # which takes a second, in every process that collects tests

    return campaigns_of(
        pandas.DataFrame(
            {
                "campaign_id": [1, 2],
                "campaign_type": ["Type B", "Type C"],
                "start_date": pandas.to_datetime(["2017-01-01", "2017-01-05"]),
                "end_date": pandas.to_datetime(["2017-01-10", "2017-02-01"]),
            }
        ),
        pandas.DataFrame({"campaign_id": [1, 2, 2], "household_id": [7, 7, 8]}),
        pandas.DataFrame(
            {
                "coupon_upc": [5100, 5100, 5100, 5200, 5300],
                "product_id": [1, 3, 404, 2, 1],
                "campaign_id": [1, 1, 1, 2, 2],
            }
        ),
        pandas.DataFrame(
            {
                "household_id": [7, 7, 7, 8],
                "coupon_upc": [5100, 5100, 5200, 5200],
                "campaign_id": [1, 1, 2, 2],
                "redemption_date": pandas.to_datetime(["2017-01-10", "2017-01-01", "2017-01-31", "2017-02-01"]),
            }
        ),
    )


@pytest.fixture
def imports(chain_shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell in which the data is a small journey with two campaigns."""
    monkeypatch.setattr(importing, "load", three_weeks)
    monkeypatch.setattr(importing, "load_campaigns", small_campaigns)
    monkeypatch.setattr(coupon_replay, "load_campaigns", small_campaigns)
    return chain_shell


@pytest.fixture
def server(imports: Shell, database_url: str, anywhere: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    port = free_port()
    monkeypatch.setenv("LIANSUO_PORT", str(port))
    monkeypatch.setenv("LIANSUO_MASTER_KEY", "ab" * 32)
    monkeypatch.setenv("LIANSUO_WORKERS", "1")
    with served(database_url, f"127.0.0.1:{port}", anywhere / "server.log"):
        yield


def imported(shell: Shell, *options: str) -> dict[str, tuple[int, int]]:
    ended = shell("import", "complete-journey", "--terminals", "t.json", "--coupons", "--format", "json", *options)
    assert ended.code == 0, ended.err
    return {row["what"]: (row["created"], row["before"]) for row in ended.json if row["what"].startswith("coupon")}


def replayed(shell: Shell) -> dict[str, int]:
    ended = shell("replay-coupons", "--terminals", "t.json", "--format", "json")
    assert ended.code == 0, ended.err
    return {row["what"]: row["count"] for row in ended.json}


def put_batch(**terms: Any) -> None:
    entry = CouponBatchEntry("SUMMER", "Summer", CouponHolder.BEARER, **terms)
    with opened(None) as chain:
        chain.write(put_coupon_batches, PutCouponBatches((entry,)))


def test_campaigns_become_batches_that_their_households_hold(imports: Shell):
    first = {"coupon batches": (3, 0), "coupon promotions": (3, 0), "coupon holders": (3, 0)}
    assert imported(imports) == first
    assert imported(imports) == {what: (0, created) for what, (created, _) in first.items()}
    with opened(None) as chain:
        held = {
            card: [one.batch_code for one in chain.read(list_coupons, ListCoupons(member_key=card)).coupons]
            for card in ("HH7", "HH8")
        }
    assert held == {"HH7": ["C1-5100", "C2-5200", "C2-5300"], "HH8": ["C2-5200", "C2-5300"]}


@pytest.mark.capability("CPN-03")
@pytest.mark.parametrize(
    ("database_url", "uses", "stored", "refused"),
    # The number of uses is a matter of the batch, not of the engine, and a server takes seconds to start.
    [("sqlite", 1, 3, 1), pytest.param("postgresql", 1, 3, 1, marks=pytest.mark.postgres), ("sqlite", 2, 4, 0)],
    indirect=["database_url"],
)
def test_redemptions_are_replayed_and_a_second_one_is_as_the_batch_says(
    imports: Shell, server: None, anywhere: Path, database_url: str, uses: int, stored: int, refused: int
):
    imported(imports, "--coupon-uses", str(uses))
    figures = replayed(imports)
    assert figures == {
        "campaigns": 2,
        "coupons": 3,
        "redemptions": 4,
        "households": 2,
        "redeemed_twice": 1,
        "stored": stored,
        "same_as_before": 0,
        "refused": refused,
        "refused_by_limit_per_member": refused,
        "refused_wrongly": 0,
    }
    again = replayed(imports)
    assert (again["stored"], again["same_as_before"], again["refused"]) == (0, stored, refused)
    [written] = anywhere.rglob("*-coupons.json") if database_url.startswith("postgresql") else [None]
    if written is not None:
        assert json.loads(written.read_text()) == again
    with opened(None) as chain:
        assert [one for result in chain.read(lambda uow, _: run_checks(uow), None) for one in result.violations] == []


def test_the_real_campaigns_are_what_they_are_said_to_be():
    campaigns = load_campaigns()
    assert (len(campaigns.campaigns), len(campaigns.coupons)) == (27, 1_197)
    assert (len(campaigns.redemptions), campaigns.households, campaigns.twice) == (2_102, 410, 27)
    assert sum(len(campaign.households) for campaign in campaigns.campaigns.values()) == 6_589
    late = campaigns.of([26])
    assert {one.campaign_id for one in (*late.coupons, *late.redemptions)} == {26}
    assert all(
        campaign.start <= one.at.date() < campaign.until and one.household_id in campaign.households
        for one in campaigns.redemptions
        for campaign in (campaigns.campaigns[one.campaign_id],)
    )


@pytest.mark.capability("CPN-01")
def test_a_job_issues_thousands_and_carries_on_where_it_stopped(chain_shell: Shell, anywhere: Path):
    put_batch()
    first = chain_shell("coupon", "issue", "SUMMER", "--count", "1000", "--job", JOB)
    assert (first.code, "Issued 1,000 coupons; 0 had been issued before." in first.err) == (0, True)
    whole = chain_shell("coupon", "issue", "SUMMER", "--count", "1200", "--job", JOB)
    assert (whole.code, "Issued 200 coupons; 1,000 had been issued before." in whole.err) == (0, True)
    exported = chain_shell("coupon", "export", "SUMMER", "codes.csv")
    assert "1,200 coupons: codes.csv" in exported.err
    with (anywhere / "codes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["code"] for row in rows}) == 1_200
    assert {row["state"] for row in rows} == {"available"}


def test_coupons_are_issued_to_the_members_of_a_file(imports: Shell, anywhere: Path):
    imported(imports)
    put_batch()
    (anywhere / "members.txt").write_text("HH7\n\n HH8 \n")
    ended = imports("coupon", "issue", "SUMMER", "--members", "members.txt")
    assert (ended.code, "Issued 2 coupons" in ended.err) == (0, True)
    with opened(None) as chain:
        assert len(chain.read(list_coupons, ListCoupons(member_key="HH8")).coupons) == 3


def test_says_what_it_needs(chain_shell: Shell):
    put_batch()
    neither = chain_shell("coupon", "issue", "SUMMER")
    assert (neither.code, "--count or --members" in neither.err) == (2, True)
    no_job = chain_shell("coupon", "issue", "SUMMER", "--count", "1", "--job", "yesterday")
    assert (no_job.code, "is no UUID" in no_job.err) == (2, True)
    unknown = chain_shell("coupon", "issue", "NONE", "--count", "1")
    assert (unknown.code, "no coupon batch “NONE”" in unknown.err) == (1, True)


def test_the_expiry_run_may_be_repeated(chain_shell: Shell):
    put_batch(valid_days=1)
    chain_shell("coupon", "issue", "SUMMER", "--count", "3")
    assert "0 coupons have expired." in chain_shell("coupon", "expire").err
    with opened(None) as chain, chain.units.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE coupons SET until_date = '2017-01-01'")
    assert "3 coupons have expired." in chain_shell("coupon", "expire").err
    assert "0 coupons have expired." in chain_shell("coupon", "expire").err
