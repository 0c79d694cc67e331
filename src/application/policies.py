"""Named settings: questions that chains answer differently, each with one default.

A setting is chain-wide and can be overridden for a region or a store; the narrowest wins. `Policies` is what holds in
one store. Adding a setting means adding a field here with its parser and its description.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from application.setting_values import (
    PRINTED_LINES_MAX,
    batch_value,
    company_value,
    cycle,
    days_value,
    expiry,
    falling_bp,
    flag_value,
    link_value,
    markdowns,
    printed_lines,
    printed_value,
    purposes,
    tiers,
    two_bp,
    void_window,
    weights,
)
from domain.identity.organisation import ScopeKind
from domain.shared.errors import Invalid
from domain.shared.money import AMOUNT_MINOR_MAX
from domain.wallet.stored_value import SPEND_ORDERS


class UnknownSetting(Invalid):
    en = "There is no setting named “{name}”. Known: {known}."
    zh = "没有名为“{name}”的设置。可用：{known}。"


class InvalidSetting(Invalid):
    en = "“{value}” is no value of {name}. Allowed: {allowed}."
    zh = "“{value}”不是 {name} 的有效值。可用：{allowed}。"


@dataclass(frozen=True, slots=True)
class Setting:
    """`parse` turns the stored text into the value or raises ValueError; `allowed` tells a person what it takes."""

    default: str
    parse: Callable[[str], Any]
    allowed: str
    description: str


def _one_of(*values: str) -> tuple[Callable[[str], str], str]:
    def parse(text: str) -> str:
        if text not in values:
            raise ValueError(text)
        return text

    return parse, ", ".join(values)


def _integer(low: int, high: int) -> tuple[Callable[[str], int], str]:
    def parse(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return parse, f"{low} to {high}"


_FLAG = (flag_value, "yes, no")
_PRINTED = (printed_value, "none, or a text in one line")
_PRINTED_LINES = (printed_lines, f"none, or up to {PRINTED_LINES_MAX} lines divided by |")

NEGATIVE_BALANCE: Final = "negative_balance"
"""The value of `points_clawback` by which points that were spent are owed."""

MINIMUM_FLOORS: Final = frozenset({"minimum", "both"})
COST_FLOORS: Final = frozenset({"cost", "both"})
"""Values of `price_floor` by which the minimum beside a price counts, and the cost of the goods."""

SETTINGS: Final[Mapping[str, Setting]] = {
    "rounding_mode": Setting("half_up", *_one_of("half_up", "half_even", "down"), "How half a minor unit is rounded."),
    "tax_rounding": Setting("document", *_one_of("document", "line"), "Tax is rounded once per rate, or per line."),
    "discount_stacking": Setting(
        "compound",
        *_one_of("compound", "additive", "best"),
        "Promotions of later stages come off what is left, off the full value, or only the best stage counts.",
    ),
    "promotion_limits_upload": Setting(
        "exceed",
        *_one_of("exceed", "hold"),
        "Sales made offline get promotions whose limits are used up, beyond them and marked; or they do not.",
    ),
    "member_merge_tier": Setting(
        "highest",
        *_one_of("highest", "recompute"),
        "Whether merged members have the higher of their tiers, or the one that they reach together.",
    ),
    "member_merge_approval": Setting("no", *_FLAG, "Merging members, and undoing it, takes two people."),
    "cash_rounding_step": Setting(
        "0", *_integer(0, 100_000), "Cash totals are rounded to this many minor units; 0 is off."
    ),
    "purchase_approval_above": Setting(
        "0", *_integer(0, AMOUNT_MINOR_MAX), "Purchase orders above this, in minor units, need a second person."
    ),
    "purchase_price_rise_bp": Setting(
        "500", *_integer(0, 100_000), "How far a price may be above the last one before a second person has to agree."
    ),
    "purchase_last_price": Setting(
        "paid", *_one_of("paid", "paid_to_supplier"), "The last price that was paid: to anybody, or to that supplier."
    ),
    "supplier_stock_shared": Setting(
        "on_hand",
        *_one_of("nothing", "on_hand", "on_hand_and_sold"),
        "What suppliers may see of their goods in a store: nothing, what stands there, or what was sold of it too.",
    ),
    "supplier_score_days": Setting(
        "90", *_integer(1, 366), "Over how many days suppliers are scored now; for the whole chain."
    ),
    "supplier_score_weights": Setting(
        "40,20,30,10",
        weights,
        "four numbers that sum to 100, e.g. 40,20,30,10",
        "What counts in a supplier's score: on time, in full, rejects, prices; for the whole chain.",
    ),
    "supplier_score_worst": Setting(
        "500,1000",
        two_bp,
        "two numbers of hundredths of a percent, e.g. 500,1000",
        "At which rejects, and at which prices above those agreed, these score nothing; for the whole chain.",
    ),
    "supplier_grade_from": Setting(
        "9000,7500",
        falling_bp,
        "two numbers of 1 to 10000, the first above the second, e.g. 9000,7500",
        "From which score on suppliers are graded A and B; for the whole chain.",
    ),
    "expiry_markdown": Setting(
        "3:5000,7:3000,15:1500",
        markdowns,
        "none, or pairs such as 3:5000,15:1500: within that many days of expiry, hundredths of a percent off",
        "The discount proposed for lots that expire soon.",
    ),
    "negative_stock": Setting("forbid", *_one_of("forbid", "warn", "allow"), "Selling more than is on hand, online."),
    "negative_stock_upload": Setting(
        "warn", *_one_of("forbid", "warn", "allow"), "Selling more than is on hand, in sales made offline."
    ),
    "return_cost": Setting("original", *_one_of("original", "current"), "The cost at which returned goods come back."),
    "gift_on_return": Setting(
        "must_come_back",
        *_one_of("must_come_back", "kept"),
        "Whether gifts may stay with the customer when everything that was bought comes back.",
    ),
    "points_earning": Setting("yes", *_FLAG, "Whether sales earn points."),
    "points_per_major_unit": Setting("1", *_integer(0, 1_000_000), "Points per yuan, dollar or other major unit paid."),
    "points_store_factor_bp": Setting(
        "10000",
        *_integer(0, 1_000_000),
        "What a store or region gives of the points of the chain's rule: 12000 is a fifth more, 0 none.",
    ),
    "points_quota_store": Setting(
        "0", *_integer(0, 10**12), "How many points a store may issue by its sales in a month; 0 for no quota."
    ),
    "points_quota_region": Setting(
        "0",
        *_integer(0, 10**12),
        "How many points all stores of a region may issue together by their sales in a month; 0 for no quota.",
    ),
    "points_quota_beyond": Setting(
        "stop",
        *_one_of("stop", "warn"),
        "A sale beyond a quota of points earns what fits and no more; or it earns as ever, and is marked.",
    ),
    "points_rounding": Setting(
        "down", *_one_of("down", "half_up"), "How a fraction of a point is rounded, once per sale."
    ),
    "points_earn_base": Setting(
        "paid_net",
        *_one_of("paid_net", "paid_gross", "before_discount"),
        "What earns: paid without points, coupons and stored-value bonus, paid by any tender, or the value before"
        " discounts.",
    ),
    "points_multiplier_combination": Setting(
        "multiply",
        *_one_of("multiply", "add", "max"),
        "Two promotions on the same goods, one doubling points and one adding half: threefold, 2.5 times, or twice.",
    ),
    "points_redeem_minor_per_100": Setting(
        "100", *_integer(1, 10**9), "Redemption value of 100 points in minor units."
    ),
    "points_redeem_cap_bp": Setting("5000", *_integer(0, 10_000), "Largest share of a sale that points may pay."),
    "points_redeem_step": Setting("100", *_integer(1, 10**9), "Points are redeemed in multiples of this."),
    "points_expected_redemption_bp": Setting(
        "10000", *_integer(0, 10_000), "Share of earned points expected to be redeemed (IFRS 15 breakage)."
    ),
    "points_pending_days": Setting(
        "0", *_integer(0, 3_650), "For how many days, from the business date on, points of a sale cannot be spent yet."
    ),
    "points_expiry": Setting(
        "end_of_year:1",
        expiry,
        "never, months:N, end_of_month:N, end_of_year:N",
        "When earned points lapse: N months later, or at the end of the N-th month or year after earning.",
    ),
    "points_reminder_days": Setting(
        "30,7",
        days_value,
        "none, or up to 10 numbers of days from 1 to 366, such as 30,7",
        "How many days before their points expire members are told; read for the whole chain.",
    ),
    "consent_purposes": Setting(
        "marketing_app:1,marketing_email:1,marketing_sms:1,profiling:1,third_party:1",
        purposes,
        "none, or up to 20 purposes with the version of their text, such as marketing_sms:2,profiling:1",
        "For what members are asked for consent, and which text is in force; read for the whole chain.",
    ),
    "points_adjust_max": Setting(
        "1000", *_integer(0, 10**9), "How many points one person may give or take by hand without a second person."
    ),
    "points_pool_max": Setting(
        "6",
        *_integer(1, 50),
        "How many members a pool of points may have, the owner included; read for the whole chain.",
    ),
    "points_clawback": Setting(
        "deduct_from_refund",
        *_one_of("deduct_from_refund", NEGATIVE_BALANCE),
        "A sale is taken back whose points were already spent: their value comes off the refund, or the member owes"
        " them and repays them with the next points.",
    ),
    "coupon_on_full_return": Setting(
        "restore_if_valid",
        *_one_of("restore_if_valid", "consume"),
        "Whether a coupon may be used again when all of its sale has come back, while it is still valid.",
    ),
    "coupon_on_partial_return": Setting(
        "keep_redeemed",
        *_one_of("keep_redeemed", "reprice"),
        "A part of a sale with coupons comes back: they stay used and lines bring what was paid for them, or what is"
        " kept is priced again by itself, and coupons that it does not need may be used again.",
    ),
    "refund_amount_max": Setting(
        "0",
        *_integer(0, AMOUNT_MINOR_MAX - 1),
        "Above how many minor units all refunds of a sale need sales.refund_beyond or an approval; 0 for never.",
    ),
    "refund_days_max": Setting(
        "0",
        *_integer(0, 36_500),
        "For how many days after its sale a refund needs neither sales.refund_beyond nor an approval; 0 for ever.",
    ),
    "refund_without_receipt": Setting(
        "approval",
        *_one_of("forbid", "approval"),
        "Whether goods come back without a receipt, by the approval of a second person; or not at all.",
    ),
    "refund_without_receipt_days": Setting(
        "30",
        *_integer(1, 366),
        "Without a receipt goods bring the lowest price they were sold at in the store within so many days.",
    ),
    "return_reason_required": Setting("no", *_FLAG, "Whether every line of a refund needs a code of its reason."),
    "quote_valid_minutes": Setting("15", *_integer(1, 10_080), "For how many minutes a quote holds its prices."),
    "parked_basket_hours": Setting(
        "24", *_integer(1, 720), "For how many hours a basket that was put aside can be taken up; then it is given up."
    ),
    "price_change_in_flight": Setting(
        "honour_quote",
        *_one_of("honour_quote", "reprice"),
        "A price changes between quote and sale: the quote holds until it expires, or the sale is refused.",
    ),
    "price_floor": Setting(
        "minimum",
        *_one_of("off", "minimum", "cost", "both"),
        "What nothing is sold below without permission: the minimum on the price, the moving-average cost, or both.",
    ),
    "slow_seller_pieces": Setting(
        "5", *_integer(1, 1_000_000), "Products that sell fewer pieces, kilograms or other units a month sell slowly."
    ),
    "slow_seller_step_bp": Setting(
        "500", *_integer(1, 9_999), "How much more is to come off slow sellers, in basis points of their list price."
    ),
    "promotion_review": Setting(
        "four_eyes",
        *_one_of("four_eyes", "anyone", "none"),
        "Before a draft of a promotion is published, somebody else reviews it, anyone does, or nobody needs to.",
    ),
    "local_promotions": Setting(
        "yes",
        *_FLAG,
        "Whether regions and stores may have promotions of their own; what a wider scope forbids stays so.",
    ),
    "stored_value_spend_order": Setting(
        "bonus_first",
        *_one_of(*SPEND_ORDERS),
        "What stored value is spent first: the bonus, the principal, or both in the proportion in which they are held.",
    ),
    "offline_redeem_limit": Setting(
        "0",
        *_integer(0, AMOUNT_MINOR_MAX - 1),
        "How much stored value and gift cards may pay of a sale made offline, in minor units.",
    ),
    "voucher_surplus": Setting(
        "refuse",
        *_one_of("refuse", "lapse"),
        "A voucher that is worth more than is due is refused, or pays what is due and the rest of it lapses.",
    ),
    "payment_void_minutes": Setting(
        "10",
        *_integer(1, 1_440),
        "After how many minutes a payment at a provider that no sale has taken is undone.",
    ),
    "stored_value_bonus_tiers": Setting(
        "none",
        tiers,
        "none, or LEAST:BONUS,LEAST:BONUS in minor units, ascending",
        "The bonus of a top-up that brings at least so much; the highest tier that is reached counts, once.",
    ),
    "draw_prize_value_minor_max": Setting(
        "5000000",
        *_integer(1, 10**15),
        "What a prize of a lucky draw in CNY may be worth, in fen: 50,000 yuan by law.",
    ),
    "birthday_coupon_days": Setting(
        "7", *_integer(0, 31), "How many days before their birthday members get its coupon; read for the whole chain."
    ),
    "lifecycle_new_days": Setting(
        "30",
        *_integer(1, 3_660),
        "For how many days after a first purchase members are new unless they buy again; read for the whole chain.",
    ),
    "lifecycle_dormant_days": Setting(
        "90", *_integer(1, 3_660), "After how many days without a purchase members are dormant; for the whole chain."
    ),
    "lifecycle_lost_days": Setting(
        "365", *_integer(1, 3_660), "After how many days without a purchase members are lost; for the whole chain."
    ),
    "birthday_coupon_batch": Setting(
        "none",
        batch_value,
        "none, or the code of a coupon batch",
        "The batch whose coupons members get before their birthday, by the daily job; read for the whole chain.",
    ),
    "service_case_hours": Setting(
        "48", *_integer(1, 8_784), "Hours until the first answer to a complaint, unless the member's tier has its own."
    ),
    "tier_upgrade_effective": Setting(
        "next_sale",
        *_one_of("next_sale", "same_sale"),
        "The sale that is enough for a higher tier: the tier counts from the next sale on, or for all of this one.",
    ),
    "transfer_self_approval_minor": Setting(
        "0",
        *_integer(0, AMOUNT_MINOR_MAX),
        "Up to what value at cost, in minor units, a transfer to the store is approved as it is requested; 0 for none.",
    ),
    "store_company": Setting(
        "chain",
        company_value,
        "a code of up to 64 characters",
        "The company that keeps a store's books: chain for its own stores, a code for each franchisee. Stores of one"
        " company settle by inter-store clearing, others by receivable and payable.",
    ),
    "membership_refund": Setting(
        "unused",
        *_one_of("unused", "whole"),
        "Of a paid membership, periods that have not begun may be refunded; or all of it too while it lasts.",
    ),
    "receipt_seller": Setting("none", *_PRINTED, "The seller's legal name, at the head of receipts."),
    "receipt_address": Setting("none", *_PRINTED, "The store's address, at the head of receipts."),
    "shipping_phone": Setting("none", *_PRINTED, "The phone on which carriers call the store; stands on waybills."),
    "receipt_tax_number": Setting("none", *_PRINTED, "The seller's tax number, at the head of receipts."),
    "receipt_header": Setting("none", *_PRINTED_LINES, "What else stands at the head of receipts."),
    "receipt_footer": Setting("none", *_PRINTED_LINES, "What stands at the foot of receipts."),
    "receipt_link": Setting(
        "none",
        link_value,
        "none, or an address such as https://shop.example/r?c=",
        "What the QR code of receipts opens; the receipt's code is put behind it.",
    ),
    "staff_discount_bp": Setting(
        "0",
        *_integer(0, 10_000),
        "What members of staff get off what they buy, in basis points; 0 for nothing.",
    ),
    "staff_purchase_limit": Setting(
        "0",
        *_integer(0, AMOUNT_MINOR_MAX - 1),
        "For how much a member of staff may buy as such in a month, in minor units; 0 for no limit.",
    ),
    "shift_cash_max": Setting(
        "50000",
        *_integer(0, AMOUNT_MINOR_MAX - 1),
        "How much cash one person may pay in or out of a drawer without a second person, in minor units.",
    ),
    "shift_difference_max": Setting(
        "2000",
        *_integer(0, AMOUNT_MINOR_MAX - 1),
        "By how much a count may differ from the books, in one tender, without a second person, in minor units.",
    ),
    "count_cycle_days": Setting(
        "7,30,90", cycle, "three numbers of days, e.g. 7,30,90", "How often goods of class A, B and C are counted."
    ),
    "count_tolerance_bp": Setting(
        "500", *_integer(0, 100_000), "Above this difference, in hundredths of a percent, somebody counts again."
    ),
    "slow_mover_days": Setting(
        "180",
        *_integer(1, 3_660),
        "After so many days without a sale goods are slow movers; read for the whole chain.",
    ),
    "overstock_days": Setting(
        "90", *_integer(1, 3_660), "Above how many days of sales on hand goods are overstock; read for the whole chain."
    ),
    "reservation_minutes": Setting(
        "15", *_integer(1, 43_200), "For how long stock is reserved where nobody says for how long, in minutes."
    ),
    "reservation_minutes_max": Setting(
        "1440", *_integer(1, 43_200), "For how long stock may be reserved at most, in minutes."
    ),
    "stock_adjustment_max": Setting(
        "50000",
        *_integer(0, AMOUNT_MINOR_MAX - 1),
        "How much one person may write off or find in one adjustment of stock, at cost in minor units.",
    ),
    "void_window": Setting(
        "same_shift",
        void_window,
        "same_shift, same_day, or minutes:N",
        "How long a sale may be voided on its terminal: in its shift, where there is none on its business date; on its"
        " date; or for so many minutes. Later it is a refund.",
    ),
}


@dataclass(frozen=True, slots=True)
class Policies:
    """The settings that hold in one store; fields as in SETTINGS."""

    rounding_mode: str
    tax_rounding: str
    discount_stacking: str
    promotion_limits_upload: str
    member_merge_tier: str
    member_merge_approval: bool
    cash_rounding_step: int
    purchase_approval_above: int
    purchase_price_rise_bp: int
    purchase_last_price: str
    supplier_stock_shared: str
    supplier_score_days: int
    supplier_score_weights: tuple[int, int, int, int]
    supplier_score_worst: tuple[int, int]
    supplier_grade_from: tuple[int, int]
    expiry_markdown: tuple[tuple[int, int], ...]
    negative_stock: str
    negative_stock_upload: str
    return_cost: str
    gift_on_return: str
    points_earning: bool
    points_per_major_unit: int
    points_store_factor_bp: int
    points_quota_store: int
    points_quota_region: int
    points_quota_beyond: str
    points_rounding: str
    points_earn_base: str
    points_multiplier_combination: str
    points_redeem_minor_per_100: int
    points_redeem_cap_bp: int
    points_redeem_step: int
    points_expected_redemption_bp: int
    points_pending_days: int
    points_expiry: str
    points_reminder_days: tuple[int, ...]
    consent_purposes: tuple[tuple[str, int], ...]
    points_adjust_max: int
    points_pool_max: int
    points_clawback: str
    coupon_on_full_return: str
    coupon_on_partial_return: str
    refund_amount_max: int
    refund_days_max: int
    refund_without_receipt: str
    refund_without_receipt_days: int
    return_reason_required: bool
    quote_valid_minutes: int
    parked_basket_hours: int
    price_change_in_flight: str
    price_floor: str
    slow_seller_pieces: int
    slow_seller_step_bp: int
    promotion_review: str
    local_promotions: bool
    stored_value_spend_order: str
    offline_redeem_limit: int
    voucher_surplus: str
    payment_void_minutes: int
    stored_value_bonus_tiers: tuple[tuple[int, int], ...]
    draw_prize_value_minor_max: int
    birthday_coupon_days: int
    lifecycle_new_days: int
    lifecycle_dormant_days: int
    lifecycle_lost_days: int
    birthday_coupon_batch: str
    service_case_hours: int
    tier_upgrade_effective: str
    transfer_self_approval_minor: int
    store_company: str
    membership_refund: str
    receipt_seller: str
    receipt_address: str
    shipping_phone: str
    receipt_tax_number: str
    receipt_header: tuple[str, ...]
    receipt_footer: tuple[str, ...]
    receipt_link: str
    staff_discount_bp: int
    staff_purchase_limit: int
    shift_cash_max: int
    shift_difference_max: int
    count_cycle_days: tuple[int, int, int]
    count_tolerance_bp: int
    slow_mover_days: int
    overstock_days: int
    reservation_minutes: int
    reservation_minutes_max: int
    stock_adjustment_max: int
    void_window: str


def known_setting(name: str) -> str:
    """The name; raises UnknownSetting."""
    if name not in SETTINGS:
        raise UnknownSetting("name", name=name, known=", ".join(sorted(SETTINGS)))
    return name


def checked_setting(name: str, value: str) -> Any:
    """The parsed value; raises UnknownSetting or InvalidSetting, which say what is allowed."""
    setting = SETTINGS[known_setting(name)]
    try:
        return setting.parse(value)
    except (ValueError, KeyError):
        raise InvalidSetting("value", name=name, value=value, allowed=setting.allowed) from None


def policies_for(overrides: Mapping[tuple[str, ScopeKind, int], str], *, store_id: int, region_id: int) -> Policies:
    """The settings of one store: store before region before chain before default."""
    return policies_of(settings_in_force(overrides, store_id=store_id, region_id=region_id))


def settings_in_force(
    overrides: Mapping[tuple[str, ScopeKind, int], str], *, store_id: int, region_id: int
) -> dict[str, str]:
    """The settings of one store as they are stored, by name."""
    texts = {}
    for name, setting in SETTINGS.items():
        for scope in ((ScopeKind.STORE, store_id), (ScopeKind.REGION, region_id), (ScopeKind.CHAIN, 0)):
            if (text := overrides.get((name, *scope))) is not None:
                break
        else:
            text = setting.default
        texts[name] = text
    return texts


def policies_of(texts: Mapping[str, str]) -> Policies:
    """The settings of one store; what is not named has its default, what is not known is left out."""
    return Policies(**{name: setting.parse(texts.get(name, setting.default)) for name, setting in SETTINGS.items()})
