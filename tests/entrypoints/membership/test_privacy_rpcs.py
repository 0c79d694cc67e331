"""Personal data from message to message."""

import json
from typing import Any

from google.protobuf.message import Message

from domain.identity.organisation import SYSTEM
from entrypoints.grpc.membership import SERVICE as MEMBERSHIP
from entrypoints.grpc.privacy import SERVICE
from liansuo.membership.v1 import membership_pb2
from liansuo.membership.v1 import privacy_pb2 as pb2
from tests.entrypoints.table_calls import permissions
from tests.entrypoints.world_calls import ask
from tests.world import MEMBER, World

REQUEST = "6f1c2a52-6b0c-4e0e-9d55-0f4c8a1b2c3d"


def run(world: World, name: str, request: Message) -> Any:
    method = SERVICE.methods[f"/{SERVICE.name}/{name}"]
    made = world.once(method.use_case, method.decode(request), SYSTEM)
    return method.row.response.FromString(method.show(made))


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "RecordConsent": "membership.consent",
        "ListConsents": "membership.read",
        "ExportMember": "membership.export",
        "EraseMember": "membership.erase",
    }


def test_carries_consent_from_registration_to_its_withdrawal(world: World):
    agreed = [membership_pb2.GivenConsent(purpose="marketing_sms", text_version=1, evidence="Form 7")]
    register = membership_pb2.RegisterMemberRequest(request_id=REQUEST, phone="13900139000", consents=agreed)
    method = MEMBERSHIP.methods[f"/{MEMBERSHIP.name}/RegisterMember"]
    member = world.once(method.use_case, method.decode(register), SYSTEM).member_number
    withdraw = pb2.RecordConsentRequest(
        request_id=REQUEST, member_key=member, purpose="marketing_sms", channel="APP", evidence="Call"
    )
    world.clock.advance(minutes=1)
    assert run(world, "RecordConsent", withdraw) == pb2.RecordConsentResponse(changed=True)
    listed = ask(world, SERVICE, "ListConsents", pb2.ListConsentsRequest(member_key=member))
    entry, first = listed.entries
    assert first == pb2.Consent(
        purpose="marketing_sms", given=True, text_version=1, evidence="Form 7", decided_at=first.decided_at, by="system"
    )
    assert entry == pb2.Consent(
        purpose="marketing_sms", channel="APP", evidence="Call", decided_at=world.clock(), by="system"
    )
    state = pb2.ConsentState(purpose="marketing_sms", text_version=1, decided_at=world.clock())
    never = [pb2.ConsentState(purpose=code, text_version=1) for code in ("marketing_app", "marketing_email")]
    assert list(listed.current)[:3] == [*never, state]


def test_carries_a_copy_and_an_erasure(world: World):
    first = ask(world, SERVICE, "ExportMember", pb2.ExportMemberRequest(member_key=MEMBER, page_size=1))
    [record] = map(json.loads, first.records)
    assert (record["table"], record["name"], first.next_page_token != "") == ("members", "王小明", True)
    request = pb2.EraseMemberRequest(request_id=REQUEST, member_key=MEMBER, reason="Asked for it", give_up=True)
    erased = run(world, "EraseMember", request)
    assert erased == pb2.EraseMemberResponse(member_number=record["member_number"], files=1, erased_at=erased.erased_at)
    assert erased.erased_at.ToDatetime() == world.clock().replace(tzinfo=None)
