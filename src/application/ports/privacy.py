"""What the application needs to keep personal data unreadable in storage, and still to find it."""

from typing import Protocol

from domain.shared.errors import NotFound


class FieldKey(Protocol):
    """Encryption of single fields."""

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


class Keys(FieldKey, Protocol):
    """The keys of a chain: its own for fields, those that wrap the data keys of members, those of digests."""

    @property
    def wrapping_version(self) -> int:
        """The key-encryption key under which data keys are wrapped now, by its version, from 1 on."""

    def new_data_key(self, member_id: int) -> bytes:
        """A random data key for a member, wrapped: it is stored like this and used by `data_key`."""

    def data_key(self, member_id: int, wrapped: bytes) -> FieldKey:
        """The data key of a member; raises Unreadable for another member's, or without its key-encryption key."""

    def rewrapped(self, member_id: int, wrapped: bytes) -> bytes:
        """The same data key under the key-encryption key of now."""

    def digest(self, purpose: str, text: str) -> bytes:
        """A keyed digest of 32 bytes, always the same for the same purpose and text; useless without the key."""

    def sign(self, purpose: str, data: bytes) -> bytes:
        """A signature of 32 bytes that nobody without the master key can make for this purpose and data."""

    def signed(self, purpose: str, data: bytes, signature: bytes) -> bool:
        """Whether `sign` made this signature; takes as long whichever byte is wrong."""


class Unreadable(Exception):
    """A ciphertext was damaged, moved to another place, or made under another key."""


class AnswerErased(NotFound):
    """The stored answer of a request was about a member who is erased."""

    en = "This request was done, and the member whom it was about has been erased since."
    zh = "此请求已办理，其所涉会员的档案此后已删除。"
