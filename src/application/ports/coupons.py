"""What the application needs from the ledger of coupons."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from application.pricing.coupon_views import CouponEventView, CouponView
from domain.pricing.coupon import CouponAllowance, CouponBatch, CouponCount, CouponHold, FoundCoupon


@dataclass(slots=True)
class CouponNeeds:
    """Codes to be found, as `read_code` gives them, each with the keys of the members who show it ("" for nobody)."""

    shown: set[tuple[str, str]] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.shown)


@dataclass(slots=True)
class LoadedCoupons:
    """Coupons by code, allowances by (batch id, member id), and who belongs to the audience of which batch."""

    by_code: Mapping[str, FoundCoupon] = field(default_factory=dict)
    allowances: Mapping[tuple[int, int], CouponAllowance] = field(default_factory=dict)
    given: Collection[tuple[int, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class StoredBatch:
    batch_id: int
    terms: CouponBatch


class Coupons(Protocol):
    """Batches, coupons and their ledger."""

    def batches(self, codes: Collection[str]) -> Mapping[str, StoredBatch]:
        """The batches with these codes; what does not exist is absent."""

    def put_batches(self, batches: Sequence[StoredBatch]) -> None:
        """Creates or replaces batches by id, each with its count."""

    def list_batches(self, *, after: str, limit: int) -> Sequence[StoredBatch]:
        """Up to `limit` batches in the order of their codes, those after `after`."""

    def count_batches(self) -> int: ...

    def set_shared(self, batch_id: int, *, uses_max: int, from_date: date | None, until_date: date | None) -> None:
        """Moves the shared code of a batch to new terms."""

    def counts(self, batch_ids: Collection[int]) -> Mapping[int, CouponCount]:
        """How many coupons there are of each batch, or uses of its shared code."""

    def lock_counts(self, batch_ids: Collection[int]) -> Mapping[int, CouponCount]:
        """The counts, locked in the order of their ids; whoever issues waits here for the one before."""

    def lock_allowance(self, batch_id: int, member_id: int) -> CouponAllowance:
        """The allowance of a member, locked; made when there is none."""

    def join_audience(self, audience: str, member_ids: Collection[int]) -> Sequence[int]:
        """Adds members to an audience and returns those who were new."""

    def copy_audiences(self, member_id: int, to_member_id: int) -> Sequence[str]:
        """Adds a member to the audiences of another one, and returns those that are new to them, in order."""

    def leave_audiences(self, member_id: int, audiences: Collection[str]) -> None:
        """Takes a member out of audiences."""

    def lock(self, needs: CouponNeeds) -> LoadedCoupons:
        """Locks coupons by id, then allowances by batch and member; unknown codes are absent.

        A shared code without end is not locked.
        """

    def look(self, needs: CouponNeeds) -> LoadedCoupons:
        """As `lock`, but only reads."""

    def lock_by_id(self, coupon_ids: Collection[int]) -> Mapping[int, FoundCoupon]:
        """Coupons locked by id with their open holds."""

    def lock_lapsed(self, *, until: date, limit: int) -> Sequence[FoundCoupon]:
        """Up to `limit` coupons that nothing has ended and that are over on `until`, those that nobody else locks."""

    def open_holds(self, *, caller_id: int, request_id: str) -> Sequence[CouponHold]:
        """What is still held under a request of a caller."""

    def redeemed_in(self, document_id: int) -> Sequence[tuple[int, int]]:
        """The (coupon id, member id) of every use in a sale that was not given back."""

    def issued_in(self, document_id: int) -> Sequence[int]:
        """The ids of the coupons that a sale has earned."""

    def seal(self, coupon_id: int, code: str) -> tuple[bytes, bytes]:
        """The digest and the ciphertext under which the code of a coupon is stored."""

    def view(self, code: str) -> CouponView | None:
        """The coupon with this code, as it is shown."""

    def history(self, coupon_id: int, *, limit: int) -> Sequence[CouponEventView]:
        """The newest entries of a coupon's ledger, newest first."""

    def list_of_batch(self, batch_id: int, *, after: int, limit: int) -> Sequence[CouponView]:
        """Up to `limit` coupons of a batch in the order of their ids, those after `after`."""

    def list_of_member(self, member_id: int, *, after: int, limit: int) -> Sequence[CouponView]:
        """The same of a member: what was given to them, and the shared codes of their audiences."""
