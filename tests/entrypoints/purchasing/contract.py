"""Calls RPCs of purchase documents on a furnished chain, from message to message."""

from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from domain.identity.organisation import SYSTEM, Caller
from entrypoints.grpc.rpc import Kind, Service
from tests.world import World


@dataclass(frozen=True)
class Contract:
    """The RPCs of one service; refusals are raised."""

    world: World
    service: Service

    def call(self, name: str, request: Message, caller: Caller = SYSTEM) -> Any:
        method = self.service.methods[f"/{self.service.name}/{name}"]
        run = self.world.ask if method.row.kind is Kind.READ else self.world.do
        return method.row.response.FromString(method.show(run(method.use_case, method.decode(request), caller)))
