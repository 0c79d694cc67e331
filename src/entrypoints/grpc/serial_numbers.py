"""The RPC of goods that are sold by their serial numbers."""

from typing import Final

from application.sales.serial_numbers import get_serial_number
from entrypoints.grpc.rpc import Service, read
from liansuo.sales.v1 import serial_number_pb2 as pb2

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["SerialNumberService"],
    {"GetSerialNumber": read(get_serial_number, pb2.GetSerialNumberResponse, needs="sales.read")},
)
