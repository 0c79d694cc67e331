"""Field encryption and look-up digests under keys derived from one master key.

AES-256-GCM with a random nonce of 96 bits (NIST SP 800-38D); the context is authenticated, so a ciphertext that is
moved to another row or column cannot be read. Look-up digests are HMAC-SHA-256 under a key of their own (RFC 2104).
Signatures are HMAC-SHA-256 under a third key. All keys are derived with HKDF-SHA-256 (RFC 5869), so none tells anything
about another or about the master key.
"""

import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from application.ports import privacy
from application.ports.privacy import Unreadable

MASTER_KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
VERSION: Final = b"\x01"
"""First byte of every ciphertext: which key and which algorithm made it."""


class Keys(privacy.Keys):
    """The keys of one chain, derived from its 32-byte master key; safe to share between threads."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != MASTER_KEY_BYTES:
            raise ValueError(f"a master key has {MASTER_KEY_BYTES} bytes, this one has {len(master_key)}")
        self._cipher = AESGCM(_derived(master_key, b"liansuo field encryption 1"))
        self._lookup = hmac.new(_derived(master_key, b"liansuo lookup digest 1"), digestmod="sha256")
        self._signing = hmac.new(_derived(master_key, b"liansuo signature 1"), digestmod="sha256")

    def encrypt(self, text: str, context: str) -> bytes:
        return self.seal(text.encode(), context)

    def decrypt(self, cipher: bytes, context: str) -> str:
        return self.unseal(cipher, context).decode()

    def seal(self, data: bytes, context: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._cipher.encrypt(nonce, data, _authenticated(context))

    def unseal(self, cipher: bytes, context: str) -> bytes:
        if cipher[:1] != VERSION or len(cipher) < len(VERSION) + NONCE_BYTES + TAG_BYTES:
            raise Unreadable(context)
        nonce, sealed = cipher[1 : 1 + NONCE_BYTES], cipher[1 + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, sealed, _authenticated(context))
        except InvalidTag:
            raise Unreadable(context) from None

    def digest(self, purpose: str, text: str) -> bytes:
        return _keyed(self._lookup, purpose, text.encode())

    def sign(self, purpose: str, data: bytes) -> bytes:
        return _keyed(self._signing, purpose, data)

    def signed(self, purpose: str, data: bytes, signature: bytes) -> bool:
        return hmac.compare_digest(self.sign(purpose, data), signature)


def _keyed(key: "hmac.HMAC", purpose: str, data: bytes) -> bytes:
    # The length keeps ("a", "bc") and ("ab", "c") apart.
    purpose_bytes = purpose.encode()
    # A copy with the key already in it costs a third of starting with the key.
    digest = key.copy()
    digest.update(len(purpose_bytes).to_bytes(2, "big") + purpose_bytes + data)
    return digest.digest()


def _derived(master_key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(master_key)


def _authenticated(context: str) -> bytes:
    return VERSION + context.encode()
