"""What the application needs to make secrets, and to keep those that people choose."""

from dataclasses import dataclass
from typing import Protocol


class Tokens(Protocol):
    def __call__(self) -> str:
        """A new secret of 256 random bits, in URL-safe characters."""


class Pins(Protocol):
    """Slow digests, for secrets that are short enough to be guessed."""

    def hash(self, pin: bytes) -> str:
        """A salted digest of the PIN; it differs every time, also for the same PIN."""

    def matches(self, pin: bytes, pin_hash: str | None) -> bool:
        """Whether this is the PIN; without a digest the answer is no, and takes as long."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where secrets come from; passed in, so that a test can know them beforehand."""

    new_token: Tokens
    pins: Pins
