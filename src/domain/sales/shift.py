"""A till's shift: its drawer from opening to closing, whoever works at it, and what goes in and out besides sales."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from domain.sales.sale import TenderKind
from domain.shared.errors import Invalid
from domain.shared.money import AMOUNT_MINOR_MAX

COUNTABLE: Final = (
    TenderKind.CASH, TenderKind.CARD, TenderKind.WALLET, TenderKind.MANUFACTURER_COUPON, TenderKind.BANK_TRANSFER,
    TenderKind.VOUCHER,
)  # fmt: skip
"""Tenders that somebody can count, or whose terminal has totals of its own; the others are kept by this system."""


class CashMove(StrEnum):
    """What happens at a drawer besides sales; the first three move cash."""

    PAID_IN = "paid_in"
    PAID_OUT = "paid_out"
    BANKED = "banked"
    DRAWER_OPENED = "drawer_opened"
    HANDED_OVER = "handed_over"


CASH_SIGN: Final[Mapping[CashMove, int]] = {CashMove.PAID_IN: 1, CashMove.PAID_OUT: -1, CashMove.BANKED: -1}
"""Whether a move brings cash into the drawer or takes it out."""


class CashMovesBy(Invalid):
    en = "A move of cash says how much, from 1 up to {limit} minor units."
    zh = "现金收支须填写金额，1 至 {limit} 分。"


class NoCashMoves(Invalid):
    en = "Opening the drawer and handing over move no cash. Leave amount_minor, account_code and reference out."
    zh = "开钱箱和交接不涉及现金，请省略 amount_minor、account_code 和 reference。"


class InvalidFloat(Invalid):
    en = "The float is zero or above, up to {limit} minor units."
    zh = "备用金须为零以上，不超过 {limit} 分。"


class InvalidCount(Invalid):
    en = "Denominations are above zero, pieces zero or above, both up to {limit}."
    zh = "面额须大于零，张数须为零以上，且均不超过 {limit}。"


class CountedTwice(Invalid):
    en = "“{key}” is counted twice. Send it once, with the sum."
    zh = "“{key}”被重复清点，请合并后只提供一次。"


class NotCountable(Invalid):
    en = "{tender} is kept by this system, or counted by denominations. Leave it out, or use one of: {countable}."
    zh = "{tender} 由系统记账或按面额清点，请省略。可用：{countable}。"


@dataclass(slots=True)
class Shift:
    """`number` counts the shifts of a terminal from 1 on and is that of its Z report; `business_date` that of opening.

    `float_minor` is the change that lay in the drawer; `closed_at` is None while the shift is open.
    """

    shift_id: int
    terminal_id: int
    store_id: int
    number: int
    currency: str
    business_date: date
    float_minor: int
    caller_id: int
    staff_id: int | None
    opened_at: datetime
    closed_at: datetime | None


@dataclass(slots=True)
class ShiftEntry:
    """Something that happened at the drawer; `amount_minor` above zero came in, below zero went out."""

    entry_id: int
    shift_id: int
    kind: CashMove
    amount_minor: int
    account_code: str
    reason: str
    reference: str
    note: str
    store_id: int
    currency: str
    business_date: date
    request_id: str
    caller_id: int
    staff_id: int | None
    posted_at: datetime


@dataclass(slots=True)
class ShiftClose:
    """The close of a shift: what was counted by denomination, and the Z report, frozen as it was.

    `last_receipt_sequence` is the last number that the till has given a receipt, 0 where it did not tell.
    """

    shift_id: int
    counts: Sequence[Mapping[str, int]]
    report: Mapping[str, Any]
    last_receipt_sequence: int
    note: str
    store_id: int
    currency: str
    business_date: date
    request_id: str
    caller_id: int
    staff_id: int | None
    posted_at: datetime


@dataclass(slots=True)
class ShiftTotal:
    """One tender of a closed shift, in minor units.

    `taken_minor` came in by sales and payments less what went back, `expected_minor` is that with the float and the
    moves of cash, `unsent_minor` what the till said it still had to send, and `variance_minor` = counted − expected −
    unsent, which is posted. What nobody counted has no variance.
    """

    shift_id: int
    tender: TenderKind
    taken_minor: int
    expected_minor: int
    counted: bool
    counted_minor: int
    unsent_minor: int
    variance_minor: int


def check_float(float_minor: int, *, field: str) -> None:
    """Raises InvalidFloat."""
    if not 0 <= float_minor < AMOUNT_MINOR_MAX:
        raise InvalidFloat(field, limit=AMOUNT_MINOR_MAX - 1)


def check_move(kind: CashMove, *, amount_minor: int, account_code: str, reference: str) -> None:
    """Raises CashMovesBy for a move of cash without an amount, NoCashMoves for what moves none and says it did."""
    if kind in CASH_SIGN:
        if not 0 < amount_minor < AMOUNT_MINOR_MAX:
            raise CashMovesBy("amount_minor", limit=AMOUNT_MINOR_MAX - 1)
    elif amount_minor or account_code or reference:
        raise NoCashMoves("kind")


def counted_cash(counts: Sequence[tuple[int, int]], *, field: str) -> int:
    """What pieces of denominations come to, in minor units; raises InvalidCount and CountedTwice."""
    seen: set[int] = set()
    for place, (denomination, pieces) in enumerate(counts):
        if not 0 < denomination < AMOUNT_MINOR_MAX or not 0 <= pieces < AMOUNT_MINOR_MAX:
            raise InvalidCount(f"{field}[{place}]", limit=AMOUNT_MINOR_MAX - 1)
        if denomination in seen:
            raise CountedTwice(f"{field}[{place}].denomination_minor", key=str(denomination))
        seen.add(denomination)
    total = sum(denomination * pieces for denomination, pieces in counts)
    if total >= AMOUNT_MINOR_MAX:
        raise InvalidCount(field, limit=AMOUNT_MINOR_MAX - 1)
    return total


def totals_by_tender(
    totals: Sequence[tuple[TenderKind, int]], *, cash: bool, negative: bool, field: str
) -> dict[TenderKind, int]:
    """Stated totals by tender, of COUNTABLE ones and with `cash` or without; `negative` ones where refunds may prevail.

    Raises NotCountable, CountedTwice and InvalidCount.
    """
    found: dict[TenderKind, int] = {}
    allowed = COUNTABLE if cash else COUNTABLE[1:]
    for place, (tender, amount) in enumerate(totals):
        if tender not in allowed:
            listed = ", ".join(kind.name for kind in allowed)
            raise NotCountable(f"{field}[{place}].tender", tender=tender.name, countable=listed)
        if tender in found:
            raise CountedTwice(f"{field}[{place}].tender", key=tender.name)
        least = -AMOUNT_MINOR_MAX if negative else -1
        if not least < amount < AMOUNT_MINOR_MAX:
            raise InvalidCount(f"{field}[{place}].amount_minor", limit=AMOUNT_MINOR_MAX - 1)
        found[tender] = amount
    return found
