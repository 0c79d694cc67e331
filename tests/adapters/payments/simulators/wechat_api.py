"""WeChat Pay v3 as far as the adapter uses it: it checks the merchant's signature and signs what it answers."""

import json
import re
from base64 import b64encode
from datetime import datetime
from secrets import token_hex
from time import time
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.adapters.payments.simulators.book import Behaviour, Charge, Refused
from tests.adapters.payments.simulators.served import Answer, Asked, HttpSimulator, now
from tests.adapters.payments.simulators.signing import is_signed, sign

MERCHANT, PROVIDER = "merchant", "provider"
"""Names of the keys of the run that sign what is asked and what is answered."""

AUTHORIZATION = re.compile(
    r'WECHATPAY2-SHA256-RSA2048 mchid="(?P<mchid>[^"]*)",nonce_str="(?P<nonce>[^"]*)",signature="(?P<signature>[^"]*)",'
    r'timestamp="(?P<timestamp>\d+)",serial_no="(?P<serial>[^"]*)"'
)


class WeChatApi(HttpSimulator):
    takes_at_once = True

    def __init__(self) -> None:
        super().__init__()
        self.merchant = MERCHANT
        self.merchant_id, self.app_id = "1900000001", "wx0000000000000001"
        self.api_v3_key = token_hex(16)
        self.serial = token_hex(20).upper()
        self.public_key_id = f"PUB_KEY_ID_{token_hex(8)}"
        self.nonces: set[str] = set()
        self.ordered: dict[str, dict[str, Any]] = {}

    def respond(self, asked: Asked) -> Answer:
        if not self.is_signed(asked):
            return self.answer({"code": "SIGN_ERROR", "message": ""}, 401)
        fields: dict[str, Any] = json.loads(asked.body) if asked.body else {}
        match [asked.method, *asked.path.strip("/").split("/")[1:]]:
            case ["POST", "pay", "transactions", "codepay"]:
                return self.pay(fields)
            case ["POST", "pay", "transactions", "native" | "jsapi" as way]:
                return self.order_by_customer(fields, jsapi=way == "jsapi")
            case ["POST", "pay", "transactions", "out-trade-no", key, "close"]:
                return self.close(key, fields)
            case ["GET", "pay", "transactions", "out-trade-no", key]:
                charge = self.book.charges.get(key)
                return self.no_order() if charge is None else self.answer(self.order(charge))
            case ["POST", "pay", "transactions", "out-trade-no", key, "reverse"]:
                return self.reverse(key)
            case ["POST", "refund", "domestic", "refunds"]:
                return self.refund(fields)
            case ["GET", "refund", "domestic", "refunds", refund_key]:
                for charge in self.book.charges.values():
                    if refund_key in charge.refunds:
                        return self.answer(given_back(charge, refund_key))
                return self.answer({"code": "RESOURCE_NOT_EXISTS", "message": ""}, 404)
        return self.answer({"code": "PARAM_ERROR", "message": ""}, 400)

    def is_signed(self, asked: Asked) -> bool:
        """The merchant's signature over this very request, made within five minutes and used once."""
        found = AUTHORIZATION.fullmatch(asked.headers.get("authorization", ""))
        if found is None or (found["mchid"], found["serial"]) != (self.merchant_id, self.serial):
            return False
        if abs(time() - int(found["timestamp"])) > 300 or found["nonce"] in self.nonces:
            return False
        self.nonces.add(found["nonce"])
        message = f"{asked.method}\n{asked.target}\n{found['timestamp']}\n{found['nonce']}\n{asked.body.decode()}\n"
        return is_signed(self.merchant, message, found["signature"])

    def pay(self, fields: dict[str, Any]) -> Answer:
        amount, key = fields["amount"], fields["out_trade_no"]
        assert fields["payer"]["auth_code"].startswith("1")
        place = {"store": fields["scene_info"]["store_info"]["out_id"], "terminal": fields["scene_info"]["device_id"]}
        before = self.book.charges.get(key)
        if before is not None and before.amount_minor != amount["total"]:
            return self.answer({"code": "OUT_TRADE_NO_USED", "message": ""}, 403)
        charge = self.charge(key, amount["total"], amount["currency"], **place)
        if charge.state == "declined":
            return self.answer({"code": "NOT_ENOUGH", "message": ""}, 403)
        if charge.state == "pending":
            return self.answer({"code": "USERPAYING", "message": ""}, 400)
        return self.answer(self.order(charge))

    def order_by_customer(self, fields: dict[str, Any], *, jsapi: bool) -> Answer:
        """What the customer pays from their own phone: nothing is paid yet."""
        key, amount = fields["out_trade_no"], fields["amount"]
        before = self.book.charges.get(key)
        if before is not None and before.state != "pending":
            return self.answer({"code": "ORDERPAID", "message": ""}, 400)
        assert fields["notify_url"].startswith("https://")
        assert datetime.fromisoformat(fields["time_expire"]) > now()
        store, terminal = fields["attach"].split(" ")
        self.ordered[key] = fields
        pending = Behaviour.PENDING
        charge = self.book.authorise(key, amount["total"], amount["currency"], pending, store=store, terminal=terminal)
        if jsapi:
            assert fields["payer"]["openid"]
            return self.answer({"prepay_id": f"wx{charge.number:032d}"})
        return self.answer({"code_url": f"weixin://wxpay/bizpayurl?pr={charge.number:09d}"})

    def close(self, key: str, fields: dict[str, Any]) -> Answer:
        charge = self.book.charges.get(key)
        if charge is None or fields["mchid"] != self.merchant_id:
            return self.no_order()
        if charge.state == "captured":
            return self.answer({"code": "ORDERPAID", "message": ""}, 400)
        charge.state = "voided"
        return Answer(b"", 204, self.signature(""))

    def reverse(self, key: str) -> Answer:
        charge = self.book.charges.get(key)
        if charge is None:
            return self.no_order()
        if key in self.ordered:
            return self.answer({"code": "TRADE_ERROR", "message": ""}, 403)
        if charge.refunds:
            return self.answer({"code": "INVALID_REQUEST", "message": ""}, 400)
        self.book.void(key)
        charge.state = "voided"
        return Answer(b"", 204, self.signature(""))

    def refund(self, fields: dict[str, Any]) -> Answer:
        key, refund_key, amount = fields["out_trade_no"], fields["out_refund_no"], fields["amount"]
        if key not in self.book.charges:
            return self.no_order()
        try:
            charge = self.book.refund(key, refund_key, amount["refund"])
        except Refused:
            return self.answer({"code": "INVALID_REQUEST", "message": ""}, 400)
        return self.answer(given_back(charge, refund_key))

    def order(self, charge: Charge) -> dict[str, Any]:
        states = {"captured": "SUCCESS", "declined": "PAYERROR", "voided": "REVOKED", "pending": "USERPAYING"}
        if charge.key in self.ordered:
            states |= {"voided": "CLOSED", "pending": "NOTPAY"}
        state = "REFUND" if charge.state == "captured" and charge.refunds else states[charge.state]
        return {
            "appid": self.app_id,
            "mchid": self.merchant_id,
            "out_trade_no": charge.key,
            "transaction_id": f"42000000{charge.number:04d}",
            "trade_state": state,
            "amount": {"total": charge.amount_minor, "currency": charge.currency},
        }

    def no_order(self) -> Answer:
        return self.answer({"code": "ORDER_NOT_EXIST", "message": ""}, 404)

    def answer(self, value: dict[str, Any], status: int = 200) -> Answer:
        body = json.dumps(value)
        return Answer(body.encode(), status, self.signature(body) | {"Content-Type": "application/json"})

    def signature(self, body: str, at: datetime | None = None) -> dict[str, str]:
        seconds, nonce = str(int((at or now()).timestamp())), token_hex(16)
        return {
            "Wechatpay-Timestamp": seconds,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": sign(PROVIDER, f"{seconds}\n{nonce}\n{body}\n"),
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
            "Wechatpay-Serial": self.public_key_id,
        }

    def signed_notice(self, key: str, *, at: datetime | None = None, event: int = 0) -> tuple[dict[str, str], bytes]:
        nonce, about = token_hex(6), json.dumps(self.order(self.book.charges[key])).encode()
        sealed = AESGCM(self.api_v3_key.encode()).encrypt(nonce.encode(), about, b"transaction")
        resource = {"algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": "transaction"}
        notice = {
            "id": f"event-{event}",
            "create_time": (at or now()).isoformat(timespec="seconds"),
            "resource_type": "encrypt-resource",
            "event_type": "TRANSACTION.SUCCESS",
            "resource": {**resource, "ciphertext": b64encode(sealed).decode()},
        }
        body = json.dumps(notice)
        headers = {name.lower(): value for name, value in self.signature(body, at).items()}
        return headers | {"content-type": "application/json"}, body.encode()


def given_back(charge: Charge, refund_key: str) -> dict[str, Any]:
    return {
        "refund_id": f"5030000{charge.number:04d}",
        "out_refund_no": refund_key,
        "out_trade_no": charge.key,
        "status": "SUCCESS",
        "amount": {"total": charge.amount_minor, "refund": charge.refunds[refund_key], "currency": charge.currency},
    }
