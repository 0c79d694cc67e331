"""The chain that the server sells for: furnished through use cases, with terminals that hold real credentials."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from adapters.sql.engine import OWN_TRANSACTIONS
from adapters.sql.tables import metadata
from application.catalog.entries import ComponentEntry, ProductEntry, RecipeEntry
from application.catalog.put_products import PutProducts, put_products
from application.finance.settling import SettleStores, settle_stores
from application.follow_up_tasks import open_tasks
from application.identity.callers import CreateService, CreateTerminal, create_service, create_terminal
from application.identity.enroll import Enroll, enroll
from application.identity.roles import PutRoles, put_roles
from application.identity.staff import PutStaff, put_staff
from application.identity.views import RoleView, StaffView
from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, receive_goods
from application.marketing.event_seats import BookSeat, book_seat
from application.marketing.invitations import InviteMembers, invite_members
from application.marketing.publish_draw import PublishDraw, publish_draw
from application.marketing.put_activity import PutActivity, put_activity
from application.marketing.put_draw import PutDraw, put_draw
from application.marketing.put_event import PutEvent, put_event
from application.marketing.put_reward import PutReward, put_reward
from application.marketing.tickets import GrantTickets, grant_tickets
from application.membership.attributes import PutMemberAttributes, put_member_attributes
from application.membership.cards import BlockCard, block_card
from application.membership.change_tier import ChangeTier, change_tier
from application.membership.register_member import RegisterMember, register_member
from application.membership.tier_programme import PutTierProgramme, put_tier_programme
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberAccount
from application.pricing.coupon_batches import CouponBatchEntry, PutCouponBatches, put_coupon_batches
from application.pricing.draft_promotion import DraftPromotion, draft_promotion
from application.pricing.entries import PriceEntry
from application.pricing.put_campaigns import PutCampaigns, put_campaigns
from application.pricing.put_prices import PutPrices, put_prices
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.purchasing.put_suppliers import PutSuppliers, SupplierEntry, put_suppliers
from application.sales.basket import Basket, BasketLine
from application.sales.parked_content import content_of
from application.wallet.credit import SetCreditLimit, set_credit_limit
from application.wallet.freezing import FreezeStoredValue, freeze_stored_value
from application.wallet.gift_cards import BlockGiftCard, SellGiftCard, block_gift_card, sell_gift_card
from application.wallet.top_up import TopUpStoredValue, top_up_stored_value
from domain.care.follow_up import FollowUp, FollowUpState
from domain.care.service_case import CaseEntry, CaseEntryKind, CaseState, ServiceCase
from domain.catalog.product import TimesCardTerms
from domain.identity.organisation import SYSTEM, ScopeKind
from domain.identity.permissions import PERMISSIONS
from domain.marketing.activity import Activity, ActivityKind
from domain.marketing.draw import LuckyDraw, Prize, PrizeKind
from domain.marketing.experience_event import ExperienceEvent
from domain.marketing.reward import Reward, RewardKind
from domain.membership.attribute import AttributeKind, MemberAttribute
from domain.membership.tier import Tier, TierBenefit, TierProgramme
from domain.pricing.coupon import CouponHolder
from domain.pricing.limits import Campaign, Limits
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from domain.sales.parking import ParkedBasket
from domain.sales.sale import TenderKind
from domain.wallet.gift_card import GiftCard
from tests.world import Clock, Till, World

NOT_AT_TILLS: Final = frozenset({"sales.terminal_pricing", "identity.manage", "sales.refund_elsewhere"})
SUPPLIER: Final = "MILL"
"""A supplier that requests can name."""
TERMINALS: Final = {"S1": 50, "S2": 25}
"""How many terminals each store has; they are named S1-01, S1-02, …"""

TILL_ROLE: Final = "till"
ADMIN: Final = "HQ-ADMIN"
"""A service that may do everything, in the whole chain."""

GOODS: Final = {f"K{number:02d}": 500 + 125 * number for number in range(1, 11)}
"""SKU and price of the goods that are never short: a million pieces of each stand in both stores."""

PLENTY_MILLI: Final = 1_000_000_000
LAST: Final = "LAST"
"""A product of which no piece is in stock until a test receives some; its price is LAST_MINOR."""

LAST_MINOR: Final = 1_000

PAUSED: Final = "HALF"
"""A promotion that gives nothing for now."""

CAMPAIGN: Final = "SUMMER"
"""The campaign of that promotion."""

COUPONS: Final = "STRESS"
"""A batch of bearer coupons of which members may claim any number, and that no promotion names."""

CASE: Final = 2**40
"""A service case that requests can name."""

FOLLOW_UP: Final = 2**40
"""A follow-up of the first member that requests can name, and STAFF can claim."""

PARKED: Final = 2**40
"""A parked basket of S1 with two pieces that requests can name."""

STAFF: Final = "C01"
"""A cashier of S1 with the PIN PIN."""

PIN: Final = "135790"
MADE: Final = ProductEntry("MADE", "Made of others", "FOOD", "EA", recipe=RecipeEntry((ComponentEntry("K01", 1_000),)))
USES: Final = "USES"
"""A times card, of which the last member has ten thousand uses."""

BLOCKED_MEMBER_CARD: Final = "STRESS3"

SHARED_CODE: Final = "FOREVER2026"
"""The code of the batch EVER, without end."""

SPARE_CODE: Final = "SPARE2026"
"""Another one, which may be voided."""

DRAFTED: Final = "DRAFTED"
"""A promotion that was never published."""

DRAW: Final = "DRAW"
"""A draw of which the first member has TICKETS tickets; half of the plays win a coupon of COUPONS."""

TICKETS: Final = 100
UNPUBLISHED: Final = "UNPUBLISHED"
"""A draw that is still a draft."""

EVENT: Final = "TASTING"
"""An event that goes on for weeks, with a ticket of that draw for everybody; the second and third member have seats."""

DRAWN_FOR: Final = timedelta(days=30)
"""How long the draws of these tests go on, from a day ago."""

PHONES: Final = ("13800138001", "13800138002", "13800138003", "13800138004")
"""Members who each hold POINTS points at the beginning; the second and third have SAVED_MINOR of
stored value, and the last one's is frozen."""

