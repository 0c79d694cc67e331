"""What the till has to ask for: a price that is keyed in, serial numbers, and whether the customer is old enough."""

from collections.abc import Sequence
from datetime import date
from typing import Final, Protocol

from application.fields import TooMany, required_code, within
from application.ports.membership import MemberAccount
from application.ports.pricing import PricedProduct
from domain.catalog.product import Product, SellingTerms
from domain.membership.member import age_on
from domain.shared.errors import Invalid, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX

_ASKS_NOTHING = SellingTerms()
SERIALS_PER_LINE_MAX: Final = 200


class Keyed(Protocol):
    """What is looked at of a line."""

    @property
    def sku(self) -> str: ...

    @property
    def product(self) -> PricedProduct: ...

    @property
    def open_price_minor(self) -> int: ...


class OpenPriceNeeded(Invalid):
    en = "The price of “{sku}” is keyed in. Send open_price_minor."
    zh = "商品“{sku}”需手工输入价格，请提供 open_price_minor。"


class NoOpenPrice(Invalid):
    en = "“{sku}” has a price already: leave open_price_minor out, or name another one in price_override."
    zh = "商品“{sku}”已有价格：请删除 open_price_minor，或用 price_override 指定其他价格。"


class OpenPriceTwice(Invalid):
    en = "The price of this line is keyed in: leave terminal_price, price_override or the scale's barcode out."
    zh = "该行价格已手工输入，请勿同时提供 terminal_price、price_override 或含价格的秤码。"


class OpenPriceOutOfBounds(Rejected):
    en = "{price_minor} is no price for “{sku}”: it is sold from {low} to {high}. Key the price in again."
    zh = "{price_minor} 不是商品“{sku}”的有效价格，允许范围为 {low} 至 {high}。请重新输入。"


class AgeNotConfirmed(Rejected):
    en = "“{sku}” is sold from {age} years on. See that the customer is old enough, then send age_confirmed."
    zh = "商品“{sku}”仅售予年满 {age} 岁的顾客。请核实年龄后发送 age_confirmed。"


class TooYoung(Rejected):
    en = "“{sku}” is sold from {age} years on, and this member is younger. Take it out of the basket."
    zh = "商品“{sku}”仅售予年满 {age} 岁的顾客，该会员未满。请从购物篮中移除。"


class NoSerialNumbers(Invalid):
    en = "“{sku}” is not sold by serial numbers. Leave them out."
    zh = "商品“{sku}”不按序列号销售，请删除序列号。"


def check_scanned(serial_numbers: Sequence[str], product: Product) -> None:
    """What can be said of scanned numbers by themselves; fields are those of the line. Raises NoSerialNumbers too."""
    if product.selling is None or not product.selling.serial_numbers:
        raise NoSerialNumbers("serial_numbers", sku=product.sku)
    if len(serial_numbers) > SERIALS_PER_LINE_MAX:
        raise TooMany("serial_numbers", count=len(serial_numbers), count_max=SERIALS_PER_LINE_MAX)
    for index, serial_number in enumerate(serial_numbers):
        required_code(serial_number, field=f"serial_numbers[{index}]")


def check_open_price(price_minor: int, product: Product, *, priced_otherwise: object) -> None:
    """Refuses goods whose price is keyed in without one, and a keyed-in price of other goods.

    A terminal that states its prices (`priced_otherwise`) has stated it already. Fields are those of the line. Raises
    OpenPriceNeeded, NoOpenPrice and OpenPriceTwice.
    """
    terms = product.selling or _ASKS_NOTHING
    within(price_minor, 0, AMOUNT_MINOR_MAX, field="open_price_minor")
    if not terms.open_price:
        if price_minor:
            raise NoOpenPrice("open_price_minor", sku=product.sku)
        return
    if priced_otherwise:
        if price_minor:
            raise OpenPriceTwice("open_price_minor")
        return
    if not price_minor:
        raise OpenPriceNeeded("open_price_minor", sku=product.sku)


def beyond_bounds(lines: Sequence[Keyed], asked: Sequence[int], *, field: str) -> list[OpenPriceOutOfBounds]:
    """The keyed-in prices that their products do not allow; `asked` are the places of the lines that ask for something.

    `field` is that of the lines.
    """
    found = []
    for index in asked:
        terms = lines[index].product.product.selling or _ASKS_NOTHING
        price_minor = lines[index].open_price_minor
        low, high = terms.open_price_min_minor or 1, terms.open_price_max_minor or AMOUNT_MINOR_MAX
        if price_minor and not low <= price_minor <= high:
            where = f"{field}[{index}].open_price_minor"
            found.append(OpenPriceOutOfBounds(where, sku=lines[index].sku, price_minor=price_minor, low=low, high=high))
    return found


def age_asked(lines: Sequence[Keyed], asked: Sequence[int]) -> tuple[int, int]:
    """The highest age that goods of the basket are sold from, 0 for none, and the place of the first such line."""
    ages = [(terms.age_min, -index) for index in asked if (terms := lines[index].product.product.selling) is not None]
    age, place = max(ages, default=(0, 0))
    return age, -place


def age_refused(
    lines: Sequence[Keyed], asked: Sequence[int], *, confirmed: bool, member: MemberAccount | None, on: date, field: str
) -> TooYoung | AgeNotConfirmed | None:
    """Why the customer does not get the goods yet: nobody has seen that they are old enough, or the member is not.

    A member whose birth date is known needs no confirmation; and none helps who is too young. `field` is that of the
    lines.
    """
    age, place = age_asked(lines, asked)
    if not age:
        return None
    known = age_on(birthday=member.birthday, today=on) if member is not None and member.birthday else None
    if known is not None and known < age:
        return TooYoung(f"{field}[{place}].sku", sku=lines[place].sku, age=age)
    if known is None and not confirmed:
        return AgeNotConfirmed("basket.age_confirmed", sku=lines[place].sku, age=age)
    return None
