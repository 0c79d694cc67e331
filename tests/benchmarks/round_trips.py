"""How often a batch of checkouts waits for PostgreSQL, as the unit of work counts it, begin and commit included."""

import hashlib
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from adapters.privacy.keys import Keys
from adapters.sql.engine import open_engine
from adapters.sql.unit_of_work import SqlUnits
from application.identity.authenticate import Credentials, authenticate
from application.sales.basket import Basket, BasketLine
from application.sales.checkout import checkout
from application.sales.preparing import Checkout
from application.sales.tender import Tender
from application.transactor import Call, Transactor
from domain.identity.organisation import SYSTEM
from domain.sales.sale import TenderKind
from tests.benchmarks.chain import Chain
from tests.benchmarks.scale import LINES, SKUS, price_minor

BATCHES: Final = (1, 10, 64)


def round_trips(url: str, master_key: bytes, chain: Chain) -> dict[int, int]:
    """Round trips by size of the batch, on a connection that has done one before."""
    units = SqlUnits(open_engine(url), Keys(master_key))
    try:
        # As the server does before it serves: otherwise goods that nobody has sold yet would be read first.
        units.warm(now=datetime.now(UTC))
        transactor = Transactor(units)
        counted: dict[int, int] = {}
        for size in (1, *BATCHES):
            counted[size] = _count(transactor, _calls(transactor, chain, size))
        return counted
    finally:
        units.close()


def _count(transactor: Transactor, calls: Sequence[Call[Checkout]]) -> int:
    units: list[Any] = []

    def observed(uow: Any, fresh: Sequence[Call[Checkout]]) -> Any:
        units.append(uow)
        return checkout(uow, fresh)

    for answer in transactor.execute_batch(observed, calls, lambda sale: str(sale.sale_id).encode()):
        if answer.error is not None:
            raise answer.error
    return int(units[-1].round_trips)


def _calls(transactor: Transactor, chain: Chain, count: int) -> list[Call[Checkout]]:
    now = datetime.now(UTC)
    callers = [
        transactor.read(authenticate, Credentials(credential), caller=SYSTEM, now=now)
        for credential in chain.credentials[:8]
    ]
    calls = []
    for position in range(count):
        request_id = str(uuid4())
        calls.append(
            Call(
                command=_command(chain),
                caller=callers[position % len(callers)],
                request_id=request_id,
                operation="benchmark",
                fingerprint=hashlib.sha256(request_id.encode()).digest(),
                received_at=now,
            )
        )
    return calls


def _command(chain: Chain) -> Checkout:
    numbers = random.sample(range(SKUS), LINES)
    total_minor = sum(price_minor(number + 1) for number in numbers)
    return Checkout(
        basket=Basket(
            lines=tuple(BasketLine(sku=chain.goods.skus[number], quantity_milli=1000) for number in numbers),
            member_key=random.choice(chain.goods.member_keys),
        ),
        tenders=(
            Tender(kind=TenderKind.CARD, amount_minor=total_minor // 2),
            Tender(kind=TenderKind.CASH, amount_minor=total_minor - total_minor // 2),
        ),
    )
