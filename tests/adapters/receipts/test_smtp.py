"""Receipts handed to a real mail server: taken, refused, not there; encrypted, signed in, and with nothing told."""

import email
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.receipts.smtp import LetterSender, MailServer, Security
from application.ports.receipts import Delivery, Letter
from domain.sales.receipt import receipt_of
from domain.sales.receipt_log import MailState
from domain.sales.receipt_words import ReceiptLanguage
from tests.domain.sales.receipts import SALE, SHOP

NOW = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)
LETTER = Letter(7, 1, "buyer@shop.example", "7.0a1b", receipt_of(SALE, letterhead=SHOP, language=ReceiptLanguage.ZH))
AS_PRINTED = Path(__file__).parents[2] / "domain" / "sales" / "printed" / "sale-zh-48.txt"


class Box:
    """Takes letters, with the reply that it was told to give."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.to = "250 OK"
        self.data = "250 Taken"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.to.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data.startswith("250"):
            self.letters.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return self.data


class OnFreePort(Controller):
    """Whatever port is free: it is known once the server listens."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def serving(box: Box, **options: Any) -> Iterator[int]:
    controller = OnFreePort(box, hostname="127.0.0.1", port=0, ready_timeout=30, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def server_at(port: int, security: Security = Security.NONE, **fields: str) -> MailServer:
    return MailServer("127.0.0.1", port, security, "Shop <receipts@shop.example>", **fields)


def test_a_letter_holds_the_receipt_as_text_and_as_a_page() -> None:
    box = Box()
    with serving(box) as port:
        sender = LetterSender(server_at(port))
        assert sender.send(LETTER, now=NOW) == Delivery(MailState.SENT, 250)
        assert sender.send(LETTER, now=NOW) == Delivery(MailState.SENT, 250)
    first, again = box.letters
    assert first["Subject"] == "购物小票 T1-000042"
    assert (first["To"], first["From"]) == ("buyer@shop.example", "Shop <receipts@shop.example>")
    assert first["Message-ID"] == again["Message-ID"] == "<receipt.7.0a1b@shop.example>"
    assert first.get_body(("plain",)).get_content().splitlines() == AS_PRINTED.read_text().splitlines()
    assert "<svg" in first.get_body(("html",)).get_content()


def test_what_the_server_says_decides_whether_it_is_tried_again() -> None:
    box = Box()
    with serving(box) as port:
        sender = LetterSender(server_at(port))
        for to, data, delivery in (
            ("550 No such user buyer@shop.example", "250 OK", Delivery(MailState.REFUSED, 550)),
            ("451 Greylisted", "250 OK", Delivery(MailState.WAITING, 451)),
            ("250 OK", "554 Looks like spam", Delivery(MailState.REFUSED, 554)),
            ("250 OK", "452 Full", Delivery(MailState.WAITING, 452)),
        ):
            box.to, box.data = to, data
            assert sender.send(LETTER, now=NOW) == delivery
    assert box.letters == []
    # Nobody is there any more.
    assert LetterSender(server_at(port)).send(LETTER, now=NOW) == Delivery(MailState.WAITING)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("smtp")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    import ipaddress

    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(pem)
    return folder / "cert.pem", folder / "key.pem"


def test_signs_in_only_over_an_encrypted_connection_to_the_right_server(certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    box = Box()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    seen: list[bytes] = []

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        seen.append(data.password)
        return AuthResult(success=data.password == b"secret", handled=False)

    options = {"tls_context": tls, "require_starttls": True, "auth_required": True, "authenticator": authenticate}
    with serving(box, **options) as port:
        known = lambda: ssl.create_default_context(cafile=str(cert))  # noqa: E731
        right = server_at(port, Security.STARTTLS, user="shop", password="secret")
        assert LetterSender(right, known).send(LETTER, now=NOW) == Delivery(MailState.SENT, 250)
        wrong = server_at(port, Security.STARTTLS, user="shop", password="guessed")
        assert LetterSender(wrong, known).send(LETTER, now=NOW) == Delivery(MailState.WAITING, 535)
        # A server that nobody vouches for is told nothing.
        assert LetterSender(right).send(LETTER, now=NOW) == Delivery(MailState.WAITING)
        assert set(seen) == {b"secret", b"guessed"}
        assert "secret" not in repr(right)
    assert len(box.letters) == 1


def test_a_server_without_encryption_is_not_signed_in_to() -> None:
    box = Box()
    with serving(box) as port:
        server = server_at(port, Security.STARTTLS, user="shop", password="secret")
        assert LetterSender(server).send(LETTER, now=NOW) == Delivery(MailState.WAITING)
        assert smtplib.SMTP("127.0.0.1", port).quit()[0] == 221
    assert box.letters == []
