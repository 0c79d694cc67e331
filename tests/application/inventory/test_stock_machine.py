"""Whatever documents move stock in whatever order, by every method of costing the ledgers agree at every step (T25)."""

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from application.check import INVARIANTS, examine
from application.inventory.add_landed_cost import AddLandedCost, Charge, UnitWeight, add_landed_cost
from application.inventory.adjust_stock import AdjustmentLine, AdjustStock, adjust_stock
from application.inventory.counting import (
    CloseCount,
    CountedLine,
    EnterCount,
    OpenCount,
    close_count,
    enter_count,
    open_count,
)
from application.inventory.create_transfers import CreateTransfers, NewTransfer, TransferItem, create_transfers
from application.inventory.goods_receipt_queries import GetGoodsReceipt, get_goods_receipt
from application.inventory.lots import WriteOffExpired, write_off_expired
from application.inventory.put_costing import (
    ApplyCosting,
    CategoryCosting,
    LotTracking,
    PutCosting,
    SetStandardCosts,
    StandardCostEntry,
    apply_costing,
    put_costing,
    set_standard_costs,
)
from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, receive_goods
from application.inventory.receive_transfer import ArrivedItem, ReceiveTransfer, receive_transfer
from application.inventory.reserve_stock import (
    ExpireReservations,
    ReleaseStock,
    ReserveLine,
    ReserveStock,
    expire_reservations,
    release_stock,
    reserve_stock,
)
from application.inventory.ship_transfer import ShipTransfer, ship_transfer
from application.purchasing.correct_receipt import CorrectReceipt, LineCorrection, correct_receipt
from application.sales.refund import RefundSale
from domain.identity.organisation import SYSTEM
from domain.inventory.adjustment import AdjustmentReason, StockPlace
from domain.inventory.receipt_change import SpreadBasis
from domain.inventory.stock import CostingMethod
from domain.inventory.stock_count import CountKind
from domain.inventory.transfer import DifferenceReason
from domain.sales.reversal import ReturnRequest
from domain.shared.errors import Refusal
from tests.world import OPENING, Clock, Till, World, opened

STORES, SKUS = ("S1", "S2"), ("MUG", "RICE", "TEA")
PROVED = ("I1", "I2", "I3", "INV-layers", "INV-receipts", "INV-stock", "INV-transfers", "INV-counts", "INV-reserved",
    "SAL-returns",
)  # fmt: skip
REFUSED = {
    # Goods that have expired, or that are not there to be shipped, written off or set aside.
    "EXPIRED_STOCK", "INSUFFICIENT_STOCK", "NOT_ENOUGH_TO_SHIP", "NOT_ENOUGH_THERE",
    # All goods of a receipt were corrected away, nothing was changed, or more was taken back than had been added.
    "RESERVATION_OVER", "NOT_ENOUGH_TO_RESERVE",
    "NO_GOODS_LEFT", "NOTHING_CORRECTED", "LANDED_BELOW_ZERO", "NOT_AT_STANDARD_COST",
}  # fmt: skip

STORE, SKU = st.sampled_from(STORES), st.sampled_from(SKUS)
UNITS, COST = st.integers(1, 40), st.integers(0, 9_999)


