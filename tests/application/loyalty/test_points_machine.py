"""Whatever members and terminals do in whatever order, points are what the model says (T25)."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from application.identity.settings import PutSetting, put_setting
from application.loyalty.expire_points import ExpirePoints, expire_points
from application.loyalty.hold_points import (
    CapturePoints,
    HoldPoints,
    ReleasePoints,
    capture_points,
    hold_points,
    release_points,
)
from application.loyalty.pool_points import JoinPointsPool, TransferPoints, join_points_pool, transfer_points
from application.loyalty.queries import GetPointsBalance, get_points_balance
from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.register_member import RegisterMember, register_member
from application.sales.checkout import checkout
from application.sales.preparing import Checkout
from application.sales.refund import RefundSale, refund_sale
from application.sales.views import SaleView
from domain.identity.organisation import ScopeKind
from domain.sales.reversal import ReturnRequest
from domain.shared.errors import Refusal
from tests.application.loyalty.points_model import Model, Refused, Rules
from tests.world import MEMBER, OPENING, Clock, Till, World, opened

MEMBERS = (MEMBER, "13800138001", "13800138002")
"""The first two share a pool."""
STORES = {"S1": Rules(months=2, pending_days=0, owed=True), "S2": Rules(months=3, pending_days=3, owed=False)}
SETTINGS = (("points_redeem_step", "1"), ("points_redeem_cap_bp", "10000"), ("negative_stock", "allow"))

MEMBER_OF, STORE_OF = st.sampled_from(MEMBERS), st.sampled_from(sorted(STORES))
SHARE = st.sampled_from((100, 100, 60, 30, 101))
HOURS = st.sampled_from((1, 9, 30, 24 * 4, 24 * 35))

_SUMS = """
    SELECT SUM(points_balance) - (SELECT SUM(points) FROM points_entries),
        SUM(points_balance) - (SELECT SUM(points) FROM points_lots),
        SUM(points_debt) + (SELECT COALESCE(SUM(points), 0) FROM points_lots WHERE points < 0),
        (SELECT SUM(value_minor) FROM points_lots)
            + (SELECT SUM(amount_minor) FROM postings WHERE account_code = '220501'),
        (SELECT SUM(amount_minor) FROM postings)
    FROM points_accounts
