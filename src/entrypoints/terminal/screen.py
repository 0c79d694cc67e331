"""The till's screen: one line of entry that always has the keyboard, the basket, and the state of the line.

What is entered is done in its order by one thread, the till's; sending and fetching go on in another. So a scanner that
is faster than the server loses nothing, and a cashier never waits for an upload.
"""

import asyncio
from collections.abc import Callable
from datetime import tzinfo
from typing import ClassVar, Final

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import DataTable, Footer, Input, Static

from domain.sales.paper import NARROW_PAPER
from domain.sales.receipt import Receipt, amount_text, quantity_text
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal
from domain.shared.period import zone
from entrypoints.terminal.asking import Next, Question
from entrypoints.terminal.catalogue import Progress
from entrypoints.terminal.drawer_dialog import DrawerDialog
from entrypoints.terminal.goods_dialog import GoodsDialog
from entrypoints.terminal.park_dialog import ParkDialog
from entrypoints.terminal.receipts import text_of
from entrypoints.terminal.return_dialog import ReturnDialog
from entrypoints.terminal.screen_words import (
    KEYS,
    HowToDiscount,
    HowToPay,
    Mode,
    amount_of,
    key_name,
    prompt,
    quantity_of,
    whole_of,
    word,
)
from entrypoints.terminal.till import Till
from liansuo.sales.v1 import sales_pb2 as pb2
from liansuo_client import CallFailed, NotRecognised

KEEP_UP_S: Final = 5.0
STATE_S: Final = 1.0
WITH_REFERENCE: Final = {"c": TenderKind.CARD, "w": TenderKind.WALLET}
UNTOLD_KEYS: Final = frozenset({"escape", "ctrl+q"})
"""Left out of the row of keys, so that the others fit; questions name Esc where it counts."""
PERCENT_BP: Final = 100

STYLE: Final = """
#basket { width: 1fr; height: 1fr; }
#side { width: 46; height: 1fr; padding: 0 1; border-left: solid $primary; }
#told { height: auto; min-height: 1; max-height: 60%; padding: 0 1; color: $text; background: $panel; }
#told.wrong { background: $error; color: $text; }
#state { height: 1; padding: 0 1; background: $success-darken-2; color: $text; }
#state.offline { background: $warning-darken-2; }
"""


