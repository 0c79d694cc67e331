"""What has a limit is given exactly so often, however many terminals ask for it at the same time (T13).

Promotions with limits, prizes and plays of draws, seats of events.
"""

import shutil
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from adapters.sql.migrations import migrate
from application.identity.settings import PutSetting, put_setting
from application.loyalty.quota_queries import GetPointsQuotas, get_points_quotas
from application.marketing.put_event import PutEvent, put_event
from application.marketing.tickets import GrantTickets, grant_tickets
from application.marketing.verify_draw import VerifyDraw, verify_draw
from application.membership.register_member import RegisterMember, RegisterMembers, register_members
from application.pricing.figures import GetCampaign, GetPromotionFigures, get_campaign, get_promotion_figures
from application.pricing.put_campaigns import PutCampaigns, put_campaigns
from application.pricing.put_promotions import PutPromotions, put_promotions
from domain.identity.organisation import ScopeKind
from domain.marketing.draw import Prize, PrizeKind
from domain.marketing.experience_event import ExperienceEvent
from domain.pricing.limits import Campaign, Limits, WhenShort
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from liansuo.marketing.v1 import marketing_pb2
from liansuo.sales.v1 import sales_pb2 as pb2
from tests.postgres import postgres_server
from tests.stress.chain import LAST, PHONES, Chain, furnished
from tests.stress.client import Reply, Terminal, side_by_side
from tests.stress.conftest import ENGINES, opened, running, server_for
from tests.stress.requests import new_id, sale
from tests.stress.test_scarce import OK, REFUSED, outcomes

BUYERS = 50
GOODS_OF = "K04"
"""What the promotions of this file are about; it costs 10.00."""
pytestmark = pytest.mark.timeout(300)
THANKS = Prize("THANKS", PrizeKind.NOTHING, "Thank you", "谢谢参与")
TICKETS = 13
"""Of each of four members in a draw, who together have more than are played."""


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> Random:
    return Random(request.node.name)


@pytest.fixture
def code(chain: Chain, chance: Random):
    """A code of its own for each test; its promotion is paused afterwards."""
    code = f"L{chance.getrandbits(32)}"
    yield code
    chain.do(put_promotions, PutPromotions((promotion(code, 330, paused=True),)))
    assert chain.broken() == []


def promotion(code: str, off_minor: int, *, paused: bool = False, **limits: object) -> Promotion:
    benefit = Benefit(BenefitKind.AMOUNT, ItemSet(skus=(GOODS_OF,)), off_minor=off_minor)
    return Promotion(code, "Limited", benefit, paused=paused, currency="CNY", limits=Limits(**limits))  # type: ignore[arg-type]


def bought(chance: Random, *, member: str = "", pieces: int = 1) -> pb2.CheckoutRequest:
    return sale(new_id(chance), {GOODS_OF: pieces}, member=member)


def given(replies: list[Reply]) -> Counter[int]:
    """How many sales were given how much."""
    return Counter(reply.as_a(pb2.CheckoutResponse).sale.discount_minor for reply in replies)


def used(chain: Chain, code: str) -> tuple[int, int]:
    found = chain.ask(get_promotion_figures, GetPromotionFigures(code))
    return found.uses, found.discount_minor


def grant(chain: Chain, code: str, phone: str, count: int) -> None:
    chain.do(grant_tickets, GrantTickets(code, phone, count, "Test", "S1"))


def plays(chance: Random, code: str, *phones: str) -> list[marketing_pb2.PlayDrawRequest]:
    return [
        marketing_pb2.PlayDrawRequest(request_id=new_id(chance), draw_code=code, member_key=phones[place % len(phones)])
        for place in range(BUYERS)
    ]


def came_of(replies: list[Reply]) -> Counter[int]:
    """How many plays had which outcome."""
    return Counter(reply.as_a(marketing_pb2.PlayDrawResponse).outcome for reply in replies)


def check_numbered(chain: Chain, code: str, replies: list[Reply]) -> None:
    """The plays are numbered without a gap, and all of them can be recomputed."""
    numbers = [reply.as_a(marketing_pb2.PlayDrawResponse).play_number for reply in replies]
    assert sorted(numbers) == list(range(1, BUYERS + 1))
    assert chain.ask(verify_draw, VerifyDraw(code, page_size=500)).verified == BUYERS


@pytest.mark.capability("PRM-14")
def test_is_given_to_seven_of_fifty(chain: Chain, tills: list[Terminal], code: str, chance: Random):
    """Half of them buy in the store and half online."""
    chain.do(put_promotions, PutPromotions((promotion(code, 330, uses_max=7),)))
    requests = [bought(chance) for _ in range(BUYERS)]
    for request in requests[::2]:
        request.basket.channel = "web"

    assert given(side_by_side(tills, "Checkout", requests)) == {330: 7, 0: BUYERS - 7}
    assert used(chain, code) == (7, 7 * 330)


