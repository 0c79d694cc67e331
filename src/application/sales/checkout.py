"""Checkout: the sale, its stock, its points and its books, in one transaction, for a whole batch of commands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from application import reserving
from application.coupon_ledger import Use
from application.policies import Policies
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberAccount
from application.ports.sales import SaleNeeds, SaleState, StoredApproval
from application.sales.basket import ResolvedBasket, codes_of, price, price_book_of
from application.sales.buying import Buying, check_paid_as_said
from application.sales.coupons import ShownCoupons, show_coupons
from application.sales.earning import earned_by
from application.sales.exchanged_goods import NO_GOODS, GoodsWorth, as_paid, pay_with_goods
from application.sales.floors import note_costs
from application.sales.gift_cards import GiftCardPaid, lock_gift_cards, pay_by_gift_cards
from application.sales.gifts import add_gifts, find_gifts, gift_warnings, gifts_left
from application.sales.held_quote import (
    check_gifts,
    check_member,
    check_total,
    find_promised_gifts,
)
from application.sales.issuing import issue
from application.sales.limiting import (
    Limited,
    check_counted,
    check_promised,
    loaded_limits,
)
from application.sales.memberships import Bought, begin_memberships, check_memberships
from application.sales.on_account import Charge, charge_account, lock_credit
from application.sales.paying import PaymentTaken, lock_payments, pay_by_payments, record_taken
from application.sales.permitting import approvals_used, by_hand
from application.sales.pool_spending import load_shared, spend_together
from application.sales.preparing import Checkout, Prepared, collect, prepare
from application.sales.recording import Sold, record_sale
from application.sales.reserved_goods import named_reservations, reserved_goods
from application.sales.selling_terms import age_asked, age_refused, beyond_bounds
from application.sales.serial_numbers import lock_serials, serials_refused
from application.sales.staff_buying import StaffBought, bought_by_staff
from application.sales.stored_value import StoredValuePaid, lock_stored_value, pay_by_stored_value
from application.sales.tender import Tender
from application.sales.times_cards import check_times_cards
from application.sales.upgrading import Upgrade, count_sale, figures_before, record_upgrades, upgrade_of
from application.sales.views import SaleView
from application.sales.vouchers import lock_vouchers, vouchers_refused, worth_of_vouchers
from application.transactor import Call
from domain.inventory.layers import LayeredLevel
from domain.inventory.reservation import ReservedGoods
from domain.inventory.stock import StockLevel
from domain.loyalty.redemption import LotUse, Standing, checked_redemption, redeem, standing_of
from domain.pricing.basket import PricedBasket
from domain.pricing.by_hand import ByHand
from domain.pricing.limits import Limit, LimitLeft
from domain.pricing.price_book import NotYetForSale, PriceBook, Promised
from domain.sales.sale import TenderKind
from domain.sales.tenders import Settlement, settle
from domain.sales.tip import check_tip_paid
from domain.shared.errors import Invalid, NotFound, Refusal, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX, Rounding
from domain.shared.period import zone

SNAPSHOT_RENEWALS_MAX = 3


class UnknownMember(NotFound):
    en = "No member has this number, phone, card or code. Register the member, or leave member_key empty."
    zh = "没有此号码、手机、会员卡或会员码的会员。请先注册，或将 member_key 留空。"


class PointsTenderedTwice(Invalid):
    en = "Points are given as one tender. Put all points into it."
    zh = "积分只能作为一种付款，请合并为一项。"


class InsufficientStock(Rejected):
    en = "“{sku}” has {available} thousandths available in store “{store_code}”, not {asked}."
    zh = "门店“{store_code}”商品“{sku}”可用 {available}（千分之一单位），不足 {asked}。"


class ExpiredStock(Rejected):
    en = (
        "“{sku}” has {available} thousandths available in store “{store_code}”, not {asked}: {expired} more "
        "have expired, the first of them after {expired_on}. Take them off the shelf."
    )
    zh = (
        "门店“{store_code}”商品“{sku}”可用 {available}（千分之一单位），不足 {asked}；另有 {expired} 已过期"
        "（最早于 {expired_on} 到期），请下架。"
    )


class TotalTooLarge(Invalid):
    en = "The total of the sale is too large."
    zh = "销售总额过大。"


def checkout(uow: UnitOfWork, calls: Sequence[Call[Checkout]]) -> list[SaleView | Refusal]:
    """Sells every basket of the batch, in order; a refusal refuses only itself and leaves nothing behind.

    Rows are locked in the canonical order (members by id, coupons by id, stock by location and SKU, counters of
    promotions by key, stored value by member, gift cards by id, accounts by member, payments by id, products of pieces
    with serial numbers by id, vouchers by key, reservations by id), and each command sees what the ones before it took.
    """
    prepared, state, book = _load(uow, calls)
    outcomes: list[SaleView | Refusal] = []
    upgrades: list[Upgrade] = []
    bought: list[Bought] = []
    for found in prepared:
        if isinstance(found, Refusal):
            outcomes.append(found)
            continue
        try:
            sold = _decide(uow, found, state, book)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        outcomes.append(record_sale(uow, sold))
        bought += sold.memberships
        if sold.upgrade is not None and state.tier_figures is not None:
            earned = sold.earned.points if sold.earned else 0
            count_sale(state.tier_figures, sold.upgrade, total_minor=sold.priced.total_minor, points=earned)
            upgrades.append(sold.upgrade)
    record_taken(uow, state.payments)
    reserving.record_taken(uow, state.reserved.values())
    record_upgrades(uow, upgrades)
    begin_memberships(uow, bought)
    return outcomes


def _load(uow: UnitOfWork, calls: Sequence[Call[Checkout]]) -> tuple[list[Prepared | Refusal], SaleState, PriceBook]:
    """Resolves all baskets and locks what they need, with prices and chain facts as they are in this transaction."""
    for _ in range(SNAPSHOT_RENEWALS_MAX):
        skus, barcodes, weighed = codes_of([call.command.basket for call in calls])
        products = uow.pricing.products(skus=skus, barcodes=barcodes, weighed_item_codes=weighed)
        promotions = uow.pricing.promotion_book()
        prepared: list[Prepared | Refusal] = []
        needs = SaleNeeds(birthdays=promotions.asks_birthday)
        for call in calls:
            try:
                found = prepare(uow, call, products, promotions)
            except Refusal as refusal:
                prepared.append(refusal)
                continue
            prepared.append(found)
        sold = [found for found in prepared if not isinstance(found, Refusal)]
        find_gifts(uow, [(found.basket, found.sold_at) for found in sold], promotions)
        find_promised_gifts(uow, [(found.basket, found.promised) for found in sold if found.promised is not None])
        for found in sold:
            collect(needs, found)
            if found.basket.asked and age_asked(found.basket.lines, found.basket.asked)[0]:
                needs.birthdays = True
        state = uow.sales.load(needs)
        if state.versions == (uow.chain.version, products.version, promotions.version):
            paying = [(found.basket.member_key, found.call.command.paid_by) for found in sold]
            state.stored_value = lock_stored_value(uow, paying, state.members)
            state.gift_cards = lock_gift_cards(uow, [found.gift_cards for found in sold])
            state.credit = lock_credit(
                uow,
                [
                    (*paid, found.basket.store.currency, found.call.command.uploaded)
                    for paid, found in zip(paying, sold, strict=True)
                ],
                state.members,
            )
            state.payments = lock_payments(uow, [found.payments for found in sold])
            if needs.pooled_keys:
                state.shared = load_shared(
                    uow,
                    [(found.basket.member_key, found.call.command.tenders, found.sold_on) for found in sold],
                    state,
                )
            state.serials = lock_serials(uow, [found.basket for found in sold])
            state.vouchers = lock_vouchers(uow, [found.call.command.tenders for found in sold])
            state.reserved = reserving.lock_reserved(uow, named_reservations(sold))
            buyers = [(found.basket.policies, state.members.get(found.basket.member_key)) for found in sold]
            state.tier_figures = figures_before(uow, buyers)
            if owing := {member.member_id for member in state.members.values() if member.points_debt}:
                state.debts = uow.points.debts(owing)
            return prepared, state, price_book_of(products, chain=uow.chain, promotions=promotions)
        uow.refresh()
    raise RuntimeError("prices kept changing while a batch was being loaded")


def _decide(uow: UnitOfWork, found: Prepared, state: SaleState, book: PriceBook) -> Sold:
    """Everything that the sale comes to; the state is changed only once nothing can refuse any more."""
    basket = found.basket
    member = _member(uow, basket, state)
    whose = member.member_id if member else 0
    limited = loaded_limits(found.limited, state, basket, member_id=whose, day=found.sold_on, at=found.sold_at)
    try:
        shown = _shown(found, member, state) if basket.coupon_codes else None
    except Refusal as refusal:
        raise refusal.at("basket") from None
    upgrade = _upgrade(uow, found, member, state)
    priced = _priced(uow, found, member, state, book, shown, limited, upgrade)
    hand = by_hand(basket, priced, below_floor=found.promised.below_floor if found.promised else None)
    add_gifts(basket, priced)
    approvals, warnings = _approvals(found, hand, state)
    bought = _bought_by_staff(found, state, priced) if basket.staff_buyer is not None else None
    paying = _paying(found, member, state, priced)
    settlement = _settled(paying.tenders, priced, basket.policies, tip_minor=found.call.command.tip_minor)
    reserved, late = reserved_goods(uow, found, state)
    warnings += (
        late
        + _goods_warnings(found, member, state)
        + _voucher_warnings(found, state)
        + paying.beyond
        + _check_stock(found, state, reserved)
        + gift_warnings(priced, found.call.caller.language, made_already=found.call.command.uploaded)
    )
    earned = earned_by(basket, member, priced, as_paid(paying.exchange, paying.tenders), paying.stored_value)
    issued = issue(earned, found.quotas, state.counters, basket.policies, priced, uploaded=found.call.command.uploaded)
    return Sold(
        call=found.call,
        receipt_sequence=found.call.command.receipt_sequence,
        uploaded=found.call.command.uploaded,
        basket=basket,
        priced=priced,
        tenders=paying.tenders,
        settlement=settlement,
        member=member,
        redeemed=paying.uses,
        earned=issued.earned if issued is not None else earned,
        issued=issued,
        sold_at=found.sold_at,
        sold_on=found.sold_on,
        levels=state.levels,
        lots=state.lots,
        accounts=state.accounts,
        shared=state.shared.get(whose),
        debts=state.debts,
        serials=state.serials,
        vouchers=state.vouchers,
        warnings=warnings,
        promotions_version=book.promotions.version,
        coupons=shown,
        limited=limited,
        approvals=approvals,
        stored_value=paying.stored_value,
        gift_cards=paying.gift_cards,
        payments=paying.payments,
        upgrade=upgrade,
        charge=paying.charge,
        paid_kinds=paying.exchange.paid_kinds if paying.exchange is not None else NO_GOODS,
        bought=bought,
        tip_staff_id=found.tip_staff_id or found.call.caller.staff_id,
        reserved=reserved,
    )


@dataclass(slots=True)
class _Paying:
    """The tenders and what they take out of ledgers of their own; `beyond` warns of what goes beyond a limit."""

    tenders: list[Tender]
    uses: list[LotUse]
    stored_value: StoredValuePaid | None
    gift_cards: list[GiftCardPaid]
    payments: list[PaymentTaken]
    charge: Charge | None
    beyond: list[str]
    exchange: GoodsWorth | None


def _paying(found: Prepared, member: MemberAccount | None, state: SaleState, priced: PricedBasket) -> _Paying:
    basket, command = found.basket, found.call.command
    tenders, uses = _tenders(found, member, state, priced)
    currency, policies = basket.store.currency, basket.policies
    stored_value = pay_by_stored_value(tenders, member, state.stored_value, currency=currency, policies=policies)
    gift_cards = pay_by_gift_cards(tenders, found.gift_cards, state.gift_cards, currency=currency)
    payments = pay_by_payments(tenders, found.payments, state.payments, basket.store)
    charge, beyond = charge_account(
        tenders, member, state.credit,
        currency=currency, uploaded=command.uploaded, language=found.call.caller.language,
    )  # fmt: skip
    if command.exchange is not None:
        stored_value = pay_with_goods(
            command.exchange, tenders, uses, stored_value, basket, priced.total_minor, member, state, command.tip_minor
        )  # fmt: skip
    return _Paying(tenders, uses, stored_value, gift_cards, payments, charge, beyond, command.exchange)


def _member(uow: UnitOfWork, basket: ResolvedBasket, state: SaleState) -> MemberAccount | None:
    """Who buys, for whom whatever only members can buy is."""
    member = state.members.get(basket.member_key) if basket.member_key else None
    if basket.member_key and member is None:
        raise UnknownMember("basket.member_key")
    check_times_cards(basket, member, field="basket.lines")
    check_memberships(basket, uow.chain, member, field="basket.lines")
    return member


def _upgrade(uow: UnitOfWork, found: Prepared, member: MemberAccount | None, state: SaleState) -> Upgrade | None:
    if state.tier_figures is None:
        return None
    return upgrade_of(
        uow,
        state.tier_figures,
        member,
        policies=found.basket.policies,
        caller=found.call.caller,
        currency=found.basket.store.currency,
        sold_on=found.sold_on,
    )


def _shown(found: Prepared, member: MemberAccount | None, state: SaleState) -> ShownCoupons:
    """The coupons that were shown, all of which may be used; raises the refusal of the first that may not."""
    call, basket = found.call, found.basket
    use = Use(
        member.member_id if member else None,
        basket.store,
        call.caller,
        found.sold_at,
        call.received_at,
        (call.caller.caller_id, basket.coupon_hold_id) if basket.coupon_hold_id else None,
    )
    return show_coupons(basket.coupon_codes, state.coupons, use)


def _limits_left(found: Prepared, limited: Limited | None) -> tuple[LimitLeft, ...]:
    """What limits leave now; to a sale that was made without connection what they would, had nobody drawn on them.

    When a campaign is over its terminal knows too.
    """
    if limited is None:
        return ()
    made_already = found.call.command.uploaded and found.basket.policies.promotion_limits_upload == "exceed"
    left = limited.left()
    return tuple([one for one in left if one.limit is Limit.PERIOD]) if made_already else left


def _priced(
    uow: UnitOfWork,
    found: Prepared,
    member: MemberAccount | None,
    state: SaleState,
    book: PriceBook,
    shown: ShownCoupons | None,
    limited: Limited | None,
    upgrade: Upgrade | None,
) -> PricedBasket:
    """The price of the basket now, or as a quote has promised it; raises PriceChanged where another one was told."""
    command, basket = found.call.command, found.basket
    paid_by = [tender.kind for tender in command.paid_by]
    left = gifts_left(basket, state.levels, negative_stock=_negative_stock(found), on=found.sold_on)
    promised = None
    if found.quote is not None and command.order is None:
        # An order knows itself whose it is, and its promise outlasts other visits of the member.
        check_member(uow.keys, found.quote, member)
    if found.promised is not None:
        promised = Promised(found.promised.prices, found.promised.promotions())
        check_gifts(promised, left)
        check_promised(promised.applied, limited)
        if upgrade is not None:
            upgrade.promised(found.promised.tier)
    else:
        note_costs(basket, state.levels)
    try:
        check_paid_as_said(command.basket.payment_kinds, paid_by)
        priced = price(
            basket,
            chain=uow.chain,
            book=book,
            buying=Buying(member, paid_by, uow.pricing.festivals),
            business_date=found.sold_on,
            at=found.sold_at,
            gifts_left=left,
            coupon_batches=shown.batches if shown else (),
            limits_left=_limits_left(found, limited),
            promised=promised,
            reached=upgrade.reached if upgrade is not None and promised is None else None,
            made_already=command.uploaded,
        )
    except Refusal as refusal:
        raise refusal.at("basket") from None
    check_counted(priced, limited, book.promotions)
    if priced.total_minor + command.tip_minor >= AMOUNT_MINOR_MAX:
        raise TotalTooLarge("basket")
    if found.quote is not None:
        check_total(found.quote.total_minor, priced.total_minor, field="quote_token")
    if command.expected_total_minor:
        check_total(command.expected_total_minor, priced.total_minor, field="expected_total_minor")
    return priced


def _approvals(found: Prepared, hand: ByHand | None, state: SaleState) -> tuple[list[StoredApproval], list[str]]:
    """The approvals that let the seller do what was done by hand; what is wrong with a sale that has happened."""
    call = found.call
    try:
        approvals = approvals_used(
            hand,
            basket=found.basket,
            caller=call.caller,
            request_id=call.request_id,
            at=found.sold_at,
            tokens=call.command.approval_tokens,
            approvals=state.approvals,
        )
    except Refusal as refusal:
        if not call.command.uploaded:
            raise
        # The goods are gone: head office is to look at it, and the sale is not to be lost.
        return [], [refusal.message(call.caller.language)]
    return approvals, []


def _bought_by_staff(found: Prepared, state: SaleState, priced: PricedBasket) -> StaffBought:
    buyer, basket = found.basket.staff_buyer, found.basket
    assert buyer is not None
    return bought_by_staff(
        buyer,
        priced,
        state.counters,
        store=basket.store,
        policies=basket.policies,
        on=found.sold_on,
        at=found.call.received_at,
        uploaded=found.call.command.uploaded,
    )


def _tenders(
    found: Prepared, member: MemberAccount | None, state: SaleState, priced: PricedBasket
) -> tuple[list[Tender], list[LotUse]]:
    """The tenders with points turned into money, and the lots that pay for them."""
    tenders = list(found.call.command.tenders)
    uses: list[LotUse] = []
    policies = found.basket.policies
    points_tenders = [index for index, tender in enumerate(tenders) if tender.kind is TenderKind.POINTS]
    if not points_tenders or member is None:
        return tenders, uses
    if len(points_tenders) > 1:
        raise PointsTenderedTwice(f"tenders[{points_tenders[1]}].kind")
    index = points_tenders[0]
    field = f"tenders[{index}].points"
    lots, at, debt = state.lots.get(member.member_id, []), found.call.received_at, member.points_debt
    standing = standing_of(lots, on=found.sold_on, at=at, debt=debt)
    if tenders[index].from_pool:
        spendable, uses = spend_together(
            member, state, tenders[index], on=found.sold_on, at=at, field=f"tenders[{index}]"
        )
        standing = Standing(spendable, 0, 0, None)
    amount = checked_redemption(
        tenders[index].points,
        balance=standing.points,
        pending=standing.pending,
        held=standing.held,
        total_minor=priced.total_minor,
        redeem_minor_per_100=policies.points_redeem_minor_per_100,
        cap_bp=policies.points_redeem_cap_bp,
        step=policies.points_redeem_step,
        field=field,
    )
    if not tenders[index].from_pool:
        uses = redeem(lots, points=tenders[index].points, on=found.sold_on, at=at, debt=debt, field=field)
    tenders[index] = replace(tenders[index], amount_minor=amount)
    return tenders, uses


def _settled(tenders: list[Tender], priced: PricedBasket, policies: Policies, *, tip_minor: int) -> Settlement:
    """Change and rounding, once vouchers pay no more than they may, and nothing but money a tip."""
    worth_of_vouchers(tenders, total_minor=priced.total_minor, policies=policies)
    paid = [(tender.kind, tender.amount_minor) for tender in tenders]
    if tip_minor:
        check_tip_paid(paid, total_minor=priced.total_minor, tip_minor=tip_minor)
    return settle(
        paid,
        total_minor=priced.total_minor + tip_minor,
        cash_step=policies.cash_rounding_step,
        rounding=Rounding(policies.rounding_mode),
    )


def _goods_warnings(found: Prepared, member: MemberAccount | None, state: SaleState) -> list[str]:
    """What a sale that has happened should not have sold, or not yet; it is stored all the same."""
    warnings = _asked_warnings(found, member, state) if found.basket.asked else []
    tier = member.tier if member is not None else ""
    for line in found.basket.lines if found.call.command.uploaded else ():
        launch = line.product.article.launch
        if launch is not None and found.sold_at < launch.begins_for(tier):
            begins_at = launch.begins_for(tier).astimezone(zone(found.basket.store.time_zone))
            early = NotYetForSale("basket.lines", sku=line.sku, sale_from=begins_at.isoformat(sep=" "))
            warnings.append(early.message(found.call.caller.language))
    return warnings


def _voucher_warnings(found: Prepared, state: SaleState) -> list[str]:
    """Vouchers that have paid before; of a sale that has happened it is told, any other one is refused."""
    problems = vouchers_refused(found.call.command.tenders, state.vouchers)
    if problems and not found.call.command.uploaded:
        raise problems[0]
    return [problem.message(found.call.caller.language) for problem in problems]


def _asked_warnings(found: Prepared, member: MemberAccount | None, state: SaleState) -> list[str]:
    """What the till should have asked for; of a sale that has happened it is told, any other one is refused."""
    command, basket = found.call.command, found.basket
    problems: list[Refusal] = list(beyond_bounds(basket.lines, basket.asked, field="basket.lines"))
    age = age_refused(
        basket.lines, basket.asked,
        confirmed=command.basket.age_confirmed, member=member, on=found.sold_on, field="basket.lines",
    )  # fmt: skip
    if age is not None:
        problems.append(age)
    problems += serials_refused(basket, state.serials, field="basket.lines")
    if problems and not command.uploaded:
        raise problems[0]
    return [problem.message(found.call.caller.language) for problem in problems]


def _negative_stock(found: Prepared) -> str:
    policies = found.basket.policies
    return policies.negative_stock_upload if found.call.command.uploaded else policies.negative_stock


def _short(level: StockLevel, found: Prepared, *, sku: str, index: int, available: int, asked: int) -> Refusal:
    """Why a store has too little of what a line asks for; what has expired is told where it would have been enough."""
    field, store_code = f"basket.lines[{index}].quantity_milli", found.basket.store.code
    if isinstance(level, LayeredLevel):
        expired = [layer.expires_on for layer in level.layers if layer.expired(found.sold_on)]
        if expired and asked <= available + level.expired_milli(found.sold_on):
            return ExpiredStock(
                field,
                sku=sku,
                available=available,
                store_code=store_code,
                asked=asked,
                expired=level.expired_milli(found.sold_on),
                expired_on=min(str(on) for on in expired),
            )
    return InsufficientStock(field, sku=sku, available=available, store_code=store_code, asked=asked)


def _check_stock(found: Prepared, state: SaleState, reserved: ReservedGoods | None) -> list[str]:
    """Refuses or warns of what the store does not have, as its settings say."""
    policy = _negative_stock(found)
    warnings: list[str] = []
    if policy == "allow":
        return warnings
    store, levels = found.basket.store, state.levels
    store_id = store.store_id
    order = found.call.command.order
    for sku_id, asked in found.basket.stock_milli.items():
        level = levels[store_id, sku_id]
        available = level.available_milli(found.sold_on)
        if order is not None:
            available += order.reserved_milli.get(sku_id, 0) + order.supplied.quantity_milli(sku_id)
        if reserved is not None:
            available += reserved.kept.get(sku_id, 0)
        if asked <= available:
            continue
        index, sku = next(
            (number, line.product.product.sku)
            for number, line in enumerate(found.basket.lines)
            if any(taken == sku_id for taken, _ in line.product.product.takes(line.quantity_milli))
        )
        refusal = _short(level, found, sku=sku, index=index, available=available, asked=asked)
        if policy == "forbid":
            raise refusal
        warnings.append(refusal.message(found.call.caller.language))
    return warnings
