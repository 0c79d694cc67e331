import gc
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = [
    "tests.compiled",
    "tests.databases",
    "tests.furnished",
    "tests.capabilities",
    "tests.conformance.verdicts",
]

# The same examples in every run, so that a red build is never a matter of luck; to look for new ones:
#   HYPOTHESIS_PROFILE=explore make test
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

# Hundreds of test files and of processes: what one has compiled the others need not, nor the next run.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# SQLite's files are made and synced a thousand times: in memory, where there is room, none of it waits for a disk.
MEMORY: Final = Path("/dev/shm")
MEMORY_FREE_MIN: Final = 4 * 2**30
if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MEMORY_FREE_MIN:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# Thousands of collected tests stay: looking through them for cycles again and again takes as long as collecting.
gc.disable()
OBJECTS_BEFORE_COLLECTION: Final = 50_000

LONGEST: Final = ("test_hostile.py", "test_killed.py")
OF_STRESS: Final = re.compile(r"^tests/stress/.*?\b(sqlite|postgresql)\b")


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist comes without types
    """Gives a worker the tests of a whole file, so that what they share is set up once, in the order they stand in.

    A server under stress serves one engine: such a file is two pieces of work.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        engine = OF_STRESS.match(nodeid)
        return f"{file} {engine[1]}" if engine else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Without more options than `-n`."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: begun last, they would run alone at the end."""
    items.sort(key=lambda item: (item.path.name not in LONGEST, "stress" not in item.path.parts))
