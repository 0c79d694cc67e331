"""What processes have used, read from /proc: CPU and memory of a process with all that it started."""

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_PAGE_MIB: Final = os.sysconf("SC_PAGE_SIZE") / 2**20

_PR_SET_CHILD_SUBREAPER: Final = 36

SAMPLES_PER_S: Final = 2


def adopt_orphans() -> None:
    """Keeps what this process started below it even where a process between has ended, so that its CPU stays known.

    A server's workers are children of a process of their own, which would go to init, and all their CPU with it.
    Raises OSError where the system refuses.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "cannot adopt orphans")


class _Stat(NamedTuple):
    parent: int
    own_ticks: int
    reaped_ticks: int
    resident_mib: float


def cpu_seconds(*roots: int) -> float:
    """CPU used so far by the processes, everything that they started, and what of it has already ended."""
    stats = _stats()
    ticks = 0
    for pid in _trees(stats, roots):
        ticks += stats[pid].own_ticks + stats[pid].reaped_ticks
    return ticks / _TICKS_PER_S


def resident_mib(*roots: int) -> float:
    """Memory that the processes and everything that they started hold now."""
    stats = _stats()
    return sum(stats[pid].resident_mib for pid in _trees(stats, roots))


def machine_cpu_seconds() -> float:
    """CPU that everything on the machine has used so far, with what other machines on the same host took from it."""
    user, nice, system, _, _, irq, softirq, steal = map(
        int, Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    )
    return (user + nice + system + irq + softirq + steal) / _TICKS_PER_S


class PeakMemory:
    """The largest of the sums that were sampled."""

    mib: float = 0.0


@contextmanager
def peak_memory(*roots: int) -> Iterator[PeakMemory]:
    """Samples the memory of process trees as long as the block lasts."""
    peak = PeakMemory()
    over = threading.Event()

    def sample() -> None:
        while not over.wait(1 / SAMPLES_PER_S):
            peak.mib = max(peak.mib, resident_mib(*roots))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def _trees(stats: dict[int, _Stat], roots: tuple[int, ...]) -> set[int]:
    found = {pid for pid in roots if pid in stats}
    while more := {pid for pid, stat in stats.items() if stat.parent in found} - found:
        found |= more
    return found


def _stats() -> dict[int, _Stat]:
    stats = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            # The name in parentheses may hold spaces.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            continue
        numbers = [int(field) for field in fields[1:22]]
        stats[int(folder.name)] = _Stat(
            parent=numbers[0],
            own_ticks=numbers[10] + numbers[11],
            reaped_ticks=numbers[12] + numbers[13],
            resident_mib=numbers[20] * _PAGE_MIB,
        )
    return stats
