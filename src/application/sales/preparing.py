"""A sale before anything is locked: its basket resolved, its tenders checked in themselves, and what it needs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from application.fields import optional_name
from application.points_quotas import quota_counter, quotas_of
from application.ports.kernel import UnitOfWork
from application.ports.pricing import PricedProducts
from application.ports.sales import SaleNeeds
from application.sales.basket import Basket, ResolvedBasket, resolve
from application.sales.coupons import coupon_needs
from application.sales.exchanged_goods import GoodsWorth
from application.sales.gift_cards import opened_cards
from application.sales.gifts import stocked_gifts
from application.sales.held_quote import (
    HONOUR_QUOTE,
    HeldQuote,
    opened_quote,
)
from application.sales.limiting import (
    limited_promotions,
    need_counters,
    with_promised,
)
from application.sales.on_account import check_on_account
from application.sales.paying import named_payments
from application.sales.permitting import APPROVALS_MAX, TooManyApprovals
from application.sales.pool_spending import check_from_pool, from_pool
from application.sales.staff_buying import month_of_purchase, purchase_counter
from application.sales.stored_value import check_stored_value
from application.sales.supplied_goods import NOT_SUPPLIED, SuppliedGoods
from application.sales.tender import Tender
from application.sales.tipping import tip_counter, tip_staff
from application.sales.vouchers import check_vouchers
from application.scope import CLOCK_AHEAD_MAX
from application.transactor import Call
from domain.identity.enrolment import secret_digest
from domain.loyalty.quota import PointsQuota, month_of
from domain.pricing.promotion import Promotion
from domain.pricing.promotion_book import PromotionBook
from domain.sales.sale import TenderKind
from domain.sales.tenders import TENDERS_MAX, TooManyTenders, check_tender
from domain.sales.tip import check_tip
from domain.shared.errors import Invalid, Refusal
from domain.shared.period import business_date

INSTALL_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class PointsNeedMember(Invalid):
    en = "Points can only be redeemed by a member. Send member_key."
    zh = "只有会员可以使用积分，请提供 member_key。"


class SoldAtRequired(Invalid):
    en = "An uploaded sale needs sold_at, the terminal's time of the sale."
    zh = "离线上传的销售必须提供 sold_at（终端销售时间）。"


class SoldInFuture(Invalid):
    en = "sold_at is more than {hours} hours ahead. Set the terminal's clock."
    zh = "sold_at 超前 {hours} 小时以上，请校准终端时钟。"


class InvalidReceiptSequence(Invalid):
    en = "receipt_sequence must be zero or above."
    zh = "receipt_sequence 必须大于或等于零。"


class DepositOfNoOrder(Invalid):
    en = "A deposit is used up by CompleteOrder. Pay by another tender."
    zh = "订金只能由 CompleteOrder 使用，请改用其他付款方式。"


@dataclass(frozen=True, slots=True)
class OrderTaken:
    """An order whose goods leave, with what is kept of each SKU for it, in thousandths.

    The first `deposits` tenders of its sale are what was paid in, in however many instalments. `supplied` comes from no
    shelf.
    """

    order_id: int
    reserved_milli: Mapping[int, int]
    deposits: int = 0
    supplied: SuppliedGoods = NOT_SUPPLIED


class ExchangeOfNothing(Invalid):
    en = "Goods that come back pay by ExchangeSale. Pay by another tender."
    zh = "退回的商品只能通过 ExchangeSale 支付，请改用其他付款方式。"


class InvalidInstallId(Invalid):
    en = "install_id is not a UUID in its 36-character form. Send the one that the terminal made when it was installed."
    zh = "install_id 不是 36 字符格式的 UUID，请发送终端安装时生成的编号。"


@dataclass(frozen=True, slots=True)
class Checkout:
    """A basket to sell. `uploaded` tells a sale that the terminal already made, without connection, at `sold_at`.

    `quote_token` asks for the prices of a quote, `expected_total_minor` (0 for not) for no other total than this.
    `order` is the customer's order that is handed over by it, `exchange` the goods that came back and pay for it.
    `tip_minor` is given on top of the total, for the member of staff with `tip_staff_code`, empty for the cashier.
    `reservation_id` is the reservation whose goods are sold, 0 for none.
    """

    basket: Basket
    tenders: tuple[Tender, ...] = ()
    sold_at: datetime | None = None
    receipt_sequence: int = 0
    uploaded: bool = False
    quote_token: str = ""
    expected_total_minor: int = 0
    approval_tokens: tuple[str, ...] = ()
    order: OrderTaken | None = None
    install_id: str = ""
    exchange: GoodsWorth | None = None
    tip_minor: int = 0
    tip_staff_code: str = ""
    reservation_id: int = 0

    @property
    def paid_by(self) -> Sequence[Tender]:
        """What pays, with what had been paid for goods that came back."""
        return self.tenders if self.exchange is None else (*self.tenders, *self.exchange.tenders)


@dataclass(slots=True)
class Prepared:
    """A command whose basket is resolved; `sold_on` is the store's business date at `sold_at`.

    `limited` are the promotions with limits that the basket may get; `quote` is what was quoted for this basket.
    `gift_cards` are the cards among the tenders, by their place, `payments` those of providers. `quotas` are those of
    points that the sale draws on. `tip_staff_id` is whose tip it is, None for the cashier.
    """

    call: Call[Checkout]
    basket: ResolvedBasket
    sold_at: datetime
    sold_on: date
    limited: Sequence[Promotion] = ()
    quote: HeldQuote | None = None
    gift_cards: Mapping[int, int] = field(default_factory=dict)
    quotas: tuple[PointsQuota, ...] = ()
    payments: Mapping[int, int] = field(default_factory=dict)
    tip_staff_id: int | None = None

    @property
    def promised(self) -> HeldQuote | None:
        """The quote, where it holds its prices whatever has changed since (policy `price_change_in_flight`)."""
        return self.quote if self.basket.policies.price_change_in_flight == HONOUR_QUOTE else None


def prepare(uow: UnitOfWork, call: Call[Checkout], products: PricedProducts, promotions: PromotionBook) -> Prepared:
    """Resolves the basket and checks what can be checked without the state of anything; raises what is wrong."""
    command = call.command
    sold_at = _sold_at(command, call.received_at)
    if command.receipt_sequence < 0:
        raise InvalidReceiptSequence("receipt_sequence")
    check_tip(command.tip_minor, of_somebody=bool(command.tip_staff_code))
    if command.install_id and not INSTALL_ID.fullmatch(command.install_id):
        raise InvalidInstallId("install_id")
    try:
        basket = resolve(command.basket, caller=call.caller, chain=uow.chain, products=products, at=sold_at)
    except Refusal as refusal:
        raise refusal.at("basket") from None
    if len(command.tenders) > TENDERS_MAX + (command.order.deposits if command.order is not None else 0):
        raise TooManyTenders("tenders", limit=TENDERS_MAX)
    for index, tender in enumerate(command.tenders):
        check_tender(
            kind=tender.kind,
            amount_minor=tender.amount_minor,
            points=tender.points,
            reference=tender.reference,
            field=f"tenders[{index}]",
        )
        optional_name(tender.reference, field=f"tenders[{index}].reference")
        check_from_pool(tender, field=f"tenders[{index}]")
        if tender.kind is TenderKind.POINTS and not command.basket.member_key:
            raise PointsNeedMember(f"tenders[{index}].kind")
        if tender.kind is TenderKind.DEPOSIT and command.order is None:
            raise DepositOfNoOrder(f"tenders[{index}].kind")
        if tender.kind is TenderKind.EXCHANGE:
            raise ExchangeOfNothing(f"tenders[{index}].kind")
    check_stored_value(
        command.tenders, member_key=command.basket.member_key, uploaded=command.uploaded, policies=basket.policies
    )
    check_vouchers(command.tenders)
    check_on_account(command.tenders, member_key=command.basket.member_key)
    if len(command.approval_tokens) > APPROVALS_MAX:
        raise TooManyApprovals("approval_tokens", limit=APPROVALS_MAX)
    store = basket.store
    sold_on = business_date(sold_at, time_zone=store.time_zone, day_cutoff_minutes=store.day_cutoff_minutes)
    quote = None
    limited = limited_promotions(basket, chain=uow.chain, book=promotions, at=sold_at, on=sold_on)
    if command.quote_token:
        quote = opened_quote(uow.keys, command.quote_token, command.basket, basket, at=sold_at)
        limited = with_promised(limited, [one["code"] for one in quote.applied], promotions)
    gift_cards = opened_cards(uow.keys, command.tenders, at=sold_at)
    payments = named_payments(command.tenders)
    quotas: tuple[PointsQuota, ...] = ()
    if command.basket.member_key and basket.policies.points_earning:
        quotas = quotas_of(basket.policies, store, uow.chain, month_of(sold_on))
    staff_id = tip_staff(uow.chain, command.tip_staff_code)
    return Prepared(call, basket, sold_at, sold_on, limited, quote, gift_cards, quotas, payments, staff_id)


def _sold_at(command: Checkout, received_at: datetime) -> datetime:
    """The terminal's time for a sale made offline, the server's otherwise."""
    if not command.uploaded:
        return received_at
    if command.sold_at is None:
        raise SoldAtRequired("sold_at")
    if command.sold_at > received_at + CLOCK_AHEAD_MAX:
        raise SoldInFuture("sold_at", hours=CLOCK_AHEAD_MAX // timedelta(hours=1))
    return command.sold_at


def collect(needs: SaleNeeds, found: Prepared) -> None:
    """Adds what this sale needs to be loaded and locked."""
    location_id = found.basket.store.store_id
    needs.stock_keys.update((location_id, sku_id) for sku_id in found.basket.stock_milli)
    if found.basket.gifts:
        needs.stock_keys.update((location_id, sku_id) for sku_id in stocked_gifts(found.basket))
    needs.approval_digests.update(secret_digest(token) for token in found.call.command.approval_tokens)
    key = found.basket.member_key
    if found.limited:
        need_counters(needs, found.limited, member_key=key, day=found.sold_on)
    if key:
        needs.member_keys.add(key)
        if any(tender.kind is TenderKind.POINTS for tender in found.call.command.paid_by):
            needs.redeeming_keys.add(key)
            if from_pool(found.call.command.tenders):
                needs.pooled_keys.add(key)
    if found.quotas:
        needs.quotas.update(quota_counter(quota) for quota in found.quotas)
    if found.basket.staff_buyer is not None:
        buyer_id, currency = found.basket.staff_buyer.staff_id, found.basket.store.currency
        needs.quotas.add(purchase_counter(buyer_id, currency, month_of_purchase(found.sold_on)))
    if found.call.command.tip_minor:
        needs.quotas.add(tip_counter(location_id))
    if found.basket.coupon_codes:
        needs.coupons.shown |= coupon_needs(found.basket.coupon_codes, key)
