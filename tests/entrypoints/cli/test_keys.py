"""The key-encryption key is renewed at the command line."""

from pathlib import Path

import pytest

from application.membership.register_member import RegisterMember, register_member
from entrypoints.cli.database import opened
from tests.entrypoints.cli.journeys import Shell


@pytest.mark.capability("SEC-05")
def test_a_new_key_wraps_all_data_keys_and_everybody_stays_readable(shell: Shell, sqlite_url: str) -> None:
    run = ("--database", sqlite_url)
    with opened(sqlite_url) as chain:
        for card in ("C-1", "C-2"):
            chain.write(register_member, RegisterMember("Li Na", card=card))
    assert shell("keys", "status", "--format", "json", *run).json == [{"version": 1, "members": 2, "now": "yes"}]
    assert "Key-encryption key 2 is in the key file." in shell("keys", "add", *run).err
    rotated = shell("keys", "rotate", *run)
    assert (rotated.code, rotated.err.startswith("2 data keys are under key-encryption key 2 now.")) == (0, True)
    assert shell("keys", "rotate", *run).err.startswith("0 data keys")
    assert shell("keys", "status", "--format", "json", *run).json == [{"version": 2, "members": 2, "now": "yes"}]
    assert shell("keys", "reseal", *run).err == "0 members have a data key of their own now.\n"
    assert len(Path(sqlite_url.removeprefix("sqlite:///") + ".key").read_text().split()) == 2
