"""One valid request for every RPC that serves the benefits of tiers, beside those of tiers themselves."""

from typing import Final

from liansuo.care.v1 import care_pb2
from liansuo.marketing.v1 import marketing_pb2
from liansuo.pricing.v1 import coupon_pb2
from liansuo.wallet.v1 import times_card_pb2
from tests.stress.chain import CASE, COUPONS, EVENT, PHONES, USES
from tests.stress.requests import Valid

BIRTHDAYS: Final[dict[str, Valid]] = {
    "IssueBirthdayCoupons": lambda key, _: coupon_pb2.IssueBirthdayCouponsRequest(request_id=key, batch_code=COUPONS),
}

INVITATIONS: Final[dict[str, Valid]] = {
    "InviteMembers": lambda key, _: marketing_pb2.InviteMembersRequest(
        request_id=key, event_code=EVENT, member_keys=[PHONES[0]], invited_max=3
    ),
    "AnswerInvitation": lambda key, _: marketing_pb2.AnswerInvitationRequest(
        request_id=key,
        event_code=EVENT,
        member_key=PHONES[0],
        answer=marketing_pb2.INVITATION_ANSWER_ACCEPTED,
    ),
    "ListInvitations": lambda key, _: marketing_pb2.ListInvitationsRequest(
        event_code=EVENT, answer=marketing_pb2.INVITATION_ANSWER_OPEN, page_size=3
    ),
}

CARE: Final[dict[str, Valid]] = {
    "OpenServiceCase": lambda key, _: care_pb2.OpenServiceCaseRequest(
        request_id=key, subject="Broken cup", text="It came in pieces.", member_key=PHONES[0], store_code="S1"
    ),
    "AnswerServiceCase": lambda key, _: care_pb2.AnswerServiceCaseRequest(
        request_id=key, case_id=CASE, text="We send another one.", closes=True
    ),
    "ListServiceCases": lambda key, _: care_pb2.ListServiceCasesRequest(member_key=PHONES[0], page_size=3),
}

TIMES_CARDS: Final[dict[str, Valid]] = {
    "UseTimesCard": lambda key, _: times_card_pb2.UseTimesCardRequest(
        request_id=key, member_key=PHONES[-1], sku=USES, uses=2, store_code="S1"
    ),
    "ListTimesCards": lambda key, _: times_card_pb2.ListTimesCardsRequest(member_key=PHONES[-1], page_size=3),
}
