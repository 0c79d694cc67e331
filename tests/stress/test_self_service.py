"""A member's token reads that member's data, and nothing else of any RPC there is."""

from collections.abc import Iterator
from random import Random
from typing import Any
from uuid import uuid4

import grpc
import pytest

from application.identity.callers import CreateService, RevokeCaller, create_service, revoke_caller
from application.identity.enroll import Enroll, enroll
from domain.identity.organisation import ScopeKind
from entrypoints.grpc.rpc import PUBLIC
from liansuo.identity.v1 import identity_pb2
from liansuo.loyalty.v1 import loyalty_pb2
from liansuo.membership.v1 import membership_pb2
from liansuo.pricing.v1 import coupon_pb2
from liansuo.sales.v1 import sales_pb2
from tests.stress.chain import ADMIN, COUPONS, PHONES, Chain
from tests.stress.client import METHODS, Reply
from tests.stress.edge import Edge
from tests.stress.requests import MEMBER, new_id
from tests.stress.valid_requests import VALID

DENIED = grpc.StatusCode.PERMISSION_DENIED


class Asking:
    """Asks as a caller of the edge; a new edge has recognised nobody yet."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._edge = Edge(chain.url)

    def __call__(self, credential: str, rpc: str, request: Any) -> Reply:
        [reply] = self._edge.replies(rpc, [(credential, request.SerializeToString())])
        return reply

    def forget(self) -> None:
        self._edge.close()
        self._edge = Edge(self._chain.url)

    def close(self) -> None:
        self._edge.close()


@pytest.fixture
def ask(chain: Chain) -> Iterator[Asking]:
    asking = Asking(chain)
    yield asking
    asking.close()


def issued(ask: Asking, issuer: str, member: str = MEMBER) -> identity_pb2.IssueMemberTokenResponse:
    request = identity_pb2.IssueMemberTokenRequest(request_id=str(uuid4()), member_key=member)
    return ask(issuer, "IssueMemberToken", request).as_a(identity_pb2.IssueMemberTokenResponse)


@pytest.mark.capability("MEM-18")
def test_a_token_reads_its_members_own_data_only(chain: Chain, ask: Asking):
    token = issued(ask, chain.credentials[ADMIN])
    own = token.member_number
    asked = membership_pb2.GetMemberRequest()
    member = ask(token.token, "GetMember", asked).as_a(membership_pb2.GetMemberResponse).member
    assert (member.member_number, member.phone) == (own, f"+86{MEMBER}")
    assert ask(token.token, "GetMember", membership_pb2.GetMemberRequest(member_key=own)).ok
    points = ask(token.token, "GetPointsBalance", loyalty_pb2.GetPointsBalanceRequest())
    assert points.as_a(loyalty_pb2.GetPointsBalanceResponse).member_number == own
    bought = ask(token.token, "ListSales", sales_pb2.ListSalesRequest()).as_a(sales_pb2.ListSalesResponse)
    assert {sale.member_number for sale in bought.sales} <= {own}
    claim = coupon_pb2.ClaimCouponRequest(request_id=new_id(Random(7)), batch_code=COUPONS)
    claimed = ask(token.token, "ClaimCoupon", claim).as_a(coupon_pb2.ClaimCouponResponse)
    coupons = ask(token.token, "ListCoupons", coupon_pb2.ListCouponsRequest()).as_a(coupon_pb2.ListCouponsResponse)
    assert claimed.code in {coupon.code for coupon in coupons.coupons}
    # The service that issued both tokens is one caller: what it answered to one member it never tells another.
    theirs = ask(issued(ask, chain.credentials[ADMIN], PHONES[1]).token, "ClaimCoupon", claim)
    assert (theirs.code, theirs.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_REUSED")
    assert ask(token.token, "ClaimCoupon", claim).as_a(coupon_pb2.ClaimCouponResponse) == claimed
    for other in PHONES[1:]:
        reply = ask(token.token, "GetMember", membership_pb2.GetMemberRequest(member_key=other))
        assert (reply.code, reply.reason, reply.field) == (DENIED, "ONLY_OWN_DATA", "member_key")
    assert chain.broken() == []


@pytest.mark.capability("MEM-18")
def test_no_other_rpc_lets_a_member_in(chain: Chain, ask: Asking):
    token = issued(ask, chain.credentials[ADMIN], PHONES[3]).token
    chance = Random(8)
    own = {name for name, method in METHODS.items() if method.row.own}
    assert len(own) == 19
    for module in VALID.values():
        for rpc, valid in module.items():
            if METHODS[rpc].row.needs == PUBLIC:
                continue
            request = valid(new_id(chance), 1)
            reply = ask(token, rpc, request)
            if rpc in own:
                # The token is another member's.
                named = getattr(request, METHODS[rpc].row.own)
                assert not named or (reply.code, reply.reason) == (DENIED, "ONLY_OWN_DATA"), rpc
            else:
                assert (reply.code, reply.reason) == (DENIED, "NOT_FOR_MEMBERS"), rpc


def test_a_token_ends_by_itself_by_hand_and_with_its_issuer(chain: Chain, ask: Asking):
    code = chain.do(create_service, CreateService("MINI", "admin", ScopeKind.CHAIN, "")).enrolment_code
    issuer = chain.do(enroll, Enroll(code)).credential
    profile = membership_pb2.GetMemberRequest()

    def told(token: str) -> tuple[grpc.StatusCode, str]:
        ask.forget()
        reply = ask(token, "GetMember", profile)
        return reply.code, reply.reason

    ended = (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_ENDED")
    first, second = issued(ask, issuer, PHONES[0]).token, issued(ask, issuer, PHONES[1]).token
    assert told(first) == told(second) == (grpc.StatusCode.OK, "")
    with chain.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE member_tokens SET expires_at = '2026-01-01T00:00:00.000000Z'")
    assert told(first) == ended
    third, fourth = issued(ask, issuer, PHONES[2]).token, issued(ask, issuer, PHONES[3]).token
    request = identity_pb2.EndMemberTokensRequest(request_id=new_id(Random(9)), member_key=PHONES[2])
    assert ask(issuer, "EndMemberTokens", request).as_a(identity_pb2.EndMemberTokensResponse).ended == 1
    assert (told(third), told(fourth)[0]) == (ended, grpc.StatusCode.OK)
    chain.do(revoke_caller, RevokeCaller("MINI"))
    assert told(fourth) == ended
    assert told("member.unknown") == ended


def test_a_token_is_stored_as_a_digest_and_shown_once(chain: Chain, ask: Asking):
    request = identity_pb2.IssueMemberTokenRequest(request_id=new_id(Random(10)), member_key=MEMBER, minutes=61)
    reply = ask(chain.credentials[ADMIN], "IssueMemberToken", request)
    assert (reply.code, reply.field) == (grpc.StatusCode.INVALID_ARGUMENT, "minutes")
    request.minutes = 60
    first = ask(chain.credentials[ADMIN], "IssueMemberToken", request).as_a(identity_pb2.IssueMemberTokenResponse)
    again = ask(chain.credentials[ADMIN], "IssueMemberToken", request).as_a(identity_pb2.IssueMemberTokenResponse)
    assert (again.token, again.expires_at) == ("", first.expires_at)
    assert first.token not in str(chain.contents())
