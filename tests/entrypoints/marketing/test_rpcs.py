"""Draws and events through the contract, from message to message."""

from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from domain.identity.organisation import Caller
from entrypoints.grpc.codec import FieldRequired
from entrypoints.grpc.marketing import DRAWS, EVENTS
from entrypoints.grpc.rpc import Kind, Service
from liansuo.marketing.v1 import marketing_pb2 as pb2
from tests.entrypoints.table_calls import permissions
from tests.world import MEMBER, OPENING, Till, World, opened

END = OPENING + timedelta(days=2)


@pytest.fixture
def chain(sqlite_chain: str) -> Any:
    """Messages are the same on every engine; the use cases are tested on both."""
    with opened(sqlite_chain, furnished=True) as world:
        yield world
        assert world.broken() == []


def call(world: World, service: Service, name: str, request: Message, caller: Caller | None = None) -> Any:
    method = service.methods[f"/{service.name}/{name}"]
    run = world.ask if method.row.kind is Kind.READ else world.do
    result = run(method.use_case, method.decode(request), caller or world.s1)
    return method.row.response.FromString(method.show(result))


def at(moment: Any) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def lucky_draw() -> pb2.LuckyDraw:
    """Every field set; the first prize is always won."""
    return pb2.LuckyDraw(
        code="XMAS",
        name_en="Christmas draw",
        name_zh="圣诞抽奖",
        currency="CNY",
        from_at=at(OPENING),
        until_at=at(END),
        store_codes=["S1"],
        region_codes=["EAST"],
        channels=["store"],
        prizes=[
            pb2.Prize(
                code="MUG",
                kind=pb2.PRIZE_KIND_GOODS,
                name_en="A mug",
                name_zh="马克杯",
                number=2,
                chance_ppm=1_000_000,
                value_minor=5_000,
                sku="MUG",
                pieces=1,
            ),
            pb2.Prize(code="THANKS", kind=pb2.PRIZE_KIND_NOTHING, name_en="Thank you", name_zh="谢谢参与"),
        ],
        spend_step_minor=10_000,
        tickets_per_sale_max=5,
        plays_per_member_max=9,
        plays_per_member_day_max=8,
    )


def event() -> pb2.ExperienceEvent:
    return pb2.ExperienceEvent(
        code="TASTING",
        name_en="Tea tasting",
        name_zh="品茶会",
        store_code="S1",
        starts_at=at(OPENING + timedelta(hours=1)),
        ends_at=at(OPENING + timedelta(hours=3)),
        seats=2,
        draw_code="XMAS",
        tickets=1,
        points=30,
        invited_only=True,
    )


def test_names_a_permission_for_every_rpc():
    assert permissions(DRAWS) == {
        "PutDraw": "draws.manage",
        "PublishDraw": "draws.manage",
        "GetDraw": "draws.read",
        "ListDraws": "draws.read",
        "GrantTickets": "draws.grant",
        "ClaimTickets": "draws.play",
        "PlayDraw": "draws.play",
        "ListPlays": "draws.read",
        "VerifyDraw": "draws.read",
    }
    assert permissions(EVENTS) == {
        "PutEvent": "events.manage",
        "GetEvent": "events.read",
        "ListEvents": "events.read",
        "BookSeat": "events.book",
        "CancelSeat": "events.book",
        "CheckIn": "events.book",
        "InviteMembers": "events.manage",
        "AnswerInvitation": "events.book",
        "ListInvitations": "events.manage",
    }