class TillScreen(App[None]):
    """The screen of one till; quitting loses nothing. `keep_up_s` of zero leaves keeping up to the caller."""

    CSS = STYLE
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "enter('member')", priority=True),
        Binding("f3", "enter('coupon')", priority=True),
        Binding("f4", "enter('discount')", priority=True),
        Binding("f5", "enter('quantity')", priority=True),
        Binding("f6", "park", priority=True),
        Binding("f7", "resume", priority=True),
        Binding("f8", "return", priority=True),
        Binding("f9", "pay", priority=True),
        Binding("f10", "void_last", priority=True),
        Binding("f11", "print_again", priority=True),
        Binding("f12", "drawer", priority=True),
        Binding("escape", "leave", priority=True),
        Binding("ctrl+q", "quit", priority=True),
    ]

    def __init__(self, till: Till, *, keep_up_s: float = KEEP_UP_S) -> None:
        super().__init__()
        self.till = till
        self.mode = Mode.SCAN
        self._keep_up_s = keep_up_s
        self._in_order = asyncio.Lock()
        self._keeping_up = asyncio.Lock()
        self._told = ""
        self._receipt = ""
        self._fetched = 0
        self._question: Question | None = None
        self._print_out = till.print_out
        till.print_out = self._printed
        till.progress = self._progress
        self.title = "Liansuo"

    def compose(self) -> ComposeResult:
        with Horizontal():
            table: DataTable[str] = DataTable(id="basket", cursor_type="none", show_header=True)
            table.can_focus = False
            yield table
            with VerticalScroll(id="side", can_focus=False):
                yield Static(id="side_text", markup=False)
        yield Static(id="told", markup=False)
        yield Input(id="entry")
        yield Static(id="state", markup=False)
        yield Footer(compact=True)

    def on_mount(self) -> None:
        language = self.till.language
        for key in KEYS:
            for binding in self._bindings.key_to_bindings[key]:
                shown = key not in UNTOLD_KEYS
                named = Binding(binding.key, binding.action, key_name(key, language), priority=True, show=shown)
                self._bindings.key_to_bindings[key] = [named]
        self.refresh_bindings()
        table = self.query_one("#basket", DataTable)
        table.add_columns(*(word(name, language) for name in ("number", "name", "quantity", "price", "off", "amount")))
        self._enter(Mode.SCAN)
        self.set_interval(STATE_S, self._show_state)
        if self._keep_up_s:
            self.set_interval(self._keep_up_s, self._keep_up_soon)
            self._keep_up_soon()
        if unprinted := len(self.till.journal.unprinted()):
            self._tell(word("unprinted", language, count=unprinted))
        self._show()

    # What the cashier does.

    def on_input_submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        event.input.value = ""
        self.run_worker(self._do(lambda: self._entered(text)), group="till")

    def action_enter(self, mode: str) -> None:
        self._enter(Mode(mode))

    def action_leave(self) -> None:
        if self.mode is Mode.PAY:
            self.till.untender()
        self._enter(Mode.SCAN)
        self._tell("")
        self._show()

    def action_drawer(self) -> None:
        self.run_worker(self._do(DrawerDialog(self.till).start), group="till")

    def action_park(self) -> None:
        self._ask(ParkDialog(self.till).park())

    def action_resume(self) -> None:
        self.run_worker(self._do(ParkDialog(self.till).resume), group="till")

    def action_return(self) -> None:
        self._ask(ReturnDialog(self.till).start())

    def action_pay(self) -> None:
        self.run_worker(self._do(self._start_paying), group="till")

    def action_void_last(self) -> None:
        self.run_worker(self._do(self._void_last), group="till")

    def action_print_again(self) -> None:
        self.run_worker(self._do(self._print_again), group="till")

    async def keep_up(self) -> None:
        """One round of sending and fetching; then what was left open is brought to its end."""
        if self._keeping_up.locked():
            return
        async with self._keeping_up:
            try:
                await asyncio.to_thread(self.till.keep_up)
            except CallFailed as failed:
                self._tell(failed.message, wrong=isinstance(failed, NotRecognised))
        state = self.till.state()
        if state.unsettled and state.offline_since is None:
            await self._do(self._finish_unsettled, beside=True)
        self._show_state()

    async def _do(self, action: Callable[[], Next], *, beside: bool = False) -> None:
        """Does one thing after the other, away from the screen; tells what came of it, or asks what comes next.

        What goes on `beside` the cashier leaves alone what they are asked.
        """
        async with self._in_order:
            try:
                told = await asyncio.to_thread(action)
            except Refusal as refusal:
                self._tell(refusal.message(self.till.language), wrong=True)
            except CallFailed as failed:
                self._tell(failed.message, wrong=True)
            else:
                if not beside:
                    self._ask(told)
                elif told:
                    self._tell(str(told))
            self._show()

    def _ask(self, told: Next) -> None:
        """Shows a question, or that there is none any more and what came of it."""
        if isinstance(told, Question):
            self._question = told
            self._tell(told.told)
            self._entry(told.prompt, secret=told.secret)
            return
        if self._question is not None:
            self._enter(Mode.SCAN)
        self._tell(told)

    def _entered(self, text: str) -> Next:
        """What is keyed answers what is asked when its turn comes: a scanner does not wait for the screen."""
        question, mode = self._question, self.mode
        if question is not None:
            return question.take(text)
        if not text and mode is not Mode.PAY:
            return self._told
        doing: dict[Mode, Callable[[str], Next]] = {
            Mode.SCAN: self._scan,
            Mode.MEMBER: self._member,
            Mode.COUPON: self._coupon,
            Mode.DISCOUNT: self._discount,
            Mode.QUANTITY: self._quantity,
            Mode.PAY: self._pay,
        }
        return doing[mode](text)

    # Each of these runs in the till's thread and gives what is to be told.

    def _scan(self, text: str) -> Next:
        times, star, code = text.partition("*")
        self._receipt = ""

        def told(line: pb2.SaleLine) -> str:
            return f"{line.name}  {self._money(line.total_minor)}"

        return GoodsDialog(self.till).scan(code.strip() if star else text, quantity_of(times) if star else 0, told)

    def _member(self, text: str) -> str:
        member = self.till.identify(text)
        self._next(Mode.SCAN)
        return f"{word('member', self.till.language)} {member.member_number}"

    def _coupon(self, text: str) -> str:
        quote = self.till.coupon(text)
        self._next(Mode.SCAN)
        return "\n".join(one.explanation or one.batch_name for one in quote.coupons)

    def _discount(self, text: str) -> str:
        number, rest = self._numbered(text)
        amount, _, reason = rest.partition(" ")
        if not reason.strip():
            raise HowToDiscount("discount")
        if amount.endswith("%"):
            rate_bp = quantity_of(amount[:-1]) * PERCENT_BP // 1_000
            self.till.discount(reason.strip(), rate_bp=rate_bp, number=number)
        else:
            self.till.discount(reason.strip(), amount_minor=amount_of(amount, self._currency()), number=number)
        self._next(Mode.SCAN)
        return ""

    def _quantity(self, text: str) -> str:
        number, rest = self._numbered(text)
        self.till.set_quantity(number or len(self.till.basket.lines), quantity_of(rest))
        self._next(Mode.SCAN)
        return ""

    def _void_last(self) -> str:
        self.till.remove(len(self.till.basket.lines))
        return word("voided", self.till.language)

    def _print_again(self) -> str:
        return word("printed", self.till.language, count=self.till.print_again())

    def _start_paying(self) -> Next:
        def ready() -> str:
            self._next(Mode.PAY)
            return ""

        return GoodsDialog(self.till).before_paying(ready)

    def _pay(self, text: str) -> Next:
        kind, *rest = text.split() or [""]
        currency = self._currency()
        if not text:
            left = self.till.due_minor()
            left = left and self.till.tender(TenderKind.CASH, left)
        elif kind in WITH_REFERENCE and rest:
            left = self.till.tender(WITH_REFERENCE[kind], amount_of(rest[0], currency), reference=" ".join(rest[1:]))
        elif kind == "v" and len(rest) == 1:
            left = self.till.tender(TenderKind.STORED_VALUE, amount_of(rest[0], currency))
        elif kind == "p" and len(rest) == 1:
            left = self.till.tender(TenderKind.POINTS, points=whole_of(rest[0], field="points"))
        elif kind == "g" and len(rest) == 3:
            left = self.till.gift_card(rest[0], rest[1], amount_of(rest[2], currency))
        elif rest or kind in {*WITH_REFERENCE, "v", "p", "g"}:
            raise HowToPay("tender")
        else:
            left = self.till.tender(TenderKind.CASH, amount_of(kind, currency))
        return "" if left else GoodsDialog(self.till).sell(self._complete)

    def _complete(self) -> str:
        language = self.till.language
        sale = self.till.complete()
        self._next(Mode.SCAN)
        told = word("kept" if sale.uploaded else "sold", language, receipt=sale.receipt_number)
        if sale.change_minor:
            told += f"   {word('change', language)} {amount_text(sale.change_minor, sale.currency)}"
        return told

    def _finish_unsettled(self) -> str:
        sale = self.till.finish_unsettled()
        return word("sold", self.till.language, receipt=sale.receipt_number) if sale is not None else ""

    # What is shown.

    def _enter(self, mode: Mode) -> None:
        self.mode = mode
        self._question = None
        self._entry(prompt(mode, self.till.language))

    def _entry(self, text: str, *, secret: bool = False) -> None:
        for entry in self.query("#entry").results(Input):
            entry.placeholder, entry.password = text, secret
            entry.focus()

    def _next(self, mode: Mode) -> None:
        self.call_from_thread(self._enter, mode)

    def _tell(self, text: str, *, wrong: bool = False) -> None:
        self._told = text
        for told in self.query("#told").results(Static):
            told.set_class(wrong, "wrong")
            told.update(text)

    def _show(self) -> None:
        if not self.query("#basket"):
            # The cashier has quit meanwhile; what was done is on the disk.
            return
        try:
            counted = self.till.counted()
        except Refusal as refusal:
            # The basket cannot be priced any more, e.g. because an article was blocked meanwhile.
            self._tell(refusal.message(self.till.language), wrong=True)
            counted = pb2.QuoteBasketResponse()
        table = self.query_one("#basket", DataTable)
        table.clear()
        for number, line in enumerate(counted.lines, start=1):
            off = self._money(-line.discount_minor) if line.discount_minor else ""
            table.add_row(
                str(number),
                line.name,
                quantity_text(line.quantity_milli),
                self._money(line.unit_price_minor),
                off,
                self._money(line.total_minor),
            )
        table.scroll_end(animate=False)
        self.query_one("#side_text", Static).update(self._side(counted))
        self._show_state()

    def _side(self, counted: pb2.QuoteBasketResponse) -> str:
        language, till = self.till.language, self.till
        if not counted.lines and self._receipt:
            return self._receipt
        lines = [f"{word('total', language)}  {self._money(counted.total_minor)}", ""]
        if self.mode is Mode.PAY:
            lines += [
                f"{word('due', language)}  {self._money(max(0, counted.total_minor - till.tendered_minor()))}",
                "",
            ]
        if till.member is not None:
            member = till.member
            lines.append(f"{word('member', language)}  {member.member_number}")
            lines.append(f"{word('tier', language)}  {member.tier or '-'}")
            lines += [f"{word('points', language)}  {member.points}", ""]
        why = [f"{one.name}: {one.explanation}" for one in counted.promotions]
        return "\n".join([*lines, f"{word('why', language)}:", *why] if why else lines)

    def _show_state(self) -> None:
        language, state = self.till.language, self.till.state()
        if state.offline_since is None:
            told = [word("online", language)]
        else:
            since = state.offline_since.astimezone(self._zone())
            told = [word("offline", language, since=f"{since:%H:%M}")]
        told.append(word("not_sent", language, count=state.not_sent))
        told.append(
            word("no_shift", language) if state.shift is None else word("shift", language, number=state.shift.number)
        )
        if state.quarantined:
            told.append(word("quarantined", language, count=state.quarantined))
        if state.paper:
            told.append(word("no_paper", language, cause=state.paper))
        if state.trouble:
            told.append(state.trouble)
        if state.unsettled:
            told.append(word("unsettled", language))
        if not state.ready:
            told.append(
                word("fetching", language, count=self._fetched) if self._fetched else word("no_catalogue", language)
            )
        # A screen that is being closed has none any more.
        for shown in self.query("#state").results(Static):
            shown.set_class(state.offline_since is not None or bool(state.paper), "offline")
            shown.update("   ".join([self.till.facts.terminal_code, *told]))

    def _keep_up_soon(self) -> None:
        self.run_worker(self.keep_up(), group="keep_up")

    def _printed(self, receipt: Receipt) -> None:
        self._receipt = text_of(receipt, columns=NARROW_PAPER)
        self._print_out(receipt)

    def _progress(self, progress: Progress) -> None:
        self._fetched = progress.products

    def _currency(self) -> str:
        with self.till.catalogue.reading() as held:
            return held.store.currency

    def _zone(self) -> tzinfo | None:
        """The store's, as soon as it is known."""
        if not self.till.catalogue.ready:
            return None
        with self.till.catalogue.reading() as held:
            return zone(held.store.time_zone)

    def _money(self, amount_minor: int) -> str:
        return amount_text(amount_minor, self._currency()) if self.till.catalogue.ready else ""

    def _numbered(self, text: str) -> tuple[int, str]:
        """“#2 rest” is about line 2; without it the number is 0."""
        if not text.startswith("#"):
            return 0, text
        number, _, rest = text[1:].partition(" ")
        return whole_of(number, field="line"), rest.strip()
