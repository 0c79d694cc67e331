"""Calls through a real server, with storage in memory."""

import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from entrypoints.grpc.limits import BULK_REQUEST_BYTES_MAX, LOOP_BYTES_MAX, REQUEST_BYTES_MAX, RETRY_AFTER_MS
from tests.entrypoints.grpc import toy
from tests.entrypoints.grpc.serving import Failed, Running, new_id, serving
from tests.entrypoints.grpc.toy import message

SELL = "/liansuo.toy.v1.ToyService/Sell"
SELL_MANY = "/liansuo.toy.v1.ToyService/SellMany"
PUT_BOX = "/liansuo.toy.v1.ToyService/PutBox"
OPEN = "/liansuo.toy.v1.ToyService/Open"
GET_BOX = "/liansuo.toy.v1.ToyService/GetBox"

INVALID = grpc.StatusCode.INVALID_ARGUMENT


def sell(request_id: str = "", *, sku: str = "A", quantity_milli: int = 1_000, lines: int = 1) -> Any:
    request = message("SellRequest")(request_id=request_id or new_id())
    for _ in range(lines):
        request.basket.lines.add(sku=sku, quantity_milli=quantity_milli)
    return request


def put_box(code: str = "B1", request_id: str = "") -> Any:
    request = message("PutBoxRequest")(request_id=request_id or new_id())
    request.box.MergeFrom(message("Box")(code=code, colour=1))
    request.box.packed_at.FromJsonString("2025-11-22T10:00:00Z")
    request.box.first.SetInParent()
    return request


def get_box(code: str = "B1") -> Any:
    return message("GetBoxRequest")(code=code)


def sold(answer: bytes) -> Any:
    return message("SellResponse").FromString(answer)


