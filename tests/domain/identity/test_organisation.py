import pytest

from domain.identity.organisation import (
    SYSTEM,
    WHOLE_CHAIN,
    Caller,
    CallerKind,
    Scope,
    ScopeKind,
    Store,
    StoreStatus,
    stranger,
)

NORTH, SOUTH = Scope(ScopeKind.REGION, 1), Scope(ScopeKind.REGION, 2)
S11, S12, S21 = (Scope(ScopeKind.STORE, store_id) for store_id in (11, 12, 21))
STORES = [
    Store(store_id, f"S{store_id}", "", store_id // 10, "CNY", "Asia/Shanghai", 0, StoreStatus.OPEN)
    for store_id in (11, 12, 21)
]


def caller(store_ids: frozenset[int] | None, region_id: int | None = None) -> Caller:
    return Caller(7, "T", CallerKind.SERVICE, None, None, "", frozenset(), store_ids, region_id=region_id)


@pytest.mark.parametrize(
    ("scope", "store_ids"),
    [
        (WHOLE_CHAIN, None),
        (NORTH, {11, 12}),
        (SOUTH, {21}),
        (Scope(ScopeKind.REGION, 3), set()),
        (S12, {12}),
        (Scope(ScopeKind.STORE, 99), set()),
    ],
)
def test_a_scope_is_the_stores_in_it(scope, store_ids):
    assert scope.store_ids(STORES) == store_ids
    assert [scope.holds(store) for store in STORES] == [
        store_ids is None or store.store_id in store_ids for store in STORES
    ]


@pytest.mark.parametrize(
    ("of", "manages"),
    [
        (SYSTEM, [WHOLE_CHAIN, NORTH, SOUTH, S11, S12, S21]),
        (caller(None), [WHOLE_CHAIN, NORTH, SOUTH, S11, S12, S21]),
        (caller(frozenset({11, 12}), region_id=1), [NORTH, S11, S12]),
        (caller(frozenset(), region_id=2), [SOUTH]),
        (caller(frozenset({21})), [S21]),
        (caller(frozenset({11, 12})), [S11, S12]),
        (stranger(), []),
    ],
    ids=["system", "chain", "region", "region without stores", "store", "all stores of a region", "stranger"],
)
def test_a_caller_manages_what_lies_within_its_own_scope(of, manages):
    assert [scope for scope in (WHOLE_CHAIN, NORTH, SOUTH, S11, S12, S21) if of.manages(scope)] == manages


def test_a_stranger_is_nobody_and_may_do_nothing():
    nobody = stranger(certificate_digest=b"digest", language="zh")
    assert nobody.caller_id not in {SYSTEM.caller_id, 1}
    assert (nobody.permissions, nobody.store_ids) == (frozenset(), frozenset())
    assert (nobody.certificate_digest, nobody.language) == (b"digest", "zh")
    assert not nobody.may("sales.checkout")
