"""Asks an RPC that reads as its table binds it, from message to message, in the small chain that has traded."""

from typing import Any

from google.protobuf.message import Message

from domain.identity.organisation import SYSTEM, Caller
from entrypoints.grpc.rpc import Service
from tests.world import World


def ask(world: World, service: Service, name: str, request: Message, caller: Caller = SYSTEM) -> Any:
    """The response message; refusals are raised."""
    method = service.methods[f"/{service.name}/{name}"]
    return method.row.response.FromString(method.show(world.ask(method.use_case, method.decode(request), caller)))
