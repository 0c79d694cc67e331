"""Using up a second person's approval, as whatever needs one outside a sale does."""

from collections.abc import Mapping

from application.fields import optional_name
from application.ports.kernel import UnitOfWork
from domain.identity.approval import ApprovalUse, UnknownApproval, check_usable
from domain.identity.enrolment import secret_digest
from domain.identity.organisation import CallerKind


def use_approval(uow: UnitOfWork, token: str, store_id: int, *, amounts: Mapping[str, int], document_id: int) -> None:
    """Writes down that the document `document_id` used the approval of that token, which then serves nobody else.

    `amounts` are minor units per action that the approval must allow. Raises UnknownApproval, InvalidName and the
    refusals of `check_usable`, all for the field approval_token.
    """
    caller = uow.caller
    stored = uow.identity.lock_approval(secret_digest(optional_name(token, field="approval_token")))
    if stored is None:
        raise UnknownApproval("approval_token")
    check_usable(
        stored.approval,
        used=stored.used,
        store_id=store_id,
        sale_request_id=uow.request_id,
        amounts=amounts,
        seller_id=caller.staff_id,
        at_terminal=caller.kind is CallerKind.TERMINAL,
        at=uow.now,
        field="approval_token",
    )
    uow.add(ApprovalUse(stored.approval.approval_id, document_id, caller.caller_id, caller.staff_id, uow.now))
