from entrypoints.grpc.stock_reports import SERVICE
from liansuo.inventory.v1 import stock_report_pb2 as pb2
from tests.entrypoints.table_calls import permissions
from tests.entrypoints.world_calls import ask
from tests.world import Till, World


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == dict.fromkeys(
        ("ListSlowMovers", "ListOverstock", "GetStockTurnover"), "inventory.read"
    )


def test_tells_what_stock_does(world: World):
    world.sell(Till().line("TEA", 50).cash(500_000).command)
    asked = pb2.GetStockTurnoverRequest(store_code="S1", from_date="2026-11-22", to_date="2026-11-22")
    [row] = ask(world, SERVICE, "GetStockTurnover", asked).rows
    assert (row.cost_of_goods_sold_minor, row.opening_minor, row.closing_minor, row.turnover_bp) == (
        300_000, 0, 550_000, 10_909,
    )  # fmt: skip
    over = ask(world, SERVICE, "ListOverstock", pb2.ListOverstockRequest(store_code="S1", days=57))
    assert [(one.sku, one.cover_days) for one in over.goods] == [("MUG", 0), ("RICE", 0)]
    world.clock.advance(days=10)
    idle = ask(world, SERVICE, "ListSlowMovers", pb2.ListSlowMoversRequest(store_code="S1", days=10))
    assert [(one.sku, one.idle_days, one.last_sold_on) for one in idle.slow_movers] == [
        ("TEA", 10, "2026-11-22"), ("MUG", 10, ""), ("RICE", 10, ""),
    ]  # fmt: skip
