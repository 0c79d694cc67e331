from collections.abc import Iterator

import pytest

from tests.application.identity.shop import Shop, fill, open_shop


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    with open_shop(database_url) as shop:
        fill(shop)
        yield shop
