"""Quotas of points: what fits is earned, what does not is withheld or marked, and returns give it back."""

from typing import Any

import pytest

from application.identity.settings import PutSetting, put_setting
from application.loyalty.quota_queries import GetPointsQuotas, get_points_quotas
from application.sales.explain_sale import ExplainSale, explain_sale
from application.sales.quote import QuoteBasket, quote_basket
from application.sales.refund import RefundSale, ReturnRequest, VoidSale, void_sale
from application.sales.views import SaleView
from domain.identity.organisation import ScopeKind
from domain.shared.errors import Refusal
from tests.world import Till, World

pytestmark = pytest.mark.capability("PTS-06")
HUNDRED = Till().line("TEA").member().cash(10_000)
"""A sale that earns 100 points where there is no quota."""


def put(world: World, name: str, value: str, kind: ScopeKind = ScopeKind.STORE, code: str = "S1") -> None:
    world.do(put_setting, PutSetting(name, kind, code, value))


def earned(world: World, count: int, caller: Any = None) -> list[int]:
    return [world.sell(HUNDRED.command, caller).points_earned for _ in range(count)]


def quotas(world: World, month: str = "", store: str = "S1") -> tuple[int, int, int, int]:
    """Quota and issued points of the store, then of its region."""
    [row] = world.ask(get_points_quotas, GetPointsQuotas(store, month)).quotas
    return row.quota_points, row.issued_points, row.region_quota_points, row.region_issued_points


def explained(world: World, sale: SaleView) -> str:
    return str(world.ask(explain_sale, ExplainSale(sale.sale_id), world.s1).explanation)


def test_a_sale_earns_what_fits_and_is_told_so(world: World):
    put(world, "points_quota_store", "250")
    assert earned(world, 2) == [100, 100]
    assert world.ask(quote_basket, QuoteBasket(HUNDRED.command.basket), world.s1).points_earned == 50
    last = world.sell(Till().line("TEA").line("MUG", 2).member().cash(20_000).command)
    told = "The quota of points of store “S1” for 2026-11 is used up: this sale earns 50 and not 200 points."
    assert (last.points_earned, last.warnings, explained(world, last).endswith(told)) == (50, [told], True)
    assert [line.points_earned for line in last.lines] == [25, 25]
    none = world.sell(HUNDRED.command, world.terminal("T1", language="zh"))
    assert (none.points_earned, none.total_minor, quotas(world)) == (0, 10_000, (250, 250, 0, 0))
    assert none.warnings == ["门店“S1”2026-11 的积分发放额度已用完：本单获得 0 积分，而非 100 积分。"]
    assert "earns 0 and not 100" in explained(world, none)
    # The other store has none, and leaves no trace.
    assert (earned(world, 1, world.s2), world.count("points_quota_uses")) == ([100], 4)
    events = world.rows("SELECT subject_id FROM outbox WHERE topic = 'PointsQuotaExceeded' ORDER BY subject_id")
    assert events == [(last.sale_id,), (none.sale_id,)]


def test_stores_of_a_region_share_its_quota(world: World):
    put(world, "points_quota_region", "250", ScopeKind.REGION, "EAST")
    put(world, "points_quota_store", "120")
    assert (earned(world, 2), earned(world, 2, world.s2)) == ([100, 20], [100, 30])
    assert (quotas(world), quotas(world, store="S2")) == ((120, 120, 250, 250), (0, 0, 250, 250))


def test_what_is_beyond_may_be_earned_and_marked(world: World):
    put(world, "points_quota_store", "150")
    put(world, "points_quota_beyond", "warn")
    assert earned(world, 1) == [100]
    sale = world.sell(HUNDRED.command)
    assert (sale.points_earned, quotas(world)) == (100, (150, 200, 0, 0))
    told = "The quota of points of store “S1” for 2026-11 is exceeded by the 100 points of this sale."
    assert (sale.warnings, told in explained(world, sale)) == ([told], True)
    assert world.rows("SELECT points, beyond FROM points_quota_uses ORDER BY sale_id") == [(100, False), (100, True)]


@pytest.mark.parametrize(("policy", "given"), [("exceed", 100), ("hold", 50)])
def test_a_sale_made_offline_keeps_its_points_by_the_setting(world: World, policy: str, given: int):
    put(world, "points_quota_store", "150")
    put(world, "promotion_limits_upload", policy)
    assert earned(world, 1) == [100]
    sale = world.sell(HUNDRED.offline(world.clock()).command)
    assert (sale.points_earned, quotas(world)[1], len(sale.warnings)) == (given, 100 + given, 1)


def test_returns_give_back_to_the_month_of_the_sale(world: World):
    put(world, "points_quota_store", "250")
    two = world.sell(Till().line("TEA", 2).member().cash(20_000).command)
    cut = world.sell(HUNDRED.command)
    world.once(void_sale, VoidSale(cut.sale_id, "mistake"), world.s1)
    assert (cut.points_earned, quotas(world)) == (50, (250, 200, 0, 0))
    world.clock.advance(days=10)
    world.refund(RefundSale(two.sale_id, "one back", (ReturnRequest(1, 1_000, amount_only=False),)))
    assert (quotas(world, "2026-11"), quotas(world, "2026-12")) == ((250, 100, 0, 0), (250, 0, 0, 0))
    world.refund(RefundSale(two.sale_id, "all back"))
    assert (quotas(world, "2026-11")[1], earned(world, 3)) == (0, [100, 100, 50])


def test_a_lowered_quota_stops_at_once_and_takes_nothing_back(world: World):
    put(world, "points_quota_store", "250")
    assert earned(world, 2) == [100, 100]
    put(world, "points_quota_store", "150")
    assert (earned(world, 1), quotas(world)) == ([0], (150, 200, 0, 0))
    put(world, "points_quota_store", "0")
    assert (earned(world, 1), quotas(world)) == ([100], (0, 200, 0, 0))


def test_sales_of_one_batch_see_each_other(world: World):
    put(world, "points_quota_store", "250")
    sold = world.sell_all([world.call(HUNDRED.command, world.s1) for _ in range(4)])
    assert [sale.points_earned for sale in sold] == [100, 100, 50, 0]


def test_pages_through_the_stores_in_scope(world: World):
    first = world.ask(get_points_quotas, GetPointsQuotas(page_size=1))
    second = world.ask(get_points_quotas, GetPointsQuotas(page_size=1, page_token=first.next_page_token))
    assert [row.store_code for row in (*first.quotas, *second.quotas)] == ["S1", "S2"]
    assert second.next_page_token == ""
    assert [row.store_code for row in world.ask(get_points_quotas, GetPointsQuotas(), world.s2).quotas] == ["S2"]
    with pytest.raises(Refusal, match="2026-13"):
        world.ask(get_points_quotas, GetPointsQuotas(month="2026-13"))
