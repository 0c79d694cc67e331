"""No phone number can be read where nobody needs one: in the database, in logs, in traces, in what is refused."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import grpc
import pytest

from application.identity.callers import CreateTerminal, create_terminal
from application.identity.enroll import Enroll, enroll
from application.membership.cards import BlockCard, block_card
from application.membership.register_member import RegisterMember, register_member
from entrypoints.grpc.rpc import Kind
from tests.stress.chain import ADMIN, PHONES, Chain
from tests.stress.client import METHODS, Reply, Terminal
from tests.stress.conftest import POSTGRES_WORKERS, opened, running
from tests.stress.requests import MEMBER, new_id
from tests.stress.server import Server, free_port
from tests.stress.valid_requests import VALID
from tests.world import MASTER_KEY

NOBODY = "13712345678"
"""A phone that nobody has registered."""

KNOWN = (*PHONES, NOBODY)
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


class Collector:
    """An endpoint for traces that keeps what it is sent."""

    def __init__(self) -> None:
        self.port = free_port()
        self.received: list[bytes] = []
        self._server = grpc.server(ThreadPoolExecutor(2))
        handler = grpc.unary_unary_rpc_method_handler(self._keep)
        service, _, name = EXPORT[1:].partition("/")
        self._server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, {name: handler})])
        self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        self._server.start()

    def _keep(self, request: bytes, _: Any) -> bytes:
        self.received.append(request)
        return b""

    def close(self) -> None:
        self._server.stop(None).wait()


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.close()


@pytest.fixture
def traced(chain: Chain, collector: Collector, tmp_path: Path) -> Iterator[Server]:
    """A server that sends its traces to the collector and logs as much as it can."""
    workers = POSTGRES_WORKERS if chain.url.startswith("postgresql") else 1
    endpoint = f"http://127.0.0.1:{collector.port}"
    server = Server(
        chain.url,
        master_key=MASTER_KEY,
        log=tmp_path / "log",
        workers=workers,
        otlp_endpoint=endpoint,
        log_level="debug",
    )
    with running(server):
        yield server


def written(chain: Chain) -> str:
    """Everything that the database holds, as text; binary values both as they are and in hexadecimal."""
    tables = [name for (name,) in chain.rows(_TABLES[chain.engine.dialect.name])]
    parts: list[str] = []
    for table in tables:
        for row in chain.rows(f"SELECT * FROM {table}"):
            for value in row:
                if isinstance(value, bytes | memoryview):
                    data = bytes(value)
                    parts += [data.decode("latin-1"), data.hex()]
                else:
                    parts.append(str(value))
    return "\n".join(parts)


_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgresql": "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'",
}


def found_in(text: str, phones: tuple[str, ...] | list[str]) -> list[str]:
    """The phones that can be read there, in digits or as the bytes of digits."""
    return [phone for phone in phones if phone in text or phone.encode().hex() in text]


def asked_by(terminal: Terminal, chance: Random) -> Iterator[tuple[str, Reply]]:
    """Every RPC with its valid request, then with a phone that nobody has, then with a member's in places unfit."""
    for module in VALID.values():
        for rpc, valid in module.items():
            data = valid(new_id(chance), 1).SerializeToString()
            elsewhere = valid(new_id(chance), 1).SerializeToString().replace(MEMBER.encode(), NOBODY.encode())
            for request in (data, elsewhere):
                yield rpc, terminal.ask(rpc, request)


def test_phones_cannot_be_read_anywhere(chain: Chain, traced: Server, collector: Collector):
    chance = Random(4)
    code = chain.do(create_terminal, CreateTerminal("S1-PLAIN", "S1", "terminal")).enrolment_code
    credentials = [chain.do(enroll, Enroll(code)).credential, chain.credentials[ADMIN], ""]
    with opened(traced, credentials) as (till, office, nobody):
        replies = [answer for terminal in (till, office, nobody) for answer in asked_by(terminal, chance)]
        log_before = traced.log.read_bytes()
    refused = [reply for _, reply in replies if not reply.ok]
    assert len(refused) > len(METHODS), "nobody's requests at least"
    told = "\n".join(f"{reply.reason} {reply.field} {reply.en} {reply.zh}" for reply in refused)
    assert found_in(told, KNOWN) == []

    # A cashier reads masked phones only.
    of_till = replies[: len(replies) // len(credentials)]
    for rpc, reply in of_till:
        if reply.ok and METHODS[rpc].row.kind is Kind.READ:
            assert found_in(reply.body.decode("latin-1"), KNOWN) == [], rpc

    traced.close()
    logged = log_before.decode() + traced.log.read_text()
    assert logged.count('"event":"call"') >= len(replies)
    assert found_in(logged, KNOWN) == []
    spans = b"".join(collector.received).decode("latin-1")
    assert "GetMember" in spans
    assert "SELECT" in spans
    assert found_in(spans, KNOWN) == []

    registered = [phone for phone in KNOWN if phone != NOBODY]
    assert found_in(written(chain), registered) == []


def test_sees_a_phone_that_was_written_into_a_note(chain: Chain):
    """The positive control."""
    phone = "13698765432"
    chain.do(register_member, RegisterMember(card="SEEN", phone=phone, source="test"))
    assert found_in(written(chain), [phone]) == []
    chain.do(block_card, BlockCard("SEEN", f"call {phone}"))
    assert found_in(written(chain), [phone]) == [phone]
