"""A valid request for every RPC about personal data. Nobody whom other requests name is erased."""

from typing import Final

from liansuo.membership.v1 import privacy_pb2
from tests.stress.requests import MEMBER, Valid

PRIVACY: Final[dict[str, Valid]] = {
    "RecordConsent": lambda key, _: privacy_pb2.RecordConsentRequest(
        request_id=key, member_key=MEMBER, purpose="profiling", given=True, text_version=1, channel="till"
    ),
    "ListConsents": lambda key, _: privacy_pb2.ListConsentsRequest(member_key=MEMBER, page_size=3),
    "ExportMember": lambda key, _: privacy_pb2.ExportMemberRequest(member_key=MEMBER, page_size=3),
    "EraseMember": lambda key, _: privacy_pb2.EraseMemberRequest(
        request_id=key, member_key=key, reason="Asked for it", give_up=True
    ),
}
