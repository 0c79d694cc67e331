"""The edge of the server in this process: the same functions from bytes to bytes, on the same database, no network."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final, NoReturn

import grpc
import uvloop

from entrypoints.container import Container
from entrypoints.grpc.calls import REPLAYED, Calls, Handle
from entrypoints.settings import Settings
from tests.providers import FakeProvider
from tests.stress.client import METHODS, Reply, told
from tests.world import MASTER_KEY

DEADLINE_S: Final = 60.0


class Edge:
    """Answers as a worker process does. `incidents` are the errors that nobody had foreseen."""

    def __init__(self, database_url: str) -> None:
        self.incidents: list[Exception] = []
        settings = Settings(database_url=database_url, master_key=MASTER_KEY.hex())  # type: ignore[arg-type]
        self._container = Container(settings=settings)
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self._calls = self._runner.run(self._open(settings))
        self._handles: dict[str, Handle] = {}

    def replies(self, rpc: str, requests: Sequence[tuple[str, bytes]]) -> list[Reply]:
        """What comes of these requests, each with the credential of its caller, when all arrive at once."""
        handle = self._handles.get(rpc)
        if handle is None:
            handle = self._handles[rpc] = self._calls.answering(METHODS[rpc])
        return self._runner.run(_together(handle, requests))

    def close(self) -> None:
        self._runner.run(self._calls.close())
        self._runner.close()
        self._container.shutdown_resources()

    async def _open(self, settings: Settings) -> Calls:
        parts = self._container
        return Calls(
            parts.services(),
            transactor=parts.transactor(),
            authenticate=parts.authenticate(),
            clock=parts.clock(),
            observe=lambda _: None,
            report=lambda _, error: self.incidents.append(error),
            threads=settings.threads,
            calls_max=settings.calls_max,
            payment_providers={"fake": FakeProvider(parts.clock())},
        )


class _Aborted(Exception):
    def __init__(self, reply: Reply) -> None:
        self.reply = reply


class _Context:
    """What a call asks of the context that grpc.aio gives it."""

    def __init__(self, credential: str) -> None:
        self._metadata = (("authorization", f"Bearer {credential}"), ("accept-language", "zh-CN"))
        self.replayed = False

    def time_remaining(self) -> float:
        return DEADLINE_S

    def invocation_metadata(self) -> Sequence[tuple[str, str]]:
        return self._metadata

    def set_trailing_metadata(self, metadata: Any) -> None:
        self.replayed = metadata is REPLAYED

    async def abort(self, code: grpc.StatusCode, message: str, trailing: Sequence[tuple[str, bytes]]) -> NoReturn:
        [(_, status)] = trailing
        raise _Aborted(told(code, message, status))


async def _together(handle: Handle, requests: Sequence[tuple[str, bytes]]) -> list[Reply]:
    return await asyncio.gather(*[_reply(handle, credential, data) for credential, data in requests])


async def _reply(handle: Handle, credential: str, request: bytes) -> Reply:
    context = _Context(credential)
    try:
        body = await handle(request, context)  # type: ignore[arg-type]  # all of a context that it uses
    except _Aborted as aborted:
        return aborted.reply
    return Reply(grpc.StatusCode.OK, body, context.replayed)
