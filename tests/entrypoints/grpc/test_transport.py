"""What is decided below the calls: TLS, compression, sizes, and who may not even connect."""

import gzip
import hashlib
import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import grpc
import pytest

from entrypoints.cli.certificates import issue
from entrypoints.grpc.limits import BULK_REQUEST_BYTES_MAX
from tests.entrypoints.grpc import toy
from tests.entrypoints.grpc.serving import Failed, Running, metadata_of, new_id, serving
from tests.entrypoints.grpc.toy import message

SELL = "/liansuo.toy.v1.ToyService/Sell"
OPEN = "/liansuo.toy.v1.ToyService/Open"
GET_BOX = "/liansuo.toy.v1.ToyService/GetBox"

RECOVERED_SECONDS_MAX = 10.0


def sell() -> Any:
    request = message("SellRequest")(request_id=new_id())
    request.basket.lines.add(sku="A", quantity_milli=1_000)
    return request


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority with a server's and two terminals' certificates, and a stranger's authority beside it."""
    folder = tmp_path_factory.mktemp("certificates")
    issue(folder, hosts=["127.0.0.1", "localhost"], clients=["S01-1", "S01-2"])
    issue(folder / "stranger", hosts=["127.0.0.1"], clients=["S01-1"])
    return folder


def tls(folder: Path, *, mutual: bool) -> dict[str, Any]:
    return {
        "tls_certificate": folder / "server.crt",
        "tls_key": folder / "server.key",
        "tls_client_ca": folder / "authority.crt" if mutual else None,
    }


def trusting(folder: Path, client: Path | None = None) -> grpc.ChannelCredentials:
    """Trusts the authority of `folder` and shows the certificate `client`."""
    authority = (folder / "authority.crt").read_bytes()
    if client is None:
        return grpc.ssl_channel_credentials(authority)
    return grpc.ssl_channel_credentials(
        authority, client.with_suffix(".key").read_bytes(), client.with_suffix(".crt").read_bytes()
    )


def digest(certificate: Path) -> bytes:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text())).digest()


def test_serves_over_tls(certificates: Path, storage: toy.Storage):
    with serving(storage, credentials=trusting(certificates), **tls(certificates, mutual=False)) as server:
        assert server.call(SELL, sell()) != b""
        assert storage.sales[0].caller.certificate_digest == b""


def test_a_client_of_plain_text_is_not_answered(certificates: Path, storage: toy.Storage):
    with serving(storage, credentials=trusting(certificates), **tls(certificates, mutual=False)) as server:
        assert not isinstance(server.call(SELL, sell()), Failed)
        with grpc.insecure_channel(server.address) as channel, pytest.raises(grpc.RpcError) as raised:
            channel.unary_unary(SELL)(b"", timeout=5, metadata=metadata_of(credential="cashier"))
        failed: Any = raised.value
        assert failed.code() is grpc.StatusCode.UNAVAILABLE
        assert len(storage.sales) == 1


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
@pytest.mark.parametrize(
    ("version", "protocol"),
    [(ssl.TLSVersion.TLSv1_1, None), (ssl.TLSVersion.TLSv1_2, "h2"), (ssl.TLSVersion.TLSv1_3, "h2")],
)
def test_speaks_tls_from_version_1_2_on(certificates: Path, version: ssl.TLSVersion, protocol: str | None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certificates / "authority.crt")
    context.set_alpn_protocols(["h2"])
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with (
        serving(credentials=trusting(certificates), **tls(certificates, mutual=False)) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection,
    ):
        assert shaken(context, connection) == protocol


def shaken(context: ssl.SSLContext, connection: socket.socket) -> str | None:
    """The protocol agreed on, None when the server refuses."""
    try:
        with context.wrap_socket(connection, server_hostname="127.0.0.1") as secured:
            return secured.selected_alpn_protocol()
    except (ssl.SSLError, ConnectionError):
        return None


