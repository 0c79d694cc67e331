"""Replenishment by what is forecast."""

from dataclasses import replace

import pytest

from application.forecasting.queries import GetForecast, get_forecast
from application.forecasting.run_forecast import RunForecast, run_forecast
from application.replenishment.propose import GetProposal, ProposeReplenishment, get_proposal, propose_replenishment
from application.replenishment.rules import PutReplenishmentRules, Rule, put_replenishment_rules
from domain.replenishment.rule import DemandBasis, GoodsKind, Method, PlaceKind
from tests.application.forecasting.two_years import trade
from tests.world import World

WEEKLY = Rule(
    PlaceKind.CHAIN, "", GoodsKind.ALL, "", Method.DEMAND, service_bp=9_500, lead_days=3, lead_deviation_milli=0,
    review_days=4, cover_days=0, minimum_milli=0, maximum_milli=0, pack_milli=0, order_minimum_milli=0,
    source_store_code="", surplus_days=0, ended=False,
)  # fmt: skip
"""What is ordered has to last for a week."""


def proposed(world: World) -> dict[tuple[str, str], tuple[str, int]]:
    """What demand goes by, and what it is a day, by store and SKU."""
    made = world.do(propose_replenishment, ProposeReplenishment())
    lines = world.ask(get_proposal, GetProposal(made.proposal_id)).lines
    return {(one.store_code, one.sku): (one.demand.value, one.mean_milli) for one in lines}


@pytest.mark.capability("REP-03")
def test_demand_is_what_is_forecast_where_a_rule_or_the_setting_says_so(world: World) -> None:
    trade(world, weeks=12)
    world.do(put_replenishment_rules, PutReplenishmentRules((WEEKLY,)))
    by_mean = proposed(world)
    assert by_mean["S1", "COLA"][0] == "mean"
    world.do(
        put_replenishment_rules,
        PutReplenishmentRules(
            (replace(WEEKLY, goods_kind=GoodsKind.SKU, goods_code="COLA", demand=DemandBasis.FORECAST),)
        ),
    )
    # As long as nothing is forecast the mean counts.
    assert proposed(world) == by_mean
    world.do(run_forecast, RunForecast())
    by_forecast = proposed(world)
    assert {key for key, (demand, _) in by_forecast.items() if demand == "forecast"} == {("S1", "COLA"), ("S2", "COLA")}
    assert by_forecast["S1", "TEA"] == by_mean["S1", "TEA"]
    # It is Monday: the week that is to be covered is the first that was forecast.
    expected = sum(one.weeks[0].quantity_milli for one in world.ask(get_forecast, GetForecast("COLA")).stores) / 7
    assert abs(by_forecast["S1", "COLA"][1] + by_forecast["S2", "COLA"][1] - expected) <= 1
    world.set("replenishment_demand", "forecast")
    assert {demand for demand, _ in proposed(world).values()} == {"forecast"}
    # Once all that was forecast is over, the mean counts again.
    world.clock.advance(days=7 * 13)
    assert {demand for demand, _ in proposed(world).values()} == {"mean"}
