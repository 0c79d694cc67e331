"""A small chain on one database, with what tests of identity do to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine, Table, select

from adapters.privacy.keys import Keys
from adapters.sql.engine import open_engine
from adapters.sql.tables import identity, kernel
from adapters.sql.unit_of_work import SqlUnits
from application.identity.authenticate import Credentials, authenticate
from application.identity.callers import CreateService, CreateTerminal, create_service, create_terminal
from application.identity.enroll import Enroll, enroll
from application.identity.regions import PutRegions, put_regions
from application.identity.roles import EnsureBuiltinRoles, PutRoles, ensure_builtin_roles, put_roles
from application.identity.sign_in import SignIn, sign_in
from application.identity.staff import PutStaff, put_staff
from application.identity.stores import PutStores, put_stores
from application.identity.views import RegionView, RoleView, StaffView, StoreView
from application.ports.secrets import Secrets
from application.transactor import Transactor
from domain.identity.organisation import SYSTEM, Caller, ScopeKind, stranger
from domain.shared.errors import Refusal
from tests.plain_pins import PlainPins

NOON = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
PIN = "1234"
CERTIFICATE = bytes(range(32))
"""The digest of a client certificate."""
TABLES = (
    identity.regions,
    identity.stores,
    identity.roles,
    identity.callers,
    identity.staff,
    identity.sessions,
    identity.settings,
    kernel.versions,
)


@dataclass
class Shop:
    """Runs use cases at `now`, which a test moves on; secrets are "secret 1", "secret 2", …"""

    engine: Engine
    units: SqlUnits
    transactor: Transactor
    pins: PlainPins
    now: datetime = NOON
    credentials: dict[str, str] = field(default_factory=dict)

    def write(self, use_case: Callable[..., Any], command: Any, caller: Caller = SYSTEM) -> Any:
        return self.transactor.write(use_case, command, caller=caller, now=self.now)

    def read(self, query: Callable[..., Any], command: Any, caller: Caller = SYSTEM) -> Any:
        return self.transactor.read(query, command, caller=caller, now=self.now)

    def refuses(
        self, kind: type[Refusal], use_case: Callable[..., Any], command: Any, caller: Caller = SYSTEM
    ) -> Refusal:
        """The refusal of a command, after which nothing is different from before."""
        before = self.stored()
        with pytest.raises(Refusal) as refused:
            self.write(use_case, command, caller)
        assert type(refused.value) is kind
        assert self.stored() == before
        return refused.value

    def terminal(self, code: str, *, store: str = "S1", role: str = "terminal") -> Caller:
        """An enrolled terminal, as authenticated."""
        return self._enrolled(code, self.write(create_terminal, CreateTerminal(code, store, role)).enrolment_code)

    def service(self, code: str, *, role: str, scope: ScopeKind = ScopeKind.CHAIN, of: str = "") -> Caller:
        """An enrolled service, as authenticated."""
        created = self.write(create_service, CreateService(code, role, scope, of))
        return self._enrolled(code, created.enrolment_code)

    def administrator(self, code: str, *, scope: ScopeKind = ScopeKind.CHAIN, of: str = "") -> Caller:
        """A service that manages what lies in its scope, and holds what a terminal and a cashier hold."""
        role = RoleView("local_admin", "", (*TERMINAL_AND_CASHIER, "identity.manage", "identity.read"))
        self.write(put_roles, PutRoles((role,)))
        return self.service(code, role="local_admin", scope=scope, of=of)

    def staff(
        self, code: str, *, role: str = "cashier", scope: ScopeKind = ScopeKind.STORE, of: str = "S1", pin: str = PIN
    ) -> None:
        self.write(put_staff, PutStaff(StaffView(code, f"Name of {code}", role, scope, of, active=True), pin))

    def sign_in(self, code: str, terminal: Caller, *, pin: str = PIN) -> str:
        """The session."""
        return str(self.write(sign_in, SignIn(code, pin), terminal).session)

    def authenticated(self, code: str, *, session: str = "", certificate: bytes = b"") -> Caller:
        credentials = Credentials(self.credentials[code], session, certificate)
        caller = self.read(authenticate, credentials, stranger())
        assert isinstance(caller, Caller)
        return caller

    def stored(self) -> dict[str, list[Any]]:
        """Every row of identity, and the versions."""
        with self.engine.connect() as connection:
            return {table.name: sorted(map(str, connection.execute(select(table)))) for table in TABLES}

    def count(self, table: Table) -> int:
        return len(self.stored()[table.name])

    def row(self, table: Table, code: str) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(select(table).where(table.c.code == code)).one()

    def version(self) -> int:
        """The version of the chain."""
        with self.engine.connect() as connection:
            statement = select(kernel.versions.c.version).where(kernel.versions.c.name == "chain")
            return int(connection.execute(statement).scalar_one())

    def later(self, **period: int) -> None:
        self.now += timedelta(**period)

    def _enrolled(self, code: str, enrolment_code: str) -> Caller:
        self.credentials[code] = self.write(enroll, Enroll(enrolment_code), stranger()).credential
        return self.authenticated(code)


TERMINAL_AND_CASHIER = (
    "sales.quote sales.checkout sales.upload sales.read catalog.read pricing.read coupons.read coupons.claim "
    "coupons.redeem membership.register membership.read loyalty.read inventory.read inventory.find inventory.reserve "
    "sales.manual_discount "
    "draws.read draws.play events.read events.book gift_cards.sell wallet.read wallet.top_up benefits.use "
    "credit.receive credit.read times_cards.use care.open loyalty.hold sales.park "
    "sales.price_override sales.refund sales.void activities.read activities.record "
    "rewards.read rewards.redeem membership.consent "
    "shifts.work sales.print orders.place orders.pay orders.fulfil orders.read"
).split()


@contextmanager
def open_shop(database_url: str) -> Iterator[Shop]:
    """A chain without anything but its built-in roles."""
    engine = open_engine(database_url)
    pins = PlainPins()
    numbers = count(1)
    secrets = Secrets(new_token=lambda: f"secret {next(numbers)}", pins=pins)
    units = SqlUnits(engine, Keys(bytes(32)), secrets)
    shop = Shop(engine, units, Transactor(units), pins)
    shop.write(ensure_builtin_roles, EnsureBuiltinRoles())
    yield shop
    units.close()


def fill(shop: Shop) -> None:
    """Region north with stores S1 and S2, region south with store S3."""
    shop.write(put_regions, PutRegions((RegionView("north", "North"), RegionView("south", "South"))))
    shop.write(put_stores, PutStores((store("S1", "north"), store("S2", "north"), store("S3", "south"))))


def store(code: str, region: str, **changes: Any) -> StoreView:
    facts = {"name": f"Store {code}", "currency": "CNY", "time_zone": "Asia/Shanghai", "day_cutoff_minutes": 240}
    return StoreView(code=code, region_code=region, **{**facts, **changes})
