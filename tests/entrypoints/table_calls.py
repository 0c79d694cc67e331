"""Calls an RPC as its table binds it, from message to message, without a network between."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message

from domain.identity.organisation import Caller
from entrypoints.grpc.rpc import Kind, Service
from tests.application.small_chain import HQ, SmallChain


def call(chain: SmallChain, service: Service, name: str, request: Message, *, caller: Caller = HQ) -> Any:
    """The response message; refusals are raised."""
    method = service.methods[f"/{service.name}/{name}"]
    run = chain.read if method.row.kind is Kind.READ else chain.write
    result = run(method.use_case, method.decode(request), caller=caller)
    return method.row.response.FromString(method.show(result))


def permissions(service: Service) -> Mapping[str, str]:
    """Which permission each RPC needs."""
    return {path.rpartition("/")[2]: method.row.needs for path, method in service.methods.items()}
