import pytest

from application.wallet.credit import PaymentTender, ReceivePayment, SetCreditLimit, receive_payment, set_credit_limit
from domain.sales.sale import TenderKind
from entrypoints.grpc.credit import SERVICE
from liansuo.sales.v1 import sales_pb2
from liansuo.wallet.v1 import credit_pb2 as pb2
from tests.entrypoints.table_calls import permissions
from tests.entrypoints.world_calls import ask
from tests.world import MEMBER, Till, World


def test_names_a_permission_for_every_rpc() -> None:
    assert permissions(SERVICE) == {
        "SetCreditLimit": "credit.limit",
        "ReceivePayment": "credit.receive",
        "GetCredit": "credit.read",
    }


@pytest.mark.capability("MEM-09")
def test_carries_an_account_to_the_answer(world: World) -> None:
    world.do(set_credit_limit, SetCreditLimit(MEMBER, 5_000, "Regular", "S1"))
    world.clock.advance(minutes=1)
    world.sell(Till().line("MUG").member().tender(TenderKind.ON_ACCOUNT, 5_000).command)
    world.clock.advance(minutes=1)
    tender = PaymentTender(TenderKind.CARD, 2_000, "A1")
    paid = world.do(receive_payment, ReceivePayment(MEMBER, (tender,), "Monthly"), world.s2)
    found = ask(world, SERVICE, "GetCredit", pb2.GetCreditRequest(member_key=MEMBER))
    assert list(found.balances) == [
        pb2.CreditBalance(currency="CNY", limit_minor=5_000, owed_minor=3_000, left_minor=2_000)
    ]
    expected = pb2.CreditEntry(
        entry_id=found.entries[0].entry_id,
        currency="CNY",
        reason=pb2.CREDIT_REASON_PAID,
        owed_minor=-2_000,
        document_id=paid.document_id,
        tender=sales_pb2.TENDER_KIND_CARD,
        reference="A1",
        note="Monthly",
        store_code="S2",
        business_date="2026-11-22",
    )
    expected.posted_at.FromDatetime(world.clock.now)
    assert found.entries[0] == expected
    assert [entry.reason for entry in found.entries[1:]] == [pb2.CREDIT_REASON_CHARGED, pb2.CREDIT_REASON_LIMIT_SET]
