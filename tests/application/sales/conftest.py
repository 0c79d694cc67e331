from collections.abc import Iterator

import pytest

from tests.world import World, opened


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with opened(database_url) as made:
        yield made
        # Whatever a test did, the books agree with the ledgers at its end.
        assert made.broken() == []
