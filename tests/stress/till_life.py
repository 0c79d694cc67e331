"""The life of one sale on a terminal, and a terminal that dies between any two steps of it.

A terminal is a process of its own, begun from a server of forks that has loaded everything, and it dies by SIGKILL.
"""

import multiprocessing
import os
import signal
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import grpc

from entrypoints.terminal.journal import Journal
from liansuo.sales.v1 import sales_pb2 as pb2
from liansuo.sales.v1.sales_pb2_grpc import SalesServiceStub
from tests.stress.server import LOCAL

DEADLINE_S: Final = 120.0
ENDS_S_MAX: Final = 240.0


class Step(IntEnum):
    """What a terminal does for a sale, in the order in which it must."""

    BASKET = 1
    COMMIT = 2
    PRINT = 3
    SEND = 4
    ACKNOWLEDGED = 5
    MARK = 6


IN_ORDER: Final = tuple(Step)
NAIVE: Final = (Step.BASKET, Step.PRINT, Step.COMMIT, Step.SEND, Step.ACKNOWLEDGED, Step.MARK)
"""Prints first, as tills do that keep their sales in memory."""


@dataclass(frozen=True, slots=True)
class Life:
    """One sale on one terminal; `dies_after` ends the process right after that step, None lets it live.

    Paper is a file: what is written to it stays, as a printed receipt does when the till goes dark.
    """

    journal: Path
    paper: Path
    address: str
    credential: str
    sale: bytes
    dies_after: Step | None
    order: tuple[Step, ...] = IN_ORDER


def live(*lives: Life) -> list[int | None]:
    """Runs them side by side, each in a process of its own; their exit codes, that of a signal below zero."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    processes = [context.Process(target=_live, args=(life,)) for life in lives]
    for process in processes:
        process.start()
    for process in processes:
        process.join(ENDS_S_MAX)
    return [process.exitcode for process in processes]


def _live(life: Life) -> None:
    terminal = _Terminal(life)
    for step in life.order:
        terminal.do(step)
        if step is life.dies_after:
            os.kill(os.getpid(), signal.SIGKILL)
    terminal.journal.close()
    terminal.channel.close()


class _Terminal:
    def __init__(self, life: Life) -> None:
        self._life = life
        self.journal = Journal(life.journal)
        self.channel = grpc.insecure_channel(life.address, LOCAL)
        self._sale = pb2.CheckoutRequest()
        self._call: Any = None
        self._answer = pb2.UploadSalesResponse()

    def do(self, step: Step) -> None:
        match step:
            case Step.BASKET:
                self._sale = pb2.CheckoutRequest.FromString(self._life.sale)
            case Step.COMMIT:
                self.journal.record(self._sale, self._sale.request_id.encode())
            case Step.PRINT:
                with self._life.paper.open("a", encoding="ascii") as paper:
                    paper.write(f"{self._sale.request_id}\n")
            case Step.SEND:
                waiting = [pb2.CheckoutRequest.FromString(one.document) for one in self.journal.waiting(10)]
                metadata = (("authorization", f"Bearer {self._life.credential}"),)
                upload = SalesServiceStub(self.channel).UploadSales
                self._call = upload.future(
                    pb2.UploadSalesRequest(sales=waiting),
                    timeout=DEADLINE_S,
                    metadata=metadata,
                    wait_for_ready=True,
                )
            case Step.ACKNOWLEDGED:
                self._answer = self._call.result()
            case Step.MARK:
                self.journal.answered(*self._answer.results)
                self.journal.printed(self._sale.request_id)
