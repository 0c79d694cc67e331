"""Settling a sale: what the tenders pay, how cash is rounded, and the change."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.sales.sale import TenderKind
from domain.shared.errors import Invalid, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX, Rounding, round_to_step

TENDERS_MAX = 20
MONEY: Final = frozenset({TenderKind.CASH, TenderKind.CARD, TenderKind.WALLET, TenderKind.BANK_TRANSFER})
"""Money of the customer, which can be paid in and paid out again, and nothing that the chain has given away."""
NOBODY_PAYS_BY: Final = frozenset({TenderKind.POINTS_SHORTFALL, TenderKind.EXCHANGE})
"""What no customer has in hand: the system itself sets these."""
REFERENCE_LENGTH_MAX = 64


class TooManyTenders(Invalid):
    en = "A sale takes at most {limit} tenders."
    zh = "一笔销售最多可用 {limit} 种付款。"


class InvalidTenderAmount(Invalid):
    en = "The amount of a tender must be above zero and below {limit}, in minor units."
    zh = "付款金额必须大于零且小于 {limit}（最小货币单位）。"


class InvalidTenderPoints(Invalid):
    en = "Points go with the tender kind POINTS only, and must be above zero there."
    zh = "只有 POINTS 付款方式可以填写积分，且必须大于零。"


class TenderReferenceTooLong(Invalid):
    en = "A tender's reference has at most {limit} characters."
    zh = "付款参考号最多 {limit} 个字符。"


class CardNumberRefused(Invalid):
    en = "A card number must never be sent. Send the approval code or the provider's reference."
    zh = "禁止发送银行卡号。请发送授权码或支付机构的参考号。"


class TenderedTooLittle(Rejected):
    en = "The tenders come to {tendered}, but {due} is due. Add {missing} in minor units."
    zh = "已付 {tendered}，应付 {due}。还需 {missing}（最小货币单位）。"


class ChangeOnCashOnly(Rejected):
    en = "Tenders other than cash come to {non_cash}, more than the {due} due. Change is given on cash only."
    zh = "非现金付款合计 {non_cash}，超过应付 {due}。只有现金可以找零。"


@dataclass(frozen=True, slots=True)
class Settlement:
    """`rounding_minor` is what cash rounding added to the total; `change_minor` goes back to the customer in cash."""

    rounding_minor: int
    change_minor: int


def check_tender(*, kind: TenderKind, amount_minor: int, points: int, reference: str, field: str) -> None:
    """Refuses a tender that is wrong in itself: amount, points, an overlong reference, or a card number in it."""
    if kind is TenderKind.POINTS:
        if points <= 0:
            raise InvalidTenderPoints(f"{field}.points")
        if amount_minor:
            raise InvalidTenderAmount(f"{field}.amount_minor", limit=AMOUNT_MINOR_MAX)
    else:
        if points:
            raise InvalidTenderPoints(f"{field}.points")
        if not 0 < amount_minor < AMOUNT_MINOR_MAX:
            raise InvalidTenderAmount(f"{field}.amount_minor", limit=AMOUNT_MINOR_MAX)
    check_reference(reference, field=f"{field}.reference")


def check_reference(reference: str, *, field: str) -> None:
    """Refuses a reference of a payment that is too long, or that is a card number."""
    if len(reference) > REFERENCE_LENGTH_MAX:
        raise TenderReferenceTooLong(field, limit=REFERENCE_LENGTH_MAX)
    if reference and looks_like_card_number(reference):
        raise CardNumberRefused(field)


def looks_like_card_number(text: str) -> bool:
    """Whether `text` is 13 to 19 digits, spaces and dashes aside, that satisfy the Luhn check (ISO/IEC 7812-1)."""
    digits = text.replace(" ", "").replace("-", "")
    if not (13 <= len(digits) <= 19 and digits.isascii() and digits.isdigit()):
        return False
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def settle(
    tenders: Sequence[tuple[TenderKind, int]], *, total_minor: int, cash_step: int, rounding: Rounding
) -> Settlement:
    """Settles `total_minor` with (kind, amount) tenders.

    When cash is among them, what cash has to pay is rounded to `cash_step`. Change comes out of cash only. Raises
    TenderedTooLittle and ChangeOnCashOnly.
    """
    cash = sum(amount for kind, amount in tenders if kind is TenderKind.CASH)
    other = sum(amount for kind, amount in tenders if kind is not TenderKind.CASH)
    if other > total_minor:
        raise ChangeOnCashOnly("tenders", non_cash=other, due=total_minor)
    cash_due = total_minor - other
    rounding_minor = round_to_step(cash_due, cash_step, rounding) - cash_due if cash else 0
    change = cash - cash_due - rounding_minor
    if change < 0:
        due = total_minor + rounding_minor
        raise TenderedTooLittle("tenders", tendered=cash + other, due=due, missing=-change)
    return Settlement(rounding_minor=rounding_minor, change_minor=change)
