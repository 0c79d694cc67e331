"""Whatever bytes come, every RPC says what is wrong with them, writes nothing for them, and goes on (T23)."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random
from typing import Any, Final, NamedTuple

import grpc
import pytest
from google.protobuf.message import Message

from application.identity.callers import CreateTerminal, create_terminal
from application.identity.enroll import Enroll, enroll
from entrypoints.grpc.limits import LOOP_BYTES_MAX
from entrypoints.grpc.rpc import Kind
from liansuo.catalog.v1 import catalog_pb2_grpc
from liansuo.sales.v1 import sales_pb2
from tests.entrypoints.grpc.hostile import broken, mutated
from tests.stress.barrage import BYTES_MAX, Barrage
from tests.stress.chain import ADMIN, Chain
from tests.stress.client import METHODS, Reply, Terminal
from tests.stress.conftest import opened
from tests.stress.edge import Edge
from tests.stress.requests import new_id, sale
from tests.stress.server import Server, free_port
from tests.stress.valid_requests import VALID, Valid
from tests.world import Till

REQUESTS: Final = 1_000
"""To every RPC on each of the two engines, so 2,000; not the same ones."""

REQUESTS_LONG: Final = 20_000
IN_FLIGHT: Final = 64
DEADLINE_S: Final = 60.0
PASSES_MAX: Final = 6
KINDS: Final = 32
"""After so many requests every kind has had its turn, as often as it is to come."""

KNOWING: Final = 8
"""Of these kinds the first so many know the message; the others are random bytes."""

NETWORKED_EVERY: Final = 8
"""Of so many rounds of kinds one goes over the network to a server; the others to the same edge in this process,
because of what they are about, their bytes, the network knows nothing."""

AGAIN_EVERY: Final = 3
"""Of the commands that were refused, one in so many is sent again, to see that a refusal writes nothing."""

HUGE: Final = 2
"""Of the requests to one RPC: how many are so long that the time goes into sending them."""

RANDOM_BYTES_MAX: Final = 2_000
REPEATED: Final = 400_000

EXPECTED: Final = {
    grpc.StatusCode.OK,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}
"""INTERNAL and UNKNOWN would be defects, UNAVAILABLE and DEADLINE_EXCEEDED a server that can be knocked out."""

TOO_LONG: Final = "SERVER: Received message larger than max"
"""What the core of gRPC answers before a message comes to us."""

COUNTS_WRONG_PINS: Final = {"SignIn": "staff", "Approve": "staff", "OpenGiftCard": "gift_cards"}
"""Where an RPC that refuses a wrong PIN counts it."""

NO_COMMAND: Final = frozenset(
    "MALFORMED_REQUEST TOO_MANY_FIELDS REQUEST_TOO_LARGE FORBIDDEN_CHARACTER INVALID_REQUEST_ID FIELD_REQUIRED "
    "UNKNOWN_VALUE INVALID_TIME PERMISSION_MISSING".split()
)
"""Reasons of the edge, for which no transaction was begun."""

REVEALING: Final = re.compile(
    r"Traceback|File \"|\.py\b|\.db\b|sqlalchemy|sqlite3|psycopg|SELECT .+ FROM|INSERT INTO|UPDATE .+ SET",
    re.I,
)
"""What an answer must not hold: a stack, a statement, a path, a library."""

INCIDENT: Final = re.compile(rb'"incident":"[0-9a-f]|"event":"worker died"')
MASK: Final = b"\xee\x80\x80"
"""U+E000, which stands for a surrogate until the message is bytes: Python makes no text with one."""

KNOWN_TEXTS: Final = (
    "S1", "S2", "EAST", "K01", "TEA", "RICE", "BASE", "FOOD", "EA", "KG", "VAT13", "13800138001", "CARD1", "T1", "C01",
    "terminal", "cashier", "store", "2026-11-22", "1970-01-01", "negative_stock", "\ue000", "\ufffe", "\u0301" * 100,
    "e\u202e\u2066x", "\U0001f9fe" * 60, "\x7f\x1b[2J", "Ω≈ç√∫", "01", "+8613800138001",
)  # fmt: skip
"""Names that exist, in the wrong places, and text that databases and terminals are known to trip over."""


Contents = Mapping[str, str]
"""A digest of every table."""


@dataclass(frozen=True, eq=False)
class Sender:
    """A caller, who may call over the network in two ways."""

    credential: str
    terminal: Terminal
    barrage: Barrage


class Addressed(NamedTuple):
    """A request, who sends it and which way, as often as it is sent."""

    sender: Sender
    data: bytes
    networked: bool


@dataclass(frozen=True)
class Assault:
    """What goes to one RPC, and who sends it."""

    rpc: str
    valid: Valid
    edge: Edge
    senders: Sequence[Sender]
    sale_ids: Sequence[int]
    seed: str

    def requests(self, count: int) -> list[Addressed]:
        """So many requests, the same for the same seed: of each KINDS some go over the network."""
        chance = Random(f"{self.seed}/{self.rpc}")
        return [
            Addressed(
                chance.choice(self.senders), data, number // KINDS % NETWORKED_EVERY == 0 or len(data) > LOOP_BYTES_MAX
            )
            for number, data in enumerate(self._bytes(chance, count))
        ]

    def send(self, requests: Sequence[Addressed]) -> list[Reply]:
        """The replies to the requests, many of which are under way at the same time."""
        replies: dict[int, Reply] = {}
        for networked, send in ((False, self._send_inside), (True, self._send_over_network)):
            places = [place for place, request in enumerate(requests) if request.networked is networked]
            for start in range(0, len(places), IN_FLIGHT):
                together = places[start : start + IN_FLIGHT]
                replies.update(zip(together, send([requests[place] for place in together]), strict=True))
        return [replies[place] for place in range(len(requests))]

    def _send_inside(self, requests: Sequence[Addressed]) -> list[Reply]:
        return self.edge.replies(self.rpc, [(request.sender.credential, request.data) for request in requests])

    def _send_over_network(self, requests: Sequence[Addressed]) -> list[Reply]:
        replies: dict[int, Reply] = {}
        under_way: list[tuple[Sender, list[int], list[int]]] = []
        for sender in self.senders:
            own = [n for n, sent in enumerate(requests) if sent.sender is sender and len(sent.data) <= BYTES_MAX]
            if own:
                under_way.append((sender, own, sender.barrage.send(self.rpc, [requests[n].data for n in own])))
        for place, sent in enumerate(requests):
            if len(sent.data) > BYTES_MAX:
                replies[place] = sent.sender.terminal.ask(self.rpc, sent.data, deadline_s=DEADLINE_S)
        for sender, own, streams in under_way:
            replies.update(zip(own, sender.barrage.replies(self.rpc, streams), strict=True))
        return [replies[place] for place in range(len(requests))]

    def _bytes(self, chance: Random, count: int) -> Iterator[bytes]:
        """Mostly random bytes, the rest mutations that know the message, and valid bytes broken or misplaced."""
        for number in range(count):
            request_id, sale_id, kind = new_id(chance), chance.choice(self.sale_ids), number % KINDS
            if kind >= KNOWING:
                yield chance.randbytes(chance.choice((10, 50, RANDOM_BYTES_MAX)))
                continue
            valid = self.valid(request_id, sale_id)
            match kind:
                case 0 | 1 | 2 | 3:
                    odd = mutated(valid, chance)
                    if hasattr(odd, "request_id") and kind:
                        # With a wrong one nothing behind it would be reached.
                        odd.request_id = valid.request_id
                    yield odd.SerializeToString()
                case 4 | 5:
                    yield broken(valid.SerializeToString(), chance)
                case 6 if number < HUGE * KINDS:
                    yield huge(valid, chance)
                case _:
                    misplace(valid, chance, self.sale_ids)
                    yield valid.SerializeToString().replace(MASK, b"\xed\xa0\x80")


@pytest.fixture(scope="module")
def senders(chain: Chain, server: Server) -> Iterator[list[Sender]]:
    """Two callers who may do everything: one for the whole chain, one for a single store."""
    code = chain.do(create_terminal, CreateTerminal("S1-ALL", "S1", "admin")).enrolment_code
    credentials = [chain.credentials[ADMIN], chain.do(enroll, Enroll(code)).credential]
    with opened(server, credentials * 2) as terminals, ExitStack() as cleaning:
        barrages = [Barrage(server.address, credential, deadline_s=int(DEADLINE_S)) for credential in credentials * 2]
        for barrage in barrages:
            cleaning.callback(barrage.close)
        yield [Sender(*ways) for ways in zip(credentials * 2, terminals, barrages, strict=True)]


@pytest.fixture(scope="module")
def edge(chain: Chain) -> Iterator[Edge]:
    made = Edge(chain.url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def sale_ids(chain: Chain, senders: list[Sender]) -> list[int]:
    """Sales that hostile requests may name: of the terminal that sends half of them, and of a store it does not see."""
    chance = Random(1)
    own = [
        senders[1].terminal.ask("Checkout", sale(new_id(chance), {"K01": 3})).as_a(sales_pb2.CheckoutResponse)
        for _ in range(40)
    ]
    foreign = [chain.sell(Till().line("K01", 3).cash(10_000).command, chain.s2) for _ in range(10)]
    return [answer.sale.sale_id for answer in own] + [sold.sale_id for sold in foreign]


@pytest.mark.parametrize("long", [False, pytest.param(True, marks=pytest.mark.long)], ids=["", "long"])
@pytest.mark.parametrize("module", VALID)
@pytest.mark.timeout(3_600)
def test_survives_hostile_requests(
    chain: Chain,
    server: Server,
    edge: Edge,
    senders: list[Sender],
    sale_ids: list[int],
    record_property,
    module: str,
    long: bool,
):
    requests = REQUESTS_LONG if long else REQUESTS
    found = chain.contents()
    for rpc, valid in reads_first(VALID[module]):
        assault = Assault(rpc, valid, edge, senders, sale_ids, seed=chain.engine.dialect.name)
        codes, found = withstand(chain, assault, assault.requests(requests), found)
        record_property(rpc, {code.name: count for code, count in codes.items()})
        print(rpc, {code.name: count for code, count in codes.items()})

    assert server.is_serving()
    assert INCIDENT.search(server.log.read_bytes()) is None
    assert edge.incidents == []
    assert chain.broken() == []


def test_every_rpc_is_attacked():
    assert {rpc for module in VALID.values() for rpc in module} == METHODS.keys()


def test_sees_what_an_unguarded_server_answers():
    """The positive control: with the servicers that gRPC generates, most random bytes look like a defect."""
    from concurrent.futures import ThreadPoolExecutor

    server = grpc.server(ThreadPoolExecutor(1))
    catalog_pb2_grpc.add_CatalogServiceServicer_to_server(catalog_pb2_grpc.CatalogServiceServicer(), server)
    port = server.add_insecure_port(f"127.0.0.1:{free_port()}")
    server.start()
    chance = Random(1)
    terminal = Terminal(f"127.0.0.1:{port}", "")
    replies = [terminal.ask("PutProducts", chance.randbytes(200)) for _ in range(200)]
    terminal.close()
    server.stop(None).wait()

    assert Counter(reply.code for reply in replies)[grpc.StatusCode.INTERNAL] > 190


def withstand(
    chain: Chain, assault: Assault, requests: list[Addressed], before: Contents
) -> tuple[Counter[grpc.StatusCode], Contents]:
    """Sends all requests and judges the replies; how often each status came, and what the database holds then.

    Some of what was refused is sent again until nothing of it succeeds, and that round must leave the database as it
    was; only what never became a command is not worth it.
    """
    codes: Counter[grpc.StatusCode] = Counter()
    reads = METHODS[assault.rpc].row.kind is Kind.READ
    every = AGAIN_EVERY
    for _ in range(PASSES_MAX):
        replies = assault.send(requests)
        judge(replies)
        codes = codes or Counter(reply.code for reply in replies)
        found = chain.contents()
        if reads or not any(reply.ok for reply in replies):
            assert to_compare(found, assault.rpc) == to_compare(before, assault.rpc)
            return codes, found
        before = found
        refused = [
            request._replace(networked=len(request.data) > LOOP_BYTES_MAX)
            for request, reply in zip(requests, replies, strict=True)
            if not reply.ok and reply.reason and reply.reason not in NO_COMMAND
        ]
        requests, every = refused[::every], 1
    raise AssertionError(f"{assault.rpc} goes on accepting what it refused before")


def reads_first(rpcs: Mapping[str, Valid]) -> list[tuple[str, Valid]]:
    """The RPCs in an order in which those that only read find the chain as it was furnished."""
    return sorted(rpcs.items(), key=lambda named: METHODS[named[0]].row.kind is not Kind.READ)


def to_compare(contents: Contents, rpc: str) -> Contents:
    """What must stay as it is: everything, but wrong PINs are counted on purpose."""
    return {table: digest for table, digest in contents.items() if table != COUNTS_WRONG_PINS.get(rpc)}


def judge(replies: Sequence[Reply]) -> None:
    """Every reply is one of those expected, a refusal says why, and none tells how the server is built."""
    codes = Counter(reply.code for reply in replies)
    assert codes.keys() <= EXPECTED, codes
    for reply in {reply for reply in replies if not reply.ok}:
        assert reply.reason or reply.en.startswith(TOO_LONG)
        assert not REVEALING.search(f"{reply.en} {reply.zh} {reply.field}"), reply


def huge(valid: Message, chance: Random) -> bytes:
    """A message whose first list or text goes on and on."""
    lists = [field for field in valid.DESCRIPTOR.fields if field.is_repeated]
    if lists and chance.random() < 0.5:
        # An empty element each: two bytes here, a hundred in memory.
        return bytes([lists[0].number << 3 | 2, 0]) * REPEATED
    texts = [field for field in valid.DESCRIPTOR.fields if field.type == field.TYPE_STRING and not field.is_repeated]
    for field in texts[:1]:
        setattr(valid, field.name, "长" * REPEATED)
    return valid.SerializeToString()


def misplace(valid: Message, chance: Random, sale_ids: Sequence[int]) -> None:
    """Puts what exists where it does not belong, below zero, or out of all proportion."""
    places: list[Callable[[], Any]] = []
    _collect(valid, places, chance, sale_ids)
    for place in chance.sample(places, min(len(places), chance.randint(1, 3))):
        place()


def _collect(message: Message, places: list[Callable[[], Any]], chance: Random, sale_ids: Sequence[int]) -> None:
    for field, value in message.ListFields():
        if field.message_type is not None:
            for inner in value if field.is_repeated else [value]:
                _collect(inner, places, chance, sale_ids)
        elif field.is_repeated:
            continue
        elif isinstance(value, str):
            places.append(lambda name=field.name: setattr(message, name, chance.choice(KNOWN_TEXTS)))
        elif isinstance(value, bool) or field.enum_type is not None:
            continue
        elif isinstance(value, int):
            numbers = (-value, value + 1, value * 1_000, *sale_ids[:2], 3)
            places.append(lambda name=field.name, numbers=numbers: _set(message, name, chance.choice(numbers)))


def _set(message: Message, name: str, number: int) -> None:
    field = message.DESCRIPTOR.fields_by_name[name]
    bound = 2**31 if field.type == field.TYPE_INT32 else 2**63
    setattr(message, name, max(-bound, min(number, bound - 1)))
