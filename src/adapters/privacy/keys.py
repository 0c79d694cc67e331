"""Field encryption and look-up digests under keys derived from one master key.

AES-256-GCM with a random nonce of 96 bits (NIST SP 800-38D); the context is authenticated, so a ciphertext that is
moved to another row or column cannot be read. Look-up digests are HMAC-SHA-256 under a key of their own (RFC 2104).
Signatures are HMAC-SHA-256 under a third key. All keys are derived with HKDF-SHA-256 (RFC 5869), so none tells anything
about another or about the master key.

What is known of a member is encrypted under a data key of the member's own, which is stored wrapped (AES-256-GCM too)
under a key-encryption key. A new one of these takes a new wrapping of every data key and nothing else; without its data
key a member's data is gone.
"""

import hmac
import os
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from application.ports import privacy
from application.ports.privacy import Unreadable

MASTER_KEY_BYTES: Final = 32
DATA_KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
VERSION: Final = b"\x01"
"""First byte of every ciphertext: which key and which algorithm made it. This one is the chain's own key."""
OF_MEMBER: Final = b"\x02"
"""The first version of a member's data key."""
WRAPPED: Final = b"\x03"
"""A data key; two more bytes say which key-encryption key it is under."""
VERSION_BYTES: Final = 2


class Keys(privacy.Keys):
    """The keys of one chain, derived from its 32-byte master key; safe to share between threads.

    `wrapping` are key-encryption keys by version, from 2 on; version 1 is derived like the others.
    """

    def __init__(self, master_key: bytes, wrapping: Mapping[int, bytes] | None = None) -> None:
        if len(master_key) != MASTER_KEY_BYTES:
            raise ValueError(f"a master key has {MASTER_KEY_BYTES} bytes, this one has {len(master_key)}")
        self._cipher = AESGCM(_derived(master_key, b"liansuo field encryption 1"))
        self._lookup = hmac.new(_derived(master_key, b"liansuo lookup digest 1"), digestmod="sha256")
        self._wrapping = {1: AESGCM(_derived(master_key, b"liansuo key encryption 1"))}
        self._wrapping |= {version: AESGCM(key) for version, key in (wrapping or {}).items()}
        self._signing = hmac.new(_derived(master_key, b"liansuo signature 1"), digestmod="sha256")

    def encrypt(self, text: str, context: str) -> bytes:
        return self.seal(text.encode(), context)

    def decrypt(self, cipher: bytes, context: str) -> str:
        return self.unseal(cipher, context).decode()

    def seal(self, data: bytes, context: str) -> bytes:
        return _sealed(self._cipher, VERSION, data, context)

    def unseal(self, cipher: bytes, context: str) -> bytes:
        return _unsealed(self._cipher, VERSION, cipher, context)

    @property
    def wrapping_version(self) -> int:
        return max(self._wrapping)

    def new_data_key(self, member_id: int) -> bytes:
        return self._wrapped(member_id, os.urandom(DATA_KEY_BYTES))

    def data_key(self, member_id: int, wrapped: bytes) -> "DataKey":
        return DataKey(self._unwrapped(member_id, wrapped), member_id)

    def rewrapped(self, member_id: int, wrapped: bytes) -> bytes:
        return self._wrapped(member_id, self._unwrapped(member_id, wrapped))

    def _wrapped(self, member_id: int, data_key: bytes) -> bytes:
        version = self.wrapping_version
        prefix = WRAPPED + version.to_bytes(VERSION_BYTES, "big")
        return _sealed(self._wrapping[version], prefix, data_key, _wrapping_context(member_id))

    def _unwrapped(self, member_id: int, wrapped: bytes) -> bytes:
        version = int.from_bytes(wrapped[1 : 1 + VERSION_BYTES], "big")
        cipher = self._wrapping.get(version)
        if cipher is None:
            raise Unreadable(f"the key-encryption key {version} is not known here")
        return _unsealed(cipher, WRAPPED + wrapped[1 : 1 + VERSION_BYTES], wrapped, _wrapping_context(member_id))

    def digest(self, purpose: str, text: str) -> bytes:
        return _keyed(self._lookup, purpose, text.encode())

    def sign(self, purpose: str, data: bytes) -> bytes:
        return _keyed(self._signing, purpose, data)

    def signed(self, purpose: str, data: bytes, signature: bytes) -> bool:
        return hmac.compare_digest(self.sign(purpose, data), signature)


class DataKey(privacy.FieldKey):
    """The key of one member: what it encrypts says table, column, row and member, and is read nowhere else."""

    def __init__(self, key: bytes, member_id: int) -> None:
        self._cipher = AESGCM(key)
        self._member_id = member_id

    def encrypt(self, text: str, context: str) -> bytes:
        return self.seal(text.encode(), context)

    def decrypt(self, cipher: bytes, context: str) -> str:
        return self.unseal(cipher, context).decode()

    def seal(self, data: bytes, context: str) -> bytes:
        return _sealed(self._cipher, OF_MEMBER, data, self._of_member(context))

    def unseal(self, cipher: bytes, context: str) -> bytes:
        return _unsealed(self._cipher, OF_MEMBER, cipher, self._of_member(context))

    def _of_member(self, context: str) -> str:
        return f"{context}|{self._member_id}"


def _sealed(cipher: AESGCM, prefix: bytes, data: bytes, context: str) -> bytes:
    """Prefix, nonce and ciphertext; the prefix is authenticated with the context."""
    nonce = os.urandom(NONCE_BYTES)
    return prefix + nonce + cipher.encrypt(nonce, data, prefix + context.encode())


def _unsealed(cipher: AESGCM, prefix: bytes, sealed: bytes, context: str) -> bytes:
    start = len(prefix)
    if sealed[:start] != prefix or len(sealed) < start + NONCE_BYTES + TAG_BYTES:
        raise Unreadable(context)
    nonce = sealed[start : start + NONCE_BYTES]
    try:
        return cipher.decrypt(nonce, sealed[start + NONCE_BYTES :], prefix + context.encode())
    except InvalidTag:
        raise Unreadable(context) from None


def _wrapping_context(member_id: int) -> str:
    return f"member_data_keys|wrapped_key|{member_id}"


def _keyed(key: "hmac.HMAC", purpose: str, data: bytes) -> bytes:
    # The length keeps ("a", "bc") and ("ab", "c") apart.
    purpose_bytes = purpose.encode()
    # A copy with the key already in it costs a third of starting with the key.
    digest = key.copy()
    digest.update(len(purpose_bytes).to_bytes(2, "big") + purpose_bytes + data)
    return digest.digest()


def _derived(master_key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(master_key)
