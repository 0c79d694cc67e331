"""What the screen asks about goods: price, age of the customer, serial numbers, and a second person for the price."""

from collections.abc import Callable, Sequence
from typing import Final

from domain.sales.receipt import amount_text
from entrypoints.terminal.approving import Attempt, ask_approval
from entrypoints.terminal.asking import Next, Question
from entrypoints.terminal.dialog_words import said
from entrypoints.terminal.screen_words import amount_of
from entrypoints.terminal.selling import WHOLE_UNIT_MILLI
from entrypoints.terminal.till import Till
from liansuo.catalog.v1 import catalog_pb2
from liansuo.sales.v1 import sales_pb2 as pb2

NO: Final = frozenset({"n", "no", "否"})
ACTIONS: Final = ("manual_discount", "price_override", "price_above_list", "below_floor", "tax_exempt")


class GoodsDialog:
    """All of it runs in the till's thread."""

    def __init__(self, till: Till) -> None:
        self._till = till

    def scan(self, code: str, quantity_milli: int, then: Callable[[pb2.SaleLine], str]) -> Next:
        """Adds goods once everything that they ask for is answered; `then` tells of the line."""
        product = self._till.product_of(code)
        terms = product.selling

        def add(price_minor: int, serial_numbers: Sequence[str]) -> str:
            return then(
                self._till.scan(
                    code,
                    quantity_milli=quantity_milli,
                    open_price_minor=price_minor,
                    serial_numbers=serial_numbers,
                )
            )

        def serials(price_minor: int) -> Next:
            if not terms.serial_numbers:
                return add(price_minor, ())
            pieces = (quantity_milli or WHOLE_UNIT_MILLI) // WHOLE_UNIT_MILLI
            return self._serials(product.name, pieces, (), lambda scanned: add(price_minor, scanned))

        def price() -> Next:
            return self._price(product, serials) if terms.open_price else serials(0)

        return self._age(terms.age_min, price) if terms.age_min > self._till.age_seen else price()

    def before_paying(self, then: Callable[[], str]) -> Next:
        """Asks what is still open in the basket; `then` goes on once nothing is."""
        missing = self._till.serials_missing()
        if missing is not None:

            def scanned(serial_numbers: Sequence[str]) -> Next:
                self._till.set_serials(missing.number, serial_numbers)
                return self.before_paying(then)

            return self._serials(missing.name, missing.pieces, (), scanned)
        quote = self._till.total()
        if quote.age_to_confirm:
            return self._age(quote.age_to_confirm, lambda: self.before_paying(then))
        for need in quote.approvals_needed:
            if (need.action, need.amount_minor) not in self._till.approvals:
                return self._approval(need, then)
        return then()

    def sell(self, sold: Callable[[], str]) -> Next:
        """Sells what is paid, with the approvals there are; `sold` tells. Asks for what has become necessary since."""

        def send(tokens: tuple[str, ...]) -> str:
            self._till.approvals = {("", place): token for place, token in enumerate(tokens)}
            return sold()

        request_id = self._till.sale_request_id
        attempt = Attempt(self._till.line, self._till.language, self._currency(), request_id, self._reason(), send)
        return attempt.go(tuple(self._till.approvals.values()))

    def _price(self, product: catalog_pb2.Product, then: Callable[[int], Next]) -> Question:
        low, high = product.selling.open_price_min_minor, product.selling.open_price_max_minor
        bounds = [amount_text(one, self._currency()) if one else "…" for one in (low, high)]
        told = "" if low == high == 0 else self._said("price_bounds", low=bounds[0], high=bounds[1])
        return Question(
            self._said("price_of", goods=product.name), lambda text: then(amount_of(text, self._currency())), told
        )

    def _age(self, age: int, then: Callable[[], Next]) -> Question:
        def take(text: str) -> Next:
            if text.lower() in NO:
                return self._said("too_young", age=age)
            if text:
                # The next article was scanned already: nobody has answered.
                return self._age(age, then)
            self._till.see_age(age)
            return then()

        return Question(self._said("old_enough", age=age), take)

    def _serials(self, name: str, pieces: int, scanned: tuple[str, ...], then: Callable[[Sequence[str]], Next]) -> Next:
        if len(scanned) >= pieces:
            return then(scanned)

        def take(text: str) -> Next:
            if not text or text in scanned:
                return self._serials(name, pieces, scanned, then)
            return self._serials(name, pieces, (*scanned, text), then)

        return Question(
            self._said("serial_of", goods=name, number=len(scanned) + 1, pieces=pieces), take, "\n".join(scanned)
        )

    def _approval(self, need: pb2.ApprovalNeed, then: Callable[[], str]) -> Question:
        def approved(token: str) -> Next:
            self._till.approvals[need.action, need.amount_minor] = token
            return self.before_paying(then)

        name = need.action.removeprefix("sales.")
        what = self._said(name) if name in ACTIONS else need.action
        return ask_approval(
            self._till.line,
            self._till.language,
            action=need.action,
            amount_minor=need.amount_minor,
            request_id=self._till.sale_request_id,
            reason=self._reason(),
            told=self._said("beyond", what=what, amount=amount_text(need.amount_minor, self._currency())),
            then=approved,
        )

    def _reason(self) -> str:
        """Why the second person was needed, as the basket says."""
        basket = self._till.basket
        given = [one.reason for one in basket.discounts]
        given += [one.reason for line in basket.lines for one in line.discounts]
        return "; ".join(dict.fromkeys(given)) or "at the till"

    def _currency(self) -> str:
        with self._till.catalogue.reading() as held:
            return held.store.currency

    def _said(self, name: str, **values: object) -> str:
        return said(name, self._till.language, **values)
