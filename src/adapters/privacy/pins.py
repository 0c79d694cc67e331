"""Secrets: tokens from the operating system's randomness, and PINs as argon2id digests."""

import secrets
from functools import cached_property
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from application.ports import secrets as ports

TOKEN_BYTES: Final = 32
MEMORY_KIB: Final = 19 * 1024
PASSES: Final = 2


class Pins(ports.Pins):
    """argon2id (RFC 9106) in the OWASP profile of 19 MiB and two passes; safe to share between threads.

    One digest takes some 20 ms of one core, and 19 MiB for so long.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1, type=Type.ID)

    def hash(self, pin: bytes) -> str:
        return self._hasher.hash(pin)

    def matches(self, pin: bytes, pin_hash: str | None) -> bool:
        try:
            self._hasher.verify(pin_hash or self._nobodys, pin)
        except VerifyMismatchError:
            return False
        return pin_hash is not None

    @cached_property
    def _nobodys(self) -> str:
        return self.hash(b"")


def system_secrets() -> ports.Secrets:
    """Secrets as a running chain needs them."""
    return ports.Secrets(new_token=_new_token, pins=Pins())


def _new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)
