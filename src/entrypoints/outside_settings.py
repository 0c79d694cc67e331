"""What settings of payment providers and of carriers have in common: where they come from, and when."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from entrypoints.settings import StartRefused, is_loopback

S = TypeVar("S", bound=BaseSettings)
T = TypeVar("T")


class Installed(Mapping[str, T]):
    """What the environment sets up, by code, made when the first of it is asked for: who uses none needs no settings.

    Raises then what making it raises.
    """

    def __init__(self, make: Callable[[], Mapping[str, T]]) -> None:
        self._make = make

    @cached_property
    def _found(self) -> Mapping[str, T]:
        return self._make()

    def __getitem__(self, code: str) -> T:
        return self._found[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def read_settings(kind: type[S], *, what: str) -> S:
    """The settings of this process; raises StartRefused, which names what is wrong and never shows a value."""
    try:
        return kind()
    except ValidationError as error:
        wrong = ", ".join(f"LIANSUO_{'_'.join(map(str, one['loc'])).upper()} ({one['msg']})" for one in error.errors())
        raise StartRefused(f"The environment holds what is no setting of {what}: {wrong}.") from None


def checked_url(url: str) -> str:
    """Keys, addresses and payments go in plain text to this machine only; raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return url.rstrip("/")
    raise ValueError(f"{url} is not https")
