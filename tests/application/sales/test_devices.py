"""What a sale was made on: a till, a tablet of the staff, or a kiosk that customers use."""

from dataclasses import replace

import pytest

from application.identity.callers import CreateTerminal, RevokeCaller, create_terminal, revoke_caller
from application.sales.queries import GetSale, get_sale
from application.sales.quote import QuoteBasket, quote_basket
from application.sales.refund import RefundSale
from domain.identity.organisation import Caller, DeviceType
from domain.identity.permissions import builtin_role
from domain.pricing.basket import Manual, Override
from domain.shared.errors import Refusal
from tests.world import Till, World


def device(world: World, device_type: DeviceType | None, role: str = "terminal") -> Caller:
    """A further terminal of S1, with what its role permits."""
    created = world.do(create_terminal, CreateTerminal("S1-X", "S1", role, device_type))
    assert created.caller.device_type is (device_type or DeviceType.FIXED)
    with world.units.read(caller=world.s1, now=world.clock()) as uow:
        uow.refresh()
        caller_id = next(number for number, code in uow.chain.caller_codes.items() if code == "S1-X")
    defined = builtin_role(role)
    assert defined is not None
    return replace(world.s1, caller_id=caller_id, code="S1-X", permissions=defined.permissions)


@pytest.mark.capability("SAL-10")
def test_staff_sell_on_a_tablet_and_the_receipt_says_so(world: World) -> None:
    tablet = device(world, DeviceType.MOBILE)
    sale = world.sell(Till().line("TEA").cash(10_000).command, tablet)
    assert (sale.device_type, sale.terminal_code) == (DeviceType.MOBILE, "S1-X")
    stored = world.ask(get_sale, GetSale(sale.sale_id), tablet).sale
    assert stored.device_type is DeviceType.MOBILE
    # Taken back at a till, which is what that document says.
    assert world.refund(RefundSale(sale.sale_id, "Wrong size")).sale.device_type is DeviceType.FIXED


@pytest.mark.capability("SAL-09")
def test_a_kiosk_sells_and_cannot_discount_by_hand(world: World) -> None:
    kiosk = device(world, DeviceType.KIOSK, "kiosk")
    till = Till().line("TEA").member()
    assert world.ask(quote_basket, QuoteBasket(till.command.basket), kiosk).total_minor == 10_000
    sale = world.sell(till.card(10_000).command, kiosk)
    assert (sale.total_minor, sale.device_type) == (10_000, DeviceType.KIOSK)
    off = Manual("Friend", 1_000, 0)
    before = world.counts()
    for changed, field in (
        (till.basket(discounts=(off,)), "basket.discounts"),
        (Till().line("TEA", discounts=(off,)), "basket.lines[0].discounts"),
        (Till().line("TEA", price_override=Override(9_000, "Friend")), "basket.lines[0].price_override"),
    ):
        with pytest.raises(Refusal) as caught:
            world.sell(changed.card(9_000).command, kiosk)
        assert (caught.value.reason, caught.value.field) == ("PERMISSION_NEEDED", field)
    assert world.counts() == before
    assert not any(kiosk.may(f"sales.{what}") for what in ("refund", "void", "manual_discount", "price_override"))


def test_a_terminal_stays_the_device_that_it_was(world: World) -> None:
    device(world, DeviceType.MOBILE)
    world.do(revoke_caller, RevokeCaller("S1-X"))
    with pytest.raises(Refusal) as caught:
        world.do(create_terminal, CreateTerminal("S1-X", "S1", "terminal", DeviceType.FIXED))
    assert (caught.value.reason, caught.value.field) == ("DEVICE_TYPE_FIXED", "device_type")
    again = world.do(create_terminal, CreateTerminal("S1-X", "S1", "terminal"))
    assert again.caller.device_type is DeviceType.MOBILE
