"""A supplier sees and answers what is theirs, and nothing of anybody else."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from application.check import INVARIANTS, examine
from application.identity.authenticate import CredentialRefused, Credentials, SessionEnded, authenticate
from application.identity.callers import (
    CreateSupplierAccount,
    RevokeCaller,
    create_supplier_account,
    revoke_caller,
)
from application.identity.enroll import Enroll, enroll
from application.identity.queries import ListCallers, list_callers
from application.identity.settings import PutSetting, put_setting
from application.purchasing.advance_purchase_order import (
    ChangePurchaseOrder,
    ConfirmedLine,
    change_purchase_order,
)
from application.purchasing.delivery_notices import (
    AnnounceDelivery,
    AnnouncedLine,
    ListDeliveryNotices,
    announce_delivery,
    list_delivery_notices,
)
from application.purchasing.own_orders import (
    ConfirmMyOrder,
    GetMyOrder,
    ListMyOrders,
    confirm_my_order,
    get_my_order,
    list_my_orders,
)
from application.purchasing.own_stock import ListMySupplierStock, list_my_supplier_stock
from application.purchasing.purchase_order_queries import GetPurchaseOrder, get_purchase_order
from application.purchasing.purchase_views import PurchaseLineEntry
from application.purchasing.receive_purchase import ReceivedLine, ReceivePurchase, receive_purchase
from domain.identity.organisation import SYSTEM, Caller, CallerKind, ScopeKind
from domain.identity.permissions import OF_SUPPLIERS
from domain.purchasing.delivery_notice import NoticeState
from domain.purchasing.purchase_order import PurchaseStep
from domain.shared.errors import Refusal
from tests.application.purchasing.supplied import ordered, received, step, with_suppliers
from tests.world import Till, World


@pytest.fixture
def supplied(world: World) -> World:
    return with_suppliers(world)


def credential_of(world: World, code: str, supplier: str, role: str = "") -> str:
    created = world.do(create_supplier_account, CreateSupplierAccount(code, supplier, role))
    credential: str = world.do(enroll, Enroll(created.enrolment_code)).credential
    return credential


def signed_in(world: World, credential: str, session: str = "") -> Caller:
    with world.units.read(caller=SYSTEM, now=world.clock()) as uow:
        return authenticate(uow, Credentials(credential, session))


def account(world: World, supplier: str = "MILL") -> Caller:
    return signed_in(world, credential_of(world, f"{supplier}-1", supplier))


def refused(world: World, use_case: Any, command: Any, caller: Caller = SYSTEM) -> tuple[str, str]:
    with pytest.raises(Refusal) as refusal:
        world.do(use_case, command, caller)
    return refusal.value.reason, refusal.value.field


def announced(world: World, caller: Caller, order_id: int, units: int = 20, reference: str = "DN-7", **how: Any) -> Any:
    lines = (AnnouncedLine(1, units * 1_000),) if units else ()
    return world.do(announce_delivery, AnnounceDelivery(order_id, reference, lines, **how), caller)


@pytest.mark.capability("PUR-04")
def test_an_account_is_its_suppliers_and_sees_no_store(supplied: World) -> None:
    mill = account(supplied)
    assert (mill.kind, mill.store_ids, mill.supplier_id > 0) == (CallerKind.SUPPLIER, frozenset(), True)
    assert mill.permissions == OF_SUPPLIERS
    [shown] = [one for one in supplied.ask(list_callers, ListCallers()).callers if one.code == "MILL-1"]
    assert (shown.kind, shown.supplier_code, shown.role_code) == (CallerKind.SUPPLIER, "MILL", "supplier")
    # Whatever its role says, it is let to what suppliers are.
    assert signed_in(supplied, credential_of(supplied, "MILL-2", "MILL", "admin")).permissions == frozenset()
    credential = credential_of(supplied, "MILL-3", "MILL")
    with pytest.raises(SessionEnded):
        signed_in(supplied, credential, session="made up")
    supplied.do(revoke_caller, RevokeCaller("MILL-3"))
    with pytest.raises(CredentialRefused):
        signed_in(supplied, credential)


def test_an_account_stays_its_suppliers_and_is_made_for_the_whole_chain(supplied: World) -> None:
    account(supplied)
    supplied.do(revoke_caller, RevokeCaller("MILL-1"))
    for command, reason, field in (
        (CreateSupplierAccount("MILL-1", "FARM"), "CODE_TAKEN", "code"),
        (CreateSupplierAccount("T1", "FARM"), "CODE_TAKEN", "code"),
        (CreateSupplierAccount("NEW", "NONE"), "NO_SUCH_SUPPLIER", "supplier_code"),
        (CreateSupplierAccount("NEW", ""), "MISSING", "supplier_code"),
        (CreateSupplierAccount("NEW", "MILL", "none"), "UNKNOWN_ROLE", "role_code"),
    ):
        assert refused(supplied, create_supplier_account, command) == (reason, field)
    store = supplied.terminal("T1", "identity.manage", *OF_SUPPLIERS)
    assert refused(supplied, create_supplier_account, CreateSupplierAccount("NEW", "MILL"), store)[0] == (
        "BEYOND_OWN_SCOPE"
    )
    renewed = supplied.do(create_supplier_account, CreateSupplierAccount("MILL-1", "MILL"))
    assert renewed.caller.supplier_code == "MILL"


@pytest.mark.capability("PUR-04")
def test_a_supplier_sees_the_stock_of_its_own_goods_only(supplied: World) -> None:
    supplied.sell(Till().line("TEA", 3).line("MUG", 2).cash(1_000_000).command)
    farm = account(supplied, "FARM")

    def stock(caller: Caller, **asked: Any) -> list[tuple[str, str, int, bool, int]]:
        found = supplied.ask(list_my_supplier_stock, ListMySupplierStock(**asked), caller).stock
        return [(one.sku, one.store_code, one.on_hand_milli, one.sold_told, one.sold_milli) for one in found]

    assert stock(farm) == [("TEA", "S1", 97_000, False, 0), ("TEA", "S2", 100_000, False, 0)]
    assert stock(farm, sku="MUG") == []
    supplied.do(put_setting, PutSetting("supplier_stock_shared", ScopeKind.STORE, "S1", "on_hand_and_sold"))
    supplied.do(put_setting, PutSetting("supplier_stock_shared", ScopeKind.STORE, "S2", "nothing"))
    assert stock(farm) == [("TEA", "S1", 97_000, True, 3_000)]
    mill = account(supplied)
    assert stock(mill) == [("TEA", "S1", 97_000, True, 3_000), ("MUG", "S1", 98_000, True, 2_000)]
    supplied.clock.advance(days=30)
    assert stock(mill, sku="MUG") == [("MUG", "S1", 98_000, True, 0)]
    assert stock(mill, sku="MUG", sold_days=40) == [("MUG", "S1", 98_000, True, 2_000)]
    supplied.set("supplier_stock_shared", "nothing")
    supplied.do(put_setting, PutSetting("supplier_stock_shared", ScopeKind.STORE, "S1", ""))
    assert stock(mill) == []


def test_stock_is_told_page_by_page(supplied: World) -> None:
    mill = account(supplied)
    seen: list[tuple[str, str]] = []
    token = ""
    for _ in range(4):
        asked = ListMySupplierStock(page_size=1, page_token=token)
        page = supplied.ask(list_my_supplier_stock, asked, mill)
        seen += [(one.sku, one.store_code) for one in page.stock]
        token = page.next_page_token
    assert (seen, token) == ([("TEA", "S1"), ("TEA", "S2"), ("MUG", "S1"), ("MUG", "S2")], "")


@pytest.mark.capability("PUR-04")
def test_a_supplier_sees_the_orders_that_they_were_sent(supplied: World) -> None:
    mill, farm = account(supplied), account(supplied, "FARM")
    [order_id] = ordered(supplied)
    [unsent] = ordered(supplied, send=False)
    [shown] = supplied.ask(list_my_orders, ListMyOrders(), mill).orders
    assert (shown.order_id, shown.store_code, shown.state, shown.version) == (order_id, "S1", "sent", 1)
    assert supplied.ask(list_my_orders, ListMyOrders(), farm).orders == []
    for caller, number in ((farm, order_id), (mill, unsent), (mill, 7)):
        for use_case, command in (
            (get_my_order, GetMyOrder(number)),
            (confirm_my_order, ConfirmMyOrder(number, 1)),
            (announce_delivery, AnnounceDelivery(number, "DN-7", (AnnouncedLine(1, 1_000),))),
        ):
            assert refused(supplied, use_case, command, caller) == ("UNKNOWN_OWN_ORDER", "order_id")
    [line] = supplied.ask(get_my_order, GetMyOrder(order_id), mill).lines
    assert (line.sku, line.supplier_sku, line.quantity_milli, line.price_minor, line.net_minor) == (
        "TEA", "M-TEA", 20_000, 800, 16_000,
    )  # fmt: skip
    received(supplied, order_id, 20)
    assert supplied.ask(list_my_orders, ListMyOrders(open_only=True), mill).orders == []
    # The chain's own staff are no supplier, whatever they may do.
    assert refused(supplied, list_my_orders, ListMyOrders())[0] == "SUPPLIERS_ONLY"


@pytest.mark.capability("PUR-04")
def test_what_a_supplier_confirms_otherwise_waits_for_the_buyer(supplied: World) -> None:
    mill = account(supplied)
    [order_id] = ordered(supplied, units=100)
    less = ConfirmMyOrder(order_id, 1, (ConfirmedLine(1, 90_000, 790, 1_000),), "2026-11-27", "No more")
    promised = supplied.do(confirm_my_order, less, mill)
    assert (promised.awaits_buyer, promised.version, promised.expected_date, promised.promised_date) == (
        True, 1, "2026-11-25", "2026-11-27",
    )  # fmt: skip
    [line] = promised.lines
    assert (line.quantity_milli, line.promised_milli, line.promised_price_minor) == (100_000, 90_000, 790)
    order = supplied.ask(get_purchase_order, GetPurchaseOrder(order_id))
    assert (order.awaiting, order.version, order.timeline[-1].by) == ("acceptance", 1, "MILL-1")
    step(supplied, order_id, PurchaseStep.ACCEPT)
    now = supplied.ask(get_my_order, GetMyOrder(order_id), mill)
    assert (now.state, now.version, now.awaits_buyer, now.lines[0].quantity_milli) == ("confirmed", 2, False, 90_000)
    assert refused(supplied, confirm_my_order, less, mill) == ("ANOTHER_VERSION", "version")
    assert supplied.broken() == []


def test_a_supplier_is_not_told_what_the_buyer_has_not_sent(supplied: World) -> None:
    mill = account(supplied)
    [order_id] = ordered(supplied)
    more = PurchaseLineEntry("TEA", 40_000, 1)
    supplied.do(change_purchase_order, ChangePurchaseOrder(order_id, 1, (more,)))
    shown = supplied.ask(get_my_order, GetMyOrder(order_id), mill)
    assert (shown.version, shown.lines[0].quantity_milli, shown.lines[0].promised_milli) == (1, 20_000, 0)
    # What they were sent is not in force any more: they wait for the new version.
    assert refused(supplied, confirm_my_order, ConfirmMyOrder(order_id, 1), mill)[0] == "PURCHASE_ORDER_NOT_THERE"
    step(supplied, order_id, PurchaseStep.SEND)
    confirmed = supplied.do(confirm_my_order, ConfirmMyOrder(order_id, 2), mill)
    assert (confirmed.state, confirmed.lines[0].quantity_milli) == ("confirmed", 40_000)


@pytest.mark.capability("PUR-04")
def test_receiving_takes_what_was_announced(supplied: World) -> None:
    mill = account(supplied)
    [order_id] = ordered(supplied)
    notice = announced(supplied, mill, order_id, 15, carrier="SF Express", tracking="SF1", expected_date="2026-11-24")
    assert (notice.state, notice.dispatched_date, notice.expected_date) == ("announced", "2026-11-22", "2026-11-24")
    [shown] = supplied.ask(list_delivery_notices, ListDeliveryNotices(open_only=True)).notices
    assert shown == notice
    assert supplied.ask(list_delivery_notices, ListDeliveryNotices(), supplied.terminal("T2")).notices == []
    before = supplied.level("TEA")[0]
    came = supplied.do(receive_purchase, ReceivePurchase(order_id, (), notice_id=notice.notice_id))
    assert (came.goods_minor, came.order.receipts[0].delivery_note, supplied.level("TEA")[0] - before) == (
        12_000, "DN-7", 15_000,
    )  # fmt: skip
    [over] = supplied.ask(get_my_order, GetMyOrder(order_id), mill).notices
    assert (over.state, over.receipt_id) == (NoticeState.RECEIVED, came.receipt_id)
    # It comes once; the next one is counted by hand, and its own number stays.
    again = ReceivePurchase(order_id, (), notice_id=notice.notice_id)
    assert refused(supplied, receive_purchase, again) == ("NOTICE_OVER", "notice_id")
    second = announced(supplied, mill, order_id, 5, "DN-8")
    found = (ReceivedLine(1, 4_000, 1_000, reject_reason="Broken"),)
    counted = ReceivePurchase(order_id, found, "DN-8 (4)", notice_id=second.notice_id)
    assert supplied.do(receive_purchase, counted).order.receipts[1].delivery_note == "DN-8 (4)"
    assert supplied.ask(list_delivery_notices, ListDeliveryNotices(order_id, open_only=True)).notices == []
    assert supplied.broken() == []


def test_a_later_notice_takes_the_place_of_an_earlier_one(supplied: World) -> None:
    mill = account(supplied)
    [order_id] = ordered(supplied)
    first = announced(supplied, mill, order_id, 20)
    more = AnnounceDelivery(order_id, "DN-8", (AnnouncedLine(1, 1_000),))
    assert refused(supplied, announce_delivery, more, mill) == (
        "ANNOUNCED_TOO_MUCH", "lines[0].quantity_milli",
    )  # fmt: skip
    announced(supplied, mill, order_id, 12)
    announced(supplied, mill, order_id, 8, "DN-8")
    taken_back = announced(supplied, mill, order_id, 0, "DN-8")
    assert taken_back.state is NoticeState.WITHDRAWN
    notices = supplied.ask(get_my_order, GetMyOrder(order_id), mill).notices
    assert [(one.reference, one.state, one.lines[0].quantity_milli) for one in notices] == [
        ("DN-7", "withdrawn", 20_000), ("DN-7", "announced", 12_000), ("DN-8", "withdrawn", 8_000),
    ]  # fmt: skip
    assert refused(supplied, receive_purchase, ReceivePurchase(order_id, (), notice_id=first.notice_id)) == (
        "UNKNOWN_NOTICE", "notice_id",
    )  # fmt: skip
    assert refused(supplied, announce_delivery, AnnounceDelivery(order_id, "DN-8"), mill) == (
        "UNKNOWN_NOTICE", "reference",
    )  # fmt: skip
    assert supplied.broken() == []


def test_refuses_what_cannot_be_announced_and_writes_nothing(supplied: World) -> None:
    mill = account(supplied)
    [order_id] = ordered(supplied)
    [over] = ordered(supplied)
    step(supplied, over, PurchaseStep.CANCEL)
    tea = AnnouncedLine(1, 1_000)
    command = AnnounceDelivery(order_id, "DN-7", (tea,))
    for changes, reason, field in (
        ({"reference": ""}, "MISSING", "reference"),
        ({"lines": (AnnouncedLine(1, 0),)}, "OUT_OF_RANGE", "lines[0].quantity_milli"),
        ({"lines": (AnnouncedLine(1, 500),)}, "QUANTITY_TOO_FINE", "lines[0].quantity_milli"),
        ({"lines": (AnnouncedLine(2, 1_000),)}, "UNKNOWN_PURCHASE_LINE", "lines[0].line_number"),
        ({"lines": (tea, tea)}, "NAMED_TWICE", "lines[1].line_number"),
        ({"lines": (AnnouncedLine(1, 1_000, expiry_date="soon"),)}, "INVALID_DATE", "lines[0].expiry_date"),
        ({"lines": (AnnouncedLine(1, 21_000),)}, "ANNOUNCED_TOO_MUCH", "lines[0].quantity_milli"),
        ({"dispatched_date": "2026-11-24", "expected_date": "2026-11-23"}, "ARRIVES_BEFORE_IT_LEAVES",
         "expected_date"),
        ({"order_id": over}, "NOTHING_TO_DELIVER", "order_id"),
    ):  # fmt: skip
        assert refused(supplied, announce_delivery, replace(command, **changes), mill) == (reason, field)
    assert supplied.count("delivery_notices") == 0


def test_two_at_once_announce_no_more_than_was_ordered(supplied: World) -> None:
    mill = account(supplied)
    [order_id] = ordered(supplied)

    def announce(reference: str) -> bool:
        try:
            announced(supplied, mill, order_id, 15, reference)
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(announce, ("DN-7", "DN-8"))) == [False, True]
    assert supplied.count("delivery_notices") == 1
    assert supplied.broken() == []


def test_the_check_finds_what_was_tampered_with(supplied: World) -> None:
    mill = account(supplied)
    [order_id] = ordered(supplied)
    notice = announced(supplied, mill, order_id)
    supplied.do(receive_purchase, ReceivePurchase(order_id, (), notice_id=notice.notice_id))
    [invariant] = [one for one in INVARIANTS if one.id == "PUR-notices"]
    for tampering in (
        "UPDATE delivery_notices SET state = 'announced'",
        "UPDATE delivery_notices SET receipt_id = 7",
        "UPDATE delivery_notices SET store_id = 7",
        "DELETE FROM delivery_notice_lines",
    ):
        with supplied.units.begin(caller=SYSTEM, now=supplied.clock()) as uow:
            uow.execute(text(tampering))
            uow.refresh()
            assert (tampering, examine(uow, invariant).violated) == (tampering, 1)
