"""Baskets put aside at one till and taken up at another, once each, whatever breaks off on the way."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from application.pricing.put_promotions import PutPromotions, put_promotions
from entrypoints.terminal.asking import Question
from entrypoints.terminal.desk import ParkedOnItsWay
from entrypoints.terminal.park_dialog import ParkDialog
from entrypoints.terminal.session import till_in
from entrypoints.terminal.till import Till
from liansuo_client import Unreachable
from tests.entrypoints.terminal.shop import Shop, shop_in
from tests.entrypoints.terminal.test_drawer import answered
from tests.entrypoints.terminal.test_till import TEN_OFF
from tests.world import MEMBER, World


@pytest.fixture
def furnished_url(sqlite_chain: str) -> str:
    """One engine: parked baskets are tested on both where they are written."""
    return sqlite_chain


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[Shop]:
    with shop_in(world, tmp_path / "one") as made:
        world.s1 = world.terminal("T1", "membership.read", "pricing.read", "catalog.read", "sales.park")
        yield made


@pytest.fixture
def till(shop: Shop) -> Till:
    made = shop.till()
    made.keep_up()
    return made


@pytest.fixture
def other(shop: Shop, tmp_path: Path) -> Iterator[Till]:
    """Another till of the store."""
    with ExitStack() as files:
        made = files.enter_context(
            till_in(tmp_path / "two", shop.client, now=shop.world.clock, print_out=lambda _: None, language="en")
        )
        made.keep_up()
        yield made


def cut(patched: pytest.MonkeyPatch, message: str) -> None:
    """The server does what it is asked for, and its answer to such a message is lost."""
    from entrypoints.terminal.line import Line

    real = Line.call

    def call(line, method, request):
        answer = real(line, method, request)
        if request.DESCRIPTOR.name != message:
            return answer
        line.lost()
        raise Unreachable(None, reason="UNAVAILABLE", field="", message="cut", details={})

    patched.setattr(Line, "call", call)


@pytest.mark.capability("SAL-01")
def test_any_till_of_the_store_takes_a_basket_up_at_the_prices_of_now(shop: Shop, till: Till, other: Till) -> None:
    till.scan("TEA")
    till.identify(MEMBER)
    assert ParkDialog(till).park().take("Table 4") == "Parked: any till of the store can take it up"
    assert (till.basket.lines, till.desk.parked()) == ([], [])
    shop.world.do(put_promotions, PutPromotions((TEN_OFF,)))
    listed = ParkDialog(other).resume()
    assert isinstance(listed, Question) and listed.told == "1  Table 4  10:00  100.00  T1"
    other.scan("MUG")
    assert listed.take("1") == "Green tea: 100.00 → 90.00"
    assert [line.sku for line in other.basket.lines] == ["TEA"] and other.member is not None
    # The basket that stood there was put aside for it, and here the first one is gone.
    assert [one.label for one in till.parked()] == ["10:00"]


@pytest.mark.capability("SAL-01")
def test_what_is_put_aside_without_connection_goes_to_the_store_once(
    shop: Shop, till: Till, other: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    till.line.lost()
    till.scan("MUG")
    assert ParkDialog(till).park().take("jacket") == "Parked on this till"
    [here] = till.parked()
    till.resume(here)
    till.park("jacket")
    till.line.probe()
    with monkeypatch.context() as patched:
        cut(patched, "ParkBasketRequest")
        till.parking.send()
    [here] = till.parked()
    with pytest.raises(ParkedOnItsWay):
        till.resume(here)
    [there] = other.parked()
    with monkeypatch.context() as patched:
        cut(patched, "ResumeParkedBasketRequest")
        with pytest.raises(Unreachable):
            other.resume(there)
    till.keep_up()
    assert till.parked() == []
    # Given to the other till, which has not heard of it: there it is listed on, and nowhere else.
    other.line.probe()
    listed = ParkDialog(other).resume()
    assert isinstance(listed, Question) and listed.told == "1  jacket"
    assert answered(listed, "1") == ""
    assert [line.sku for line in other.basket.lines] == ["MUG"]
    assert other.parked() == []
