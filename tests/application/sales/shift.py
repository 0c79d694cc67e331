"""People at the terminals of the small chain: cashiers, a manager, and what they do with each other's PINs."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from application.identity.approve import Approve, Approved, approve
from application.identity.staff import PutStaff, put_staff
from application.identity.views import StaffView
from domain.identity.limits import Limit, combined
from domain.identity.organisation import Caller, ScopeKind
from domain.identity.permissions import builtin_roles
from tests.plain_pins import PlainPins
from tests.world import World

PINS = {"ann": "1357", "bob": "2468", "mia": "9731"}
ROLES = {role.code: role for role in builtin_roles()}


def new_id() -> str:
    return str(uuid4())


@dataclass
class Shift:
    """Ann and Bob are cashiers, Mia is their manager; `signed_in` is a person at the terminal of store S1 or S2."""

    world: World

    def signed_in(
        self, code: str, *, at: str = "T1", role: str = "", limits: tuple[Limit, ...] | None = None
    ) -> Caller:
        """As the edge would authenticate the person at a terminal that may sell and price, and nothing by hand."""
        terminal = self.world.s1 if at == "T1" else self.world.s2
        of_terminal = ROLES["pricing_terminal"]
        person = ROLES[role or ("manager" if code == "mia" else "cashier")]
        held = [(of_terminal.permissions, of_terminal.limits), (person.permissions, person.limits)]
        return replace(
            terminal,
            staff_id=self.staff_id(code),
            staff_code=code,
            permissions=of_terminal.permissions | person.permissions,
            limits=combined(held) if limits is None else limits,
        )

    def staff_id(self, code: str) -> int:
        return int(self.world.rows(f"SELECT staff_id FROM staff WHERE code = '{code}'")[0][0])

    def approve(
        self,
        action: str,
        request_id: str,
        amount_minor: int,
        *,
        by: str = "mia",
        at: Caller | None = None,
        **options: Any,
    ) -> Approved:
        """Mia types her code and PIN at the terminal where Ann is signed in."""
        options.setdefault("pin", PINS[by] if by else "")
        command = Approve(action, request_id, amount_minor, "Damaged box", staff_code=by, **options)
        found: Approved = self.world.do(approve, command, at or self.signed_in("ann"))
        return found

    def token(self, *args: Any, **options: Any) -> str:
        return self.approve(*args, **options).approval_token


def start_shift(world: World) -> Shift:
    """The people, in region EAST for the manager and in store S1 for Ann; Bob works in S2 too."""
    world.units.secrets = replace(world.units.secrets, pins=PlainPins())
    for code, role, kind, scope in (
        ("ann", "cashier", ScopeKind.STORE, "S1"),
        ("bob", "cashier", ScopeKind.REGION, "EAST"),
        ("mia", "manager", ScopeKind.REGION, "EAST"),
    ):
        world.do(put_staff, PutStaff(StaffView(code, code.title(), role, kind, scope, active=True), PINS[code]))
    return Shift(world)
