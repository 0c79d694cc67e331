from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from tests.entrypoints.grpc import toy
from tests.entrypoints.grpc.serving import Running, serving

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.mark.parametrize("service", ["", "liansuo.toy.v1.ToyService"])
def test_a_server_that_runs_says_so_without_credential_or_deadline(server: Running, service: str):
    health = health_pb2_grpc.HealthStub(server.channel)
    assert health.Check(health_pb2.HealthCheckRequest(service=service)).status == SERVING


def test_nothing_is_known_of_a_service_that_is_not_there(server: Running):
    with pytest.raises(grpc.RpcError) as raised:
        health_pb2_grpc.HealthStub(server.channel).Check(health_pb2.HealthCheckRequest(service="nothing"))
    failed: Any = raised.value
    assert failed.code() is grpc.StatusCode.NOT_FOUND


def test_who_watches_is_told_before_the_server_ends_and_does_not_hold_it_up(storage: toy.Storage):
    with serving(storage, drain_seconds=30) as server:
        watch = health_pb2_grpc.HealthStub(server.channel).Watch(health_pb2.HealthCheckRequest())
        assert next(watch).status == SERVING
        draining = server.drain()
        assert next(watch).status == NOT_SERVING
        with pytest.raises(grpc.RpcError):
            next(watch)
        assert watch.code() is grpc.StatusCode.UNAVAILABLE
        # At once, not after the 30 seconds that calls under way would get.
        assert draining.result(5) is None


def test_a_watch_that_is_given_up_leaves_nothing_behind(server: Running):
    watch = health_pb2_grpc.HealthStub(server.channel).Watch(health_pb2.HealthCheckRequest())
    next(watch)
    watch.cancel()
    assert health_pb2_grpc.HealthStub(server.channel).Check(health_pb2.HealthCheckRequest()).status == SERVING


def listed(server: Running) -> list[str]:
    info = reflection_pb2_grpc.ServerReflectionStub(server.channel).ServerReflectionInfo
    (answer,) = info(iter([reflection_pb2.ServerReflectionRequest(list_services="")]), timeout=5)
    return sorted(service.name for service in answer.list_services_response.service)


def test_reflection_lists_the_services_for_developers(server: Running):
    assert listed(server) == [
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
        "liansuo.toy.v1.ToyService",
    ]


def test_reflection_is_off_in_production():
    with serving(production=True, master_key="00" * 32) as server, pytest.raises(grpc.RpcError) as raised:
        listed(server)
    failed: Any = raised.value
    assert failed.code() is grpc.StatusCode.UNIMPLEMENTED


def test_probes_are_not_logged(server: Running):
    health_pb2_grpc.HealthStub(server.channel).Check(health_pb2.HealthCheckRequest())
    listed(server)
    assert server.log("call") == []
