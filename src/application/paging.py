"""Pages of a list: a size within bounds, and an opaque token that says after which row the next page starts.

A repository is asked for `limit + 1` rows in key order, those after `after`; the extra row only tells that there is a
next page:

    asked = page(query.page_size, query.page_token, key=(str,))
    rows = uow.catalog.list_products(after=asked.after, limit=asked.limit + 1)
    return ProductsPage(rows[: asked.limit], next_token(rows, asked.limit, lambda row: (row.sku,)))
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, TypeAlias, TypeVar

from domain.shared.errors import Invalid

Row = TypeVar("Row")
Key: TypeAlias = tuple[Any, ...]

PAGE_SIZE_DEFAULT: Final = 50
PAGE_SIZE_MAX: Final = 500
PAGE_TOKEN_CHARACTERS_MAX: Final = 1024
INTEGER_MAX: Final = 2**63 - 1


class InvalidPageSize(Invalid):
    en = "page_size is {page_size}; send 1 to {page_size_max}, or 0 for {page_size_default}."
    zh = "page_size 为 {page_size}；请使用 1 至 {page_size_max}，或用 0 表示 {page_size_default}。"


class InvalidPageToken(Invalid):
    en = "page_token is not one that this list handed out. Send next_page_token of the page before, or nothing."
    zh = "page_token 不是本列表给出的标记。请使用上一页的 next_page_token，或留空。"


@dataclass(frozen=True, slots=True)
class Page:
    """Up to `limit` rows, those whose key lies after `after`; None for the first page."""

    limit: int
    after: Key | None


def page(page_size: int, page_token: str, *, key: tuple[type, ...]) -> Page:
    """The page that was asked for; `key` names the types (str, int, date or datetime) of the list's key.

    Raises InvalidPageSize, or InvalidPageToken for a token of another list as well as for a made-up one.
    """
    if not 0 <= page_size <= PAGE_SIZE_MAX:
        raise InvalidPageSize(
            "page_size", page_size=page_size, page_size_max=PAGE_SIZE_MAX, page_size_default=PAGE_SIZE_DEFAULT
        )
    return Page(limit=page_size or PAGE_SIZE_DEFAULT, after=_after(page_token, key) if page_token else None)


def next_token(rows: Sequence[Row], limit: int, key: Callable[[Row], Key]) -> str:
    """The token of the page after the first `limit` rows; empty when `rows` holds no more than those."""
    return token_of(key(rows[limit - 1])) if len(rows) > limit else ""


def token_of(key: Key) -> str:
    """The token that says after which row a page starts."""
    values = [value.isoformat() if isinstance(value, date) else value for value in key]
    text = json.dumps(values, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _after(token: str, key: tuple[type, ...]) -> Key:
    if len(token) > PAGE_TOKEN_CHARACTERS_MAX:
        raise InvalidPageToken("page_token")
    try:
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(values, list):
            raise TypeError
        return tuple(_value(value, kind) for value, kind in zip(values, key, strict=True))
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError):
        raise InvalidPageToken("page_token") from None


def _value(value: object, kind: type) -> object:
    """The value as a database takes it: a token may be made up, with a NUL, a lone surrogate or too big an integer."""
    if kind is datetime and isinstance(value, str):
        at = datetime.fromisoformat(value)
        if at.tzinfo is not None:
            # An instant of year 1 or 9999 may have none in UTC.
            return at.astimezone(UTC)
    elif kind is date and isinstance(value, str):
        return date.fromisoformat(value)
    elif type(value) is kind and isinstance(value, str):
        if not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value):
            return value
    elif type(value) is kind and isinstance(value, int) and abs(value) <= INTEGER_MAX:
        return value
    raise ValueError(value)
