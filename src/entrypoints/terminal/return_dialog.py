"""What the screen asks about goods that come back: which sale, which of its lines, how it is paid out, and why."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from domain.sales.receipt import amount_text, quantity_text
from domain.sales.receipt_words import WORDS as RECEIPT_WORDS
from domain.shared.errors import Invalid, NotFound
from domain.shared.period import business_date
from entrypoints.terminal.approving import Attempt
from entrypoints.terminal.asking import Next, Question
from entrypoints.terminal.dialog_words import said
from entrypoints.terminal.receipts import TENDER_KINDS, language_of
from entrypoints.terminal.screen_words import quantity_of, whole_of
from entrypoints.terminal.selling import WHOLE_UNIT_MILLI
from entrypoints.terminal.till import Till
from liansuo.sales.v1 import return_pb2
from liansuo.sales.v1 import sales_pb2 as pb2
from liansuo.sales.v1.return_pb2_grpc import ReturnServiceStub
from liansuo_client import CallFailed, new_request_id

SALES_SHOWN: Final = 9
DATED: Final = re.compile(r"(\S+)\s+(\d{4}-\d{2}-\d{2})")
QR: Final = re.compile(r"(?:.*[=/])?([^=/\s]+)\.(\d{1,18})\.[A-Z2-7]{8}", re.IGNORECASE)
NUMBERED: Final = re.compile(r"\S+-\d+")
BY_SERVER: Final = re.compile(r"\S+-S\d+")
"""What a receipt says: number and date, its QR code, the number of today's, or one that the server has given."""
IN_CASH: Final = "c"
NUMBER: Final = re.compile(r"\d{1,3}")
CONDITIONS: Final = {
    "": pb2.CONDITION_UNSPECIFIED,
    "1": pb2.CONDITION_SCRAP,
    "2": pb2.CONDITION_TO_SUPPLIER,
}
"""What becomes of the goods, by what is keyed; unspecified is back on the shelf."""
CASHED: Final = frozenset({pb2.TENDER_KIND_CARD, pb2.TENDER_KIND_WALLET, pb2.TENDER_KIND_BANK_TRANSFER})
"""Paid out in cash instead, if somebody allows it."""


class NothingToReturn(NotFound):
    en = "Nothing is left to come back of “{shown}”. Check the number and the date, or ask for the member."
    zh = "“{shown}”没有可退的商品。请核对单号和日期，或按会员查找。"


class NoSuchReturnLine(Invalid):
    en = "Nothing is left of line {number}. Key the numbers in the list: 1, or 1x2 for two of it."
    zh = "第 {number} 行没有可退数量。请输入列表中的行号：1，或 1x2 表示退两件。"


class WhyIsItReturned(Invalid):
    en = "Key why the goods come back: the number of a reason, or words such as wrong size."
    zh = "请输入退货原因：原因序号，或文字说明，例如尺码不符。"


