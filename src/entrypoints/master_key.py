"""The keys of an installation: from the environment, from a file, or made once beside an embedded database.

The first word is the master key. Further words are key-encryption keys, each a version from 2 on, a colon and 32 bytes
in hexadecimal; the newest wraps the data keys of members.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from entrypoints.settings import Settings, StartRefused

KEY_BYTES: Final = 32
VERSION_MAX: Final = 65_535


def master_key(settings: Settings) -> bytes:
    """The 32 bytes that personal data is encrypted under; raises StartRefused where there are none to be had.

    In development a key file is made when it is missing, readable by its owner only. In production never: a server that
    makes itself a new key cannot read what is there.
    """
    words, source = _words(settings)
    return _decoded(words[0] if words else "", source)


def wrapping_keys(settings: Settings) -> Mapping[int, bytes]:
    """The key-encryption keys of an installation by version, from 2 on; raises StartRefused for what is none."""
    words, source = _words(settings)
    keys: dict[int, bytes] = {}
    for word in words[1:]:
        number, _, text = word.partition(":")
        if not number.isascii() or not number.isdecimal() or not 2 <= int(number[:6]) <= VERSION_MAX:
            raise StartRefused(f"A key-encryption key in {source} needs a version from 2 to {VERSION_MAX} and a colon.")
        if int(number) in keys:
            raise StartRefused(f"{source} has two key-encryption keys of version {int(number)}. Remove one of them.")
        keys[int(number)] = _decoded(text, f"Key-encryption key {int(number)} in {source}", kind="key")
    return keys


def add_wrapping_key(settings: Settings) -> int:
    """Adds a new key-encryption key to the key file, whole or not at all, and returns its version.

    Raises StartRefused where the keys come from the environment, or the file cannot be written.
    """
    if settings.master_key.get_secret_value():
        raise StartRefused(
            "The keys stand in LIANSUO_MASTER_KEY: add a version, a colon and 64 hexadecimal digits there."
        )
    master_key(settings)
    version = max([1, *wrapping_keys(settings)]) + 1
    path = settings.master_key_file or _beside_database(settings)
    text = path.read_text(encoding="ascii").rstrip("\n")
    unfinished = _written(path, f"{text}\n{version}:{secrets.token_hex(KEY_BYTES)}\n")
    os.replace(unfinished, path)
    return version


def _words(settings: Settings) -> tuple[list[str], str]:
    """The words that hold keys, and where they stand."""
    given = settings.master_key.get_secret_value()
    if given:
        return given.split(), "LIANSUO_MASTER_KEY"
    path = settings.master_key_file or _beside_database(settings)
    if not path.exists() and not settings.production:
        _make(path)
    try:
        return path.read_text(encoding="ascii").split(), str(path)
    except OSError as error:
        raise StartRefused(f"The master key in {path} cannot be read: {error.strerror}.") from None


def _beside_database(settings: Settings) -> Path:
    url = make_url(settings.database_url.get_secret_value())
    if settings.embedded and url.database:
        return Path(f"{url.database}.key")
    return Path("var/liansuo.key")


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = _written(path, secrets.token_hex(KEY_BYTES) + "\n")
    try:
        # Whole or not at all, and only the first of several processes: a link never replaces what is there.
        os.link(unfinished, path)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()


def _written(path: Path, text: str) -> Path:
    """A file beside `path` with this text, readable by its owner only and safe on disk."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(handle)
    return unfinished


def _decoded(text: str, source: str, kind: str = "master key") -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise StartRefused(f"{source} is not a {kind}: {KEY_BYTES} bytes in hexadecimal.")
    return key
