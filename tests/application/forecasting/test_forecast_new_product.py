"""New products by those alike, over launches that a store has seen."""

from datetime import timedelta
from typing import Any

import pytest

from application.forecasting.forecast_new_product import (
    ForecastNewProduct,
    NewProductForecast,
    forecast_new_product,
)
from domain.shared.errors import Refusal
from tests.application.forecasting.launches import MONDAY, launch
from tests.world import World


@pytest.fixture
def snacks(world: World) -> World:
    launch(world)
    return world


def asked(world: World, sku: str, **what: Any) -> NewProductForecast:
    found: NewProductForecast = world.ask(forecast_new_product, ForecastNewProduct(sku, **what))
    return found


@pytest.mark.capability("REP-07")
def test_a_new_product_sells_as_those_alike_did_and_the_error_is_told(snacks: World) -> None:
    found = asked(snacks, "NEW", launch_on="2027-05-05")
    assert (found.category_code, found.stores, found.sold_weeks) == ("SNACKS", 2, 0)
    # Two stores, 40 a week each at first; dear goods hardly count.
    assert [(one.week_on, round(one.quantity_milli / 1_000)) for one in found.weeks] == [
        ("2027-05-03", 80), ("2027-05-10", 74), ("2027-05-17", 68), ("2027-05-24", 60),
        ("2027-05-31", 54), ("2027-06-07", 48), ("2027-06-14", 40), ("2027-06-21", 40),
    ]  # fmt: skip
    assert [one.sku for one in found.look_alikes[:3]] == ["CHEAP2", "CHEAP1", "CHEAP3"]
    assert [one.launched_on for one in found.look_alikes[:1]] == [(MONDAY + timedelta(weeks=10)).isoformat()]
    assert sum(one.weight_bp for one in found.look_alikes[:3]) > 9_900
    # Three launches had others before them.
    assert (found.launches, found.wape_bp, found.mean_wape_bp) == (3, 5, 5_471)


def test_what_it_sold_itself_tells_its_level(snacks: World) -> None:
    found = asked(snacks, "YOUNG", weeks=4, store_codes=("S1",))
    assert (found.sold_weeks, found.stores) == (2, 1)
    # 40 pieces instead of 20: (40 + 20) / (20 + 20) times what dear ones do.
    assert [round(one.quantity_milli / 1_000) for one in found.weeks] == [14, 12]
    assert found.look_alikes[0].sku == "DEAR2"


def test_refuses_what_no_launch_can_tell(snacks: World) -> None:
    terminal = snacks.terminal("T1")
    for command, reason, field in (
        (ForecastNewProduct("NOPE"), "UNKNOWN_SKU", "sku"),
        (ForecastNewProduct("NEW", weeks=27), "OUT_OF_RANGE", "weeks"),
        (ForecastNewProduct("NEW", weeks=20), "NO_LOOK_ALIKES", "weeks"),
        (ForecastNewProduct("MUG"), "NO_LOOK_ALIKES", "weeks"),
        (ForecastNewProduct("CHEAP1"), "NOT_NEW", "sku"),
        (ForecastNewProduct("NEW", launch_on="2027-04-01"), "LAUNCH_OUTSIDE", "launch_on"),
        (ForecastNewProduct("NEW", launch_on="2099-04-01"), "LAUNCH_OUTSIDE", "launch_on"),
        (ForecastNewProduct("NEW", launch_on="soon"), "INVALID_DATE", "launch_on"),
        (ForecastNewProduct("NEW", store_codes=("S2",)), "UNKNOWN_STORE", "store_codes[0]"),
    ):
        with pytest.raises(Refusal) as refused:
            snacks.ask(forecast_new_product, command, terminal)
        assert (refused.value.reason, refused.value.field) == (reason, field)
