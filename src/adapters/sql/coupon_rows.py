"""The balances that follow from the ledger of coupons."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from adapters.sql.fold import Fold
from adapters.sql.tables import coupons
from domain.pricing.coupon import Coupon, CouponAllowance, CouponCount, CouponEvent, CouponEventKind, CouponHold

COUPON_FOLDS: Final = (
    Fold(
        Coupon,
        coupons.coupons,
        key=("coupon_id",),
        summed=("uses", "held", "ended"),
        replaced=("member_id",),
    ),
    Fold(CouponHold, coupons.coupon_holds, key=("hold_id",), summed=("open_uses",)),
    Fold(CouponAllowance, coupons.coupon_allowances, key=("batch_id", "member_id"), summed=("claims", "uses")),
    Fold(CouponCount, coupons.coupon_counts, key=("batch_id",), summed=("issued",)),
)


def coupon_deltas(events: Iterable[CouponEvent]) -> list[tuple[Fold, list[Any]]]:
    """The deltas of events, one per key in the order of the keys; folds without any are left out."""
    events = list(events)
    deltas = (_coupons(events), _holds(events), _allowances(events), _counts(events))
    return [(fold, moved) for fold, moved in zip(COUPON_FOLDS, deltas, strict=True) if moved]


def _coupons(events: Sequence[CouponEvent]) -> list[Any]:
    deltas: dict[int, Coupon] = {}
    for event in events:
        given_to = event.member_id if event.kind is CouponEventKind.TRANSFERRED else 0
        # What a coupon is issued with stands in its row already.
        if not (event.uses or event.held or event.ended or given_to):
            continue
        delta = deltas.get(event.coupon_id)
        if delta is None:
            delta = Coupon(event.coupon_id, event.batch_id, b"", b"", 0, 0, 0, 0, 0, None, None, event.posted_at)
            deltas[event.coupon_id] = delta
        delta.uses += event.uses
        delta.held += event.held
        delta.ended += event.ended
        delta.member_id = given_to or delta.member_id
    return [deltas[key] for key in sorted(deltas)]


def _holds(events: Sequence[CouponEvent]) -> list[Any]:
    deltas: dict[int, CouponHold] = {}
    for event in events:
        if event.held >= 0:
            continue
        delta = deltas.get(event.hold_id)
        if delta is None:
            delta = CouponHold(event.hold_id, event.coupon_id, 0, NO_REQUEST, 0, event.posted_at, 0)
            deltas[event.hold_id] = delta
        delta.open_uses += event.held
    return [deltas[key] for key in sorted(deltas)]


def _allowances(events: Sequence[CouponEvent]) -> list[Any]:
    deltas: dict[tuple[int, int], CouponAllowance] = {}
    for event in events:
        claims, uses = _ALLOWANCE.get(event.kind, (0, 0))
        if not event.member_id or not (claims or uses):
            continue
        key = event.batch_id, event.member_id
        delta = deltas.setdefault(key, CouponAllowance(*key, 0, 0))
        delta.claims += claims
        delta.uses += uses
    return [deltas[key] for key in sorted(deltas)]


def _counts(events: Sequence[CouponEvent]) -> list[Any]:
    issued: dict[int, int] = {}
    for event in events:
        if event.issued:
            issued[event.batch_id] = issued.get(event.batch_id, 0) + event.issued
    return [CouponCount(batch_id, 0, issued[batch_id]) for batch_id in sorted(issued)]


NO_REQUEST: Final = "00000000-0000-0000-0000-000000000000"
_ALLOWANCE: Final = {
    CouponEventKind.CLAIMED: (1, 0),
    CouponEventKind.REDEEMED: (0, 1),
    CouponEventKind.RESTORED: (0, -1),
}
"""By how much an event moves the claims and the uses of its member."""