SAVED_MINOR: Final = 100_000

CARD_CODES: Final = {number: f"{number:026d}" for number in (1, 2, 3, 4)}
"""Gift cards by id: 1 has been sold for CARD_MINOR, 2 and 3 not, 4 is blocked; 3 may be blocked too."""

BLOCKED_CARD: Final = 4
CARD_PIN: Final = "135790"
CARD_MINOR: Final = 10_000

POINTS: Final = 10_000
NOT_COMPARED: Final = frozenset({"id_blocks"})
"""Taking ids that are then not used writes nothing that anybody sees."""


class Present(Clock):
    """The clock of the machine, which the server reads too."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


class Chain(World):
    """The small chain with many terminals; `credentials` holds what each of them presents, by its code."""

    credentials: dict[str, str]

    def close(self) -> None:
        self.units.close()
        super().close()

    def receive_last(self, units: int) -> None:
        """Puts that many pieces of LAST on the shelf of S1."""
        self.receive(LAST, units * 1000, units * LAST_MINOR // 2)

    def on_hand(self, sku: str) -> int:
        """Pieces of a product in S1."""
        return self.level(sku)[0] // 1000

    def balance(self, phone: str) -> int:
        """A member's points."""
        return self._account(phone).points_balance

    def member_id(self, phone: str) -> int:
        """Of the member who has the phone."""
        return self._account(phone).member_id

    def contents(self) -> dict[str, str]:
        """A digest of every table: equal before and after means that nothing was written, changed or deleted."""
        names = [table.name for table in metadata.sorted_tables if table.name not in NOT_COMPARED]
        with self._reading() as connection:
            if connection.dialect.name == "postgresql":
                return dict(connection.exec_driver_sql(" UNION ALL ".join(DIGEST.format(name) for name in names)).all())
            return {name: _digest(connection.exec_driver_sql(f"SELECT * FROM {name}").all()) for name in names}

    def documents(self) -> dict[str, list[int]]:
        """Every document that carries a mark of a test, by the mark: the ids under which it is stored."""
        found: dict[str, list[int]] = {}
        with self._reading() as connection:
            for mark, document_id in connection.exec_driver_sql(MARKED):
                found.setdefault(mark, []).append(document_id)
        return found

    def stored(self, request_ids: Sequence[str]) -> int:
        """How many documents and how many claims stand under these request ids, which must be the same number."""
        with self._reading() as connection:
            sales = Counter(connection.exec_driver_sql("SELECT CAST(request_id AS varchar(36)) FROM sales").scalars())
            claims = Counter(
                connection.exec_driver_sql("SELECT CAST(request_id AS varchar(36)) FROM requests").scalars()
            )
        documents = sum(sales[request_id] for request_id in request_ids)
        assert documents == sum(claims[request_id] for request_id in request_ids)
        return documents

    def open_draw(self, code: str, *prizes: Prize, **terms: int) -> None:
        """Publishes a draw that has been open for a day."""
        begun = self.clock() - timedelta(days=1)
        made = LuckyDraw(code, code, code, "CNY", begun, begun + DRAWN_FOR, prizes=prizes, **terms)
        self.transactor.write(put_draw, PutDraw(made), caller=SYSTEM, now=begun)
        self.transactor.write(publish_draw, PublishDraw(code), caller=SYSTEM, now=begun)

    def _account(self, phone: str) -> MemberAccount:
        with self.units.read(caller=self.s1, now=self.clock()) as uow:
            account = uow.members.account(phone)
        assert account is not None
        return account

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        # Without the lock that SQLite's writers take.
        with self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT", **{OWN_TRANSACTIONS: True})


