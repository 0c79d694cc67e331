"""Kuaidi100 by the letter of its documentation: what is sent, how it is signed, and what is believed of what comes."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from adapters.carriers.kuaidi100 import (
    Kuaidi100Account,
    Kuaidi100Carrier,
    push_signature,
    request_signature,
)
from application.ports.carriers import CarrierRefused, CarrierUnreachable, Waybill, WaybillAsked
from application.ports.payments import NoticeRefused
from domain.logistics.address import DeliveryAddress
from domain.logistics.shipment import Parcel
from tests.adapters.carriers.kuaidi100_server import CANCEL, KEY, ORDER, SALT, SECRET, Kuaidi100, push, told

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
ASKED = WaybillAsked(
    key="S7",
    carrier="shunfeng",
    service="标准快递",
    sender=DeliveryAddress("Store S1", "0755-12345678", "", "深圳市福田路 1 号"),
    recipient=DeliveryAddress("王小明", "13800138000", "广东省深圳市南山区", "科技南十二路 2 号"),
    parcels=(Parcel(1_500), Parcel(250)),
)


@pytest.fixture
def there():
    with Kuaidi100() as served:
        yield served


def carrier(there, **changes):
    account = Kuaidi100Account(
        KEY, SECRET, SALT, "https://shop.example/webhooks/kuaidi100", there.url + ORDER, there.url + CANCEL, 5.0
    )
    partner = {"partnerId": "7551234567", "partnerKey": "xyz", "unknown": "x"}
    return Kuaidi100Carrier("shunfeng", replace(account, **changes), partner, milliseconds=lambda: 1_576_123_932_000)


def test_signs_as_documented():
    # MD5 of the four, one after the other, reckoned by md5sum.
    assert request_signature('{"com":"ems"}', "1576123932000", "key", "secret") == "96B2F3AA4E9456CB9812BC621A5CAD7C"
    assert push_signature('{"status":"polling"}', "salt") == "E3A53447F84B9D616FB644F645B4F524"


def test_orders_a_waybill_with_its_label_and_asks_to_be_told(there):
    assert carrier(there).book(ASKED) == Waybill("SF0000000001", "https://api.kuaidi100.com/label/get/1.png")
    order = there.orders["S7"]
    assert {name: order[name] for name in order if name not in ("recMan", "sendMan", "salt")} == {
        "printType": "IMAGE",
        "partnerId": "7551234567",
        "partnerKey": "xyz",
        "kuaidicom": "shunfeng",
        "orderId": "S7",
        "reorder": False,
        "payType": "MONTHLY",
        "expType": "标准快递",
        "weight": "1.750",
        "count": 2,
        "needSubscribe": True,
        "pollCallBackUrl": "https://shop.example/webhooks/kuaidi100",
        "resultv2": "4",
        "kuaidinum": "SF0000000001",
    }
    assert order["recMan"] == {
        "name": "王小明", "mobile": "13800138000", "printAddr": "广东省深圳市南山区科技南十二路 2 号",
    }  # fmt: skip
    assert order["salt"] == SALT


def test_the_same_key_is_the_same_waybill(there):
    one = carrier(there)
    assert one.book(ASKED) == one.book(ASKED)
    assert len(there.orders) == 1


def test_a_wrong_secret_is_refused_by_the_other_side(there):
    with pytest.raises(CarrierRefused, match="30002 验证签名失败"):
        carrier(there, secret="another").book(ASKED)
    assert there.orders == {}


def test_a_refusal_tells_why_without_anybodys_number(there):
    nobody = replace(ASKED, recipient=replace(ASKED.recipient, phone=""))
    with pytest.raises(CarrierRefused) as refused:
        carrier(there).book(nobody)
    assert str(refused.value) == "30001 收件人手机号 * 不合法"


def test_takes_a_waybill_back(there):
    one = carrier(there)
    number = one.book(ASKED).number
    one.cancel("S7", number)
    assert there.cancelled == [number]
    with pytest.raises(CarrierRefused, match="500 单号不存在"):
        one.cancel("S7", "SF9")


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, b"<html>"),
        (200, b"[]"),
        (502, b"{}"),
        (200, b'{"code":200}'),
        (200, b'{"code":200,"data":{"kuaidinum":""}}'),
        (200, b'{"code":200,"data":{"kuaidinum":7}}'),
    ],
)
def test_an_answer_that_says_nothing_leaves_it_open(there, status, answer):
    there.status, there.answer = status, answer
    with pytest.raises(CarrierUnreachable) as unreachable:
        carrier(there).book(ASKED)
    assert "王小明" not in repr(unreachable.value)


def test_nobody_there_leaves_it_open(there):
    with pytest.raises(CarrierUnreachable, match="kuaidi100: ConnectionRefusedError"):
        carrier(there, label_url="http://127.0.0.1:9/").book(ASKED)


def test_reads_what_is_pushed_by_its_advanced_states(there):
    body = push(
        "SF1",
        [
            told("2026-11-23 12:00:00", "301", "已签收,签收人：王小明"),
            told("2026-11-23 09:00:00", "5", "派件员张三 13900139000"),
            told("2026-11-22 20:00:00", "202", "72 小时未更新"),
            told("2026-11-22 18:00:00", "1002", "干线"),
            told("2026-11-22 15:00:00", "103", "已揽收"),
            told("2026-11-22 14:00:00", "101", "已下单"),
            told("no time", "0"),
        ],
    )
    notice = carrier(there).notice({}, body, at=NOON)
    assert notice.waybill_number == "SF1"
    assert [(one.kind.value, one.occurred_at.astimezone(UTC).isoformat()) for one in notice.events] == [
        ("signed", "2026-11-23T04:00:00+00:00"),
        ("out_for_delivery", "2026-11-23T01:00:00+00:00"),
        ("in_transit", "2026-11-22T10:00:00+00:00"),
        ("picked_up", "2026-11-22T07:00:00+00:00"),
    ]
    assert [one.place for one in notice.events] == ["广东,深圳市"] * 4
    assert "王小明" not in repr(notice)
    assert "13900139000" not in repr(notice)
    again = carrier(there).notice({}, body, at=NOON)
    assert [one.event_key for one in again.events] == [one.event_key for one in notice.events]
    assert len({one.event_key for one in notice.events}) == 4


@pytest.mark.parametrize(
    ("code", "kind"), [("203", "refused"), ("14", "refused"), ("6", "returning"), ("4", "returned"), ("209", "damaged")]
)
def test_knows_what_went_wrong(there, code, kind):
    [event] = carrier(there).notice({}, push("SF1", [told("2026-11-23 12:00:00", code)]), at=NOON).events
    assert event.kind.value == kind


def test_believes_nothing_that_is_not_signed_with_the_salt(there):
    one, events = carrier(there), [told("2026-11-23 12:00:00", "301")]
    good = push("SF1", events)
    assert one.notice({}, good, at=NOON).waybill_number == "SF1"
    for bad in (
        push("SF1", events, salt="another salt that is as long"),
        good.replace(b"SF1", b"SF2"),
        good + b"&param=%7B%7D",
        good.partition(b"&sign")[0],
        b"",
        b"\xff\xfe",
        b"sign=&param=",
    ):
        with pytest.raises(NoticeRefused):
            one.notice({}, bad, at=NOON)


def test_a_signature_in_small_letters_is_one_too(there):
    body = push("SF1", [])
    head, _, sign = body.partition(b"&sign=")
    assert carrier(there).notice({}, head + b"&sign=" + sign.lower(), at=NOON).events == []


def test_a_signed_message_without_a_result_is_refused(there):
    for param in ("[]", "{}", '{"lastResult":[]}', '{"lastResult":{"data":{}}}', "nothing"):
        body = urlencode({"param": param, "sign": push_signature(param, SALT)}).encode()
        with pytest.raises(NoticeRefused):
            carrier(there).notice({}, body, at=NOON)


def test_shows_no_secret():
    account = Kuaidi100Account(KEY, SECRET, SALT, "https://shop.example")
    assert SECRET not in repr(account)
    assert SALT not in repr(account)
    assert "王小明" not in repr(ASKED)
