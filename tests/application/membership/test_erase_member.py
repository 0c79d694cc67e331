"""A person is erased: nothing tells who they were, nothing leads to the file, and the books stay as they were."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import inspect

from adapters.privacy.keys import Keys
from adapters.sql.personal_data import PLACES
from application.care.service_cases import (
    AnswerServiceCase,
    ListServiceCases,
    OpenServiceCase,
    answer_service_case,
    list_service_cases,
    open_service_case,
)
from application.loyalty.expire_points import ExpirePoints, expire_points
from application.membership.attributes import (
    AttributeText,
    PutMemberAttributes,
    SetMemberAttributes,
    put_member_attributes,
    set_member_attributes,
)
from application.membership.erase_member import EraseMember, MemberErased, erase_member
from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.queries import GetMember, ListMembers, get_member, list_members
from application.membership.register_member import RegisterMember, register_member
from application.membership.update_member import UpdateMember, update_member
from application.sales.refund import RefundSale
from application.wallet.passing_on import CloseStoredValue, close_stored_value
from domain.identity.organisation import SYSTEM
from domain.membership.attribute import AttributeKind, MemberAttribute
from domain.membership.member import MemberKeyKind
from domain.pricing.coupon import CouponHolder
from domain.sales.sale import TenderKind
from domain.shared.errors import Forbidden, NotFound, Refusal
from tests.application.sales.coupons import issue, kinds, put_batch
from tests.application.wallet.paying_in import pay_in
from tests.world import MASTER_KEY, MEMBER, Till, World

pytestmark = pytest.mark.capability("SEC-05")
OTHER = "13900139000"
PERSON = (
    "王小明",
    MEMBER,
    "13900139000",
    "1990-05-17",
    "nurse",
    "li@example.com",
    "CARD1",
    "CARD2",
    "allergic",
    "blue",
)
"""Whatever is known of the person of `known`."""
TOUCHED = ("members", "member_keys", "member_cards", "member_data_keys", "points_lots", "coupons", "outbox")


@pytest.fixture
def known(world: World) -> World:
    """王小明 with two files of one person, a case, an attribute and changes; they bought for 300 points."""
    world.do(register_member, RegisterMember(phone=OTHER, card="CARD2"))
    fields = ("birthday", "occupation", "email")
    told = UpdateMember(MEMBER, fields, birthday="1990-05-17", occupation="nurse", email="li@example.com")
    world.do(update_member, told)
    world.do(put_member_attributes, PutMemberAttributes((MemberAttribute("EYES", "Eyes", AttributeKind.TEXT),)))
    world.do(set_member_attributes, SetMemberAttributes(MEMBER, (AttributeText("EYES", "blue"),)))
    case = world.once(open_service_case, OpenServiceCase("allergic to tea", "allergic", MEMBER), world.s1)
    world.do(answer_service_case, AnswerServiceCase(case.case_id, "allergic indeed", closes=True))
    world.once(merge_members, MergeMembers(MEMBER, OTHER, "One person", "S1"), SYSTEM)
    world.sell(Till().line("TEA", 3).member().card(30_000).command)
    return world


def erase(world: World, request_id: str = "", **more: Any) -> MemberErased:
    result: MemberErased = world.once(erase_member, EraseMember(MEMBER, "Asked for it", **more), SYSTEM, request_id)
    return result


def refused(world: World, **more: Any) -> Refusal:
    before = dump(world, *TOUCHED)
    with pytest.raises(Refusal) as refusal:
        erase(world, **more)
    assert dump(world, *TOUCHED) == before
    return refusal.value


def dump(world: World, *tables: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of these tables; without names of every table that there is."""
    found = tables or inspect(world.engine).get_table_names()
    return {table: sorted(world.rows(f"SELECT * FROM {table}"), key=repr) for table in found}


def blobs(dumped: dict[str, list[tuple[Any, ...]]]) -> set[bytes]:
    values = [value for rows in dumped.values() for row in rows for value in row]
    return {bytes(value) for value in values if isinstance(value, bytes | memoryview)}


