"""The unit of work over SQL: a transaction with the repositories of every module, and who opens it."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.pool import QueuePool

from adapters.privacy.pins import system_secrets
from adapters.sql.activities import Activities
from adapters.sql.adjustments import Adjustments
from adapters.sql.birthdays import Birthdays
from adapters.sql.care import ServiceCases
from adapters.sql.catalog import Catalog
from adapters.sql.check import Checks
from adapters.sql.consents import Consents
from adapters.sql.costings import Costings
from adapters.sql.counts import Counts
from adapters.sql.coupons import Coupons
from adapters.sql.credit import Credit
from adapters.sql.draws import Draws
from adapters.sql.duplicates import Duplicates
from adapters.sql.engine import OWN_TRANSACTIONS
from adapters.sql.errors import told_apart
from adapters.sql.exchanges import Exchanges
from adapters.sql.experience_events import ExperienceEvents
from adapters.sql.finance import Journal
from adapters.sql.follow_ups import FollowUps
from adapters.sql.gift_cards import GiftCards
from adapters.sql.goods_receipts import GoodsReceipts
from adapters.sql.identity import Identity
from adapters.sql.ids import TAKE_BLOCK, Ids
from adapters.sql.inventory import Stock
from adapters.sql.invitations import Invitations
from adapters.sql.jobs import Jobs
from adapters.sql.lifecycles import Lifecycles
from adapters.sql.loyalty import Points
from adapters.sql.member_attributes import MemberAttributes
from adapters.sql.member_cards import MemberCards
from adapters.sql.member_export import MemberRecords
from adapters.sql.member_habits import MemberHabits
from adapters.sql.member_tokens import MemberTokens
from adapters.sql.membership import Members
from adapters.sql.merge_counts import MergeCounts
from adapters.sql.merges import Merges
from adapters.sql.orders import Orders
from adapters.sql.paid_memberships import PaidMemberships
from adapters.sql.parking import ParkedBaskets
from adapters.sql.payments import Payments
from adapters.sql.personal_data import PersonalData
from adapters.sql.points_holds import PointsHolds
from adapters.sql.points_pools import PointsPools
from adapters.sql.points_quotas import PointsQuotas
from adapters.sql.postgres import PostgresWire
from adapters.sql.priced_sales import PricedSales
from adapters.sql.pricing import Pricing
from adapters.sql.promotion_lives import PromotionLives
from adapters.sql.promotion_uses import PromotionUses
from adapters.sql.purchase_orders import PurchaseOrders
from adapters.sql.receipts import Receipts
from adapters.sql.replenishment import Replenishment
from adapters.sql.requests import Requests
from adapters.sql.reservations import Reservations
from adapters.sql.returnable import Returnables
from adapters.sql.returned_goods import ReturnedGoods, SetAside
from adapters.sql.rewards import Rewards
from adapters.sql.sales import Sales
from adapters.sql.sales_history import SalesHistory
from adapters.sql.serial_numbers import SerialNumbers
from adapters.sql.settlements import Settlements
from adapters.sql.shifts import Shifts
from adapters.sql.shipments import Shipments
from adapters.sql.slow_sellers import SlowSellers
from adapters.sql.snapshots import Snapshots
from adapters.sql.sqlite import SqliteWire
from adapters.sql.staff_purchases import StaffPurchases
from adapters.sql.stock_alerts import StockAlerts
from adapters.sql.stock_reports import StockReports
from adapters.sql.stock_views import StockViews
from adapters.sql.supplier_access import SupplierAccess
from adapters.sql.supplier_scores import SupplierScores
from adapters.sql.suppliers import Suppliers
from adapters.sql.takings import Takings
from adapters.sql.terminal_series import TerminalSeries
from adapters.sql.tiers import Tiers
from adapters.sql.times_cards import TimesCards
from adapters.sql.tips import Tips
from adapters.sql.transaction import Shared, Transaction
from adapters.sql.transfers import Transfers
from adapters.sql.vouchers import Vouchers
from adapters.sql.wallet import StoredValue
from application.ports.kernel import Contention
from application.ports.privacy import Keys
from application.ports.secrets import Secrets
from domain.identity.organisation import SYSTEM, Caller
from domain.pricing.plug_in import PlugIn

CONNECTIONS_MIN: Final = 2
CONNECTION_SECONDS_MAX: Final = 10


class SqlUnitOfWork(Transaction):
    """A transaction with the repositories of every module."""

    def __init__(
        self, wire: PostgresWire | SqliteWire, shared: Shared, *, caller: Caller, now: datetime, request_id: str = ""
    ) -> None:
        super().__init__(wire, shared, caller=caller, now=now, request_id=request_id)
        self.requests = Requests(self)
        self.identity = Identity(self)
        self.catalog = Catalog(self)
        self.pricing = Pricing(self)
        self.coupons = Coupons(self)
        self.promotion_uses = PromotionUses(self)
        self.promotion_lives = PromotionLives(self)
        self.draws = Draws(self)
        self.experience_events = ExperienceEvents(self)
        self.activities = Activities(self)
        self.rewards = Rewards(self)
        self.members = Members(self)
        self.member_cards = MemberCards(self)
        self.member_attributes = MemberAttributes(self)
        self.member_habits = MemberHabits(self)
        self.merges = Merges(self)
        self.merge_counts = MergeCounts(self)
        self.duplicates = Duplicates(self)
        self.consents = Consents(self)
        self.personal_data = PersonalData(self)
        self.member_records = MemberRecords(self)
        self.tiers = Tiers(self)
        self.lifecycles = Lifecycles(self)
        self.member_tokens = MemberTokens(self)
        self.birthdays = Birthdays(self)
        self.times_cards = TimesCards(self)
        self.paid_memberships = PaidMemberships(self)
        self.service_cases = ServiceCases(self)
        self.follow_ups = FollowUps(self)
        self.invitations = Invitations(self)
        self.points = Points(self)
        self.points_holds = PointsHolds(self)
        self.parked_baskets = ParkedBaskets(self)
        self.returned_goods = ReturnedGoods(self)
        self.set_aside = SetAside(self)
        self.serial_numbers = SerialNumbers(self)
        self.vouchers = Vouchers(self)
        self.points_pools = PointsPools(self)
        self.points_quotas = PointsQuotas(self)
        self.tips = Tips(self)
        self.staff_purchases = StaffPurchases(self)
        self.stored_value = StoredValue(self)
        self.credit = Credit(self)
        self.gift_cards = GiftCards(self)
        self.payments = Payments(self)
        self.sales = Sales(self)
        self.sales_history = SalesHistory(self)
        self.orders = Orders(self)
        self.receipts = Receipts(self)
        self.returnables = Returnables(self)
        self.exchanges = Exchanges(self)
        self.priced_sales = PricedSales(self)
        self.shifts = Shifts(self)
        self.takings = Takings(self)
        self.slow_sellers = SlowSellers(self)
        self.terminal_series = TerminalSeries(self)
        self.journal = Journal(self)
        self.settlements = Settlements(self)
        self.jobs = Jobs(self)
        self.checks = Checks(self)
        self._supply()

    def _supply(self) -> None:
        self.purchase_orders = PurchaseOrders(self)
        self.transfers = Transfers(self)
        self.costings = Costings(self)
        self.goods_receipts = GoodsReceipts(self)
        self.stock = Stock(self)
        self.stock_views = StockViews(self)
        self.adjustments = Adjustments(self)
        self.suppliers = Suppliers(self)
        self.supplier_access = SupplierAccess(self)
        self.supplier_scores = SupplierScores(self)
        self.replenishment = Replenishment(self)
        self.counts = Counts(self)
        self.shipments = Shipments(self)
        self.reservations = Reservations(self)
        self.stock_alerts = StockAlerts(self)
        self.stock_reports = StockReports(self)


class SqlUnits:
    """Opens units of work on one database, one connection each; shared by all threads of a process.

    Make it after the process has been split: connections do not survive a fork.
    """

    def __init__(
        self,
        engine: Engine,
        keys: Keys,
        secrets: Secrets | None = None,
        plug_ins: Mapping[str, PlugIn] | None = None,
    ) -> None:
        self.engine = engine
        self.keys = keys
        self.secrets = secrets or system_secrets()
        self.ids = Ids(self._take_id_block)
        self.snapshots = Snapshots(plug_ins=plug_ins)
        self._sqlite = engine.dialect.name == "sqlite"
        self._writing = threading.Lock()
        self._idle: list[PostgresWire | SqliteWire] = []
        # One connection of the pool is left for blocks of ids.
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(_pool_size(engine) - 1):
            self._free.put(None)

    @contextmanager
    def begin(self, *, caller: Caller, now: datetime, request_id: str = "") -> Iterator[SqlUnitOfWork]:
        """A unit of work that may write; on leaving it uncommitted everything is undone. Raises Contention."""
        self.ids.refill()
        wire = self._take()
        try:
            with told_apart:
                wire.begin()
            yield SqlUnitOfWork(wire, self, caller=caller, now=now, request_id=request_id)
        finally:
            self._give_back(wire)

    @contextmanager
    def read(self, *, caller: Caller, now: datetime) -> Iterator[SqlUnitOfWork]:
        """A unit of work that only reads, from one consistent state. Raises Contention when there is no database."""
        wire = self._take()
        try:
            with told_apart:
                wire.begin_read()
            yield SqlUnitOfWork(wire, self, caller=caller, now=now)
        finally:
            self._give_back(wire)

    def warm(self, *, now: datetime) -> None:
        """Reads into memory what the first requests of a process would otherwise wait for."""
        with self.read(caller=SYSTEM, now=now) as uow:
            self.snapshots.warm(uow)

    def close(self) -> None:
        """Ends all connections; nobody may be using one."""
        self._close_idle()
        self.engine.dispose()

    def _take(self) -> PostgresWire | SqliteWire:
        """A connection for one unit of work; the one used last, if any: it is warm and its statements are prepared."""
        try:
            self._free.get(timeout=CONNECTION_SECONDS_MAX)
        except Empty:
            raise Contention("all connections are in use") from None
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return self._connect()
        except BaseException:
            self._free.put(None)
            raise

    def _give_back(self, wire: PostgresWire | SqliteWire) -> None:
        try:
            wire.rollback()
            if wire.broken:
                # What broke one connection has mostly broken all: who tries again must not find the next dead one.
                wire.close()
                self._close_idle()
            else:
                self._idle.append(wire)
        finally:
            self._free.put(None)

    def _close_idle(self) -> None:
        while True:
            try:
                self._idle.pop().close()
            except IndexError:
                return

    def _connect(self) -> PostgresWire | SqliteWire:
        with told_apart:
            return SqliteWire(self.engine, self._writing) if self._sqlite else PostgresWire(self.engine)

    def _take_id_block(self) -> int:
        with told_apart, self._writing if self._sqlite else nullcontext():
            own = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT", **{OWN_TRANSACTIONS: True})
            with own as connection:
                return int(connection.exec_driver_sql(TAKE_BLOCK).scalar_one())


def _pool_size(engine: Engine) -> int:
    assert isinstance(engine.pool, QueuePool)
    if engine.pool.size() < CONNECTIONS_MIN:
        raise ValueError(f"units of work need a pool of at least {CONNECTIONS_MIN} connections")
    return engine.pool.size()
