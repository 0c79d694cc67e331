"""The staff as HQ and the stores keep them."""

from dataclasses import dataclass, field, replace

from application.fields import optional_name, required_code
from application.identity.bounds import CodeTaken, check_role_held, managed_scopes, role_to_grant
from application.identity.views import StaffView
from application.ports.kernel import UnitOfWork
from domain.identity.staff import StaffMember, checked_pin


@dataclass(frozen=True, slots=True)
class PutStaff:
    """`pin` is empty to leave it as it is."""

    staff: StaffView
    pin: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class StaffPut:
    staff: StaffView


def put_staff(uow: UnitOfWork, command: PutStaff) -> StaffPut:
    """Creates a member of staff, or changes the one whose code exists, within the caller's scope and permissions.

    A new PIN ends a lock and, like the end of the person's time here, all of their sessions.
    """
    asked = command.staff
    required_code(asked.code, field="staff.code")
    name = optional_name(asked.name, field="staff.name")
    if command.pin:
        checked_pin(command.pin, field="pin")
    uow.bump("chain")
    scope = managed_scopes(uow, scope_kind=asked.scope_kind, scope_code=asked.scope_code, below="staff.")[0]
    role = role_to_grant(uow, required_code(asked.role_code, field="staff.role_code"), field="staff.role_code")
    before = _before(uow, asked.code)
    staff = StaffMember(uow.new_id(), asked.code, name, role.role_id, scope, asked.active)
    if before is not None:
        staff = replace(before, name=name, role_id=role.role_id, scope=scope, active=asked.active)
    if command.pin:
        pin_hash = uow.secrets.pins.hash(keyed_pin(uow, staff.staff_id, command.pin))
        staff = replace(staff, pin_hash=pin_hash).unlocked()
    uow.identity.put_staff(staff)
    if command.pin or not staff.active:
        uow.identity.end_sessions(staff_id=staff.staff_id, at=uow.now)
    return StaffPut(replace(asked, name=name))


def keyed_pin(uow: UnitOfWork, staff_id: int, pin: str) -> bytes:
    """What is hashed for a PIN: a digest under a key outside the database.

    Without that key, whoever has read the database tries all PINs of four digits in minutes, slow hash or not.
    """
    return uow.keys.digest("staff|pin", f"{staff_id}|{pin}")


def _before(uow: UnitOfWork, code: str) -> StaffMember | None:
    before = uow.identity.staff_member(code)
    if before is not None:
        if not uow.caller.manages(before.scope):
            raise CodeTaken("staff.code", code=code)
        check_role_held(uow, before.role_id, field="staff.code")
    return before
