"""Alipay's gateway as far as the adapter uses it: it checks the app's RSA2 signature and signs what it answers."""

import json
from datetime import datetime, timedelta
from secrets import randbelow
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from tests.adapters.payments.simulators.book import Behaviour, Charge, Refused
from tests.adapters.payments.simulators.served import Answer, Asked, HttpSimulator, now
from tests.adapters.payments.simulators.signing import is_signed, sign

MERCHANT, PROVIDER = "merchant", "provider"
BEIJING = ZoneInfo("Asia/Shanghai")
Fields = dict[str, Any]


class AlipayApi(HttpSimulator):
    takes_at_once = True

    def __init__(self) -> None:
        super().__init__()
        self.merchant = MERCHANT
        self.codes: dict[str, Fields] = {}
        self.app_id = f"2021{randbelow(10**12):012d}"

    def respond(self, asked: Asked) -> Answer:
        fields = asked.query
        method = fields["method"]
        signature = fields.pop("sign")
        said = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
        sent_at = datetime.strptime(fields["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
        late = abs(now() - sent_at) > timedelta(minutes=10)
        if late or fields["app_id"] != self.app_id or not is_signed(self.merchant, said, signature):
            return signed(method, {"code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.invalid-signature"})
        calls = {
            "alipay.trade.pay": self.pay,
            "alipay.trade.precreate": self.precreate,
            "alipay.trade.query": self.query,
            "alipay.trade.cancel": self.cancel,
            "alipay.trade.refund": self.refund,
        }
        return signed(method, calls[method](json.loads(fields["biz_content"])))

    def pay(self, content: Fields) -> Fields:
        key, amount = content["out_trade_no"], minor(content["total_amount"])
        before = self.book.charges.get(key)
        if before is not None and before.amount_minor != amount:
            return failed("ACQ.CONTEXT_INCONSISTENT")
        charge = self.charge(key, amount, "CNY", store=content["store_id"], terminal=content["terminal_id"])
        if charge.state == "declined":
            return failed("ACQ.BUYER_BALANCE_NOT_ENOUGH")
        if before is not None:
            return failed("ACQ.TRADE_HAS_SUCCESS")
        code = "10003" if charge.state == "pending" else "10000"
        return {"code": code, "msg": "Success", **trade(charge)}

    def precreate(self, content: Fields) -> Fields:
        """A QR code that lives as long as it says; until it is scanned there is no trade."""
        key = content["out_trade_no"]
        assert content["qr_code_timeout_express"] == content["timeout_express"] == "4m"
        if key in self.book.charges:
            return failed("ACQ.TRADE_HAS_SUCCESS")
        self.codes[key] = content
        return {"code": "10000", "msg": "Success", "out_trade_no": key, "qr_code": f"https://qr.alipay.com/{key}"}

    def scan(self, key: str) -> None:
        """The customer has scanned it, and has not paid yet."""
        content = self.codes[key]
        place = {"store": content["store_id"], "terminal": content["terminal_id"]}
        self.book.authorise(key, minor(content["total_amount"]), "CNY", Behaviour.PENDING, **place)

    def query(self, content: Fields) -> Fields:
        charge = self.found(content)
        if charge is None:
            return failed("ACQ.TRADE_NOT_EXIST")
        statuses = {"captured": "TRADE_SUCCESS", "pending": "WAIT_BUYER_PAY", "voided": "TRADE_CLOSED"}
        status = "TRADE_CLOSED" if charge.captured_minor and not charge.kept_minor else statuses[charge.state]
        paid = {"send_pay_date": "2026-11-28 12:00:00"} if charge.captured_minor else {}
        return {"code": "10000", "msg": "Success", "trade_status": status, **trade(charge), **paid}

    def cancel(self, content: Fields) -> Fields:
        charge = self.found(content)
        if charge is None:
            return failed("ACQ.TRADE_NOT_EXIST")
        if charge.refunds:
            return failed("ACQ.TRADE_HAS_FINISHED")
        self.book.void(charge.key)
        return {"code": "10000", "msg": "Success", "out_trade_no": charge.key, "retry_flag": "N"}

    def refund(self, content: Fields) -> Fields:
        charge = self.found(content)
        if charge is None:
            return failed("ACQ.TRADE_NOT_EXIST")
        try:
            self.book.refund(charge.key, content["out_request_no"], minor(content["refund_amount"]))
        except Refused:
            return failed("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
        return {"code": "10000", "msg": "Success", **trade(charge), "refund_fee": yuan(charge.refunded_minor)}

    def found(self, content: Fields) -> Charge | None:
        """A payment that was declined at once is none of Alipay's."""
        charge = self.book.charges.get(content["out_trade_no"])
        return None if charge is None or charge.state == "declined" else charge

    def signed_notice(self, key: str, *, at: datetime | None = None, event: int = 0) -> tuple[dict[str, str], bytes]:
        charge = self.book.charges[key]
        fields = {
            "notify_time": (at or now()).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
            "notify_type": "trade_status_sync",
            "notify_id": f"notice{event}",
            "app_id": self.app_id,
            "charset": "utf-8",
            "version": "1.0",
            "trade_status": "TRADE_SUCCESS",
            **{name: str(value) for name, value in trade(charge).items()},
        }
        said = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
        body = urlencode({**fields, "sign": sign(PROVIDER, said), "sign_type": "RSA2"})
        return {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}, body.encode()


def trade(charge: Charge) -> Fields:
    return {
        "out_trade_no": charge.key,
        "trade_no": f"2026112822001{charge.number:06d}",
        "total_amount": yuan(charge.amount_minor),
    }


def failed(sub_code: str) -> Fields:
    return {"code": "40004", "msg": "Business Failed", "sub_code": sub_code}


def signed(method: str, content: Fields) -> Answer:
    said = json.dumps(content)
    name = method.replace(".", "_") + "_response"
    return Answer(f'{{"{name}":{said},"sign":"{sign(PROVIDER, said)}"}}'.encode())


def yuan(amount_minor: int) -> str:
    return f"{amount_minor / 100:.2f}"


def minor(amount: str) -> int:
    whole, cents = amount.split(".")
    return int(whole) * 100 + int(cents)
