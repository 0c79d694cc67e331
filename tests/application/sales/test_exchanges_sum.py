"""Any order of partial returns and exchanges ends where it began: in money, points, coupons, stock, cost and books."""

from collections import defaultdict
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from application.sales.find_returnable import FindReturnable, find_returnable
from application.sales.queries import GetSale, get_sale
from application.sales.quote import QuoteBasket, quote_basket
from application.sales.refund import RefundSale
from application.sales.verify_sales import VerifySales, verify_sales
from application.sales.views import SaleView
from application.wallet.gift_cards import IssuedGiftCard
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from domain.sales.tenders import TenderedTooLittle
from tests.application.sales.coupons import issue, kinds, put_batch, showing, unlock
from tests.application.sales.exchanging import exchange
from tests.application.wallet.cards import balance, paid_by, sold
from tests.application.wallet.paying_in import held, pay_in
from tests.world import SHELF, Till, World

SKUS = ("TEA", "MUG", "RICE", "WRAP")
STOCKED = tuple(sku for sku, _, cost in SHELF if cost)
STEPS_MAX = 5


class Chain:
    """A sale and all that comes of it; `open` are the sales of which something may be left."""

    def __init__(self, world: World, random: Random, card: IssuedGiftCard) -> None:
        self.world, self.random, self.card = world, random, card
        self.documents: list[SaleView] = []
        self.open: list[int] = []

    def sell(self, coupon: str) -> None:
        """Goods for the member, paid by whatever there is: points, stored value, a gift card, a card and cash."""
        till = showing(self._goods(Till().line("TEA", 2)).member(), coupon)
        left = self.world.ask(quote_basket, QuoteBasket(till.command.basket), self.world.s1).total_minor
        for kind in self.random.sample(list(TenderKind), len(TenderKind)):
            amount = self.random.randint(1, min(left - 1, 5_000))
            pay = self._payers().get(kind)
            if pay is not None and self.random.random() < 0.6:
                amount = min(amount, 3_000) // 100 * 100 if kind is TenderKind.POINTS else amount
                if amount:
                    till, left = pay(till, amount), left - amount
        self._keep(self.world.sell(till.cash(left).command))

    def bring_back(self) -> None:
        sale_id, lines = self._some()
        self.documents.append(self.world.refund(RefundSale(sale_id, "back", lines)).sale)

    def exchange(self) -> None:
        sale_id, lines = self._some()
        goods = self._goods(Till())
        try:
            found = exchange(self.world, sale_id, goods, *lines)
        except TenderedTooLittle as refused:
            due = int(str(refused.details["missing"]))
            card = self.random.randint(0, due - 1)
            goods = goods.card(card) if card else goods
            found = exchange(self.world, sale_id, goods.cash(due - card), *lines)
        self.documents.append(found.returned.sale)
        self._keep(found.sale)

    def finish(self) -> None:
        """Brings back whatever is left of every sale, the last ones first or the first ones."""
        self.random.shuffle(self.open)
        for sale_id in self.open:
            if self._left(sale_id):
                self.documents.append(self.world.refund(RefundSale(sale_id, "the rest")).sale)

    def _keep(self, sale: SaleView) -> None:
        self.documents.append(sale)
        self.open.append(sale.sale_id)

    def _goods(self, till: Till) -> Till:
        for sku in self.random.sample(SKUS, self.random.randint(1, 2)):
            till = till.line(sku, self.random.randint(1, 3))
        return till

    def _payers(self) -> dict[TenderKind, Callable[[Till, int], Till]]:
        return {
            TenderKind.POINTS: lambda till, amount: till.points(amount),
            TenderKind.STORED_VALUE: lambda till, amount: till.tender(TenderKind.STORED_VALUE, amount),
            TenderKind.CARD: lambda till, amount: till.card(amount),
            TenderKind.GIFT_CARD: lambda till, amount: till._tender(paid_by(self.world, self.card, amount)),
        }

    def _left(self, sale_id: int) -> dict[int, int]:
        """How much is left of each line."""
        [found] = self.world.ask(find_returnable, FindReturnable(sale_id)).sales
        return {line.line_number: line.quantity_milli for line in found.lines}

    def _some(self) -> tuple[int, tuple[ReturnRequest, ...]]:
        sale_id = self.random.choice([one for one in self.open if self._left(one)])
        left = self._left(sale_id)
        chosen = self.random.sample(sorted(left), self.random.randint(1, len(left)))
        return sale_id, tuple(
            ReturnRequest(number, self.random.choice((left[number], 1_000)), amount_only=False)
            for number in chosen
        )  # fmt: skip


def told(world: World, sale_id: int) -> set[int]:
    """Every document that GetSale leads to from one of them."""
    seen: set[int] = set()
    waiting = {sale_id}
    while waiting:
        one = waiting.pop()
        seen.add(one)
        found = world.ask(get_sale, GetSale(one))
        named = {*found.reversal_sale_ids, found.sale.original_sale_id or one}
        for exchanged in found.exchanges:
            named |= {exchanged.returned_sale_id, exchanged.refund_sale_id, exchanged.sale_id}
        waiting |= named - seen
    return seen


def standing(world: World, card: IssuedGiftCard) -> tuple[Any, ...]:
    """Stock with its value, points, stored value, the gift card, and the balance of every account."""
    return {sku: world.level(sku) for sku in STOCKED}, world.points(), held(world), balance(world, card), world.ledger()


@pytest.mark.capability("SAL-03")
@pytest.mark.parametrize("examples", [4, pytest.param(300, marks=pytest.mark.long)])
def test_any_order_of_returns_and_exchanges_ends_at_zero(world: World, examples: int) -> None:
    [card] = sold(world, face_minor=1_000_000)
    pay_in(world, 500_000, bonus_minor=100_001, caller=world.terminal("T1", "wallet.bonus"))
    put_batch(world)
    unlock(world)
    for sku in STOCKED:
        world.receive(sku, 500_000, 500 * 4_000 + 77)
    world.sell(Till().line("TEA", 40).member().cash(400_000).command)  # points to pay with

    @settings(
        max_examples=examples,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(seed=st.integers(0, 2**32), steps=st.lists(st.booleans(), max_size=STEPS_MAX))
    def sums_to_nothing(seed: int, steps: list[bool]) -> None:
        [coupon] = issue(world)
        before = standing(world, card)
        chain = Chain(world, Random(seed), card)
        chain.sell(coupon)
        for exchanging in steps:
            world.clock.advance(minutes=1)
            if any(chain._left(one) for one in chain.open):
                (chain.exchange if exchanging else chain.bring_back)()
        chain.finish()
        assert standing(world, card) == before
        paid: dict[TenderKind, int] = defaultdict(int)
        for document in chain.documents:
            for tender in document.tenders:
                paid[tender.kind] += tender.amount_minor
        assert set(paid.values()) == {0}
        for name in ("gross_minor", "discount_minor", "net_minor", "tax_minor", "total_minor", "points_earned"):
            assert sum(getattr(document, name) for document in chain.documents) == 0, name
        assert kinds(world, coupon)[-1] != "redeemed"
        assert told(world, chain.documents[-1].sale_id) == {document.sale_id for document in chain.documents}

    sums_to_nothing()
    page = world.ask(verify_sales, VerifySales(page_size=500))
    assert list(page.unproven) == []
