"""What the transactor and every use case need from storage: a unit of work, claims, ids and events.

An adapter's unit of work buffers what is added and writes it when it commits, one statement per table or fewer; leaving
it without `commit` undoes everything.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from application.ports.activities import Activities
from application.ports.adjustments import Adjustments
from application.ports.birthdays import Birthdays
from application.ports.care import ServiceCases
from application.ports.catalog import Catalog
from application.ports.check import Checks
from application.ports.consents import Consents
from application.ports.costing import Costings
from application.ports.counts import Counts
from application.ports.coupons import Coupons
from application.ports.credit import Credit
from application.ports.duplicates import Duplicates
from application.ports.exchanges import Exchanges
from application.ports.finance import Journal
from application.ports.follow_ups import FollowUps
from application.ports.goods_receipts import GoodsReceipts
from application.ports.identity import Chain, Identity
from application.ports.inventory import Stock
from application.ports.invitations import Invitations
from application.ports.jobs import Jobs
from application.ports.lifecycles import Lifecycles
from application.ports.loyalty import Points
from application.ports.marketing import Draws, ExperienceEvents
from application.ports.member_attributes import MemberAttributes
from application.ports.member_cards import MemberCards
from application.ports.member_export import MemberRecords
from application.ports.member_habits import MemberHabits
from application.ports.member_tokens import MemberTokens
from application.ports.membership import Members
from application.ports.merge_counts import MergeCounts
from application.ports.merges import Merges
from application.ports.orders import Orders
from application.ports.paid_memberships import PaidMemberships
from application.ports.parking import ParkedBaskets
from application.ports.payment_intents import Payments
from application.ports.personal_data import PersonalData
from application.ports.points_holds import PointsHolds
from application.ports.points_pools import PointsPools
from application.ports.points_quotas import PointsQuotas
from application.ports.priced_sales import PricedSales
from application.ports.pricing import Pricing
from application.ports.privacy import Keys
from application.ports.promotion_lives import PromotionLives
from application.ports.promotion_uses import PromotionUses
from application.ports.purchase_orders import PurchaseOrders
from application.ports.receipts import Receipts
from application.ports.replenishment import Replenishment
from application.ports.reservations import Reservations
from application.ports.returnable import Returnables
from application.ports.returned_goods import ReturnedGoods, SetAside
from application.ports.rewards import Rewards
from application.ports.sales import Sales, SalesHistory, Takings
from application.ports.secrets import Secrets
from application.ports.serial_numbers import SerialNumbers
from application.ports.settlement import Settlements
from application.ports.shifts import Shifts
from application.ports.shipments import Shipments
from application.ports.slow_sellers import SlowSellers
from application.ports.staff_purchases import StaffPurchases
from application.ports.stock_alerts import StockAlerts
from application.ports.stock_reports import StockReports
from application.ports.stock_views import StockViews
from application.ports.supplier_access import SupplierAccess
from application.ports.supplier_scores import SupplierScores
from application.ports.suppliers import Suppliers
from application.ports.terminal_series import TerminalSeries
from application.ports.tiers import Tiers
from application.ports.times_cards import TimesCards
from application.ports.tips import Tips
from application.ports.transfers import Transfers
from application.ports.vouchers import Vouchers
from application.ports.wallet import GiftCards, StoredValue
from domain.identity.organisation import Caller


class Contention(Exception):
    """Deadlock, serialization failure, lock time-out, a busy database, or a limit that others have reached meanwhile.

    Nothing was written, trying again is right.
    """


class CommitUnknown(Exception):
    """The connection broke around COMMIT: the claim tells, on a new connection, whether the work was stored."""


class StorageFull(Exception):
    """The database has no room left: nothing was written, and trying again is right once somebody has made room."""


class ClaimedBefore(Exception):
    """An id taken for a new one is not; nothing was written, and `Requests.claim` tells what it was used for."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right of one request to have an effect: one per (caller, request id), for ever."""

    caller_id: int
    request_id: str
    operation: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What an earlier request under the same claim was and what it was answered."""

    operation: str
    fingerprint: bytes
    answer: bytes


class Requests(Protocol):
    """Request ids: the first write of every transaction."""

    def claim(self, claims: Sequence[Claim], *, at: datetime) -> Mapping[tuple[int, str], StoredAnswer]:
        """Claims all ids, waiting for other transactions that hold one of them.

        Returns the stored answers of those claimed before; all others are claimed now. `claims` names no id twice.
        """

    def claim_new(self, claims: Sequence[Claim], *, at: datetime) -> None:
        """Claims ids that are most likely new, without a wait of its own where the engine can do that.

        Raises ClaimedBefore when one of them is not new: now, in the next statement, or in `confirm`.
        """

    def confirm(self) -> None:
        """Raises ClaimedBefore when `claim_new` claimed an id that was not new and no statement has said so yet."""

    def answer(self, claim: Claim, answer: bytes) -> None:
        """Stores the answer of a claim at commit."""

    def release(self, claim: Claim) -> None:
        """Gives a claim back at commit, because its request was refused: a refusal consumes no id."""


class UnitOfWork(Protocol):
    """One database transaction with the repositories of every module.

    `caller`, `now` and `request_id` are those of the request; in a batch each command carries its own.
    """

    caller: Caller
    now: datetime
    request_id: str

    @property
    def keys(self) -> Keys: ...

    @property
    def secrets(self) -> Secrets: ...

    @property
    def requests(self) -> Requests: ...

    @property
    def identity(self) -> Identity: ...

    @property
    def catalog(self) -> Catalog: ...

    @property
    def pricing(self) -> Pricing: ...

    @property
    def jobs(self) -> Jobs: ...

    @property
    def coupons(self) -> Coupons: ...

    @property
    def promotion_uses(self) -> PromotionUses: ...

    @property
    def promotion_lives(self) -> PromotionLives: ...

    @property
    def draws(self) -> Draws: ...

    @property
    def experience_events(self) -> ExperienceEvents: ...

    @property
    def activities(self) -> Activities: ...

    @property
    def rewards(self) -> Rewards: ...

    @property
    def members(self) -> Members: ...

    @property
    def member_cards(self) -> MemberCards: ...

    @property
    def member_attributes(self) -> MemberAttributes: ...

    @property
    def member_habits(self) -> MemberHabits: ...

    @property
    def personal_data(self) -> PersonalData: ...

    @property
    def consents(self) -> Consents: ...

    @property
    def member_records(self) -> MemberRecords: ...

    @property
    def duplicates(self) -> Duplicates: ...

    @property
    def merges(self) -> Merges: ...

    @property
    def merge_counts(self) -> MergeCounts: ...

    @property
    def tiers(self) -> Tiers: ...

    @property
    def lifecycles(self) -> Lifecycles: ...

    @property
    def member_tokens(self) -> MemberTokens: ...

    @property
    def birthdays(self) -> Birthdays: ...

    @property
    def paid_memberships(self) -> PaidMemberships: ...

    @property
    def times_cards(self) -> TimesCards: ...

    @property
    def service_cases(self) -> ServiceCases: ...

    @property
    def follow_ups(self) -> FollowUps: ...

    @property
    def invitations(self) -> Invitations: ...

    @property
    def points(self) -> Points: ...

    @property
    def points_holds(self) -> PointsHolds: ...

    @property
    def points_pools(self) -> PointsPools: ...

    @property
    def points_quotas(self) -> PointsQuotas: ...

    @property
    def tips(self) -> Tips: ...

    @property
    def staff_purchases(self) -> StaffPurchases: ...

    @property
    def stored_value(self) -> StoredValue: ...

    @property
    def credit(self) -> Credit: ...

    @property
    def gift_cards(self) -> GiftCards: ...

    @property
    def payments(self) -> Payments: ...

    @property
    def stock(self) -> Stock: ...

    @property
    def stock_views(self) -> StockViews: ...

    @property
    def adjustments(self) -> Adjustments: ...

    @property
    def sales(self) -> Sales: ...

    @property
    def parked_baskets(self) -> ParkedBaskets: ...

    @property
    def returned_goods(self) -> ReturnedGoods: ...

    @property
    def set_aside(self) -> SetAside: ...

    @property
    def serial_numbers(self) -> SerialNumbers: ...

    @property
    def vouchers(self) -> Vouchers: ...

    @property
    def purchase_orders(self) -> PurchaseOrders: ...

    @property
    def costings(self) -> Costings: ...

    @property
    def goods_receipts(self) -> GoodsReceipts: ...

    @property
    def counts(self) -> Counts: ...

    @property
    def shipments(self) -> Shipments: ...

    @property
    def reservations(self) -> Reservations: ...

    @property
    def stock_alerts(self) -> StockAlerts: ...

    @property
    def stock_reports(self) -> StockReports: ...

    @property
    def replenishment(self) -> Replenishment: ...

    @property
    def transfers(self) -> Transfers: ...

    @property
    def sales_history(self) -> SalesHistory: ...

    @property
    def orders(self) -> Orders: ...

    @property
    def receipts(self) -> Receipts: ...

    @property
    def returnables(self) -> Returnables: ...

    @property
    def exchanges(self) -> Exchanges: ...

    @property
    def priced_sales(self) -> PricedSales: ...

    @property
    def shifts(self) -> Shifts: ...

    @property
    def takings(self) -> Takings: ...

    @property
    def slow_sellers(self) -> SlowSellers: ...

    @property
    def terminal_series(self) -> TerminalSeries: ...

    @property
    def suppliers(self) -> Suppliers: ...

    @property
    def supplier_access(self) -> SupplierAccess: ...

    @property
    def supplier_scores(self) -> SupplierScores: ...

    @property
    def journal(self) -> Journal: ...

    @property
    def settlements(self) -> Settlements: ...

    @property
    def checks(self) -> Checks: ...

    @property
    def chain(self) -> Chain:
        """Stores, settings, price lists and taxes as last known; `refresh` makes it current."""

    def refresh(self) -> None:
        """Reads the versions in this transaction and renews whatever in-memory snapshot is older."""

    def versions(self) -> Mapping[str, int]:
        """The versions "chain", "prices" and "promotions" in this transaction; what is in memory may be newer."""

    def new_id(self) -> int:
        """An id never used before, larger than those taken earlier by this process."""

    def new_ids(self, count: int) -> Sequence[int]:
        """So many ids at once, in ascending order."""

    def bump(self, name: str) -> int:
        """Raises a version by one (chain, prices, promotions, promotion_lives, coupon_batches, draws, events, tiers,
        birthdays, activities, rewards, settlements, follow_up_plans, suppliers, supplier_scores,
        purchase_proposals).

        Returns it. Others who raise it wait for the end of this transaction.
        """

    def add(self, *entries: object) -> None:
        """Records entries (row dataclasses of the domain) at commit; balances follow from them.

        Movements move their stock level, points entries their account and their lot, uses of promotions their counters,
        tickets and plays those of their draw, entries of events their seats.
        """

    def publish(self, topic: str, subject_id: int, payload: Mapping[str, object]) -> None:
        """Writes an event to the outbox, delivered at least once after commit."""

    def commit(self) -> None:
        """Writes everything buffered and commits; raises Contention or CommitUnknown."""


class Units(Protocol):
    """Opens units of work."""

    def begin(self, *, caller: Caller, now: datetime, request_id: str = "") -> AbstractContextManager[UnitOfWork]:
        """A unit of work that may write; on leaving it uncommitted everything is undone. Raises Contention."""

    def read(self, *, caller: Caller, now: datetime) -> AbstractContextManager[UnitOfWork]:
        """A unit of work that only reads, from one consistent state."""
