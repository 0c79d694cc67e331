"""Coupons: what a batch of them says, the ledger of each, and who may use one when.

A coupon is a code. It is the only one of its kind and used once, or it is shared: everybody shows the same code, which
is used so many times in all, or without end.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Final

CODE_CHARACTERS: Final = 26
"""Of five bits each: 130 random bits, more than anybody tries out (ASVS 5.0, 11.5.1 asks for 128)."""
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O and U, so that nobody mistakes one for another."""
_MISREAD: Final = str.maketrans("ILO", "110")
SHOWN_CHARACTERS: Final = 4


class CouponHolder(StrEnum):
    """Who may use a coupon: whoever shows the code, or only the members to whom it was given."""

    BEARER = "bearer"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class CouponBatch:
    """The terms of a batch; what its coupons unlock is said by the promotions that name it, 0 and empty mean no bound.

    Valid from `from_date` up to and without `until_date`, and for `valid_days` days from the one on which a coupon was
    issued or claimed, all by the calendar of the store where it is used. `total_max` bounds the coupons that there are
    of the batch, or the uses of its shared code. Members of the `audience` hold the shared code.
    """

    code: str
    name: str
    shared: bool = False
    holder: CouponHolder = CouponHolder.BEARER
    audience: str = ""
    claimable: bool = False
    transferable: bool = False
    from_date: str = ""
    until_date: str = ""
    valid_days: int = 0
    total_max: int = 0
    claims_per_member_max: int = 0
    uses_per_member_max: int = 0


class CouponEventKind(StrEnum):
    """Why a coupon changed."""

    ISSUED = "issued"
    CLAIMED = "claimed"
    HELD = "held"
    RELEASED = "released"
    REDEEMED = "redeemed"
    RESTORED = "restored"
    EXPIRED = "expired"
    VOIDED = "voided"
    TRANSFERRED = "transferred"


class Ended(IntEnum):
    """How a coupon ended."""

    NOT = 0
    EXPIRED = 1
    VOIDED = 2


@dataclass(slots=True)
class Coupon:
    """A code with what has become of it; only events move `member_id`, `uses`, `held` and `ended`.

    `member_id` is 0 where it was given to nobody. `uses_max` is 0 for a shared code without end: its uses are in its
    events only, so that no two tills wait for each other.
    """

    coupon_id: int
    batch_id: int
    code_digest: bytes
    code_cipher: bytes
    member_id: int
    uses_max: int
    uses: int
    held: int
    ended: int
    from_date: date | None
    until_date: date | None
    issued_at: datetime


@dataclass(slots=True)
class CouponEvent:
    """An entry of a coupon's ledger: `uses`, `held` and `ended` are by how much it moved them, `issued` the batch.

    A use of a shared code without end moves nothing but the allowance of its member.

    `document_id` is the sale in which it was used or given back. `store_id` is 0 where there was no store.
    """

    coupon_id: int
    event_id: int
    batch_id: int
    kind: CouponEventKind
    member_id: int
    issued: int
    uses: int
    held: int
    ended: int
    hold_id: int
    document_id: int
    store_id: int
    caller_id: int
    reason: str
    happened_at: datetime
    posted_at: datetime


@dataclass(slots=True)
class CouponHold:
    """One use of a coupon kept for the caller who asked under `request_id`; `open_uses` is 0 once it is over."""

    hold_id: int
    coupon_id: int
    caller_id: int
    request_id: str
    member_id: int
    until_at: datetime
    open_uses: int


@dataclass(slots=True)
class CouponAllowance:
    """How many coupons of a batch a member has claimed, and how many times used one."""

    batch_id: int
    member_id: int
    claims: int
    uses: int


@dataclass(slots=True)
class CouponCount:
    """How many coupons of a batch there are, and may be; 0 is no bound."""

    batch_id: int
    total_max: int
    issued: int


@dataclass(frozen=True, slots=True)
class CouponUse:
    """The last use of a coupon, as a person is told of it."""

    at: datetime
    store_code: str
    caller_code: str
    document_id: int


