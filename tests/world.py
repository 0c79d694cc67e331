"""A small chain for tests: two stores, a terminal in each, goods on the shelf, a member. Made through the use cases."""

from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from adapters.privacy.keys import Keys
from adapters.sql.engine import open_engine
from adapters.sql.unit_of_work import SqlUnits
from application.catalog.entries import CategoryEntry, ProductEntry, UnitEntry
from application.catalog.put_categories import PutCategories, put_categories
from application.catalog.put_products import PutProducts, put_products
from application.catalog.put_units import PutUnits, put_units
from application.check import run_checks
from application.identity.callers import CreateTerminal, create_terminal
from application.identity.regions import PutRegions, put_regions
from application.identity.roles import EnsureBuiltinRoles, ensure_builtin_roles
from application.identity.settings import PutSetting, put_setting
from application.identity.stores import PutStores, put_stores
from application.identity.views import RegionView, StoreView
from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, receive_goods
from application.membership.register_member import RegisterMember, register_member
from application.pricing.entries import PriceEntry, PriceListEntry, TaxEntry
from application.pricing.put_price_lists import PutPriceLists, put_price_lists
from application.pricing.put_prices import PutPrices, put_prices
from application.pricing.put_taxes import PutTaxes, put_taxes
from application.sales.basket import Basket, BasketLine
from application.sales.checkout import checkout
from application.sales.preparing import Checkout
from application.sales.refund import Refunded, RefundSale, refund_sale
from application.sales.tender import Tender
from application.sales.views import SaleView
from application.transactor import Call, Transactor
from domain.identity.organisation import SYSTEM, Caller, CallerKind, ScopeKind, StoreStatus
from domain.membership.tier import TierCause, TierEntry
from domain.sales.sale import TenderKind
from tests.kept import units_on

