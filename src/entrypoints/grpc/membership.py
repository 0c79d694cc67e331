"""The RPCs of membership."""

from typing import Final

from application.membership.add_card import add_card
from application.membership.attributes import (
    get_member_attributes,
    list_member_attribute_values,
    list_member_attributes,
    put_member_attributes,
    set_member_attributes,
)
from application.membership.cards import block_card, list_card_events, replace_card, unblock_card
from application.membership.find_duplicates import find_duplicate_members
from application.membership.get_member_habits import get_member_habits
from application.membership.growth import count_new_members
from application.membership.merge_members import MERGE, list_member_merges, merge_members, undo_member_merge
from application.membership.put_member_segments import put_member_segments
from application.membership.queries import get_member, list_member_changes, list_members
from application.membership.register_member import register_member
from application.membership.register_online import register_online
from application.membership.update_member import update_member
from entrypoints.grpc.rpc import Service, read, write
from liansuo.membership.v1 import membership_pb2 as pb2

REGISTER: Final = "membership.register"
READ: Final = "membership.read"
PERSONAL: Final = "membership.personal"
SEGMENT: Final = "membership.segment"
LINK: Final = "membership.link"
ATTRIBUTES: Final = "membership.attributes"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["MembershipService"],
    {
        "RegisterMember": write(register_member, pb2.RegisterMemberResponse, needs=REGISTER, into="member"),
        "RegisterOnline": write(register_online, pb2.RegisterOnlineResponse, needs=LINK),
        "GetMember": read(get_member, pb2.GetMemberResponse, needs=READ, into="member", own="member_key"),
        # Who may page through all members may see who they are: a till looks up one at a time.
        "ListMembers": read(list_members, pb2.ListMembersResponse, needs=PERSONAL),
        "UpdateMember": write(update_member, pb2.UpdateMemberResponse, needs=REGISTER, into="member"),
        "ListMemberChanges": read(list_member_changes, pb2.ListMemberChangesResponse, needs=PERSONAL),
        "AddCard": write(add_card, pb2.AddCardResponse, needs=REGISTER, into="member"),
        "BlockCard": write(block_card, pb2.BlockCardResponse, needs=REGISTER, into="member"),
        "UnblockCard": write(unblock_card, pb2.UnblockCardResponse, needs=REGISTER, into="member"),
        "ReplaceCard": write(replace_card, pb2.ReplaceCardResponse, needs=REGISTER, into="member"),
        "ListCardEvents": read(list_card_events, pb2.ListCardEventsResponse, needs=PERSONAL),
        "PutMemberSegments": write(put_member_segments, pb2.PutMemberSegmentsResponse, needs=SEGMENT),
        "PutMemberAttributes": write(put_member_attributes, pb2.PutMemberAttributesResponse, needs=ATTRIBUTES),
        "ListMemberAttributes": read(list_member_attributes, pb2.ListMemberAttributesResponse, needs=READ),
        "SetMemberAttributes": write(set_member_attributes, pb2.SetMemberAttributesResponse, needs=REGISTER),
        "GetMemberAttributes": read(
            get_member_attributes, pb2.GetMemberAttributesResponse, needs=PERSONAL, own="member_key"
        ),
        "ListMemberAttributeValues": read(
            list_member_attribute_values, pb2.ListMemberAttributeValuesResponse, needs=PERSONAL, own="member_key"
        ),
        "CountNewMembers": read(count_new_members, pb2.CountNewMembersResponse, needs=READ),
        "GetMemberHabits": read(get_member_habits, pb2.GetMemberHabitsResponse, needs=PERSONAL, own="member_key"),
        "MergeMembers": write(merge_members, pb2.MergeMembersResponse, needs=MERGE),
        "UndoMemberMerge": write(undo_member_merge, pb2.UndoMemberMergeResponse, needs=MERGE),
        "FindDuplicateMembers": read(find_duplicate_members, pb2.FindDuplicateMembersResponse, needs=MERGE),
        "ListMemberMerges": read(list_member_merges, pb2.ListMemberMergesResponse, needs=PERSONAL),
    },
)
