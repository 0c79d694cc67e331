"""A promotion with limits is given exactly so often, however many terminals ask for it at the same time (T13)."""

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from adapters.sql.migrations import migrate
from application.pricing.figures import GetCampaign, GetPromotionFigures, get_campaign, get_promotion_figures
from application.pricing.put_campaigns import PutCampaigns, put_campaigns
from application.pricing.put_promotions import PutPromotions, put_promotions
from domain.pricing.limits import Campaign, Limits, WhenShort
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from liansuo.sales.v1 import sales_pb2 as pb2
from tests.postgres import postgres_server
from tests.stress.chain import PHONES, Chain, furnished
from tests.stress.client import Reply, Terminal, side_by_side
from tests.stress.conftest import ENGINES, opened, running, server_for
from tests.stress.requests import new_id, sale

BUYERS = 50
GOODS_OF = "K04"
"""What the promotions of this file are about; it costs 10.00."""
pytestmark = pytest.mark.timeout(300)


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


@pytest.mark.parametrize("engine", ENGINES)
def test_a_server_that_is_killed_gives_what_was_left_and_no_more(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str
):
    """Terminals repeat what was not answered under the same request id, until it is."""
    chance = Random(7)
    with ExitStack() as cleaning:
        if engine == "sqlite":
            url = f"sqlite:///{tmp_path / 'liansuo.db'}"
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
            if start in (16, 32):
                server.kill()
                server.start()
            for one in sent:
                one.reply()
            answered += [till.insist("Checkout", one)[0] for till, one in zip(terminals, batch, strict=True)]

        assert given(answered) == {330: 30, 100: 1, 0: 33}
        assert used(chain, "P") == (31, 10_000)
        assert chain.stored([one.request_id for one in requests]) == 64
        assert chain.broken() == []
