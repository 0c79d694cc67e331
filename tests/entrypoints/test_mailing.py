"""The mail server of the settings, and the job that hands it the receipts that wait."""

from collections.abc import Iterator

import pytest

from application.sales.receipt_mails import SendReceipt, send_receipt
from application.sales.receipts import GetReceipt, get_receipt
from domain.sales.receipt_log import MailState
from entrypoints.cli.database import opened as database
from entrypoints.cli.worker import _send_receipts
from entrypoints.mailing import NoMailServer, PlainMailRefused, letter_sender
from entrypoints.settings import Settings
from tests.adapters.receipts.test_smtp import Box, serving
from tests.world import Till, World, opened


@pytest.mark.parametrize("given", [{}, {"smtp_host": "127.0.0.1"}, {"smtp_sender": "receipts@shop.example"}])
def test_without_a_server_or_a_sender_nothing_is_sent(given: dict[str, str]) -> None:
    with pytest.raises(NoMailServer):
        letter_sender(Settings(**given))


def test_in_plain_text_letters_go_no_further_than_this_machine() -> None:
    given = {"smtp_sender": "receipts@shop.example", "smtp_security": "none"}
    with pytest.raises(PlainMailRefused):
        letter_sender(Settings(smtp_host="mail.shop.example", **given))
    letter_sender(Settings(smtp_host="127.0.0.1", **given))


@pytest.fixture
def world(sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    with opened(sqlite_chain, furnished=True) as made:
        yield made


def test_the_job_sends_what_waits_and_one_bad_address_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale = world.sell(Till().line("TEA").cash(10_000).command)
    for address in ("nobody@shop.example", "buyer@shop.example"):
        world.once(send_receipt, SendReceipt(sale.sale_id, address=address), world.s1)

    class Choosy(Box):
        async def handle_RCPT(self, server, session, envelope, address, options):  # type: ignore[no-untyped-def]  # noqa: N802
            self.to = "550 Nobody" if address.startswith("nobody") else "250 OK"
            return await super().handle_RCPT(server, session, envelope, address, options)

    box = Choosy()
    with serving(box) as port:
        monkeypatch.setenv("LIANSUO_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("LIANSUO_SMTP_PORT", str(port))
        monkeypatch.setenv("LIANSUO_SMTP_SECURITY", "none")
        monkeypatch.setenv("LIANSUO_SMTP_SENDER", "receipts@shop.example")
        with database(world.url) as chain:
            assert list(_send_receipts(chain)) == [0, 1]
            assert list(_send_receipts(chain)) == []
    [letter] = box.letters
    assert letter["To"] == "buyer@shop.example"
    assert "*** COPY 1 ***" in letter.get_body(("plain",)).get_content()
    found = world.ask(get_receipt, GetReceipt(sale.sale_id), world.s1)
    assert [(one.state, one.reply_code) for one in found.mails] == [(MailState.REFUSED, 550), (MailState.SENT, 250)]
    assert world.broken() == []