class ReturnDialog:
    """All of it runs in the till's thread; `shown` on a receipt or of a member leads to the sale."""

    def __init__(self, till: Till) -> None:
        self._till = till

    def start(self) -> Question:
        return Question(self._said("which_sale"), self._find)

    def _find(self, shown: str) -> Next:
        found = self._till.find_returnable(self._asked(shown))
        if qr := QR.fullmatch(shown):
            found = [one for one in found if one.sale.receipt_number == qr[1].upper()]
        found = [one for one in found if one.lines]
        if not found:
            raise NothingToReturn("receipt_number", shown=shown)
        if len(found) == 1:
            return self._lines(found[0])
        listed = "\n".join(f"{number}  {self._listed(one)}" for number, one in enumerate(found, start=1))

        def choose(text: str) -> Next:
            number = whole_of(text, field="number")
            return self._lines(found[number - 1]) if 1 <= number <= len(found) else self.start()

        return Question(self._said("choose_sale"), choose, listed)

    def _asked(self, shown: str) -> pb2.FindReturnableRequest:
        if dated := DATED.fullmatch(shown):
            return pb2.FindReturnableRequest(receipt_number=dated[1], business_date=dated[2])
        if qr := QR.fullmatch(shown):
            return pb2.FindReturnableRequest(sale_id=int(qr[2]))
        if BY_SERVER.fullmatch(shown):
            return pb2.FindReturnableRequest(receipt_number=shown)
        if NUMBERED.fullmatch(shown):
            with self._till.catalogue.reading() as held:
                store = held.store
            today = business_date(
                self._till.now(), time_zone=store.time_zone, day_cutoff_minutes=store.day_cutoff_minutes
            )
            return pb2.FindReturnableRequest(receipt_number=shown, business_date=today.isoformat())
        return pb2.FindReturnableRequest(member_key=shown, page_size=SALES_SHOWN)

    def _lines(self, sale: pb2.Returnable) -> Question:
        listed = [
            f"{line.line_number}  {line.name}  {quantity_text(line.quantity_milli)}"
            f"  {self._money(sale, line.total_minor)}"
            for line in sale.lines
        ]

        def choose(text: str) -> Next:
            return self._serials(sale, self._chosen(sale, text), 0)

        return Question(self._said("what_returns"), choose, "\n".join([self._listed(sale), *listed]))

    def _chosen(self, sale: pb2.Returnable, text: str) -> list[pb2.RefundLine]:
        """Lines with their quantities, "1 2x0.5"; none for everything that is left."""
        left = {line.line_number: line for line in sale.lines}
        chosen: dict[int, pb2.RefundLine] = {}
        for one in text.split():
            keyed, _, quantity = one.partition("x")
            number = whole_of(keyed, field="line")
            if number not in left or number in chosen:
                raise NoSuchReturnLine("lines", number=number)
            line = left[number]
            chosen[number] = pb2.RefundLine(line_number=number, amount_only=line.amount_only)
            if not line.amount_only:
                chosen[number].quantity_milli = quantity_of(quantity) if quantity else line.quantity_milli
        return list(chosen.values())

    def _serials(self, sale: pb2.Returnable, lines: Sequence[pb2.RefundLine], place: int) -> Next:
        """Asks which pieces come back, of lines that come back in part."""
        left: Mapping[int, pb2.ReturnableLine] = {line.line_number: line for line in sale.lines}
        for number, line in enumerate(lines[place:], start=place):
            of_sale = left[line.line_number]
            product = self._till.catalogue.product(of_sale.sku)
            pieces = line.quantity_milli // WHOLE_UNIT_MILLI
            if product is None or not product.product.selling.serial_numbers or len(line.serial_numbers) >= pieces:
                continue
            if line.quantity_milli == of_sale.quantity_milli:
                continue

            def take(text: str, line: pb2.RefundLine = line, number: int = number) -> Next:
                if text and text not in line.serial_numbers:
                    line.serial_numbers.append(text)
                return self._serials(sale, lines, number)

            prompt = self._said("serial_of", goods=of_sale.name, number=len(line.serial_numbers) + 1, pieces=pieces)
            return Question(prompt, take, "\n".join(line.serial_numbers))
        return self._payout(sale, lines)

    def _payout(self, sale: pb2.Returnable, lines: Sequence[pb2.RefundLine]) -> Question:
        if not any(one.kind in CASHED for one in sale.tenders):
            return self._why(sale, lines, cash_instead=False)

        def take(text: str) -> Question:
            return self._why(sale, lines, cash_instead=text.lower() == IN_CASH)

        return Question(self._said("how_repaid"), take, self._tenders(sale.tenders, sale))

    def _why(self, sale: pb2.Returnable, lines: Sequence[pb2.RefundLine], *, cash_instead: bool) -> Question:
        reasons = self._reasons()

        def take(text: str) -> Question:
            if not text:
                raise WhyIsItReturned("reason")
            asked = pb2.RefundSaleRequest(
                request_id=new_request_id(), sale_id=sale.sale.sale_id, lines=lines, cash_instead=cash_instead
            )
            number = int(text) if NUMBER.fullmatch(text) else 0
            if 1 <= number <= len(reasons):
                asked.reason_code, asked.reason = reasons[number - 1]
            else:
                asked.reason = text
            return self._condition(asked, sale)

        listed = [f"{number}  {name}" for number, (_, name) in enumerate(reasons, start=1)]
        return Question(self._said("why_by_number" if reasons else "why_returned"), take, "\n".join(listed))

    def _condition(self, asked: pb2.RefundSaleRequest, sale: pb2.Returnable) -> Question:
        def take(text: str) -> Next:
            if text not in CONDITIONS:
                return self._condition(asked, sale)
            asked.condition = CONDITIONS[text]
            return self._attempt(asked, sale)

        return Question(self._said("what_of_goods"), take)

    def _reasons(self) -> Sequence[tuple[str, str]]:
        """Code and name of the reasons that the chain knows; none where the server does not tell them."""
        line = self._till.line
        try:
            stub = line.client.of(ReturnServiceStub)
            listed = line.call(stub.ListReturnReasons, return_pb2.ListReturnReasonsRequest()).reasons
        except CallFailed:
            return ()
        chinese = self._till.language.startswith("zh")
        return [(one.code, one.name_zh if chinese else one.name_en) for one in listed if not one.retired]

    def _attempt(self, asked: pb2.RefundSaleRequest, sale: pb2.Returnable) -> Next:
        def send(tokens: tuple[str, ...]) -> str:
            asked.approval_tokens[:] = tokens
            refund = self._till.take_back(asked, original_receipt_number=sale.sale.receipt_number)
            return self._said("returned", tenders=self._tenders(refund.tenders, sale, sign=-1))

        till = self._till
        return Attempt(till.line, till.language, sale.sale.currency, asked.request_id, asked.reason, send).go()

    def _listed(self, sale: pb2.Returnable) -> str:
        return f"{sale.sale.business_date}  {sale.sale.receipt_number}  {self._money(sale, sale.sale.total_minor)}"

    def _tenders(self, tenders: Sequence[pb2.SaleTender], sale: pb2.Returnable, *, sign: int = 1) -> str:
        words = RECEIPT_WORDS[language_of(self._till.language)]
        return "  ".join(
            f"{words[TENDER_KINDS.get(one.kind) or 'other_tender']} {self._money(sale, sign * one.amount_minor)}"
            for one in tenders
        )

    def _money(self, sale: pb2.Returnable, amount_minor: int) -> str:
        return amount_text(amount_minor, sale.sale.currency)

    def _said(self, name: str, **values: object) -> str:
        return said(name, self._till.language, **values)
