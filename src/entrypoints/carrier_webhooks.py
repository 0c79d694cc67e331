"""Messages of carriers over HTTP: POST /webhooks/<gateway>, believed because of their signature and noted once.

They go through the endpoint of webhooks.py, which speaks HTTP. What is told twice changes nothing, so nothing is
remembered here.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

import structlog

from application.logistics.tracking import ReceiveCarrierNotice, receive_carrier_notice
from application.outside import Outside
from application.ports.carriers import CarrierNotice, Carriers
from application.ports.identity import Clock
from application.ports.payments import NoticeRefused
from entrypoints.webhooks import JSON, PATH, Reply

BYTES_MAX: Final = 524_288
"""A push repeats the whole way of a parcel, percent-encoded."""

Note: TypeAlias = Callable[[CarrierNotice, tuple[str, ...]], int]
"""Notes what was told of a waybill of one of these carriers, durably; how much of it was new."""

_HEEDED: Final = Reply(200, '{"result":true,"returnCode":"200","message":"成功"}'.encode(), JSON)
_REFUSED: Final = Reply(400, b'{"result":false,"returnCode":"400","message":"refused"}', JSON)
_AGAIN: Final = Reply(503, b'{"result":false,"returnCode":"500","message":"again"}', JSON)
"""As Kuaidi100 reads them: for anything but a result of true it tells it again, half an hour later."""


class CarrierWebhooks:
    """Answers messages of carriers, by the gateway through which they speak."""

    bytes_max = BYTES_MAX

    def __init__(self, carriers: Carriers, note: Note, *, clock: Clock) -> None:
        self._note = note
        self._clock = clock
        self._log = structlog.get_logger("webhooks")
        self._codes: dict[str, list[str]] = {}
        self._carriers = carriers
        for code, carrier in carriers.items():
            self._codes.setdefault(carrier.gateway, []).append(code)

    @property
    def gateways(self) -> Sequence[str]:
        return list(self._codes)

    def reply(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The answer to a message, header names in lower case; never raises for what the message holds."""
        gateway = path.removeprefix(PATH)
        codes = self._codes[gateway]
        try:
            notice = self._carriers[codes[0]].notice(headers, body, at=self._clock())
        except NoticeRefused as refused:
            return self._told("refused", _REFUSED, gateway, reason=str(refused))
        try:
            recorded = self._note(notice, tuple(codes))
        except Exception as error:  # noqa: BLE001 -- the edge: the carrier is to tell it again
            return self._told("failed", _AGAIN, gateway, reason=type(error).__name__)
        return self._told("heeded" if recorded else "repeated", _HEEDED, gateway)

    def _told(self, outcome: str, reply: Reply, gateway: str, **fields: str) -> Reply:
        self._log.info("webhook", outcome=outcome, status=reply.status, carrier=gateway, **fields)
        return reply


def noting(outside: Outside) -> Note:
    """Notes a message as the application does."""

    def note(notice: CarrierNotice, codes: tuple[str, ...]) -> int:
        return outside.write(receive_carrier_notice, ReceiveCarrierNotice(notice, codes))

    return note
