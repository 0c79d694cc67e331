from application.catalog.entries import ComponentEntry, ProductEntry, RecipeEntry
from application.catalog.put_products import PutProducts, put_products
from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, receive_goods
from entrypoints.grpc.assemblies import SERVICE
from liansuo.inventory.v1 import assembly_pb2 as pb2
from tests.entrypoints.table_calls import call, permissions


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {"AssembleGoods": "inventory.assemble"}


def test_makes_goods_of_others(stocked):
    recipe = RecipeEntry((ComponentEntry("TEA", 2_000),))
    stocked.write(put_products, PutProducts((ProductEntry("SET", "Set", "FOOD", "EA", recipe=recipe),)))
    stocked.write(receive_goods, ReceiveGoods((ReceiptLine("TEA", 5_000, 500),), "S01"))
    request = pb2.AssembleGoodsRequest(store_code="S01", sku="SET", quantity_milli=2_000)
    made = call(stocked, SERVICE, "AssembleGoods", request)
    assert made == pb2.AssembleGoodsResponse(
        assembly_id=made.assembly_id,
        business_date="2025-06-01",
        cost_minor=400,
        components=[pb2.AssembledComponent(sku="TEA", quantity_milli=4_000, cost_minor=400)],
    )
