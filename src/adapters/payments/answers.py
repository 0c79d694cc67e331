"""What the adapters of all payment providers do alike with what they are told: doubt it, name it without secrets."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import Any, Final

from application.ports.payments import NoticeRefused, ProviderPayment, ProviderState, ProviderUnreachable
from domain.sales.tenders import looks_like_card_number

NOTICE_BYTES_MAX: Final = 65_536
"""A notice of any provider is a few thousand bytes."""

NOTICE_WINDOW: Final = timedelta(minutes=5)
"""How far a signed time may be from ours, as Stripe and WeChat Pay both advise."""

DIGITS_OF_A_CARD: Final = re.compile(r"(?:\d[ -]?){12,18}\d", re.ASCII)

TOKEN_REFUSED: Final = "token_not_of_this_provider"
CURRENCY_REFUSED: Final = "currency_not_taken"


@contextmanager
def doubting(code: str) -> Iterator[None]:
    """Turns whatever makes an answer unreadable into ProviderUnreachable, which names the kind of failure only.

    Connections, time-outs and the errors of `requests` are OSErrors; an answer of another shape than was promised ends
    in one of the others. The text holds nothing of the request, which has the customer's code in it.
    """
    try:
        yield
    except (OSError, HTTPException, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ProviderUnreachable(f"{code}: {type(error).__name__}") from error


def not_asked(asked_minor: int, currency: str, reason: str) -> ProviderPayment:
    """A payment that was declined before anybody was asked, for a reason of ours."""
    return ProviderPayment(state=ProviderState.DECLINED, amount_minor=asked_minor, currency=currency, reason=reason)


def hint(brand: object, last_four: object) -> str:
    """ "visa 4242"; empty unless the last four are exactly four digits, so that no longer part of a number gets in."""
    if not isinstance(last_four, str) or len(last_four) != 4 or not (last_four.isascii() and last_four.isdigit()):
        return ""
    return f"{brand} {last_four}" if isinstance(brand, str) and brand.isascii() and len(brand) <= 32 else last_four


def refuse_card_numbers(value: object, *, code: str) -> None:
    """Raises ProviderUnreachable when a string anywhere in `value` holds a card number; the number is in no text."""
    match value:
        case str() if any(looks_like_card_number(run) for run in DIGITS_OF_A_CARD.findall(value)):
            raise ProviderUnreachable(f"{code}: the answer holds a card number")
        case dict():
            for part in value.values():
                refuse_card_numbers(part, code=code)
        case list():
            for part in value:
                refuse_card_numbers(part, code=code)


def signed_now(signed_at: datetime, *, at: datetime, window: timedelta = NOTICE_WINDOW) -> datetime:
    """`signed_at` itself; raises NoticeRefused when it is further from `at` than the window, before or after."""
    if abs(at - signed_at) > window:
        raise NoticeRefused("The message was not signed now.")
    return signed_at


def instant(seconds: str | int) -> datetime:
    """The instant of a Unix time in whole seconds; raises NoticeRefused when it is none."""
    try:
        return datetime.fromtimestamp(int(seconds), tz=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise NoticeRefused("The message has no time.") from error


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a notice; raises NoticeRefused when there is none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NoticeRefused("The message is not JSON.") from error
    if not isinstance(value, dict):
        raise NoticeRefused("The message is no JSON object.")
    return value
