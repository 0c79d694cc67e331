from collections.abc import Iterator

import pytest

from tests.application.identity.shop import Shop, fill, open_shop


@pytest.fixture
def empty_shop(database_url: str) -> Iterator[Shop]:
    with open_shop(database_url) as shop:
        yield shop


@pytest.fixture
def shop(empty_shop: Shop) -> Shop:
    fill(empty_shop)
    return empty_shop
