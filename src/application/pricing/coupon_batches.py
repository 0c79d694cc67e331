"""HQ says what the coupons of a batch are, and who belongs to an audience."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Final

from application.coupon_ledger import Use, validity
from application.fields import (
    Missing,
    at_most,
    in_order,
    named_once,
    optional_code,
    optional_date,
    required_code,
    required_name,
    within,
)
from application.named_members import member_ids_of
from application.paging import next_token, page
from application.ports.coupons import StoredBatch
from application.ports.kernel import UnitOfWork
from domain.pricing.coupon import Coupon, CouponBatch, CouponEvent, CouponEventKind, CouponHolder, read_code
from domain.shared.errors import Conflict, Invalid, NotFound, Rejected

BATCHES_PER_REQUEST_MAX: Final = 1_000
BATCHES_MAX: Final = 100_000
COUPONS_MAX: Final = 100_000_000
VALID_DAYS_MAX: Final = 3_660
PER_MEMBER_MAX: Final = 1_000_000
AUDIENCE_AT_ONCE_MAX: Final = 10_000
SHARED_CODE_CHARACTERS_MIN: Final = 4


class UnknownCouponBatch(NotFound):
    en = "There is no coupon batch “{code}”. Create it with PutCouponBatches first."
    zh = "没有券批次“{code}”，请先用 PutCouponBatches 创建。"


class TooManyCouponBatches(Rejected):
    en = "The chain would have {count} coupon batches; {count_max} are supported. Reuse one that is over."
    zh = "连锁将有 {count} 个券批次，最多支持 {count_max} 个，请改用已结束的批次。"


class OnlyForSharedCode(Invalid):
    en = "Only a batch with a shared code reads this field. Leave it empty."
    zh = "只有共用券码的批次使用此字段，请留空。"


class NotForSharedCode(Invalid):
    en = "A batch with a shared code does not read this field. Leave it empty."
    zh = "共用券码的批次不使用此字段，请留空。"


class SharedCodeTooShort(Invalid):
    en = "A shared code has at least {characters} letters and digits besides dashes and spaces."
    zh = "共用券码除连字符和空格外至少 {characters} 位。"


class SharedCodeTaken(Conflict):
    en = "This code is that of another coupon already. Choose another one."
    zh = "此券码已被其他优惠券使用，请更换。"


class BatchNotChangeable(Rejected):
    en = "A batch keeps whether its code is shared, and which it is. Create another batch instead."
    zh = "批次是否共用券码以及券码本身不可更改，请新建批次。"


class LimitLowered(Rejected):
    en = "This limit is {before} and cannot become {after}: what was granted stays. Raise it, or create another batch."
    zh = "此上限现为 {before}，不能改为 {after}：已给予的不可收回。请调高，或新建批次。"


@dataclass(frozen=True, slots=True)
class CouponBatchEntry:
    """A batch as HQ states it; see CouponBatch. `shared_code` is stated and never shown, `issued` shown only."""

    code: str
    name: str
    holder: CouponHolder
    shared: bool = False
    shared_code: str = ""
    audience: str = ""
    claimable: bool = False
    transferable: bool = False
    from_date: str = ""
    until_date: str = ""
    valid_days: int = 0
    total_max: int = 0
    claims_per_member_max: int = 0
    uses_per_member_max: int = 0
    issued: int = 0


@dataclass(frozen=True, slots=True)
class PutCouponBatches:
    batches: tuple[CouponBatchEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class CouponBatchesPut:
    created: int
    changed: int


@dataclass(frozen=True, slots=True)
class GetCouponBatch:
    code: str


@dataclass(frozen=True, slots=True)
class ListCouponBatches:
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class CouponBatchPage:
    batches: Sequence[CouponBatchEntry]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class JoinCouponAudience:
    """Members who hold the shared codes of an audience from now on."""

    audience: str
    member_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CouponAudienceJoined:
    joined: int


def put_coupon_batches(uow: UnitOfWork, command: PutCouponBatches) -> CouponBatchesPut:
    """Creates or changes up to 1,000 batches by code, all or none; coupons already issued keep their dates.

    Limits may be raised and not lowered. Raises TooManyCouponBatches, SharedCodeTaken, BatchNotChangeable,
    LimitLowered, and the refusals of single fields.
    """
    at_most(command.batches, BATCHES_PER_REQUEST_MAX, field="batches")
    named_once([entry.code for entry in command.batches], field="batches")
    # Whoever puts batches waits here for the one before, so that what is compared stays true.
    uow.bump("coupon_batches")
    stored = uow.coupons.batches([entry.code for entry in command.batches])
    new = sum(entry.code not in stored for entry in command.batches)
    if new:
        count = uow.coupons.count_batches() + new
        if count > BATCHES_MAX:
            raise TooManyCouponBatches("batches", count=count, count_max=BATCHES_MAX)
    put: list[StoredBatch] = []
    shared: list[tuple[StoredBatch, str, str]] = []
    for index, entry in enumerate(command.batches):
        field = f"batches[{index}]"
        terms = _checked(entry, field, new=entry.code not in stored)
        before = stored.get(entry.code)
        if before is None:
            batch = StoredBatch(uow.new_id(), terms)
        else:
            _check_change(uow, before, entry, field)
            if before.terms == terms:
                continue
            batch = StoredBatch(before.batch_id, terms)
        put.append(batch)
        if terms.shared:
            shared.append((batch, entry.shared_code if before is None else "", field))
    uow.coupons.put_batches(put)
    for batch, code, field in shared:
        _put_shared_code(uow, batch, code, field)
    return CouponBatchesPut(new, len(put) - new)


def get_coupon_batch(uow: UnitOfWork, query: GetCouponBatch) -> CouponBatchEntry:
    """The batch as it was put, and how many coupons there are of it; raises UnknownCouponBatch."""
    batch = batch_of(uow, query.code, field="code")
    return _entries(uow, [batch])[0]


def list_coupon_batches(uow: UnitOfWork, query: ListCouponBatches) -> CouponBatchPage:
    """Batches by code."""
    asked = page(query.page_size, query.page_token, key=(str,))
    rows = uow.coupons.list_batches(after=asked.after[0] if asked.after else "", limit=asked.limit + 1)
    token = next_token(rows, asked.limit, lambda batch: (batch.terms.code,))
    return CouponBatchPage(_entries(uow, rows[: asked.limit]), token)


def join_coupon_audience(uow: UnitOfWork, command: JoinCouponAudience) -> CouponAudienceJoined:
    """Adds up to 10,000 members to an audience; who belongs to it already stays there.

    Every one who is new is announced by an event, so that a message can be sent. Raises UnknownMember.
    """
    required_code(command.audience, field="audience")
    at_most(command.member_keys, AUDIENCE_AT_ONCE_MAX, field="member_keys")
    joined = uow.coupons.join_audience(command.audience, set(member_ids_of(uow, command.member_keys)))
    for member_id in joined:
        uow.publish("CouponAudienceJoined", member_id, {"member_id": member_id, "audience": command.audience})
    return CouponAudienceJoined(len(joined))


def batch_of(uow: UnitOfWork, code: str, *, field: str) -> StoredBatch:
    """The batch with this code; raises UnknownCouponBatch."""
    required_code(code, field=field)
    found = uow.coupons.batches([code]).get(code)
    if found is None:
        raise UnknownCouponBatch(field, code=code)
    return found


def _entries(uow: UnitOfWork, batches: Sequence[StoredBatch]) -> list[CouponBatchEntry]:
    counts = uow.coupons.counts([batch.batch_id for batch in batches])
    return [
        CouponBatchEntry(
            **{field.name: getattr(batch.terms, field.name) for field in fields(CouponBatch)},
            issued=counts[batch.batch_id].issued,
        )
        for batch in batches
    ]


def _checked(entry: CouponBatchEntry, field: str, *, new: bool) -> CouponBatch:
    required_code(entry.code, field=f"{field}.code")
    name = required_name(entry.name, field=f"{field}.name")
    optional_code(entry.audience, field=f"{field}.audience")
    start = optional_date(entry.from_date, field=f"{field}.from_date")
    in_order(start, optional_date(entry.until_date, field=f"{field}.until_date"), field=f"{field}.until_date")
    within(entry.valid_days, 0, VALID_DAYS_MAX, field=f"{field}.valid_days")
    within(entry.total_max, 0, COUPONS_MAX, field=f"{field}.total_max")
    within(entry.claims_per_member_max, 0, PER_MEMBER_MAX, field=f"{field}.claims_per_member_max")
    within(entry.uses_per_member_max, 0, PER_MEMBER_MAX, field=f"{field}.uses_per_member_max")
    if entry.shared:
        for unread in ("claimable", "transferable", "valid_days", "claims_per_member_max"):
            if getattr(entry, unread):
                raise NotForSharedCode(f"{field}.{unread}")
        if new and not entry.shared_code:
            raise Missing(f"{field}.shared_code")
        if entry.shared_code:
            optional_code(entry.shared_code, field=f"{field}.shared_code")
            if len(read_code(entry.shared_code)) < SHARED_CODE_CHARACTERS_MIN:
                raise SharedCodeTooShort(f"{field}.shared_code", characters=SHARED_CODE_CHARACTERS_MIN)
        if entry.audience and entry.holder is not CouponHolder.MEMBER:
            raise NotForSharedCode(f"{field}.audience")
    else:
        for unread in ("shared_code", "audience"):
            if getattr(entry, unread):
                raise OnlyForSharedCode(f"{field}.{unread}")
    terms = {one.name: getattr(entry, one.name) for one in fields(CouponBatch)}
    return CouponBatch(**{**terms, "name": name})


def _check_change(uow: UnitOfWork, before: StoredBatch, entry: CouponBatchEntry, field: str) -> None:
    old = before.terms
    if entry.shared != old.shared or (old.shared and bool(entry.total_max) != bool(old.total_max)):
        raise BatchNotChangeable(f"{field}.shared" if entry.shared != old.shared else f"{field}.total_max")
    if entry.shared_code:
        view = uow.coupons.view(entry.shared_code)
        if view is None or view.batch_code != entry.code:
            raise BatchNotChangeable(f"{field}.shared_code")
    for name in ("claims_per_member_max", "uses_per_member_max"):
        _check_raised(getattr(old, name), getattr(entry, name), f"{field}.{name}")
    if old.shared:
        _check_raised(old.total_max, entry.total_max, f"{field}.total_max")
    else:
        issued = uow.coupons.lock_counts([before.batch_id])[before.batch_id].issued
        if entry.total_max and entry.total_max < issued:
            raise LimitLowered(f"{field}.total_max", before=issued, after=entry.total_max)


def _check_raised(before: int, after: int, field: str) -> None:
    """Zero is no bound, which is more than any."""
    if after and (not before or after < before):
        raise LimitLowered(field, before=before or "unlimited", after=after)


def _put_shared_code(uow: UnitOfWork, batch: StoredBatch, code: str, field: str) -> None:
    """Makes the one coupon of a batch with a shared code, or moves it to the terms of today."""
    terms = batch.terms
    start, end = validity(terms.from_date, terms.until_date, 0, on=date.min)
    if not code:
        uow.coupons.set_shared(batch.batch_id, uses_max=terms.total_max, from_date=start, until_date=end)
        return
    if uow.coupons.view(code) is not None:
        raise SharedCodeTaken(f"{field}.shared_code")
    coupon_id = uow.new_id()
    digest, cipher = uow.coupons.seal(coupon_id, code)
    coupon = Coupon(coupon_id, batch.batch_id, digest, cipher, 0, terms.total_max, 0, 0, 0, start, end, uow.now)
    use = Use(None, None, uow.caller, uow.now, uow.now)
    uow.add(
        coupon,
        CouponEvent(
            coupon_id, uow.new_id(), batch.batch_id, CouponEventKind.ISSUED, 0, 1, 0, 0, 0, 0, 0, 0,
            use.caller.caller_id, "", uow.now, uow.now,
        ),
    )  # fmt: skip
