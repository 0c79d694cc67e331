"""What the application needs to keep personal data unreadable in storage, and still to find it."""

from typing import Protocol


class Keys(Protocol):
    """Encryption of single fields, and keyed digests by which a value is found without being stored."""

    def encrypt(self, text: str, context: str) -> bytes:
        """The ciphertext of `text`; it differs every time, also for the same text.

        `context` says where it will stand ("members|name|<member_id>"): it cannot be read anywhere else.
        """

    def decrypt(self, cipher: bytes, context: str) -> str:
        """The text of a ciphertext that was made for this context; raises Unreadable for any other."""

    def seal(self, data: bytes, context: str) -> bytes:
        """As `encrypt`, for bytes."""

    def unseal(self, cipher: bytes, context: str) -> bytes:
        """As `decrypt`, for bytes."""

    def digest(self, purpose: str, text: str) -> bytes:
        """A keyed digest of 32 bytes, always the same for the same purpose and text; useless without the key."""

    def sign(self, purpose: str, data: bytes) -> bytes:
        """A signature of 32 bytes that nobody without the master key can make for this purpose and data."""

    def signed(self, purpose: str, data: bytes, signature: bytes) -> bool:
        """Whether `sign` made this signature; takes as long whichever byte is wrong."""


class Unreadable(Exception):
    """A ciphertext was damaged, moved to another place, or made under another key."""