DIGEST: Final = "SELECT '{0}', md5(string_agg(t::text, '' ORDER BY t::text)) FROM {0} AS t"

MARKED: Final = """
    SELECT t.reference AS mark, s.sale_id AS document_id FROM sale_tenders t JOIN sales s ON s.sale_id = t.sale_id
    WHERE s.kind = 'sale' AND substr(t.reference, 1, 2) IN ('N-', 'U-')
    UNION ALL SELECT reason, sale_id FROM sales WHERE kind = 'refund' AND substr(reason, 1, 2) = 'R-'
    UNION ALL SELECT reference, receipt_id FROM goods_receipts WHERE substr(reference, 1, 2) = 'G-'
"""


def furnished(url: str) -> Chain:
    """The chain on an empty, migrated database, with everything that the tests of this folder sell."""
    chain = Chain(url, Present())
    goods = tuple(ProductEntry(sku, f"Goods {sku}", "FOOD", "EA", "standard") for sku in (*GOODS, LAST))
    uses = ProductEntry(
        USES, "Uses", "FOOD", "EA", unstocked=True, excluded_from_points=True, times_card=TimesCardTerms()
    )
    chain.do(put_products, PutProducts((*goods, uses, MADE)))
    prices = tuple(PriceEntry(sku, price) for sku, price in {**GOODS, LAST: LAST_MINOR, USES: 1}.items())
    chain.do(put_prices, PutPrices("BASE", prices))
    half = Benefit(BenefitKind.RATE, ItemSet(everything=True), rate_bp=5_000)
    chain.do(put_campaigns, PutCampaigns((Campaign(CAMPAIGN, "Summer", "CNY", budget_minor=5),)))
    limits = Limits(campaign_code=CAMPAIGN)
    paused = Promotion(PAUSED, "Half price", half, paused=True, currency="CNY", limits=limits)
    chain.do(put_promotions, PutPromotions((paused,)))
    batches = (
        CouponBatchEntry(COUPONS, "For claims", CouponHolder.BEARER, claimable=True, transferable=True),
        CouponBatchEntry("EVER", "For ever", CouponHolder.BEARER, shared=True, shared_code=SHARED_CODE),
        CouponBatchEntry("SPARE", "To be voided", CouponHolder.BEARER, shared=True, shared_code=SPARE_CODE),
    )
    chain.do(put_coupon_batches, PutCouponBatches(batches))
    # Paused as well: what is published of it takes nothing off what the other requests sell.
    chain.do(draft_promotion, DraftPromotion(Promotion(DRAFTED, "Half price", half, paused=True)))
    plenty = tuple(ReceiptLine(sku, PLENTY_MILLI, 500 * price) for sku, price in {**GOODS, "TEA": 10_000}.items())
    for store in ("S1", "S2"):
        chain.do(receive_goods, ReceiveGoods(plenty, store_code=store))
    for number, phone in enumerate(PHONES):
        chain.do(register_member, RegisterMember(phone=phone, card=f"STRESS{number}", source="till"))
        # One point per yuan.
        pieces = 100 * POINTS // GOODS["K04"]
        chain.sell(Till().line("K04", pieces).member(phone).cash(100 * POINTS).command)
    for phone in PHONES[1:3]:
        command = TopUpStoredValue(phone, SAVED_MINOR, TenderKind.CASH, store_code="S1")
        chain.do(top_up_stored_value, command)
    chain.do(put_suppliers, PutSuppliers((SupplierEntry(SUPPLIER, "Tea mill", "CNY"),)))
    chain.do(settle_stores, SettleStores())
    chain.do(set_credit_limit, SetCreditLimit(PHONES[1], 10**8, "Regular", "S1"))
    owing = Till().line("K04", 1_000).member(PHONES[1]).tender(TenderKind.ON_ACCOUNT, 1_000 * GOODS["K04"])
    chain.sell(owing.command)
    chain.do(freeze_stored_value, FreezeStoredValue(PHONES[-1], "Lost", "S1"))
    chain.do(_make_cards, None)
    cashier = StaffView(STAFF, "Wang Fang", "cashier", ScopeKind.STORE, "S1", active=True)
    chain.do(put_staff, PutStaff(cashier, PIN))
    chain.do(_open_case, None)
    chain.sell(Till().line(USES, 10_000).member(PHONES[-1]).cash(10_000).command)
    chain.do(block_gift_card, BlockGiftCard(BLOCKED_CARD, "Lost", "S1"))
    chain.do(sell_gift_card, SellGiftCard(CARD_CODES[1], CARD_MINOR, TenderKind.CASH, store_code="S1"))
    chain.do(block_card, BlockCard(BLOCKED_MEMBER_CARD, "Lost"))
    chain.do(put_member_attributes, PutMemberAttributes((MemberAttribute("height", "Height", AttributeKind.NUMBER),)))
    _draw_and_event(chain)
    roles = (RoleView(TILL_ROLE, "Till", tuple(sorted(PERMISSIONS.keys() - NOT_AT_TILLS))),)
    chain.do(put_roles, PutRoles(roles))
    chain.credentials = chain.do(_enrol_all, None)
    return chain


