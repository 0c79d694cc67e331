"""PINs as argon2id digests, in the OWASP profile of 19 MiB and two passes (RFC 9106)."""

from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from application.ports import secrets

MEMORY_KIB: Final = 19 * 1024
PASSES: Final = 2


class Pins(secrets.Pins):
    """Safe to share between threads; one digest takes some 20 ms of one core, and 19 MiB for so long."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1, type=Type.ID)
        self._nobodys = self.hash(b"")

    def hash(self, pin: bytes) -> str:
        return self._hasher.hash(pin)

    def matches(self, pin: bytes, pin_hash: str | None) -> bool:
        try:
            self._hasher.verify(pin_hash or self._nobodys, pin)
        except VerifyMismatchError:
            return False
        return pin_hash is not None
