"""Terminals and services as they are registered, and the secrets by which they are known."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.identity.organisation import CallerKind, CallerStatus, DeviceType, Scope

ENROLMENT_LASTS: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class CallerAccount:
    """A terminal, a service or a supplier's account. While pending, `enrolment_digest` is that of its one-time code."""

    caller_id: int
    code: str
    kind: CallerKind
    role_id: int
    store_id: int | None
    scope: Scope
    status: CallerStatus
    enrolment_digest: bytes | None
    enrolment_expires_at: datetime | None
    created_at: datetime
    device_type: DeviceType | None = None
    supplier_id: int | None = None


def secret_digest(secret: str) -> bytes:
    """SHA-256 of a secret of 256 random bits: too many to guess, so a fast digest is safe, and can be looked up."""
    return hashlib.sha256(secret.encode()).digest()