@pytest.mark.parametrize("client", [None, "stranger/client-S01-1"])
def test_mutual_tls_lets_nobody_in_without_a_certificate_of_its_authority(
    certificates: Path, storage: toy.Storage, client: str | None
):
    shown = trusting(certificates, certificates / client if client else None)
    with serving(storage, credentials=shown, **tls(certificates, mutual=True)) as server:
        for path in (SELL, OPEN, GET_BOX, "/grpc.health.v1.Health/Check"):
            assert server.call(path, sell(), timeout=2).code in (
                grpc.StatusCode.UNAVAILABLE,
                grpc.StatusCode.DEADLINE_EXCEEDED,
            )
        assert server.log("call") == []


@pytest.mark.parametrize("name", ["client-S01-1", "client-S01-2"])
def test_the_certificate_of_the_connection_is_part_of_who_calls(certificates: Path, storage: toy.Storage, name: str):
    shown = trusting(certificates, certificates / name)
    with serving(storage, credentials=shown, **tls(certificates, mutual=True)) as server:
        assert server.call(SELL, sell()) != b""
        assert storage.sales[0].caller.certificate_digest == digest(certificates / f"{name}.crt")


def test_a_client_does_not_believe_a_server_of_another_authority(certificates: Path):
    shown = trusting(certificates / "stranger")
    with serving(credentials=shown, **tls(certificates, mutual=False)) as server:
        assert server.call(SELL, sell(), timeout=2).code is grpc.StatusCode.UNAVAILABLE


def test_compressed_requests_are_refused_before_they_are_unpacked(server: Running, storage: toy.Storage):
    call = server.channel.unary_unary(SELL)
    metadata = metadata_of(credential="cashier")
    bomb = b"\x7a" + b"\0" * (BULK_REQUEST_BYTES_MAX // 2)
    with pytest.raises(grpc.RpcError) as raised:
        call(bomb, timeout=10, metadata=metadata, compression=grpc.Compression.Gzip)
    failed: Any = raised.value
    assert failed.code() is grpc.StatusCode.UNIMPLEMENTED
    assert len(gzip.compress(bomb)) < len(bomb) / 500
    assert storage.answers == {}


def test_metadata_beyond_the_limit_is_refused(server: Running):
    with pytest.raises(grpc.RpcError) as raised:
        server.channel.unary_unary(OPEN)(b"", timeout=5, metadata=[("x-large", "x" * 64 * 1024)])
    failed: Any = raised.value
    assert failed.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert server.call(OPEN, b"", credential=None) == b""


def test_a_message_beyond_every_limit_is_refused_and_the_connection_lives_on(server: Running):
    assert server.call(OPEN, b"x" * (BULK_REQUEST_BYTES_MAX + 1)).code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert server.call(OPEN, b"", credential=None) == b""


def test_who_speaks_no_http2_disturbs_nobody(server: Running):
    for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 1_000, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 100):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(noise)
    assert server.call(OPEN, b"", credential=None) == b""


def test_thousands_of_streams_reset_at_once_disturb_nobody(server: Running):
    # HTTP/2 "rapid reset": opened and cancelled before anything can be answered.
    calls = [server.future(SELL, sell()) for _ in range(2_000)]
    for call in calls:
        call.cancel()
    # For a moment the core counts those that are gone and turns new ones away unheard, which any client repeats.
    until = time.monotonic() + RECOVERED_SECONDS_MAX
    while (answer := server.call(OPEN, b"", credential=None)) != b"" and time.monotonic() < until:
        assert isinstance(answer, Failed)
        assert answer.code is grpc.StatusCode.UNAVAILABLE
    assert answer == b""


def test_who_promises_a_message_and_sends_none_holds_up_nobody(server: Running):
    slow = server.channel.stream_unary(SELL)
    wait = threading.Event()

    def trickle() -> Any:
        yield b""[:0]
        wait.wait(5)

    pending = [slow.future(trickle(), timeout=5, metadata=metadata_of(credential="cashier")) for _ in range(5)]
    assert server.call(OPEN, b"", credential=None) == b""
    wait.set()
    for call in pending:
        call.cancel()
