"""The line to the server: whether it is up, since when it is not, and the calls over it."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

from domain.shared.errors import Rejected
from liansuo.identity.v1 import identity_pb2
from liansuo.identity.v1.identity_pb2_grpc import IdentityServiceStub
from liansuo_client import Client, Unreachable

Q = TypeVar("Q")
A = TypeVar("A")

PROBE_S: Final = 2.0


class Offline(Rejected):
    en = "This needs the server, and there is no connection to it. Sell without it, or try again when the line is back."
    zh = "此操作需要连接服务器，目前网络中断。可先离线销售，待网络恢复后再试。"


class Line:
    """Knows from the calls themselves whether the server is there. Safe to use from several threads."""

    def __init__(self, client: Client, *, now: Callable[[], datetime]) -> None:
        self.client = client
        self._now = now
        self._lock = threading.Lock()
        # Nobody has asked yet.
        self._offline_since: datetime | None = now()

    @property
    def offline_since(self) -> datetime | None:
        """None while the server answers."""
        with self._lock:
            return self._offline_since

    @property
    def online(self) -> bool:
        return self.offline_since is None

    def call(self, method: Callable[[Q], A], request: Q) -> A:
        """The answer; raises Offline at once while the line is down, and Unreachable when it goes down meanwhile."""
        if not self.online:
            raise Offline("server")
        try:
            return method(request)
        except Unreachable:
            self.lost()
            raise

    def probe(self) -> identity_pb2.GetCallerResponse | None:
        """Asks the server who we are; None when it does not answer. So a line that is back is found."""
        try:
            stub = self.client.of(IdentityServiceStub)
            # Waits for a connection that is on its way, instead of hearing that the last attempt failed.
            answer = stub.GetCaller(identity_pb2.GetCallerRequest(), timeout=PROBE_S, wait_for_ready=True)
        except Unreachable:
            self.lost()
            return None
        with self._lock:
            self._offline_since = None
        return answer

    def lost(self) -> None:
        """Notes that the server does not answer; the first time counts."""
        with self._lock:
            self._offline_since = self._offline_since or self._now()
