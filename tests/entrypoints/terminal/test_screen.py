"""The screen, with the keys that a cashier has: it sells on without the server, and says where things stand."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import DataTable, Input, Static

from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.closing_day import CloseDay, close_day
from entrypoints.terminal.screen import TillScreen
from entrypoints.terminal.screen_words import NotANumber, amount_of, quantity_of
from tests.application.sales.shift import Shift, start_shift
from tests.entrypoints.terminal.shop import Shop, shop_in
from tests.entrypoints.terminal.test_till import TEN_OFF
from tests.world import MEMBER, World

TEA = "6901234567892"


@pytest.fixture
def furnished_url(sqlite_chain: str) -> str:
    """One engine: the screen knows nothing of it."""
    return sqlite_chain


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[Shop]:
    world.do(put_promotions, PutPromotions((TEN_OFF,)))
    with shop_in(world, tmp_path) as made:
        yield made


class Cashier:
    """Somebody at the keyboard."""

    def __init__(self, app: TillScreen, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def keys(self, *keys: str) -> None:
        """Keys, or texts that end with Enter."""
        for key in keys:
            if len(key) > 1 and (key in {"escape", "enter"} or (key[0] == "f" and key[1:].isdigit())):
                await self.pilot.press(key)
            else:
                self.app.query_one("#entry", Input).value = key
                await self.pilot.press("enter")
            await self.app.workers.wait_for_complete()
            await self.pilot.pause()

    async def quickly(self, *texts: str) -> None:
        """Texts as a scanner sends them, which waits for nobody."""
        for text in texts:
            self.app.query_one("#entry", Input).value = text
            await self.pilot.press("enter")
        await self.app.workers.wait_for_complete()
        await self.pilot.pause()

    def shown(self, name: str) -> str:
        return str(self.app.query_one(f"#{name}", Static).render())

    def basket(self) -> list[list[Any]]:
        table = self.app.query_one("#basket", DataTable)
        return [table.get_row_at(number) for number in range(table.row_count)]


def at_the_till(shop: Shop, scene: Callable[[Cashier], Coroutine[Any, Any, None]], language: str = "en") -> None:
    async def play() -> None:
        app = TillScreen(shop.till(language), keep_up_s=0)
        async with app.run_test(size=(110, 30)) as pilot:
            cashier = Cashier(app, pilot)
            await app.keep_up()
            await scene(cashier)

    asyncio.run(play())


@pytest.mark.capability("SAL-01")
@pytest.mark.capability("SAL-02")
@pytest.mark.capability("SAL-13")
def test_a_day_at_the_till_that_loses_its_line_and_closes_at_zero(shop: Shop):
    """Opens, sells, loses the line, sells on, sends when it is back, and counts what is there to the cent."""
    shop.world.s1 = start_shift(shop.world).signed_in("ann")
    clock = shop.world.clock

    async def scene(cashier: Cashier) -> None:
        port = shop.running.port
        assert cashier.shown("state") == "T1   online   not yet sent: 0   no shift: F12"
        await cashier.keys("f12", "100")
        assert cashier.shown("state") == "T1   online   not yet sent: 0   shift 1"
        await cashier.keys(TEA, "2*MUG", "f2", MEMBER)
        assert cashier.basket() == [
            ["1", "Green tea", "1", "100.00", "-10.00", "90.00"],
            ["2", "Mug", "2", "50.00", "", "100.00"],
        ]
        clock.advance(minutes=10)
        await cashier.keys("f9", "c 100 A1", "100")
        assert cashier.shown("told") == "Sold: T1-000001   CHANGE 10.00"
        assert "RECEIPT" in cashier.shown("side_text") and "T1-000001" in cashier.shown("side_text")
        shop.down()
        await cashier.keys(TEA, "f9")
        assert "OFFLINE since 10:10" in cashier.shown("state")
        await cashier.keys("100")
        assert "T1-000002" in cashier.shown("told") and "CHANGE 10.00" in cashier.shown("told")
        await cashier.keys("MUG", "f9", "enter")
        assert "not yet sent: 2" in cashier.shown("state")
        await cashier.keys("f12", "7")
        assert "100.00: how many pieces" in cashier.app.query_one("#entry", Input).placeholder
        await cashier.keys("escape")
        assert len(shop.sales()) == 1
        clock.advance(minutes=10)
        shop.up(port)
        await cashier.app.keep_up()
        assert cashier.shown("state") == "T1   online   not yet sent: 0   shift 1"
        clock.advance(minutes=10)
        # 100 float, 90 + 90 + 50 taken: three notes of 100, one of 20 and one of 10.
        await cashier.keys("f12", "7", "3", "", "1", "1", "", "", "", "", "100", "")
        assert cashier.shown("told") == "Cash in the drawer: 330.00"
        await cashier.keys("")
        assert cashier.shown("told") == "Shift 1 is closed. Difference: 0.00"
        assert "no shift" in cashier.shown("state") and "Z REPORT" in cashier.shown("side_text")

    at_the_till(shop, scene)
    assert shop.sales() == [("T1-000001", 19_000, 0), ("T1-000002", 9_000, 1), ("T1-000003", 5_000, 1)]
    assert len(shop.printed) == 4
    day = shop.world.once(close_day, CloseDay("2026-11-22"), Shift(shop.world).signed_in("mia")).report
    assert [(one.tender, one.counted_minor, one.difference_minor) for one in day.tenders] == [
        ("cash", 23_000, 0), ("card", 10_000, 0)
    ]  # fmt: skip
    assert day.causes == []


@pytest.mark.capability("SAL-01")
def test_says_what_to_do_and_keeps_the_basket(shop: Shop):
    async def scene(cashier: Cashier) -> None:
        await cashier.keys("6901234567891")
        assert "扫描" in cashier.shown("told") and cashier.app.query_one("#told").has_class("wrong")
        await cashier.keys(TEA, "MUG", "f4", "#2 10% 破损", "f5", "#1 3")
        assert [row[-1] for row in cashier.basket()] == ["270.00", "45.00"]
        await cashier.keys("f10", "f6", "蓝衣", "MUG", "f7", "1")
        assert [row[1] for row in cashier.basket()] == ["Green tea"]
        await cashier.keys("f9", "x", "escape")
        assert cashier.app.till.tenders == []
        assert cashier.shown("state") == "T1   在线   未上传：0   未开班：F12"
        await cashier.keys("f9", "300")
        await cashier.keys("f8", f"T1-000001 {shop.world.clock():%Y-%m-%d}", "1x2", "尺码不符", "")
        assert "180.00" in cashier.shown("told")
        await cashier.keys(TEA, "f6")
        await cashier.quickly("红衣", "MUG", "2*MUG")
        assert [row[-1] for row in cashier.basket()] == ["50.00", "100.00"]
        assert sorted(one.label for one in cashier.app.till.parked()) == ["10:00", "红衣"]
        assert cashier.app.query_one("#entry", Input).has_focus

    at_the_till(shop, scene, language="zh")
    assert [total for _, total, _ in shop.sales()] == [27_000, -18_000]


@pytest.mark.parametrize("text", ["", "1e9999999", "NaN", "12.345", "ten", "--1", "1" * 40])
def test_takes_no_amount_that_is_none(text: str):
    with pytest.raises(NotANumber):
        amount_of(text, "CNY")


def test_takes_amounts_as_they_are_written():
    assert [amount_of(text, currency) for text, currency in (("12.3", "CNY"), ("12", "JPY"), ("0.125", "KWD"))] == [
        1_230, 12, 125
    ]  # fmt: skip
    assert quantity_of("1.5") == 1_500
