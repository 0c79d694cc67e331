"""Goods that came back and pay for a sale: what they are worth, and how they become its tenders.

Money that had paid for them stays where it is and pays as a tender of the kind EXCHANGE, which keeps what it was.
Points and stored value have gone back to the member, and the very same pay again: the same lots, the same split.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from application.ports.membership import MemberAccount
from application.ports.sales import SaleState
from application.sales.basket import ResolvedBasket
from application.sales.stored_value import StoredValuePaid
from application.sales.tender import Tender
from domain.loyalty.ledger import PointsLot
from domain.loyalty.redemption import LotUse
from domain.sales.exchange import MOVED, carried
from domain.sales.sale import TenderKind
from domain.shared.errors import Rejected
from domain.shared.money import divide
from domain.wallet.stored_value import Split, returned_split, spend_split

NO_GOODS: Final[Mapping[int, TenderKind]] = MappingProxyType({})
"""What had been paid for goods that pay for a sale, where none do."""


class ExchangeOfAnotherMember(Rejected):
    en = (
        "The goods were bought by member {member_number}, who must be the one to exchange them. Leave member_key empty."
    )
    zh = "商品由会员 {member_number} 购买，只能由该会员换货。请将 member_key 留空。"


@dataclass(frozen=True, slots=True)
class ReturnedPoints:
    """Points that went back to a lot with their liability; `free` where the buyer may pay with them at once."""

    lot: PointsLot
    points: int
    value_minor: int
    free: bool


@dataclass(frozen=True, slots=True)
class TenderWorth:
    """What the goods are worth by one tender that had paid for them, zero or more minor units; points are its share."""

    kind: TenderKind
    amount_minor: int
    points: int
    reference: str


@dataclass(slots=True)
class GoodsWorth:
    """What goods that came back are worth, tender by tender, and once they have paid, what each of them has carried.

    `member_number` is that of who had bought them, empty for nobody. `numbers` are those of the sale's tenders by the
    place of what is worth, of EXCHANGE tenders only, and `paid_kinds` what had been paid, by those numbers; both are
    empty until the goods have paid.
    """

    worth: Sequence[TenderWorth]
    member_number: str = ""
    points: Sequence[ReturnedPoints] = ()
    stored_value: Split = field(default_factory=lambda: Split(0, 0))
    carried: list[int] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)
    paid_kinds: dict[int, TenderKind] = field(default_factory=dict)

    @property
    def tenders(self) -> list[Tender]:
        """What the goods are worth as the tenders that had paid for them."""
        return [Tender(one.kind, one.amount_minor, one.points, one.reference) for one in self.worth if one.amount_minor]


def as_paid(goods: GoodsWorth | None, tenders: Sequence[Tender]) -> Sequence[Tender]:
    """The tenders of a sale as what had really been paid, where goods pay among them."""
    if goods is None:
        return tenders
    kinds = goods.paid_kinds
    return [replace(tender, kind=kinds.get(number, tender.kind)) for number, tender in enumerate(tenders, start=1)]


def pay_with_goods(
    goods: GoodsWorth,
    tenders: list[Tender],
    uses: list[LotUse],
    stored_value: StoredValuePaid | None,
    basket: ResolvedBasket,
    total_minor: int,
    member: MemberAccount | None,
    state: SaleState,
    tip_minor: int,
) -> StoredValuePaid | None:
    """Adds what the goods pay to the tenders and the lots of points; what stored value then pays in all.

    Raises ExchangeOfAnotherMember, and NothingToPay where tenders were sent and the goods pay everything, with no tip
    to pay besides.
    """
    if goods.member_number and (member is None or member.member_number != goods.member_number):
        raise ExchangeOfAnotherMember("basket.member_key", member_number=goods.member_number)
    paid = bool(tenders) and not tip_minor
    goods.carried = carried([one.amount_minor for one in goods.worth], total_minor=total_minor, paid=paid)
    for place, (one, amount) in enumerate(zip(goods.worth, goods.carried, strict=True)):
        if not amount:
            continue
        if one.kind not in MOVED:
            tenders.append(Tender(TenderKind.EXCHANGE, amount, reference=one.reference))
            goods.numbers[place] = len(tenders)
            goods.paid_kinds[len(tenders)] = one.kind
        elif member is not None and one.kind is TenderKind.POINTS:
            points = one.points if amount == one.amount_minor else divide(one.points * amount, one.amount_minor)
            tenders.append(Tender(TenderKind.POINTS, amount, points))
            uses += _uses(goods.points, points, {lot.lot_id: lot for lot in state.lots.get(member.member_id, ())})
        elif member is not None:
            account = state.stored_value[member.member_id, basket.store.currency]
            again = StoredValuePaid(account, returned_split(goods.stored_value, amount_minor=amount))
            stored_value = _stored_value(again, amount, tenders, stored_value, basket)
    return stored_value


def _uses(returned: Sequence[ReturnedPoints], points: int, lots: Mapping[int, PointsLot]) -> list[LotUse]:
    """So many of the points that went back, out of the lots to which they went, with the liability that they had."""
    uses = []
    for one in returned:
        taken = min(points, one.points)
        if taken:
            value = one.value_minor if taken == one.points else divide(one.value_minor * taken, one.points)
            uses.append(LotUse(lots[one.lot.lot_id], taken, value))
            points -= taken
    return uses


def _stored_value(
    again: StoredValuePaid, amount: int, tenders: list[Tender], own: StoredValuePaid | None, basket: ResolvedBasket
) -> StoredValuePaid:
    """What went back pays again as it had; with what the customer adds of stored value, it is one tender of both."""
    if own is None:
        tenders.append(Tender(TenderKind.STORED_VALUE, amount))
        return again
    place = next(place for place, tender in enumerate(tenders) if tender.kind is TenderKind.STORED_VALUE)
    whole = tenders[place].amount_minor + amount
    tenders[place] = replace(tenders[place], amount_minor=whole)
    order, field_name = basket.policies.stored_value_spend_order, f"tenders[{place}].amount_minor"
    return StoredValuePaid(own.account, spend_split(own.account, amount_minor=whole, order=order, field=field_name))
