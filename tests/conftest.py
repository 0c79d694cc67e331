import os

import pytest
from hypothesis import settings

pytest_plugins = ["tests.databases", "tests.furnished", "tests.capabilities", "tests.conformance.verdicts"]

# The same examples in every run, so that a red build is never a matter of luck; to look for new ones:
#   HYPOTHESIS_PROFILE=explore make test
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: begun last, they would run alone at the end."""
    items.sort(key=lambda item: "stress" not in item.path.parts)