@pytest.mark.capability("PRM-18")
def test_carries_a_draw_from_its_draft_to_its_proof(chain: World):
    terms = lucky_draw()
    assert {field.name for field, _ in terms.ListFields()} == set(pb2.LuckyDraw.DESCRIPTOR.fields_by_name)
    assert call(chain, DRAWS, "PutDraw", pb2.PutDrawRequest(draw=terms)).created
    published = call(chain, DRAWS, "PublishDraw", pb2.PublishDrawRequest(code="XMAS"))
    sale = chain.sell(Till().line("TEA", 2).member().cash(20_000).command)
    claim = pb2.ClaimTicketsRequest(draw_code="XMAS", sale_id=sale.sale_id, member_key=MEMBER)
    assert len(call(chain, DRAWS, "ClaimTickets", claim).ticket_ids) == 2
    grant = pb2.GrantTicketsRequest(draw_code="XMAS", member_key=MEMBER, tickets=1, reason="Opening")
    assert len(call(chain, DRAWS, "GrantTickets", grant).ticket_ids) == 1
    wish = pb2.PlayDrawRequest(draw_code="XMAS", member_key=MEMBER, channel="store")
    played = [call(chain, DRAWS, "PlayDraw", wish) for _ in range(3)]
    assert [(one.play_number, one.outcome, one.prize.code) for one in played] == [
        (1, pb2.PLAY_OUTCOME_WON, "MUG"), (2, pb2.PLAY_OUTCOME_WON, "MUG"), (3, pb2.PLAY_OUTCOME_NONE_LEFT, "THANKS"),
    ]  # fmt: skip
    chain.clock.now = END + timedelta(minutes=1)
    found = call(chain, DRAWS, "GetDraw", pb2.GetDrawRequest(code="XMAS", member_key=MEMBER))
    assert (found.draw, found.state, found.plays) == (terms, pb2.DRAW_STATE_ENDED, 3)
    assert (found.seed_commitment, found.terms_digest) == (published.seed_commitment, published.terms_digest)
    assert (len(found.seed), found.published_by) == (64, "T1")
    assert list(found.figures) == [pb2.PrizeFigures(code="MUG", awarded=2)]
    assert (found.member.granted, found.member.used, found.member.playable) == (3, 3, 0)
    [listed] = call(chain, DRAWS, "ListDraws", pb2.ListDrawsRequest()).draws
    assert (listed.code, listed.seed_commitment) == ("XMAS", published.seed_commitment)
    plays = call(chain, DRAWS, "ListPlays", pb2.ListPlaysRequest(draw_code="XMAS", member_key=MEMBER, page_size=2))
    assert [(one.play_number, one.drawn_code, one.left_before) for one in plays.plays] == [(1, "MUG", 2), (2, "MUG", 1)]
    assert plays.next_page_token
    assert call(chain, DRAWS, "VerifyDraw", pb2.VerifyDrawRequest(code="XMAS")) == pb2.VerifyDrawResponse(verified=3)


@pytest.mark.capability("PRM-18")
def test_carries_an_event_from_its_announcement_to_the_check_in(chain: World):
    call(chain, DRAWS, "PutDraw", pb2.PutDrawRequest(draw=lucky_draw()))
    call(chain, DRAWS, "PublishDraw", pb2.PublishDrawRequest(code="XMAS"))
    assert call(chain, EVENTS, "PutEvent", pb2.PutEventRequest(event=event())).created
    seat = {"event_code": "TASTING", "member_key": MEMBER}
    invited = call(chain, EVENTS, "InviteMembers", pb2.InviteMembersRequest(event_code="TASTING", member_keys=[MEMBER]))
    assert (invited.invited, invited.invited_total, invited.next_page_token) == (1, 1, "")
    for answer, left in ((pb2.INVITATION_ANSWER_ACCEPTED, 1), (pb2.INVITATION_ANSWER_DECLINED, 2)):
        answered = call(chain, EVENTS, "AnswerInvitation", pb2.AnswerInvitationRequest(**seat, answer=answer))
        assert (answered.answer, answered.seats_left) == (answer, left)
        listed = call(chain, EVENTS, "ListInvitations", pb2.ListInvitationsRequest(event_code="TASTING", answer=answer))
        assert [one.answer for one in listed.invitations] == [answer]
    assert call(chain, EVENTS, "BookSeat", pb2.BookSeatRequest(**seat)).seats_left == 1
    assert call(chain, EVENTS, "CancelSeat", pb2.CancelSeatRequest(**seat)).seats_left == 2
    assert call(chain, EVENTS, "BookSeat", pb2.BookSeatRequest(**seat)).seats_left == 1
    answer = call(chain, EVENTS, "CheckIn", pb2.CheckInRequest(**seat))
    assert (len(answer.ticket_ids), answer.points, answer.points_balance) == (1, 30, 30)
    stored = event()
    stored.taken = 1
    assert {field.name for field, _ in stored.ListFields()} == set(pb2.ExperienceEvent.DESCRIPTOR.fields_by_name)
    assert call(chain, EVENTS, "GetEvent", pb2.GetEventRequest(code="TASTING")).event == stored
    listed = call(chain, EVENTS, "ListEvents", pb2.ListEventsRequest(from_at=at(OPENING)))
    assert list(listed.events) == [stored]


@pytest.mark.parametrize("field", ["draw.from_at", "draw.prizes[0].kind"])
def test_refuses_a_draw_that_leaves_out_what_is_required(chain: World, field: str):
    terms = lucky_draw()
    if field.endswith("kind"):
        terms.prizes[0].ClearField("kind")
    else:
        terms.ClearField("from_at")
    with pytest.raises(FieldRequired) as refusal:
        call(chain, DRAWS, "PutDraw", pb2.PutDrawRequest(draw=terms))
    assert refusal.value.field == field
