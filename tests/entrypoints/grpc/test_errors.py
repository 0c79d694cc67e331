import base64
from urllib.parse import quote

import grpc
import pytest
from google.rpc import status_pb2

from application.identity.authenticate import CredentialMissing, SessionEnded
from application.ports.kernel import CommitUnknown, Contention, StorageFull
from application.transactor import Busy, RequestReused
from domain.shared.errors import Conflict, Forbidden, Invalid, NotFound, Rejected
from entrypoints.grpc.errors import (
    DETAILS_KEY,
    DeadlinePassed,
    Draining,
    RequestTooLarge,
    TooManyCalls,
    Unexpected,
    failure_of,
)
from entrypoints.grpc.limits import METADATA_BYTES_MAX


class TooHeavy(Invalid):
    en = "{thing} weighs {weight} g."
    zh = "{thing} 重 {weight} 克。"


class Absent(NotFound): ...


class Closed(Rejected): ...


class Taken(Conflict): ...


class NotAllowed(Forbidden): ...


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (TooHeavy("box", thing="A", weight=3), grpc.StatusCode.INVALID_ARGUMENT, "TOO_HEAVY"),
        (Absent(), grpc.StatusCode.NOT_FOUND, "ABSENT"),
        (Closed(), grpc.StatusCode.FAILED_PRECONDITION, "CLOSED"),
        (Taken(), grpc.StatusCode.ALREADY_EXISTS, "TAKEN"),
        (RequestReused("request_id", request_id="x"), grpc.StatusCode.ALREADY_EXISTS, "REQUEST_REUSED"),
        (NotAllowed(), grpc.StatusCode.PERMISSION_DENIED, "NOT_ALLOWED"),
        (CredentialMissing(), grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_MISSING"),
        (SessionEnded(), grpc.StatusCode.UNAUTHENTICATED, "SESSION_ENDED"),
        (Busy(), grpc.StatusCode.UNAVAILABLE, "TRY_AGAIN"),
        (Contention(), grpc.StatusCode.UNAVAILABLE, "TRY_AGAIN"),
        (StorageFull(), grpc.StatusCode.RESOURCE_EXHAUSTED, "NO_ROOM"),
        (CommitUnknown(), grpc.StatusCode.UNAVAILABLE, "TRY_AGAIN"),
        (Draining(), grpc.StatusCode.UNAVAILABLE, "DRAINING"),
        (TooManyCalls(limit=1), grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_CALLS"),
        (RequestTooLarge(size=2, limit=1), grpc.StatusCode.RESOURCE_EXHAUSTED, "REQUEST_TOO_LARGE"),
        (DeadlinePassed(), grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_PASSED"),
    ],
)
def test_every_kind_of_error_has_its_status(error: Exception, code: grpc.StatusCode, reason: str):
    failure = failure_of(error)
    assert (failure.code, failure.reason, failure.incident) == (code, reason, "")


@pytest.mark.parametrize("error", [ValueError("phone 13800138000"), KeyError("x"), RuntimeError()])
def test_an_unforeseen_error_shows_its_incident_and_nothing_of_its_text(error: Exception):
    failure = failure_of(error)
    assert (failure.code, failure.reason) == (grpc.StatusCode.INTERNAL, "UNEXPECTED")
    assert len(failure.incident) == 32
    assert failure.refusal.message() == f"Unexpected error. Quote incident {failure.incident} when you report it."
    assert failure.refusal.message("zh") == f"发生意外错误。报告时请提供事件编号 {failure.incident}。"
    assert isinstance(failure.refusal, Unexpected)
    assert failure_of(error).incident != failure.incident


class Unspeakable(Rejected):
    en = "{sku} is gone."
    zh = "{sku} 没有了。"


def test_a_refusal_that_cannot_be_told_is_a_defect():
    failure = failure_of(Unspeakable("sku", name="A"))
    assert (failure.code, failure.reason) == (grpc.StatusCode.INTERNAL, "UNEXPECTED")
    assert len(failure.incident) == 32


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("letter", ["x", "名", "𝕏"])
def test_what_a_refusal_quotes_is_cut_so_that_headers_stay_small(letter: str, language: str):
    long = letter * 1_000_000
    failure = failure_of(TooHeavy(long, thing=long, weight=3, more=long, less=long, other=long))
    ((key, data),) = failure.trailing_metadata(language)
    assert key == DETAILS_KEY
    assert len(base64.b64encode(data)) + len(quote(failure.message)) < METADATA_BYTES_MAX
    status = status_pb2.Status.FromString(data)
    assert (status.code, status.message) == (3, failure.message)
    assert status.message.endswith("… weighs 3 g.")


def test_ordinary_quotes_are_not_cut():
    failure = failure_of(TooHeavy("basket.lines[499].sku", thing="x" * 400, weight=3))
    assert failure.message == f"{'x' * 400} weighs 3 g."
