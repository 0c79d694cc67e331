"""Named settings: questions that chains answer differently, each with one default.

A setting is chain-wide and can be overridden for a region or a store; the narrowest wins. `Policies` is what holds in
one store. Adding a setting means adding a field here, and to known_settings.py what it says by default and may say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from application.known_settings import SETTINGS
from domain.identity.organisation import ScopeKind
from domain.shared.errors import Invalid


class UnknownSetting(Invalid):
    en = "There is no setting named “{name}”. Known: {known}."
    zh = "没有名为“{name}”的设置。可用：{known}。"


class InvalidSetting(Invalid):
    en = "“{value}” is no value of {name}. Allowed: {allowed}."
    zh = "“{value}”不是 {name} 的有效值。可用：{allowed}。"


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
    invoice_price_tolerance_bp: int
    invoice_price_tolerance: int
    invoice_quantity_tolerance_bp: int
    invoice_quantity_tolerance_milli: int
    invoice_difference: str
    supplier_stock_shared: str
    supplier_score_days: int
    supplier_score_weights: tuple[int, int, int, int]
    supplier_score_worst: tuple[int, int]
    supplier_grade_from: tuple[int, int]
    expiry_markdown: tuple[tuple[int, int], ...]
    forecast_places: str
    forecast_weeks: int
    replenishment_demand: str
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
