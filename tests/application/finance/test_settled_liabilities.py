"""After a settlement every store owes what its own lots, payments in and cards carry, whatever has happened before."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from application.finance.settling import SettleStores, settle_stores
from application.loyalty.hold_points import CapturePoints, HoldPoints, capture_points, hold_points
from application.marketing.redeem_reward import CancelRedemption, RedeemReward, cancel_redemption, redeem_reward
from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.register_member import RegisterMember, register_member
from application.sales.preparing import Checkout
from application.sales.refund import RefundSale
from application.wallet.passing_on import (
    CloseStoredValue,
    TransferStoredValue,
    close_stored_value,
    transfer_stored_value,
)
from application.wallet.times_cards import UseTimesCard, use_times_card
from domain.finance.settlement import SettlementKind
from domain.identity.organisation import Caller
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal
from tests.application.marketing.test_rewards import MUG, put
from tests.application.wallet.cards import paid_by, sold
from tests.application.wallet.paying_in import pay_in
from tests.application.wallet.test_times_cards import FACIAL, offer_uses
from tests.world import MEMBER, Till, World
from tests.world import opened as world_of

MEMBERS = (MEMBER, "13900139000")
STEPS = 90
SEED = 5
"""One of those in which everything crosses, and points are taken back from lots of the other store."""
PERMISSIONS = ("wallet.bonus", "wallet.transfer", "wallet.close", "sales.refund_elsewhere")
OWED = "SELECT e.store_id, -p.amount_minor FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id"
CARRIED = {
    "220501": "SELECT j.store_id, l.value_minor FROM points_lots l JOIN journal_entries j ON j.document_id = l.sale_id",
    "220502": "SELECT store_id, principal_minor FROM stored_value_paid_in",
    "220503": "SELECT store_id, bonus_minor FROM stored_value_paid_in",
    "220504": "SELECT e.store_id, g.balance_minor FROM gift_cards g"
    " JOIN gift_card_entries e ON e.card_id = g.card_id AND e.reason = 'sold'",
    "220505": "SELECT store_id, value_left_minor FROM times_cards",
}
"""What each liability consists of, by account: the store that owes it, and how much."""


class Shops:
    """Does what members and two stores do, at random; a step that is refused changes nothing."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random = world, Random(seed)
        self.tills = [world.terminal(code, *PERMISSIONS) for code in ("T1", "T2")]
        self.made: dict[str, list[tuple[Any, Caller]]] = {}
        self.cards = sold(world, 2)
        self.steps: list[Callable[[str, Caller], None]] = [
            self.sell, self.sell, self.pay_with_points, self.pay_with_value, self.pay_with_card, self.pay_in,
            self.take_back, self.take_one_back, self.reward, self.cancel, self.capture, self.merge, self.undo,
            self.hand_on, self.pay_out, self.sell_uses, self.use, self.settle,
        ]  # fmt: skip

    def step(self) -> None:
        self.world.clock.advance(minutes=self.random.choice((1, 1, 1, 700)))
        # Nobody may do that now, or nothing of the kind has been made yet.
        with suppress(Refusal, IndexError):
            self.random.choice(self.steps)(self.random.choice(MEMBERS), self.random.choice(self.tills))

    def sell(self, member: str, till: Caller) -> None:
        self._sold(Till().line("TEA", self.random.randint(1, 2)).member(member).cash(20_000), till)

    def pay_with_points(self, member: str, till: Caller) -> None:
        self._sold(Till().line("TEA").member(member).points(self.random.choice((50, 100, 150))).cash(10_000), till)

    def pay_with_value(self, member: str, till: Caller) -> None:
        amount = self.random.choice((60, 700))
        self._sold(Till().line("MUG").member(member).tender(TenderKind.STORED_VALUE, amount).cash(5_000), till)

    def pay_with_card(self, _member: str, till: Caller) -> None:
        tender = paid_by(self.world, self.random.choice(self.cards), 5_000)
        self._keep("sale", self.world.sell(Checkout(Till().line("MUG").command.basket, (tender,)), till), till)

    def pay_in(self, member: str, till: Caller) -> None:
        pay_in(self.world, self.random.choice((333, 1_000)), bonus_minor=100, member=member, caller=till)

    def take_back(self, _member: str, _till: Caller) -> None:
        sale, _ = self._made("sale")
        self.world.refund(RefundSale(sale.sale_id, "All"), self.random.choice(self.tills))

    def take_one_back(self, _member: str, _till: Caller) -> None:
        sale, till = self._made("sale")
        self.world.refund(RefundSale(sale.sale_id, "One", (ReturnRequest(1, 1_000, amount_only=False),)), till)

    def reward(self, member: str, till: Caller) -> None:
        self._keep("reward", self.world.once(redeem_reward, RedeemReward("MUG500", member), till), till)

    def cancel(self, _member: str, _till: Caller) -> None:
        redeemed, till = self._made("reward")
        self.world.once(cancel_redemption, CancelRedemption(redeemed.redemption_id, "Chipped"), till)

    def capture(self, member: str, till: Caller) -> None:
        until = self.world.clock() + timedelta(hours=1)
        held = self.world.once(hold_points, HoldPoints(member, 60, "Order 7", until), till)
        self.world.once(capture_points, CapturePoints(held.hold_id, 45), till)

    def merge(self, member: str, till: Caller) -> None:
        command = MergeMembers(member, self.random.choice(MEMBERS), "One person")
        self._keep("merge", self.world.once(merge_members, command, till), till)

    def undo(self, _member: str, _till: Caller) -> None:
        merged, till = self._made("merge")
        self.world.once(undo_member_merge, UndoMemberMerge(merged.merge_id, "Two persons"), till)

    def hand_on(self, member: str, till: Caller) -> None:
        command = TransferStoredValue(member, self.random.choice(MEMBERS), 300, "Gift")
        self.world.do(transfer_stored_value, command, till)

    def pay_out(self, member: str, till: Caller) -> None:
        self.world.do(close_stored_value, CloseStoredValue(member, TenderKind.CASH, "Moves away"), till)

    def sell_uses(self, member: str, till: Caller) -> None:
        self._sold(Till().line(FACIAL.sku, 3).member(member).cash(34_000), till)

    def use(self, member: str, till: Caller) -> None:
        self.world.do(use_times_card, UseTimesCard(member, sku=FACIAL.sku), till)

    def settle(self, _member: str, _till: Caller) -> None:
        self.world.do(settle_stores, SettleStores())

    def _sold(self, goods: Till, till: Caller) -> None:
        self._keep("sale", self.world.sell(goods.command, till), till)

    def _keep(self, what: str, made: Any, till: Caller) -> None:
        self.made.setdefault(what, []).append((made, till))

    def _made(self, what: str) -> tuple[Any, Caller]:
        return self.random.choice(self.made.get(what, []))


def by_store(world: World, asked: str) -> dict[int, int]:
    found: dict[int, int] = {}
    for store_id, amount in world.rows(asked):
        found[store_id] = found.get(store_id, 0) + int(amount)
    return {store_id: amount for store_id, amount in found.items() if amount}


@pytest.mark.capability("FIN-07", "FIN-11")
def test_every_store_owes_what_is_its_own(sqlite_chain: str) -> None:
    with world_of(sqlite_chain, furnished=True) as world:
        offer_uses(world)
        put(world, MUG, points=100)
        for phone in MEMBERS[1:]:
            world.do(register_member, RegisterMember(phone=phone))
        shops = Shops(world, SEED)
        for _ in range(STEPS):
            shops.step()
        world.clock.advance(days=2)
        world.do(settle_stores, SettleStores())
        for account, asked in CARRIED.items():
            assert by_store(world, f"{OWED} WHERE p.account_code = '{account}'") == by_store(world, asked), account
        assert world.broken() == []
        crossed = world.rows("SELECT DISTINCT kind FROM settlement_movements WHERE issuer_id <> redeemer_id")
        assert {kind for (kind,) in crossed} == set(SettlementKind)
