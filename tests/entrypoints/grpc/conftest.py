from collections.abc import Iterator

import pytest

from tests.entrypoints.grpc import toy
from tests.entrypoints.grpc.serving import Running, serving


@pytest.fixture
def storage() -> toy.Storage:
    return toy.Storage()


@pytest.fixture
def server(storage: toy.Storage) -> Iterator[Running]:
    """The toy service, served."""
    with serving(storage) as running:
        yield running
