"""Certificates that `liansuo certificates` makes."""

import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509

from entrypoints.cli.certificates import issue
from entrypoints.cli.problems import Problem


def states(made: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    return [(Path(file).name, state) for file, _, state in made]


def test_writes_what_is_missing_and_keeps_what_is_there(tmp_path: Path):
    first = issue(tmp_path, hosts=["localhost"], clients=["T1"])
    authority = (tmp_path / "authority.crt").read_bytes()
    second = issue(tmp_path, hosts=["localhost"], clients=["T1", "T2"])
    assert states(first) == [("authority.crt", "written"), ("server.crt", "written"), ("client-T1.crt", "written")]
    assert states(second) == [
        ("authority.crt", "kept"),
        ("server.crt", "kept"),
        ("client-T1.crt", "kept"),
        ("client-T2.crt", "written"),
    ]
    assert (tmp_path / "authority.crt").read_bytes() == authority


def test_keys_are_readable_by_their_owner_only(tmp_path: Path):
    issue(tmp_path, hosts=["localhost"], clients=["T1"])
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.key")} == {
        "authority.key": 0o600,
        "server.key": 0o600,
        "client-T1.key": 0o600,
    }


def test_the_servers_certificate_convinces_a_client_that_trusts_the_authority(tmp_path: Path):
    issue(tmp_path, hosts=["localhost", "127.0.0.1"], clients=["T1"])
    client, server = ssl.MemoryBIO(), ssl.MemoryBIO()
    trusting = ssl.create_default_context(cafile=tmp_path / "authority.crt")
    trusting.load_cert_chain(tmp_path / "client-T1.crt", tmp_path / "client-T1.key")
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=tmp_path / "authority.crt")
    serving.verify_mode = ssl.CERT_REQUIRED
    serving.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    ends = [
        trusting.wrap_bio(client, server, server_hostname="localhost"),
        serving.wrap_bio(server, client, server_side=True),
    ]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    seen = ends[1].getpeercert(binary_form=True)
    assert seen is not None
    assert x509.load_der_x509_certificate(seen).subject.rfc4514_string() == "CN=T1"


@pytest.mark.parametrize("code", ["", "../T1", "a/b", ".hidden"])
def test_refuses_a_code_that_would_leave_the_folder(tmp_path: Path, code: str):
    with pytest.raises(Problem):
        issue(tmp_path, hosts=["localhost"], clients=[code])
    assert list(tmp_path.iterdir()) == []
