"""A session at the till, with the server and without: what is printed is sold, once, at the price that was told."""

import re
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.basket import PermissionNeeded, UnknownBarcode, UnknownSku
from application.sales.stored_value import OfflineRedeemLimit
from domain.pricing.promotion import Benefit, BenefitKind, Gift, ItemSet, Promotion
from domain.sales.sale import TenderKind
from domain.sales.tenders import CardNumberRefused, TenderedTooLittle
from entrypoints.terminal import line as the_line
from entrypoints.terminal.cards import Cards
from entrypoints.terminal.line import Offline
from entrypoints.terminal.refusals import MemberNotKnownHere, OnlyWithConnection, SaleNotSettled
from entrypoints.terminal.session import DirectoryInUse, till_in
from entrypoints.terminal.till import Till
from liansuo.sales.v1 import sales_pb2 as pb2
from liansuo_client import Refused, Unreachable
from tests.entrypoints.terminal.shop import Shop, shop_in
from tests.world import MEMBER, World

TEN_OFF = Promotion("TEN", "10 % off tea", Benefit(BenefitKind.RATE, ItemSet(skus=("TEA",)), rate_bp=1_000))
RICE = "2112345015002"
"""1.5 kg."""


@pytest.fixture
def furnished_url(sqlite_chain: str) -> str:
    """One engine: no row of the server is concerned here that other tests do not write on both."""
    return sqlite_chain


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[Shop]:
    world.do(put_promotions, PutPromotions((TEN_OFF,)))
    with shop_in(world, tmp_path) as made:
        yield made


@pytest.fixture
def till(shop: Shop) -> Till:
    made = shop.till()
    made.keep_up()
    return made


@pytest.mark.capability("SAL-01")
@pytest.mark.capability("SAL-02")
def test_sells_by_the_server_while_it_answers(shop: Shop, till: Till):
    assert till.scan("6901234567892").total_minor == 9_000
    assert till.scan("MUG", quantity_milli=2_000).total_minor == 10_000
    assert till.scan(RICE).quantity_milli == 1_500
    member = till.identify(MEMBER)
    assert till.basket.member_key == member.member_number != MEMBER
    quote = till.total()
    assert (quote.total_minor, [one.code for one in quote.promotions if one.applied]) == (20_200, ["TEN"])
    assert till.tender(TenderKind.CARD, 10_000, reference="A1") == 10_200
    assert till.tender(TenderKind.CASH, 10_500) == 0
    sale = till.complete()
    assert (sale.change_minor, sale.member_number, sale.uploaded) == (300, member.member_number, False)
    assert shop.sales() == [("T1-000001", 20_200, 0)]
    [receipt] = shop.printed
    assert "10 % off tea" in receipt and "T1-000001" in receipt and MEMBER not in receipt
    assert (till.basket.lines, till.state().not_sent) == ([], 0)


@pytest.mark.capability("SAL-01")
def test_what_is_sold_without_connection_is_booked_as_it_was_printed(shop: Shop, till: Till):
    till.identify(MEMBER)
    till.without_member()
    port = shop.running.port
    shop.down()
    till.scan("TEA")
    till.identify(MEMBER)
    assert (till.total().total_minor, till.state().offline_since) == (9_000, shop.world.clock())
    till.tender(TenderKind.CASH, 10_000)
    sale = till.complete()
    assert (sale.total_minor, sale.change_minor, sale.receipt_number) == (9_000, 1_000, "T1-000001")
    assert (len(shop.printed), till.state().not_sent) == (1, 1)
    # The promotion ends before the sale comes in, a day late: it is booked as it was sold.
    shop.world.do(put_promotions, PutPromotions((replace(TEN_OFF, paused=True),)))
    shop.world.clock.advance(days=1)
    shop.up(port)
    assert till.keep_up() == 1
    assert (till.state().not_sent, till.state().offline_since) == (0, None)
    assert shop.sales() == [("T1-000001", 9_000, 1)]
    [(on, member, net, tax)] = shop.world.rows(
        "SELECT business_date, member_id IS NOT NULL, net_minor, tax_minor FROM sales"
    )
    assert (str(on), bool(member), net, tax) == ("2026-11-22", True, sale.net_minor, sale.tax_minor)


@pytest.mark.capability("SAL-01")
def test_a_sale_that_was_sold_but_not_answered_is_stored_once(shop: Shop, till: Till, monkeypatch: pytest.MonkeyPatch):
    till.scan("TEA")
    till.total()
    till.tender(TenderKind.CASH, 9_000)
    real = till.line.call

    def cut(method, request):
        answer = real(method, request)
        if request.DESCRIPTOR.name != "CheckoutRequest":
            return answer
        till.line.lost()
        raise Unreachable(None, reason="UNAVAILABLE", field="", message="cut", details={})

    monkeypatch.setattr(till.line, "call", cut)
    till.complete()
    monkeypatch.undo()
    assert (len(shop.printed), till.state().not_sent, len(shop.sales())) == (1, 1, 1)
    till.keep_up()
    assert (till.state().not_sent, shop.sales()) == (0, [("T1-000001", 9_000, 0)])


