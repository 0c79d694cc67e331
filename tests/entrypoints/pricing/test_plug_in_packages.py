"""A promotion kind that an installed package adds, from its file to the till, without a change of the program."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.privacy.keys import Keys
from adapters.sql.unit_of_work import SqlUnits
from application.transactor import Transactor
from domain.pricing.plug_in import PlugInMissing, UnknownPlugIn
from domain.pricing.price_book import BasketToPrice, Item, price_basket
from entrypoints.plug_ins import installed_plug_ins
from entrypoints.settings import StartRefused
from entrypoints.terminal.price_book import StoreBook, fetch
from liansuo.pricing.v1 import pricing_pb2 as pb2
from tests.entrypoints.pricing.lives import draft, led_to_publication, send, total
from tests.entrypoints.test_serve import process
from tests.world import MASTER_KEY, Till, World

ROOT = Path(__file__).parents[3]
BLOCKS = dict(re.findall(r"```(python|toml|yaml)\n(.*?)```", (ROOT / "docs" / "PLUGINS.md").read_text("utf-8"), re.S))
"""The package as the documentation shows it, and a file that uses it."""


def install(folder: Path, *, module: str = "liansuo_round_down", source: str = "", entry_points: str = "") -> Path:
    """A package as an installer leaves it: a module, and what it says about itself."""
    folder.mkdir(exist_ok=True)
    (folder / f"{module}.py").write_text(source or BLOCKS["python"], encoding="utf-8")
    information = folder / f"{module}-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", encoding="utf-8")
    [(group, name, target)] = re.findall(r'"(.+?)"]\n(\w+) = "(.+?)"', BLOCKS["toml"])
    announced = entry_points or f"[{group}]\n{name} = {target}\n"
    (information / "entry_points.txt").write_text(announced, encoding="utf-8")
    return folder


ONE_ENGINE = pytest.mark.parametrize("furnished_url", ["sqlite"], indirect=True)
"""What processes find installed has nothing to do with the engine, and they take seconds to start."""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return install(tmp_path / "site")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "no-cents.yaml"
    path.write_text(BLOCKS["yaml"], encoding="utf-8")
    return path


def liansuo(world: World, *arguments: object, package: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, with or without the package."""
    paths = [path for path in sys.path if path and not (Path(path) / "liansuo_round_down.py").exists()]
    paths += [str(package)] if package else []
    variables = {name: value for name, value in os.environ.items() if not name.startswith("LIANSUO_")}
    variables |= {"LIANSUO_DATABASE_URL": world.url, "PYTHONPATH": os.pathsep.join(paths), "LC_ALL": "C"}
    command = [sys.executable, "-m", "entrypoints", *map(str, arguments)]
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def extended(world: World, package: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A server on the same database, in whose environment the package is installed."""
    monkeypatch.syspath_prepend(str(package))
    units = SqlUnits(world.engine, Keys(MASTER_KEY), plug_ins=installed_plug_ins())
    with_package = World(world.url, world.clock, furnished=True)
    with_package.units, with_package.transactor = units, Transactor(units)
    yield with_package
    with_package.close()


def no_cents(**terms: object) -> pb2.Promotion:
    benefit = pb2.Benefit(
        kind=pb2.BENEFIT_KIND_PLUG_IN,
        items=pb2.ItemSet(skus=["TEA"]),
        plug_in="round_down",
        parameters='{"step_minor": 3000}',
    )
    return pb2.Promotion(code="NO-CENTS", name="抹零", benefit=benefit, **terms)


def stepped(promotion: pb2.Promotion, step_minor: int) -> pb2.Promotion:
    promotion.benefit.parameters = f'{{"step_minor": {step_minor}}}'
    return promotion


@ONE_ENGINE
@pytest.mark.capability("INT-09")
def test_a_package_adds_a_promotion_type_without_touching_the_core(world: World, extended: World, package, file):
    for command in (("promotion", "validate", file), ("promotion", "test", file), ("promotion", "publish", file)):
        without = liansuo(world, *command)
        assert (without.returncode, "No plug-in “round_down” is installed" in without.stderr) == (1, True)
        done = liansuo(world, *command, package=package)
        assert done.returncode == 0, done.stderr
    assert "1 new" in done.stderr
    # 100.00 a piece has no cents; 8.00 and something for the rice has.
    sale = extended.sell(Till().line("TEA").line("RICE", quantity_milli=1_234).cash(10_900).command)
    assert (sale.gross_minor, sale.discount_minor, sale.total_minor) == (10_987, 87, 10_900)
    assert [discount.code for discount in sale.lines[1].discounts] == ["promotion:NO-CENTS"]
    assert extended.broken() == []


def test_it_lives_like_any_other_and_is_never_left_out(world: World, extended: World):
    with pytest.raises(UnknownPlugIn) as refused:
        draft(world, no_cents())
    assert refused.value.field == "promotion.benefit.plug_in"
    led_to_publication(extended, no_cents())
    assert total(extended) == 9_000
    # A server without it sells everything but its goods.
    with pytest.raises(PlugInMissing) as missing:
        world.sell(Till().line("TEA").cash(10_000).command)
    assert missing.value.details == {"code": "NO-CENTS", "plug_in": "round_down"}
    assert world.sell(Till().line("MUG").cash(5_000).command).total_minor == 5_000
    with world.units.read(caller=world.s1, now=world.clock()) as uow:
        uow.refresh()
        assert [promotion.code for promotion in world.units.snapshots.lacking] == ["NO-CENTS"]
    # It can be stopped there, but not begun again.
    send(world, "PausePromotion", pb2.PausePromotionRequest(code="NO-CENTS"))
    assert total(world) == 10_000
    with pytest.raises(UnknownPlugIn):
        send(world, "ResumePromotion", pb2.ResumePromotionRequest(code="NO-CENTS"))
    send(extended, "ResumePromotion", pb2.ResumePromotionRequest(code="NO-CENTS"))
    assert total(extended) == 9_000


def test_a_terminal_prices_by_it_or_not_at_all(extended: World):
    led_to_publication(extended, no_cents())

    def total_at_the_till(held: StoreBook) -> int:
        context = held.context(at=extended.clock(), channel="", tier=None)
        return price_basket(BasketToPrice([Item("TEA", 1_000, None, (), True)]), held.book, context).total_minor

    def book(**given: Any) -> StoreBook:
        return fetch(lambda request: send(extended, "ListPriceBook", request, caller=extended.s1), **given)

    held = book(plug_ins=installed_plug_ins())
    assert total_at_the_till(held) == total(extended) == 9_000
    led_to_publication(extended, stepped(no_cents(), 4_000))
    assert total_at_the_till(book(held=held)) == total(extended) == 8_000
    with pytest.raises(PlugInMissing):
        total_at_the_till(book())


@ONE_ENGINE
def test_no_server_starts_without_what_a_promotion_in_force_needs(
    world: World, extended: World, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    led_to_publication(extended, no_cents())
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path != str(package)])
    with process(world.url, tmp_path, WORKERS="1") as server:
        assert server.process.wait(60) == 1
        [refused] = server.log("start refused")
    assert "NO-CENTS needs “round_down”" in refused["why"]
    send(world, "PausePromotion", pb2.PausePromotionRequest(code="NO-CENTS"))
    with process(world.url, tmp_path, WORKERS="1") as server:
        assert server.address()


@pytest.mark.parametrize(
    ("source", "entry_points", "told"),
    [
        ("raise RuntimeError('out of order')", "", "cannot be loaded: RuntimeError: out of order"),
        ("round_down = 5", "", "has no check and offer"),
        ("", "[liansuo.promotion_kinds]\nround_down = absent:thing\n", "cannot be loaded: ModuleNotFoundError"),
    ],
)
def test_a_package_that_is_broken_is_named(tmp_path, monkeypatch, source, entry_points, told):
    name = f"broken_{len(source)}_{len(entry_points)}"
    announced = entry_points or f"[liansuo.promotion_kinds]\nround_down = {name}:round_down\n"
    folder = install(tmp_path / "site", module=name, source=source or "x = 1", entry_points=announced)
    monkeypatch.syspath_prepend(str(folder))
    with pytest.raises(StartRefused, match=re.escape(told)):
        installed_plug_ins()


def test_two_packages_of_one_name_are_one_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for number in (1, 2):
        monkeypatch.syspath_prepend(str(install(tmp_path / str(number), module=f"liansuo_round_down_{number}")))
    with pytest.raises(StartRefused, match="Two packages"):
        installed_plug_ins()
