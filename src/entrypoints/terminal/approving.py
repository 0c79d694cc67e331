"""What is sent under one request id until it is done: again when nobody answered, and with approvals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from entrypoints.terminal.asking import Next, Question
from entrypoints.terminal.dialog_words import said
from entrypoints.terminal.line import Line
from entrypoints.terminal.screen_words import amount_of
from liansuo.identity.v1 import identity_pb2
from liansuo.identity.v1.identity_pb2_grpc import IdentityServiceStub
from liansuo_client import CallFailed, Unreachable

APPROVABLE: Final = ("APPROVAL_NEEDED", "SECOND_PERSON_")
"""How the reasons begin for which a second person helps."""
STALE: Final = frozenset({"APPROVAL_EXPIRED", "APPROVAL_USED", "APPROVAL_FOR_OTHER"})
"""An approval that was given holds no more: another one is asked for."""
REASON_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Attempt:
    """`send` gets the approvals and gives what is to be told; `reason` is kept with them.

    The approvals are tokens of IdentityService.Approve for `request_id`, under which `send` sends.
    """

    line: Line
    language: str
    currency: str
    request_id: str
    reason: str
    send: Callable[[tuple[str, ...]], Next]

    def go(self, tokens: tuple[str, ...] = ()) -> Next:
        """Sends, and gives what came of it, or what has to be asked first; raises other refusals."""
        try:
            return self.send(tokens)
        except Unreachable as failed:
            # Nobody knows whether it was done. The same request does it once, however often it is sent.
            told = f"{failed.message}\n{said('perhaps_done', self.language)}"
            return Question(said("send_again", self.language), lambda _: self.go(tokens), told)
        except CallFailed as refused:
            if tokens and refused.reason in STALE:
                return self.go()
            if not refused.reason.startswith(APPROVABLE) or "action" not in refused.details:
                raise
            return self._who(refused, tokens)

    def _who(self, refused: CallFailed, tokens: tuple[str, ...]) -> Question:
        action, amount = refused.details["action"], refused.details.get("amount_minor")

        def ask_pin(staff_code: str, amount_minor: int) -> Question:
            return _pin(
                self.line,
                self.language,
                lambda token: self.go((*tokens, token)),
                identity_pb2.ApproveRequest(
                    action=action,
                    sale_request_id=self.request_id,
                    amount_minor=amount_minor,
                    reason=self.reason[:REASON_MAX],
                    staff_code=staff_code,
                ),
            )

        def take_code(staff_code: str) -> Question:
            if amount is not None:
                return ask_pin(staff_code, int(amount))
            # Whoever counts is not told by how much it differs; who approves sees it in the X report.
            return Question(
                said("approved_amount", self.language), lambda text: ask_pin(staff_code, amount_of(text, self.currency))
            )

        return Question(said("second_person", self.language), take_code, refused.message)


def ask_approval(
    line: Line,
    language: str,
    *,
    action: str,
    amount_minor: int,
    request_id: str,
    reason: str,
    told: str,
    then: Callable[[str], Next],
) -> Question:
    """Asks a second person for code and PIN, for this action and amount; `then` gets the token of the approval."""

    def take_code(staff_code: str) -> Question:
        return _pin(
            line,
            language,
            then,
            identity_pb2.ApproveRequest(
                action=action,
                sale_request_id=request_id,
                amount_minor=amount_minor,
                reason=reason[:REASON_MAX],
                staff_code=staff_code,
            ),
        )

    return Question(said("second_person", language), take_code, told)


def _pin(line: Line, language: str, then: Callable[[str], Next], asked: identity_pb2.ApproveRequest) -> Question:
    """The PIN is in the request for the moment of the call only."""

    def take(pin: str) -> Next:
        sent = identity_pb2.ApproveRequest(pin=pin)
        sent.MergeFrom(asked)
        return then(line.call(line.client.of(IdentityServiceStub).Approve, sent).approval_token)

    return Question(said("pin_of", language, code=asked.staff_code), take, secret=True)