def test_what_is_left_of_a_person_is_a_file_without_one(known: World):
    keys = Keys(MASTER_KEY)
    digests = {
        keys.digest(kind.value, text)
        for kind, text in (
            (MemberKeyKind.PHONE, f"+86{MEMBER}"), (MemberKeyKind.PHONE, f"+86{OTHER}"), (MemberKeyKind.CARD, "CARD1"),
            (MemberKeyKind.CARD, "CARD2"),
        )
    }  # fmt: skip
    assert digests <= blobs(dump(known, "member_keys", "member_cards"))
    members = dict(known.rows("SELECT member_id, member_number FROM members"))
    erased = erase(known, give_up=True)
    assert (erased.points, erased.coupons, erased.files) == (300, 0, 2)
    left = dump(known)
    # Neither in clear, nor encrypted, nor as a digest.
    clear, bytes_left = repr(left), blobs(left)
    assert not any(text in clear or any(text.encode() in blob for blob in bytes_left) for text in PERSON)
    assert not digests & bytes_left
    assert (left["member_data_keys"], left["member_keys"], left["member_cards"]) == ([], [], [])
    ciphers = [row for place in PLACES for row in known.rows(f"SELECT {', '.join(place.contexts)} FROM {place.table}")]
    assert len(ciphers) > len(members)
    assert not any(cipher for row in ciphers for cipher in row)
    for key in (MEMBER, OTHER, "CARD1", "CARD2", *members.values()):
        with pytest.raises(NotFound):
            known.ask(get_member, GetMember(key))
    assert known.ask(list_members, ListMembers()).members == []
    [(case_id,)] = known.rows("SELECT case_id FROM service_cases")
    [case] = known.ask(list_service_cases, ListServiceCases(case_id)).cases
    assert (case.subject, [entry.text for entry in case.entries]) == ("", [""] * len(case.entries))


def test_sales_and_the_books_stay_and_points_end_by_the_ordinary_expiry(known: World):
    [(sale_id,)] = known.rows("SELECT sale_id FROM sales")
    before = dump(known, "sales", "postings", "points_entries")
    ledger = known.ledger()
    erase(known, give_up=True)
    assert dump(known, *before) == before
    assert (known.ledger(), known.points(), known.broken()) == (ledger, 300, [])
    expired = known.do(expire_points, ExpirePoints())
    assert (expired.points, known.points(), known.broken()) == (300, 0, [])
    # Goods may still come back: what the sale's points were worth is taken off the money.
    known.refund(RefundSale(sale_id, reason="Broken"))
    assert known.broken() == []


def test_what_is_somebodys_is_settled_or_given_up_before(known: World):
    put_batch(known, "GIFT", CouponHolder.MEMBER)
    [code] = issue(known, "GIFT", members=(MEMBER,))
    refusal = refused(known)
    assert (refusal.reason, refusal.field) == ("NOT_GIVEN_UP", "give_up")
    assert refusal.details == {"points": 300, "coupons": 1}
    pay_in(known, 5_000)
    case = known.once(open_service_case, OpenServiceCase("Wet", "Again", MEMBER), known.s1)
    refusal = refused(known, give_up=True)
    assert (refusal.reason, refusal.field) == ("MEMBER_STILL_HOLDS", "member_key")
    assert f"stored value of 5000 CNY in minor units (CloseStoredValue), the open service case {case.case_id} (" in (
        refusal.message()
    )
    assert "储值 5000 CNY" in refusal.message("zh")
    known.do(answer_service_case, AnswerServiceCase(case.case_id, "Dry now", closes=True))
    known.once(close_stored_value, CloseStoredValue(MEMBER, TenderKind.CASH, "Leaves", store_code="S1"), SYSTEM)
    assert (erase(known, give_up=True).coupons, kinds(known, code)[-1]) == (1, "voided")


def test_an_erasure_happens_once_and_a_merge_of_erased_files_stays(known: World):
    [(merge_id,)] = known.rows("SELECT merge_id FROM member_merges")
    request = str(uuid4())
    erase(known, request, give_up=True)
    assert erase(known, request, give_up=True) is None
    assert refused(known, give_up=True).reason == "UNKNOWN_MEMBER"
    with pytest.raises(Forbidden):
        known.once(erase_member, EraseMember(MEMBER, "Asked for it"), known.s1)
    with pytest.raises(Refusal) as refusal:
        known.once(undo_member_merge, UndoMemberMerge(merge_id, "Two persons"), SYSTEM)
    assert (refusal.value.reason, refusal.value.field) == ("FILE_ERASED", "merge_id")
    # The phone is free for whoever registers with it, the same person too.
    assert known.do(register_member, RegisterMember(phone=MEMBER)).points_balance == 0


def test_the_answer_of_a_request_about_them_goes_too(world: World):
    request = str(uuid4())
    told = UpdateMember(MEMBER, ("name",), name="李小明")
    world.once(update_member, told, SYSTEM, request)
    assert world.once(update_member, told, SYSTEM, request) is None
    erase(world)
    with pytest.raises(NotFound) as refusal:
        world.once(update_member, told, SYSTEM, request)
    assert (refusal.value.reason, refusal.value.field) == ("ANSWER_ERASED", "request_id")
