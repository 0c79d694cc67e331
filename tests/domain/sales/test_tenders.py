"""Settling: change comes out of cash only, and cash alone is rounded."""

import pytest

from domain.sales.sale import TenderKind
from domain.sales.tenders import (
    CardNumberRefused,
    ChangeOnCashOnly,
    InvalidTenderAmount,
    InvalidTenderPoints,
    Settlement,
    TenderedTooLittle,
    check_tender,
    looks_like_card_number,
    settle,
)
from domain.shared.money import Rounding

CASH, CARD, POINTS = TenderKind.CASH, TenderKind.CARD, TenderKind.POINTS


def settled(*tenders: tuple[TenderKind, int], total: int, step: int = 0) -> Settlement:
    return settle(tenders, total_minor=total, cash_step=step, rounding=Rounding.HALF_UP)


@pytest.mark.parametrize(
    ("tenders", "total", "change"),
    [
        ([(CASH, 5_000), (CARD, 5_500)], 10_500, 0),
        ([(CASH, 6_000), (CARD, 5_000)], 10_500, 500),
        ([(CASH, 20_000)], 10_500, 9_500),
        ([], 0, 0),
    ],
)
def test_gives_change_on_cash(tenders: list[tuple[TenderKind, int]], total: int, change: int) -> None:
    assert settled(*tenders, total=total) == Settlement(rounding_minor=0, change_minor=change)


def test_refuses_tenders_that_do_not_reach_the_total_and_says_what_is_missing() -> None:
    with pytest.raises(TenderedTooLittle) as refused:
        settled((CASH, 4_000), (CARD, 5_500), total=10_500)
    assert refused.value.details == {"tendered": 9_500, "due": 10_500, "missing": 1_000}


def test_refuses_change_on_a_card() -> None:
    with pytest.raises(ChangeOnCashOnly) as refused:
        settled((CARD, 10_501), total=10_500)
    assert refused.value.details == {"non_cash": 10_501, "due": 10_500}


def test_rounds_what_cash_pays_and_nothing_else() -> None:
    # 15.72 with 0.67 by card leaves 15.05 in cash; all in cash it is 15.70.
    assert settled((CARD, 67), (CASH, 1_505), total=1_572, step=5) == Settlement(0, 0)
    assert settled((CASH, 1_570), total=1_572, step=5) == Settlement(rounding_minor=-2, change_minor=0)
    assert settled((CASH, 2_000), total=1_573, step=5) == Settlement(rounding_minor=2, change_minor=425)
    assert settled((CARD, 1_572), total=1_572, step=5) == Settlement(0, 0)


@pytest.mark.parametrize(
    ("kind", "amount", "points", "refusal", "field"),
    [
        (CASH, 0, 0, InvalidTenderAmount, "tenders[0].amount_minor"),
        (CASH, -1, 0, InvalidTenderAmount, "tenders[0].amount_minor"),
        (CASH, 10**15, 0, InvalidTenderAmount, "tenders[0].amount_minor"),
        (CARD, 100, 5, InvalidTenderPoints, "tenders[0].points"),
        (POINTS, 0, 0, InvalidTenderPoints, "tenders[0].points"),
        (POINTS, 100, 100, InvalidTenderAmount, "tenders[0].amount_minor"),
    ],
)
def test_refuses_a_tender_that_is_wrong_in_itself(
    kind: TenderKind, amount: int, points: int, refusal: type[Exception], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        check_tender(kind=kind, amount_minor=amount, points=points, reference="", field="tenders[0]")
    assert refused.value.field == field  # type: ignore[attr-defined]


def test_recognises_card_numbers_with_and_without_spaces() -> None:
    assert looks_like_card_number("4111 1111-1111 1111")
    assert looks_like_card_number("378282246310005")
    assert not looks_like_card_number("4111111111111112")
    assert not looks_like_card_number("411111111111")
    assert not looks_like_card_number("auth 4111111111111111")


def test_refuses_a_card_number_as_reference() -> None:
    with pytest.raises(CardNumberRefused):
        check_tender(kind=CARD, amount_minor=100, points=0, reference="4111111111111111", field="tenders[0]")
