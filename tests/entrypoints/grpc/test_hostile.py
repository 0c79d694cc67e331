from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from tests.entrypoints.grpc import toy
from tests.entrypoints.grpc.hostile import FORBIDDEN, REQUESTS, bombard, hostile_requests
from tests.entrypoints.grpc.serving import Running, metadata_of, new_id


def sell() -> Any:
    request = toy.message("SellRequest")(request_id=new_id())
    request.basket.lines.add(sku="A", quantity_milli=1_000, notes=["gift"], price=toy.message("Price")(amount_minor=5))
    request.sold_at.FromJsonString("2025-11-22T10:00:00Z")
    return request


def put_box() -> Any:
    request = toy.message("PutBoxRequest")(request_id=new_id())
    request.box.MergeFrom(toy.message("Box")(code="B1", colour=1, lid=2, stripes=[1, 2], label=b"x", numbers=[1, 2]))
    request.box.packed_at.FromJsonString("2025-11-22T10:00:00Z")
    request.box.first.MergeFrom(toy.message("Line")(sku="A", quantity_milli=1))
    return request


REQUEST_OF = {
    "Sell": sell(),
    "SellMany": toy.message("SellManyRequest")(sales=[sell(), sell()]),
    "PutBox": put_box(),
    "Open": toy.message("OpenRequest")(code="B1"),
    "GetBox": toy.message("GetBoxRequest")(code="B1"),
}


@pytest.mark.parametrize("rpc", REQUEST_OF)
def test_hostile_requests_never_look_like_defects(server: Running, rpc: str):
    codes = bombard(
        server.channel, f"/{toy.TOY.full_name}/{rpc}", REQUEST_OF[rpc], metadata=metadata_of(credential="cashier")
    )
    assert codes.total() == REQUESTS
    assert not codes.keys() & FORBIDDEN, codes
    assert codes[grpc.StatusCode.INVALID_ARGUMENT] > 0
    assert server.log("incident") == []


def test_the_standard_services_take_hostile_bytes_too(server: Running):
    check = bombard(server.channel, "/grpc.health.v1.Health/Check", health_pb2.HealthCheckRequest(service="x"))
    assert check.keys() <= {
        grpc.StatusCode.OK,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.INVALID_ARGUMENT,
    }
    info = server.channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
    valid = reflection_pb2.ServerReflectionRequest(file_containing_symbol=toy.TOY.full_name)
    codes = set()
    for request in hostile_requests(valid, requests=200):
        call = info(iter([request]), timeout=10)
        try:
            list(call)
        except grpc.RpcError as error:
            codes.add(error.code())
    assert codes <= {grpc.StatusCode.INVALID_ARGUMENT}


def test_a_server_without_the_guard_is_found_out():
    # The checker counts only because it fails here: a generated deserializer lets errors out of the handler's reach.
    answer = grpc.unary_unary_rpc_method_handler(
        lambda request, context: toy.message("SellResponse")(),
        request_deserializer=toy.message("SellRequest").FromString,
        response_serializer=toy.message("SellResponse").SerializeToString,
    )
    naive = grpc.server(ThreadPoolExecutor(2))
    naive.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(toy.TOY.full_name, {"Sell": answer})])
    port = naive.add_insecure_port("127.0.0.1:0")
    naive.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            codes = bombard(channel, f"/{toy.TOY.full_name}/Sell", sell(), requests=200)
    finally:
        naive.stop(None)
    assert codes.keys() & FORBIDDEN


def test_the_same_seed_gives_the_same_requests():
    assert list(hostile_requests(REQUEST_OF["Sell"], requests=50)) == list(
        hostile_requests(REQUEST_OF["Sell"], requests=50)
    )
