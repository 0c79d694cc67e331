"""How often a member has come: exact in a batch, under many tills at once, and after everything that can be undone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.quote import QuoteBasket, quote_basket
from application.sales.refund import VoidSale, void_sale
from domain.pricing.promotion import Benefit, BenefitKind, BirthdayDays, Condition, ItemSet, Promotion
from tests.world import OPENING, Till, World

TILLS = 50


def publish(world: World, when: Condition, **terms: object) -> None:
    benefit = Benefit(BenefitKind.RATE, ItemSet(everything=True), rate_bp=1_000)
    world.do(put_promotions, PutPromotions((Promotion("TEN", "Ten off", benefit, when=when, **terms),)))


def visits(world: World) -> int:
    [(count,)] = world.rows("SELECT visits FROM points_accounts")
    return int(count)


TEA = Till().line("TEA").member()


def test_of_one_batch_only_the_first_is_the_first_purchase(world: World):
    publish(world, Condition(first_purchase=True))
    # The third is known by another key, and is the same member.
    tills = [TEA.cash(20_000), TEA.cash(20_000), Till().line("TEA").member("CARD1").cash(20_000)]
    sales = world.sell_all([world.call(till.command, world.s1) for till in tills])
    assert [sale.total_minor for sale in sales] == [9_000, 10_000, 10_000]
    assert visits(world) == 3
    assert world.broken() == []


def test_a_refused_sale_is_no_visit(world: World):
    publish(world, Condition(first_purchase=True))
    refused, sale = world.sell_all([world.call(till.command, world.s1) for till in (TEA.cash(8_999), TEA.cash(9_000))])
    assert isinstance(refused, Exception)
    assert sale.total_minor == 9_000
    assert visits(world) == 1


def test_a_repeated_request_is_one_visit(world: World):
    request_id = str(uuid4())
    world.sell_all([world.call(TEA.cash(10_000).command, world.s1, request_id) for _ in range(3)])
    assert visits(world) == 1


def test_a_void_makes_the_next_one_the_first_again(world: World):
    publish(world, Condition(first_purchase=True))
    sale = world.sell(TEA.cash(9_000).command)
    world.once(void_sale, VoidSale(sale.sale_id, "typo"), world.s1)
    assert visits(world) == 0
    assert world.sell(TEA.cash(9_000).command).total_minor == 9_000
    assert world.broken() == []


def test_a_sale_without_points_and_an_upload_are_visits_too(world: World):
    world.set("points_earning", "no")
    world.sell(TEA.cash(10_000).command)
    world.sell(TEA.cash(10_000).offline(OPENING).command)
    assert (visits(world), world.count("points_entries")) == (2, 0)
    assert world.broken() == []


@pytest.mark.capability("PRM-12")
def test_fifty_tills_at_once_give_the_welcome_once(world: World):
    publish(world, Condition(first_purchase=True))

    def sell(_: int) -> int:
        [sale] = world.sell_all([world.call(TEA.cash(10_000).command, world.s1)])
        return sale.total_minor

    with ThreadPoolExecutor(8) as tills:
        totals = sorted(tills.map(sell, range(TILLS)))
    assert totals == [9_000] + [10_000] * (TILLS - 1)
    assert visits(world) == TILLS
    assert world.broken() == []


def test_a_birthday_is_read_only_when_somebody_asks(world: World, monkeypatch: pytest.MonkeyPatch):
    read: list[str] = []
    decrypt = type(world.units.keys).decrypt

    def noting(keys: object, cipher: bytes, context: str) -> str:
        read.append(context)
        return decrypt(keys, cipher, context)

    monkeypatch.setattr(type(world.units.keys), "decrypt", noting)
    cipher = world.units.keys.encrypt("1990-11-22", _birthday_context(world))
    with world.engine.begin() as connection:
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        connection.exec_driver_sql(f"UPDATE members SET birthday_cipher = {mark}", (cipher,))
    world.sell(TEA.cash(10_000).command)
    world.ask(quote_basket, QuoteBasket(TEA.command.basket), world.s1)
    assert read == []
    publish(world, Condition(birthday=BirthdayDays()))
    assert world.sell(TEA.cash(9_000).command).total_minor == 9_000
    assert world.ask(quote_basket, QuoteBasket(TEA.command.basket), world.s1).total_minor == 9_000
    assert read == [_birthday_context(world)] * 2
    world.clock.now = datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert world.sell(TEA.cash(10_000).command).total_minor == 10_000


def _birthday_context(world: World) -> str:
    [(member_id,)] = world.rows("SELECT member_id FROM members")
    return f"members|birthday|{member_id}"
