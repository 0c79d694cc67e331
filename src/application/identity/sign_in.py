"""Signing a cashier in on a terminal, and out again."""

from dataclasses import dataclass, field

from application.fields import required_code
from application.identity.identifying import identified
from application.identity.views import StaffView
from application.ports.kernel import UnitOfWork
from domain.identity.enrolment import secret_digest
from domain.identity.organisation import CallerKind
from domain.identity.staff import SESSION_LASTS, StaffMember, checked_pin
from domain.shared.errors import Rejected


class NotATerminal(Rejected):
    en = "Staff sign in at terminals only; this caller is a service."
    zh = "员工只能在终端登录；当前调用方是服务。"


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
    """Opens a session of 12 hours for a member of staff whose scope holds the terminal's store; see `identified`."""
    required_code(command.staff_code, field="staff_code")
    checked_pin(command.pin, field="pin")
    terminal = uow.caller
    if terminal.kind is not CallerKind.TERMINAL or terminal.store_id is None:
        raise NotATerminal
    uow.refresh()
    store = uow.chain.stores[terminal.store_id]
    staff = identified(uow, staff_code=command.staff_code, pin=command.pin, store=store)
    return _signed_in(uow, terminal.caller_id, staff)


def sign_out(uow: UnitOfWork, command: SignOut) -> SignedOut:
    """Ends the cashier's sessions on the calling terminal."""
    if uow.caller.staff_id is None:
        raise NobodySignedIn
    uow.identity.end_sessions(staff_id=uow.caller.staff_id, caller_id=uow.caller.caller_id, at=uow.now)
    return SignedOut()


def _signed_in(uow: UnitOfWork, caller_id: int, staff: StaffMember) -> SignedIn:
    session = uow.secrets.new_token()
    uow.identity.forget_sessions(caller_id=caller_id, expired_at=uow.now)
    uow.identity.open_session(
        session_digest=secret_digest(session),
        caller_id=caller_id,
        staff_id=staff.staff_id,
        expires_at=uow.now + SESSION_LASTS,
    )
    return SignedIn(session, uow.identity.staff_view(staff.staff_id))
