"""A service with one RPC of every kind over storage in memory: what the edge's own tests serve."""

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, timestamp_pb2
from google.protobuf.message_factory import GetMessageClass
from grpc_tools import protoc

from application.identity.authenticate import CredentialRefused, Credentials, SessionEnded
from application.ports.kernel import Claim, ClaimedBefore, StoredAnswer
from application.transactor import Call
from domain.identity.organisation import Caller, CallerKind
from domain.shared.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, Rejected
from entrypoints.grpc.rpc import PUBLIC, Outcome, Service, batched, batched_many, command, read, write


def _file() -> Any:
    with TemporaryDirectory() as folder:
        out = Path(folder) / "toy.bin"
        here = Path(__file__).parent
        arguments = [f"-I{here}", f"-I{files('grpc_tools') / '_proto'}", f"--descriptor_set_out={out}", "toy.proto"]
        assert protoc.main(["protoc", *arguments]) == 0
        described = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    assert timestamp_pb2.DESCRIPTOR.name == "google/protobuf/timestamp.proto"
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(described.file[0].SerializeToString())
    return pool.FindFileByName("toy.proto")


FILE = _file()
TOY = FILE.services_by_name["ToyService"]


def message(name: str) -> Any:
    """The class of a message of toy.proto."""
    return GetMessageClass(FILE.message_types_by_name[name])


class Colour(StrEnum):
    RED = "red"
    DARK_BLUE = "dark_blue"


@dataclass(frozen=True, slots=True)
class Price:
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Line:
    sku: str
    quantity_milli: int
    notes: tuple[str, ...] = ()
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Basket:
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Sell:
    basket: Basket
    sold_at: datetime | None
    uploaded: bool


@dataclass(slots=True)
class Sold:
    sale_id: int
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Box:
    code: str
    colour: Colour
    lid: Colour | None
    stripes: tuple[Colour, ...]
    packed_at: datetime
    opened_at: datetime | None
    seen_at: Sequence[datetime]
    first: Line
    second: Line | None
    sealed: bool
    label: bytes
    weight: int
    numbers: list[int]


@dataclass(frozen=True, slots=True)
class PutBox:
    box: Box


@dataclass(frozen=True, slots=True)
class BoxPut:
    box: Box
    secret: str


@dataclass(frozen=True, slots=True)
class Open:
    code: str


@dataclass(frozen=True, slots=True)
class GetBox:
    code: str


class UnknownBox(NotFound):
    en = "There is no box “{code}”."
    zh = "没有箱子“{code}”。"


class OutOfStock(Rejected):
    en = "{sku} is out of stock."
    zh = "{sku} 缺货。"


class BoxExists(Conflict):
    en = "Box “{code}” exists."
    zh = "箱子“{code}”已存在。"


class NotYours(Forbidden):
    en = "Not yours."
    zh = "无权操作。"


class NegativeQuantity(Invalid):
    en = "The quantity must be above zero."
    zh = "数量必须大于零。"


class TooManySales(Invalid):
    en = "At most {limit} sales."
    zh = "最多 {limit} 笔。"


@dataclass
class Storage:
    """What the toy keeps; one transaction at a time."""

    answers: dict[tuple[int, str], StoredAnswer] = field(default_factory=dict)
    sales: list[Call[Sell]] = field(default_factory=list)
    boxes: dict[str, Box] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    read_by: list[Caller] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.hold.set()

    @contextmanager
    def begin(self, *, caller: Caller, now: datetime, request_id: str = "") -> Iterator["Work"]:
        with self.lock:
            work = Work(self, caller)
            yield work

    @contextmanager
    def read(self, *, caller: Caller, now: datetime) -> Iterator["Work"]:
        self.read_by.append(caller)
        yield Work(self, caller)


class Work:
    """One transaction of the toy, and its claims."""

    def __init__(self, storage: Storage, caller: Caller) -> None:
        self.storage = storage
        self.caller = caller
        self.requests = self
        self.new_answers: dict[tuple[int, str], StoredAnswer] = {}
        self.new_sales: list[Call[Sell]] = []
        self.new_boxes: dict[str, Box] = {}

    def claim(self, claims: Collection[Claim], *, at: datetime) -> Mapping[tuple[int, str], StoredAnswer]:
        keys = [(claim.caller_id, claim.request_id) for claim in claims]
        return {key: self.storage.answers[key] for key in keys if key in self.storage.answers}

    def claim_new(self, claims: Collection[Claim], *, at: datetime) -> None:
        if self.claim(claims, at=at):
            raise ClaimedBefore

    def confirm(self) -> None:
        pass

    def answer(self, claim: Claim, answer: bytes) -> None:
        stored = StoredAnswer(claim.operation, claim.fingerprint, answer)
        self.new_answers[claim.caller_id, claim.request_id] = stored

    def release(self, claim: Claim) -> None:
        self.new_answers.pop((claim.caller_id, claim.request_id), None)

    def commit(self) -> None:
        self.storage.hold.wait(10)
        self.storage.answers |= self.new_answers
        self.storage.sales += self.new_sales
        self.storage.boxes |= self.new_boxes


