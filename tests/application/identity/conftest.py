"""A small chain on both engines: two regions, three stores, the built-in roles, and people who call."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine, Table, func, select

from adapters.privacy.keys import Keys
from adapters.sql.engine import open_engine
from adapters.sql.unit_of_work import SqlUnits
from application.identity.authenticate import Credentials, authenticate
from application.identity.callers import CreateService, CreateTerminal, create_service, create_terminal
from application.identity.enroll import Enroll, enroll
from application.identity.regions import PutRegions, put_regions
from application.identity.roles import EnsureBuiltinRoles, ensure_builtin_roles
from application.identity.staff import PutStaff, put_staff
from application.identity.stores import PutStores, put_stores
from application.identity.views import RegionView, StaffView, StoreView
from application.ports.secrets import Secrets
from application.transactor import Transactor
from domain.identity.organisation import SYSTEM, Caller, ScopeKind, stranger

NOON = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
CERTIFICATE = bytes(range(32))


class PlainPins:
    """Digests that cost nothing, and a list of the PINs that were tried: those of nobody as None."""

    def __init__(self) -> None:
        self.tried: list[str | None] = []

    def hash(self, pin: bytes) -> str:
        return f"hash of {pin.hex()}"

    def matches(self, pin: bytes, pin_hash: str | None) -> bool:
        self.tried.append(pin_hash)
        return pin_hash == self.hash(pin)


@dataclass
class Shop:
    """Runs use cases at `now`, which a test moves on; tokens are "token 1", "token 2", …"""

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

    def terminal(self, code: str, *, store: str = "S1", role: str = "terminal") -> Caller:
        """An enrolled terminal, as authenticated."""
        created = self.write(create_terminal, CreateTerminal(code, store, role))
        return self._enrolled(code, created.enrolment_code)

    def service(self, code: str, *, role: str, scope: ScopeKind = ScopeKind.CHAIN, of: str = "") -> Caller:
        """An enrolled service, as authenticated."""
        created = self.write(create_service, CreateService(code, role, scope, of))
        return self._enrolled(code, created.enrolment_code)

    def staff(
        self, code: str, *, role: str = "cashier", scope: ScopeKind = ScopeKind.STORE, of: str = "S1", pin: str = "1234"
    ) -> None:
        self.write(put_staff, PutStaff(StaffView(code, f"Name of {code}", role, scope, of, True), pin))

    def authenticated(self, code: str, *, session: str = "", certificate: bytes = b"") -> Caller:
        return self.read(authenticate, Credentials(self.credentials[code], session, certificate), stranger())

    def rows(self, table: Table) -> int:
        with self.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()

    def row(self, table: Table, code: str) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(select(table).where(table.c.code == code)).one()

    def later(self, **period: int) -> None:
        self.now += timedelta(**period)

    def _enrolled(self, code: str, enrolment_code: str) -> Caller:
        self.credentials[code] = self.write(enroll, Enroll(enrolment_code), stranger()).credential
        return self.authenticated(code)


@pytest.fixture
def empty_shop(database_url: str) -> Iterator[Shop]:
    """A chain without anything but its built-in roles."""
    engine = open_engine(database_url)
    pins = PlainPins()
    numbers = count(1)
    units = SqlUnits(engine, Keys(bytes(32)), Secrets(new_token=lambda: f"token {next(numbers)}", pins=pins))
    shop = Shop(engine, units, Transactor(units), pins)
    shop.write(ensure_builtin_roles, EnsureBuiltinRoles())
    yield shop
    engine.dispose()


@pytest.fixture
def shop(empty_shop: Shop) -> Shop:
    """Region north with stores S1 and S2, region south with store S3."""
    empty_shop.write(put_regions, PutRegions((RegionView("north", "North"), RegionView("south", "South"))))
    stores = (store("S1", "north"), store("S2", "north"), store("S3", "south"))
    empty_shop.write(put_stores, PutStores(stores))
    return empty_shop


def store(code: str, region: str, **changes: Any) -> StoreView:
    facts = {"name": f"Store {code}", "currency": "CNY", "time_zone": "Asia/Shanghai", "day_cutoff_minutes": 240}
    return StoreView(code=code, region_code=region, **{**facts, **changes})