class Machine(RuleBasedStateMachine):
    """The program beside the quantities that should be there; what they are worth the invariants prove."""

    template: Path
    folder: Path
    method: CostingMethod

    def __init__(self) -> None:
        super().__init__()
        self.file = self.folder / f"{uuid4().hex}.db"
        shutil.copyfile(self.template, self.file)
        self.world = World(f"sqlite:///{self.file}", Clock(OPENING), furnished=True)
        self.tills = {"S1": self.world.s1, "S2": self.world.s2}
        self.on_hand = {(store, sku): 100_000 for store in STORES for sku in SKUS}
        self.receipts: dict[str, list[int]] = {store: [] for store in STORES}
        self.sales: list[tuple[int, str, str, int]] = []
        self.transfers: list[tuple[int, str, str, str, int]] = []
        self.damaged: dict[tuple[str, str], int] = {}
        self.reservations: dict[int, tuple[str, str]] = {}
        self.baskets = 0
        self.proved = [one for one in INVARIANTS if one.id in PROVED]
        self.value_by(self.method)

    def value_by(self, method: CostingMethod) -> None:
        self.world.do(put_costing, PutCosting(tuple(CategoryCosting(code, method) for code in ("HOME", "FOOD"))))

    def done(self, use_case: Any, command: Any) -> Any:
        """What a use case gives; None where it refuses as it may."""
        try:
            return self.world.do(use_case, command)
        except Refusal as refusal:
            assert refusal.reason in REFUSED, refusal
            return None

    def moved(self, store: str, sku: str, milli: int) -> None:
        self.on_hand[store, sku] += milli

    @rule(store=STORE, sku=SKU, units=UNITS, cost=COST, other=st.none() | COST, days=st.integers(-1, 9))
    def receive(self, store: str, sku: str, units: int, cost: int, other: int | None, days: int) -> None:
        lot = (f"L{days}", (self.world.clock().date() + timedelta(days=days)).isoformat()) if sku == "TEA" else ()
        lines = [ReceiptLine(sku, units * 1_000, one, *lot) for one in (cost, other) if one is not None]
        came = self.world.do(receive_goods, ReceiveGoods(tuple(lines), store))
        self.receipts[store].append(came.receipt_id)
        self.moved(store, sku, units * 1_000 * len(lines))

    @rule(store=STORE, sku=SKU, units=st.integers(1, 90))
    def sell(self, store: str, sku: str, units: int) -> None:
        try:
            sale = self.world.sell(Till().line(sku, units).cash(10_000_000).command, self.tills[store])
        except Refusal as refusal:
            assert refusal.reason in REFUSED, refusal
            return
        self.sales.append((sale.sale_id, store, sku, units))
        self.moved(store, sku, -units * 1_000)

    @precondition(lambda self: self.sales)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.sales) - 1))
        sale_id, store, sku, units = self.sales.pop(place)
        back = data.draw(st.integers(1, units))
        command = RefundSale(sale_id, "Changed", (ReturnRequest(1, back * 1_000, amount_only=False),))
        self.world.refund(command, self.tills[store])
        self.moved(store, sku, back * 1_000)
        if units > back:
            self.sales.append((sale_id, store, sku, units - back))

    @rule(store=STORE, sku=SKU, units=UNITS)
    def ship(self, store: str, sku: str, units: int) -> None:
        there = "S2" if store == "S1" else "S1"
        new = NewTransfer(store, there, (TransferItem(sku, units * 1_000),))
        [made] = self.world.do(create_transfers, CreateTransfers((new,), approve=True)).transfers
        if self.done(ship_transfer, ShipTransfer(made.transfer_id)):
            self.moved(store, sku, -units * 1_000)
            self.transfers.append((made.transfer_id, there, sku, store, units))

    @precondition(lambda self: self.transfers)
    @rule(data=st.data())
    def arrive(self, data: st.DataObject) -> None:
        transfer_id, store, sku, _, units = self.transfers.pop(data.draw(st.integers(0, len(self.transfers) - 1)))
        came = data.draw(st.integers(0, units))
        reason = DifferenceReason.LOST if came < units else None
        line = ArrivedItem(sku, came * 1_000, (units - came) * 1_000, reason)
        self.world.do(receive_transfer, ReceiveTransfer(transfer_id, (line,)))
        self.moved(store, sku, came * 1_000)

    @rule(store=STORE, sku=SKU, units=UNITS, minutes=st.integers(1, 1_440), partial=st.booleans())
    def reserve(self, store: str, sku: str, units: int, minutes: int, partial: bool) -> None:
        self.baskets += 1
        asked = ReserveStock(f"WEB-{self.baskets}", (ReserveLine(sku, units * 1_000),), store, minutes, partial)
        if made := self.done(reserve_stock, asked):
            self.reservations[made.reservation_id] = (store, sku)

    @precondition(lambda self: self.reservations)
    @rule(data=st.data(), units=UNITS)
    def sell_reserved(self, data: st.DataObject, units: int) -> None:
        reservation_id = data.draw(st.sampled_from(sorted(self.reservations)))
        store, sku = self.reservations[reservation_id]
        command = Till().line(sku, units).cash(10_000_000).command
        try:
            sale = self.world.sell(replace(command, reservation_id=reservation_id), self.tills[store])
        except Refusal as refusal:
            assert refusal.reason in REFUSED, refusal
            return
        self.sales.append((sale.sale_id, store, sku, units))
        self.moved(store, sku, -units * 1_000)

    @precondition(lambda self: self.reservations)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        reservation_id = data.draw(st.sampled_from(sorted(self.reservations)))
        del self.reservations[reservation_id]
        self.done(release_stock, ReleaseStock(reservation_id))

    @rule()
    def free_what_is_over(self) -> None:
        self.world.do(expire_reservations, ExpireReservations())

    @rule(store=STORE, sku=SKU, found=st.integers(0, 120))
    def count(self, store: str, sku: str, found: int) -> None:
        count_id = self.world.do(open_count, OpenCount(CountKind.LIST, store, skus=(sku,))).count_id
        self.world.do(enter_count, EnterCount(count_id, (CountedLine(sku, found * 1_000),)))
        self.world.do(close_count, CloseCount(count_id))
        self.on_hand[store, sku] = found * 1_000

    @rule(store=STORE, sku=SKU, units=UNITS, to=st.sampled_from((StockPlace.NOWHERE, StockPlace.DAMAGED)))
    def lose(self, store: str, sku: str, units: int, to: StockPlace) -> None:
        reason = AdjustmentReason.DAMAGE if to is StockPlace.NOWHERE else None
        line = AdjustmentLine(sku, units * 1_000, StockPlace.FOR_SALE, to, reason)
        if self.done(adjust_stock, AdjustStock((line,), store)):
            self.moved(store, sku, -units * 1_000)
            if to is StockPlace.DAMAGED:
                self.damaged[store, sku] = self.damaged.get((store, sku), 0) + units

    @rule(store=STORE, sku=SKU, units=UNITS)
    def find(self, store: str, sku: str, units: int) -> None:
        line = AdjustmentLine(sku, units * 1_000, StockPlace.NOWHERE, StockPlace.FOR_SALE, AdjustmentReason.FOUND)
        if self.done(adjust_stock, AdjustStock((line,), store)):
            self.moved(store, sku, units * 1_000)

    @precondition(lambda self: self.damaged)
    @rule(data=st.data())
    def repair(self, data: st.DataObject) -> None:
        store, sku = data.draw(st.sampled_from(sorted(self.damaged)))
        units = self.damaged.pop((store, sku))
        line = AdjustmentLine(sku, units * 1_000, StockPlace.DAMAGED, StockPlace.FOR_SALE)
        self.world.do(adjust_stock, AdjustStock((line,), store))
        self.moved(store, sku, units * 1_000)

    @precondition(lambda self: any(self.receipts.values()))
    @rule(data=st.data(), units=st.integers(0, 60), cost=COST)
    def correct(self, data: st.DataObject, units: int, cost: int) -> None:
        store = data.draw(st.sampled_from([store for store, found in self.receipts.items() if found]))
        receipt_id = data.draw(st.sampled_from(self.receipts[store]))
        lines = self.world.ask(get_goods_receipt, GetGoodsReceipt(receipt_id)).lines
        line = lines[data.draw(st.integers(0, len(lines) - 1))]
        right = LineCorrection(
            line.line_number, line.quantity_milli, line.cost_minor, units * 1_000, cost if units else 0
        )
        if self.done(correct_receipt, CorrectReceipt(receipt_id, (right,), "Counted again")):
            self.moved(store, line.sku, units * 1_000 - line.quantity_milli)

    @precondition(lambda self: any(self.receipts.values()))
    @rule(data=st.data(), amount=st.integers(-500, 2_000).filter(bool), basis=st.sampled_from(SpreadBasis))
    def charge(self, data: st.DataObject, amount: int, basis: SpreadBasis) -> None:
        store = data.draw(st.sampled_from([store for store, found in self.receipts.items() if found]))
        receipts = data.draw(st.lists(st.sampled_from(self.receipts[store]), min_size=1, max_size=3, unique=True))
        weights = tuple(UnitWeight(sku, grams) for sku, grams in zip(SKUS, (300, 1_000, 125), strict=True))
        self.done(add_landed_cost, AddLandedCost(tuple(receipts), (Charge(amount, basis=basis),), weights))

    @rule(store=STORE, days=st.integers(1, 4))
    def expire(self, store: str, days: int) -> None:
        self.world.clock.advance(days=days)
        before = self.stands()[store, "TEA"]
        self.world.do(write_off_expired, WriteOffExpired(store))
        self.moved(store, "TEA", self.stands()[store, "TEA"] - before)

    @rule(store=STORE, sku=SKU, cost=st.integers(0, 300))
    def set_standard(self, store: str, sku: str, cost: int) -> None:
        self.done(set_standard_costs, SetStandardCosts((StandardCostEntry(sku, cost, 1_000),), store))

    @rule(store=STORE, method=st.sampled_from(CostingMethod))
    def change_method(self, store: str, method: CostingMethod) -> None:
        self.value_by(method)
        self.world.do(apply_costing, ApplyCosting(store))
        self.value_by(self.method)

    def stands(self) -> dict[tuple[str, str], int]:
        found = self.world.rows(
            "SELECT s.code, p.sku, l.on_hand_milli FROM stock_levels l JOIN products p ON p.sku_id = l.sku_id"
            " JOIN stores s ON s.store_id = l.location_id"
        )
        return {(store, sku): on_hand for store, sku, on_hand in found}

    @invariant()
    def what_should_be_there_is(self) -> None:
        assert self.stands() == self.on_hand

    @invariant()
    def the_ledgers_agree(self) -> None:
        with self.world.units.read(caller=SYSTEM, now=self.world.clock()) as uow:
            uow.refresh()
            found = [(one.id, examine(uow, one).violations) for one in self.proved]
        assert [(name, violations) for name, violations in found if violations] == []

    def teardown(self) -> None:
        try:
            assert self.world.broken() == []
        finally:
            self.world.close()
            for rest in self.folder.glob(f"{self.file.stem}.db*"):
                rest.unlink()


@pytest.fixture(scope="module")
def template(furnished_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The furnished chain, where stock may be negative and TEA is told apart by lot."""
    file = tmp_path_factory.mktemp("stock") / "chain.db"
    shutil.copyfile(furnished_file, file)
    with opened(f"sqlite:///{file}", furnished=True) as world:
        for name, value in (("negative_stock", "allow"), ("stock_adjustment_max", "1000000000")):
            world.set(name, value)
        world.do(put_costing, PutCosting(products=(LotTracking("TEA", lot_tracked=True, shelf_life_days=5),)))
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    yield file


@pytest.mark.capability("INV-15")
@pytest.mark.parametrize(("runs", "steps"), [(8, 25), pytest.param(400, 50, marks=pytest.mark.long)], ids=["", "long"])
@pytest.mark.parametrize("method", list(CostingMethod))
def test_ledgers_agree_whatever_documents_move_stock(
    template: Path, tmp_path: Path, method: CostingMethod, runs: int, steps: int
) -> None:
    machine = type("Stock", (Machine,), {"template": template, "folder": tmp_path, "method": method})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
