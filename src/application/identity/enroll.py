"""Enrolment: a new terminal or service exchanges its one-time code for its own credential."""

from dataclasses import dataclass, field

from application.identity.views import CallerView
from application.ports.kernel import UnitOfWork
from domain.identity.enrolment import secret_digest
from domain.shared.errors import Forbidden


class EnrolmentRefused(Forbidden):
    en = "This enrolment code is unknown, was used before, or is older than 24 hours. Ask HQ for a new one."
    zh = "此注册码不存在、已被使用或已超过 24 小时。请向总部申请新的注册码。"


@dataclass(frozen=True, slots=True)
class Enroll:
    enrolment_code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Enrolled:
    credential: str = field(repr=False)
    caller: CallerView


def enroll(uow: UnitOfWork, command: Enroll) -> Enrolled:
    """Uses the code up and gives the credential, of which only a digest is stored.

    Over mutual TLS the credential works only with the client certificate that enrolled. An answer that got lost is not
    given again: revoke the terminal and create it once more.
    """
    credential = uow.secrets.new_token()
    caller_id = uow.identity.activate_caller(
        enrolment_digest=secret_digest(command.enrolment_code),
        credential_digest=secret_digest(credential),
        certificate_digest=uow.caller.certificate_digest or None,
        at=uow.now,
    )
    caller = None if caller_id is None else uow.identity.caller_view(caller_id)
    if caller is None:
        raise EnrolmentRefused("enrolment_code")
    return Enrolled(credential, caller)
