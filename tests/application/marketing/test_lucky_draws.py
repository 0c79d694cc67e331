"""Lucky draws: published, played for what there is, and recomputed by anybody."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from application.catalog.put_products import PutProducts, put_products
from application.identity.stores import PutStores, put_stores
from application.identity.views import StoreView
from application.marketing.draw_scope import (
    DrawNotBegun,
    DrawNotPublished,
    DrawOutsideScope,
    DrawOver,
    NotHere,
    NotInChannel,
    UnknownDraw,
)
from application.marketing.play_draw import NoTicket, PlayDraw, PlayedOften, PlayedOftenToday, play_draw
from application.marketing.publish_draw import DrawBegun, PublishDraw, publish_draw
from application.marketing.put_draw import (
    DrawPublished,
    PrizeNotStocked,
    PutDraw,
    TopPrizeTooHigh,
    UnknownPrizeBatch,
    UnknownPrizeGoods,
    put_draw,
)
from application.marketing.queries import GetDraw, ListDraws, get_draw, list_draws
from application.marketing.verify_draw import DrawStillSecret, VerifyDraw, verify_draw
from domain.catalog.product import ProductStatus
from domain.identity.organisation import SYSTEM, StoreStatus
from domain.marketing.draw import DrawState, terms_text
from domain.marketing.draw_ledger import PlayOutcome
from domain.shared.errors import Refusal
from tests.application.marketing.draws import (
    END,
    coupon,
    draw,
    goods,
    grant,
    left,
    over,
    play,
    plays,
    points,
    published,
    put,
    second_member,
    thanks,
    verified,
)
from tests.application.sales.coupons import history, put_batch
from tests.application.sales.test_orders import placed
from tests.world import MEMBER, OPENING, PRODUCTS, World

TABLES = ("draw_tickets", "draw_plays", "stock_movements", "points_entries", "coupons", "journal_entries", "outbox")


def refused(world: World, use_case, command, caller=None) -> tuple[str, str]:
    """The reason and the field of a refusal that has written nothing."""
    before = {table: world.count(table) for table in TABLES}
    with pytest.raises(Refusal) as raised:
        world.do(use_case, command, *([caller] if caller else []))
    assert {table: world.count(table) for table in TABLES} == before
    assert raised.value.message("zh") != raised.value.message("en")
    return raised.value.reason, raised.value.field


@pytest.mark.capability("PRM-18")
def test_a_published_draw_commits_to_a_seed_that_is_shown_after_its_end(world: World):
    terms = draw(points(chance=200_000), thanks(chance=300_000))
    put(world, terms)
    assert world.ask(get_draw, GetDraw("XMAS")).state is DrawState.DRAFT
    answer = world.do(publish_draw, PublishDraw("XMAS"))
    shown = world.ask(get_draw, GetDraw("XMAS"))
    assert (shown.state, shown.draw, shown.seed) == (DrawState.OPEN, terms, "")
    assert (shown.seed_commitment, shown.terms_digest) == (answer.seed_commitment, answer.terms_digest)
    assert shown.terms_digest == hashlib.sha256(terms_text(terms).encode()).hexdigest()
    world.clock.now = END + timedelta(seconds=59)
    assert world.ask(get_draw, GetDraw("XMAS")).seed == ""
    over(world)
    revealed = world.ask(get_draw, GetDraw("XMAS"))
    assert revealed.state is DrawState.ENDED
    assert hashlib.sha256(bytes.fromhex(revealed.seed)).hexdigest() == answer.seed_commitment
    stored = str(world.rows("SELECT seed_cipher FROM draws"))
    assert str(bytes.fromhex(revealed.seed))[2:-1] not in stored


def test_two_draws_have_two_seeds(world: World):
    published(world, points())
    published(world, points(), code="NEWYEAR")
    assert world.rows("SELECT count(DISTINCT seed_commitment) FROM draws") == [(2,)]


@pytest.mark.capability("PRM-18")
def test_goods_leave_the_stock_of_the_store_at_their_cost_and_never_below_zero(world: World):
    published(world, goods(number=200, pieces=40), thanks())
    grant(world, 4)
    expense = world.ledger().get("660101", 0)
    won = [play(world) for _ in range(3)]
    assert [(one.outcome, one.prize.code) for one in won] == [
        (PlayOutcome.WON, "MUG1"), (PlayOutcome.WON, "MUG1"), (PlayOutcome.NO_STOCK, "THANKS"),
    ]  # fmt: skip
    assert world.level("MUG") == (20_000, 40_000)
    assert world.ledger()["660101"] - expense == 160_000
    assert left(world) == {"MUG1": (2, 198)}
    assert [(one.left_before, one.available_milli) for one in plays(world)] == [
        (200, 100_000), (199, 60_000), (198, 20_000),
    ]  # fmt: skip
    elsewhere = play(world, caller=world.s2)
    assert (elsewhere.outcome, world.level("MUG", "S2")) == (PlayOutcome.WON, (60_000, 120_000))


def test_what_has_been_blocked_is_neither_promised_nor_given_away(world: World):
    published(world, goods(number=9), thanks())
    grant(world)
    mug = next(product for product in PRODUCTS if product.sku == "MUG")
    world.do(put_products, PutProducts((replace(mug, status=ProductStatus.BLOCKED),)))
    assert play(world).outcome is PlayOutcome.NO_STOCK
    assert refused(world, put_draw, PutDraw(draw(goods(), code="MUGS"))) == ("PRIZE_BLOCKED", "draw.prizes[0].sku")
    over(world)
    assert verified(world) == (1, None)


def test_a_closed_store_hands_nothing_out(world: World):
    published(world, points())
    grant(world)
    closed = StoreView("S1", "Store S1", "EAST", "CNY", "Asia/Shanghai", 240, StoreStatus.CLOSED)
    world.do(put_stores, PutStores((closed,)))
    assert refused(world, play_draw, PlayDraw("XMAS", MEMBER), world.s1) == ("STORE_CLOSED", "store_code")


def test_goods_that_are_reserved_are_not_given_away(world: World):
    published(world, goods(number=9), thanks())
    grant(world)
    placed(world, ("MUG", world.level("MUG")[0] // 1_000))
    assert play(world).outcome is PlayOutcome.NO_STOCK
    assert [one.available_milli for one in plays(world)] == [0]


@pytest.mark.capability("PRM-18")
def test_points_are_a_liability_with_a_lot_of_their_own(world: World):
    world.set("points_expected_redemption_bp", "8000")
    published(world, points(count=501), thanks())
    grant(world)
    played = play(world)
    assert (played.outcome, played.points_balance, world.points()) == (PlayOutcome.WON, 501, 501)
    assert world.rows("SELECT points, value_minor FROM points_lots") == [(501, 401)]
    assert {code: amount for code, amount in world.ledger().items() if code in ("220501", "660101")} == {
        "220501": -401, "660101": 401,
    }  # fmt: skip
    assert world.rows("SELECT reason FROM points_entries") == [("awarded",)]


@pytest.mark.capability("PRM-18")
def test_a_coupon_is_the_members_and_a_batch_without_any_gives_the_consolation(world: World):
    put_batch(world, total_max=1)
    published(world, coupon(), thanks())
    grant(world, 2)
    won, later = play(world), play(world)
    assert history(world, won.coupon_code).coupon.member_number != ""
    assert (later.outcome, later.prize.code, later.coupon_code) == (PlayOutcome.NO_COUPONS, "THANKS", "")
    assert left(world) == {"C10": (1, 2)}
    over(world)
    assert verified(world) == (2, None)


@pytest.mark.capability("PRM-18")
def test_of_a_prize_no_more_is_given_than_there_is(world: World):
    published(world, points(number=2))
    grant(world, 3)
    assert [(one.outcome, one.prize and one.prize.code) for one in (play(world), play(world), play(world))] == [
        (PlayOutcome.WON, "P500"), (PlayOutcome.WON, "P500"), (PlayOutcome.NONE_LEFT, None),
    ]  # fmt: skip
    assert left(world) == {"P500": (2, 0)}
    assert world.points() == 1_000


def test_what_no_prize_has_a_chance_for_wins_nothing(world: World):
    published(world, points(chance=1), code="RARE")
    grant(world, code="RARE")
    played = play(world, code="RARE")
    assert (played.outcome, played.prize, left(world, "RARE")) == (PlayOutcome.NOTHING, None, {"P500": (0, 3)})


@pytest.mark.capability("PRM-18")
def test_a_member_plays_so_often_a_day_and_so_often_in_all(world: World):
    published(world, thanks(chance=1_000_000), plays_per_member_max=3, plays_per_member_day_max=2)
    grant(world, 5)
    grant(world, 1, second_member(world))
    play(world)
    play(world)
    again = PlayDraw("XMAS", MEMBER)
    assert refused(world, play_draw, again, world.s1) == ("PLAYED_OFTEN_TODAY", "member_key")
    play(world, "13900139009")
    world.clock.advance(days=1)
    play(world)
    assert refused(world, play_draw, again, world.s1) == (PlayedOften.reason, "member_key")
    assert PlayedOftenToday.reason == "PLAYED_OFTEN_TODAY"
    assert [one.play_number for one in plays(world)] == [1, 2, 3, 4]


@pytest.mark.capability("PRM-18")
def test_the_same_request_plays_once(world: World):
    published(world, points(number=9))
    grant(world, 2)
    request_id = "0192f1c8-0000-7000-8000-00000000000b"
    first = world.once(play_draw, PlayDraw("XMAS", MEMBER), world.s1, request_id)
    again = world.once(play_draw, PlayDraw("XMAS", MEMBER), world.s1, request_id)
    assert (first.play_number, again, world.count("draw_plays"), world.points()) == (1, None, 1, 500)


def test_plays_where_and_when_the_draw_is(world: World):
    put(world, draw(points(), from_at=OPENING + timedelta(days=1), store_codes=("S1",), channels=("store",)))
    command = PlayDraw("XMAS", MEMBER)
    assert refused(world, play_draw, command, world.s1)[0] == DrawNotPublished.reason
    world.do(publish_draw, PublishDraw("XMAS"))
    assert refused(world, play_draw, command, world.s1) == (DrawNotBegun.reason, "draw_code")
    world.clock.advance(days=1)
    assert refused(world, play_draw, command, world.s1) == (NoTicket.reason, "member_key")
    assert refused(world, play_draw, replace(command, channel="web"), world.s1) == (NotInChannel.reason, "channel")
    assert refused(world, play_draw, command, world.s2) == (UnknownDraw.reason, "draw_code")
    assert refused(world, play_draw, replace(command, store_code="S2")) == (NotHere.reason, "store_code")
    assert refused(world, play_draw, PlayDraw("XMAS", "nobody"), world.s1) == ("UNKNOWN_MEMBER", "member_key")
    world.clock.now = END
    assert refused(world, play_draw, command, world.s1) == (DrawOver.reason, "draw_code")


@pytest.mark.capability("PRM-18")
def test_what_is_published_never_changes(world: World):
    terms = published(world, points())
    assert refused(world, put_draw, PutDraw(replace(terms, prizes=(points(number=4),)))) == (
        DrawPublished.reason, "draw.code",
    )  # fmt: skip
    assert refused(world, publish_draw, PublishDraw("XMAS")) == (DrawPublished.reason, "code")
    put(world, draw(points(), code="LATE"))
    world.clock.advance(minutes=1)
    assert refused(world, publish_draw, PublishDraw("LATE")) == (DrawBegun.reason, "code")


@pytest.mark.parametrize(
    ("prize", "refusal", "field"),
    [
        (goods(sku="NONE"), UnknownPrizeGoods, "draw.prizes[0].sku"),
        (goods(sku="WRAP"), PrizeNotStocked, "draw.prizes[0].sku"),
        (coupon(batch="NONE"), UnknownPrizeBatch, "draw.prizes[0].coupon_batch_code"),
        (replace(goods(), value_minor=5_000_001), TopPrizeTooHigh, "draw.prizes[0].value_minor"),
    ],
)
def test_prizes_are_there_and_allowed(world: World, prize, refusal, field: str):
    assert refused(world, put_draw, PutDraw(draw(prize))) == (refusal.reason, field)


@pytest.mark.capability("PRM-18")
def test_the_largest_prize_allowed_is_a_setting_for_draws_in_yuan(world: World):
    dear = replace(goods(), value_minor=5_000_001)
    put(world, replace(draw(dear), currency="USD"))
    world.set("draw_prize_value_minor_max", "5000001")
    put(world, draw(dear, code="DEAR"))
    world.set("draw_prize_value_minor_max", "5000000")
    assert refused(world, publish_draw, PublishDraw("DEAR"))[0] == TopPrizeTooHigh.reason


def test_a_store_writes_draws_for_itself_and_sees_those_that_concern_it(world: World):
    manager = replace(world.s1, permissions=frozenset({"*"}))
    for places in ({}, {"store_codes": ("S1", "S2")}, {"region_codes": ("EAST",)}):
        assert refused(world, put_draw, PutDraw(draw(points(), **places)), manager) == (
            DrawOutsideScope.reason, "draw.store_codes",
        )  # fmt: skip
    world.do(put_draw, PutDraw(draw(points(), store_codes=("S1",))), manager)
    put(world, draw(points(), code="EAST", region_codes=("EAST",)))
    put(world, draw(points(), code="OTHER", store_codes=("S2",)))
    assert [one.code for one in world.ask(list_draws, ListDraws(), manager).draws] == ["EAST", "XMAS"]
    assert [one.code for one in world.ask(list_draws, ListDraws()).draws] == ["EAST", "OTHER", "XMAS"]
    first = world.ask(list_draws, ListDraws(page_size=2))
    assert [one.code for one in world.ask(list_draws, ListDraws(page_token=first.next_page_token)).draws] == ["XMAS"]
    assert refused(world, publish_draw, PublishDraw("OTHER"), manager) == (UnknownDraw.reason, "code")
    assert refused(world, publish_draw, PublishDraw("EAST"), manager) == (DrawOutsideScope.reason, "code.store_codes")


@pytest.mark.capability("PRM-18")
def test_every_play_is_recomputed_page_by_page(world: World):
    published(world, points(number=3, chance=400_000, count=5), goods(number=2, chance=300_000), thanks())
    grant(world, 12)
    for _ in range(12):
        play(world)
    assert world.ask(verify_draw, VerifyDraw("XMAS")).verified == 12
    with pytest.raises(DrawStillSecret):
        world.ask(verify_draw, VerifyDraw("XMAS"), world.s1)
    over(world)
    assert verified(world, page_size=5) == (12, None)
    assert world.ask(verify_draw, VerifyDraw("XMAS"), world.s1).verified == 12


TAMPERED = (
    ("UPDATE draw_plays SET prize_position = 1, outcome = 'won', taken = 1 WHERE play_number = 3", "outcome"),
    ("UPDATE draw_plays SET roll_ppm = roll_ppm + 1 WHERE play_number = 3", "roll_ppm"),
    ("UPDATE draw_plays SET drawn_position = 2 WHERE play_number = 3", "drawn_code"),
    ("UPDATE draw_plays SET left_before = left_before + 1 WHERE play_number = 3", "left_before"),
    ("UPDATE draw_plays SET prize_position = 0 WHERE play_number = 3", "prize_code"),
    ("UPDATE draw_plays SET taken = 1 WHERE play_number = 3", "taken"),
    ("UPDATE draw_plays SET member_id = member_id + 1 WHERE play_number = 3", "member_id"),
    ("UPDATE draw_plays SET ticket_id = 1 WHERE play_number = 3", "member_id"),
)


@pytest.mark.capability("PRM-18")
def test_a_tampered_play_is_found(world: World):
    """Of the third play, for which nothing was left, one thing after the other is changed and put right again."""
    published(world, points(number=2), thanks())
    grant(world, 4)
    for _ in range(4):
        play(world)
    over(world)
    for statement, field in TAMPERED:
        found = verified_after(world, statement)
        assert (found.verified, found.difference.play_number, found.difference.field) == (2, 3, field), statement
    found = verified_after(world, "DELETE FROM draw_plays WHERE play_number = 2")
    assert (found.verified, found.difference) == (1, type(found.difference)(3, "play_number", "3", "2"))
    found = verified_after(world, "DELETE FROM draw_plays WHERE play_number = 4")
    assert (found.verified, found.difference.field) == (3, "plays")
    found = verified_after(world, "UPDATE draw_prizes SET remaining = 1 WHERE position = 1")
    assert (found.verified, found.difference.field) == (4, "remaining of P500")
    found = verified_after(world, "UPDATE draws SET until_at = from_at")
    assert (found.verified, found.difference.field) == (0, "terms_digest")
    found = verified_after(world, "UPDATE draws SET seed_commitment = terms_digest")
    assert (found.verified, found.difference.field) == (0, "seed_commitment")
    assert verified(world) == (4, None)


def verified_after(world: World, statement: str):
    """What the proof says in a transaction that tampers and is then undone."""
    with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
        uow.execute(text(statement))
        return verify_draw(uow, VerifyDraw("XMAS"))


def test_who_does_not_see_a_store_sees_its_plays_without_their_members(world: World):
    published(world, thanks(chance=1_000_000))
    grant(world, 2)
    play(world)
    play(world, caller=world.s2)
    assert [(one.store_code, bool(one.member_number)) for one in plays(world, caller=world.s1)] == [
        ("S1", True), ("", False),
    ]  # fmt: skip
