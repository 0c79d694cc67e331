"""Signing a cashier in on a terminal, and out again."""

from dataclasses import dataclass, field

from application.fields import required_code
from application.identity.staff import keyed_pin
from application.identity.views import StaffView
from application.ports.kernel import UnitOfWork
from domain.identity.enrolment import secret_digest
from domain.identity.organisation import CallerKind
from domain.identity.staff import SESSION_LASTS, StaffMember, checked_pin
from domain.shared.errors import Forbidden, Rejected


class NotATerminal(Rejected):
    en = "Staff sign in at terminals only; this caller is a service."
    zh = "员工只能在终端登录；当前调用方是服务。"


class WrongStaffOrPin(Forbidden):
    en = "The staff code or the PIN is wrong, or this person may not work in this store."
    zh = "员工代码或 PIN 错误，或该员工不得在本店工作。"


class SignInLocked(Rejected):
    en = "Too many wrong PINs. Sign in again in {minutes} minutes, or ask for a new PIN."
    zh = "PIN 错误次数过多。请在 {minutes} 分钟后重新登录，或申请新的 PIN。"


class NobodySignedIn(Rejected):
    en = "Nobody is signed in: this call carries no session."
    zh = "无人登录：此调用未携带会话。"


@dataclass(frozen=True, slots=True)
class SignIn:
    staff_code: str
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    session: str = field(repr=False)
    staff: StaffView


@dataclass(frozen=True, slots=True)
class SignOut:
    """Asks for the end of the session that the call carries."""


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The session has ended."""


def sign_in(uow: UnitOfWork, command: SignIn) -> SignedIn:
    """Opens a session of 12 hours for a member of staff whose scope holds the terminal's store.

    Five wrong PINs lock for 15 minutes. Attempts on one person wait for each other, so that many at once are no more
    than five either. Somebody of another store is refused like somebody who does not exist; their PIN is not tried.
    """
    required_code(command.staff_code, field="staff_code")
    checked_pin(command.pin, field="pin")
    terminal = uow.caller
    if terminal.kind is not CallerKind.TERMINAL or terminal.store_id is None:
        raise NotATerminal
    uow.refresh()
    staff = uow.identity.staff_member(command.staff_code)
    if staff is None or not staff.may_work_in(uow.chain.stores[terminal.store_id]):
        # Looking as slow as a wrong PIN, so that staff codes cannot be found out by the clock.
        uow.secrets.pins.matches(b"", None)
        raise WrongStaffOrPin
    if minutes := staff.locked_minutes(now=uow.now):
        raise SignInLocked(minutes=minutes)
    if not uow.secrets.pins.matches(keyed_pin(uow, staff.staff_id, command.pin), staff.pin_hash):
        uow.identity.record_attempts(staff.after_wrong_pin(now=uow.now))
        # The refusal undoes what is not committed, and an attempt that does not count is a guess for nothing.
        uow.commit()
        raise WrongStaffOrPin
    return _signed_in(uow, terminal.caller_id, staff)


def sign_out(uow: UnitOfWork, command: SignOut) -> SignedOut:
    """Ends the cashier's sessions on the calling terminal."""
    if uow.caller.staff_id is None:
        raise NobodySignedIn
    uow.identity.end_sessions(staff_id=uow.caller.staff_id, caller_id=uow.caller.caller_id, at=uow.now)
    return SignedOut()


def _signed_in(uow: UnitOfWork, caller_id: int, staff: StaffMember) -> SignedIn:
    if staff != staff.unlocked():
        uow.identity.record_attempts(staff.unlocked())
    session = uow.secrets.new_token()
    uow.identity.forget_sessions(caller_id=caller_id, expired_at=uow.now)
    uow.identity.open_session(
        session_digest=secret_digest(session),
        caller_id=caller_id,
        staff_id=staff.staff_id,
        expires_at=uow.now + SESSION_LASTS,
    )
    return SignedIn(session, uow.identity.staff_view(staff.staff_id))
