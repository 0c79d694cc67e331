"""A selling session without a screen: scan, discount, member, coupons, tenders, complete; with the server or without.

The server sells while it answers. When it does not, the till prices by its own catalogue, and what it sells is in the
journal, on the disk, before the receipt is printed. One request is one sale: what was sent and not answered is recorded
byte for byte, so whichever way it comes to the server, it is stored once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from application.sales.basket import NoLines, PermissionNeeded
from application.sales.stored_value import OfflineRedeemLimit, StoredValueNeedsMember
from domain.loyalty.redemption import points_value
from domain.pricing.conditions import Buyer
from domain.sales.receipt import Receipt
from domain.sales.sale import TenderKind
from domain.sales.tenders import check_tender, settle
from domain.shared.money import Rounding
from domain.shared.period import zone
from entrypoints.terminal.cards import Cards, Remembered
from entrypoints.terminal.catalogue import Catalogue, Progress
from entrypoints.terminal.counting import Customer, count, find, stated
from entrypoints.terminal.desk import Desk
from entrypoints.terminal.drawer import Drawer
from entrypoints.terminal.fetching import fetch_catalogue
from entrypoints.terminal.journal import Journal
from entrypoints.terminal.line import Line, Offline
from entrypoints.terminal.making import receipt_without_server
from entrypoints.terminal.parking import Parking, Resumed, Waiting
from entrypoints.terminal.receipts import receipt_from
from entrypoints.terminal.refusals import (
    MemberNotKnownHere,
    NoSuchLine,
    OnlyWithConnection,
    SaleNotSettled,
    TenderNotTakenHere,
)
from entrypoints.terminal.selling import WHOLE_UNIT_MILLI, MissingSerials, check_serials, missing_serials
from entrypoints.terminal.sender import Line as Sent
from entrypoints.terminal.sender import Sender
from entrypoints.terminal.state import Facts, State
from liansuo.catalog.v1 import catalog_pb2
from liansuo.membership.v1 import membership_pb2
from liansuo.membership.v1.membership_pb2_grpc import MembershipServiceStub
from liansuo.sales.v1 import sales_pb2 as pb2
from liansuo.sales.v1.sales_pb2_grpc import SalesServiceStub
from liansuo.wallet.v1 import gift_card_pb2
from liansuo.wallet.v1.gift_card_pb2_grpc import GiftCardServiceStub
from liansuo_client import CallFailed, Unreachable, new_request_id

KINDS: Final = {
    TenderKind.CASH: pb2.TENDER_KIND_CASH,
    TenderKind.CARD: pb2.TENDER_KIND_CARD,
    TenderKind.WALLET: pb2.TENDER_KIND_WALLET,
    TenderKind.POINTS: pb2.TENDER_KIND_POINTS,
    TenderKind.STORED_VALUE: pb2.TENDER_KIND_STORED_VALUE,
    TenderKind.GIFT_CARD: pb2.TENDER_KIND_GIFT_CARD,
}
"""What this till takes. A sale on account and the like are for the counter."""
ONLINE_ONLY: Final = frozenset({pb2.TENDER_KIND_POINTS, pb2.TENDER_KIND_GIFT_CARD})
"""Nobody but the server knows what is left of them."""


@dataclass(slots=True)
class Till:
    """One cashier's session; one thread sells, another may call `keep_up` meanwhile.

    `print_out` puts a receipt on paper; it is called when the sale is on the disk. `age_seen` is how old, in years, the
    customer is at least, as far as the cashier has seen; `approvals` are tokens of a second person for this basket, by
    action and amount.
    """

    line: Line
    catalogue: Catalogue
    journal: Journal
    sender: Sender
    desk: Desk
    cards: Cards
    now: Callable[[], datetime]
    print_out: Callable[[Receipt], None]
    language: str = "en"
    progress: Callable[[Progress], None] = lambda _: None
    basket: pb2.Basket = field(default_factory=pb2.Basket, init=False)
    tenders: list[pb2.Tender] = field(default_factory=list, init=False)
    member: Remembered | None = field(default=None, init=False)
    drawer: Drawer = field(init=False)
    parking: Parking = field(init=False)
    last: pb2.Sale | None = field(default=None, init=False)
    paper_trouble: str = field(default="", init=False)
    last_original: str = field(default="", init=False)
    age_seen: int = field(default=0, init=False)
    approvals: dict[tuple[str, int], str] = field(default_factory=dict, init=False)
    _sale_id: str = field(default="", init=False)
    _quote: pb2.QuoteBasketResponse | None = field(default=None, init=False)
    _quoted_online: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.drawer = Drawer(self.line, self.desk, self.journal)
        self.parking = Parking(self.line, self.desk, self.now)

    # What goes into the basket.

    def product_of(self, code: str) -> catalog_pb2.Product:
        """The product of what was scanned or keyed, which says what has to be asked for; raises as `scan`."""
        with self.catalogue.reading():
            return find(self.catalogue, code)[0].product

    def scan(
        self, code: str, *, quantity_milli: int = 0, open_price_minor: int = 0, serial_numbers: Sequence[str] = ()
    ) -> pb2.SaleLine:
        """Adds what was scanned or keyed, one unit of it unless told otherwise; gives the line as it is priced now.

        `open_price_minor` is for one unit of goods whose price is keyed in, tax included. Raises UnknownSku,
        UnknownBarcode, WrongCheckDigit, CatalogueNotReady, SerialTwice, and what makes the basket unsaleable, which is
        then unchanged.
        """
        with self.catalogue.reading():
            found, is_barcode = find(self.catalogue, code)
        line = pb2.BasketLine(barcode=code) if is_barcode else pb2.BasketLine(sku=found.product.sku)
        weighed = is_barcode and found.product.weighed_item_code == code[2:7] and len(code) == 13
        line.quantity_milli = quantity_milli or (0 if weighed else WHOLE_UNIT_MILLI)
        line.open_price_minor = open_price_minor
        check_serials(self.basket, serial_numbers)
        line.serial_numbers.extend(serial_numbers)
        changed = _copy(self.basket)
        if age := found.product.selling.age_min:
            changed.age_confirmed = age <= self.age_seen
        changed.lines.append(line)
        counted = self._count(changed)
        self._change(changed)
        return counted.lines[len(changed.lines) - 1]

    def set_quantity(self, number: int, quantity_milli: int) -> None:
        """Another quantity for a line, numbered from 1."""
        changed = _copy(self.basket)
        self._line(changed, number).quantity_milli = quantity_milli
        self._count(changed)
        self._change(changed)

    def set_serials(self, number: int, serial_numbers: Sequence[str]) -> None:
        """The serial numbers of a line's pieces, numbered from 1, in place of those it had; raises SerialTwice."""
        changed = _copy(self.basket)
        del self._line(changed, number).serial_numbers[:]
        check_serials(changed, serial_numbers)
        changed.lines[number - 1].serial_numbers.extend(serial_numbers)
        quote, online = self._quote, self._quoted_online
        self._change(changed)
        # They are no part of what a basket costs.
        self._quote, self._quoted_online = quote, online

    def serials_missing(self) -> MissingSerials | None:
        """The first line whose pieces have not all been scanned; None for none."""
        with self.catalogue.reading():
            return missing_serials(self.catalogue, self.basket)

    def see_age(self, age: int) -> None:
        """The cashier has seen that the customer is at least so old: for what is in the basket, and what comes."""
        self.age_seen = max(age, self.age_seen)
        changed = _copy(self.basket)
        changed.age_confirmed = True
        self._change(changed)

    def remove(self, number: int) -> None:
        """Takes a line out, numbered from 1."""
        changed = _copy(self.basket)
        self._line(changed, number)
        del changed.lines[number - 1]
        self._change(changed)

    def discount(self, reason: str, *, rate_bp: int = 0, amount_minor: int = 0, number: int = 0) -> None:
        """A discount by hand on a line, or on the whole basket when `number` is 0.

        With connection the server says who may; without it the terminal's own permission counts.
        """
        if not self.line.online and "sales.manual_discount" not in self.facts.permissions:
            raise PermissionNeeded("discounts", permission="sales.manual_discount")
        changed = _copy(self.basket)
        discounts = self._line(changed, number).discounts if number else changed.discounts
        discounts.add(reason=reason, rate_bp=rate_bp, amount_minor=amount_minor)
        self._count(changed)
        self._change(changed)

    def coupon(self, code: str) -> pb2.QuoteBasketResponse:
        """Shows a coupon; the server says at once whether it can be used. Raises Offline without connection."""
        if not self.line.online:
            raise Offline("coupon_codes")
        changed = _copy(self.basket)
        changed.coupon_codes.append(code)
        quote = self._ask_quote(changed)
        self._change(changed)
        self._quote, self._quoted_online = quote, True
        return quote

    def drop_coupons(self) -> None:
        changed = _copy(self.basket)
        del changed.coupon_codes[:]
        self._change(changed)

    def identify(self, shown: str) -> Remembered:
        """The member by card, phone or number: from the server, or as this till has met them.

        Raises Refused by the server, and MemberNotKnownHere without connection. The basket names the number only.
        """
        found = None
        if self.line.online:
            try:
                stub = self.line.client.of(MembershipServiceStub)
                asked = membership_pb2.GetMemberRequest(member_key=shown)
                member = self.line.call(stub.GetMember, asked).member
                found = Remembered(
                    member.member_number, member.tier, tuple(member.segments), member.points_balance, self.now()
                )
                self.cards.remember(shown, found)
            except Unreachable:
                found = None
        found = found or self.cards.recall(shown)
        if found is None:
            raise MemberNotKnownHere("member_key")
        changed = _copy(self.basket)
        changed.member_key = found.member_number
        self.member = found
        self._change(changed)
        return found

    def without_member(self) -> None:
        changed = _copy(self.basket)
        changed.member_key = ""
        self.member = None
        self._change(changed)

    def clear(self) -> None:
        """An empty basket."""
        self.member = None
        self.age_seen = 0
        self._change(pb2.Basket())

    def park(self, label: str) -> str:
        """Puts the basket aside, for the whole store where the server answers, and gives the id by which it lay here.

        Tenders are not kept. An empty label is the time.
        """
        if not self.basket.lines:
            raise NoLines("basket.lines")
        if not label:
            with self.catalogue.reading() as held:
                label = f"{self.now().astimezone(zone(held.store.time_zone)):%H:%M}"
        parked_id = self.parking.park(self.basket, label)
        self.clear()
        return parked_id

    def parked(self) -> Sequence[Waiting]:
        """What can be taken up here, and of the whole store where the server answers."""
        return self.parking.waiting()

    def resume(self, waiting: Waiting) -> Resumed:
        """Takes a parked basket up again in place of an empty one; another one is parked first."""
        if self.basket.lines:
            self.park("")
        resumed = self.parking.resume(waiting)
        basket = resumed.basket
        basket.age_confirmed = False
        self._change(basket)
        self.age_seen = 0
        self.member = self.cards.recall(basket.member_key) if basket.member_key else None
        if basket.member_key and self.member is None and self.line.online:
            self.identify(basket.member_key)
        return resumed

    # What it comes to.

    def counted(self) -> pb2.QuoteBasketResponse:
        """The basket as the terminal prices it, at once; empty for an empty basket."""
        if self._quote is not None:
            return self._quote
        return self._count(self.basket) if self.basket.lines else pb2.QuoteBasketResponse()

    def total(self) -> pb2.QuoteBasketResponse:
        """What is due, with the reasons: by the server, else by the terminal. It holds until the basket changes.

        Raises what makes the basket unsaleable, and OnlyWithConnection for coupons without connection.
        """
        if not self.basket.lines:
            raise NoLines("basket.lines")
        if self._quote is None or (self._quoted_online and not self.line.online):
            if self.line.online:
                try:
                    self._quote, self._quoted_online = self._ask_quote(self.basket), True
                    return self._quote
                except Unreachable:
                    pass
            if self.basket.coupon_codes:
                raise OnlyWithConnection("coupon_codes")
            self._quote, self._quoted_online = self._count(self.basket), False
        return self._quote

    def due_minor(self) -> int:
        """What is still to be paid, before cash is rounded; never below zero."""
        return max(0, self.total().total_minor - self.tendered_minor())

    def tendered_minor(self) -> int:
        """What the tenders so far are worth."""
        return sum(self._worth(one) for one in self.tenders)

    # How it is paid.

    def tender(
        self,
        kind: TenderKind,
        amount_minor: int = 0,
        *,
        reference: str = "",
        points: int = 0,
        gift_card_token: str = "",
    ) -> int:
        """Takes a tender and gives what is still due. `reference` is an approval code, never a card number."""
        if kind not in KINDS:
            raise TenderNotTakenHere("kind", kind=kind)
        check_tender(kind=kind, amount_minor=amount_minor, points=points, reference=reference, field="tender")
        number = KINDS[kind]
        if number in ONLINE_ONLY and not self.line.online:
            raise OnlyWithConnection("kind")
        if kind in {TenderKind.STORED_VALUE, TenderKind.POINTS} and not self.basket.member_key:
            raise StoredValueNeedsMember("member_key")
        given = pb2.Tender(
            kind=number, amount_minor=amount_minor, points=points, reference=reference, gift_card_token=gift_card_token
        )
        self._check_offline_limit([*self.tenders, given])
        self.tenders.append(given)
        return self.due_minor()

    def gift_card(self, code: str, pin: str, amount_minor: int) -> int:
        """Opens a gift card and pays with it, with connection only; gives what is still due."""
        stub = self.line.client.of(GiftCardServiceStub)
        opened = self.line.call(stub.OpenGiftCard, gift_card_pb2.OpenGiftCardRequest(code=code, pin=pin))
        amount_minor = min(amount_minor, opened.card.balance_minor)
        return self.tender(TenderKind.GIFT_CARD, amount_minor, gift_card_token=opened.gift_card_token)

    @property
    def sale_request_id(self) -> str:
        """Under which this basket is sold, and things in it are approved; another one when it changes."""
        self._sale_id = self._sale_id or new_request_id()
        return self._sale_id

    def untender(self) -> None:
        """Takes all tenders back: nothing has been sold yet."""
        self.tenders.clear()

    def complete(self) -> pb2.Sale:
        """Sells: by the server, or into the journal; the receipt is printed after that. The basket is empty then.

        Raises TenderedTooLittle, ChangeOnCashOnly, what the server refuses (the basket and its tenders stay as they
        are), SaleNotSettled, and OnlyWithConnection.
        """
        self.finish_unsettled()
        quote = self.total()
        settled = [(_kind(one.kind), self._worth(one)) for one in self.tenders]
        with self.catalogue.reading() as held:
            policies = held.policies
        settlement = settle(
            settled,
            total_minor=quote.total_minor,
            cash_step=policies.cash_rounding_step,
            rounding=Rounding(policies.rounding_mode),
        )
        online = self.line.online
        if not online:
            self._check_offline()
        request, shown = self._request(quote, online=online)
        with self.catalogue.reading() as held:
            receipt = receipt_without_server(request, shown, held, self.facts, at=self.now(), worth=self._worth)
        receipt.change_minor, receipt.rounding_minor = settlement.change_minor, settlement.rounding_minor
        self.desk.pay(request, receipt)
        sale = self._finish(request, receipt)
        self.clear()
        return sale

    def finish_unsettled(self) -> pb2.Sale | None:
        """Brings a sale to its end that was sent and not answered, or that a crash has cut off; None without one."""
        paying = self.desk.paying()
        return None if paying is None else self._finish(*paying)

    # Afterwards.

    def find_returnable(self, asked: pb2.FindReturnableRequest) -> Sequence[pb2.Returnable]:
        """What may still come back of a sale, or of a member's sales, newest first; with connection only."""
        return self.line.call(self.line.client.of(SalesServiceStub).FindReturnable, asked).sales

    def take_back(self, asked: pb2.RefundSaleRequest, *, original_receipt_number: str = "") -> pb2.Sale:
        """Refunds and prints; with connection only. The same request again takes the goods back once."""
        refund = self.line.call(self.line.client.of(SalesServiceStub).RefundSale, asked).sale
        self._print(refund, original_receipt_number=original_receipt_number)
        return refund

    def print_again(self) -> int:
        """Prints the receipts of which a crash left unknown whether they came out, else the last one; how many.

        Each is marked as a copy, with its number.
        """
        unprinted = self.journal.unprinted()
        for one in unprinted:
            if not self._copy(pb2.Sale.FromString(one.receipt)):
                return 0
            self.journal.printed(one.request_id)
        if unprinted:
            return len(unprinted)
        newest = None if self.last is not None else self.journal.newest()
        last = self.last if newest is None else pb2.Sale.FromString(newest.receipt)
        if last is None:
            return 0
        return int(self._copy(last, self.last_original))

    def put_on_paper(self, receipt: Receipt) -> bool:
        """Prints; a printer that is not there stops nobody, and what is wrong is told until something comes out."""
        try:
            self.print_out(receipt)
        except OSError as error:
            self.paper_trouble = error.strerror or type(error).__name__
            return False
        self.paper_trouble = ""
        return True

    def prepare_count(self) -> None:
        """Brings to the server what can be brought there before the drawer is counted; raises as `finish_unsettled`."""
        self.finish_unsettled()
        if self.line.online:
            self._send()

    # Beside selling.

    @property
    def facts(self) -> Facts:
        """As the server has told them last, on the disk."""
        permissions = frozenset(self.desk.known("permissions").split())
        return Facts(self.desk.known("terminal_code"), self.desk.known("staff_code"), permissions, self.language)

    def state(self) -> State:
        backlog = self.journal.backlog()
        return State(
            self.line.offline_since,
            backlog.not_sent,
            backlog.quarantined,
            self.catalogue.ready,
            self.desk.paying() is not None,
            self.sender.state().message if self.line.online else "",
            self.drawer.shift(),
            self.paper_trouble,
        )

    def keep_up(self) -> int:
        """One round of what goes on beside selling: finds out whether the line is up, sends what waits, and fetches
        what has changed in the catalogue. Gives how many sales the server has taken. Raises NotRecognised.
        """
        told = self.line.probe()
        if told is None:
            return 0
        self.desk.know("terminal_code", told.caller.code)
        self.desk.know("staff_code", told.staff_code)
        self.desk.know("permissions", " ".join(told.permissions))
        try:
            sent = self._send()
            self.parking.send()
            fetch_catalogue(self.line, self.catalogue, self.progress)
        except (Unreachable, Offline):
            return 0
        return sent

    def _send(self) -> int:
        """Uploads in order until nothing waits; a refused sale stops no other."""
        before = self.journal.not_sent()
        self.sender.send()
        if self.sender.state().line is Sent.DOWN:
            self.line.lost()
        return before - self.journal.not_sent()

    # How it is done.

    def _count(self, basket: pb2.Basket) -> pb2.QuoteBasketResponse:
        customer = Customer()
        if self.member is not None:
            buyer = Buyer(member_number=self.member.member_number, segments=self.member.segments)
            customer = Customer(self.member.tier, buyer)
        return count(self.catalogue, basket, customer=customer, at=self.now(), language=self.language)

    def _ask_quote(self, basket: pb2.Basket) -> pb2.QuoteBasketResponse:
        stub = self.line.client.of(SalesServiceStub)
        return self.line.call(stub.QuoteBasket, pb2.QuoteBasketRequest(basket=basket))

    def _change(self, basket: pb2.Basket) -> None:
        self.basket = basket
        self._quote = None
        self._sale_id = ""
        self.approvals.clear()
        self.tenders.clear()

    def _line(self, basket: pb2.Basket, number: int) -> pb2.BasketLine:
        if not 1 <= number <= len(basket.lines):
            raise NoSuchLine("number", number=number)
        return basket.lines[number - 1]

    def _worth(self, tender: pb2.Tender) -> int:
        if tender.kind != pb2.TENDER_KIND_POINTS:
            return tender.amount_minor
        with self.catalogue.reading() as held:
            return points_value(tender.points, redeem_minor_per_100=held.policies.points_redeem_minor_per_100)

    def _check_offline(self) -> None:
        if self.basket.coupon_codes or any(one.kind in ONLINE_ONLY for one in self.tenders):
            raise OnlyWithConnection("tenders")
        self._check_offline_limit(self.tenders)

    def _check_offline_limit(self, tenders: Sequence[pb2.Tender]) -> None:
        if self.line.online:
            return
        with self.catalogue.reading() as held:
            limit = held.policies.offline_redeem_limit
        asked = sum(one.amount_minor for one in tenders if one.kind == pb2.TENDER_KIND_STORED_VALUE)
        if asked > limit:
            raise OfflineRedeemLimit("amount_minor", limit=limit, asked=asked)

    def _request(
        self, quote: pb2.QuoteBasketResponse, *, online: bool
    ) -> tuple[pb2.CheckoutRequest, pb2.QuoteBasketResponse]:
        """The request under which this basket is sold, whichever way it goes, and the amounts for its receipt."""
        basket, shown = self.basket, quote
        if not online and "sales.terminal_pricing" in self.facts.permissions:
            basket = stated(self.basket, quote)
            # Taxes as the server will work them out from what is stated.
            shown = count(
                self.catalogue, basket, customer=Customer(), at=self.now(), language=self.language, made_already=True
            )
        sold_at = Timestamp()
        sold_at.FromDatetime(self.now())
        request = pb2.CheckoutRequest(
            request_id=self.sale_request_id,
            approval_tokens=self.approvals.values(),
            basket=basket,
            tenders=self.tenders,
            sold_at=sold_at,
            receipt_sequence=self.journal.next_sequence(),
            install_id=self.journal.install_id,
            expected_total_minor=quote.total_minor,
        )
        return request, shown

    def _finish(self, request: pb2.CheckoutRequest, receipt: pb2.Sale) -> pb2.Sale:
        """Sells what is written down in the desk, records it and prints it."""
        sale, sent = receipt, False
        if self.line.online:
            try:
                sale = self.line.call(self.line.client.of(SalesServiceStub).Checkout, request).sale
                sent = True
            except Unreachable:
                pass
            except CallFailed:
                # It is no sale, and what it came to may not hold any more.
                self.desk.paid()
                self._quote = None
                raise
        if not sent and (request.basket.coupon_codes or any(one.kind in ONLINE_ONLY for one in request.tenders)):
            raise SaleNotSettled("server")
        self.journal.record(request, sale.SerializeToString(deterministic=True))
        if sent:
            self.journal.sent(request.request_id)
        self.desk.paid()
        if self._print(sale):
            self.journal.printed(request.request_id)
        return sale

    def _print(self, sale: pb2.Sale, print_number: int = 1, original_receipt_number: str = "") -> bool:
        self.last, self.last_original = sale, original_receipt_number
        with self.catalogue.reading() as held:
            receipt = receipt_from(
                sale,
                held,
                language=self.language,
                print_number=print_number,
                original_receipt_number=original_receipt_number,
            )
        return self.put_on_paper(receipt)

    def _copy(self, sale: pb2.Sale, original_receipt_number: str = "") -> bool:
        return self._print(sale, self.desk.copied(sale.request_id), original_receipt_number)


def _kind(number: int) -> TenderKind:
    return next(kind for kind, known in KINDS.items() if known == number)


def _copy(basket: pb2.Basket) -> pb2.Basket:
    copied = pb2.Basket()
    copied.CopyFrom(basket)
    return copied
