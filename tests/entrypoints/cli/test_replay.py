"""`liansuo replay` against a real server on both engines, and what its clients do when calls go wrong."""

import csv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest

from entrypoints.cli import importing, replay
from entrypoints.cli.demo import free_port, served
from entrypoints.cli.messages import request_id
from entrypoints.cli.playing import Playing, Way, play, shared_out
from entrypoints.cli.problems import Problem
from liansuo.sales.v1 import sales_pb2, sales_pb2_grpc
from tests.entrypoints.cli.journeys import Shell, three_weeks

ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What the command itself does has nothing to do with the engine, and a server takes seconds to start."""

CREDENTIALS = {"367": "secret-367", "5": "secret-5", "9": "secret-9"}


@pytest.fixture
def served_shell(
    chain_shell: Shell, database_url: str, anywhere: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    """A shell with a small journey imported, and a server of the installed program that serves it."""
    monkeypatch.setattr(importing, "load", three_weeks)
    monkeypatch.setattr(replay, "load", lambda weeks: three_weeks().until(weeks))
    port = free_port()
    monkeypatch.setenv("LIANSUO_PORT", str(port))
    monkeypatch.setenv("LIANSUO_MASTER_KEY", "ab" * 32)
    monkeypatch.setenv("LIANSUO_WORKERS", "1")
    assert chain_shell("import", "complete-journey", "--terminals", "t.json").code == 0
    with served(database_url, f"127.0.0.1:{port}", anywhere / "server.log"):
        yield chain_shell


def replayed(shell: Shell, *options: str) -> dict[str, tuple[int, int, int]]:
    """Baskets, lines and received amount by what became of them."""
    ended = shell("replay", "--terminals", "t.json", "--skipped-file", "s.csv", "--format", "json", *options)
    assert ended.code == 0, ended.err
    return {row["what"]: (row["baskets"], row["lines"], row["received_minor"]) for row in ended.json}


def test_plays_live_then_recognises_what_is_stored(served_shell: Shell, anywhere: Path):
    assert replayed(served_shell) == {
        "read": (6, 8, 3267),
        "skipped": (1, 2, 0),
        "kept": (5, 6, 3267),
        "stored now": (5, 6, 3267),
        "same as before": (0, 0, 0),
        "refused": (0, 0, 0),
    }
    tenders = served_shell("report", "takings", "--by", "tender", "--format", "json").json
    assert {row["tender"]: row["total_minor"] for row in tenders} == {"cash": 3142, "manufacturer_coupon": 125}
    uploaded = replayed(served_shell, "--weeks", "3")
    assert (uploaded["stored now"], uploaded["same as before"]) == ((2, 2, 200), (5, 6, 3267))
    again = served_shell("replay", "--weeks", "3", "--terminals", "t.json", "--skipped-file", "s.csv")
    assert again.code == 0
    assert "Nothing new: every basket was stored before." in again.err
    assert served_shell("check").code == 0
    with (anywhere / "s.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["what"], row["basket_id"], row["surplus_minor"]) for row in rows] == [
        ("line", "104", "0"),
        ("line", "105", "0"),
        ("basket", "105", "0"),
        ("coupon surplus", "103", "35"),
    ]


@ONE_ENGINE
def test_uploads_with_the_dates_of_the_data(served_shell: Shell):
    assert replayed(served_shell, "--as", "upload", "--weeks", "3")["stored now"] == (7, 8, 3467)
    days = served_shell("report", "takings", "--by", "date", "--format", "json").json
    assert [(row["business_date"], row["sales"], row["total_minor"]) for row in days] == [
        ("2017-01-01", 3, 3067),
        ("2017-01-02", 1, 100),
        ("2017-01-09", 1, 100),
        ("2017-01-12", 2, 200),
    ]


@ONE_ENGINE
def test_refused_baskets_are_listed_and_end_with_1(
    served_shell: Shell, anywhere: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("entrypoints.cli.messages.member_key", lambda household: f"XX{household}")
    ended = served_shell("replay", "--terminals", "t.json", "--skipped-file", "s.csv", "--format", "json")
    assert ended.code == 1
    assert {row["what"]: row["baskets"] for row in ended.json}["refused"] == 5
    assert "UNKNOWN_MEMBER (basket.member_key)" in ended.err
    with (anywhere / "s.csv").open() as file:
        refused = [row for row in csv.DictReader(file) if row["what"] == "basket refused by the server"]
    assert sorted(row["basket_id"] for row in refused) == ["101", "102", "103", "104", "106"]
    assert served_shell("report", "takings", "--format", "json").json == []


def test_without_a_server_says_how_to_start_one(shell: Shell, anywhere: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(replay, "load", lambda weeks: three_weeks())
    monkeypatch.setattr("entrypoints.cli.terminals.CONNECTED_S_MAX", 0.2)
    (anywhere / "t.json").write_text('{"terminals": {"367": "x", "5": "x", "9": "x"}}')
    ended = shell("replay", "--terminals", "t.json", "--server", f"127.0.0.1:{free_port()}")
    assert ended.code == 3
    assert "Start it with `liansuo serve`" in ended.err


def test_without_credentials_says_what_to_import(shell: Shell):
    ended = shell("replay")
    assert ended.code == 3
    assert ended.err.startswith("There is no file var/liansuo-terminals.json with the terminals' credentials.")


class Till(sales_pb2_grpc.SalesServiceServicer):
    """A server that keeps what it is sent, and fails as it is told before it answers."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.stored: dict[str, int] = {}
        self.failures: list[grpc.StatusCode] = []
        self.deadlines_s: list[float] = []
        self.surcharge_minor = 0

    def upload(self, request: sales_pb2.UploadSalesRequest, context: Any) -> sales_pb2.UploadSalesResponse:
        credential = dict(context.invocation_metadata())["authorization"]
        results = []
        for sale in request.sales:
            self.calls.append((credential, sale.request_id))
            total = sum(tender.amount_minor for tender in sale.tenders)
            known = sale.request_id in self.stored
            self.stored[sale.request_id] = total
            status = sales_pb2.UPLOAD_STATUS_SAME_AS_BEFORE if known else sales_pb2.UPLOAD_STATUS_STORED
            results.append(
                sales_pb2.UploadResult(
                    request_id=sale.request_id, status=status, total_minor=total + self.surcharge_minor
                )
            )
        self.deadlines_s.append(context.time_remaining())
        if self.failures:
            # Stored, but the answer is lost: what a terminal cannot tell from a request that never arrived.
            context.abort(self.failures.pop(), "for the test")
        return sales_pb2.UploadSalesResponse(results=results)

    UploadSales = upload


