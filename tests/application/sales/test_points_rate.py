"""The points of a stored sale are explained by the settings of its store then."""

import pytest

from application.identity.settings import PutSetting, put_setting
from application.sales.explain_sale import ExplainSale, explain_sale
from application.sales.points_rate import PointsRate
from application.sales.refund import RefundSale
from domain.identity.organisation import ScopeKind
from tests.world import Till, World


def told(world: World, sale_id: int) -> PointsRate | None:
    found: PointsRate | None = world.ask(explain_sale, ExplainSale(sale_id=sale_id)).points_rate
    return found


def settings(rate: PointsRate | None) -> list[tuple[str, str, str]]:
    assert rate is not None
    return [(one.name, one.value, one.set_for) for one in rate.settings[:3]]


def put(world: World, kind: ScopeKind, code: str, value: str) -> None:
    world.clock.advance(minutes=1)
    world.do(put_setting, PutSetting("points_store_factor_bp", kind, code, value))
    world.clock.advance(minutes=1)


@pytest.mark.capability("PTS-01")
def test_the_rate_is_that_of_the_store_then_whatever_was_set_since(world: World) -> None:
    tea = Till().line("TEA").member().cash(10_000).command
    plain = world.sell(tea)
    put(world, ScopeKind.STORE, "S1", "15000")
    by_store = world.sell(tea)
    elsewhere = world.sell(tea, world.s2)
    put(world, ScopeKind.REGION, "EAST", "20000")
    by_region = world.sell(tea, world.s2)
    put(world, ScopeKind.STORE, "S1", "30000")
    world.clock.advance(minutes=1)
    world.set("points_per_major_unit", "7")
    per_unit = ("points_per_major_unit", "1", "default")
    rounding = ("points_rounding", "down", "default")
    for sale, points, factor in (
        (plain, 100, ("10000", "default")),
        (by_store, 150, ("15000", "store")),
        (elsewhere, 100, ("10000", "default")),
        (by_region, 200, ("20000", "region")),
    ):
        rate = told(world, sale.sale_id)
        assert settings(rate) == [per_unit, ("points_store_factor_bp", *factor), rounding]
        assert rate is not None
        # All 100.00 earned: what is told explains every point.
        assert sale.points_earned == points == sale.total_minor * rate.earn_points // rate.earn_per_minor


def test_what_earned_nothing_has_no_rate(world: World) -> None:
    sale = world.sell(Till().line("TEA").cash(10_000).command)
    refund = world.refund(RefundSale(sale.sale_id, "colour"))
    assert (told(world, sale.sale_id), told(world, refund.sale.sale_id)) == (None, None)
