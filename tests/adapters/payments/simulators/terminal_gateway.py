"""The acquirer's gateway beside the card terminals, on a real TCP port of loopback; the frames are made here anew."""

import hashlib
import hmac
import json
from collections import Counter
from secrets import token_bytes
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from time import time
from typing import Any

from tests.adapters.payments.simulators.book import Charge, Refused
from tests.adapters.payments.simulators.served import AnswerLost, Simulator

Message = dict[str, Any]


class TerminalGatewayServer(Simulator):
    """`extra` is put into every answer, so that a test can have it hold what it must not."""

    takes_at_once = False
    sends_notices = False

    def __init__(self) -> None:
        super().__init__()
        self.key = token_bytes(32)
        self.nonces: set[str] = set()

    def forget(self) -> None:
        super().forget()
        self.extra: Message = {}

    def start(self) -> None:
        simulator = self

        class OneQuestion(StreamRequestHandler):
            def handle(self) -> None:
                simulator.serve(self)

        self._server = LoopbackTcpServer(("127.0.0.1", 0), OneQuestion)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.host, self.port = "127.0.0.1", self._server.server_address[1]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(self, request: StreamRequestHandler) -> None:
        if self.down:
            return
        frame = request.rfile.read(int.from_bytes(request.rfile.read(4), "big"))
        mac, body = frame[:32], frame[32:]
        question: Message = json.loads(body)
        signed = hmac.compare_digest(mac, hmac.new(self.key, b">" + body, hashlib.sha256).digest())
        if not signed or question["nonce"] in self.nonces or abs(time() - question["at"]) > 300:
            return
        self.nonces.add(question["nonce"])
        before = Counter(self.book.asked)
        try:
            answer = {"nonce": question["nonce"], "key": question["key"], **self.answer(question), **self.extra}
        except AnswerLost:
            return
        if self.answer_is_lost(before):
            return
        body = json.dumps(answer).encode()
        mac = hmac.new(self.key, b"<" + body, hashlib.sha256).digest()
        if self.tampered:
            body = body.replace(b"1", b"9")
        request.wfile.write((32 + len(body)).to_bytes(4, "big") + mac + body)

    def answer(self, question: Message) -> Message:
        key = question["key"]
        if question["ask"] == "authorise":
            place = {"store": question["store"], "terminal": question["terminal"]}
            return told(self.charge(key, question["amount_minor"], question["currency"], **place))
        if question["ask"] == "void":
            return told(self.book.void(key))
        if key not in self.book.charges:
            return {"state": "unknown_key"}
        charge, reason = self.book.charges[key], ""
        try:
            if question["ask"] == "capture":
                self.book.capture(key, question["amount_minor"])
            elif question["ask"] == "refund":
                self.book.refund(key, question["refund_key"], question["amount_minor"])
        except Refused:
            reason = "refused"
        return {**told(charge), "reason": reason} if reason else told(charge)


class LoopbackTcpServer(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


def told(charge: Charge) -> Message:
    refunded = charge.captured_minor > 0 and charge.kept_minor == 0
    return {
        "state": "refunded" if refunded else charge.state,
        "amount_minor": charge.captured_minor or charge.amount_minor,
        "refunded_minor": charge.refunded_minor,
        "currency": charge.currency,
        "reference": f"{charge.number:012d}",
        "approval_code": f"{charge.number:06d}" if charge.state != "declined" else "",
        "reason": "51" if charge.state == "declined" else "",
        "brand": "visa",
        "last_four": "4242",
    }
