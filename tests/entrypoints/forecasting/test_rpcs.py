"""Forecasts through the contract."""

from dataclasses import dataclass
from typing import Any

import pytest

from entrypoints.grpc.forecasting import SERVICE
from liansuo.forecasting.v1 import forecasting_pb2 as pb2
from tests.application.forecasting.launches import launch
from tests.application.forecasting.shoppers import shop
from tests.application.forecasting.two_years import monday, trade
from tests.entrypoints.table_calls import call, permissions
from tests.world import MEMBER, World


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


@pytest.mark.capability("REP-08")
def test_next_purchases_are_told_of_a_member_and_by_who_is_due(world: World):
    shop(world)
    edge: Any = Edge(world)
    states = []
    while not states or states[-1] != pb2.PURCHASE_RUN_STATE_FINISHED:
        run = call(edge, SERVICE, "ForecastPurchases", pb2.ForecastPurchasesRequest(when_due=True)).run
        states.append(run.state)
    assert (states[:-1], run.as_of_on, run.members, run.purchases) == (
        [pb2.PURCHASE_RUN_STATE_TELLING],
        "2027-02-23",
        5,
        7,
    )
    told = call(edge, SERVICE, "ListNextPurchases", pb2.ListNextPurchasesRequest(member_key=MEMBER))
    assert [(one.department_code, one.next_on, one.interval_days) for one in told.purchases] == [
        ("FOOD", "2027-03-03", 10),
        ("HOME", "2027-03-13", 16),
    ]
    asked = pb2.ListMembersDueRequest(department_code="FOOD", from_date="2027-03-01", to_date="2027-03-04")
    [due] = call(edge, SERVICE, "ListMembersDue", asked).members
    assert (due.member_number, due.purchase) == (told.member_number, told.purchases[0])
