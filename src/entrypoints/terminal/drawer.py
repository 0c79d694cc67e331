"""The drawer of the till: its shift is opened, cash goes in and out, and it is counted and closed. The server decides.

What the till adds is what only it knows: the number of its last receipt, and what it has sold and not sent yet.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from domain.sales.shift import COUNTABLE
from domain.shared.errors import Rejected
from domain.shared.money import minor_digits
from entrypoints.terminal.desk import Desk
from entrypoints.terminal.journal import Journal
from entrypoints.terminal.line import Line
from entrypoints.terminal.receipts import TENDER_KINDS
from liansuo.sales.v1 import sales_pb2, shift_pb2
from liansuo.sales.v1.shift_pb2_grpc import ShiftServiceStub
from liansuo_client import Refused

Q = TypeVar("Q")
A = TypeVar("A")

SHIFT: Final = "shift"
FIRST_RECEIPT: Final = "shift_first_receipt"
"""What is known on the disk: the open shift, and the number of the first receipt in it."""
DENOMINATIONS: Final[Mapping[str, Sequence[int]]] = {
    "CNY": (10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10),
    "EUR": (50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
    "GBP": (5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
    "HKD": (100_000, 50_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10),
    "JPY": (10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10, 5, 1),
    "USD": (10_000, 5_000, 2_000, 1_000, 500, 100, 25, 10, 5, 1),
}
"""Notes and coins in minor units, largest first."""
LARGE: Final = (1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1)
SMALL_PER_CENT: Final = (50, 20, 10, 5, 2, 1)
"""Notes and coins of other currencies, in major units and in hundredths of them."""


class ShiftNeedsServer(Rejected):
    en = (
        "Shifts are kept by the server, which does not answer. Sell on; open, move cash and count when the line is"
        " back."
    )
    zh = "班次由服务器管理，目前无法连接。可继续销售；待网络恢复后再开班、收支现金或清点。"


class SendingNow(Rejected):
    en = "Sales are being sent at this moment. Press Enter once more."
    zh = "正在上传销售，请再按一次回车。"


class ShiftIsOpen(Rejected):
    en = "A shift is open at this till since {opened_at}: it goes on. Close it first for a new one."
    zh = "本收银机自 {opened_at} 起已有开着的班次，可继续使用；如需新班次请先结班。"


def denominations(currency: str) -> Sequence[int]:
    """Notes and coins to be counted, in minor units, largest first."""
    known = DENOMINATIONS.get(currency)
    if known is not None:
        return known
    major = 10 ** minor_digits(currency)
    small = [one * major // 100 for one in SMALL_PER_CENT] if major >= 100 else []
    return [*[one * major for one in LARGE], *small]


@dataclass(frozen=True, slots=True)
class Drawer:
    """Remembers the shift on the disk: the cashier sees it without connection too."""

    line: Line
    desk: Desk
    journal: Journal

    def shift(self) -> shift_pb2.ShiftHeader | None:
        """The shift that is open here, as far as the till knows; None for none."""
        known = self.desk.known(SHIFT)
        return shift_pb2.ShiftHeader.FromString(bytes.fromhex(known)) if known else None

    def open(self, float_minor: int, *, request_id: str) -> shift_pb2.ShiftHeader:
        """Opens the shift with the change that lies in the drawer; raises ShiftIsOpen where one is open already."""
        asked = shift_pb2.OpenShiftRequest(request_id=request_id, float_minor=float_minor)
        try:
            shift = self._call(self._stub().OpenShift, asked).shift
        except Refused as refused:
            if refused.reason != "SHIFT_OPEN":
                raise
            # Opened by a till that has lost its files, or by a request of which nobody saw the answer.
            opened_at = refused.details["opened_at"]
            known = shift_pb2.ShiftHeader(number=int(refused.details["number"]))
            known.opened_at.FromJsonString(opened_at)
            self._know(known, first_receipt=0)
            raise ShiftIsOpen("float_minor", opened_at=opened_at) from refused
        self._know(shift, first_receipt=self.journal.next_sequence())
        return shift

    def record(self, move: shift_pb2.RecordCashRequest) -> None:
        """What happened at the drawer besides sales, under the request's id."""
        self._call(self._stub().RecordCash, move)

    def report(self) -> shift_pb2.ShiftReport:
        """The X report, for who may see it: what should be in the drawer now."""
        return self._call(self._stub().GetShift, shift_pb2.GetShiftRequest()).report

    def close(
        self,
        *,
        request_id: str,
        counts: Mapping[int, int],
        totals: Mapping[int, int],
        approval_token: str = "",
    ) -> shift_pb2.ShiftReport:
        """Closes the shift by what was counted, and gives the Z report.

        `counts` are pieces by denomination in minor units, `totals` amounts by the number of the tender. Raises
        SendingNow: what is told as unsent must not arrive while it is counted.
        """
        with self.journal.sending() as mine:
            if not mine:
                raise SendingNow("unsent")
            return self._close(request_id, counts, totals, approval_token)

    def _close(
        self, request_id: str, counts: Mapping[int, int], totals: Mapping[int, int], approval_token: str
    ) -> shift_pb2.ShiftReport:
        asked = shift_pb2.CloseShiftRequest(
            request_id=request_id,
            last_receipt_sequence=self.journal.next_sequence() - 1,
            approval_token=approval_token,
            counts=[shift_pb2.CashCount(denomination_minor=one, pieces=pieces) for one, pieces in counts.items()],
            totals=_amounts(totals),
            unsent=_amounts(self.unsent()),
        )
        report = self._call(self._stub().CloseShift, asked).report
        self.desk.know(SHIFT, "")
        return report

    def unsent(self) -> Mapping[int, int]:
        """What was sold in this shift and is not on the server yet, less change: minor units by the tender's number."""
        first, shift = int(self.desk.known(FIRST_RECEIPT) or 0), self.shift()
        taken: Counter[int] = Counter()
        for one in self.journal.unsent_sales():
            # By its number and not by the time: the drawer does not care whether this machine's clock is right.
            if (one.receipt_sequence or 0) < first:
                continue
            sale = sales_pb2.Sale.FromString(one.receipt)
            # A till that has lost its files knows of its shift only when it was opened.
            if not first and shift is not None and sale.sold_at.ToDatetime() < shift.opened_at.ToDatetime():
                continue
            for tender in sale.tenders:
                if TENDER_KINDS.get(tender.kind) in COUNTABLE:
                    taken[tender.kind] += tender.amount_minor
            if sale.change_minor:
                taken[sales_pb2.TENDER_KIND_CASH] -= sale.change_minor
        return taken

    def _know(self, shift: shift_pb2.ShiftHeader, *, first_receipt: int) -> None:
        self.desk.know(FIRST_RECEIPT, str(first_receipt))
        self.desk.know(SHIFT, shift.SerializeToString(deterministic=True).hex())

    def _stub(self) -> ShiftServiceStub:
        return self.line.client.of(ShiftServiceStub)

    def _call(self, method: Callable[[Q], A], request: Q) -> A:
        """The answer; raises ShiftNeedsServer without connection."""
        if not self.line.online:
            raise ShiftNeedsServer("server")
        try:
            return self.line.call(method, request)
        except Refused as refused:
            if refused.reason == "NO_SHIFT_OPEN":
                # Closed elsewhere, or by a request of which nobody saw the answer.
                self.desk.know(SHIFT, "")
            raise


def _amounts(by_tender: Mapping[int, int]) -> list[shift_pb2.TenderAmount]:
    return [
        shift_pb2.TenderAmount(tender=sales_pb2.TenderKind.ValueType(kind), amount_minor=amount)
        for kind, amount in by_tender.items()
        if amount
    ]
