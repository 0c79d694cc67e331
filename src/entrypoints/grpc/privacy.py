"""The RPCs about personal data of members."""

from typing import Final

from application.membership.consents import list_consents, record_consent
from application.membership.erase_member import erase_member
from application.membership.export_member import export_member
from entrypoints.grpc.rpc import Service, read, write
from liansuo.membership.v1 import privacy_pb2 as pb2

CONSENT: Final = "membership.consent"
READ: Final = "membership.read"
EXPORT: Final = "membership.export"
ERASE: Final = "membership.erase"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["PrivacyService"],
    {
        "RecordConsent": write(record_consent, pb2.RecordConsentResponse, needs=CONSENT, own="member_key"),
        "ListConsents": read(list_consents, pb2.ListConsentsResponse, needs=READ, own="member_key"),
        "ExportMember": read(export_member, pb2.ExportMemberResponse, needs=EXPORT, own="member_key"),
        "EraseMember": write(erase_member, pb2.EraseMemberResponse, needs=ERASE),
    },
)
