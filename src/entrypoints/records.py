"""What is kept of one call: the canonical log line, metrics and traces are made of it."""

import math
from dataclasses import dataclass

OK = "OK"


@dataclass(slots=True)
class CallRecord:
    """One call as operators see it; never personal data and never a secret.

    `started` and `deadline` are seconds of the performance counter. `batch` is how many commands were committed
    together with it, 0 where there is no group commit. `store_id` is 0 for callers without a store.
    """

    rpc: str
    started: float
    bytes_in: int
    deadline: float = math.inf
    code: str = OK
    reason: str = ""
    duration_ms: float = 0.0
    caller: str = ""
    store_id: int = 0
    request_id: str = ""
    replayed: bool = False
    batch: int = 0
    bytes_out: int = 0
    incident: str = ""
