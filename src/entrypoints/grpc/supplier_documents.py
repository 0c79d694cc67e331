"""The RPCs of orders as documents, and of what the systems of suppliers answer."""

from typing import Any, Final

from adapters.documents.ubl import MEDIA_TYPE, read_answer, written_order
from application.purchasing.order_documents import (
    OrderDocument,
    TakeSupplierDocument,
    get_my_order_document,
    get_order_document,
    send_my_document,
    take_supplier_document,
)
from entrypoints.grpc.limits import BULK_REQUEST_BYTES_MAX
from entrypoints.grpc.rpc import Service, read, write
from liansuo.purchasing.v1 import supplier_document_pb2 as pb2


def document_of(request: Any) -> TakeSupplierDocument:
    """What the document of a request states; raises what `read_answer` raises."""
    return read_answer(request.document)


def order_response(order: OrderDocument) -> pb2.GetOrderDocumentResponse:
    return pb2.GetOrderDocumentResponse(document=written_order(order), media_type=MEDIA_TYPE)


def own_order_response(order: OrderDocument) -> pb2.GetMyOrderDocumentResponse:
    return pb2.GetMyOrderDocumentResponse(document=written_order(order), media_type=MEDIA_TYPE)


SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["SupplierDocumentService"],
    {
        "GetOrderDocument": read(
            get_order_document, pb2.GetOrderDocumentResponse, needs="purchasing.read", encode=order_response
        ),
        "TakeSupplierDocument": write(
            take_supplier_document, pb2.TakeSupplierDocumentResponse, needs="purchasing.order", decode=document_of,
            bytes_max=BULK_REQUEST_BYTES_MAX,
        ),
        "GetMyOrderDocument": read(
            get_my_order_document, pb2.GetMyOrderDocumentResponse, needs="supplier_access.read",
            encode=own_order_response,
        ),
        "SendMyDocument": write(
            send_my_document, pb2.SendMyDocumentResponse, needs="supplier_access.answer", decode=document_of,
            bytes_max=BULK_REQUEST_BYTES_MAX,
        ),
    },
)  # fmt: skip
