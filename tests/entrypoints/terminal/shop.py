"""A till in the small chain with a real server on loopback, which a test takes away and brings back."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from adapters.receipts.text import as_text
from entrypoints.grpc.services import SERVICES
from entrypoints.terminal import line
from entrypoints.terminal.session import till_in
from entrypoints.terminal.till import Till
from liansuo_client import Client, connect, connection
from tests.entrypoints.grpc.serving import Running, serving
from tests.world import World

PERMISSIONS = ("membership.read", "pricing.read", "catalog.read", "gift_cards.open", "wallet.read", "coupons.redeem")

PATIENCE_S = 60.0


@dataclass
class Shop:
    """The chain, its server, and one till; `printed` are the receipts on paper."""

    world: World
    directory: Path
    client: Client
    running: Running | None = None
    printed: list[str] = field(default_factory=list)
    _server: ExitStack = field(default_factory=ExitStack)
    _files: ExitStack = field(default_factory=ExitStack)

    def till(self, language: str = "en") -> Till:
        """The till as it starts, with what lies on its disk."""
        self._files.close()
        return self._files.enter_context(
            till_in(
                self.directory,
                self.client,
                now=self.world.clock,
                print_out=lambda receipt: self.printed.append(as_text(receipt, columns=48)),
                language=language,
            )
        )

    def up(self, port: int = 0) -> int:
        """Starts the server and gives its port."""
        self.running = self._server.enter_context(
            serving(
                self.world.units,
                services=SERVICES,
                authenticate=lambda _: self.world.s1,
                clock=self.world.clock,
                port=port,
            )
        )
        return self.running.port

    def down(self) -> None:
        self._server.close()
        self.running = None

    def sales(self) -> list[tuple[Any, ...]]:
        return self.world.rows("SELECT receipt_number, total_minor, uploaded FROM sales ORDER BY sale_id")


@contextmanager
def shop_in(world: World, directory: Path) -> Iterator[Shop]:
    """A shop whose server is up."""
    world.s1 = world.terminal("T1", *PERMISSIONS)
    shop = Shop(world, directory, client=None)  # type: ignore[arg-type]
    port = shop.up()
    with connect(f"127.0.0.1:{port}", credential="till") as client, pytest.MonkeyPatch.context() as patience:
        # Whether a machine is busy with other tests says nothing about the line.
        patience.setattr(connection, "DEADLINE_S", PATIENCE_S)
        patience.setattr(line, "PROBE_S", PATIENCE_S)
        shop.client = client
        try:
            yield shop
        finally:
            shop.down()
            shop._files.close()
