from entrypoints.grpc.counts import SERVICE
from liansuo.inventory.v1 import count_pb2 as pb2
from tests.entrypoints.table_calls import call, permissions


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "OpenCount": "counts.manage",
        "EnterCount": "counts.enter",
        "GetCount": "counts.enter",
        "ListCounts": "counts.enter",
        "CloseCount": "counts.manage",
        "PlanCounts": "counts.enter",
    }


def test_a_count_goes_from_its_opening_to_the_books(stocked):
    asked = pb2.OpenCountRequest(kind=pb2.COUNT_KIND_LIST, store_code="S01", skus=["TEA"])
    opened = call(stocked, SERVICE, "OpenCount", asked)
    line = pb2.CountedLine(sku="TEA", quantity_milli=2_000)
    entered = call(stocked, SERVICE, "EnterCount", pb2.EnterCountRequest(count_id=opened.count_id, lines=[line]))
    assert (entered.entered, list(entered.recount)) == (1, ["TEA"])
    closed = call(stocked, SERVICE, "CloseCount", pb2.CloseCountRequest(count_id=opened.count_id))
    assert (closed.counted, closed.differing, closed.found_minor) == (1, 1, 0)
