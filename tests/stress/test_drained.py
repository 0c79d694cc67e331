"""SIGTERM under load: what was accepted is answered, what was answered is stored, and the server ends in order."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Event, Semaphore

import grpc
import pytest

from tests.stress.chain import Chain
from tests.stress.client import Terminal
from tests.stress.conftest import running, server_for
from tests.stress.requests import basket, new_id, sale

CLIENTS = 8
IN_FLIGHT = 10
"""Calls that each client has under way at the same time."""

ANSWERS_BEFORE = 200
BURSTS_MAX = 500
OK = grpc.StatusCode.OK
NOT_ACCEPTED = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}
"""What a call comes to that arrives too late: the core of gRPC cancels what reaches it while it closes connections."""


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 30))])
def test_loses_no_call_that_was_accepted(chain: Chain, tmp_path: Path, seed: int):
    before = chain.documents().keys()
    answered = Semaphore(0)
    ending = Event()

    def sell(place: int) -> dict[str, grpc.StatusCode]:
        chance = Random(f"{seed}/{place}")
        terminal = Terminal(server.address, chain.credentials[f"S1-{place + 1:02d}"])
        replies: dict[str, grpc.StatusCode] = {}
        for burst in range(BURSTS_MAX):
            marks = [f"N-{seed}-{place}-{burst}-{number}" for number in range(IN_FLIGHT)]
            sent = [
                terminal.send("Checkout", sale(new_id(chance), basket(chance), mark=mark), patient=not ending.is_set())
                for mark in marks
            ]
            for mark, one in zip(marks, sent, strict=True):
                replies[mark] = one.reply().code
                answered.release()
            if NOT_ACCEPTED & set(replies.values()):
                break
        terminal.close()
        return replies

    with running(server_for(chain, tmp_path / "server.log")) as server, ThreadPoolExecutor(CLIENTS) as pool:
        selling = [pool.submit(sell, place) for place in range(CLIENTS)]
        for _ in range(ANSWERS_BEFORE):
            answered.acquire()
        ending.set()
        server.terminate()
        replies = {mark: code for client in selling for mark, code in client.result().items()}
        exit_code = server.wait()

    stored = chain.documents()
    codes = Counter(replies.values())
    print(codes)
    assert exit_code == 0
    assert codes.keys() <= {OK, *NOT_ACCEPTED}
    assert codes[OK] >= ANSWERS_BEFORE
    assert {mark for mark, code in replies.items() if code is OK} == stored.keys() - before
    assert all(len(ids) == 1 for ids in stored.values())
    assert chain.broken() == []
