"""Tips: money of customers on top of a sale, which the store owes to its staff until it pays it out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from domain.sales.sale import TenderKind
from domain.sales.tenders import MONEY
from domain.shared.errors import Invalid, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX


class InvalidTip(Invalid):
    en = "A tip is zero or above and below {limit}, in minor units."
    zh = "小费须为零以上且小于 {limit}（最小货币单位）。"


class TipOfNothing(Invalid):
    en = "tip_staff_code says whose tip it is. Send tip_minor with it, or leave it out."
    zh = "tip_staff_code 指明小费归属，请同时填写 tip_minor，或省略此项。"


class TipPaidInMoney(Rejected):
    en = (
        "Tenders other than cash, card, wallet and bank transfer come to {other}, more than the {total} of the goods."
        " The tip of {tip} is paid by one of these four."
    )
    zh = "现金、银行卡、移动支付和转账以外的付款合计 {other}，超过商品金额 {total}。小费 {tip} 须用这四种方式支付。"


@dataclass(slots=True)
class TipEntry:
    """What one document did to the tips of a store, in minor units of `currency`.

    A sale has `given_minor` above zero and its void takes that back below zero; a cash movement has `paid_out_minor`
    above zero. What the store owes is the sum of what was given less what was paid out. `staff_id` is whose tip it is,
    None where nobody was signed in and of what is paid out.
    """

    document_id: int
    store_id: int
    staff_id: int | None
    currency: str
    given_minor: int
    paid_out_minor: int
    business_date: date
    posted_at: datetime


def check_tip(tip_minor: int, *, of_somebody: bool) -> None:
    """Raises InvalidTip and, where a member of staff is named for no tip, TipOfNothing."""
    if not 0 <= tip_minor < AMOUNT_MINOR_MAX:
        raise InvalidTip("tip_minor", limit=AMOUNT_MINOR_MAX)
    if of_somebody and not tip_minor:
        raise TipOfNothing("tip_staff_code")


def check_tip_paid(tenders: Iterable[tuple[TenderKind, int]], *, total_minor: int, tip_minor: int) -> None:
    """Raises TipPaidInMoney where anything but money would pay some of the tip; (kind, amount) tenders."""
    other = sum(amount for kind, amount in tenders if kind not in MONEY)
    if tip_minor and other > total_minor:
        raise TipPaidInMoney("tip_minor", other=other, total=total_minor, tip=tip_minor)
