"""One valid request for every RPC of the member file, by a request id."""

from typing import Final

from liansuo.membership.v1 import membership_pb2
from tests.stress.chain import BLOCKED_MEMBER_CARD
from tests.stress.requests import MEMBER, Valid

MEMBERSHIP: Final[dict[str, Valid]] = {
    "RegisterMember": lambda key, _: membership_pb2.RegisterMemberRequest(
        request_id=key, name="Wang Fang", phone=f"139{int(key[:8], 16) % 10**8:08d}", birthday="1990-02-28", card=key
    ),
    "RegisterOnline": lambda key, _: membership_pb2.RegisterOnlineRequest(
        request_id=key,
        channel="WECHAT_MP",
        identity=key,
        phone=f"137{int(key[:8], 16) % 10**8:08d}",
        name="Wang Fang",
        birthday="1990-02-28",
        source="web",
        campaign_code="E1",
        store_code="S1",
    ),
    "GetMember": lambda key, _: membership_pb2.GetMemberRequest(member_key=MEMBER),
    "ListMembers": lambda key, _: membership_pb2.ListMembersRequest(page_size=3),
    "UpdateMember": lambda key, _: membership_pb2.UpdateMemberRequest(
        request_id=key,
        member_key=MEMBER,
        fields=["name", "birthday", "sex", "occupation", "email"],
        name=key,
        birthday="1990-02-28",
        sex=membership_pb2.SEX_FEMALE,
        occupation="Teacher",
        email="wang@example.com",
    ),
    "ListMemberChanges": lambda key, _: membership_pb2.ListMemberChangesRequest(member_key=MEMBER, page_size=3),
    "AddCard": lambda key, _: membership_pb2.AddCardRequest(request_id=key, member_key=MEMBER, card=key),
    "BlockCard": lambda key, _: membership_pb2.BlockCardRequest(request_id=key, card="STRESS1", reason="lost"),
    "UnblockCard": lambda key, _: membership_pb2.UnblockCardRequest(
        request_id=key, card=BLOCKED_MEMBER_CARD, reason="found"
    ),
    "ReplaceCard": lambda key, _: membership_pb2.ReplaceCardRequest(
        request_id=key, card="STRESS2", new_card=key, reason="worn"
    ),
    "ListCardEvents": lambda key, _: membership_pb2.ListCardEventsRequest(member_key=MEMBER, page_size=3),
    "PutMemberSegments": lambda key, _: membership_pb2.PutMemberSegmentsRequest(
        request_id=key, members=[membership_pb2.MemberSegments(member_key=MEMBER, segments=[key, "sleeping"])]
    ),
    "PutMemberAttributes": lambda key, _: membership_pb2.PutMemberAttributesRequest(
        request_id=key,
        attributes=[
            membership_pb2.MemberAttribute(
                code="style", name="Style", kind=membership_pb2.ATTRIBUTE_KIND_CHOICE, choices=["casual", "formal"]
            )
        ],
    ),
    "ListMemberAttributes": lambda key, _: membership_pb2.ListMemberAttributesRequest(),
    "SetMemberAttributes": lambda key, _: membership_pb2.SetMemberAttributesRequest(
        request_id=key, member_key=MEMBER, values=[membership_pb2.AttributeText(code="height", text="172.5")]
    ),
    "GetMemberAttributes": lambda key, _: membership_pb2.GetMemberAttributesRequest(member_key=MEMBER),
    "ListMemberAttributeValues": lambda key, _: membership_pb2.ListMemberAttributeValuesRequest(
        member_key=MEMBER, code="height", page_size=3
    ),
    "CountNewMembers": lambda key, _: membership_pb2.CountNewMembersRequest(
        group_by=[membership_pb2.GROWTH_DIMENSION_STORE, membership_pb2.GROWTH_DIMENSION_DATE],
        store_code="S1",
        from_date="2026-01-01",
        to_date="2026-12-31",
    ),
    "GetMemberHabits": lambda key, _: membership_pb2.GetMemberHabitsRequest(member_key=MEMBER),
}
