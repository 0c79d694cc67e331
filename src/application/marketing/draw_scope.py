"""Which draws a caller sees and may write, and where they may be played."""

from collections.abc import Sequence
from datetime import UTC, datetime

from application.ports.kernel import UnitOfWork
from application.ports.marketing import StoredDraw
from domain.identity.organisation import Scope, ScopeKind, Store
from domain.marketing.draw import DrawState, LuckyDraw, holds_in, holds_on, state_at
from domain.shared.errors import Forbidden, NotFound, Rejected


class UnknownDraw(NotFound):
    en = "There is no draw “{code}” in this caller's scope."
    zh = "当前调用方范围内没有抽奖“{code}”。"


class UnknownPlace(NotFound):
    en = "There is no “{code}” of this kind in the chain."
    zh = "连锁中没有“{code}”。"


class DrawOutsideScope(Forbidden):
    en = "You may write draws for your own stores only. Name these in store_codes or region_codes, and no others."
    zh = "您只能为自己的门店编写抽奖。请在 store_codes 或 region_codes 中只填写这些门店或区域。"


class DrawNotPublished(Rejected):
    en = "Draw “{code}” is a draft. Publish it with PublishDraw first."
    zh = "抽奖“{code}”仍是草稿，请先用 PublishDraw 发布。"


class DrawNotBegun(Rejected):
    en = "Draw “{code}” begins at {from_at}. Play then."
    zh = "抽奖“{code}”于 {from_at} 开始，请届时参与。"


class DrawOver(Rejected):
    en = "Draw “{code}” ended at {until_at}."
    zh = "抽奖“{code}”已于 {until_at} 结束。"


class NotHere(Rejected):
    en = "Draw “{code}” is not for store “{store_code}”."
    zh = "抽奖“{code}”不适用于门店“{store_code}”。"


class NotInChannel(Rejected):
    en = "Draw “{code}” is not for channel “{channel}”."
    zh = "抽奖“{code}”不适用于渠道“{channel}”。"


def draw_of(uow: UnitOfWork, code: str, *, field: str) -> StoredDraw:
    """The draw with this code that may hold in one of the caller's stores; raises UnknownDraw."""
    found = uow.draws.find(code)
    store_ids = uow.caller.store_ids
    if found is None or (store_ids is not None and not uow.draws.seen(found.draw_id, store_ids)):
        raise UnknownDraw(field, code=code)
    return found


def published_draw(uow: UnitOfWork, code: str, *, field: str) -> StoredDraw:
    """As `draw_of`, of a draw that is published and not over; raises DrawNotPublished and DrawOver."""
    found = draw_of(uow, code, field=field)
    match _state(uow, found):
        case DrawState.DRAFT:
            raise DrawNotPublished(field, code=code)
        case DrawState.ENDED:
            raise DrawOver(field, code=code, until_at=told(found.terms.until_at))
    return found


def open_draw(uow: UnitOfWork, code: str, *, field: str) -> StoredDraw:
    """As `published_draw`, of a draw that has begun; raises DrawNotBegun."""
    found = published_draw(uow, code, field=field)
    if _state(uow, found) is DrawState.PUBLISHED:
        raise DrawNotBegun(field, code=code, from_at=told(found.terms.from_at))
    return found


def check_here(uow: UnitOfWork, draw: LuckyDraw, store: Store, channel: str | None, *, field: str) -> None:
    """Refuses a store, or a channel where one is given, for which the draw is not: NotHere, NotInChannel."""
    if not holds_in(draw, store_code=store.code, region_code=uow.chain.regions[store.region_id].code):
        raise NotHere(field, code=draw.code, store_code=store.code)
    if channel is not None and not holds_on(draw, channel):
        raise NotInChannel("channel", code=draw.code, channel=channel)


def check_may_write(uow: UnitOfWork, draw: LuckyDraw, *, field: str) -> None:
    """Refuses places that do not exist (UnknownPlace), and those beyond the caller's own (DrawOutsideScope)."""
    caller, chain = uow.caller, uow.chain
    region_ids = {region.code: region.region_id for region in chain.regions.values()}
    for index, code in enumerate(draw.store_codes):
        if code not in chain.store_ids:
            raise UnknownPlace(f"{field}.store_codes[{index}]", code=code)
    for index, code in enumerate(draw.region_codes):
        if code not in region_ids:
            raise UnknownPlace(f"{field}.region_codes[{index}]", code=code)
    if caller.store_ids is None:
        return
    if draw.store_codes:
        own = all(caller.sees(chain.store_ids[code]) for code in draw.store_codes)
    else:
        own = bool(draw.region_codes) and all(
            caller.manages(Scope(ScopeKind.REGION, region_ids[code])) for code in draw.region_codes
        )
    if not own:
        raise DrawOutsideScope(f"{field}.store_codes")


def stores_of(uow: UnitOfWork, draw: LuckyDraw) -> Sequence[Store]:
    """The stores of the chain in which the draw may be played."""
    regions = uow.chain.regions
    return [
        store
        for store in uow.chain.stores.values()
        if holds_in(draw, store_code=store.code, region_code=regions[store.region_id].code)
    ]


def _state(uow: UnitOfWork, found: StoredDraw) -> DrawState:
    return state_at(found.terms, published=found.published_at is not None, now=uow.now)


def told(at: datetime) -> str:
    """An instant as a person reads it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
