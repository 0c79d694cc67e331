"""A prize that was drawn is handed out, or the consolation in its place."""

from dataclasses import dataclass

from application.coupon_ledger import Use, award_coupons
from application.layering import record_layers
from application.marketing.taking_part import Place, award_points, post_award
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberAccount
from domain.inventory.costing import apply_issue
from domain.inventory.stock import MovementReason, StockMovement
from domain.marketing.draw import Prize, PrizeKind
from domain.marketing.draw_ledger import PlayOutcome
from domain.shared.money import Rounding

DOCUMENT_KIND = "draw_prize"


@dataclass(frozen=True, slots=True)
class Given:
    """WON where the prize was handed out, else why it could not be; with what the store had of the goods."""

    outcome: PlayOutcome
    available_milli: int = 0
    coupon_code: str = ""


def hand_out(
    uow: UnitOfWork, prize: Prize, member: MemberAccount, place: Place, *, play_id: int, channel: str
) -> Given:
    """Gives the member one of a prize of which there are any left, with everything that it leaves in the books.

    The member's points account is locked. Of what cannot be given nothing is recorded.
    """
    match prize.kind:
        case PrizeKind.GOODS:
            return _goods(uow, prize, place, play_id, channel)
        case PrizeKind.POINTS:
            value = award_points(uow, member, prize.points, place, document_id=play_id)
            post_award(
                uow, place, document_kind=DOCUMENT_KIND, document_id=play_id, channel=channel, points_value_minor=value
            )
            return Given(PlayOutcome.WON)
        case PrizeKind.COUPON:
            use = Use(member.member_id, place.store, uow.caller, uow.now, uow.now)
            made = award_coupons(uow, [(prize.coupon_batch_code, 1)], use, document_id=play_id)
            return Given(PlayOutcome.WON, coupon_code=made[0][1].code) if made else Given(PlayOutcome.NO_COUPONS)
    return Given(PlayOutcome.WON)


def _goods(uow: UnitOfWork, prize: Prize, place: Place, play_id: int, channel: str) -> Given:
    """Pieces leave the store's stock at its cost; never more than is there, whatever its settings allow.

    Of what has been blocked since the draw was published nothing is there.
    """
    store = place.store
    item = uow.stock.items([prize.sku]).get(prize.sku)
    if item is None or item.unstocked or item.blocked:
        return Given(PlayOutcome.NO_STOCK)
    key = store.store_id, item.sku_id
    level = uow.stock.lock([key])[key]
    available = level.available_milli(place.on)
    quantity = prize.quantity_milli
    if available < quantity:
        return Given(PlayOutcome.NO_STOCK, available)
    rounding = Rounding(uow.chain.policies(store.store_id).rounding_mode)
    cost = apply_issue(level, quantity_milli=quantity, rounding=rounding, on=place.on)
    movement = StockMovement(*key, uow.new_id(), -quantity, -cost, MovementReason.GIFT, play_id, place.on, uow.now)
    uow.add(movement)
    record_layers(uow, level, movement)
    post_award(uow, place, document_kind=DOCUMENT_KIND, document_id=play_id, channel=channel, cost_minor=cost)
    return Given(PlayOutcome.WON, available)
