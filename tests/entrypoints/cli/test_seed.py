"""`liansuo seed` and `liansuo enroll`: a chain to try things on, and who may call it."""

import stat
from pathlib import Path

import grpc
import pytest

from application.identity.authenticate import Credentials, authenticate
from application.identity.enroll import Enroll, EnrolmentRefused, enroll
from domain.catalog.barcode import BarcodeKind, parse
from domain.identity.organisation import CallerKind
from entrypoints.cli.database import opened
from entrypoints.cli.demo import free_port, served
from entrypoints.cli.seed_chain import GOODS, products
from entrypoints.cli.terminals import read_credentials
from liansuo.identity.v1 import identity_pb2, identity_pb2_grpc
from liansuo.sales.v1 import sales_pb2, sales_pb2_grpc
from tests.entrypoints.cli.journeys import Shell


def seeded(shell: Shell) -> list[dict[str, str]]:
    ended = shell("seed", "--terminals", "t.json", "--format", "json")
    assert ended.code == 0, ended.err
    return ended.json


def test_seeds_a_chain_whose_books_balance(chain_shell: Shell):
    rows = seeded(chain_shell)
    assert {what: sum(row["what"] == what for row in rows) for what in ("store", "terminal", "staff", "member")} == {
        "store": 3,
        "terminal": 3,
        "staff": 4,
        "member": 5,
    }
    assert chain_shell("check").code == 0


def test_seeding_again_changes_nothing_and_shows_no_pin(chain_shell: Shell, anywhere: Path):
    first = seeded(chain_shell)
    credentials = (anywhere / "t.json").read_bytes()
    books = chain_shell("report", "trial-balance", "--format", "json").json
    second = seeded(chain_shell)
    assert [len(row["pin"]) for row in first if row["what"] == "staff"] == [6, 6, 6, 6]
    assert [row["pin"] for row in second if row["what"] == "staff"] == ["", "", "", ""]
    assert (anywhere / "t.json").read_bytes() == credentials
    assert chain_shell("report", "trial-balance", "--format", "json").json == books


def test_barcodes_are_valid_and_what_is_weighed_has_none():
    made = products()
    assert len(made) == len(GOODS) == 40
    for product in made:
        kinds = [parse(barcode, field="barcode").kind for barcode in product.barcodes]
        assert kinds == ([] if product.weighed_item_code else [BarcodeKind.EAN_13])


def test_a_newcomer_signs_in_and_sells_at_the_members_price(
    chain_shell: Shell, database_url: str, anywhere: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LIANSUO_MASTER_KEY", "cd" * 32)
    monkeypatch.setenv("LIANSUO_WORKERS", "1")
    pin = next(row["pin"] for row in seeded(chain_shell) if row["code"] == "C01")
    metadata = [("authorization", f"Bearer {read_credentials(anywhere / 't.json')['S01']}")]
    basket = sales_pb2.Basket(
        lines=[sales_pb2.BasketLine(sku="TEA-250", quantity_milli=2000)], member_key="13800138000"
    )
    request = sales_pb2.CheckoutRequest(
        request_id="6f1c2a52-6b0c-4e0e-9d55-0f4c8a1b2c3d",
        basket=basket,
        tenders=[sales_pb2.Tender(kind=sales_pb2.TENDER_KIND_CASH, amount_minor=10000)],
    )
    address = f"127.0.0.1:{free_port()}"
    with served(database_url, address, anywhere / "server.log"), grpc.insecure_channel(address) as channel:
        identity = identity_pb2_grpc.IdentityServiceStub(channel)
        signed_in = identity.SignIn(
            identity_pb2.SignInRequest(staff_code="C01", pin=pin), timeout=10, metadata=metadata
        )
        session = ("x-staff-session", signed_in.session)
        sale = (
            sales_pb2_grpc.SalesServiceStub(channel).Checkout(request, timeout=10, metadata=[*metadata, session]).sale
        )
    assert (sale.store_code, sale.terminal_code, sale.cashier_code) == ("S01", "S01-T1", "C01")
    assert (sale.gross_minor, sale.discount_minor, sale.total_minor, sale.change_minor) == (9600, 1000, 8600, 1400)
    assert chain_shell("check").code == 0


def test_enroll_prints_a_code_that_works_once(chain_shell: Shell):
    seeded(chain_shell)
    [row] = chain_shell("enroll", "S01-T2", "--store", "S01", "--format", "json").json
    assert (row["code"], row["kind"], row["role"]) == ("S01-T2", "terminal", "terminal")
    with opened(None) as chain:
        enrolled = chain.write(enroll, Enroll(row["secret"]))
        assert enrolled.caller.store_code == "S01"
        with pytest.raises(EnrolmentRefused):
            chain.write(enroll, Enroll(row["secret"]))


def test_enroll_writes_a_credential_for_its_owner_only(chain_shell: Shell, anywhere: Path):
    seeded(chain_shell)
    file = anywhere / "hq.credential"
    ended = chain_shell("enroll", "HQ-1", "--service", "--credential-file", file)
    assert ended.code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    credential = file.read_text().strip()
    assert credential not in ended.out + ended.err
    with opened(None) as chain:
        caller = chain.read(authenticate, Credentials(credential, "", b"", "en"))
    assert (caller.code, caller.kind, caller.store_ids) == ("HQ-1", CallerKind.SERVICE, None)


def test_enroll_never_overwrites_a_credential_unasked(chain_shell: Shell, anywhere: Path):
    seeded(chain_shell)
    file = anywhere / "t.credential"
    assert chain_shell("enroll", "S01-T2", "--store", "S01", "--credential-file", file).code == 0
    first = file.read_text()
    again = chain_shell("enroll", "S01-T2", "--store", "S01", "--credential-file", file)
    assert (again.code, file.read_text()) == (2, first)
    taken = chain_shell("enroll", "S01-T2", "--store", "S01", "--credential-file", anywhere / "other")
    assert taken.code == 1
    assert not (anywhere / "other").exists()
    renewed = chain_shell("enroll", "S01-T2", "--store", "S01", "--credential-file", file, "--renew")
    assert renewed.code == 0
    assert file.read_text() != first


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("T",), 2),
        (("T", "--store", "S01", "--region", "east"), 2),
        (("T", "--store", "S99"), 1),
        (("T", "--store", "S01", "--role", "emperor"), 1),
        (("S", "--service", "--region", "nowhere"), 1),
    ],
)
def test_enroll_refuses_what_does_not_fit(chain_shell: Shell, arguments: tuple[str, ...], code: int):
    seeded(chain_shell)
    ended = chain_shell("enroll", *arguments)
    assert (ended.code, ended.out) == (code, "")
    assert ended.err != ""
