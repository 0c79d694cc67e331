from domain.identity.organisation import SYSTEM
from entrypoints.grpc.membership import SERVICE
from liansuo.membership.v1 import lifecycle_pb2
from liansuo.membership.v1 import membership_pb2 as pb2
from tests.application.small_chain import NOON, S01, S02, terminal
from tests.entrypoints.table_calls import call, permissions


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "RegisterMember": "membership.register",
        "RegisterOnline": "membership.link",
        "GetMember": "membership.read",
        "ListMembers": "membership.personal",
        "UpdateMember": "membership.register",
        "ListMemberChanges": "membership.personal",
        "AddCard": "membership.register",
        "BlockCard": "membership.register",
        "UnblockCard": "membership.register",
        "ReplaceCard": "membership.register",
        "ListCardEvents": "membership.personal",
        "PutMemberSegments": "membership.segment",
        "PutMemberAttributes": "membership.attributes",
        "ListMemberAttributes": "membership.read",
        "SetMemberAttributes": "membership.register",
        "GetMemberAttributes": "membership.personal",
        "ListMemberAttributeValues": "membership.personal",
        "CountNewMembers": "membership.read",
        "GetMemberHabits": "membership.personal",
        "MergeMembers": "membership.merge",
        "UndoMemberMerge": "membership.merge",
        "FindDuplicateMembers": "membership.merge",
        "ListMemberMerges": "membership.personal",
    }


def test_carries_a_member_from_the_request_to_the_answer(chain):
    request = pb2.RegisterMemberRequest(
        name="李小明", phone="138-0013-8000", birthday="1990-02-28", card="C-1", source="till", tier="gold"
    )
    registered = call(chain, SERVICE, "RegisterMember", request, caller=terminal(S01, "membership.personal")).member
    assert registered == pb2.Member(
        member_number=registered.member_number,
        name="李小明",
        phone="+8613800138000",
        birthday="1990-02-28",
        age=35,
        tier="gold",
        cards=["C-1"],
        store_code="S01",
        source="till",
        registered_at=NOON,
        lifecycle=lifecycle_pb2.LIFECYCLE_STATE_NEW,
        lifecycle_since="2025-06-01",
    )
    added = call(chain, SERVICE, "AddCard", pb2.AddCardRequest(member_key="13800138000", card="C-2"))
    assert added.member == pb2.Member(
        member_number=registered.member_number,
        name="李小明",
        phone="+8613800138000",
        birthday="1990-02-28",
        age=35,
        tier="gold",
        cards=["C-1", "C-2"],
        store_code="S01",
        source="till",
        registered_at=NOON,
        lifecycle=lifecycle_pb2.LIFECYCLE_STATE_NEW,
        lifecycle_since="2025-06-01",
    )
    found = call(chain, SERVICE, "GetMember", pb2.GetMemberRequest(member_key="C-2"), caller=terminal(S02)).member
    assert (found.name, found.phone, found.birthday) == ("李**", "138****8000", "")
    listed = call(chain, SERVICE, "ListMembers", pb2.ListMembersRequest(), caller=terminal(S02))
    assert listed == pb2.ListMembersResponse(members=[found])


def test_carries_a_registration_online_from_the_request_to_the_answer(chain):
    request = pb2.RegisterOnlineRequest(
        channel="WECHAT_MP", identity="o6_bmjrPTlm6", phone="138-0013-8000", name="李小明", birthday="1990-02-28",
        source="web", campaign_code="E1", store_code="S02",
    )  # fmt: skip
    answer = call(chain, SERVICE, "RegisterOnline", request)
    expected = pb2.Member(
        member_number=answer.member.member_number,
        name="李小明",
        phone="+8613800138000",
        birthday="1990-02-28",
        age=35,
        store_code="S02",
        source="web",
        channel="WECHAT_MP",
        campaign_code="E1",
        channels=["WECHAT_MP"],
        registered_at=NOON,
        lifecycle=lifecycle_pb2.LIFECYCLE_STATE_NEW,
        lifecycle_since="2025-06-01",
    )
    assert answer == pb2.RegisterOnlineResponse(member=expected, linked=False)
    assert call(chain, SERVICE, "RegisterOnline", request) == pb2.RegisterOnlineResponse(member=expected, linked=True)
    asked = pb2.GetMemberRequest(channel="WECHAT_MP", identity="o6_bmjrPTlm6")
    assert call(chain, SERVICE, "GetMember", asked).member == expected


