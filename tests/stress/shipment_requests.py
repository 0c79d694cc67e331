"""One valid request for every RPC of shipments, and what leads up to it; see valid_requests.py."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from application.inventory.create_transfers import CreateTransfers, NewTransfer, TransferItem, create_transfers
from application.logistics.create_shipment import CreateShipment, create_shipment
from application.logistics.tracking import NewTrackingEvent, RecordTracking, record_tracking
from domain.logistics.address import DeliveryAddress
from domain.logistics.shipment import Parcel, TrackingKind
from liansuo.logistics.v1 import address_pb2
from liansuo.logistics.v1 import shipment_pb2 as pb2
from tests.stress.chain import GOODS, Chain
from tests.stress.requests import Valid

STEPS: Final = ("RecordTracking", "CancelShipment", "ResolveShipment", "PrintWaybill", "GetShipment")
HOME: Final = address_pb2.DeliveryAddress(
    recipient="王小明", phone="13800138000", region="广东省深圳市南山区", street="科技南十二路 2 号"
)


def name_shipment(chain: Chain, rpc: str, requests: Sequence[Any]) -> None:
    """Lets requests about a shipment name one that can take the step once, and those for a new one what it is of."""
    if rpc != "CreateShipment" and rpc not in STEPS:
        return
    new = NewTransfer("S1", "S2", (TransferItem(min(GOODS), 1_000),))
    [transfer] = chain.do(create_transfers, CreateTransfers((new,), approve=True)).transfers
    if rpc == "CreateShipment":
        for request in requests:
            request.transfer_id = transfer.transfer_id
            request.waybill_number = f"B{transfer.transfer_id}"
        return
    made = chain.do(
        create_shipment,
        CreateShipment(
            datetime.now(UTC) + timedelta(days=2), "shunfeng", (Parcel(1_500),), transfer_id=transfer.transfer_id,
            address=DeliveryAddress("S2", "0755-12345678", "深圳市", "福田路 1 号"),
            waybill_number=f"A{transfer.transfer_id}",
        ),
    )  # fmt: skip
    if rpc == "ResolveShipment":
        lost = NewTrackingEvent(TrackingKind.LOST, datetime.now(UTC))
        chain.do(record_tracking, RecordTracking((lost,), made.shipment_id))
    for request in requests:
        request.shipment_id = made.shipment_id


def _at(**ahead: int) -> Any:
    return datetime.now(UTC) + timedelta(**ahead)


SHIPMENTS: Final[dict[str, Valid]] = {
    "CreateShipment": lambda key, sold: pb2.CreateShipmentRequest(
        request_id=key,
        transfer_id=sold,
        carrier="shunfeng",
        service="标准快递",
        parcels=[pb2.Parcel(weight_grams=1_500, length_mm=300, width_mm=200, height_mm=100)],
        fee_minor=1_200,
        promised_at=_at(days=2),
        address=HOME,
        waybill_number="SF1",
        note="Fragile",
    ),
    "PrintWaybill": lambda *_: pb2.PrintWaybillRequest(shipment_id=1),
    "RecordTracking": lambda key, _: pb2.RecordTrackingRequest(
        request_id=key,
        shipment_id=1,
        events=[
            pb2.NewTrackingEvent(
                kind=pb2.TRACKING_KIND_PICKED_UP, occurred_at=_at(minutes=-1), place="Shenzhen", event_id="7"
            )
        ],
    ),
    "CancelShipment": lambda key, _: pb2.CancelShipmentRequest(request_id=key, shipment_id=1),
    "ResolveShipment": lambda key, _: pb2.ResolveShipmentRequest(request_id=key, shipment_id=1, note="Sent again"),
    "GetShipment": lambda *_: pb2.GetShipmentRequest(shipment_id=1),
    "ListShipments": lambda *_: pb2.ListShipmentsRequest(
        store_code="S1", order_id=7, transfer_id=8, problems_only=True, late_only=True, page_size=3
    ),
    "ListCarrierPerformance": lambda *_: pb2.ListCarrierPerformanceRequest(
        from_date="2026-11-01", to_date="2026-11-30", store_code="S1"
    ),
}