@dataclass(slots=True)
class FoundCoupon:
    """A coupon with its terms, its open holds, and where it is used up, its last use."""

    coupon: Coupon
    batch: CouponBatch
    holds: list[CouponHold] = field(default_factory=list)
    last_use: CouponUse | None = None


class CouponTrouble(StrEnum):
    """Why a coupon may not be used now."""

    VOIDED = "voided"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    FOREIGN = "foreign"
    USED = "used"
    HELD = "held"
    MEMBER_NEEDED = "member_needed"
    MEMBER_LIMIT = "member_limit"


def new_code(secret: str) -> str:
    """A readable code of 130 bits of a random secret, in groups of five and six characters."""
    bits = int.from_bytes(hashlib.sha256(secret.encode()).digest(), "big")
    text = "".join([_ALPHABET[bits >> 5 * place & 31] for place in range(CODE_CHARACTERS)])
    return "-".join((text[:5], text[5:10], text[10:15], text[15:20], text[20:]))


def read_code(text: str) -> str:
    """The code as it is looked up, however it was keyed in: without dashes and spaces, I and L as 1, O as 0."""
    return "".join(text.split()).replace("-", "").upper().translate(_MISREAD)


def masked(code: str) -> str:
    """The end of a code, by which a person tells one from another and nobody uses it."""
    return f"…{code[-SHOWN_CHARACTERS:]}"


def trouble(
    found: FoundCoupon,
    *,
    member_id: int | None,
    given: bool,
    allowance: CouponAllowance | None,
    on: date,
    now: datetime,
    hold: tuple[int, str] | None = None,
) -> CouponTrouble | None:
    """Why this member (None: nobody has shown to be one) may not use the coupon on a day of the store's calendar.

    `given` tells whether the member belongs to the audience of the batch. `hold` is the caller and the request of the
    hold under which it is used; what others hold at `now` is not there.
    """
    coupon, batch = found.coupon, found.batch
    if coupon.ended == Ended.VOIDED:
        return CouponTrouble.VOIDED
    if coupon.uses_max and coupon.uses >= coupon.uses_max:
        return CouponTrouble.USED
    if coupon.ended == Ended.EXPIRED or (coupon.until_date is not None and coupon.until_date <= on):
        return CouponTrouble.EXPIRED
    if coupon.from_date is not None and coupon.from_date > on:
        return CouponTrouble.NOT_YET_VALID
    if batch.holder is CouponHolder.MEMBER or batch.uses_per_member_max:
        if member_id is None:
            return CouponTrouble.MEMBER_NEEDED
        if batch.holder is CouponHolder.MEMBER and not _holds(found, member_id, given=given):
            return CouponTrouble.FOREIGN
    if coupon.uses_max and coupon.uses + _held_by_others(found, hold, now) >= coupon.uses_max:
        return CouponTrouble.HELD
    if batch.uses_per_member_max and allowance is not None and allowance.uses >= batch.uses_per_member_max:
        return CouponTrouble.MEMBER_LIMIT
    return None


def lapsed_holds(found: FoundCoupon, now: datetime) -> list[CouponHold]:
    """The open holds whose time is over."""
    return [hold for hold in found.holds if hold.open_uses and hold.until_at <= now]


def own_hold(found: FoundCoupon, hold: tuple[int, str] | None, now: datetime) -> CouponHold | None:
    """The hold of the coupon that this caller got under this request and that still lasts."""
    for one in found.holds:
        if one.open_uses and one.until_at > now and (one.caller_id, one.request_id) == hold:
            return one
    return None


def _holds(found: FoundCoupon, member_id: int, *, given: bool) -> bool:
    """A shared code is held by its audience, or by every member where it names none."""
    if found.batch.shared:
        return given or not found.batch.audience
    return found.coupon.member_id == member_id


def _held_by_others(found: FoundCoupon, hold: tuple[int, str] | None, now: datetime) -> int:
    return sum(one.open_uses for one in found.holds if one.until_at > now and (one.caller_id, one.request_id) != hold)