def until(condition: Callable[[], bool]) -> None:
    """Waits for a condition that is about to come true."""
    for _ in range(1_000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come true within 10 seconds")


def committed_together(server: Running, storage: toy.Storage, requests: list[Any]) -> list[Any]:
    """Sends a first request, then the others while the first is being committed; the answers to come of all of them."""
    storage.hold.clear()
    futures = [server.future(SELL, sell())]
    until(lambda: storage.batches == [1])
    futures += [server.future(SELL, request) for request in requests]
    until(lambda: server.server._calls.waiting() == {"toy.sell": len(requests)})
    storage.hold.set()
    return futures


# Once, and only once.


def test_a_batched_call_takes_effect_once_and_is_answered_alike(server: Running, storage: toy.Storage):
    request = sell()
    first, fresh = server.call_with_metadata(SELL, request)
    again, replayed = server.call_with_metadata(SELL, request)
    assert sold(first).sale_id == 1
    assert again == first
    assert (fresh.get("liansuo-replayed"), replayed.get("liansuo-replayed")) == (None, "true")
    assert [call.command.uploaded for call in storage.sales] == [False]
    assert storage.sales[0].caller == toy.CASHIER


def test_the_case_of_the_request_id_does_not_count(server: Running, storage: toy.Storage):
    request_id = new_id()
    first = server.call(SELL, sell(request_id.upper()))
    assert server.call(SELL, sell(request_id)) == first
    assert [call.request_id for call in storage.sales] == [request_id]


@pytest.mark.parametrize(
    "second",
    [
        lambda request_id: (SELL, sell(request_id, sku="B")),
        lambda request_id: (PUT_BOX, put_box(request_id=request_id)),
    ],
    ids=["another body", "another RPC"],
)
def test_a_request_id_stands_for_one_request(server: Running, storage: toy.Storage, second: Any):
    request_id = new_id()
    server.call(SELL, sell(request_id))
    path, request = second(request_id)
    refused = server.call(path, request)
    assert (refused.code, refused.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_REUSED")
    assert refused.fields == ["request_id"]
    assert len(storage.sales) == 1
    assert storage.boxes == {}


def test_the_same_request_id_of_another_terminal_is_another_request(server: Running, storage: toy.Storage):
    request = sell()
    assert sold(server.call(SELL, request)).sale_id == 1
    assert sold(server.call(SELL, request, credential="second")).sale_id == 2
    assert [call.caller.code for call in storage.sales] == ["S01-1", "S01-2"]


def test_fifty_side_by_side_take_effect_once(server: Running, storage: toy.Storage):
    request = sell()
    answers = {future.result() for future in [server.future(SELL, request) for _ in range(50)]}
    assert len(answers) == 1
    assert len(storage.sales) == 1


def test_a_refused_request_may_be_sent_again(server: Running, storage: toy.Storage):
    request_id = new_id()
    refused = server.call(SELL, sell(request_id, sku="NONE"))
    assert (refused.code, refused.fields) == (grpc.StatusCode.FAILED_PRECONDITION, ["basket.lines[0].sku"])
    assert storage.answers == {}
    assert sold(server.call(SELL, sell(request_id))).sale_id == 1


def test_a_write_takes_effect_once_and_shows_its_secret_once(server: Running, storage: toy.Storage):
    request = put_box()
    first = message("PutBoxResponse").FromString(server.call(PUT_BOX, request))
    answer, metadata = server.call_with_metadata(PUT_BOX, request)
    again = message("PutBoxResponse").FromString(answer)
    assert (first.secret, again.secret) == ("secret of B1", "")
    assert (first.box, again.box) == (request.box, request.box)
    assert metadata["liansuo-replayed"] == "true"
    assert list(storage.boxes) == ["B1"]
    assert [b"secret" in stored.answer for stored in storage.answers.values()] == [False]


def test_calls_that_wait_are_committed_together(server: Running, storage: toy.Storage):
    futures = committed_together(server, storage, [sell() for _ in range(39)])
    assert sorted(sold(future.result()).sale_id for future in futures) == list(range(1, 41))
    assert storage.batches == [1, 39]
    until(lambda: sorted(line["batch"] for line in server.log("call")) == [1] + [39] * 39)


def test_one_broken_command_fails_alone(server: Running, storage: toy.Storage):
    futures = committed_together(server, storage, [sell(sku=sku) for sku in ("B", "BROKEN", "C", "NONE")])
    codes = [future.code() for future in futures]
    assert codes == [
        grpc.StatusCode.OK,
        grpc.StatusCode.OK,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.OK,
        grpc.StatusCode.FAILED_PRECONDITION,
    ]
    assert sorted(call.command.basket.lines[0].sku for call in storage.sales) == ["A", "B", "C"]


def test_a_large_request_is_answered_like_a_small_one(server: Running):
    request = sell(lines=5_000)
    assert LOOP_BYTES_MAX < len(request.SerializeToString()) < REQUEST_BYTES_MAX
    assert len(sold(server.call(SELL, request)).lines) == 5_000


# Many in one request.


def upload(server: Running, *sales: Any, **options: Any) -> list[Any]:
    answer = server.call(SELL_MANY, message("SellManyRequest")(sales=sales), **options)
    return list(message("SellManyResponse").FromString(answer).results)


def test_what_was_sold_online_is_recognised_when_it_is_uploaded(server: Running, storage: toy.Storage):
    online, offline = sell(), sell()
    assert sold(server.call(SELL, online)).sale_id == 1
    assert [(r.status, r.sale_id) for r in upload(server, online, offline)] == [("same_as_before", 1), ("stored", 2)]
    assert [(r.status, r.sale_id) for r in upload(server, online, offline)] == [
        ("same_as_before", 1),
        ("same_as_before", 2),
    ]
    again, metadata = server.call_with_metadata(SELL, offline)
    assert (sold(again).sale_id, metadata["liansuo-replayed"]) == (2, "true")
    assert [call.command.uploaded for call in storage.sales] == [False, True]


def test_every_sale_of_an_upload_is_answered_in_order_and_none_stops_another(server: Running, storage: toy.Storage):
    first, last, twice = sell(), sell(), sell()
    incomplete = message("SellRequest")(request_id=new_id())
    results = upload(
        server,
        first,
        sell(sku="NONE"),
        message("SellRequest")(request_id="17"),
        incomplete,
        sell(quantity_milli=-1),
        twice,
        twice,
        sell(twice.request_id, sku="B"),
        sell(sku="BROKEN"),
        last,
        language="zh",
    )
    assert [(r.status, r.reason, r.field) for r in results] == [
        ("stored", "", ""),
        ("refused", "OUT_OF_STOCK", "basket.lines[0].sku"),
        ("refused", "INVALID_REQUEST_ID", "request_id"),
        ("refused", "FIELD_REQUIRED", "basket"),
        ("refused", "NEGATIVE_QUANTITY", "basket.lines[0].quantity_milli"),
        ("stored", "", ""),
        ("same_as_before", "", ""),
        ("refused", "REQUEST_REUSED", "request_id"),
        ("refused", "UNEXPECTED", ""),
        ("stored", "", ""),
    ]
    assert results[1].message == "NONE 缺货。"
    assert [r.request_id for r in results][:3] == [first.request_id, results[1].request_id, "17"]
    assert [call.request_id for call in storage.sales] == [first.request_id, twice.request_id, last.request_id]
    assert len(server.log("incident")) == 1
    (line,) = server.log("call")
    assert (line["code"], line["batch"]) == ("OK", 8)


@pytest.mark.parametrize("count", [0, toy.SALES_MAX + 1])
def test_an_upload_of_too_many_or_none_is_refused_whole(server: Running, storage: toy.Storage, count: int):
    request = message("SellManyRequest")(sales=[sell() for _ in range(count)])
    refused = server.call(SELL_MANY, request)
    assert (refused.code, refused.reason, refused.fields) == (INVALID, "TOO_MANY_SALES", ["sales"])
    assert storage.sales == []


# Commands and queries.


def test_a_public_command_needs_no_credential(server: Running, storage: toy.Storage):
    assert server.call(OPEN, message("OpenRequest")(code="X"), credential=None) == b""
    assert storage.opened == ["X"]


def test_a_query_reads_as_its_caller(server: Running, storage: toy.Storage):
    server.call(PUT_BOX, put_box())
    answer = message("GetBoxResponse").FromString(server.call(GET_BOX, get_box(), language="zh", session="signed-in"))
    assert answer.box.code == "B1"
    (caller,) = storage.read_by
    assert (caller.code, caller.language) == ("S01-1", "zh")


@pytest.mark.parametrize(
    ("path", "request_", "code", "reason", "fields"),
    [
        (GET_BOX, get_box("NO"), grpc.StatusCode.NOT_FOUND, "UNKNOWN_BOX", ["code"]),
        (PUT_BOX, put_box("OTHERS"), grpc.StatusCode.PERMISSION_DENIED, "NOT_YOURS", ["box.code"]),
        (SELL, sell(quantity_milli=0), INVALID, "NEGATIVE_QUANTITY", ["basket.lines[0].quantity_milli"]),
        (SELL, message("SellRequest")(request_id=new_id()), INVALID, "FIELD_REQUIRED", ["basket"]),
        (SELL, sell("17"), INVALID, "INVALID_REQUEST_ID", ["request_id"]),
        (SELL, message("SellRequest")(), INVALID, "INVALID_REQUEST_ID", ["request_id"]),
        (PUT_BOX, message("PutBoxRequest")(), INVALID, "INVALID_REQUEST_ID", ["request_id"]),
        (SELL, b"\xff", INVALID, "MALFORMED_REQUEST", []),
        (GET_BOX, b"\x0a\x01\x00", INVALID, "FORBIDDEN_CHARACTER", ["code"]),
    ],
)
def test_a_refusal_says_its_reason_and_its_field(
    server: Running,
    storage: toy.Storage,
    path: str,
    request_: Any,
    code: grpc.StatusCode,
    reason: str,
    fields: list[str],
):
    refused = server.call(path, request_)
    assert (refused.code, refused.reason, refused.domain, refused.fields) == (code, reason, "liansuo", fields)
    assert (storage.sales, storage.boxes, storage.answers) == ([], {}, {})


@pytest.mark.parametrize(
    ("language", "locale", "localized"),
    [
        ("", "en", "There is no box “X”."),
        ("en-GB", "en", "There is no box “X”."),
        ("zh", "zh-CN", "没有箱子“X”。"),
        ("zh-Hant-TW,zh;q=0.9", "zh-CN", "没有箱子“X”。"),
    ],
)
def test_a_refusal_speaks_the_callers_language(server: Running, language: str, locale: str, localized: str):
    refused = server.call(GET_BOX, get_box("X"), language=language)
    assert refused.message == "There is no box “X”."
    assert (refused.locale, refused.localized, refused.metadata) == (locale, localized, {"code": "X"})


# Who may.


@pytest.mark.parametrize("path", [SELL, SELL_MANY, PUT_BOX, GET_BOX])
@pytest.mark.parametrize(
    ("credential", "session", "reason"),
    [
        (None, "", "CREDENTIAL_MISSING"),
        ("forged", "", "CREDENTIAL_REFUSED"),
        ("cashier", "of yesterday", "SESSION_ENDED"),
    ],
)
def test_a_call_of_nobody_is_unauthenticated_whatever_it_says(
    server: Running, storage: toy.Storage, path: str, credential: str | None, session: str, reason: str
):
    for request in (sell(), b"\xff"):
        refused = server.call(path, request, credential=credential, session=session, language="zh")
        assert (refused.code, refused.reason) == (grpc.StatusCode.UNAUTHENTICATED, reason)
        assert refused.localized.endswith("。")
    assert storage.answers == {}


@pytest.mark.parametrize(
    ("path", "permission"),
    [(SELL, "sales.checkout"), (SELL_MANY, "sales.upload"), (PUT_BOX, "inventory.receive")],
)
def test_a_caller_without_the_permission_is_denied_before_its_request_is_read(
    server: Running, storage: toy.Storage, path: str, permission: str
):
    refused = server.call(path, b"\xff", credential="reader")
    assert (refused.code, refused.reason) == (grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_MISSING")
    assert refused.metadata == {"permission": permission}
    assert storage.answers == {}


def test_somebody_permitted_everything_may_call_everything(server: Running):
    for path in (SELL, SELL_MANY, PUT_BOX, GET_BOX):
        assert server.call(path, b"\xff", credential="admin").code is INVALID


# Limits.


@pytest.mark.parametrize("path", [SELL, SELL_MANY, PUT_BOX, OPEN, GET_BOX])
def test_a_call_without_a_deadline_is_refused(server: Running, storage: toy.Storage, path: str):
    refused = server.call(path, sell(), timeout=None)
    assert (refused.code, refused.reason, refused.fields) == (INVALID, "DEADLINE_REQUIRED", ["deadline"])
    assert storage.answers == {}


def test_a_request_above_the_limit_of_its_rpc_is_refused(server: Running):
    refused = server.call(SELL, b"\x7a" + b"\0" * REQUEST_BYTES_MAX)
    assert (refused.code, refused.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "REQUEST_TOO_LARGE")
    assert refused.metadata == {"size": str(REQUEST_BYTES_MAX + 1), "limit": str(REQUEST_BYTES_MAX)}
    assert refused.retry_after_ms is None
    assert server.call(SELL, b"\0" * (BULK_REQUEST_BYTES_MAX + 1)).code is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_more_calls_than_the_server_works_on_are_told_to_come_again(storage: toy.Storage):
    with serving(storage, calls_max=3) as server:
        storage.hold.clear()
        futures = [server.future(SELL, sell()) for _ in range(3)]
        until(lambda: server.server._calls.running() == 3)
        refused = server.call(SELL, sell())
        assert (refused.code, refused.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_CALLS")
        assert refused.retry_after_ms == RETRY_AFTER_MS
        storage.hold.set()
        assert {future.code() for future in futures} == {grpc.StatusCode.OK}
        assert server.call(SELL, sell()) != b""
        assert len(storage.sales) == 4


def test_work_that_waited_past_its_deadline_is_not_begun(storage: toy.Storage):
    with serving(storage, threads=1) as server:
        storage.hold.clear()
        blocking = server.future(GET_BOX, get_box("slow"))
        until(lambda: server.server._calls.running() == 1)
        late = server.call(OPEN, message("OpenRequest")(code="late"), timeout=0.1)
        assert late.code is grpc.StatusCode.DEADLINE_EXCEEDED
        storage.hold.set()
        assert blocking.code() is grpc.StatusCode.NOT_FOUND
        assert server.call(OPEN, message("OpenRequest")(code="in time")) == b""
        assert storage.opened == ["in time"]
        # The server counts from the arrival of the call, so the client may have given up a moment before.
        codes = [line["code"] for line in server.log("call")]
        assert codes.count("DEADLINE_EXCEEDED") + codes.count("CANCELLED") == 1


def test_what_a_caller_gave_up_is_stored_all_the_same_and_found_by_its_id(server: Running, storage: toy.Storage):
    storage.hold.clear()
    request = sell()
    gone = server.call(SELL, request, timeout=0.2)
    assert gone.code is grpc.StatusCode.DEADLINE_EXCEEDED
    storage.hold.set()
    answer, metadata = server.call_with_metadata(SELL, request)
    assert (sold(answer).sale_id, metadata["liansuo-replayed"]) == (1, "true")


def test_an_unknown_method_is_unimplemented(server: Running):
    for path in ("/liansuo.toy.v1.ToyService/Nothing", "/nothing/Nothing", "/grpc.health.v1.Health/List"):
        assert server.call(path, b"").code is grpc.StatusCode.UNIMPLEMENTED


# What is not foreseen.


@pytest.mark.parametrize(("path", "request_"), [(SELL, sell(sku="BROKEN")), (GET_BOX, get_box("BROKEN"))])
def test_a_defect_shows_an_incident_id_and_is_logged_without_personal_data(server: Running, path: str, request_: Any):
    failed: Failed = server.call(path, request_)
    (incident,) = server.log("incident")
    assert (failed.code, failed.reason) == (grpc.StatusCode.INTERNAL, "UNEXPECTED")
    assert failed.metadata == {"incident": incident["incident"]}
    assert failed.message == f"Unexpected error. Quote incident {incident['incident']} when you report it."
    assert incident["traceback"][-1].startswith("entrypoints/grpc/toy.py:")
    for personal in (b"13800138000", b"Zhang", b"hunter2", b"example.com"):
        assert personal not in server.stream.getvalue()


def test_every_call_leaves_one_line(server: Running):
    request = sell()
    answer = server.call(SELL, request)
    refused = server.call(GET_BOX, get_box("X"))
    lines = server.log("call")
    for line in lines:
        assert line.pop("duration_ms") > 0
        assert line.pop("at").endswith("+00:00")
    common = {"event": "call", "level": "info", "caller": "S01-1", "store_id": 3, "replayed": False, "incident": ""}
    assert lines == [
        {
            **common,
            "rpc": "liansuo.toy.v1.ToyService/Sell",
            "code": "OK",
            "reason": "",
            "request_id": request.request_id,
            "batch": 1,
            "bytes_in": len(request.SerializeToString()),
            "bytes_out": len(answer),
        },
        {
            **common,
            "rpc": "liansuo.toy.v1.ToyService/GetBox",
            "code": "NOT_FOUND",
            "reason": refused.reason,
            "request_id": "",
            "batch": 0,
            "bytes_in": 3,
            "bytes_out": 0,
        },
    ]
