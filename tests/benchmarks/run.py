"""What a load came to, whoever made it: our client calling a server, or pgbench."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Run:
    """What was done within the measured seconds.

    Latencies are per call or transaction in milliseconds, sorted; CPU is in seconds, by who used it.
    """

    checkouts: int
    seconds: float
    latencies_ms: list[float] = field(repr=False)
    cpu_seconds: dict[str, float]

    @property
    def per_s(self) -> float:
        return self.checkouts / self.seconds

    @property
    def cpu_us(self) -> dict[str, float]:
        """Per checkout, by who used it."""
        return {who: seconds / self.checkouts * 1e6 for who, seconds in self.cpu_seconds.items()}

    def percentile_ms(self, percent: float) -> float:
        """The latency below which that share of the calls lies (nearest rank)."""
        rank = max(1, math.ceil(len(self.latencies_ms) * percent / 100))
        return self.latencies_ms[rank - 1]


def together(slices: Sequence[Run]) -> Run:
    """Slices of the same load as one run."""
    return Run(
        checkouts=sum(one.checkouts for one in slices),
        seconds=sum(one.seconds for one in slices),
        latencies_ms=sorted(latency for one in slices for latency in one.latencies_ms),
        cpu_seconds={who: sum(one.cpu_seconds[who] for one in slices) for who in slices[0].cpu_seconds},
    )