def test_carries_counts_of_new_members(chain):
    for card in ("C-1", "C-2"):
        call(chain, SERVICE, "RegisterMember", pb2.RegisterMemberRequest(card=card, source="EVENT", campaign_code="E1"))
    dimensions = [pb2.GROWTH_DIMENSION_CAMPAIGN, pb2.GROWTH_DIMENSION_SOURCE]
    counted = call(chain, SERVICE, "CountNewMembers", pb2.CountNewMembersRequest(group_by=dimensions))
    assert counted.rows == [pb2.NewMembersRow(source="EVENT", campaign_code="E1", members=2)]


def test_carries_a_change_from_the_request_to_the_history(chain):
    call(
        chain,
        SERVICE,
        "RegisterMember",
        pb2.RegisterMemberRequest(card="C-1", sex=pb2.SEX_MALE, email="li@example.com"),
    )
    request = pb2.UpdateMemberRequest(
        member_key="C-1", fields=["sex", "email", "occupation"], sex=pb2.SEX_OTHER, occupation="教师"
    )
    changed = call(chain, SERVICE, "UpdateMember", request, caller=SYSTEM).member
    assert (changed.sex, changed.email, changed.occupation) == (pb2.SEX_OTHER, "", "教师")
    listed = call(chain, SERVICE, "ListMemberChanges", pb2.ListMemberChangesRequest(member_key="C-1"))
    by = {"changed_at": NOON, "changed_by": "system"}
    assert listed.changes == [
        pb2.MemberChange(field=pb2.MEMBER_FIELD_EMAIL, before="li@example.com", **by),
        pb2.MemberChange(field=pb2.MEMBER_FIELD_OCCUPATION, after="教师", **by),
        pb2.MemberChange(field=pb2.MEMBER_FIELD_SEX, before="male", after="other", **by),
    ]


def test_carries_attributes_from_their_definition_to_the_history(chain):
    call(chain, SERVICE, "RegisterMember", pb2.RegisterMemberRequest(card="C-1"))
    style = pb2.MemberAttribute(
        code="style", name="Style", kind=pb2.ATTRIBUTE_KIND_CHOICE, choices=["casual", "formal"]
    )
    put = call(chain, SERVICE, "PutMemberAttributes", pb2.PutMemberAttributesRequest(attributes=[style]))
    assert put.created == 1
    listed = call(chain, SERVICE, "ListMemberAttributes", pb2.ListMemberAttributesRequest())
    assert listed.attributes == [style]
    for text in ("casual", "formal"):
        values = [pb2.AttributeText(code="style", text=text)]
        stated = call(
            chain,
            SERVICE,
            "SetMemberAttributes",
            pb2.SetMemberAttributesRequest(member_key="C-1", values=values),
            caller=SYSTEM,
        )
        assert stated.changed == 1
    asked = pb2.ListMemberAttributeValuesRequest(member_key="C-1", code="style")
    history = call(chain, SERVICE, "ListMemberAttributeValues", asked)
    current = pb2.AttributeValue(code="style", text="formal", set_at=NOON, set_by="system")
    former = pb2.AttributeValue(code="style", text="casual", set_at=NOON, replaced_at=NOON, set_by="system")
    assert history.values == [current, former]
    known = call(chain, SERVICE, "GetMemberAttributes", pb2.GetMemberAttributesRequest(member_key="C-1"))
    assert known.values == [current]


def test_carries_cards_from_block_to_replacement(chain):
    call(chain, SERVICE, "RegisterMember", pb2.RegisterMemberRequest(card="C-1"), caller=SYSTEM)
    for name, request, cards in (
        ("BlockCard", pb2.BlockCardRequest(card="C-1", reason="lost"), []),
        ("UnblockCard", pb2.UnblockCardRequest(card="C-1", reason="found"), ["C-1"]),
        ("ReplaceCard", pb2.ReplaceCardRequest(card="C-1", new_card="C-2", reason="worn"), ["C-2"]),
    ):
        assert call(chain, SERVICE, name, request, caller=SYSTEM).member.cards == cards
    events = call(chain, SERVICE, "ListCardEvents", pb2.ListCardEventsRequest(member_key="C-2", page_size=2)).events
    assert list(events) == [
        pb2.CardEvent(card="C-2", kind=pb2.CARD_EVENT_KIND_ISSUED, at=NOON, by="system"),
        pb2.CardEvent(card="C-1", kind=pb2.CARD_EVENT_KIND_REPLACED, reason="worn", at=NOON, by="system"),
    ]
