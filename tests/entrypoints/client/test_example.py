"""The example of docs/INTEGRATING.md, run against a server as it stands there."""

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from application.identity.authenticate import authenticate
from application.identity.callers import CreateTerminal, create_terminal
from application.identity.enroll import Enroll, enroll
from entrypoints.grpc.services import SERVICES
from liansuo.sales.v1 import sales_pb2 as pb2
from liansuo.sales.v1.sales_pb2_grpc import SalesServiceStub
from liansuo_client import NotRecognised, Refused, connect, new_request_id
from tests.entrypoints.grpc.serving import Running, serving
from tests.world import World
from tests.world import opened as world_of

GUIDE = Path(__file__).parents[3] / "docs" / "INTEGRATING.md"


@pytest.fixture
def world(sqlite_chain: str) -> Iterator[World]:
    with world_of(sqlite_chain, furnished=True) as opened:
        yield opened


@pytest.fixture
def server(world: World) -> Iterator[Running]:
    """The whole server over the small chain."""
    with serving(
        world.units, services=SERVICES, authenticate=lambda shown: world.ask(authenticate, shown), clock=world.clock
    ) as running:
        yield running


@pytest.fixture
def credential(world: World) -> str:
    created = world.do(create_terminal, CreateTerminal("T9", "S1", "terminal"))
    enrolled: str = world.do(enroll, Enroll(created.enrolment_code)).credential
    return enrolled


@pytest.mark.capability("INT-04")
def test_sells_as_the_guide_says(
    world: World, server: Running, credential: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [example] = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.S)
    monkeypatch.setenv("LIANSUO_SERVER", server.address)
    monkeypatch.setenv("LIANSUO_CREDENTIAL", credential)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example, str(GUIDE), "exec"), {"__name__": "example"})
    [(sale_id, total_minor)] = world.rows("SELECT sale_id, total_minor FROM sales")
    assert (printed.getvalue(), total_minor) == (f"T9-S{sale_id} 20000\n", 20_000)

    with connect(server.address, credential=credential, language="zh") as client:
        sales = client.of(SalesServiceStub)
        unknown = pb2.CheckoutRequest(request_id=new_request_id(), basket=pb2.Basket(lines=[pb2.BasketLine(sku="NO")]))
        with pytest.raises(Refused) as refused:
            sales.Checkout(unknown)
        assert (refused.value.reason, refused.value.field) == ("UNKNOWN_SKU", "basket.lines[0].sku")
        assert "NO" in refused.value.message
        with pytest.raises(NotRecognised, match="权限"):
            sales.RefundSale(pb2.RefundSaleRequest(request_id=new_request_id(), sale_id=sale_id, reason="x"))
    with connect(server.address, credential="made up") as stranger, pytest.raises(NotRecognised) as turned_away:
        stranger.of(SalesServiceStub).ListSales(pb2.ListSalesRequest())
    assert turned_away.value.code.name == "UNAUTHENTICATED"
