"""Quoting a basket: the totals that Checkout would give now, writing nothing."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from application.coupon_ledger import Use
from application.known_settings import COST_FLOORS
from application.points_ledger import points_standing
from application.points_quotas import quota_counter, quotas_of
from application.policies import Policies
from application.ports.coupons import CouponNeeds
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberAccount
from application.ports.pricing import PricedProducts
from application.sales.basket import Basket, ResolvedBasket, codes_of, price, price_book_of, resolve
from application.sales.buying import Buying
from application.sales.checkout import UnknownMember
from application.sales.coupons import ShownCoupons, coupon_costs, coupon_needs, coupon_views, show_coupons
from application.sales.earning import Earned, earn
from application.sales.explanations import PromotionView, promotion_view
from application.sales.floors import Levels, note_costs
from application.sales.gifts import add_gifts, find_gifts, gifts_left, stocked_gifts
from application.sales.held_quote import held_token
from application.sales.issuing import issue
from application.sales.limiting import limited_promotions, seen_limits
from application.sales.memberships import check_memberships
from application.sales.permitting import ApprovalNeed, approvals_needed, by_hand
from application.sales.pool_spending import pool_points
from application.sales.selling_terms import TooYoung, age_asked, age_refused, beyond_bounds
from application.sales.times_cards import check_times_cards
from application.sales.upgrading import figures_before, upgrade_of
from application.sales.views import CouponCostView, SaleCouponView, SaleLineView
from application.scope import trading_day
from domain.loyalty.quota import month_of
from domain.loyalty.redemption import Standing, max_redeemable
from domain.pricing.basket import PricedBasket
from domain.pricing.limits import LimitLeft
from domain.pricing.promotion_book import PromotionBook
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal


@dataclass(frozen=True, slots=True)
class QuoteBasket:
    """`hold_price` asks for a token with which Checkout sells at the quoted price.

    `from_pool` asks what the member could pay with the points of their pool.
    """

    basket: Basket
    hold_price: bool = False
    from_pool: bool = False


@dataclass(slots=True)
class Quote:
    lines: list[SaleLineView]
    gross_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int
    currency: str
    member_number: str
    points_earned: int
    points_balance: int
    points_redeemable: int
    points_pending: int
    points_held: int
    pool_points_redeemable: int
    price_version: int
    promotions: list[PromotionView]
    coupons: list[SaleCouponView]
    coupon_costs: list[CouponCostView]
    quote_token: str
    expires_at: datetime | None
    approvals_needed: list[ApprovalNeed]
    credit_left_minor: int
    age_to_confirm: int


def quote_basket(uow: UnitOfWork, query: QuoteBasket) -> Quote:
    """Prices a basket for its member, store and channel as of now; raises the refusals that Checkout would raise.

    What the seller may not do alone is no refusal here: the quote tells what has to be approved.
    """
    try:
        return _quote(uow, query)
    except Refusal as refusal:
        raise refusal.at("basket") from None


def promise(uow: UnitOfWork, basket: Basket, *, until: datetime) -> Quote:
    """A quote that holds its price for an order, until then; raises as `quote_basket`, with fields of the basket."""
    return _quote(uow, QuoteBasket(basket, hold_price=True), until)


def _quote(uow: UnitOfWork, query: QuoteBasket, until: datetime | None = None) -> Quote:
    asked = query.basket
    basket, products = _resolved(uow, asked)
    promotions = uow.pricing.promotion_book()
    member = _member(uow, basket, asked, promotions)
    check_times_cards(basket, member, field="lines")
    check_memberships(basket, uow.chain, member, field="lines")
    store, policies = basket.store, basket.policies
    shown = _shown(uow, basket, member)
    on = trading_day(uow, store)
    limits_left = _limits_left(uow, basket, member, on)
    note_costs(basket, _levels(uow, basket))
    upgrade = upgrade_of(
        uow, figures_before(uow, [(policies, member)]), member,
        policies=policies, caller=uow.caller, currency=store.currency, sold_on=on,
    )  # fmt: skip
    priced = price(
        basket,
        chain=uow.chain,
        book=price_book_of(products, chain=uow.chain, promotions=promotions),
        buying=Buying(member, asked.payment_kinds, uow.pricing.festivals),
        business_date=on,
        at=uow.now,
        gifts_left=_gifts_left(uow, basket),
        coupon_batches=shown.batches if shown else (),
        limits_left=limits_left,
        reached=upgrade.reached if upgrade else None,
    )
    hand = by_hand(basket, priced)
    expires_at = (until or _expiry(uow, policies)) if query.hold_price else None
    token = ""
    if expires_at is not None:
        token = held_token(
            uow.keys, asked, basket, priced,
            member=member,
            book=promotions,
            below_floor=hand.below_floor if hand else (),
            expires_at=expires_at,
            tier=upgrade.to_tier if upgrade else "",
        )  # fmt: skip
    add_gifts(basket, priced)
    standing = _points_standing(uow, member, on)
    earned = _issued(uow, basket, priced, _earned(basket, member, priced), on)
    return Quote(
        lines=_lines(basket, priced, earned),
        gross_minor=priced.gross_minor,
        discount_minor=priced.discount_minor,
        net_minor=priced.net_minor,
        tax_minor=priced.tax_minor,
        total_minor=priced.total_minor,
        currency=store.currency,
        member_number=member.member_number if member else "",
        points_earned=earned.points if earned else 0,
        points_balance=member.points_balance if member else 0,
        points_redeemable=_redeemable(standing.points, priced, policies),
        points_pending=standing.pending,
        points_held=standing.held,
        pool_points_redeemable=_pool_redeemable(uow, query, member, standing, priced, policies, on),
        price_version=products.version,
        promotions=[
            promotion_view(one, language=uow.caller.language, limits_left=limits_left) for one in priced.considered
        ],
        coupons=coupon_views(shown, priced.considered, language=uow.caller.language) if shown else [],
        coupon_costs=_coupon_costs(uow, basket, priced) if shown else [],
        quote_token=token,
        expires_at=expires_at,
        approvals_needed=approvals_needed(hand, basket=basket, caller=uow.caller),
        credit_left_minor=_credit_left(uow, asked, member, store.currency),
        age_to_confirm=_age_to_confirm(basket, asked, member, on),
    )


def _coupon_costs(uow: UnitOfWork, basket: ResolvedBasket, priced: PricedBasket) -> list[CouponCostView]:
    departments = [uow.chain.departments[line.product.product.department_id] for line in basket.lines]
    return coupon_costs(priced.considered, departments)


def _earned(basket: ResolvedBasket, member: MemberAccount | None, priced: PricedBasket) -> Earned | None:
    if member is None or not basket.policies.points_earning:
        return None
    excluded = [line.product.product.excluded_from_points for line in basket.lines]
    return earn(priced, excluded, (), currency=basket.store.currency, policies=basket.policies)


def _points_standing(uow: UnitOfWork, member: MemberAccount | None, on: date) -> Standing:
    # Who has none and owes none has no lots either.
    if member is None or not (member.points_balance or member.points_debt):
        return Standing(0, 0, 0, None)
    found = uow.points.by_expiry(member.member_id, until=None)
    return points_standing(member.member_id, found, on=on, at=uow.now, debt=member.points_debt)


def _credit_left(uow: UnitOfWork, asked: Basket, member: MemberAccount | None, currency: str) -> int:
    """What the member may still take on account, where the basket is to be paid so; else nothing is asked."""
    if member is None or TenderKind.ON_ACCOUNT not in asked.payment_kinds:
        return 0
    accounts = uow.credit.accounts(member.member_id)
    return next((one.left_minor for one in accounts if one.currency == currency), 0)


def _pool_redeemable(
    uow: UnitOfWork,
    query: QuoteBasket,
    member: MemberAccount | None,
    own: Standing,
    priced: PricedBasket,
    policies: Policies,
    on: date,
) -> int:
    """What the sale could take of the member's own points and their pool's, where that is asked; else 0."""
    if member is None or not query.from_pool:
        return 0
    return _redeemable(pool_points(uow, member, own, on=on), priced, policies)


def _redeemable(points: int, priced: PricedBasket, policies: Policies) -> int:
    return max_redeemable(
        balance=points,
        total_minor=priced.total_minor,
        redeem_minor_per_100=policies.points_redeem_minor_per_100,
        cap_bp=policies.points_redeem_cap_bp,
        step=policies.points_redeem_step,
    )


def _expiry(uow: UnitOfWork, policies: Policies) -> datetime:
    return uow.now.replace(microsecond=0) + timedelta(minutes=policies.quote_valid_minutes)


def _lines(basket: ResolvedBasket, priced: PricedBasket, earned: Earned | None) -> list[SaleLineView]:
    return [
        SaleLineView(
            line_number=number,
            sku=line.product.product.sku,
            name=line.product.product.name,
            quantity_milli=line.quantity_milli,
            unit_price_minor=part.unit_price_minor,
            gross_minor=part.gross_minor,
            discount_minor=part.discount_minor,
            net_minor=part.net_minor,
            tax_minor=part.tax_minor,
            total_minor=part.total_minor,
            discounts=part.discounts,
            taxes=part.taxes,
            points_earned=earned.points_by_line[number - 1] if earned else 0,
            original_line_number=0,
            gift_promotion_code=line.gift_promotion_code,
        )
        for number, (line, part) in enumerate(zip(basket.lines, priced.lines, strict=True), start=1)
    ]


def _issued(
    uow: UnitOfWork, basket: ResolvedBasket, priced: PricedBasket, earned: Earned | None, on: date
) -> Earned | None:
    """What the quotas of the store, if it has any, leave of these points at this moment."""
    quotas = quotas_of(basket.policies, basket.store, uow.chain, month_of(on)) if earned is not None else ()
    if not quotas:
        return earned
    counters = uow.promotion_uses.counters({quota_counter(quota) for quota in quotas})
    issued = issue(earned, quotas, counters, basket.policies, priced, uploaded=False)
    return issued.earned if issued is not None else earned


def _age_to_confirm(basket: ResolvedBasket, asked: Basket, member: MemberAccount | None, on: date) -> int:
    """The age of which nobody has made sure yet; raises TooYoung."""
    refused = age_refused(
        basket.lines, basket.asked, confirmed=asked.age_confirmed, member=member, on=on, field="lines"
    )
    if isinstance(refused, TooYoung):
        raise refused
    return age_asked(basket.lines, basket.asked)[0] if refused is not None else 0


def _member(uow: UnitOfWork, basket: ResolvedBasket, asked: Basket, promotions: PromotionBook) -> MemberAccount | None:
    """The member whom the basket names, None without one; raises UnknownMember."""
    if not asked.member_key:
        return None
    member = uow.members.account(asked.member_key, birthday=promotions.asks_birthday or bool(basket.asked))
    if member is None:
        raise UnknownMember("member_key")
    return member


def _levels(uow: UnitOfWork, basket: ResolvedBasket) -> Levels:
    """What stands of the goods, where their floors depend on its cost."""
    if basket.policies.price_floor not in COST_FLOORS or not basket.stock_milli:
        return {}
    store_id = basket.store.store_id
    found = uow.stock.list_levels(
        location_ids=[store_id], sku_ids=list(basket.stock_milli), after=None, limit=len(basket.stock_milli)
    )
    return {(level.location_id, level.sku_id): level for _, level in found}


def _gifts_left(uow: UnitOfWork, basket: ResolvedBasket) -> tuple[tuple[str, int], ...]:
    """As Checkout would find them now, without locking them."""
    find_gifts(uow, [(basket, uow.now)], uow.pricing.promotion_book())
    stocked = stocked_gifts(basket)
    levels = {}
    if stocked:
        location_id = basket.store.store_id
        found = uow.stock.list_levels(location_ids=[location_id], sku_ids=stocked, after=None, limit=len(stocked))
        levels = {(level.location_id, level.sku_id): level for _, level in found}
    on = trading_day(uow, basket.store)
    return gifts_left(basket, levels, negative_stock=basket.policies.negative_stock, on=on)


def _shown(uow: UnitOfWork, basket: ResolvedBasket, member: MemberAccount | None) -> ShownCoupons | None:
    """The coupons that are shown, if any; raises the refusal of the first that may not be used."""
    if not basket.coupon_codes:
        return None
    loaded = uow.coupons.look(CouponNeeds(coupon_needs(basket.coupon_codes, basket.member_key)))
    hold = (uow.caller.caller_id, basket.coupon_hold_id) if basket.coupon_hold_id else None
    use = Use(member.member_id if member else None, basket.store, uow.caller, uow.now, uow.now, hold)
    return show_coupons(basket.coupon_codes, loaded, use)


def _limits_left(
    uow: UnitOfWork, basket: ResolvedBasket, member: MemberAccount | None, on: date
) -> tuple[LimitLeft, ...]:
    """What the limits of promotions leave at this moment; others may take it before the sale is made."""
    promotions = limited_promotions(basket, chain=uow.chain, book=uow.pricing.promotion_book(), at=uow.now, on=on)
    member_id = member.member_id if member else 0
    limited = seen_limits(uow, promotions, basket, member_id=member_id, day=on, at=uow.now)
    return limited.left() if limited else ()


def _resolved(uow: UnitOfWork, asked: Basket) -> tuple[ResolvedBasket, PricedProducts]:
    """The basket over prices and chain facts as they are in this transaction."""
    uow.refresh()
    skus, barcodes, weighed = codes_of([asked])
    products = uow.pricing.products(skus=skus, barcodes=barcodes, weighed_item_codes=weighed)
    basket = resolve(asked, caller=uow.caller, chain=uow.chain, products=products, at=uow.now)
    for refusal in beyond_bounds(basket.lines, basket.asked, field="lines"):
        raise refusal
    return basket, products