@pytest.mark.capability("SAL-01")
def test_a_crash_before_the_answer_sells_once(shop: Shop, till: Till, monkeypatch: pytest.MonkeyPatch):
    till.scan("TEA")
    till.total()
    till.tender(TenderKind.CASH, 9_000)
    monkeypatch.setattr(till.journal, "record", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        till.complete()
    again = shop.till()
    assert again.state().unsettled
    again.keep_up()
    again.finish_unsettled()
    assert (shop.sales(), len(shop.printed), again.state().unsettled) == ([("T1-000001", 9_000, 0)], 1, False)
    assert again.journal.next_sequence() == 2


@pytest.mark.capability("SAL-01")
def test_counts_a_basket_as_the_server_quotes_it(shop: Shop, till: Till):
    gift = Benefit(BenefitKind.GIFT, ItemSet(skus=("MUG",)), gifts=(Gift("WRAP", 1),))
    shop.world.do(put_promotions, PutPromotions((Promotion("WRAPPED", "Mugs come wrapped", gift),)))
    till.keep_up()
    till.identify(MEMBER)
    for code, quantity_milli in (("TEA", 3_000), ("6901234567892", 0), ("MUG", 1_000), (RICE, 0), ("RICE", 125)):
        till.scan(code, quantity_milli=quantity_milli)
    till.discount("damaged", amount_minor=100, number=3)
    till.discount("regular", rate_bp=333)
    here, there = till.counted(), till.total()
    assert [line.gift_promotion_code for line in here.lines][-1] == "WRAPPED"
    for told in (here, there):
        for line in told.lines:
            line.ClearField("points_earned")
    assert list(here.lines) == list(there.lines)
    for name in ("gross_minor", "discount_minor", "net_minor", "tax_minor", "total_minor", "currency", "price_version"):
        assert getattr(here, name) == getattr(there, name)
    assert [(one.code, one.discount_minor, one.explanation) for one in here.promotions] == [
        (one.code, one.discount_minor, one.explanation) for one in there.promotions
    ]


@pytest.mark.capability("SAL-01")
def test_parks_on_the_disk_and_resumes(shop: Shop, till: Till):
    till.scan("TEA")
    parked_id = till.park("blue jacket")
    till.scan("MUG")
    again = shop.till()
    [parked] = again.parked()
    assert (parked.parked_id, parked.label) == (parked_id, "blue jacket")
    again.scan("MUG", quantity_milli=2_000)
    again.resume(parked)
    assert [line.sku for line in again.basket.lines] == ["TEA"]
    [mug] = again.parked()
    assert [line.sku for line in again.resume(mug).basket.lines] == ["MUG"]


@pytest.mark.capability("SAL-01")
def test_says_no_before_anything_is_sold(shop: Shop, till: Till):
    for code, refusal in (("NONE", UnknownSku), ("6901234567885", UnknownBarcode)):
        with pytest.raises(refusal):
            till.scan(code)
    till.scan("TEA")
    till.tender(TenderKind.CASH, 8_000)
    with pytest.raises(TenderedTooLittle):
        till.complete()
    with pytest.raises(CardNumberRefused):
        till.tender(TenderKind.CARD, 1_000, reference="4111111111111111")
    with pytest.raises(Refused) as refused:
        till.coupon("NO-SUCH-COUPON")
    assert refused.value.field == "basket.coupon_codes[0]"
    assert (till.basket.coupon_codes, till.due_minor(), shop.sales(), shop.printed) == ([], 1_000, [], [])


@pytest.mark.capability("SAL-02")
def test_without_connection_takes_only_what_it_can_answer_for(shop: Shop, till: Till, monkeypatch: pytest.MonkeyPatch):
    till.identify(MEMBER)
    shop.down()
    monkeypatch.setattr(the_line, "PROBE_S", 0.2)
    assert till.keep_up() == 0
    till.scan("TEA", quantity_milli=100_000)
    with pytest.raises(Offline):
        till.coupon("ANY")
    with pytest.raises(MemberNotKnownHere):
        till.identify("13900139000")
    till.identify(MEMBER)
    with pytest.raises(OnlyWithConnection):
        till.tender(TenderKind.POINTS, points=100)
    with till.catalogue.reading() as held:
        limit = held.policies.offline_redeem_limit
    with pytest.raises(OfflineRedeemLimit):
        till.tender(TenderKind.STORED_VALUE, limit + 1)
    till.desk.know("permissions", "sales.checkout")
    with pytest.raises(PermissionNeeded):
        till.discount("damaged", rate_bp=500)
    assert till.tenders == []


@pytest.mark.capability("SAL-02")
def test_what_only_the_server_can_settle_waits_for_it(shop: Shop, till: Till):
    port = shop.running.port
    till.identify(MEMBER)
    till.scan("TEA")
    till.total()
    till.tender(TenderKind.POINTS, points=1)
    till.tender(TenderKind.CASH, 9_000)
    till.scan("TEA")
    assert till.tenders == []
    till.total()
    till.tender(TenderKind.POINTS, points=1)
    till.tender(TenderKind.CASH, 18_000)
    shop.down()
    with pytest.raises(SaleNotSettled):
        till.complete()
    shop.up(port)
    till.keep_up()
    # The member has no points: the server says so, and nothing is sold.
    with pytest.raises(Refused):
        till.finish_unsettled()
    assert (shop.sales(), till.state().unsettled, till.journal.next_sequence()) == ([], False, 1)


@pytest.mark.capability("SAL-01")
def test_goods_come_back_by_what_the_receipt_says(shop: Shop, till: Till):
    till.scan("TEA", quantity_milli=2_000)
    till.total()
    till.tender(TenderKind.CASH, 18_000)
    sold = till.complete()
    asked = pb2.FindReturnableRequest(receipt_number=sold.receipt_number, business_date=sold.business_date)
    [found] = till.find_returnable(asked)
    refund = pb2.RefundSaleRequest(
        request_id="11111111-1111-4111-8111-111111111111", sale_id=found.sale.sale_id, reason="wrong size"
    )
    refund.lines.add(line_number=1, quantity_milli=1_000)
    for _ in range(2):
        assert till.take_back(refund).total_minor == -9_000
    assert len(shop.sales()) == 2
    assert "RETURN\n" in shop.printed[-1]


@pytest.mark.capability("SAL-01")
def test_a_printer_that_is_not_there_stops_nobody(shop: Shop, till: Till, monkeypatch: pytest.MonkeyPatch):
    till.scan("MUG")
    till.tender(TenderKind.CASH, 5_000)
    with monkeypatch.context() as patched:
        patched.setattr(till, "print_out", lambda _: (_ for _ in ()).throw(OSError(19, "No such device")))
        till.complete()
        assert till.print_again() == 0
        assert till.state().paper == "No such device"
    assert (len(shop.sales()), list(till.basket.lines), shop.printed) == (1, [], [])
    assert till.print_again() == 1
    assert till.state().paper == ""
    assert till.print_again() == 1
    # Nobody knows whether any of the first two came out.
    assert re.findall(r"COPY \d", "".join(shop.printed)) == ["COPY 2", "COPY 2", "COPY 3", "COPY 3"]


def test_remembers_members_without_naming_them(tmp_path: Path, shop: Shop, till: Till):
    known = till.identify(MEMBER)
    files = b"".join(file.read_bytes() for file in tmp_path.glob("cards.db*"))
    assert MEMBER.encode() not in files and known.member_number.encode() in files
    cards = Cards(tmp_path / "cards.db")
    assert cards.recall(f" {MEMBER} ") == known
    # Who has not been here for a quarter is forgotten when the next one comes.
    cards.remember("other", replace(known, member_number="M2", seen_at=known.seen_at + timedelta(days=91)))
    assert cards.recall(MEMBER) is None
    cards.close()


def test_no_two_tills_work_in_one_directory(shop: Shop, till: Till):
    with (
        pytest.raises(DirectoryInUse),
        till_in(shop.directory, shop.client, now=till.now, print_out=print, language=""),
    ):
        pass


class Killed(BaseException):
    """The plug was pulled."""


STEPS = ("desk.pay", "line.call", "journal.record", "journal.sent", "desk.paid", "print_out", "journal.printed")


@pytest.mark.capability("SAL-01")
@pytest.mark.parametrize("online", [True, pytest.param(False, marks=pytest.mark.long)])
def test_whenever_the_plug_is_pulled_every_printed_receipt_is_stored_once(
    shop: Shop, till: Till, monkeypatch: pytest.MonkeyPatch, online: bool
):
    """Before and after each step of paying; the sale that nobody saw printed may be there or not, but once."""
    port = shop.running.port
    for step in STEPS:
        for after in (False, True):
            till.scan("MUG")
            till.total()
            till.tender(TenderKind.CASH, 5_000)
            if not online:
                till.line.lost()
            with monkeypatch.context() as patched:
                _pull(patched, till, step, after=after)
                with pytest.raises(Killed) if online or step not in {"line.call", "journal.sent"} else nullcontext():
                    till.complete()
            till = shop.till()
            if not online:
                till.line.lost()
            till.finish_unsettled()
            till.print_again()
            till.keep_up()
            till.finish_unsettled()
            assert (till.state().not_sent, till.state().unsettled, shop.running.port) == (0, False, port)
    numbers = [number for number, _, _ in shop.sales()]
    printed = {re.search(r"T1-\d{6}", receipt)[0] for receipt in shop.printed}
    # Fourteen customers paid; where the plug was pulled before anything was written down, nothing was sold.
    assert numbers == [f"T1-{number:06d}" for number in range(1, 14)]
    assert printed == set(numbers)
    originals = [receipt for receipt in shop.printed if "*** COPY 1 ***" not in receipt]
    assert len(originals) == len(set(originals))


def _pull(patched: pytest.MonkeyPatch, till: Till, step: str, *, after: bool) -> None:
    *path, name = step.split(".")
    part = till
    for one in path:
        part = getattr(part, one)
    real = getattr(part, name)

    def pulled(*given):
        if after:
            real(*given)
        raise Killed

    patched.setattr(part, name, pulled)
