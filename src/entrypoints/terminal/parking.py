"""Baskets that are put aside: on the server, so that any terminal of the store takes them up, and here without it.

A basket is on the disk first and goes to the server under an id of its own, so it is there once, whatever breaks off.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from entrypoints.terminal.desk import Desk, Parked
from entrypoints.terminal.line import Line, Offline
from liansuo.sales.v1 import parking_pb2
from liansuo.sales.v1 import sales_pb2 as pb2
from liansuo.sales.v1.parking_pb2_grpc import ParkingServiceStub
from liansuo_client import CallFailed, NotRecognised, Unreachable, new_request_id

RESUMING: Final = "resuming"
"""Known on the disk: basket, request and label of a basket that was asked for and not answered."""
SHOWN_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """A basket in the list; `basket_id` is the server's, 0 for one that lies here, whose id is `parked_id`.

    `total_minor` is what it came to when it was put aside, 0 where that is not known; `by` who did it.
    """

    label: str
    parked_at: datetime | None = None
    basket_id: int = 0
    parked_id: str = ""
    lines: int = 0
    total_minor: int = 0
    by: str = ""


@dataclass(frozen=True, slots=True)
class Resumed:
    """A basket that was taken up; `answer` is what the server says about it, None for one that lay here."""

    basket: pb2.Basket
    answer: parking_pb2.ResumeParkedBasketResponse | None = None


@dataclass(slots=True)
class Parking:
    """`refused` says why the server does not take baskets that lie here, by their id, in words."""

    line: Line
    desk: Desk
    now: Callable[[], datetime]
    refused: dict[str, str] = field(default_factory=dict)

    def park(self, basket: pb2.Basket, label: str) -> str:
        """Puts a basket aside and gives the id by which it lies here; with connection it goes on to the server."""
        parked_id = self.desk.park(basket, label, at=self.now())
        if self.line.online:
            self.send()
        return parked_id

    def is_here(self, parked_id: str) -> bool:
        """Whether it lies on this till alone."""
        return any(one.parked_id == parked_id for one in self.desk.parked())

    def send(self) -> None:
        """Brings what lies here to the server, as far as that takes it."""
        for one in self.desk.parked():
            if one.parked_id not in self.refused and self.line.online:
                self._send(one)

    def waiting(self) -> Sequence[Waiting]:
        """What can be taken up, of the whole store where the server answers."""
        there: list[Waiting] = []
        if self.line.online:
            self.send()
            there = self._of_store()
        here = [
            Waiting(one.label, one.parked_at, parked_id=one.parked_id, lines=len(one.basket.lines))
            for one in self.desk.parked()
        ]
        return [*here, *there]

    def resume(self, waiting: Waiting) -> Resumed:
        """Takes a basket up, on this till alone; raises NoSuchParkedBasket, ParkedOnItsWay and what the server says."""
        if not waiting.basket_id:
            return Resumed(self.desk.resume(waiting.parked_id))
        known = self._resuming()
        request_id = new_request_id() if known is None or known[0] != waiting.basket_id else known[1]
        self.desk.know(RESUMING, f"{waiting.basket_id} {request_id} {waiting.label}")
        asked = parking_pb2.ResumeParkedBasketRequest(request_id=request_id, basket_id=waiting.basket_id)
        try:
            answer = self.line.call(self._stub().ResumeParkedBasket, asked)
        except CallFailed as failed:
            # Where nobody answered it may be ours: the list shows it until it is asked for again, as the same request.
            if not isinstance(failed, Unreachable):
                self.desk.know(RESUMING, "")
            raise
        self.desk.know(RESUMING, "")
        return Resumed(answer.basket, answer)

    def _send(self, one: Parked) -> None:
        if not self.desk.on_its_way(one.parked_id):
            return
        asked = parking_pb2.ParkBasketRequest(request_id=one.parked_id, basket=one.basket, label=one.label)
        # They are scanned when it is taken up.
        del asked.basket.coupon_codes[:]
        try:
            self.line.call(self._stub().ParkBasket, asked)
        except Offline:
            self.desk.stays_here(one.parked_id)
        except Unreachable:
            # Perhaps it is there: sent again it is still one basket, and until then nobody takes this one up.
            return
        except CallFailed as failed:
            self.desk.stays_here(one.parked_id)
            self.refused[one.parked_id] = failed.message
        else:
            self.desk.drop(one.parked_id)

    def _of_store(self) -> list[Waiting]:
        try:
            asked = parking_pb2.ListParkedBasketsRequest(page_size=SHOWN_MAX)
            listed = self.line.call(self._stub().ListParkedBaskets, asked).baskets
        except (Unreachable, Offline, NotRecognised):
            # Without the server, or without its permission, a till has its own baskets.
            return []
        found = [
            Waiting(
                one.label,
                one.parked_at.ToDatetime(tzinfo=UTC),
                one.basket_id,
                lines=one.lines,
                total_minor=one.total_minor,
                by=one.parked_by,
            )
            for one in listed
        ]
        known = self._resuming()
        if known is None or any(one.basket_id == known[0] for one in found):
            return found
        return [Waiting(known[2], basket_id=known[0]), *found]

    def _resuming(self) -> tuple[int, str, str] | None:
        known = self.desk.known(RESUMING)
        if not known:
            return None
        basket_id, request_id, label = known.split(" ", 2)
        return int(basket_id), request_id, label

    def _stub(self) -> ParkingServiceStub:
        return self.line.client.of(ParkingServiceStub)
