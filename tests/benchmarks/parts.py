"""What measurements run on, each part started when it is first needed and removed at the end."""

import random
import secrets
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from tests.benchmarks.chain import Chain, create_chain
from tests.benchmarks.echo import echo_servers
from tests.benchmarks.first_sync import store_goods
from tests.benchmarks.history import store_history
from tests.benchmarks.load import Clients
from tests.benchmarks.members import member_number, phone, store_members
from tests.benchmarks.messages import ANY_GOODS, Checkouts, Finds, Goods, LookUps, Moments, Uploads
from tests.benchmarks.raw import RawLimit, connect
from tests.benchmarks.scale import MANY_MEMBERS, MANY_SKUS, STORED_FEW, STORED_MANY
from tests.benchmarks.server import RunningServer, running_server
from tests.benchmarks.stock import LARGE_STORES, MOVEMENTS, store_stock
from tests.postgres import Server, postgres_server

POSTGRES_SETTINGS: Final = {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "15min"}
"""What any server in production has; everything else is PostgreSQL's default, durable commits included."""

ECHO_PROCESSES: Final = 2
"""Nothing to wait for, so no more than the two cores."""

TEMPLATE: Final = "chain"
OURS: Final = "ours"
MANY: Final = "many"
MEMBERS: Final = "members"
GOODS: Final = "goods"
STOCK: Final = "stock"
PHONES: Final = 20_000
"""How many different members are looked up."""


class Parts:
    """One PostgreSQL server for everything; the raw limit, the servers and the chain each in a database of its own."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._stack = ExitStack()
        self.master_key = secrets.token_bytes(32)

    def close(self) -> None:
        """Ends all processes and removes all data."""
        self._stack.close()

    def serving(self, database: str) -> AbstractContextManager[RunningServer]:
        """A server of ours on a database of PostgreSQL."""
        return running_server(self.postgres.url(database), self.master_key, self._folder / f"{database}.log")

    def clone(self, name: str, *, of: str | None = None) -> str:
        """A copy of the chain with few stored sales, or of another one that nobody is connected to."""
        self.postgres.create_database(name, template=of or self.template)
        return name

    @cached_property
    def clients(self) -> Clients:
        clients = Clients()
        self._stack.callback(clients.close)
        return clients

    @cached_property
    def postgres(self) -> Server:
        return self._stack.enter_context(postgres_server(durable=True, settings=POSTGRES_SETTINGS))

    def postgres_facts(self) -> dict[str, Any]:
        """The version of PostgreSQL, and what is set."""
        names = ("server_version", "fsync", "synchronous_commit", "full_page_writes", *POSTGRES_SETTINGS)
        with connect(self.postgres, "postgres") as connection:
            return {name: connection.execute(f"SHOW {name}").fetchall()[0][0] for name in names}

    @cached_property
    def raw(self) -> RawLimit:
        return RawLimit(self.postgres)

    @cached_property
    def echo(self) -> tuple[int, list[int]]:
        """Port and process ids of the bare edge."""
        return self._stack.enter_context(echo_servers(ECHO_PROCESSES))

    @cached_property
    def chain(self) -> Chain:
        self._say("setting up the chain on PostgreSQL")
        return create_chain(self.postgres.create_database(TEMPLATE), self.master_key)

    @cached_property
    def template(self) -> str:
        """The chain with few stored sales."""
        assert self.chain.credentials
        store_history(self.postgres, TEMPLATE, STORED_FEW)
        return TEMPLATE

    @cached_property
    def ours(self) -> str:
        """The database of the server under test."""
        return self.clone(OURS)

    @cached_property
    def server(self) -> RunningServer:
        return self._stack.enter_context(self.serving(self.ours))

    @cached_property
    def many(self) -> str:
        """The chain with many stored sales."""
        name = self.clone(MANY)
        self._say(f"storing {STORED_MANY:,} sales")
        store_history(self.postgres, name, STORED_MANY - STORED_FEW)
        return name

    @cached_property
    def members(self) -> str:
        """The chain with a million members more, whose points are over."""
        name = self.clone(MEMBERS)
        self._say(f"registering {MANY_MEMBERS:,} members")
        store_members(self.postgres, name, self.master_key)
        return name

    @cached_property
    def goods(self) -> str:
        """The chain with a million goods."""
        name = self.clone(GOODS)
        self._say(f"listing {MANY_SKUS:,} goods")
        store_goods(self.postgres, name)
        return name

    @cached_property
    def stock(self) -> str:
        """The chain with stock in 457 stores and ten million movements."""
        name = self.clone(STOCK)
        self._say(f"storing {MOVEMENTS:,} movements of stock in {LARGE_STORES} stores")
        store_stock(self.postgres, name, self.master_key)
        return name

    @cached_property
    def finds(self) -> Finds:
        return Finds()

    @cached_property
    def moments(self) -> Moments:
        return Moments()

    @cached_property
    def look_ups(self) -> LookUps:
        chance = random.Random(3)
        numbers = chance.sample(range(MANY_MEMBERS), PHONES)
        return LookUps({phone(number): member_number(number) for number in numbers})

    @cached_property
    def sqlite(self) -> tuple[RunningServer, Chain]:
        """A server of ours on an embedded database, and its chain."""
        self._say("setting up the chain on SQLite")
        url = f"sqlite:///{self._folder / 'liansuo.db'}"
        chain = create_chain(url, self.master_key)
        running = running_server(url, self.master_key, self._folder / "sqlite.log")
        return self._stack.enter_context(running), chain

    @cached_property
    def checkouts(self) -> Checkouts:
        return Checkouts(self.chain.goods)

    @cached_property
    def echoed_checkouts(self) -> Checkouts:
        return Checkouts(ANY_GOODS)

    @cached_property
    def skewed_checkouts(self) -> Checkouts:
        goods = self.chain.goods
        return Checkouts(Goods(skus=goods.skus, member_keys=goods.member_keys, skewed=True))

    @cached_property
    def uploads(self) -> Uploads:
        return Uploads(self.chain.goods)

    @cached_property
    def sqlite_checkouts(self) -> Checkouts:
        return Checkouts(self.sqlite[1].goods)

    @cached_property
    def _folder(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="liansuo-bench-"))
        self._stack.callback(shutil.rmtree, folder)
        return folder
