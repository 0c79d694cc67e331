"""Carriers of China through 快递100 (Kuaidi100): waybills (电子面单) of sixty carriers, and what they tell.

Every request is a form with `method`, `key`, `t` (milliseconds), `param` (JSON) and `sign`, which is the MD5 of param,
t, key and secret one after the other, as 32 upper-case hexadecimal digits. A push is a form with `param` and `sign`,
the MD5 of param and the salt that was sent with the order. Source: api.kuaidi100.com/document: 电子面单下单接口 V2
(label/order), 电子面单取消接口 (eorderapi.do), 快递信息推送接口, 运单快递状态.
"""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

from adapters.payments.answers import json_object
from application.ports.carriers import (
    CarrierEvent,
    CarrierNotice,
    CarrierRefused,
    CarrierUnreachable,
    Waybill,
    WaybillAsked,
)
from application.ports.payments import NoticeRefused
from domain.logistics.address import DeliveryAddress
from domain.logistics.shipment import TrackingKind

GATEWAY: Final = "kuaidi100"
LABEL_URL: Final = "https://api.kuaidi100.com/label/order"
CANCEL_URL: Final = "https://poll.kuaidi100.com/eorderapi.do"
BEIJING: Final = ZoneInfo("Asia/Shanghai")
DONE: Final = 200
ANSWER_BYTES_MAX: Final = 262_144
FIELDS_MAX: Final = 20
EVENTS_MAX: Final = 1_000
ACCOUNT_FIELDS: Final = ("partnerId", "partnerKey", "partnerSecret", "partnerName", "net", "code", "checkMan", "tbNet")
"""What of an account with a carrier may be sent, in the words of the documentation."""
RESULT_V2: Final = "4"
"""Each event comes with its advanced state (高级状态值), e.g. 203 for one that was refused."""
REASON_CHARACTERS_MAX: Final = 80
_DIGITS: Final = re.compile(r"\d{5,}")

_KIND_OF: Final[Mapping[str, TrackingKind]] = {
    "0": TrackingKind.IN_TRANSIT,
    "1001": TrackingKind.IN_TRANSIT,
    "1002": TrackingKind.IN_TRANSIT,
    "1003": TrackingKind.IN_TRANSIT,
    "1": TrackingKind.PICKED_UP,
    "103": TrackingKind.PICKED_UP,
    "2": TrackingKind.ATTEMPT_FAILED,
    "203": TrackingKind.REFUSED,
    "204": TrackingKind.ATTEMPT_FAILED,
    "205": TrackingKind.ATTEMPT_FAILED,
    "206": TrackingKind.ATTEMPT_FAILED,
    "209": TrackingKind.DAMAGED,
    "3": TrackingKind.SIGNED,
    "301": TrackingKind.SIGNED,
    "302": TrackingKind.SIGNED,
    "303": TrackingKind.SIGNED,
    "304": TrackingKind.SIGNED,
    "4": TrackingKind.RETURNED,
    "5": TrackingKind.OUT_FOR_DELIVERY,
    "501": TrackingKind.OUT_FOR_DELIVERY,
    "6": TrackingKind.RETURNING,
    "7": TrackingKind.IN_TRANSIT,
    "8": TrackingKind.IN_TRANSIT,
    "14": TrackingKind.REFUSED,
}
"""What of its states moves a shipment; others, as 101 (已下单) or 202 (nothing new for long), say nothing new."""


@dataclass(frozen=True, slots=True)
class Kuaidi100Account:
    """As whom it is asked. `salt` signs what it tells, `callback_url` is where it tells it."""

    key: str
    secret: str = field(repr=False)
    salt: str = field(repr=False)
    callback_url: str
    label_url: str = LABEL_URL
    cancel_url: str = CANCEL_URL
    timeout_seconds: float = 20.0


