"""Kuaidi100 as its documentation has it, on loopback: it checks every signature, and signs what it pushes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

KEY, SECRET, SALT = "DzVxGVPw1234", "a1b2c3d4e5f6", "0123456789abcdef0123456789abcdef"
ORDER, CANCEL = "/label/order", "/eorderapi.do"


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def push(number: str, events: Sequence[Mapping[str, str]], *, salt: str = SALT, com: str = "shunfeng") -> bytes:
    """A push with all that is known of a waybill, the newest first, signed with the salt."""
    result = {"message": "ok", "state": "0", "status": "200", "com": com, "nu": number, "data": list(events)}
    param = json.dumps({"status": "polling", "message": "", "lastResult": result}, ensure_ascii=False)
    return urlencode({"param": param, "sign": md5(param + salt)}).encode()


def told(at: str, code: str, context: str = "已签收", area: str = "广东,深圳市") -> dict[str, str]:
    return {"time": at, "ftime": at, "context": context, "statusCode": code, "areaName": area}


@dataclass
class Kuaidi100:
    """Gives the same number for the same order, as it does for 48 hours with `reorder` false; use it as a context."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    answer: bytes = b""
    """What is answered instead of anything else."""
    status: int = 200

    def __enter__(self) -> Self:
        served = self

        class OneRequest(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                answer = served.answer or served.answered(self.path, dict(parse_qsl(body, keep_blank_values=True)))
                self.send_response(served.status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), OneRequest)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answered(self, path: str, form: Mapping[str, str]) -> bytes:
        param = form.get("param", "")
        if form.get("sign") != md5(param + form.get("t", "") + KEY + SECRET) or form.get("key") != KEY:
            return json.dumps({"code": 30002, "message": "验证签名失败", "time": 1}).encode()
        asked = json.loads(param)
        if path == ORDER and form["method"] == "order":
            return json.dumps(self._ordered(asked), ensure_ascii=False).encode()
        assert (path, form["method"]) == (CANCEL, "cancel")
        if asked["kuaidinum"] not in {one["kuaidinum"] for one in self.orders.values()}:
            return json.dumps({"result": False, "returnCode": "500", "message": "单号不存在"}).encode()
        self.cancelled.append(asked["kuaidinum"])
        return json.dumps({"result": True, "returnCode": "200", "message": "成功"}).encode()

    def _ordered(self, asked: dict[str, Any]) -> dict[str, Any]:
        if not asked["recMan"]["mobile"]:
            return {"code": 30001, "message": "收件人手机号 13800138000 不合法", "time": 1}
        number = f"SF{len(self.orders) + 1:010d}"
        first = self.orders.setdefault(asked["orderId"], {**asked, "kuaidinum": number})
        data = {"kuaidinum": first["kuaidinum"], "taskId": "T1", "label": "https://api.kuaidi100.com/label/get/1.png"}
        return {"code": 200, "data": data, "message": "成功", "time": 512}
