"""The RPCs of service cases."""

from typing import Final

from application.care.service_cases import answer_service_case, list_service_cases, open_service_case
from entrypoints.grpc.rpc import Service, read, write
from liansuo.care.v1 import care_pb2 as pb2

HANDLE: Final = "care.handle"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["CareService"],
    {
        "OpenServiceCase": write(open_service_case, pb2.OpenServiceCaseResponse, needs="care.open"),
        "AnswerServiceCase": write(answer_service_case, pb2.AnswerServiceCaseResponse, needs=HANDLE),
        "ListServiceCases": read(list_service_cases, pb2.ListServiceCasesResponse, needs=HANDLE),
    },
)
