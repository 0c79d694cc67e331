"""Knowing a member of staff by code and PIN, whatever they do with it: wrong PINs count in one place."""

from application.fields import required_code
from application.identity.staff import keyed_pin
from application.ports.kernel import UnitOfWork
from domain.identity.organisation import Store
from domain.identity.staff import StaffMember, checked_pin
from domain.shared.errors import Forbidden, Rejected


class WrongStaffOrPin(Forbidden):
    en = "The staff code or the PIN is wrong, or this person may not work in this store."
    zh = "员工代码或 PIN 错误，或该员工不得在本店工作。"


class SignInLocked(Rejected):
    en = "Too many wrong PINs. Sign in again in {minutes} minutes, or ask for a new PIN."
    zh = "PIN 错误次数过多。请在 {minutes} 分钟后重新登录，或申请新的 PIN。"


def identified(uow: UnitOfWork, *, staff_code: str, pin: str, store: Store) -> StaffMember:
    """The member of staff with this code and PIN, who may work in the store; wrong PINs no longer count then.

    Five wrong PINs lock for 15 minutes. Attempts on one person wait for each other, so that many at once are no more
    than five either. Somebody of another store is refused like somebody who does not exist; their PIN is not tried.
    """
    required_code(staff_code, field="staff_code")
    checked_pin(pin, field="pin")
    staff = uow.identity.staff_member(staff_code)
    if staff is None or not staff.may_work_in(store):
        # Looking as slow as a wrong PIN, so that staff codes cannot be found out by the clock.
        uow.secrets.pins.matches(b"", None)
        raise WrongStaffOrPin
    if minutes := staff.locked_minutes(now=uow.now):
        raise SignInLocked(minutes=minutes)
    if not uow.secrets.pins.matches(keyed_pin(uow, staff.staff_id, pin), staff.pin_hash):
        uow.identity.record_attempts(staff.after_wrong_pin(now=uow.now))
        # The refusal undoes what is not committed, and an attempt that does not count is a guess for nothing.
        uow.commit()
        raise WrongStaffOrPin
    if staff != staff.unlocked():
        uow.identity.record_attempts(staff.unlocked())
    return staff