@pytest.mark.capability("PRM-12")
def test_is_given_once_to_a_member_who_stands_at_fifty_tills(
    chain: Chain, tills: list[Terminal], tills_elsewhere: list[Terminal], code: str, chance: Random
):
    chain.do(put_promotions, PutPromotions((promotion(code, 330, uses_per_member_max=1),)))
    buyers = [till for pair in zip(tills[:25], tills_elsewhere, strict=True) for till in pair]

    replies = side_by_side(buyers, "Checkout", [bought(chance, member=PHONES[0]) for _ in range(BUYERS)])

    assert given(replies) == {330: 1, 0: BUYERS - 1}
    assert used(chain, code) == (1, 330)


@pytest.mark.capability("PTS-06")
def test_a_store_issues_no_point_beyond_its_quota(chain: Chain, tills: list[Terminal], chance: Random, proven: None):
    """125 points, of which sales of four members at fifty tills ask for ten each; none of them is refused."""
    chain.do(put_setting, PutSetting("points_quota_store", ScopeKind.STORE, "S1", "125"))
    try:
        requests = [bought(chance, member=PHONES[place % len(PHONES)]) for place in range(BUYERS)]
        replies = side_by_side(tills, "Checkout", requests)
    finally:
        chain.do(put_setting, PutSetting("points_quota_store", ScopeKind.STORE, "S1", "0"))

    earned = Counter(reply.as_a(pb2.CheckoutResponse).sale.points_earned for reply in replies)
    assert earned == {10: 12, 5: 1, 0: BUYERS - 13}
    [quota] = chain.ask(get_points_quotas, GetPointsQuotas("S1")).quotas
    assert quota.issued_points == 125


@pytest.mark.capability("FIN-10")
@pytest.mark.parametrize(
    ("when_short", "expected"),
    [(WhenShort.CAP, {330: 15, 50: 1, 0: BUYERS - 16}), (WhenShort.REFUSE, {330: 15, 0: BUYERS - 15})],
)
def test_a_budget_of_fifty_is_never_passed(
    chain: Chain, tills: list[Terminal], code: str, chance: Random, when_short: WhenShort, expected: dict[int, int]
):
    chain.do(
        put_promotions,
        PutPromotions((promotion(code, 330, discount_minor_total_max=5_000, when_short=when_short),)),
    )

    replies = side_by_side(tills, "Checkout", [bought(chance) for _ in range(BUYERS)])

    assert given(replies) == expected
    assert used(chain, code) == (sum(count for off, count in expected.items() if off), sum(given(replies).elements()))


def test_refunds_and_sales_at_once_leave_the_budget_exact(
    chain: Chain, tills: list[Terminal], code: str, chance: Random
):
    """What comes back may be given again, and nothing is given twice."""
    chain.do(put_campaigns, PutCampaigns((Campaign(code, "Fifty", "CNY", budget_minor=5_000),)))
    chain.do(put_promotions, PutPromotions((promotion(code, 330, campaign_code=code),)))
    requests = [bought(chance, member=chance.choice(["", *PHONES])) for _ in range(BUYERS)]
    sold = [reply.as_a(pb2.CheckoutResponse).sale for reply in side_by_side(tills, "Checkout", requests)]
    back = [one for one in sold if one.discount_minor][:10]

    sent = [
        till.send("RefundSale", pb2.RefundSaleRequest(request_id=new_id(chance), sale_id=one.sale_id, reason="Back"))
        for till, one in zip(tills, back, strict=False)
    ]
    sent += [till.send("Checkout", bought(chance, member=chance.choice(["", *PHONES]))) for till in tills]
    replies = [one.reply() for one in sent]

    returned = sum(-one.as_a(pb2.RefundSaleResponse).sale.discount_minor for one in replies[: len(back)])
    assert returned == sum(one.discount_minor for one in back)
    again = sum(given(replies[len(back) :]).elements())
    spent = sum(one.discount_minor for one in sold) - returned + again
    assert chain.ask(get_campaign, GetCampaign(code)).discount_minor == spent <= 5_000
    last = given(side_by_side(tills[:20], "Checkout", [bought(chance) for _ in range(20)]))
    assert spent + sum(last.elements()) == 5_000


