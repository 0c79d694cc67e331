"""`kill -9` in the middle of trading: nothing acknowledged is lost, nothing is stored twice (T01)."""

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from statistics import median

import pytest

from adapters.sql.migrations import migrate
from tests.postgres import postgres_server
from tests.stress.chain import Chain, furnished
from tests.stress.client import Terminal
from tests.stress.conftest import ENGINES, opened, running, server_for
from tests.stress.server import Server
from tests.stress.trading import Account, Book, Trading

# A server starts in seconds where it has a core for itself, and now and then it may have none.
pytestmark = pytest.mark.timeout(900)

CLIENTS = 8
BACK_SECONDS_MAX = 10.0
WHOLE_EVERY = 3
"""Every so many kills take the whole server; the supervisor waits longer for each death of a worker after the first."""

INTO_A_BATCH_SECONDS_MAX = 0.02
CONTROL = pytest.mark.parametrize("chain", ["sqlite"], indirect=True)
"""What is compared does not depend on the engine."""

NAIVE_SALES = 200


@pytest.fixture(params=ENGINES)
def chain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chain]:
    """The chain on a database of its own that keeps what it has committed, as in production."""
    with ExitStack() as cleaning:
        if request.param == "sqlite":
            file = shutil.copyfile(request.getfixturevalue("empty_file"), tmp_path / "liansuo.db")
            url = f"sqlite:///{file}"
        else:
            url = cleaning.enter_context(postgres_server(durable=True)).create_database("liansuo")
            migrate(url)
        made = furnished(url)
        cleaning.callback(made.close)
        yield made


@pytest.fixture
def server(chain: Chain, tmp_path: Path) -> Iterator[Server]:
    with running(server_for(chain, tmp_path / "server.log")) as started:
        yield started


@pytest.fixture
def terminals(chain: Chain, server: Server) -> Iterator[list[Terminal]]:
    """Eight terminals, six in one store and two in the other."""
    codes = [f"S1-{number:02d}" for number in range(1, CLIENTS - 1)] + ["S2-01", "S2-02"]
    with opened(server, [chain.credentials[code] for code in codes]) as made:
        yield made


@pytest.mark.capability("ACC-07")
@pytest.mark.parametrize(
    ("sales", "kills", "seed"),
    [(1_000, 20, 1), pytest.param(20_000, 200, 2, marks=[pytest.mark.long, pytest.mark.timeout(3_600)])],
)
def test_neither_loses_nor_doubles_a_sale(
    chain: Chain,
    server: Server,
    terminals: list[Terminal],
    record_property,
    sales: int,
    kills: int,
    seed: int,
):
    chance = Random(seed)
    trading = Trading(terminals, sales=sales, seed=seed)
    back_after = []
    with trading.under_way() as book:
        for kill, number in enumerate(sorted(chance.sample(range(1, sales * 19 // 20), kills))):
            book.await_sales(number)
            back_after.append(kill_in_a_batch(server, chance, everything=kill % WHOLE_EVERY == 0))
    account = book.account(chain.documents())
    record(record_property, account, book, back_after)

    assert account.lost == account.doubled == account.never_sent == []
    assert (book.sales(), account.acknowledged) == (sales, account.sent)
    # Every terminal went on until it was answered, so nothing is stored that was not acknowledged in the end.
    assert account.stored == account.acknowledged
    assert book.repeated > 0
    # The middle one: on a machine that other tests keep busy too, a single start proves nothing.
    assert median(back_after) < BACK_SECONDS_MAX
    assert chain.broken() == []


@CONTROL
def test_sees_the_doubles_of_terminals_that_change_the_request_id(
    chain: Chain, server: Server, terminals: list[Terminal], record_property
):
    """The positive control: what the test above compares does differ when terminals make the classic mistake.

    They make it whenever no answer comes in time; it takes no kill.
    """
    trading = Trading(terminals, sales=NAIVE_SALES, seed=3, naive=True)
    with trading.under_way() as book:
        pass
    account = book.account(chain.documents())
    record(record_property, account, book, [])

    assert account.doubled
    assert account.stored > account.sent
    assert account.lost == []


@CONTROL
def test_sees_a_sale_that_was_acknowledged_and_is_gone(chain: Chain, server: Server, terminals: list[Terminal]):
    """The other positive control: a sale is taken out of the database behind the server's back."""
    trading = Trading(terminals, sales=20, seed=4)
    with trading.under_way() as book:
        pass
    with chain.engine.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM sale_tenders WHERE sale_id = {book.acknowledged['N-7']}")

    assert book.account(chain.documents()).lost == ["N-7"]
    assert any(str(book.acknowledged["N-7"]) in violation for violation in chain.broken())


def kill_in_a_batch(server: Server, chance: Random, *, everything: bool) -> float:
    """Kills at a moment of chance; the seconds until the server serves again.

    Either everything of it is killed and somebody starts it again, or only its workers, which its supervisor replaces.
    """
    time.sleep(chance.uniform(0, INTO_A_BATCH_SECONDS_MAX))
    if not everything:
        return server.kill_workers()
    server.kill()
    back_after = server.start()
    server.await_all_workers()
    return back_after


def record(record_property, account: Account, book: Book, back_after: list[float]) -> None:
    """The figures of the run, in the report of the tests and in what it prints."""
    figures = {
        "sent": account.sent,
        "acknowledged": account.acknowledged,
        "stored": account.stored,
        "lost": len(account.lost),
        "doubled": len(account.doubled),
        "sales": book.sales(),
        "calls_repeated": book.repeated,
        "answers_replayed": book.replayed,
        "kills": len(back_after),
        "back_seconds_median": round(median(back_after), 2) if back_after else 0.0,
        "back_seconds_max": round(max(back_after, default=0.0), 2),
    }
    for name, figure in figures.items():
        record_property(name, figure)
    print(figures)
