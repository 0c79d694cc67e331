"""The proof of approvals: a row that was tampered with is named."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from application.check import run_checks
from domain.identity.organisation import SYSTEM
from domain.pricing.basket import Manual
from tests.application.sales.shift import new_id, start_shift
from tests.world import Till, World


@pytest.mark.parametrize(
    ("tampering", "violation"),
    [
        ("UPDATE approvals SET store_id = {s2}", "of the sale's store and request 0, expected 1"),
        ("UPDATE approvals SET sale_request_id = '{other}'", "of the sale's store and request 0, expected 1"),
        ("UPDATE approval_uses SET terminal_id = 7", "of the sale's store and request 0, expected 1"),
        ("UPDATE approvals SET expires_at = approved_at", "sold while it held 0, expected 1"),
        ("UPDATE approvals SET approver_id = {ann}", "approved by somebody else 0, expected 1"),
        (
            "DELETE FROM approvals",
            "approvals 0, expected 1; of the sale's store and request 0, expected 1; sold while it held 0, expected 1",
        ),
    ],
)
def test_names_a_use_that_does_not_fit_its_approval(world: World, tampering: str, violation: str):
    shift = start_shift(world)
    ann, request_id = shift.signed_in("ann"), new_id()
    till = Till().line("TEA", discounts=(Manual("Box", 0, 2_000),)).cash(8_000)
    token = shift.token("sales.manual_discount", request_id, 2_000)
    world.sell(replace(till.command, approval_tokens=(token,)), ann, request_id)
    [(approval_id,)] = world.rows("SELECT approval_id FROM approvals")
    facts = {"s2": world.s2.store_id, "other": new_id(), "ann": ann.staff_id}
    with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
        uow.execute(text(tampering.format(**facts)))
        found = {result.id: result for result in run_checks(uow)}
    assert found["B09"].violations == [f"approval_uses approval_id={approval_id}: {violation}"]


def test_names_two_approvals_of_one_action_in_one_sale(world: World):
    shift = start_shift(world)
    ann, request_id = shift.signed_in("ann"), new_id()
    till = Till().line("TEA", discounts=(Manual("Box", 0, 2_000),)).cash(8_000)
    tokens = [shift.token("sales.manual_discount", request_id, 2_000) for _ in range(2)]
    sale = world.sell(replace(till.command, approval_tokens=(tokens[0],)), ann, request_id)
    with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
        uow.execute(
            text(
                "INSERT INTO approval_uses SELECT a.approval_id, u.sale_id, u.terminal_id, u.seller_id, u.used_at"
                " FROM approvals a, approval_uses u WHERE a.approval_id <> u.approval_id"
            )
        )
        found = {result.id: result for result in run_checks(uow)}
    assert found["B09"].violations == [
        f"sales sale_id={sale.sale_id} action=sales.manual_discount: approvals of one action 2, expected 1"
    ]
