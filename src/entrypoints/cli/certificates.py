"""Certificates of one's own for trying TLS and mutual TLS: an authority, the server's certificate, and terminals'."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final

import typer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from entrypoints.cli.output import Column, Figures, Format, FormatOption, show
from entrypoints.cli.problems import Exit, Problem
from entrypoints.cli.terminals import write_secret

AUTHORITY_DAYS: Final = 3650
CERTIFICATE_DAYS: Final = 397
CLOCK_BEHIND_MAX: Final = timedelta(minutes=5)
"""Certificates begin a little earlier, for clocks that run behind."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A private key with its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def certificates(
    directory: Annotated[Path, typer.Option("--directory", "-d", help="Where the files are written.")] = Path(
        "var/certificates"
    ),
    host: Annotated[
        list[str] | None, typer.Option("--host", help="Name or address of the server; may be repeated.")
    ] = None,
    client: Annotated[
        list[str] | None, typer.Option("--client", help="Code of a terminal or service; may be repeated.")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Make an authority, the server's certificate and client certificates for (mutual) TLS.

    An authority that is already there is kept and signs what is new; a certificate that is there is never replaced.
    """
    made = issue(directory, hosts=host or ["localhost", "127.0.0.1", "::1"], clients=client or [])
    columns = (Column("file", "File"), Column("what", "What"), Column("state", "State"))
    show(Figures("Certificates", columns, made, note="Keys are readable by you only; keep authority.key away."), form)


def issue(directory: Path, *, hosts: Sequence[str], clients: Sequence[str]) -> list[tuple[str, str, str]]:
    """Writes what is missing below `directory`; returns (file, what it is, "written" or "kept") for all of it."""
    for client in clients:
        if not client or Path(client).name != client or client.startswith("."):
            raise Problem(f"“{client}” cannot be part of a file's name.", advice="Use a plain code.", code=Exit.USAGE)
    written: list[tuple[str, str, str]] = []
    now = datetime.now(UTC)
    authority = _authority(directory, now, written)
    wanted: list[tuple[str, str, str, x509.SubjectAlternativeName | None]] = [
        ("server", hosts[0], "of the server", _alternative_names(hosts))
    ]
    wanted += [(f"client-{code}", code, f"of the caller {code}", None) for code in clients]
    for name, subject, what, alternatives in wanted:
        path = directory / f"{name}.crt"
        if path.exists():
            written.append((str(path), what, "kept"))
            continue
        _write(directory, name, _signed(authority, subject, alternatives, now))
        written.append((str(path), what, "written"))
    return written


def _authority(directory: Path, now: datetime, written: list[tuple[str, str, str]]) -> Pair:
    key_path, path = directory / "authority.key", directory / "authority.crt"
    if key_path.exists() and path.exists():
        key = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise Problem(f"{key_path} is not a key that this command made.", advice="Name another --directory.")
        written.append((str(path), "of the authority that signs the others", "kept"))
        return Pair(key, x509.load_pem_x509_certificate(path.read_bytes()))
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Liansuo authority")
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = (
        _begun(name, name, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
    )
    pair = Pair(key, builder.sign(key, hashes.SHA256()))
    _write(directory, "authority", pair)
    written.append((str(path), "of the authority that signs the others", "written"))
    return pair


def _signed(authority: Pair, subject: str, alternatives: x509.SubjectAlternativeName | None, now: datetime) -> Pair:
    """A certificate for a server when it has alternative names, else for a client."""
    key = ec.generate_private_key(ec.SECP256R1())
    purpose = ExtendedKeyUsageOID.CLIENT_AUTH if alternatives is None else ExtendedKeyUsageOID.SERVER_AUTH
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = (
        _begun(_name(subject), authority.certificate.subject, key.public_key(), now, CERTIFICATE_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(issuer_key, critical=False)
    )
    if alternatives is not None:
        builder = builder.add_extension(alternatives, critical=False)
    return Pair(key, builder.sign(authority.key, hashes.SHA256()))


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_BEHIND_MAX)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _alternative_names(hosts: Sequence[str]) -> x509.SubjectAlternativeName:
    names: list[x509.GeneralName] = []
    for host in hosts:
        try:
            names.append(x509.IPAddress(ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    return x509.SubjectAlternativeName(names)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _write(directory: Path, name: str, pair: Pair) -> None:
    """The key first: a certificate is only there when its key is."""
    key = pair.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_secret(directory / f"{name}.key", key.decode())
    (directory / f"{name}.crt").write_bytes(pair.certificate.public_bytes(serialization.Encoding.PEM))
