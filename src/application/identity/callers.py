"""Terminals, services and accounts of suppliers: who may call, from their registration to the end of their right."""

from dataclasses import dataclass, field, replace
from typing import Final

from application.fields import required_code
from application.identity.bounds import CodeTaken, check_role_held, check_whole_chain, managed_scopes, role_to_grant
from application.identity.views import CallerView
from application.ports.kernel import UnitOfWork
from application.scope import UnknownStore
from domain.identity.enrolment import ENROLMENT_LASTS, CallerAccount, secret_digest
from domain.identity.organisation import WHOLE_CHAIN, CallerKind, CallerStatus, DeviceType, Role, Scope, ScopeKind
from domain.shared.errors import NotFound, Rejected

SUPPLIER_ROLE: Final = "supplier"
"""The built-in role of suppliers."""


class UnknownCaller(NotFound):
    en = "There is no terminal or service “{code}” in this caller's scope."
    zh = "当前调用方范围内没有终端或服务“{code}”。"


class AlreadyRevoked(Rejected):
    en = "The right of “{code}” to call has ended before."
    zh = "“{code}”的调用权此前已被撤销。"


class NoSuchSupplier(NotFound):
    en = "There is no supplier “{supplier_code}”. `liansuo supplier list` shows them."
    zh = "没有供应商“{supplier_code}”。可用 `liansuo supplier list` 查看。"


class DeviceTypeFixed(Rejected):
    en = "Terminal “{code}” has sold as {device_type}, and its sales say so. Give this device a code of its own."
    zh = "终端“{code}”的设备类型为 {device_type}，其销售记录已标明。请为此设备使用新的编号。"


@dataclass(frozen=True, slots=True)
class CreateTerminal:
    """`device_type` is FIXED where it is not told, or what the terminal with this code has been before."""

    code: str
    store_code: str
    role_code: str
    device_type: DeviceType | None = None


@dataclass(frozen=True, slots=True)
class TerminalCreated:
    caller: CallerView
    enrolment_code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CreateService:
    code: str
    role_code: str
    scope_kind: ScopeKind
    scope_code: str


@dataclass(frozen=True, slots=True)
class ServiceCreated:
    caller: CallerView
    enrolment_code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CreateSupplierAccount:
    """An account of a supplier; without a role it has that of all suppliers."""

    code: str
    supplier_code: str
    role_code: str = ""


@dataclass(frozen=True, slots=True)
class SupplierAccountCreated:
    caller: CallerView
    enrolment_code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RevokeCaller:
    code: str


@dataclass(frozen=True, slots=True)
class CallerRevoked:
    caller: CallerView


def create_terminal(uow: UnitOfWork, command: CreateTerminal) -> TerminalCreated:
    """Registers a terminal of a store in scope and gives the one-time code with which it enrols within 24 hours.

    A terminal that has not enrolled yet, or was revoked in this store, may be created again: it gets a new code, and
    what it had before no longer works. So a broken device is replaced, or one whose enrolment was never answered. It
    stays the kind of device that it was, because its sales name it: raises DeviceTypeFixed.
    """
    required_code(command.store_code, field="store_code")
    uow.bump("chain")
    store = uow.identity.stores([command.store_code]).get(command.store_code)
    if store is None or not uow.caller.sees(store.store_id):
        raise UnknownStore("store_code", store_code=command.store_code)
    caller, enrolment_code = _registered(
        uow,
        code=command.code,
        kind=CallerKind.TERMINAL,
        role_code=command.role_code,
        store_id=store.store_id,
        scope=Scope(ScopeKind.STORE, store.store_id),
        scope_code=store.code,
        device_type=command.device_type,
    )
    return TerminalCreated(caller, enrolment_code)


def create_service(uow: UnitOfWork, command: CreateService) -> ServiceCreated:
    """Registers a service account (a channel, an integration, HQ) bounded by a scope; its code is like a terminal's."""
    uow.bump("chain")
    scope = managed_scopes(uow, scope_kind=command.scope_kind, scope_code=command.scope_code)[0]
    caller, enrolment_code = _registered(
        uow,
        code=command.code,
        kind=CallerKind.SERVICE,
        role_code=command.role_code,
        store_id=None,
        scope=scope,
        scope_code=command.scope_code,
    )
    return ServiceCreated(caller, enrolment_code)