"""
"""I1 and I4 of the whole chain: all of them are nought."""


class Machine(RuleBasedStateMachine):
    """The program beside the model: every rule does the same with both. What else moves points is one more rule."""

    template: Path
    folder: Path

    def __init__(self) -> None:
        super().__init__()
        file = self.folder / f"{uuid4().hex}.db"
        shutil.copyfile(self.template, file)
        self.file = file
        self.world = World(f"sqlite:///{file}", Clock(OPENING), furnished=True)
        self.model = Model(STORES, [set(MEMBERS[:2])], OPENING)
        self.tills = {"S1": self.world.s1, "S2": self.world.s2}
        self.eye = sqlite3.connect(file)
        ids = [member_id for (member_id,) in self.eye.execute("SELECT member_id FROM points_accounts ORDER BY 1")]
        self.names = dict(zip(ids, MEMBERS, strict=True))
        self.again: Callable[[], object] | None = None

    @rule(member=MEMBER_OF, store=STORE_OF, units=st.integers(1, 3))
    def earn(self, member: str, store: str, units: int) -> None:
        self.sell(member, store, units, 0)

    @precondition(lambda self: self.rich())
    @rule(data=st.data(), store=STORE_OF, share=SHARE)
    def pay_with_points(self, data: st.DataObject, store: str, share: int) -> None:
        member = data.draw(st.sampled_from(self.rich()))
        self.sell(member, store, 2, self.some(member, share))

    def sell(self, member: str, store: str, units: int, points: int) -> None:
        till = Till().line("TEA", units).member(member)
        command = (till.points(points) if points else till).cash(units * 10_000 - points).command
        sold = self.both(
            lambda request_id: self.checked_out(command, store, request_id),
            lambda done: self.model.sell(done.sale_id if done else 0, member, store, units, points),
        )
        assert sold is None or sold.points_balance == self.model.balance(member)

    @precondition(lambda self: any(sold.units for sold in self.model.sales.values()))
    @rule(data=st.data(), parts=st.integers(1, 3))
    def refund(self, data: st.DataObject, parts: int) -> None:
        sale_id = data.draw(st.sampled_from([number for number, sold in self.model.sales.items() if sold.units]))
        sold = self.model.sales[sale_id]
        units = sold.units if sold.uses else min(parts, sold.units)
        line = ReturnRequest(1, units * 1_000, amount_only=False)
        shortfalls: list[int] = []
        done = self.both(
            self.asked(refund_sale, RefundSale(sale_id, "Changed", (line,)), sold.store),
            lambda done: shortfalls.append(self.model.refund(sale_id, done.sale.sale_id, units)),
        )
        assert [done.points_shortfall] == shortfalls
        assert done.shortfall_minor == (0 if STORES[sold.store].owed else done.points_shortfall)

    @precondition(lambda self: self.rich())
    @rule(data=st.data(), share=SHARE, hours=HOURS)
    def hold(self, data: st.DataObject, share: int, hours: int) -> None:
        member = data.draw(st.sampled_from(self.rich()))
        until, points = self.world.clock() + timedelta(hours=hours), self.some(member, share)
        self.both(
            self.asked(hold_points, HoldPoints(member, points, "Order", until)),
            lambda done: self.model.hold(done.hold_id if done else 0, member, points, until),
        )

    @precondition(lambda self: self.standing())
    @rule(data=st.data(), points=st.just(0) | st.integers(1, 200))
    def capture(self, data: st.DataObject, points: int) -> None:
        hold_id = data.draw(st.sampled_from(self.standing()))
        self.both(
            self.asked(capture_points, CapturePoints(hold_id, points)),
            lambda _: self.model.end(hold_id, points or self.model.holds[hold_id].points),
        )

    @precondition(lambda self: self.standing())
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        hold_id = data.draw(st.sampled_from(self.standing()))
        self.both(self.asked(release_points, ReleasePoints(hold_id)), lambda _: self.model.end(hold_id, 0))

    @precondition(lambda self: self.rich())
    @rule(data=st.data(), further=st.sampled_from((1, 1, 2)), share=SHARE)
    def transfer(self, data: st.DataObject, further: int, share: int) -> None:
        giver = data.draw(st.sampled_from(self.rich()))
        taker = MEMBERS[(MEMBERS.index(giver) + further) % len(MEMBERS)]
        if self.model.who(giver) == self.model.who(taker):
            return
        points = self.some(giver, share)
        self.both(
            self.asked(transfer_points, TransferPoints(giver, taker, points)),
            lambda _: self.model.transfer(giver, taker, points),
        )

    @rule(survivor=st.sampled_from(MEMBERS[:2]), merged=st.sampled_from((*MEMBERS, MEMBERS[2])))
    def merge(self, survivor: str, merged: str) -> None:
        self.both(
            self.asked(merge_members, MergeMembers(survivor, merged, "One person", "S1")),
            lambda done: self.model.merge(done.merge_id if done else 0, survivor, merged),
        )

    @precondition(lambda self: self.model.merges)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        # The newest more often than one that was undone.
        merge_id = data.draw(st.sampled_from([*self.model.merges, *[max(self.model.merges)] * 3]))
        self.both(
            self.asked(undo_member_merge, UndoMemberMerge(merge_id, "Two persons")),
            lambda _: self.model.undo(merge_id),
        )

    @precondition(lambda self: any(lot.points > 0 and lot.expires_on <= self.model.today for lot in self.model.lots))
    @rule()
    def expire(self) -> None:
        assert self.world.do(expire_points, ExpirePoints()).points == self.model.expire()

    @rule(hours=HOURS)
    def let_time_pass(self, hours: int) -> None:
        self.world.clock.advance(hours=hours)
        self.model.now = self.world.clock()

    @precondition(lambda self: self.again is not None)
    @rule()
    def send_the_same_request_again(self) -> None:
        assert self.again is not None
        self.again()
        self.again = None

    @invariant()
    def every_lot_is_as_in_the_model(self) -> None:
        today, now = self.model.today.isoformat(), self.model.now
        stored = sorted(
            (self.names[member_id], points, expires_on or "", max(free_on or today, today), bool(until))
            for member_id, points, expires_on, free_on, until in self.eye.execute(
                f"SELECT member_id, points, expires_on, free_on, held_until > '{now:%Y-%m-%dT%H:%M:%S.%fZ}'"
                " FROM points_lots WHERE points <> 0"
            )
        )
        assert stored == sorted(
            (
                lot.member, lot.points, "" if lot.points < 0 else lot.expires_on.isoformat(),
                max(lot.free_on.isoformat(), today), self.model.held(lot),
            )
            for lot in self.model.lots
            if lot.points
        )  # fmt: skip

    @invariant()
    def the_books_agree(self) -> None:
        [sums] = self.eye.execute(_SUMS)
        assert not any(sums)

    def teardown(self) -> None:
        try:
            for member in MEMBERS:
                found = self.world.ask(get_points_balance, GetPointsBalance(member), self.world.s1)
                model = self.model
                assert (
                    found.points_balance, found.spendable_points, found.pending_points, found.held_points,
                    found.owed_points,
                ) == (
                    model.balance(member), model.spendable(member), model.pending(member), model.held_points(member),
                    model.debt(member),
                )  # fmt: skip
            assert self.world.broken() == []
        finally:
            self.eye.close()
            self.world.close()
            for rest in self.folder.glob(f"{self.file.stem}.db*"):
                rest.unlink()

    def standing(self) -> list[int]:
        """The holds that stand, and now and then one that has ended."""
        found = [number for number, hold in self.model.holds.items() if not hold.ended]
        return found and [*found, *found, *self.model.holds]

    def rich(self) -> list[str]:
        """Who has points to spend, and now and then somebody who has none."""
        found = [member for member in MEMBERS if self.model.spendable(member)]
        return found and [*found, *found, *MEMBERS]

    def some(self, member: str, share: int) -> int:
        """So many per cent of what a member can spend, at least one point; above 100 more than there is."""
        return max(self.model.spendable(member) * share // 100, 1) + max(share - 100, 0)

    def checked_out(self, command: Checkout, store: str, request_id: str) -> Any:
        """The receipt, None where the request was answered before."""
        made: list[SaleView] = []

        def keep(view: SaleView) -> bytes:
            made.append(view)
            return b"receipt"

        call = self.world.call(command, self.tills[store], request_id)
        [answer] = self.world.transactor.execute_batch(checkout, [call], keep)
        if answer.error is not None:
            raise answer.error
        return made[0] if made else None

    def asked(self, use_case: Any, command: Any, store: str = "S1") -> Callable[[str], Any]:
        return lambda request_id: self.world.once(use_case, command, self.tills[store], request_id)

    def both(self, program: Callable[[str], Any], model: Callable[[Any], Any]) -> Any:
        """What the program did, and the model after it; None where both refuse, for the same reason."""
        request_id = str(uuid4())
        self.again = None
        try:
            done = program(request_id)
        except Refusal as refusal:
            with pytest.raises(Refused, match=refusal.reason):
                model(None)
            return None
        model(done)
        self.again = lambda: program(request_id)
        return done


@pytest.fixture(scope="module")
def template(furnished_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The furnished chain with three members, two of them in a pool, and stores of different rules."""
    file = tmp_path_factory.mktemp("points") / "chain.db"
    shutil.copyfile(furnished_file, file)
    with opened(f"sqlite:///{file}", furnished=True) as world:
        for phone in MEMBERS[1:]:
            world.do(register_member, RegisterMember(phone=phone, source="till"))
        world.do(join_points_pool, JoinPointsPool(*MEMBERS[:2]))
        for name, value in SETTINGS:
            world.set(name, value)
        for store, rules in STORES.items():
            for name, value in (
                ("points_expiry", f"months:{rules.months}"),
                ("points_pending_days", str(rules.pending_days)),
                ("points_clawback", "negative_balance" if rules.owed else "deduct_from_refund"),
            ):
                world.do(put_setting, PutSetting(name, ScopeKind.STORE, store, value))
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    yield file


@pytest.mark.capability("PTS-14")
@pytest.mark.parametrize(
    ("runs", "steps"), [(500, 50), pytest.param(20_000, 100, marks=pytest.mark.long)], ids=["", "long"]
)
def test_points_are_what_the_model_says(template: Path, tmp_path: Path, runs: int, steps: int) -> None:
    machine = type("Points", (Machine,), {"template": template, "folder": tmp_path})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