def reopened(url: str, credentials: dict[str, str]) -> Chain:
    """The chain on a copy of a database on which it was furnished, with the credentials that it had there."""
    chain = Chain(url, Present(), furnished=True)
    chain.credentials = credentials
    return chain


def _draw_and_event(chain: Chain) -> None:
    """A draw that is played, one that is not published, and an event."""
    prize = Prize("NEXT", PrizeKind.COUPON, "A coupon", "优惠券", 10_000, 500_000, 1, coupon_batch_code=COUPONS)
    chain.open_draw(DRAW, prize, spend_step_minor=1_000, tickets_per_sale_max=3)
    chain.do(grant_tickets, GrantTickets(DRAW, PHONES[0], TICKETS, "Opening", "S1"))
    begun = chain.clock()
    draft = LuckyDraw(UNPUBLISHED, "Draw", "抽奖", "CNY", begun + DRAWN_FOR, begun + 2 * DRAWN_FOR, prizes=(prize,))
    chain.do(put_draw, PutDraw(draft))
    event = ExperienceEvent(EVENT, "Tasting", "品茶", "S1", begun, begun + DRAWN_FOR / 2, 100, DRAW, 1)
    chain.do(put_event, PutEvent(event))
    activity = Activity(EVENT, "Tasting", "品茶", ActivityKind.EVENT, 5, points_budget=10**12)
    chain.do(put_activity, PutActivity(activity))
    chain.do(put_reward, PutReward(Reward("MUG", "A mug", "马克杯", RewardKind.GOODS, 5, sku="K01", pieces=1)))
    parking = TierBenefit("PARKING", "Parking", "停车", 1_000, ("silver", "gold"))
    tiers = (Tier("silver", "Silver", "银卡"), Tier("gold", "Gold", "金卡", spend_minor=10))
    chain.do(put_tier_programme, PutTierProgramme(TierProgramme("CNY", tiers, benefits=(parking,))))
    chain.do(change_tier, ChangeTier(PHONES[0], "gold", "Guest"))
    for phone in PHONES[1:3]:
        chain.do(book_seat, BookSeat(EVENT, phone))
    chain.do(invite_members, InviteMembers(EVENT, member_keys=(PHONES[0],)))


