"""Members use their times cards one by one; what they do not use in time expires."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from application.fields import optional_code, within
from application.named_members import known_member_id
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.scope import open_store, trading_day
from application.times_card_ledger import record_movement
from domain.identity.organisation import WHOLE_CHAIN
from domain.shared.errors import Forbidden, Invalid, NotFound, Rejected
from domain.wallet.times_card import TimesCard, TimesCardReason, check_valid, value_of_uses

USES_MAX: Final = 1_000
EXPIRED_AT_ONCE_MAX: Final = 500


class NoTimesCard(NotFound):
    en = "This member has no such card with uses left. List the member's cards."
    zh = "该会员没有可用的此类计次卡，请查询会员的计次卡。"


class CardOrSku(Invalid):
    en = "Name the card by card_id, or what it is for by sku, one of the two."
    zh = "请填写 card_id 或 sku 之一。"


class OtherCurrency(Rejected):
    en = "This card was paid for in {currency}, and store “{store_code}” sells in {store_currency}. Use it elsewhere."
    zh = "该卡以 {currency} 购买，门店“{store_code}”使用 {store_currency}，请在其他门店使用。"


class TimesCardsOfChain(Forbidden):
    en = "Times cards are good in every store, so only who may act for the whole chain lets them expire."
    zh = "计次卡全连锁通用，只有管理整个连锁的人员可以执行到期处理。"


@dataclass(frozen=True, slots=True)
class UseTimesCard:
    """`uses` of one card, or of the member's card for `sku` that expires first; 0 is one use."""

    member_key: str
    card_id: int = 0
    sku: str = ""
    uses: int = 0
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class TimesCardUsed:
    """`expires_on` is exclusive and empty for no end; `value_minor` is the revenue of these uses."""

    card_id: int
    uses_left: int
    expires_on: str
    value_minor: int


@dataclass(frozen=True, slots=True)
class ListTimesCards:
    member_key: str
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class TimesCardView:
    card_id: int
    sku: str
    name: str
    sale_id: int
    store_code: str
    currency: str
    uses_total: int
    uses_left: int
    value_left_minor: int
    expires_on: str
    sold_at: datetime


@dataclass(frozen=True, slots=True)
class TimesCardPage:
    cards: Sequence[TimesCardView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class ExpireTimesCards:
    pass


@dataclass(frozen=True, slots=True)
class TimesCardsExpired:
    """How many cards were over, with the uses and the value that nobody can claim any more."""

    cards: int
    uses: int


def use_times_card(uow: UnitOfWork, command: UseTimesCard) -> TimesCardUsed:
    """Uses a card, whose revenue is earned by that in the store where it is used.

    Never more often than it may be, because whoever uses it has locked it. Raises UnknownMember, UnknownStore,
    StoreClosed, CardOrSku, NoTimesCard, OtherCurrency, TimesCardOver and UsesNotLeft.
    """
    uses = within(command.uses, 0, USES_MAX, field="uses") or 1
    sku = optional_code(command.sku, field="sku")
    if bool(command.card_id) == bool(sku):
        raise CardOrSku("card_id")
    uow.refresh()
    store = open_store(uow, command.store_code)
    on = trading_day(uow, store)
    member_id = known_member_id(uow, command.member_key)
    # Their cards are nobody else's until the end of this.
    uow.members.hold([member_id])
    if sku:
        usable = uow.times_cards.lock_of_member(member_id, sku, currency=store.currency, valid_on=on)
        card = usable[0] if usable else None
    else:
        card = uow.times_cards.lock(command.card_id, member_id)
    if card is None:
        raise NoTimesCard("sku" if sku else "card_id")
    if card.currency != store.currency:
        raise OtherCurrency("store_code", currency=card.currency, store_code=store.code, store_currency=store.currency)
    check_valid(card, on=on, field="card_id")
    value = value_of_uses(card, uses, field="uses")
    card.uses_left -= uses
    card.value_left_minor -= value
    uow.times_cards.move([card])
    record_movement(
        uow, card, TimesCardReason.USED,
        uses=-uses, value_minor=-value, store_id=store.store_id, on=on, at=uow.now, caller=uow.caller,
    )  # fmt: skip
    return TimesCardUsed(card.card_id, card.uses_left, _day(card), value)


def list_times_cards(uow: UnitOfWork, query: ListTimesCards) -> TimesCardPage:
    """The cards of a member, those that are used up or over too; raises UnknownMember."""
    asked = page(query.page_size, query.page_token, key=(int,))
    uow.refresh()
    member_id = known_member_id(uow, query.member_key)
    found = uow.times_cards.list_of(member_id, after=asked.after[0] if asked.after else 0, limit=asked.limit + 1)
    token = next_token(found, asked.limit, lambda one: (one.card.card_id,))
    views = [
        TimesCardView(
            card_id=one.card.card_id,
            sku=one.sku,
            name=one.name,
            sale_id=one.card.sale_id,
            store_code=uow.chain.stores[one.card.store_id].code,
            currency=one.card.currency,
            uses_total=one.card.uses_total,
            uses_left=one.card.uses_left,
            value_left_minor=one.card.value_left_minor,
            expires_on=_day(one.card),
            sold_at=one.card.sold_at,
        )
        for one in found[: asked.limit]
    ]
    return TimesCardPage(views, token)


def expire_times_cards(uow: UnitOfWork, _command: ExpireTimesCards) -> TimesCardsExpired:
    """Takes the uses off up to 500 cards that are over in every store: what waited for them is breakage.

    Booked in the store that had sold each, on its trading day. Repeated until no card is left. Raises
    TimesCardsOfChain.
    """
    if not uow.caller.manages(WHOLE_CHAIN):
        raise TimesCardsOfChain
    uow.refresh()
    stores = uow.chain.stores
    by = min((trading_day(uow, store) for store in stores.values()), default=uow.now.date())
    cards = uow.times_cards.lock_expired(by=by, limit=EXPIRED_AT_ONCE_MAX)
    uses = 0
    for card in cards:
        uses += card.uses_left
        record_movement(
            uow, card, TimesCardReason.EXPIRED,
            uses=-card.uses_left, value_minor=-card.value_left_minor, store_id=card.store_id,
            on=trading_day(uow, stores[card.store_id]), at=uow.now, caller=uow.caller,
        )  # fmt: skip
        card.uses_left = card.value_left_minor = 0
    uow.times_cards.move(cards)
    return TimesCardsExpired(len(cards), uses)


def _day(card: TimesCard) -> str:
    return card.expires_on.isoformat() if card.expires_on else ""
