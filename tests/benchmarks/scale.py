"""How big the chain under test is, and what its goods cost: the same for the raw limit, the server and the client."""

from typing import Final

STORES: Final = 16
TERMINALS: Final = 64
SKUS: Final = 10_000
MANY_SKUS: Final = 1_000_000
"""What a till with many goods reads when it is new."""

MEMBERS: Final = 100_000
MANY_MEMBERS: Final = 1_000_000
"""Members among whom one is looked up by phone, and whose points expire."""

LINES: Final = 10
"""Lines of every basket, each of another SKU."""

BATCH_CHECKOUTS: Final = 50
"""Checkouts in one transaction of the raw limit of that name."""

UPLOAD_SALES: Final = 100
"""Sales in one call of UploadSales."""

STORED_FEW: Final = 10_000
STORED_MANY: Final = 1_000_000

CURRENCY: Final = "CNY"
TAX_CODE: Final = "VAT13"
TAX_RATE_PPM: Final = 130_000
HOT_SKUS: Final = 10
HOT_DAYS: Final = 730
"""In the chain with much stock: of these goods so much is sold, so long, that a question could have much to read."""

STOCK_UNITS: Final = 1_000_000
"""On hand of every SKU in every store at the start: no run sells out."""


def price_minor(number: int) -> int:
    """The price of SKU `number` (from 1), tax included; the raw limit computes the same in SQL."""
    return 200 + number % 800


def cost_minor(number: int) -> int:
    """What one unit of SKU `number` was received at."""
    return 100 + number % 400
