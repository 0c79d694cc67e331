"""HQ, a region or a store writes the draft of a lucky draw."""

from dataclasses import dataclass
from typing import Final

from application.marketing.draw_fields import check_draw
from application.marketing.draw_scope import UnknownDraw, check_may_write, stores_of
from application.policies import Policies, policies_of
from application.ports.kernel import UnitOfWork
from application.ports.marketing import StoredDraw
from domain.identity.organisation import ScopeKind
from domain.marketing.draw import LuckyDraw, PrizeKind
from domain.shared.errors import Invalid, NotFound, Rejected

LIMITED_CURRENCY: Final = "CNY"


class DrawPublished(Rejected):
    en = "Draw “{code}” is published, and what was published never changes. Write another draw."
    zh = "抽奖“{code}”已发布，公布的内容不得变更，请另建抽奖。"


class TopPrizeTooHigh(Rejected):
    """《反不正当竞争法》 and 规范促销行为暂行规定 (2020) art. 17: no top prize above CNY 50,000."""

    en = (
        "Prize “{prize}” is worth {value_minor} minor units; a prize of a draw may be worth {value_max} at most "
        "(setting draw_prize_value_minor_max). Lower it."
    )
    zh = (
        "奖项“{prize}”价值 {value_minor}（最小货币单位），抽奖式有奖销售最高奖不得超过 {value_max}"
        "（设置 draw_prize_value_minor_max），请调低。"
    )


class UnknownPrizeGoods(NotFound):
    en = "There is no product with SKU “{sku}”. Create it with PutProducts first."
    zh = "没有 SKU 为“{sku}”的商品，请先用 PutProducts 创建。"


class PrizeNotStocked(Invalid):
    en = "“{sku}” is kept without stock, so no piece of it can be handed out. Name a product that has stock."
    zh = "商品“{sku}”不管理库存，不能作为实物奖品，请选择有库存的商品。"


class PrizeBlocked(Rejected):
    en = "“{sku}” is blocked and cannot be handed out. Unblock it, or name another product."
    zh = "商品“{sku}”已停用，不能作为奖品，请启用或更换。"


class UnknownPrizeBatch(NotFound):
    en = "There is no coupon batch “{batch_code}” whose coupons have codes of their own."
    zh = "没有独立券码的券批次“{batch_code}”。"


@dataclass(frozen=True, slots=True)
class PutDraw:
    draw: LuckyDraw


@dataclass(frozen=True, slots=True)
class DrawPut:
    created: bool


def put_draw(uow: UnitOfWork, command: PutDraw) -> DrawPut:
    """Creates or replaces a draft by code.

    Raises the refusals of single fields, DrawPublished, TopPrizeTooHigh, those of what the terms name, and those of
    places beyond the caller's own.
    """
    draw = command.draw
    check_draw(draw, field="draw")
    uow.refresh()
    # Whoever writes a draw waits here for the one before, so that what is compared stays true.
    uow.bump("draws")
    before = uow.draws.find(draw.code)
    if before is not None:
        check_own(uow, before, field="draw.code")
        if before.published_at is not None:
            raise DrawPublished("draw.code", code=draw.code)
    check_may_write(uow, draw, field="draw")
    check_prizes(uow, draw, field="draw")
    uow.draws.put(StoredDraw(before.draw_id if before else uow.new_id(), draw))
    return DrawPut(before is None)


def check_own(uow: UnitOfWork, draw: StoredDraw, *, field: str) -> None:
    """Refuses a draw of another scope: as unknown where it cannot even be seen, else as not to be written."""
    store_ids = uow.caller.store_ids
    if store_ids is not None and not uow.draws.seen(draw.draw_id, store_ids):
        raise UnknownDraw(field, code=draw.terms.code)
    check_may_write(uow, draw.terms, field=field)


def check_prizes(uow: UnitOfWork, draw: LuckyDraw, *, field: str) -> None:
    """Refuses prizes worth more than is allowed in any store of the draw, and goods and batches that are not there."""
    value_max = min([policies.draw_prize_value_minor_max for policies in _policies(uow, draw)], default=0)
    items = uow.stock.items({prize.sku for prize in draw.prizes if prize.sku})
    batches = uow.coupons.batches({prize.coupon_batch_code for prize in draw.prizes if prize.coupon_batch_code})
    for index, prize in enumerate(draw.prizes):
        place = f"{field}.prizes[{index}]"
        if draw.currency == LIMITED_CURRENCY and prize.value_minor > value_max:
            raise TopPrizeTooHigh(
                f"{place}.value_minor", prize=prize.code, value_minor=prize.value_minor, value_max=value_max
            )
        if prize.kind is PrizeKind.GOODS:
            item = items.get(prize.sku)
            if item is None:
                raise UnknownPrizeGoods(f"{place}.sku", sku=prize.sku)
            if item.unstocked:
                raise PrizeNotStocked(f"{place}.sku", sku=prize.sku)
            if item.blocked:
                raise PrizeBlocked(f"{place}.sku", sku=prize.sku)
        if prize.kind is PrizeKind.COUPON:
            batch = batches.get(prize.coupon_batch_code)
            if batch is None or batch.terms.shared:
                raise UnknownPrizeBatch(f"{place}.coupon_batch_code", batch_code=prize.coupon_batch_code)


def _policies(uow: UnitOfWork, draw: LuckyDraw) -> list[Policies]:
    """The settings of every store of the draw; those of the chain where it has no store yet."""
    chain = uow.chain
    stores = stores_of(uow, draw)
    if stores:
        return [chain.policies(store.store_id) for store in stores]
    return [policies_of({name: text for (name, kind, _), text in chain.settings.items() if kind is ScopeKind.CHAIN})]
