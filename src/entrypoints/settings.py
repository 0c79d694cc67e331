"""Settings of a process, from the environment (LIANSUO_…); refused at start-up where they do not fit together."""

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

DRAIN_SECONDS = 20.0
WORKERS_BY_DEFAULT_MAX: Final = 8
"""With all connections of all their threads open, so many stay below PostgreSQL's default of 100."""


class StartRefused(Exception):
    """The server must not start like this; the text says why and what to change, one sentence per problem."""


class Settings(BaseSettings):
    """What one installation decides. Every default is safe on a developer's machine: loopback, embedded database."""

    model_config = SettingsConfigDict(env_prefix="LIANSUO_", frozen=True, extra="forbid")

    production: bool = False
    """Refuses what is for development only: plain text beyond loopback, reflection, a key made on the fly."""

    database_url: SecretStr = SecretStr("sqlite:///var/liansuo.db")
    master_key: SecretStr = SecretStr("")
    """32 bytes in hexadecimal: encrypts personal data. Losing it loses them. After it may stand key-encryption keys."""
    master_key_file: Path | None = None
    """Where the master key stands instead; by default beside an embedded database, made when it is missing."""

    host: str = "127.0.0.1"
    port: int = Field(default=50051, ge=0, le=65_535)
    workers: int = Field(default=0, ge=0, le=64)
    """Processes that serve; 0 means 1 on SQLite, and on PostgreSQL 2 for each core that the server may use."""
    threads: int = Field(default=8, ge=1, le=256)
    """Threads of a process for what is not group-committed."""
    calls_max: int = Field(default=1_000, ge=1, le=100_000)
    """Calls that a process works on side by side; more are refused with RESOURCE_EXHAUSTED."""
    drain_seconds: float = Field(default=DRAIN_SECONDS, ge=0, le=600)
    """How long calls under way may take when the server stops."""

    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    """Given, only clients with a certificate of this authority are served (mutual TLS)."""

    receipt_font: Path | None = None
    """A font file with Chinese characters, for receipts as PDF; by default a known one of the system."""

    smtp_host: str = ""
    """The mail server that takes receipts; empty is off."""
    smtp_port: int = Field(default=587, ge=1, le=65_535)
    smtp_security: Literal["starttls", "implicit", "none"] = "starttls"
    """How the connection is encrypted: after a plain greeting, from the beginning, or, to this machine only, not."""
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_sender: str = ""
    """The address that receipts come from."""

    metrics_port: int = Field(default=0, ge=0, le=65_000)
    """Loopback port of the first worker's Prometheus metrics, the next worker's is the next; 0 is off."""
    otlp_endpoint: str = ""
    """Where traces go (OTLP over gRPC), e.g. http://127.0.0.1:4317; empty is off."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def embedded(self) -> bool:
        """Whether the database is a file of this machine."""
        return self.database_url.get_secret_value().startswith("sqlite")

    @property
    def worker_count(self) -> int:
        if self.workers:
            return self.workers
        # Some of them always wait for PostgreSQL: one more than cores. On SQLite all would wait for the one writer.
        return 1 if self.embedded else min(_cores() + 1, WORKERS_BY_DEFAULT_MAX)

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def reflection(self) -> bool:
        return not self.production

    def check_start(self) -> None:
        """Raises StartRefused, which names everything that forbids serving like this."""
        problems = []
        if (self.tls_certificate is None) != (self.tls_key is None):
            problems.append("TLS needs both LIANSUO_TLS_CERTIFICATE and LIANSUO_TLS_KEY.")
        if self.tls_client_ca is not None and self.tls_certificate is None:
            problems.append("LIANSUO_TLS_CLIENT_CA asks for client certificates, so the server needs one too.")
        for path in (self.tls_certificate, self.tls_key, self.tls_client_ca):
            if path is not None and not path.is_file():
                problems.append(f"There is no file {path}.")
        if self.production and self.tls_certificate is None and not is_loopback(self.host):
            problems.append(
                f"In production, {self.host} needs TLS: set LIANSUO_TLS_CERTIFICATE and LIANSUO_TLS_KEY, "
                "or listen on 127.0.0.1 behind a proxy that has it."
            )
        if self.production and not self.master_key.get_secret_value() and self.master_key_file is None:
            problems.append("In production, set LIANSUO_MASTER_KEY or LIANSUO_MASTER_KEY_FILE.")
        if self.metrics_port and self.metrics_port <= self.port < self.metrics_port + self.worker_count:
            problems.append(f"Metrics would take port {self.port}, which is the server's. Change LIANSUO_METRICS_PORT.")
        if problems:
            raise StartRefused(" ".join(problems))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _cores() -> int:
    """How many cores this process may use, where the system can say it."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