def create_supplier_account(uow: UnitOfWork, command: CreateSupplierAccount) -> SupplierAccountCreated:
    """Registers an account by which a supplier sees its own orders and goods; its code is like a terminal's.

    Only for who manages the whole chain. An account stays its supplier's: raises CodeTaken for another one, and
    NoSuchSupplier.
    """
    required_code(command.supplier_code, field="supplier_code")
    check_whole_chain(uow, field="supplier_code")
    uow.bump("chain")
    supplier = uow.suppliers.by_codes({command.supplier_code}).get(command.supplier_code)
    if supplier is None:
        raise NoSuchSupplier("supplier_code", supplier_code=command.supplier_code)
    before = uow.identity.account(command.code)
    if before is not None and before.supplier_id != supplier.supplier_id:
        raise CodeTaken("code", code=command.code)
    caller, enrolment_code = _registered(
        uow,
        code=command.code,
        kind=CallerKind.SUPPLIER,
        role_code=command.role_code or SUPPLIER_ROLE,
        store_id=None,
        # Of those who manage it: what it sees is its supplier's, in no store.
        scope=WHOLE_CHAIN,
        scope_code="",
        supplier_id=supplier.supplier_id,
    )
    return SupplierAccountCreated(replace(caller, supplier_code=supplier.code), enrolment_code)


def revoke_caller(uow: UnitOfWork, command: RevokeCaller) -> CallerRevoked:
    """Ends a terminal's or service's right to call and the sessions on it, unless it is created again."""
    uow.bump("chain")
    account = uow.identity.account(command.code)
    if account is None or not uow.caller.manages(account.scope):
        raise UnknownCaller("code", code=required_code(command.code, field="code"))
    if account.status is CallerStatus.REVOKED:
        raise AlreadyRevoked("code", code=account.code)
    uow.identity.revoke_caller(account.caller_id, at=uow.now)
    caller = uow.identity.caller_view(account.caller_id)
    assert caller is not None
    return CallerRevoked(caller)


def _registered(
    uow: UnitOfWork,
    *,
    code: str,
    kind: CallerKind,
    role_code: str,
    store_id: int | None,
    scope: Scope,
    scope_code: str,
    device_type: DeviceType | None = None,
    supplier_id: int | None = None,
) -> tuple[CallerView, str]:
    required_code(code, field="code")
    role = role_to_grant(uow, required_code(role_code, field="role_code"), field="role_code")
    before = uow.identity.account(code)
    if before is not None:
        _check_renewable(uow, before, kind, store_id)
        if device_type not in (None, before.device_type):
            raise DeviceTypeFixed("device_type", code=code, device_type=(before.device_type or "").upper())
        device_type = before.device_type
    elif kind is CallerKind.TERMINAL:
        device_type = device_type or DeviceType.FIXED
    enrolment_code = uow.secrets.new_token()
    account = CallerAccount(
        caller_id=uow.new_id() if before is None else before.caller_id,
        code=code,
        kind=kind,
        role_id=role.role_id,
        store_id=store_id,
        scope=scope,
        status=CallerStatus.PENDING,
        enrolment_digest=secret_digest(enrolment_code),
        enrolment_expires_at=uow.now + ENROLMENT_LASTS,
        created_at=uow.now,
        device_type=device_type,
        supplier_id=supplier_id,
    )
    uow.identity.put_account(account)
    return _view(account, role, scope_code), enrolment_code


def _check_renewable(uow: UnitOfWork, account: CallerAccount, kind: CallerKind, store_id: int | None) -> None:
    ended = account.status is CallerStatus.REVOKED and account.store_id == store_id
    if not (ended or account.status is CallerStatus.PENDING) or account.kind is not kind:
        raise CodeTaken("code", code=account.code)
    if not uow.caller.manages(account.scope):
        raise CodeTaken("code", code=account.code)
    check_role_held(uow, account.role_id, field="code")


def _view(account: CallerAccount, role: Role, scope_code: str) -> CallerView:
    return CallerView(
        code=account.code,
        kind=account.kind,
        role_code=role.code,
        store_code="" if account.store_id is None else scope_code,
        scope_kind=account.scope.kind,
        scope_code=scope_code,
        status=account.status,
        device_type=account.device_type,
    )