class Kuaidi100Carrier:
    """The port for one carrier of Kuaidi100; `code` is its code there, e.g. "shunfeng", `partner` our account with it.

    A waybill asked for twice under the same key within 48 hours is the same one. Nothing that a person has written in a
    push is kept but the place.
    """

    gateway = GATEWAY

    def __init__(
        self,
        code: str,
        account: Kuaidi100Account,
        partner: Mapping[str, str],
        *,
        milliseconds: Callable[[], int] = lambda: int(time.time() * 1_000),
    ) -> None:
        self.code = code
        self._account = account
        self._partner = {name: partner[name] for name in ACCOUNT_FIELDS if name in partner}
        self._milliseconds = milliseconds

    def book(self, asked: WaybillAsked) -> Waybill:
        """Orders a waybill with its label as an image, and that what happens to it is told."""
        account = self._account
        grams = sum(parcel.weight_grams for parcel in asked.parcels)
        param = {
            "printType": "IMAGE",
            **self._partner,
            "kuaidicom": self.code,
            "recMan": _man(asked.recipient),
            "sendMan": _man(asked.sender),
            "orderId": asked.key,
            "reorder": False,
            "payType": "MONTHLY",
            "expType": asked.service,
            "weight": f"{grams // 1_000}.{grams % 1_000:03d}",
            "count": len(asked.parcels),
            "needSubscribe": True,
            "pollCallBackUrl": account.callback_url,
            "salt": account.salt,
            "resultv2": RESULT_V2,
        }
        answer = self._ask(account.label_url, "order", param)
        if answer.get("code") != DONE:
            raise CarrierRefused(_reason(answer))
        data = answer.get("data")
        number = data.get("kuaidinum") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(number, str) or not 0 < len(number) <= 64:
            raise CarrierUnreachable(f"{GATEWAY}: the answer has no waybill")
        label = data.get("label")
        return Waybill(number, label if isinstance(label, str) else "")

    def cancel(self, key: str, waybill_number: str) -> None:
        """Takes an order back that the carrier has not picked up; one that was taken back stays so."""
        param = {**self._partner, "kuaidicom": self.code, "kuaidinum": waybill_number, "orderId": key, "reason": "取消"}
        answer = self._ask(self._account.cancel_url, "cancel", param)
        if answer.get("result") is not True and str(answer.get("returnCode", answer.get("code"))) != str(DONE):
            raise CarrierRefused(_reason(answer))

    def notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> CarrierNotice:
        """A form that Kuaidi100 posts, each with all that is known of the waybill: nothing that is lost is missed."""
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX)
        except ValueError as error:
            raise NoticeRefused("The message is no form.") from error
        fields = dict(pairs)
        param, sign = fields.get("param", ""), fields.get("sign", "")
        if len(fields) != len(pairs) or not hmac.compare_digest(
            sign.upper().encode(), push_signature(param, self._account.salt).encode()
        ):
            raise NoticeRefused("Kuaidi100 has not signed this message.")
        result = json_object(param.encode()).get("lastResult")
        if not isinstance(result, dict) or not isinstance(result.get("data", []), list):
            raise NoticeRefused("The message has no result.")
        events = [_event(one) for one in result.get("data", [])[:EVENTS_MAX]]
        return CarrierNotice(str(result.get("nu", "")), [one for one in events if one is not None])

    def _ask(self, url: str, method: str, param: Mapping[str, object]) -> dict[str, Any]:
        account = self._account
        said, stamp = json.dumps(param, ensure_ascii=False, separators=(",", ":")), str(self._milliseconds())
        form = {
            "method": method,
            "key": account.key,
            "t": stamp,
            "param": said,
            "sign": request_signature(said, stamp, account.key, account.secret),
        }
        try:
            body = _posted(url, urlencode(form).encode(), account.timeout_seconds)
            answer = json.loads(body)
        except (OSError, HTTPException, ValueError, RecursionError) as error:
            # The text holds nothing of the request, which has the customer's address in it.
            raise CarrierUnreachable(f"{GATEWAY}: {type(error).__name__}") from None
        if not isinstance(answer, dict):
            raise CarrierUnreachable(f"{GATEWAY}: the answer is no object")
        return answer


def request_signature(param: str, stamp: str, key: str, secret: str) -> str:
    """How a request is signed: MD5 of param, t, key and secret, in upper case."""
    return _md5(param + stamp + key + secret)


def push_signature(param: str, salt: str) -> str:
    """How a push is signed: MD5 of param and salt, in upper case here, whatever case it comes in."""
    return _md5(param + salt)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def _man(address: DeliveryAddress) -> dict[str, str]:
    return {"name": address.recipient, "mobile": address.phone, "printAddr": address.full}


def _event(said: object) -> CarrierEvent | None:
    """One line of a push; None for what moves nothing or cannot be read: the rest of the message still counts."""
    if not isinstance(said, dict):
        return None
    kind = _KIND_OF.get(str(said.get("statusCode", "")))
    try:
        at = datetime.strptime(str(said.get("ftime") or said["time"]), "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    except (LookupError, ValueError):
        return None
    if kind is None:
        return None
    told = f"{at.isoformat()}|{said['statusCode']}|{said.get('context', '')}"
    place = str(said.get("areaName") or said.get("location") or "")
    return CarrierEvent(hashlib.sha256(told.encode()).hexdigest()[:32], kind, at, _printable(place))


def _printable(text: str) -> str:
    return "".join(one for one in text if one.isprintable())[:200]


def _reason(answer: Mapping[str, Any]) -> str:
    """Its reason without anything that may be a phone."""
    code = str(answer.get("returnCode") or answer.get("code") or "")[:10]
    message = _DIGITS.sub("*", _printable(str(answer.get("message", ""))))[:REASON_CHARACTERS_MAX]
    return f"{code} {message}".strip()


def _posted(url: str, body: bytes, timeout: float) -> bytes:
    """The answer to a form; redirections are not followed. Raises OSError and HTTPException."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    with closing(kind(parts.hostname or "", parts.port, timeout=timeout)) as connection:
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        connection.request("POST", parts.path or "/", body, headers)
        response = connection.getresponse()
        answer = response.read(ANSWER_BYTES_MAX + 1)
    if response.status != DONE or len(answer) > ANSWER_BYTES_MAX:
        raise HTTPException(str(response.status))
    return answer
