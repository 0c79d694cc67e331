"""Authentication: from what a call carries to who calls and what they may do."""

from dataclasses import dataclass, field
from typing import Final

from application.identity.member_tokens import PREFIX
from application.ports.identity import StoredCaller, StoredSession
from application.ports.kernel import UnitOfWork
from domain.identity.enrolment import secret_digest
from domain.identity.limits import combined
from domain.identity.organisation import Caller, CallerKind, CallerStatus, ScopeKind
from domain.identity.permissions import OF_SUPPLIERS
from domain.shared.errors import Refusal

OF_MEMBERS: Final = frozenset({"membership.personal", "coupons.codes"})
"""What members see unmasked of their own."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a call carries; `certificate_digest` is the SHA-256 of the client certificate verified by its transport."""

    credential: str = field(repr=False)
    session: str = field(default="", repr=False)
    certificate_digest: bytes = b""
    language: str = "en"


class Unauthenticated(Refusal):
    """The call is nobody's. None of the five kinds of refusal: it is answered before any use case runs."""

    en = "Not authenticated."
    zh = "未通过身份验证。"


class CredentialMissing(Unauthenticated):
    en = "The call carries no credential. Enrol, then send metadata “authorization: Bearer <credential>”."
    zh = "调用未携带凭证。请先注册，再发送元数据“authorization: Bearer <credential>”。"


class CredentialRefused(Unauthenticated):
    en = "The credential is unknown, or was revoked. Ask HQ for a new enrolment code."
    zh = "凭证不存在或已被撤销。请向总部申请新的注册码。"


class CertificateRequired(Unauthenticated):
    en = "The credential works only with the client certificate that enrolled. Connect with that certificate."
    zh = "此凭证只能与注册时的客户端证书一起使用。请使用该证书连接。"


class TokenEnded(Unauthenticated):
    en = "This member's token is unknown or has ended. Ask the service that issued it for a new one."
    zh = "会员令牌不存在或已失效，请向签发该令牌的服务重新获取。"


class SessionEnded(Unauthenticated):
    en = "The session has ended or is not of this terminal. Leave it out and sign in again."
    zh = "会话已结束或不属于此终端。请去掉会话并重新登录。"


def authenticate(uow: UnitOfWork, credentials: Credentials) -> Caller:
    """The caller as of now, with the permissions of its role and of the signed-in cashier's, bounded by its scope.

    Raises Unauthenticated. A session that no longer holds refuses the call, rather than let it pass with less.
    """
    if not credentials.credential:
        raise CredentialMissing
    if credentials.credential.startswith(PREFIX):
        return _member(uow, credentials)
    session_digest = secret_digest(credentials.session) if credentials.session else b""
    stored = uow.identity.credential(
        credential_digest=secret_digest(credentials.credential), session_digest=session_digest
    )
    if stored is None or stored.status is not CallerStatus.ACTIVE:
        raise CredentialRefused
    if stored.certificate_digest is not None and stored.certificate_digest != credentials.certificate_digest:
        raise CertificateRequired
    if stored.kind is CallerKind.SUPPLIER:
        return _supplier(stored, credentials)
    uow.refresh()
    if credentials.session and not _holds(uow, stored):
        raise SessionEnded
    return _caller(uow, stored, credentials)


def _member(uow: UnitOfWork, credentials: Credentials) -> Caller:
    """A member, who is let to RPCs about themselves only, and sees of these what is theirs in the whole chain."""
    holder = uow.member_tokens.holder(secret_digest(credentials.credential))
    if holder is None or holder.expires_at <= uow.now:
        raise TokenEnded
    return Caller(
        caller_id=holder.caller_id,
        code=holder.caller_code,
        kind=CallerKind.SERVICE,
        store_id=None,
        staff_id=None,
        staff_code="",
        permissions=OF_MEMBERS,
        store_ids=None,
        language=credentials.language,
        certificate_digest=credentials.certificate_digest,
        member_number=holder.member_number,
    )


def _supplier(stored: StoredCaller, credentials: Credentials) -> Caller:
    """Somebody of a supplier: whatever the role says, it sees no store, and may do no more than suppliers may."""
    if not stored.supplier_id:
        raise CredentialRefused
    if credentials.session:
        raise SessionEnded
    return Caller(
        caller_id=stored.caller_id,
        code=stored.code,
        kind=CallerKind.SUPPLIER,
        store_id=None,
        staff_id=None,
        staff_code="",
        permissions=stored.permissions & OF_SUPPLIERS,
        store_ids=frozenset(),
        language=credentials.language,
        certificate_digest=credentials.certificate_digest,
        supplier_id=stored.supplier_id,
    )


def _holds(uow: UnitOfWork, stored: StoredCaller) -> bool:
    session: StoredSession | None = stored.session
    return (
        session is not None
        and session.ended_at is None
        and uow.now < session.expires_at
        and session.active
        and stored.store_id is not None
        and session.scope.holds(uow.chain.stores[stored.store_id])
    )


def _caller(uow: UnitOfWork, stored: StoredCaller, credentials: Credentials) -> Caller:
    session = stored.session
    roles = [(stored.permissions, stored.limits)]
    if session:
        roles.append((session.permissions, session.limits))
    return Caller(
        caller_id=stored.caller_id,
        code=stored.code,
        kind=stored.kind,
        store_id=stored.store_id,
        staff_id=session.staff_id if session else None,
        staff_code=session.staff_code if session else "",
        permissions=stored.permissions | (session.permissions if session else frozenset()),
        store_ids=stored.scope.store_ids(uow.chain.stores.values()),
        language=credentials.language,
        region_id=stored.scope.scope_id if stored.scope.kind is ScopeKind.REGION else None,
        certificate_digest=credentials.certificate_digest,
        limits=combined(roles),
    )
