"""The RPCs of shipments. Carriers are asked outside the transaction, after what is asked is written down."""

from typing import Final

from application.logistics.asking_carriers import cancelled_after, print_waybill, printed_after, waybill_after
from application.logistics.create_shipment import check_carrier, create_shipment
from application.logistics.end_shipment import cancel_shipment, resolve_shipment
from application.logistics.shipment_queries import get_shipment, list_carrier_performance, list_shipments
from application.logistics.tracking import record_tracking
from entrypoints.grpc.rpc import Service, read, write
from liansuo.logistics.v1 import shipment_pb2 as pb2

SHIP: Final = "shipping.ship"
READ: Final = "shipping.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["ShippingService"],
    {
        "CreateShipment": write(
            create_shipment,
            pb2.CreateShipmentResponse,
            into="shipment",
            needs=SHIP,
            before=check_carrier,
            then=waybill_after,
        ),
        "PrintWaybill": read(print_waybill, pb2.PrintWaybillResponse, needs=SHIP, then=printed_after),
        "RecordTracking": write(record_tracking, pb2.RecordTrackingResponse, needs="shipping.track"),
        "CancelShipment": write(
            cancel_shipment, pb2.CancelShipmentResponse, into="shipment", needs=SHIP, then=cancelled_after
        ),
        "ResolveShipment": write(resolve_shipment, pb2.ResolveShipmentResponse, into="shipment", needs=SHIP),
        "GetShipment": read(get_shipment, pb2.GetShipmentResponse, needs=READ),
        "ListShipments": read(list_shipments, pb2.ListShipmentsResponse, needs=READ),
        "ListCarrierPerformance": read(list_carrier_performance, pb2.ListCarrierPerformanceResponse, needs=READ),
    },
)
