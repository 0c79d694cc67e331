"""Keys made for the run, and RSA with SHA-256 as WeChat Pay and Alipay use it, without their kits."""

from base64 import b64decode, b64encode
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


@cache
def run_key(name: str) -> RSAPrivateKey:
    """The key of that name, made when it is first asked for and never written down."""
    return generate_private_key(public_exponent=65_537, key_size=2_048)


def private_pem(name: str) -> str:
    return run_key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(name: str) -> str:
    return run_key(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def sign(name: str, message: str) -> str:
    return b64encode(run_key(name).sign(message.encode(), PKCS1v15(), SHA256())).decode()


def is_signed(name: str, message: str, signature: str) -> bool:
    try:
        run_key(name).public_key().verify(b64decode(signature), message.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True
