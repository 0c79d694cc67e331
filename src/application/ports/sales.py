"""What the application needs to sell and to take back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, Protocol, TypeAlias

from application.ports.coupons import CouponNeeds, LoadedCoupons
from application.ports.membership import MemberAccount
from application.ports.points_pools import SharedPoints
from application.ports.selection import Selection
from application.ports.serial_numbers import SerialKey
from application.ports.wallet import AccountKey
from application.sales.views import (
    BestSeller,
    SaleSummary,
    StoredDocument,
    TakingsDimension,
    TakingsRow,
    TopMember,
)
from domain.identity.approval import Approval
from domain.inventory.components import SaleComponent
from domain.inventory.reservation import ReservedGoods
from domain.inventory.stock import StockLevel
from domain.loyalty.ledger import PointsEntry, PointsLot
from domain.loyalty.pool import PointsPoolSpending
from domain.membership.tier import TierFigures
from domain.pricing.limits import Campaign
from domain.pricing.promotion_use import CounterKey, PromotionCounter
from domain.sales.payment import PaymentIntent
from domain.sales.sale import Sale, SaleLine, SaleTender
from domain.sales.serial_number import SerialEntry
from domain.sales.voucher import VoucherEntry, VoucherKey
from domain.wallet.credit import CreditAccount
from domain.wallet.gift_card import GiftCard
from domain.wallet.stored_value import StoredValueAccount


class UseNeed(NamedTuple):
    """A promotion with limits that a sale may get: the member key as given, the business date as an ISO text."""

    promotion_code: str
    campaign_code: str
    member_key: str
    day: str


@dataclass(slots=True)
class SaleNeeds:
    """What a batch of sales must load and lock.

    Member keys as given, of them those who redeem and those who do so with the points of their pool, stock keys,
    promotions whose counters are needed, counters of quotas of points, and the digests of approval tokens.
    `birthdays` tells that a promotion asks for those of the members.
    """

    member_keys: set[str] = field(default_factory=set)
    redeeming_keys: set[str] = field(default_factory=set)
    pooled_keys: set[str] = field(default_factory=set)
    stock_keys: set[tuple[int, int]] = field(default_factory=set)
    birthdays: bool = False
    coupons: CouponNeeds = field(default_factory=CouponNeeds)
    uses: set[UseNeed] = field(default_factory=set)
    quotas: set[CounterKey] = field(default_factory=set)
    approval_digests: set[bytes] = field(default_factory=set)


@dataclass(slots=True)
class StoredApproval:
    """An approval, and whether a sale has used it."""

    approval: Approval
    used: bool


@dataclass(slots=True)
class SaleState:
    """What was loaded and locked; decisions change these objects so that the next command of the batch sees them.

    `lots` holds, for redeeming members and the others of pools that pay, the open lots, first expiring first;
    `accounts` has all of these by id, and `shared` the pools by who pays with them. `versions` are those of the chain,
    the prices and the promotions that are in force in this transaction. `approvals` are by the digest of their token.
    `stored_value` holds the accounts of those who pay by it, `gift_cards` the cards that do, `credit` those of
    who pay on account, `payments` those of providers; they are locked after everything else. `tier_figures` are by
    member, of those whom a sale may lift into a tier; None where that is nobody. `debts` are the lots below zero of
    members who owe points.
    `serials` are the last entries of the pieces that are sold by their numbers, `vouchers` those of vouchers that pay.
    `reserved` are the reservations that sales name, by id.
    """

    versions: tuple[int, int, int]
    members: Mapping[str, MemberAccount]
    lots: dict[int, list[PointsLot]]
    levels: Mapping[tuple[int, int], StockLevel]
    coupons: LoadedCoupons = field(default_factory=LoadedCoupons)
    counters: Mapping[CounterKey, PromotionCounter] = field(default_factory=dict)
    campaigns: Mapping[str, Campaign] = field(default_factory=dict)
    approvals: Mapping[bytes, StoredApproval] = field(default_factory=dict)
    stored_value: Mapping[AccountKey, StoredValueAccount] = field(default_factory=dict)
    gift_cards: Mapping[int, GiftCard] = field(default_factory=dict)
    tier_figures: dict[int, TierFigures] | None = None
    debts: Mapping[int, list[PointsLot]] = field(default_factory=dict)
    credit: Mapping[AccountKey, CreditAccount] = field(default_factory=dict)
    payments: Mapping[int, PaymentIntent] = field(default_factory=dict)
    accounts: Mapping[int, MemberAccount] = field(default_factory=dict)
    shared: Mapping[int, SharedPoints] = field(default_factory=dict)
    serials: dict[SerialKey, SerialEntry] = field(default_factory=dict)
    vouchers: dict[VoucherKey, VoucherEntry] = field(default_factory=dict)
    reserved: Mapping[int, ReservedGoods] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SoldProduct:
    """What a receipt and a reversal need to know of a product that was sold.

    `perishable`: what comes back of its components is written off.
    """

    sku: str
    name: str
    unstocked: bool
    perishable: bool = False


@dataclass(slots=True)
class StoredSale:
    """A stored document with everything that its reversal needs; points entries by id, products by SKU id.

    `shared` are the points of others in a pool that it moved, `holders` who holds the files of these now.
    `components` is what all documents of the first took and gave back of the components of what is made when sold.
    """

    sale: Sale
    lines: list[SaleLine]
    tenders: list[SaleTender]
    points_entries: list[PointsEntry]
    products: Mapping[int, SoldProduct]
    shared: Sequence[PointsPoolSpending] = ()
    holders: Mapping[int, int] = field(default_factory=dict)
    components: Sequence[SaleComponent] = ()


class Sales(Protocol):
    """Sales, refunds and voids."""

    def load(self, needs: SaleNeeds) -> SaleState:
        """Locks members' accounts by id, coupons by id, stock levels by (location, SKU), then approvals by id.

        Among the accounts are those of the others in pools that pay. Counters may be locked too, after all others; if
        they are not, a commit that takes more than is left by then raises Contention. It is one round trip. Levels and
        counters that do not exist yet are created as zero. An unknown member key is absent from the result.
        """

    def lock_document(self, sale_id: int) -> Sequence[StoredSale] | None:
        """The sale and all its refunds and voids by `stored_at`, the sale locked; None when it does not exist.

        Whoever adds one under this lock dates it after all of these.
        """


SalesKey: TypeAlias = tuple[date, datetime, int]
"""Where a document stands in a list: business date, instant of the sale, id."""


class SalesHistory(Protocol):
    """Stored sales, refunds and voids as they are shown. What lies outside the caller's scope does not exist."""

    def document(self, *, sale_id: int = 0, request_id: str = "") -> StoredDocument | None:
        """The document with this id, or the one that the calling terminal sent under this request id."""

    def list_sales(
        self, selection: Selection, *, member_id: int | None, after: SalesKey | None, limit: int
    ) -> Sequence[tuple[SalesKey, SaleSummary]]:
        """Up to `limit` documents, newest first, those older than `after`, with their keys; None means all members.

        The cost depends on the limit, not on how far back the page lies.
        """

    def member_id(self, member_number: str) -> int | None:
        """The member with this number."""


class Takings(Protocol):
    """Sums over stored sales. The amounts of one currency are never added to those of another."""

    def takings(
        self, selection: Selection, *, group_by: Sequence[TakingsDimension], rows_max: int
    ) -> Sequence[TakingsRow]:
        """Up to `rows_max` groups, in the order of what they are grouped by."""

    def best_sellers(self, selection: Selection, *, limit: int) -> Sequence[BestSeller]:
        """The products that brought most, sales less reversals."""

    def top_members(self, selection: Selection, *, limit: int) -> Sequence[TopMember]:
        """The members who bought most, sales less reversals."""