def _open_case(uow: UnitOfWork, command: None) -> None:
    """A complaint about S1."""
    store_id = uow.chain.store_ids["S1"]
    case = ServiceCase(CASE, 0, "", store_id, "Tea", 3, CaseState.OPEN, 1, uow.now, uow.now + DRAWN_FOR)
    uow.service_cases.open(case, CaseEntry(CASE, 1, CaseEntryKind.OPENED, "It is cold.", 0, None, uow.now))
    member_id, today = uow.members.ids([PHONES[0]])[PHONES[0]], uow.now.date()
    task = FollowUp(FOLLOW_UP, member_id, "", today, store_id, None, FollowUpState.OPEN, None, today, 1, uow.now)
    open_tasks(uow, [task], text="Ring them up.")
    basket = Basket((BasketLine("K01", quantity_milli=2_000),))
    content = content_of(basket) | {"quantities": [2_000], "priced": [[GOODS["K01"], 2 * GOODS["K01"]]]}
    uow.add(
        ParkedBasket(
            PARKED, store_id, "Table 1", "", 1, 2_000, 2 * GOODS["K01"], content, None, today, uow.now + DRAWN_FOR, 0,
            None, str(UUID(int=PARKED)), uow.now,
        )
    )  # fmt: skip


def _make_cards(uow: UnitOfWork, command: None) -> None:
    """Gift cards with codes that requests can name."""
    for card_id, code in CARD_CODES.items():
        digests = uow.gift_cards.digests(card_id, code, CARD_PIN)
        uow.add(GiftCard(card_id, *digests, code[-4:], "STRESS", "CNY", CARD_MINOR, 0, 0, 0, 0, uow.now))


def _enrol_all(uow: UnitOfWork, command: None) -> dict[str, str]:
    """Creates and enrols every terminal and the administrator; their credentials."""
    codes = {
        f"{store}-{number:02d}": create_terminal(uow, CreateTerminal(f"{store}-{number:02d}", store, TILL_ROLE))
        for store, count in TERMINALS.items()
        for number in range(1, count + 1)
    }
    created = {
        **{code: terminal.enrolment_code for code, terminal in codes.items()},
        ADMIN: create_service(uow, CreateService(ADMIN, "admin", ScopeKind.CHAIN, "")).enrolment_code,
    }
    return {code: enroll(uow, Enroll(enrolment_code)).credential for code, enrolment_code in created.items()}


def _digest(rows: Sequence[Any]) -> str:
    # As tuples: the rows of the library show themselves slowly.
    return hashlib.sha256("\n".join(sorted(map(repr, map(tuple, rows)))).encode()).hexdigest()
