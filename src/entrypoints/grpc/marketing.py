"""The RPCs of marketing: lucky draws and experience events."""

from typing import Final

from application.marketing.event_queries import get_event, list_events
from application.marketing.event_seats import book_seat, cancel_seat, check_in
from application.marketing.invitations import answer_invitation, invite_members, list_invitations
from application.marketing.play_draw import play_draw
from application.marketing.publish_draw import publish_draw
from application.marketing.put_draw import put_draw
from application.marketing.put_event import put_event
from application.marketing.queries import get_draw, list_draws, list_plays
from application.marketing.tickets import claim_tickets, grant_tickets
from application.marketing.verify_draw import verify_draw
from entrypoints.grpc.rpc import Service, read, write
from liansuo.marketing.v1 import marketing_pb2 as pb2

MANAGE: Final = "draws.manage"
READ: Final = "draws.read"
PLAY: Final = "draws.play"
BOOK: Final = "events.book"

DRAWS: Final = Service(
    pb2.DESCRIPTOR.services_by_name["DrawService"],
    {
        "PutDraw": write(put_draw, pb2.PutDrawResponse, needs=MANAGE),
        "PublishDraw": write(publish_draw, pb2.PublishDrawResponse, needs=MANAGE),
        "GetDraw": read(get_draw, pb2.GetDrawResponse, needs=READ),
        "ListDraws": read(list_draws, pb2.ListDrawsResponse, needs=READ),
        "GrantTickets": write(grant_tickets, pb2.GrantTicketsResponse, needs="draws.grant"),
        "ClaimTickets": write(claim_tickets, pb2.ClaimTicketsResponse, needs=PLAY),
        "PlayDraw": write(play_draw, pb2.PlayDrawResponse, needs=PLAY),
        "ListPlays": read(list_plays, pb2.ListPlaysResponse, needs=READ),
        "VerifyDraw": read(verify_draw, pb2.VerifyDrawResponse, needs=READ),
    },
)
EVENTS: Final = Service(
    pb2.DESCRIPTOR.services_by_name["ExperienceService"],
    {
        "PutEvent": write(put_event, pb2.PutEventResponse, needs="events.manage"),
        "GetEvent": read(get_event, pb2.GetEventResponse, needs="events.read", into="event"),
        "ListEvents": read(list_events, pb2.ListEventsResponse, needs="events.read"),
        "BookSeat": write(book_seat, pb2.BookSeatResponse, needs=BOOK),
        "CancelSeat": write(cancel_seat, pb2.CancelSeatResponse, needs=BOOK),
        "CheckIn": write(check_in, pb2.CheckInResponse, needs=BOOK),
        "InviteMembers": write(invite_members, pb2.InviteMembersResponse, needs="events.manage"),
        "AnswerInvitation": write(answer_invitation, pb2.AnswerInvitationResponse, needs=BOOK),
        "ListInvitations": read(list_invitations, pb2.ListInvitationsResponse, needs="events.manage"),
    },
)
