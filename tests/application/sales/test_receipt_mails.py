"""Receipts by e-mail: asked for once, sent once in effect, tried again, and the address kept no longer than needed."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from application.check import run_checks
from application.membership.update_member import UpdateMember, update_member
from application.ports.receipts import Delivery, Letter
from application.sales.receipt_mails import (
    MAILS_MAX,
    FinishLetter,
    InvalidAddress,
    NoAddressKnown,
    ReceiptToSend,
    SendReceipt,
    TakeLetter,
    TooManyMails,
    checked_address,
    finish_letter,
    letters_due,
    send_receipt,
    take_letter,
)
from application.sales.receipts import GetReceipt, get_receipt
from application.sales.views import SaleView, UnknownSale
from domain.identity.organisation import SYSTEM
from domain.sales.receipt_log import MAIL_ATTEMPTS_MAX, MAIL_LEASE, MailState, ReceiptFormat
from tests.world import MEMBER, Till, World

ADDRESS = "buyer@shop.example"


@pytest.fixture
def sale(world: World) -> SaleView:
    return world.sell(Till().line("TEA").member().cash(10_000).command)


def send(world: World, sale: SaleView, address: str = ADDRESS, **asked: Any) -> ReceiptToSend:
    request_id, caller = asked.pop("request_id", ""), asked.pop("caller", None) or world.s1
    sent: ReceiptToSend = world.once(
        send_receipt, SendReceipt(sale.sale_id, address=address, **asked), caller, request_id
    )
    return sent


def take(world: World) -> Letter | None:
    letter: Letter | None = world.do(take_letter, TakeLetter())
    return letter


def finish(world: World, letter: Letter | None, outcome: MailState, reply_code: int = 250) -> MailState:
    assert letter is not None
    delivery = Delivery(outcome, reply_code)
    state: MailState = world.do(finish_letter, FinishLetter(letter.mail_id, letter.attempt, delivery))
    return state


def mails(world: World, sale: SaleView) -> list[tuple[int, MailState, int, int]]:
    found = world.ask(get_receipt, GetReceipt(sale.sale_id), world.s1)
    return [(one.print_number, one.state, one.attempts, one.reply_code) for one in found.mails]


@pytest.mark.capability("SAL-12")
def test_a_receipt_is_sent_once_however_often_it_is_asked_for(world: World, sale: SaleView) -> None:
    request_id = str(uuid4())
    asked = send(world, sale, request_id=request_id, language="zh")
    assert send(world, sale, request_id=request_id, language="zh") is None
    letter = take(world)
    assert letter is not None
    assert (letter.mail_id, letter.address, letter.attempt) == (asked.mail_id, ADDRESS, 1)
    assert letter.receipt.title == f"购物小票 {sale.receipt_number}"
    # Another worker finds nothing to do.
    assert take(world) is None
    assert ADDRESS not in repr(letter)
    assert finish(world, letter, MailState.SENT) is MailState.SENT
    assert not world.ask(letters_due, TakeLetter())
    assert mails(world, sale) == [(1, MailState.SENT, 1, 250)]
    [print_] = world.ask(get_receipt, GetReceipt(sale.sale_id), world.s1).prints
    assert (print_.number, print_.format) == (1, ReceiptFormat.EMAIL)
    # A later print is a copy of what was sent.
    assert send(world, sale).print_number == 2


def test_an_address_is_encrypted_while_it_waits_and_gone_afterwards(world: World, sale: SaleView) -> None:
    send(world, sale)
    [(waiting,)] = world.rows("SELECT address_cipher FROM receipt_mails")
    assert len(waiting) > len(ADDRESS) and ADDRESS.encode() not in bytes(waiting)
    for table in ("outbox", "requests", "receipt_mails", "receipt_prints"):
        assert ADDRESS not in repr(world.rows(f"SELECT * FROM {table}"))
    finish(world, take(world), MailState.SENT)
    [(kept,)] = world.rows("SELECT address_cipher FROM receipt_mails")
    assert bytes(kept) == b""


@pytest.mark.parametrize(("outcome", "code"), [(MailState.REFUSED, 550), (MailState.SENT, 250)])
def test_how_it_ended_is_told_and_announced(world: World, sale: SaleView, outcome: MailState, code: int) -> None:
    sent = send(world, sale)
    finish(world, take(world), outcome, code)
    assert mails(world, sale) == [(1, outcome, 1, code)]
    topics = "('ReceiptMailRequested', 'ReceiptMailFinished')"
    told = world.rows(f"SELECT topic, subject_id FROM outbox WHERE topic IN {topics} ORDER BY event_id")
    assert told == [("ReceiptMailRequested", sale.sale_id), ("ReceiptMailFinished", sale.sale_id)]
    assert sent.sale_id == sale.sale_id


def test_what_cannot_be_sent_now_is_tried_again_later_and_in_the_end_no_more(world: World, sale: SaleView) -> None:
    send(world, sale)
    pauses = []
    for attempt in range(1, MAIL_ATTEMPTS_MAX + 1):
        letter = take(world)
        assert letter is not None and letter.attempt == attempt
        state = finish(world, letter, MailState.WAITING, 451)
        if attempt == MAIL_ATTEMPTS_MAX:
            assert state is MailState.GIVEN_UP
            break
        minutes = 0
        while not world.ask(letters_due, TakeLetter()):
            world.clock.advance(minutes=1)
            minutes += 1
        pauses.append(minutes)
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert mails(world, sale) == [(1, MailState.GIVEN_UP, MAIL_ATTEMPTS_MAX, 451)]


def test_a_worker_that_was_killed_leaves_its_letter_to_another_under_the_same_mark(
    world: World, sale: SaleView
) -> None:
    send(world, sale)
    lost = take(world)
    world.clock.now += MAIL_LEASE - timedelta(seconds=1)
    assert take(world) is None
    world.clock.now += timedelta(seconds=1)
    again = take(world)
    assert lost is not None and again is not None
    assert (again.mark, again.attempt) == (lost.mark, 2)
    # The first one was only slow: that it could not send says nothing now, that it has sent does.
    assert finish(world, lost, MailState.REFUSED, 550) is MailState.WAITING
    assert finish(world, lost, MailState.SENT) is MailState.SENT
    assert finish(world, again, MailState.WAITING, 0) is MailState.SENT
    assert mails(world, sale) == [(1, MailState.SENT, 2, 250)]


def test_the_members_own_address_is_the_one_that_they_have_when_it_is_sent(world: World, sale: SaleView) -> None:
    with pytest.raises(NoAddressKnown):
        send(world, sale, "")
    assert (world.count("receipt_mails"), world.count("receipt_prints")) == (0, 0)
    world.do(update_member, UpdateMember(MEMBER, ("email",), email="old@member.example"))
    send(world, sale, "")
    world.do(update_member, UpdateMember(MEMBER, ("email",), email="new@member.example"))
    letter = take(world)
    assert letter is not None and letter.address == "new@member.example"
    finish(world, letter, MailState.SENT)
    send(world, sale, "")
    world.do(update_member, UpdateMember(MEMBER, ("email",)))
    assert take(world) is None
    assert mails(world, sale) == [(1, MailState.SENT, 1, 250), (2, MailState.REFUSED, 1, 0)]


def test_refuses_what_is_no_address(world: World, sale: SaleView) -> None:
    for wrong in ("buyer", "@shop.example", "a@b", "a b@shop.example", "a@shop..example", "a@b.c>,x@y.z", "茶@a.cn",
                  "a" * 65 + "@b.cn", "a@b.c@d.e"):  # fmt: skip
        with pytest.raises(InvalidAddress):
            checked_address(wrong)
    with pytest.raises(InvalidAddress):
        send(world, sale, "buyer")
    with pytest.raises(UnknownSale):
        send(world, sale, caller=world.s2)
    assert world.count("receipt_mails") == 0
    assert checked_address("  a.b+c@shop.example ") == "a.b+c@shop.example"


def test_nobody_is_flooded(world: World, sale: SaleView) -> None:
    for _ in range(MAILS_MAX):
        send(world, sale)
    with pytest.raises(TooManyMails):
        send(world, sale)
    assert world.count("receipt_prints") == MAILS_MAX


def test_a_letter_that_is_over_and_keeps_its_address_breaks_the_invariant(world: World, sale: SaleView) -> None:
    sent = send(world, sale)
    with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
        uow.execute(text("UPDATE receipt_mails SET state = 'sent'"))
        broken = {one.id: list(one.violations) for one in run_checks(uow) if one.violations}
    row = f"receipt_mails mail_id={sent.mail_id}"
    assert broken == {"SAL-receipts": [f"{row}: addresses kept 1, addresses wanted 0; finished 0, closed 1"]}
