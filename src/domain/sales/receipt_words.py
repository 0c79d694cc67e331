"""The words of a receipt, in English and Chinese."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.sales.sale import SaleKind, TenderKind


class ReceiptLanguage(StrEnum):
    EN = "en"
    ZH = "zh"


Words = Mapping[str, str]

_EN: Final[Words] = {
    SaleKind.SALE: "RECEIPT",
    SaleKind.REFUND: "RETURN",
    SaleKind.VOID: "VOID",
    TenderKind.CASH: "Cash",
    TenderKind.CARD: "Card",
    TenderKind.WALLET: "E-wallet",
    TenderKind.MANUFACTURER_COUPON: "Manufacturer's coupon",
    TenderKind.POINTS: "Points",
    TenderKind.BANK_TRANSFER: "Bank transfer",
    TenderKind.POINTS_SHORTFALL: "Kept for spent points",
    TenderKind.STORED_VALUE: "Stored value",
    TenderKind.GIFT_CARD: "Gift card",
    TenderKind.ON_ACCOUNT: "On account",
    TenderKind.DEPOSIT: "Deposit",
    TenderKind.VOUCHER: "Voucher",
    TenderKind.EXCHANGE: "Exchange",
    "copy": "*** COPY {number} ***",
    "tax_number": "Tax no.",
    "number": "No.",
    "original": "For receipt",
    "date": "Date",
    "business_date": "Business date",
    "terminal": "Till",
    "cashier": "Cashier",
    "gift": "Gift",
    "gross": "Subtotal",
    "discounts": "Discounts",
    "tax_added": "Tax added",
    "tax_exempt": "Tax exemption: {certificate}",
    "tax_relief": "Tax taken out",
    "total": "TOTAL {currency}",
    "rounding": "Cash rounding",
    "payable": "To pay",
    "paid": "Paid",
    "repaid": "Paid out",
    "change": "Change",
    "tax": "{code} {rate} % of {base}",
    "taxes": "Tax",
    "member": "Member",
    "points_earned": "Points earned",
    "points_redeemed": "Points spent",
    "points_balance": "Points balance",
    "coupon_used": "Coupon used: {name}",
    "coupon_awarded": "For your next purchase: {name}",
    "coupon_until": "valid until {until}",
    "points_of": "Points ({points})",
    "code": "Receipt code",
    "offline": "Made without connection",
}

_ZH: Final[Words] = {
    SaleKind.SALE: "购物小票",
    SaleKind.REFUND: "退货单",
    SaleKind.VOID: "作废单",
    TenderKind.CASH: "现金",
    TenderKind.CARD: "银行卡",
    TenderKind.WALLET: "电子支付",
    TenderKind.MANUFACTURER_COUPON: "厂商优惠券",
    TenderKind.POINTS: "积分抵扣",
    TenderKind.BANK_TRANSFER: "银行转账",
    TenderKind.POINTS_SHORTFALL: "扣回已用积分",
    TenderKind.STORED_VALUE: "储值",
    TenderKind.GIFT_CARD: "礼品卡",
    TenderKind.ON_ACCOUNT: "挂账",
    TenderKind.DEPOSIT: "订金",
    TenderKind.VOUCHER: "代金券",
    TenderKind.EXCHANGE: "换货",
    "copy": "*** 副本 第 {number} 份 ***",
    "tax_number": "税号",
    "number": "单号",
    "original": "原单号",
    "date": "时间",
    "business_date": "营业日期",
    "terminal": "收银机",
    "cashier": "收银员",
    "gift": "赠品",
    "gross": "小计",
    "discounts": "优惠",
    "tax_added": "另加税额",
    "tax_exempt": "免税证明：{certificate}",
    "tax_relief": "扣除税额",
    "total": "合计 {currency}",
    "rounding": "现金舍入",
    "payable": "应付",
    "paid": "付款",
    "repaid": "退款",
    "change": "找零",
    "tax": "{code} {rate}% 计税额 {base}",
    "taxes": "税额",
    "member": "会员",
    "points_earned": "本次积分",
    "points_redeemed": "使用积分",
    "points_balance": "积分余额",
    "coupon_used": "已用优惠券：{name}",
    "coupon_awarded": "下次可用：{name}",
    "coupon_until": "有效期至 {until}",
    "points_of": "积分抵扣（{points}）",
    "code": "小票码",
    "offline": "离线销售",
}

WORDS: Final[Mapping[ReceiptLanguage, Words]] = {ReceiptLanguage.EN: _EN, ReceiptLanguage.ZH: _ZH}
