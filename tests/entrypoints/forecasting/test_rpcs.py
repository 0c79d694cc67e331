"""Forecasts through the contract."""

from dataclasses import dataclass
from typing import Any

import pytest

from entrypoints.grpc.forecasting import SERVICE
from liansuo.forecasting.v1 import forecasting_pb2 as pb2
from tests.application.forecasting.launches import launch
from tests.application.forecasting.two_years import monday, trade
from tests.entrypoints.table_calls import call, permissions
from tests.world import World


@dataclass
class Edge:
    """A world as tables of RPCs are called on it."""

    world: World

    def write(self, use_case: Any, command: Any, **_: Any) -> Any:
        return self.world.do(use_case, command)

    def read(self, query: Any, command: Any, **_: Any) -> Any:
        return self.world.ask(query, command)


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "RunForecast": "forecasts.run",
        "ListForecastRuns": "forecasts.read",
        "GetForecast": "forecasts.read",
        "GetForecastAccuracy": "forecasts.read",
        "ForecastNewProduct": "forecasts.read",
        "ForecastPurchases": "forecasts.run",
        "ListNextPurchases": "forecasts.members",
        "ListMembersDue": "forecasts.members",
    }


@pytest.mark.capability("REP-02")
def test_a_forecast_is_made_and_read_with_its_errors(world: World):
    trade(world, weeks=12)
    edge: Any = Edge(world)
    run = call(edge, SERVICE, "RunForecast", pb2.RunForecastRequest()).run
    assert (run.state, run.place_kind) == (pb2.FORECAST_RUN_STATE_FINISHED, pb2.FORECAST_PLACE_KIND_REGION)
    assert (run.origin_on, run.weeks, run.history_weeks, run.held_out_weeks) == (monday(12).isoformat(), 13, 11, 3)
    [listed] = call(edge, SERVICE, "ListForecastRuns", pb2.ListForecastRunsRequest()).runs
    assert listed == run
    told = call(edge, SERVICE, "GetForecast", pb2.GetForecastRequest(sku="TEA", weeks=2))
    assert [one.store_code for one in told.stores] == ["S1", "S2"]
    assert [one.week_on for one in told.stores[0].weeks] == [monday(12).isoformat(), monday(13).isoformat()]
    first = call(edge, SERVICE, "GetForecast", pb2.GetForecastRequest(sku="TEA", weeks=2, page_size=1))
    rest = pb2.GetForecastRequest(sku="TEA", weeks=2, page_size=1, page_token=first.next_page_token)
    assert [*first.stores, *call(edge, SERVICE, "GetForecast", rest).stores] == [*told.stores]
    accuracy = call(edge, SERVICE, "GetForecastAccuracy", pb2.GetForecastAccuracyRequest())
    assert (accuracy.total.wape_bp, accuracy.total.series) == (run.wape_bp, 5)
    assert {one.category_code for one in accuracy.categories} == {"FOOD", "HOME", "DRINKS", "CAKES"}


@pytest.mark.capability("REP-07")
def test_a_new_product_is_forecast_by_those_alike(world: World):
    launch(world)
    edge: Any = Edge(world)
    asked = pb2.ForecastNewProductRequest(sku="NEW", weeks=2)
    found = call(edge, SERVICE, "ForecastNewProduct", asked)
    assert (found.category_code, found.stores, found.launches, found.look_alikes[0].sku) == ("SNACKS", 2, 4, "CHEAP2")
    assert [round(one.quantity_milli / 1_000) for one in found.weeks] == [80, 74]
