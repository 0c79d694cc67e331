"""What a till knows of itself, and what the cashier always sees."""

from dataclasses import dataclass
from datetime import datetime

from liansuo.sales.v1 import shift_pb2


@dataclass(frozen=True, slots=True)
class Facts:
    """What the terminal is: its code, who is signed in, their permissions, and the language in which it speaks."""

    terminal_code: str = ""
    staff_code: str = ""
    permissions: frozenset[str] = frozenset()
    language: str = "en"


@dataclass(frozen=True, slots=True)
class State:
    """What the cashier always sees. `unsettled` tells of a sale that was sent and not answered.

    `trouble` is why sales cannot be sent although the server is there, in words; empty when nothing is wrong. `shift`
    is the one that is open here, None for none. `paper` is why the printer did not take what was printed last.
    """

    offline_since: datetime | None
    not_sent: int
    quarantined: int
    ready: bool
    unsettled: bool
    trouble: str = ""
    shift: shift_pb2.ShiftHeader | None = None
    paper: str = ""
