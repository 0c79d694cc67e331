"""Two days of trade in the small chain, with every kind of document that moves money, goods or points."""

from dataclasses import dataclass

from application.sales.refund import Refunded, RefundSale, Voided, VoidSale, void_sale
from application.sales.views import SaleView
from domain.pricing.basket import Manual
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from tests.world import Till, World


@dataclass(frozen=True, slots=True)
class TradingDay:
    """What was stored, in this order; all of the first day but `coupon` and `rounded`, in store S1 but `offline`."""

    discounted: SaleView
    """Three lines for a member, 373.00 paid with 400.00 in cash."""
    redeemed: SaleView
    """300 points and a card pay 300.00."""
    refund: SaleView
    """One of the three teas of `discounted`."""
    scrapped: SaleView
    """One of its two mugs, which was broken."""
    phoned: SaleView
    """A sale on the channel "phone", 200.00 by bank transfer."""
    void: SaleView
    """Cancels `phoned`."""
    offline: SaleView
    """Made in S2 without connection: 101 mugs, one more than there were, 5,050.00 by wallet."""
    coupon: SaleView
    """100.00 for tea, of which a manufacturer's coupon pays 15.00."""
    rounded: SaleView
    """9.87 for rice, rounded to 9.90 in cash."""


def trade(world: World) -> TradingDay:
    """Trades for two days; mugs in S2 are one short at the end, and rice came at a new price after it had run out."""
    discounted = world.sell(
        Till()
        .line("TEA", 3, discounts=(Manual("opening", 1_000, 0),))
        .line("MUG", 2)
        .line("WRAP")
        .member()
        .cash(40_000)
        .command
    )
    world.clock.advance(minutes=10)
    redeemed = world.sell(Till().line("MUG", 4).line("TEA").member().points(300).card(29_700).command)
    world.clock.advance(minutes=10)
    refund = _take_back(world, discounted, 1)
    scrapped = _take_back(world, discounted, 2, scrap=True)
    phoned = world.sell(Till().line("TEA", 2).basket(channel="phone").tender(TenderKind.BANK_TRANSFER, 20_000).command)
    voided: Voided = world.once(void_sale, VoidSale(phoned.sale_id, "typing error"), world.s1)
    offline = world.sell(
        Till().line("MUG", 101).tender(TenderKind.WALLET, 505_000).offline(world.clock()).command, world.s2
    )
    world.sell(Till().line("RICE", 101).cash(80_800).offline(world.clock()).command)
    world.receive("RICE", 50_000, 50 * 600)
    world.clock.advance(days=1)
    coupon = world.sell(Till().line("TEA").tender(TenderKind.MANUFACTURER_COUPON, 1_500).card(8_500).command)
    world.set("cash_rounding_step", "10")
    rounded = world.sell(Till().line("RICE", quantity_milli=1_234).cash(1_000).command)
    return TradingDay(discounted, redeemed, refund, scrapped, phoned, voided.sale, offline, coupon, rounded)


def _take_back(world: World, sale: SaleView, line_number: int, *, scrap: bool = False) -> SaleView:
    lines = (ReturnRequest(line_number, 1_000, amount_only=False),)
    done: Refunded = world.refund(RefundSale(sale.sale_id, "changed my mind", lines, scrap))
    return done.sale