@pytest.mark.capability("PRM-18")
def test_of_fifty_who_play_for_seven_prizes_seven_win(
    chain: Chain, tills: list[Terminal], chance: Random, proven: None
):
    """Points first, of which there are seven; then goods, of which the store has seven. Each request is sent twice."""
    chain.receive_last(7)
    seven = Prize("SEVEN", PrizeKind.POINTS, "A point", "积分", 7, 1_000_000, value_minor=1, points=1)
    goods = Prize("LAST", PrizeKind.GOODS, "The last", "末件", BUYERS, 1_000_000, value_minor=1, sku=LAST, pieces=1)
    for code, prize, otherwise in (
        ("POINTS7", seven, marketing_pb2.PLAY_OUTCOME_NONE_LEFT),
        ("GOODS7", goods, marketing_pb2.PLAY_OUTCOME_NO_STOCK),
    ):
        chain.open_draw(code, prize, THANKS)
        for phone in PHONES:
            grant(chain, code, phone, TICKETS)
        requests = plays(chance, code, *PHONES)

        replies = side_by_side(tills, "PlayDraw", requests)

        assert came_of(replies) == {marketing_pb2.PLAY_OUTCOME_WON: 7, otherwise: BUYERS - 7}
        check_numbered(chain, code, replies)
        again = side_by_side(tills[:5], "PlayDraw", requests[:5])
        assert [one.body for one in again] == [one.body for one in replies[:5]]
        assert all(one.replayed for one in again)
    assert chain.on_hand(LAST) == 0


@pytest.mark.capability("PRM-18")
def test_a_member_at_fifty_terminals_plays_as_often_as_allowed(
    chain: Chain, tills: list[Terminal], chance: Random, proven: None
):
    chain.open_draw("OFTEN", THANKS, plays_per_member_max=9, plays_per_member_day_max=5)
    grant(chain, "OFTEN", PHONES[0], 60)

    replies = side_by_side(tills, "PlayDraw", plays(chance, "OFTEN", PHONES[0]))

    assert outcomes(replies) == {(OK, ""): 5, (REFUSED, "PLAYED_OFTEN_TODAY"): BUYERS - 5}


@pytest.mark.capability("PRM-18")
def test_seven_seats_go_to_seven_of_fifty(chain: Chain, tills: list[Terminal], chance: Random, proven: None):
    cards = [f"SEAT-{number:02d}" for number in range(BUYERS)]
    chain.do(register_members, RegisterMembers(tuple(RegisterMember(card=card, source="test") for card in cards)))
    begins = chain.clock() + timedelta(days=1)
    event = ExperienceEvent("SEATS", "Seats", "座位", "S1", begins, begins + timedelta(hours=1), 7)
    chain.do(put_event, PutEvent(event))
    requests = [
        marketing_pb2.BookSeatRequest(request_id=new_id(chance), event_code="SEATS", member_key=card) for card in cards
    ]

    replies = side_by_side(tills, "BookSeat", requests)

    assert outcomes(replies) == {(OK, ""): 7, (REFUSED, "NO_SEATS_LEFT"): BUYERS - 7}
    assert chain.rows("SELECT taken FROM event_counts WHERE seats = 7") == [(7,)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_server_that_is_killed_gives_what_was_left_and_no_more(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str
):
    """Terminals repeat what was not answered under the same request id, until it is."""
    chance = Random(7)
    with ExitStack() as cleaning:
        if engine == "sqlite":
            file = shutil.copyfile(request.getfixturevalue("empty_file"), tmp_path / "liansuo.db")
            url = f"sqlite:///{file}"
        else:
            url = cleaning.enter_context(postgres_server(durable=True)).create_database("liansuo")
            migrate(url)
        chain = furnished(url)
        cleaning.callback(chain.close)
        limits = {"uses_max": 40, "discount_minor_total_max": 10_000}
        chain.do(put_promotions, PutPromotions((promotion("P", 330, **limits),)))
        server = cleaning.enter_context(running(server_for(chain, tmp_path / "server.log")))
        credentials = [chain.credentials[f"S1-{number:02d}"] for number in range(1, 9)]
        terminals = cleaning.enter_context(opened(server, credentials))
        requests = [bought(chance, member=chance.choice(["", *PHONES])) for _ in range(64)]
        answered: list[Reply] = []
        for start in range(0, len(requests), 8):
            batch = requests[start : start + 8]
            sent = [till.send("Checkout", one, deadline_s=5.0) for till, one in zip(terminals, batch, strict=True)]
            if start == 16:
                server.kill()
                server.start()
                server.await_all_workers()
            if start == 32:
                server.kill_workers()
            for one in sent:
                one.reply()
            answered += [till.insist("Checkout", one)[0] for till, one in zip(terminals, batch, strict=True)]

        assert given(answered) == {330: 30, 100: 1, 0: 33}
        assert used(chain, "P") == (31, 10_000)
        assert chain.stored([one.request_id for one in requests]) == 64
        assert chain.broken() == []