@pytest.fixture
def till() -> Till:
    return Till()


@pytest.fixture
def address(till: Till) -> Iterator[str]:
    server = grpc.server(ThreadPoolExecutor(8))
    sales_pb2_grpc.add_SalesServiceServicer_to_server(till, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None)


@pytest.mark.parametrize(
    "code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.ABORTED]
)
def test_repeats_a_lost_call_with_the_same_request_ids(till: Till, address: str, code: grpc.StatusCode):
    till.failures = [code]
    played = play(three_weeks().until(1), Playing(address, CREDENTIALS, Way.UPLOAD, clients=1), lambda _: None)
    first = [("Bearer secret-5", request_id(103)), ("Bearer secret-5", request_id(104))]
    then = [("Bearer secret-367", request_id(101)), ("Bearer secret-367", request_id(102))]
    assert till.calls == [*first, *first, *then]
    assert (played.stored.baskets, played.same_as_before.baskets, played.refused.baskets) == (2, 2, 0)
    assert [round(deadline_s) for deadline_s in till.deadlines_s] == [60, 60, 60]
    assert played.sent == three_weeks().until(1).kept


def test_a_terminal_that_the_server_does_not_know_stops_everything(till: Till, address: str):
    till.failures = [grpc.StatusCode.UNAUTHENTICATED]
    with pytest.raises(Problem, match="The server does not know this terminal"):
        play(three_weeks(), Playing(address, CREDENTIALS, Way.UPLOAD, clients=1), lambda _: None)
    assert len(till.calls) == 4


def test_a_stopped_replay_finishes_its_call_and_carries_on_later(till: Till, address: str):
    journey = three_weeks()
    playing = Playing(address, CREDENTIALS, Way.UPLOAD, clients=1)
    first = play(journey, playing, lambda _: playing.stop.set())
    assert (first.stored.baskets, first.sent.baskets) == (4, 4)
    assert journey.kept.baskets == 7
    second = play(journey, Playing(address, CREDENTIALS, Way.UPLOAD, clients=1), lambda _: None)
    assert (second.stored.baskets, second.same_as_before.baskets) == (3, 4)
    assert second.sent == journey.kept
    assert sum(till.stored.values()) == journey.kept.received_minor


def test_a_total_that_differs_from_the_data_counts_as_refused(till: Till, address: str):
    till.surcharge_minor = 1
    played = play(three_weeks(), Playing(address, CREDENTIALS, Way.UPLOAD, clients=3), lambda _: None)
    assert (played.refused.baskets, played.stored.baskets) == (7, 0)
    assert {refused.reason for _, refused in played.refusals} == {"TOTAL_DIFFERS"}


def test_stores_without_a_credential_are_told_before_anything_is_sent(till: Till, address: str):
    with pytest.raises(Problem, match="2 stores have no terminal with a credential, the first is 5"):
        play(three_weeks(), Playing(address, {"367": "x"}, Way.UPLOAD, clients=1), lambda _: None)
    assert till.calls == []


def test_clients_share_the_stores_evenly_and_none_twice():
    assert shared_out({1: 5, 2: 4, 3: 3, 4: 2}, 2) == [[1, 4], [2, 3]]
    assert shared_out({1: 5}, 8) == [[1]]
