"""A member's copy of everything that is held about them."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from application.membership.export_member import ExportMember, export_member
from application.membership.merge_members import MergeMembers, merge_members
from application.membership.register_member import RegisterMember, register_member
from application.membership.update_member import UpdateMember, update_member
from application.paging import InvalidPageToken
from application.scope import WholeChainOnly
from domain.identity.organisation import SYSTEM
from tests.world import MEMBER, Till, World

OTHER = "13900139000"


def exported(world: World, page_size: int) -> tuple[list[dict[str, Any]], int]:
    """All records, page by page, and how many pages there were."""
    records: list[dict[str, Any]] = []
    token, pages = "", 0
    while token or not pages:
        page = world.ask(export_member, ExportMember(MEMBER, page_size, token))
        assert len(page.records) == page_size or not page.next_page_token
        records += [json.loads(record) for record in page.records]
        token, pages = page.next_page_token, pages + 1
    return records, pages


@pytest.mark.capability("SEC-05")
def test_a_copy_holds_everything_of_all_files_once_whatever_the_pages(world: World):
    world.do(register_member, RegisterMember(phone=OTHER, card="CARD2"))
    world.do(update_member, UpdateMember(MEMBER, ("occupation",), occupation="nurse"))
    world.sell(Till().line("TEA", 3).member().card(30_000).command)
    world.once(merge_members, MergeMembers(MEMBER, OTHER, "One person", "S1"), SYSTEM)
    whole, pages = exported(world, 500)
    assert pages == 1
    assert exported(world, 2)[0] == whole
    with pytest.raises(WholeChainOnly):
        world.ask(export_member, ExportMember(MEMBER), world.s1)
    own = replace(world.s1, member_number=whole[0]["member_number"])
    assert world.ask(export_member, ExportMember(MEMBER, 500), own).records
    tables = [record["table"] for record in whole]
    assert {table: tables.count(table) for table in dict.fromkeys(tables)} == {
        "members": 2, "member_keys": 6, "member_changes": 1, "member_cards": 2, "member_card_events": 2,
        "points_entries": 1, "sales": 1,
    }  # fmt: skip
    person = whole[0]
    assert (person["name"], person["phone"], person["occupation"]) == ("王小明", f"+86{MEMBER}", "nurse")
    [change] = [record for record in whole if record["table"] == "member_changes"]
    assert (change["field"], change["before"], change["after"]) == ("occupation", "", "nurse")
    assert {record["card"] for record in whole if record["table"] == "member_cards"} == {"CARD1", "CARD2"}
    [sale] = [record for record in whole if record["table"] == "sales"]
    assert (sale["total_minor"], [line["quantity_milli"] for line in sale["lines"]]) == (30_000, [3_000])
    assert not [name for record in whole for name in record if "cipher" in name or "digest" in name]


def test_a_token_that_no_page_has_handed_out_is_refused(world: World):
    for key in (
        [0, 99, ""], [0, -1, ""], [0, 2, "[]"], [0, 2, "{"], [0, 2, '["x",1]'], [0, 2, '["2026-01-01T00:00:00",1]'],
        [0, 2, '["0001-01-01T00:00:00+14:00",1]'], [0, 3, '["\\ud800","2026-01-01T00:00:00+00:00",1]'],
        [0, 1, '["xy"]'], [0, 6, "[9223372036854775808]"], [0, 6, "[true]"],
    ):  # fmt: skip
        token = base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")
        with pytest.raises(InvalidPageToken):
            world.ask(export_member, ExportMember(MEMBER, 0, token))
