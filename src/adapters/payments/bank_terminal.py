"""Payments by a bank's card terminals on the counters, semi-integrated: card data never leave the terminal.

We speak TCP to the gateway that the acquirer runs beside the terminals, a connection for each request. A message is a
frame: 4 bytes length of the rest (big-endian, at most 8,192), 32 bytes HMAC-SHA256, then a JSON object in UTF-8. The
HMAC is over one byte (`>` for what we ask, `<` for what is answered) and the JSON, under the key that was shared when
the gateway was paired. What is asked has `nonce` (32 hexadecimal digits), `at` (Unix time) and `ask`:

    authorise  key, amount_minor, currency, store, terminal, description     the customer's card is asked for
    capture    key, amount_minor                                            what was approved is taken
    void       key                                                          all of it is let go or given back
    refund     key, refund_key, amount_minor
    look_up    key

Every answer has the `nonce` of what was asked, `key`, `state` (pending, approved, captured, declined, voided, refunded,
unknown_key), `amount_minor`, `refunded_minor`, `currency`, `reference` (up to 12 characters: the acquirer's),
`approval_code` (up to 6), `reason`, `brand` and `last_four`. Whatever is sent twice under a key happens once; a key
that was voided before it arrived is never approved. While the customer is at it with the card, `authorise` is answered
"pending" within 15 seconds, and `look_up` tells how it went on. What a gateway has to keep to stands in
docs/PAYMENT_PROVIDERS.md.
"""

import hmac
import json
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from time import time
from typing import Any, Final

from adapters.payments.answers import doubting, hint, refuse_card_numbers
from application.ports.payments import (
    NoticeRefused,
    PaymentAsked,
    ProviderNotice,
    ProviderPayment,
    ProviderState,
    ProviderUnreachable,
)
from domain.sales.payment import PaymentFlow

CODE: Final = "bank_terminal"
FRAME_BYTES_MAX: Final = 8_192
MAC_BYTES: Final = 32
ASKED: Final = b">"
ANSWERED: Final = b"<"
REFERENCE_LENGTH_MAX: Final = 12
"""As long as field 37 of ISO 8583, and shorter than any card number."""
APPROVAL_CODE_LENGTH_MAX: Final = 6
REASON_LENGTH_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class TerminalGateway:
    """Where the gateway listens, the key it was paired with, and for how long an answer is waited for."""

    host: str
    port: int
    key: bytes
    timeout_seconds: float = 20.0


class BankTerminals:
    """The port for the bank's terminals; `authorise` answers APPROVED and holds the money until `capture`."""

    code = CODE
    flows = frozenset({PaymentFlow.CUSTOMER_SHOWS})

    def __init__(self, gateway: TerminalGateway) -> None:
        self._gateway = gateway

    def authorise(self, asked: PaymentAsked) -> ProviderPayment:
        """Asks for a card on the terminal of the till; `token` is not needed."""
        return self._ask(
            "authorise",
            key=asked.key,
            amount_minor=asked.amount_minor,
            currency=asked.currency,
            store=asked.store_code,
            terminal=asked.terminal_code,
            description=asked.description,
        )

    def capture(self, key: str, amount_minor: int) -> ProviderPayment:
        return self._ask("capture", key=key, amount_minor=amount_minor)

    def cancel(self, key: str) -> ProviderPayment:
        return self._ask("void", key=key)

    def refund(
        self, key: str, refund_key: str, amount_minor: int, *, refunded_before_minor: int = 0
    ) -> ProviderPayment:
        return self._ask("refund", key=key, refund_key=refund_key, amount_minor=amount_minor)

    def look_up(self, key: str) -> ProviderPayment:
        return self._ask("look_up", key=key)

    def notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> ProviderNotice:
        """A gateway sends none."""
        raise NoticeRefused("The bank's terminals send no messages.")

    def _ask(self, what: str, *, key: str, **fields: str | int) -> ProviderPayment:
        message = {"ask": what, "nonce": secrets.token_hex(16), "at": int(time()), "key": key, **fields}
        address = (self._gateway.host, self._gateway.port)
        with doubting(CODE):
            with socket.create_connection(address, timeout=self._gateway.timeout_seconds) as connection:
                send_frame(connection, message, key=self._gateway.key, way=ASKED)
                answer = receive_frame(connection, key=self._gateway.key, way=ANSWERED)
            if answer["nonce"] != message["nonce"] or answer["key"] != key:
                raise ProviderUnreachable(f"{CODE}: the answer is to another question")
            return _payment(answer)


def send_frame(connection: socket.socket, message: Mapping[str, object], *, key: bytes, way: bytes) -> None:
    """Sends one message in its frame; raises OSError when it cannot be sent, ValueError when it is too long."""
    body = json.dumps(message, ensure_ascii=False).encode()
    if MAC_BYTES + len(body) > FRAME_BYTES_MAX:
        raise ValueError("frame too long")
    connection.sendall((MAC_BYTES + len(body)).to_bytes(4) + hmac.digest(key, way + body, "sha256") + body)


def receive_frame(connection: socket.socket, *, key: bytes, way: bytes) -> dict[str, Any]:
    """The message in the next frame; raises OSError or ValueError: cut off, too long, not signed, no JSON object."""
    length = int.from_bytes(_receive(connection, 4))
    if not MAC_BYTES < length <= FRAME_BYTES_MAX:
        raise ValueError("frame too short or too long")
    frame = _receive(connection, length)
    mac, body = frame[:MAC_BYTES], frame[MAC_BYTES:]
    if not hmac.compare_digest(mac, hmac.digest(key, way + body, "sha256")):
        raise ValueError("frame not signed")
    message = json.loads(body)
    if not isinstance(message, dict):
        raise ValueError("no object")
    return message


def _receive(connection: socket.socket, length: int) -> bytes:
    parts = b""
    while len(parts) < length:
        part = connection.recv(length - len(parts))
        if not part:
            raise ConnectionError("cut off")
        parts += part
    return parts


def _payment(answer: dict[str, Any]) -> ProviderPayment:
    """What is told, without anything that could be a card number: the key is ours, all else is looked through."""
    told = {name: value for name, value in answer.items() if name not in {"key", "nonce"}}
    refuse_card_numbers(told, code=CODE)
    refuse_card_numbers(list(told), code=CODE)
    reference = str(told.get("reference", ""))
    approval_code = str(told.get("approval_code", ""))
    if len(reference) > REFERENCE_LENGTH_MAX or len(approval_code) > APPROVAL_CODE_LENGTH_MAX:
        raise ProviderUnreachable(f"{CODE}: the reference is too long")
    amount, refunded = told.get("amount_minor", 0), told.get("refunded_minor", 0)
    if type(amount) is not int or type(refunded) is not int or not 0 <= refunded <= amount:
        raise ProviderUnreachable(f"{CODE}: the answer has no amounts")
    return ProviderPayment(
        state=ProviderState(told["state"]),
        amount_minor=amount,
        refunded_minor=refunded,
        currency=str(told.get("currency", "")),
        # With a word between them: digits alone could add up to what looks like a card number.
        reference=f"{reference} auth {approval_code}" if approval_code else reference,
        reason=str(told.get("reason", ""))[:REASON_LENGTH_MAX],
        hint=hint(told.get("brand"), told.get("last_four")),
    )
