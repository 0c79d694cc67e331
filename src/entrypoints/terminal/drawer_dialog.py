"""What the screen asks about the drawer: its float, cash that goes in and out, and the count that closes the shift."""

from collections.abc import Callable, Mapping
from typing import Final

from domain.sales.receipt import amount_text
from domain.sales.receipt_words import WORDS as RECEIPT_WORDS
from domain.sales.sale import TenderKind
from domain.shared.errors import Invalid
from entrypoints.terminal.approving import Attempt
from entrypoints.terminal.asking import Next, Question
from entrypoints.terminal.dialog_words import said
from entrypoints.terminal.drawer import denominations
from entrypoints.terminal.receipts import language_of
from entrypoints.terminal.screen_words import amount_of, whole_of
from entrypoints.terminal.shift_paper import report_paper
from entrypoints.terminal.till import KINDS, Till
from liansuo.sales.v1 import shift_pb2
from liansuo_client import new_request_id

IN_FROM: Final = {"1": ("change", "1002"), "2": ("other_income", "605103")}
OUT_TO: Final = {"1": ("petty_expense", "660203"), "2": ("to_account", "1002")}
"""Why cash goes in or out, and the account on the other side, by the number that is keyed."""
TOTALS: Final = (TenderKind.CARD, TenderKind.WALLET)


class HowToMoveCash(Invalid):
    en = "Key the number of the reason, the amount and a note, e.g. “1 200 coins”; for a deposit its amount and number."
    zh = "请输入原因序号、金额和说明，例如“1 200 硬币”；送存银行请输入金额和存款单号。"


class DrawerDialog:
    """All of it runs in the till's thread."""

    def __init__(self, till: Till) -> None:
        self._till = till

    def start(self) -> Next:
        """The float where no shift is open, else what there is to do."""
        if self._till.drawer.shift() is None:
            return Question(self._said("open_float"), self._open)
        return Question(self._said("shift_menu"), self._chosen)

    def _open(self, text: str) -> Next:
        float_minor, request_id = amount_of(text, self._currency()), new_request_id()

        def send(_: tuple[str, ...]) -> str:
            return self._said("is_open", number=self._till.drawer.open(float_minor, request_id=request_id).number)

        return self._attempt(request_id, "", send)

    def _chosen(self, text: str) -> Next:
        moves: dict[str, tuple[str, Callable[[str], Next]]] = {
            "1": ("how_paid_in", lambda keyed: self._moved(shift_pb2.CASH_MOVE_PAID_IN, IN_FROM, keyed)),
            "2": ("how_paid_out", lambda keyed: self._moved(shift_pb2.CASH_MOVE_PAID_OUT, OUT_TO, keyed)),
            "3": ("how_banked", self._banked),
            "4": ("how_drawer", lambda keyed: self._noted(shift_pb2.CASH_MOVE_DRAWER_OPENED, "no_sale", keyed)),
            "5": ("how_hand_over", lambda keyed: self._noted(shift_pb2.CASH_MOVE_HANDED_OVER, "hand_over", keyed)),
        }
        if text in moves:
            prompt, take = moves[text]
            return Question(self._said(prompt), take)
        if text == "6":
            self._print(self._till.drawer.report())
            return ""
        if text == "7":
            self._till.prepare_count()
            return self._count({}, list(denominations(self._currency())))
        return self.start()

    def _moved(self, kind: shift_pb2.CashMove.ValueType, reasons: Mapping[str, tuple[str, str]], text: str) -> Next:
        number, _, rest = text.partition(" ")
        amount, _, note = rest.partition(" ")
        if number not in reasons or not amount:
            raise HowToMoveCash("cash")
        reason, account_code = reasons[number]
        return self._record(
            shift_pb2.RecordCashRequest(
                kind=kind,
                amount_minor=amount_of(amount, self._currency()),
                account_code=account_code,
                reason=reason,
                note=note.strip(),
            )
        )

    def _banked(self, text: str) -> Next:
        amount, _, reference = text.partition(" ")
        if not reference.strip():
            raise HowToMoveCash("cash")
        return self._record(
            shift_pb2.RecordCashRequest(
                kind=shift_pb2.CASH_MOVE_BANKED,
                amount_minor=amount_of(amount, self._currency()),
                reason="deposit",
                reference=reference.strip(),
            )
        )

    def _noted(self, kind: shift_pb2.CashMove.ValueType, reason: str, text: str) -> Next:
        return self._record(shift_pb2.RecordCashRequest(kind=kind, reason=reason, note=text))

    def _record(self, move: shift_pb2.RecordCashRequest) -> Next:
        move.request_id = new_request_id()

        def send(tokens: tuple[str, ...]) -> str:
            move.approval_token = tokens[-1] if tokens else ""
            self._till.drawer.record(move)
            return self._said("recorded")

        return self._attempt(move.request_id, move.note or move.reason, send)

    def _count(self, counts: Mapping[int, int], left: list[int]) -> Question:
        """Asks for the pieces of one denomination after the other, then for the totals of terminals."""
        counted = sum(one * pieces for one, pieces in counts.items())
        if not left:
            return self._totals(counts, {}, list(TOTALS))
        denomination, *rest = left

        def take(text: str) -> Question:
            pieces = whole_of(text, field="pieces") if text else 0
            return self._count({**counts, denomination: pieces} if pieces else counts, rest)

        told = self._said("so_far", amount=self._money(counted)) if counts else self._not_sent()
        return Question(self._said("pieces", amount=self._money(denomination)), take, told)

    def _totals(self, counts: Mapping[int, int], totals: Mapping[int, int], left: list[TenderKind]) -> Question:
        if not left:
            return self._confirm(counts, totals)
        kind, *rest = left
        words = RECEIPT_WORDS[language_of(self._till.language)]

        def take(text: str) -> Question:
            stated = {int(KINDS[kind]): amount_of(text, self._currency())} if text else {}
            return self._totals(counts, {**totals, **stated}, rest)

        return Question(self._said("total_of", tender=words[kind]), take)

    def _confirm(self, counts: Mapping[int, int], totals: Mapping[int, int]) -> Question:
        request_id = new_request_id()

        def send(tokens: tuple[str, ...]) -> str:
            token = tokens[-1] if tokens else ""
            report = self._till.drawer.close(request_id=request_id, counts=counts, totals=totals, approval_token=token)
            self._print(report)
            variance = sum(one.variance_minor for one in report.tenders)
            return self._said("is_closed", number=report.shift.number, amount=self._money(variance))

        cash = sum(one * pieces for one, pieces in counts.items())
        return Question(
            self._said("close_now"),
            lambda _: self._attempt(request_id, "difference at closing", send),
            self._said("is_counted", amount=self._money(cash)),
        )

    def _attempt(self, request_id: str, reason: str, send: Callable[[tuple[str, ...]], Next]) -> Next:
        return Attempt(self._till.line, self._till.language, self._currency(), request_id, reason, send).go()

    def _print(self, report: shift_pb2.ShiftReport) -> None:
        with self._till.catalogue.reading() as held:
            paper = report_paper(report, held, language=self._till.language)
        self._till.put_on_paper(paper)

    def _not_sent(self) -> str:
        count = self._till.journal.not_sent()
        return self._said("not_said", count=count) if count else ""

    def _said(self, name: str, **values: object) -> str:
        return said(name, self._till.language, **values)

    def _currency(self) -> str:
        with self._till.catalogue.reading() as held:
            return held.store.currency

    def _money(self, amount_minor: int) -> str:
        return amount_text(amount_minor, self._currency())
