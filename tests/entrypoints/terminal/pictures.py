"""Takes the pictures of docs/TILL.md: `python -m tests.entrypoints.terminal.pictures DIRECTORY`, a chain of its own."""

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from adapters.sql.migrations import migrate
from application.pricing.put_promotions import PutPromotions, put_promotions
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from entrypoints.terminal.screen import TillScreen
from tests.application.sales.shift import start_shift
from tests.entrypoints.terminal.shop import Shop, shop_in
from tests.entrypoints.terminal.test_screen import Cashier
from tests.world import MEMBER, opened

TEN_OFF = Promotion("TEN", "10 % off tea", Benefit(BenefitKind.RATE, ItemSet(skus=("TEA",)), rate_bp=1_000))
SIZE = (110, 26)
FONTS = re.compile(r"@font-face \{.*?\}", re.DOTALL)


async def take(shop: Shop, directory: Path) -> None:
    def picture(app: TillScreen, name: str) -> None:
        drawn = app.export_screenshot(title="liansuo till")
        # The fonts would be fetched from elsewhere; any monospaced one does.
        drawn = FONTS.sub("", drawn)
        (directory / f"{name}.svg").write_text(drawn, encoding="utf-8")

    app = TillScreen(shop.till(), keep_up_s=0)
    async with app.run_test(size=SIZE) as pilot:
        cashier = Cashier(app, pilot)
        await app.keep_up()
        port = shop.running.port
        await cashier.keys("f12", "100")
        shop.world.clock.advance(minutes=10)
        await cashier.keys("6901234567892", "2*MUG", "f2", MEMBER, "f9")
        picture(app, "paying")
        await cashier.keys("200")
        shop.down()
        await cashier.keys("6901234567892", "f9", "100")
        picture(app, "offline")
        shop.up(port)
        await app.keep_up()
        shop.world.clock.advance(minutes=10)
        await cashier.keys("f8", "T1-000001")
        picture(app, "return")
        await cashier.keys("escape", "f12", "7", "3", "", "4", "", "", "", "", "", "", "")
        await cashier.keys("")
        picture(app, "closed")
    app = TillScreen(shop.till("zh"), keep_up_s=0)
    async with app.run_test(size=SIZE) as pilot:
        cashier = Cashier(app, pilot)
        await app.keep_up()
        await cashier.keys("f12", "100", "6901234567892", "RICE", "f5", "1.25")
        picture(app, "zh")


def main() -> None:
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        url = f"sqlite:///{made}/chain.db"
        migrate(url)
        with opened(url) as world, shop_in(world, Path(made) / "till") as shop:
            world.do(put_promotions, PutPromotions((TEN_OFF,)))
            world.s1 = start_shift(world).signed_in("ann")
            asyncio.run(take(shop, directory))


if __name__ == "__main__":
    main()
