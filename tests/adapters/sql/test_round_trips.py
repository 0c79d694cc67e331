"""How often a batch waits for PostgreSQL: twice, whatever its size."""

import pytest

from adapters.sql.unit_of_work import SqlUnitOfWork, SqlUnits
from application.coupon_ledger import Use, record_use
from application.ports.coupons import CouponNeeds
from application.ports.kernel import Claim
from application.ports.sales import SaleNeeds, UseNeed
from domain.identity.approval import Approval, ApprovalUse
from domain.identity.organisation import SYSTEM
from domain.sales.sale import TenderKind
from tests.adapters.sql.conftest import NOW, writing
from tests.adapters.sql.samples import (
    SKU,
    STORE,
    line,
    lot,
    movement,
    points_entry,
    put_coupons,
    put_levels,
    put_members,
    request_id,
    sale,
    tender,
    use,
)

LINES = 10


def sell(uow: SqlUnitOfWork, first: int, size: int, approved: tuple[bytes, ...] = (), *, limited: bool = False) -> int:
    """A batch of ten-line sales to members, some of whom redeem; returns its round trips.

    `limited` ones get a promotion that has limits, together with a campaign.
    """
    claims = [Claim(5, request_id(sale_id), "Checkout", b"") for sale_id in range(first, first + size)]
    uow.requests.claim_new(claims, at=NOW)
    levels = {(STORE, SKU + number) for number in range(LINES)}
    needs = SaleNeeds(
        member_keys={"M90", "M91"}, redeeming_keys={"M91"}, stock_keys=levels, approval_digests=set(approved)
    )
    if limited:
        needs.uses.add(UseNeed("HALF", "六一", "M90", "2026-11-22"))
    approvals = uow.sales.load(needs).approvals
    assert {digest for digest, found in approvals.items() if not found.used} == set(approved)
    uow.add(*[ApprovalUse(found.approval.approval_id, first, 5, None, NOW) for found in approvals.values()])
    for claim, sale_id in zip(claims, range(first, first + size), strict=True):
        uow.add(sale(sale_id), tender(sale_id, 1), tender(sale_id, 2, TenderKind.CARD))
        uow.add(*[line(sale_id, number) for number in range(1, LINES + 1)])
        uow.add(*[movement(sale_id * 100 + number, -1_000, -400, sku_id=SKU + number) for number in range(LINES)])
        uow.add(lot(sale_id, 95, 93), points_entry(sale_id, sale_id, 95, 93))
        if limited:
            uow.add(use(sale_id))
        uow.publish("SaleCompleted", sale_id, {"sale_id": sale_id})
        uow.requests.answer(claim, b"receipt")
    uow.commit()
    return uow.round_trips


@pytest.mark.capability("SAL-04")
@pytest.mark.parametrize("size", [1, 10, 64])
def test_a_batch_of_any_size_makes_two_round_trips(postgres_units: SqlUnits, size: int):
    put_members(postgres_units, 90, 91)
    put_levels(postgres_units, *[(STORE, SKU + number) for number in range(LINES)])
    for number in range(2):
        with writing(postgres_units) as uow:
            assert sell(uow, 1 + number * size, size) == 2


def test_coupons_travel_along(postgres_units: SqlUnits):
    """Locked and read with what they depend on in the round trip that loads, written in the one that commits."""
    put_members(postgres_units, 90)
    put_levels(postgres_units, (STORE, SKU))
    codes = put_coupons(postgres_units, 3)
    with writing(postgres_units) as uow:
        claim = Claim(5, request_id(1), "Checkout", b"")
        uow.requests.claim_new([claim], at=NOW)
        needs = SaleNeeds(member_keys={"M90"}, stock_keys={(STORE, SKU)})
        needs.coupons.shown |= {(code, "M90") for code in codes}
        coupons = uow.sales.load(needs).coupons
        use = Use(90, None, SYSTEM, NOW, NOW)
        for code in codes:
            record_use(uow, coupons, coupons.by_code[code], use, document_id=1)
        uow.requests.answer(claim, b"receipt")
        uow.commit()
        assert uow.round_trips == 2
    with writing(postgres_units) as uow:
        loaded = uow.coupons.lock(CouponNeeds({(code, "M90") for code in codes}))
    assert [loaded.by_code[code].coupon.uses for code in codes] == [1, 1, 1]
    assert [(one.claims, one.uses) for one in loaded.allowances.values()] == [(0, 3)]


def test_promotions_with_limits_cost_no_round_trip_even_when_they_are_used_for_the_first_time(postgres_units: SqlUnits):
    put_members(postgres_units, 90, 91)
    put_levels(postgres_units, *[(STORE, SKU + number) for number in range(LINES)])
    for number in range(2):
        with writing(postgres_units) as uow:
            assert sell(uow, 1 + number * 10, 10, limited=True) == 2


def test_approvals_cost_no_round_trip(postgres_units: SqlUnits):
    put_members(postgres_units, 90, 91)
    put_levels(postgres_units, *[(STORE, SKU + number) for number in range(LINES)])
    digests = tuple(bytes([number]) * 32 for number in range(3))
    with writing(postgres_units) as uow:
        for number, digest in enumerate(digests):
            uow.add(
                Approval(
                    number + 1, digest, "sales.manual_discount", STORE, request_id(1), 100, "", {}, 1, 5, None, NOW, NOW
                )
            )
        uow.commit()
    with writing(postgres_units) as uow:
        assert sell(uow, 1, 10, digests) == 2


def test_replays_and_missing_levels_each_cost_one_more(postgres_units: SqlUnits):
    put_members(postgres_units, 90, 91)
    with writing(postgres_units) as uow:
        assert sell(uow, 1, 3) == 3
    with writing(postgres_units) as uow:
        claims = [Claim(5, request_id(sale_id), "Checkout", b"") for sale_id in range(1, 6)]
        assert len(uow.requests.claim(claims, at=NOW)) == 3
        assert uow.round_trips == 2


def test_the_count_is_that_of_the_server(postgres_units: SqlUnits, monkeypatch: pytest.MonkeyPatch):
    """Waiting for the socket is what a round trip is: nothing waits uncounted."""
    put_members(postgres_units, 90, 91)
    put_levels(postgres_units, *[(STORE, SKU + number) for number in range(LINES)])
    with writing(postgres_units) as uow:
        sell(uow, 1, 2)
    syncs = []
    with writing(postgres_units) as uow:
        wire = uow.wire

        class Counted:
            def __init__(self, pgconn: object) -> None:
                self._pgconn = pgconn

            def __getattr__(self, name: str) -> object:
                if name in {"pipeline_sync", "exec_", "exec_params", "exec_prepared"}:
                    syncs.append(name)
                return getattr(self._pgconn, name)

        monkeypatch.setattr(wire, "_pgconn", Counted(wire._pgconn))
        assert sell(uow, 10, 5) == 2
        monkeypatch.undo()
    assert syncs == ["pipeline_sync"] * 2