MASTER_KEY = bytes(range(32))
OPENING = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai."""

MEMBER = "13800138000"


@dataclass(slots=True)
class Clock:
    """The present, moved by hand."""

    now: datetime = OPENING

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: int) -> None:
        self.now += timedelta(**by)


class World:
    """The chain with what tests do in it. `s1` and `s2` are its terminals as callers."""

    def __init__(self, url: str, clock: Clock | None = None, *, furnished: bool = False) -> None:
        self.url = url
        keys = Keys(MASTER_KEY)
        # What is furnished here may become a template, to which nobody may be connected.
        self.units = units_on(url, keys) if furnished else SqlUnits(open_engine(url), keys)
        self.engine = self.units.engine
        self.transactor = Transactor(self.units)
        self.clock = clock or Clock()
        if not furnished:
            self._furnish()
        self.s1 = self.terminal("T1")
        self.s2 = self.terminal("T2")

    def do(self, use_case: Any, command: Any, caller: Caller = SYSTEM) -> Any:
        """Runs a use case in a transaction of its own."""
        return self.transactor.write(use_case, command, caller=caller, now=self.clock())

    def ask(self, query: Any, command: Any, caller: Caller = SYSTEM) -> Any:
        """Answers a query."""
        return self.transactor.read(query, command, caller=caller, now=self.clock())

    def once(self, use_case: Any, command: Any, caller: Caller, request_id: str = "") -> Any:
        """Runs a use case once for a request id; the result as it came, or as it was kept from the first time."""
        results: list[Any] = []

        def keep(result: Any) -> bytes:
            results.append(result)
            return b"answer"

        request_id = request_id or str(uuid4())
        self.transactor.execute(use_case, self.call(command, caller, request_id, use_case.__name__), keep)
        return results[-1] if results else None

    def call(self, command: Any, caller: Caller, request_id: str = "", operation: str = "sales.checkout") -> Call[Any]:
        fingerprint = repr(command).encode()
        return Call(command, caller, request_id or str(uuid4()), operation, fingerprint, self.clock())

    def sell(self, command: Checkout, caller: Caller | None = None, request_id: str = "") -> SaleView:
        """Checks a basket out; raises its refusal."""
        [outcome] = self.sell_all([self.call(command, caller or self.s1, request_id)])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def sell_all(self, calls: Sequence[Call[Checkout]]) -> list[Any]:
        """Checks a batch out in one transaction: receipts and errors, in order."""
        made: list[SaleView] = []

        def keep(result: SaleView) -> bytes:
            made.append(result)
            return str(len(made) - 1).encode()

        answers = self.transactor.execute_batch(checkout, calls, keep)
        return [answer.error or made[int(answer.payload)] for answer in answers]

    def refund(self, command: RefundSale, caller: Caller | None = None) -> Refunded:
        result: Refunded = self.once(refund_sale, command, caller or self.s1)
        return result

    def terminal(self, code: str, *extra: str, language: str = "en") -> Caller:
        """A terminal as the edge would authenticate it, with every sales permission and `extra` ones."""
        with self.units.read(caller=SYSTEM, now=self.clock()) as uow:
            uow.refresh()
            caller_id = next(number for number, known in uow.chain.caller_codes.items() if known == code)
            store_id = uow.chain.store_ids["S" + code[1:]]
        permissions = {
            "sales.quote", "sales.checkout", "sales.upload", "sales.refund", "sales.void", "sales.read",
            "sales.manual_discount", "sales.terminal_pricing", "loyalty.read", "inventory.read", "finance.read", *extra,
        }  # fmt: skip
        return Caller(
            caller_id=caller_id,
            code=code,
            kind=CallerKind.TERMINAL,
            store_id=store_id,
            staff_id=None,
            staff_code="",
            permissions=frozenset(permissions),
            store_ids=frozenset({store_id}),
            language=language,
        )

    def set(self, name: str, value: str) -> None:
        self.do(put_setting, PutSetting(name, ScopeKind.CHAIN, "", value))

    def set_tier(self, tier: str) -> None:
        """Gives the member a tier, whatever programme there is."""
        with self.units.begin(caller=SYSTEM, now=self.clock()) as uow:
            [member] = uow.tiers.lock([uow.members.ids([MEMBER])[MEMBER]])
            entry = TierEntry(
                member.member_id, member.entries + 1, member.tier, tier, TierCause.MANUAL, "Test", None, 0, 0, 0, 0, 0,
                0, None, self.clock().date(), self.clock(),
            )  # fmt: skip
            uow.tiers.record([entry])
            uow.commit()

    def receive(self, sku: str, quantity_milli: int, cost_minor: int, store: str = "S1") -> None:
        self.do(receive_goods, ReceiveGoods((ReceiptLine(sku, quantity_milli, cost_minor),), store_code=store))

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What a SQL query finds."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def count(self, table: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])

    def counts(self) -> dict[str, int]:
        """How many rows stand in every table that a sale writes."""
        return {table: self.count(table) for table in SALE_TABLES}

    def level(self, sku: str, store: str = "S1") -> tuple[int, int]:
        """On hand in thousandths and value in minor units."""
        [level] = self.rows(
            "SELECT l.on_hand_milli, l.value_minor FROM stock_levels l JOIN products p ON p.sku_id = l.sku_id"
            f" JOIN stores s ON s.store_id = l.location_id WHERE p.sku = '{sku}' AND s.code = '{store}'"
        )
        return level[0], level[1]

    def points(self) -> int:
        return int(self.rows("SELECT sum(points_balance) FROM points_accounts")[0][0])

    def ledger(self) -> dict[str, int]:
        """Balance of every account that is not zero; debits above zero."""
        found = self.rows("SELECT account_code, sum(amount_minor) FROM postings GROUP BY account_code ORDER BY 1")
        return {code: int(amount) for code, amount in found if amount}

    def broken(self) -> list[str]:
        """Every violated invariant."""
        with self.units.read(caller=SYSTEM, now=self.clock()) as uow:
            return [f"{result.id} {found}" for result in run_checks(uow) for found in result.violations]

    def close(self) -> None:
        self.units.close()

    def _furnish(self) -> None:
        self.do(ensure_builtin_roles, EnsureBuiltinRoles())
        self.do(put_regions, PutRegions((RegionView("EAST", "华东"),)))
        stores = tuple(
            StoreView(code, f"Store {code}", "EAST", "CNY", "Asia/Shanghai", 240, StoreStatus.OPEN)
            for code in ("S1", "S2")
        )
        self.do(put_stores, PutStores(stores))
        for number in (1, 2):
            self.do(create_terminal, CreateTerminal(f"T{number}", f"S{number}", "terminal"))
        self.do(put_units, PutUnits((UnitEntry("EA", "piece"), UnitEntry("KG", "kilogram", 3))))
        self.do(put_categories, PutCategories((CategoryEntry("FOOD", "Food"), CategoryEntry("HOME", "Household"))))
        self.do(put_taxes, PutTaxes((TaxEntry("VAT13", "VAT 13 %", "standard", 130_000),)))
        self.do(put_price_lists, PutPriceLists((PriceListEntry("BASE", "List price", "CNY", includes_tax=True),)))
        self.do(put_products, PutProducts(PRODUCTS))
        prices = tuple(PriceEntry(sku, price) for sku, price, _ in SHELF)
        self.do(put_prices, PutPrices("BASE", prices))
        for sku, _, cost in SHELF:
            for store in ("S1", "S2"):
                if cost:
                    self.receive(sku, 100_000, 100 * cost, store)
        self.do(register_member, RegisterMember(name="王小明", phone=MEMBER, card="CARD1", source="till"))


SALE_TABLES = (
    "requests", "sales", "sale_lines", "sale_tenders", "stock_movements", "points_entries", "points_lots",
    "journal_entries", "postings", "outbox",
)  # fmt: skip

PRODUCTS = (
    ProductEntry("TEA", "Green tea", "FOOD", "EA", "standard", ("6901234567892",)),
    ProductEntry("MUG", "Mug", "HOME", "EA", "standard"),
    ProductEntry("RICE", "Rice, loose", "FOOD", "KG", "standard", weighed_item_code="12345"),
    ProductEntry("WRAP", "Gift wrapping", "HOME", "EA", "standard", unstocked=True),
    ProductEntry("GIFT", "Gift card", "HOME", "EA", "", unstocked=True, excluded_from_points=True),
)

SHELF = (("TEA", 10_000, 6_000), ("MUG", 5_000, 2_000), ("RICE", 800, 500), ("WRAP", 300, 0), ("GIFT", 10_000, 0))
"""SKU, list price and unit cost in fen; 100 units of each stocked one stand in both stores."""


@dataclass(frozen=True)
class Till:
    """Builds checkouts in a line: `Till().line("TEA", 2).member().cash(20_000)`."""

    command: Checkout = field(default_factory=lambda: Checkout(Basket(())))

    def line(self, sku: str, units: int = 1, **options: Any) -> "Till":
        options.setdefault("quantity_milli", units * 1000)
        return self._basket(lines=(*self.command.basket.lines, BasketLine(sku, **options)))

    def member(self, key: str = MEMBER) -> "Till":
        return self._basket(member_key=key)

    def basket(self, **changes: Any) -> "Till":
        return self._basket(**changes)

    def cash(self, amount: int) -> "Till":
        return self._tender(Tender(TenderKind.CASH, amount))

    def card(self, amount: int) -> "Till":
        return self._tender(Tender(TenderKind.CARD, amount, reference="A1"))

    def points(self, points: int) -> "Till":
        return self._tender(Tender(TenderKind.POINTS, points=points))

    def tender(self, kind: TenderKind, amount: int) -> "Till":
        return self._tender(Tender(kind, amount))

    def offline(self, sold_at: datetime) -> "Till":
        return Till(replace(self.command, uploaded=True, sold_at=sold_at))

    def _basket(self, **changes: Any) -> "Till":
        return Till(replace(self.command, basket=replace(self.command.basket, **changes)))

    def _tender(self, tender: Tender) -> "Till":
        return Till(replace(self.command, tenders=(*self.command.tenders, tender)))


@contextmanager
def opened(url: str, *, furnished: bool = False) -> Any:
    """A world on a migrated database, closed afterwards; `furnished` where another world was here before."""
    world = World(url, furnished=furnished)
    try:
        yield world
    finally:
        world.close()