def sell(uow: Any, calls: Sequence[Call[Sell]]) -> list[Sold | Refusal]:
    uow.storage.batches.append(len(calls))
    outcomes: list[Sold | Refusal] = []
    for call in calls:
        lines = call.command.basket.lines
        sku = lines[0].sku if lines else ""
        if sku == "BROKEN":
            raise ValueError("member 13800138000 of 'Zhang San' <zhang@example.com> is broken")
        if any(line.quantity_milli <= 0 for line in lines):
            outcomes.append(NegativeQuantity("basket.lines[0].quantity_milli"))
        elif sku == "NONE":
            outcomes.append(OutOfStock("basket.lines[0].sku", sku=sku))
        else:
            uow.new_sales.append(call)
            outcomes.append(Sold(len(uow.storage.sales) + len(uow.new_sales), list(lines)))
    return outcomes


def put_box(uow: Any, command: PutBox) -> BoxPut:
    box = command.box
    if box.code in uow.storage.boxes:
        raise BoxExists("box.code", code=box.code)
    if box.code == "OTHERS":
        raise NotYours("box.code")
    uow.new_boxes[box.code] = box
    return BoxPut(box, f"secret of {box.code}")


def open_box(uow: Any, command: Open) -> None:
    uow.storage.opened.append(command.code)


def get_box(uow: Any, command: GetBox) -> Box:
    if command.code == "BROKEN":
        raise KeyError("password 'hunter2' of 13800138000")
    uow.storage.hold.wait(10)
    box = uow.storage.boxes.get(command.code)
    if box is None:
        raise UnknownBox("code", code=command.code)
    return box


SALES_MAX = 20


def split(request: Any) -> Sequence[Any]:
    if not 1 <= len(request.sales) <= SALES_MAX:
        raise TooManySales("sales", limit=SALES_MAX)
    return request.sales


def join(outcomes: Sequence[Outcome], language: str) -> Any:
    response = message("SellManyResponse")()
    for outcome in outcomes:
        result = response.results.add(request_id=outcome.request_id)
        if outcome.failure is None:
            result.status = "same_as_before" if outcome.replayed else "stored"
            result.sale_id = outcome.response.sale_id
        else:
            result.status = "refused"
            result.reason = outcome.failure.reason
            result.field = getattr(outcome.failure.refusal, "field", "")
            result.message = outcome.failure.refusal.message(language)
    return response


def rows() -> dict[str, Any]:
    """The toy's table, new at each call so that a test can break it."""
    return {
        "Sell": batched(sell, message("SellResponse"), needs="sales.checkout", fixed={"uploaded": False}),
        "SellMany": batched_many(
            "Sell",
            message("SellManyResponse"),
            needs="sales.upload",
            split=split,
            join=join,
            fixed={"uploaded": True},
        ),
        "PutBox": write(put_box, message("PutBoxResponse"), needs="inventory.receive", secret=("secret",)),
        "Open": command(open_box, message("OpenResponse"), needs=PUBLIC),
        "GetBox": read(get_box, message("GetBoxResponse"), needs="inventory.read", into="box"),
    }


SERVICE = Service(TOY, rows())

CASHIER = Caller(
    caller_id=7,
    code="S01-1",
    kind=CallerKind.TERMINAL,
    store_id=3,
    staff_id=None,
    staff_code="",
    permissions=frozenset({"sales.checkout", "sales.upload", "inventory.read", "inventory.receive"}),
    store_ids=frozenset({3}),
)
CALLERS = {
    "cashier": CASHIER,
    "second": replace(CASHIER, caller_id=8, code="S01-2"),
    "reader": replace(CASHIER, caller_id=9, code="S01-3", permissions=frozenset({"inventory.read"})),
    "admin": replace(CASHIER, caller_id=10, code="HQ", permissions=frozenset({"*"}), store_ids=None),
}


def authenticate(credentials: Credentials) -> Caller:
    """Callers by credential; the only session that holds is "signed-in"."""
    caller = CALLERS.get(credentials.credential)
    if caller is None:
        raise CredentialRefused
    if credentials.session not in ("", "signed-in"):
        raise SessionEnded
    return replace(caller, language=credentials.language, certificate_digest=credentials.certificate_digest)
