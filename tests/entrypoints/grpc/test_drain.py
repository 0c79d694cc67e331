import threading
import time
from typing import Any

import grpc

from tests.entrypoints.grpc import toy
from tests.entrypoints.grpc.serving import Running, metadata_of, new_id, serving
from tests.entrypoints.grpc.toy import message

SELL = "/liansuo.toy.v1.ToyService/Sell"
OPEN = "/liansuo.toy.v1.ToyService/Open"


def sell() -> Any:
    request = message("SellRequest")(request_id=new_id())
    request.basket.lines.add(sku="A", quantity_milli=1_000)
    return request


class Terminal(threading.Thread):
    """Sells until the server is gone; keeps what it was answered."""

    def __init__(self, server: Running) -> None:
        super().__init__()
        self.server = server
        self.acknowledged: list[str] = []
        self.sent: list[str] = []
        self.failed: list[grpc.StatusCode] = []

    def run(self) -> None:
        with grpc.insecure_channel(self.server.address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
            call = channel.unary_unary(SELL)
            while not self.failed:
                request = sell()
                self.sent.append(request.request_id)
                try:
                    call(request.SerializeToString(), timeout=20, metadata=metadata_of(credential="cashier"))
                except grpc.RpcError as error:
                    refused: Any = error
                    self.failed.append(refused.code())
                else:
                    self.acknowledged.append(request.request_id)


def test_a_drain_under_load_loses_nothing_that_was_acknowledged(storage: toy.Storage):
    with serving(storage) as server:
        terminals = [Terminal(server) for _ in range(16)]
        for terminal in terminals:
            terminal.start()
        while len(storage.sales) < 200:
            time.sleep(0.01)
        server.drain().result(20)
        for terminal in terminals:
            terminal.join(20)
    stored = [call.request_id for call in storage.sales]
    acknowledged = {request_id for terminal in terminals for request_id in terminal.acknowledged}
    sent = {request_id for terminal in terminals for request_id in terminal.sent}
    assert len(stored) == len(set(stored))
    assert acknowledged <= set(stored) <= sent
    assert {code for terminal in terminals for code in terminal.failed} == {grpc.StatusCode.UNAVAILABLE}


def test_calls_under_way_are_answered_and_new_ones_turned_away(storage: toy.Storage):
    with serving(storage, drain_seconds=20) as server:
        storage.hold.clear()
        under_way = [server.future(SELL, sell()) for _ in range(10)]
        while server.server._calls.running() < 10:
            time.sleep(0.01)
        draining = server.drain()
        time.sleep(0.3)
        with grpc.insecure_channel(server.address, [("grpc.use_local_subchannel_pool", 1)]) as late:
            turned_away = late.unary_unary(OPEN).future(b"", timeout=5)
            assert turned_away.code() is grpc.StatusCode.UNAVAILABLE
        assert not draining.done()
        storage.hold.set()
        assert {future.code() for future in under_way} == {grpc.StatusCode.OK}
        draining.result(20)
    assert len(storage.sales) == 10


def test_what_outlasts_the_grace_is_cancelled_and_stored_all_the_same(storage: toy.Storage):
    with serving(storage, drain_seconds=0.2) as server:
        storage.hold.clear()
        request = sell()
        slow = server.future(SELL, request)
        while not storage.batches:
            time.sleep(0.01)
        draining = server.drain()
        assert slow.code() in (grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE)
        storage.hold.set()
        draining.result(20)
    assert [call.request_id for call in storage.sales] == [request.request_id]


def test_draining_twice_is_draining_once(server: Running):
    first, second = server.drain(), server.drain()
    first.result(20)
    assert second.result(20) is None
