import socket
from urllib.request import urlopen

import pytest

from entrypoints.grpc.metrics import Metrics
from tests.entrypoints.grpc import toy
from tests.entrypoints.grpc.serving import new_id, serving
from tests.entrypoints.grpc.toy import message

SELL = "/liansuo.toy.v1.ToyService/Sell"
GET_BOX = "/liansuo.toy.v1.ToyService/GetBox"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_counts_calls_by_outcome_and_batches_by_size(storage: toy.Storage):
    metrics = Metrics()
    with serving(storage, metrics=metrics) as server:
        request = message("SellRequest")(request_id=new_id())
        request.basket.lines.add(sku="A", quantity_milli=1_000)
        for _ in range(3):
            server.call(SELL, request)
        server.call(GET_BOX, message("GetBoxRequest")(code="X"))
        server.call(GET_BOX, message("GetBoxRequest")(code="BROKEN"))
        sample = metrics.registry.get_sample_value
        assert sample("liansuo_calls_running") == 0
        assert sample("liansuo_commands_waiting", {"operation": "toy.sell"}) == 0
    sell, get_box = "liansuo.toy.v1.ToyService/Sell", "liansuo.toy.v1.ToyService/GetBox"
    assert sample("liansuo_calls_total", {"rpc": sell, "code": "OK"}) == 3
    assert sample("liansuo_calls_total", {"rpc": get_box, "code": "NOT_FOUND"}) == 1
    assert sample("liansuo_calls_total", {"rpc": get_box, "code": "INTERNAL"}) == 1
    assert sample("liansuo_call_duration_seconds_count", {"rpc": sell}) == 3
    assert sample("liansuo_batch_commands_bucket", {"le": "1.0"}) == 3
    assert sample("liansuo_incidents_total") == 1


def test_answers_scrapes_on_loopback_until_it_is_stopped():
    metrics, port = Metrics(), free_port()
    stop = metrics.serve(port)
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        assert b"liansuo_incidents_total 0.0" in answer.read()
    with pytest.raises(OSError):
        Metrics().serve(port)
    stop()
    with pytest.raises(OSError):
        urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5)
