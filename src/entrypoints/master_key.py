"""The master key of an installation: from the environment, from a file, or made once beside an embedded database."""

import os
import secrets
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from entrypoints.settings import Settings, StartRefused

KEY_BYTES: Final = 32


def master_key(settings: Settings) -> bytes:
    """The 32 bytes that personal data is encrypted under; raises StartRefused where there are none to be had.

    In development a key file is made when it is missing, readable by its owner only. In production never: a server that
    makes itself a new key cannot read what is there.
    """
    given = settings.master_key.get_secret_value()
    if given:
        return _decoded(given, "LIANSUO_MASTER_KEY")
    path = settings.master_key_file or _beside_database(settings)
    if not path.exists() and not settings.production:
        _make(path)
    try:
        return _decoded(path.read_text(encoding="ascii").strip(), str(path))
    except OSError as error:
        raise StartRefused(f"The master key in {path} cannot be read: {error.strerror}.") from None


def _beside_database(settings: Settings) -> Path:
    url = make_url(settings.database_url.get_secret_value())
    if settings.embedded and url.database:
        return Path(f"{url.database}.key")
    return Path("var/liansuo.key")


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(handle)
    try:
        # Whole or not at all, and only the first of several processes: a link never replaces what is there.
        os.link(unfinished, path)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()


def _decoded(text: str, source: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise StartRefused(f"{source} is not a master key: {KEY_BYTES} bytes in hexadecimal.")
    return key
