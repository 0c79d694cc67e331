"""The chart of accounts, numbered after the Chinese Accounting Standards for Business Enterprises (企业会计准则)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class AccountKind(StrEnum):
    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    REVENUE = "revenue"
    EXPENSE = "expense"


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the general ledger; a code of six digits is a subaccount of its first four."""

    code: str
    name_en: str
    name_zh: str
    kind: AccountKind


CASH: Final = Account("1001", "Cash on hand", "库存现金", AccountKind.ASSET)
BANK: Final = Account("1002", "Bank", "银行存款", AccountKind.ASSET)
CARD_CLEARING: Final = Account("101201", "Card clearing", "其他货币资金—银行卡待清算", AccountKind.ASSET)
WALLET_CLEARING: Final = Account("101202", "Wallet clearing", "其他货币资金—移动支付待清算", AccountKind.ASSET)
BANK_TRANSFER_CLEARING: Final = Account(
    "101203", "Bank transfer clearing", "其他货币资金—银行转账待清算", AccountKind.ASSET
)
MEMBERS_RECEIVABLE: Final = Account("112201", "Receivable from members", "应收账款—会员", AccountKind.ASSET)
MANUFACTURER_COUPON_CLEARING: Final = Account(
    "122101", "Manufacturer coupons receivable", "其他应收款—厂商优惠券", AccountKind.ASSET
)
INTER_STORE_CLEARING: Final = Account("122102", "Inter-store clearing", "其他应收款—门店往来", AccountKind.ASSET)
INTER_STORE_RECEIVABLE: Final = Account(
    "122103", "Receivable from stores of other companies", "其他应收款—加盟门店", AccountKind.ASSET
)
VOUCHER_CLEARING: Final = Account("122104", "Vouchers receivable", "其他应收款—代金券", AccountKind.ASSET)
EXCHANGE_CLEARING: Final = Account("122105", "Exchange clearing", "其他应收款—换货清算", AccountKind.ASSET)
GOODS_IN_TRANSIT: Final = Account("1402", "Goods in transit", "在途物资", AccountKind.ASSET)
INVENTORY: Final = Account("1405", "Inventory", "库存商品", AccountKind.ASSET)
SET_ASIDE_GOODS: Final = Account("140501", "Goods to return to suppliers", "库存商品—待退供应商", AccountKind.ASSET)
DAMAGED_GOODS: Final = Account("140502", "Damaged goods", "库存商品—残次品", AccountKind.ASSET)
QUARANTINED_GOODS: Final = Account("140503", "Goods in quarantine", "库存商品—待检", AccountKind.ASSET)
GOODS_DISPATCHED: Final = Account("1406", "Goods dispatched", "发出商品", AccountKind.ASSET)
ACCOUNTS_PAYABLE: Final = Account("220201", "Accounts payable", "应付账款—供应商", AccountKind.LIABILITY)
GOODS_RECEIVED_NOT_INVOICED: Final = Account(
    "220202", "Goods received not invoiced", "应付账款—暂估应付账款", AccountKind.LIABILITY
)
CARRIERS_PAYABLE: Final = Account("220203", "Owed to carriers", "应付账款—承运商", AccountKind.LIABILITY)
POINTS_LIABILITY: Final = Account("220501", "Points liability", "合同负债—会员积分", AccountKind.LIABILITY)
STORED_VALUE_PRINCIPAL: Final = Account("220502", "Stored value, principal", "合同负债—储值本金", AccountKind.LIABILITY)
STORED_VALUE_BONUS: Final = Account("220503", "Stored value, bonus", "合同负债—储值赠送", AccountKind.LIABILITY)
GIFT_CARD_LIABILITY: Final = Account("220504", "Gift cards", "合同负债—礼品卡", AccountKind.LIABILITY)
TIMES_CARD_LIABILITY: Final = Account("220505", "Times cards", "合同负债—计次卡", AccountKind.LIABILITY)
MEMBERSHIP_LIABILITY: Final = Account("220506", "Paid memberships", "合同负债—付费会员", AccountKind.LIABILITY)
CUSTOMER_DEPOSITS: Final = Account("220507", "Customers' deposits", "合同负债—预收订金", AccountKind.LIABILITY)
POINTS_CLEARING: Final = Account(
    "224102", "Captured points, owed to who delivers", "其他应付款—积分兑付待结算", AccountKind.LIABILITY
)
TIPS_PAYABLE: Final = Account("224103", "Tips, owed to staff", "其他应付款—员工小费", AccountKind.LIABILITY)
OUTPUT_TAX: Final = Account("222101", "Output tax", "应交税费—应交增值税（销项税额）", AccountKind.LIABILITY)
INPUT_TAX: Final = Account("222102", "Input tax", "应交税费—应交增值税（进项税额）", AccountKind.LIABILITY)
INTER_STORE_PAYABLE: Final = Account(
    "224101", "Payable to stores of other companies", "其他应付款—加盟门店", AccountKind.LIABILITY
)
SALES_REVENUE: Final = Account("6001", "Sales revenue", "主营业务收入", AccountKind.REVENUE)
BREAKAGE_REVENUE: Final = Account("605101", "Breakage revenue", "其他业务收入—积分失效", AccountKind.REVENUE)
OTHER_INCOME: Final = Account("605103", "Other income", "其他业务收入—其他", AccountKind.REVENUE)
TIMES_CARD_BREAKAGE: Final = Account(
    "605102", "Breakage of times cards", "其他业务收入—计次卡失效", AccountKind.REVENUE
)
COST_OF_GOODS_SOLD: Final = Account("6401", "Cost of goods sold", "主营业务成本", AccountKind.EXPENSE)
PURCHASE_PRICE_VARIANCE: Final = Account(
    "640101", "Purchase price variance", "主营业务成本—采购价格差异", AccountKind.EXPENSE
)
PROMOTION_EXPENSE: Final = Account("660101", "Promotion expense", "销售费用—促销费", AccountKind.EXPENSE)
MARKETING_EXPENSE: Final = Account("660102", "Marketing expense", "销售费用—市场推广费", AccountKind.EXPENSE)
DELIVERY_EXPENSE: Final = Account("660103", "Delivery expense", "销售费用—运输费", AccountKind.EXPENSE)
SHRINKAGE: Final = Account("660201", "Shrinkage", "管理费用—存货损耗", AccountKind.EXPENSE)
CASH_OVER_SHORT: Final = Account("660202", "Cash over and short", "管理费用—现金长短款", AccountKind.EXPENSE)
PETTY_EXPENSES: Final = Account("660203", "Petty expenses", "管理费用—零星费用", AccountKind.EXPENSE)
CASH_ROUNDING: Final = Account("660301", "Cash rounding", "财务费用—现金舍入差额", AccountKind.EXPENSE)
PAYMENT_FEES: Final = Account("660302", "Payment fees", "财务费用—支付手续费", AccountKind.EXPENSE)
PURCHASE_DISCOUNTS: Final = Account(
    "660303", "Cash discounts of suppliers", "财务费用—购货现金折扣", AccountKind.EXPENSE
)

CHART: Final[Mapping[str, Account]] = MappingProxyType(
    {
        account.code: account
        for account in (
            CASH,
            BANK,
            CARD_CLEARING,
            WALLET_CLEARING,
            BANK_TRANSFER_CLEARING,
            MEMBERS_RECEIVABLE,
            MANUFACTURER_COUPON_CLEARING,
            INTER_STORE_CLEARING,
            INTER_STORE_RECEIVABLE,
            VOUCHER_CLEARING,
            EXCHANGE_CLEARING,
            GOODS_IN_TRANSIT,
            INVENTORY,
            SET_ASIDE_GOODS,
            DAMAGED_GOODS,
            QUARANTINED_GOODS,
            GOODS_DISPATCHED,
            ACCOUNTS_PAYABLE,
            GOODS_RECEIVED_NOT_INVOICED,
            CARRIERS_PAYABLE,
            POINTS_LIABILITY,
            STORED_VALUE_PRINCIPAL,
            STORED_VALUE_BONUS,
            GIFT_CARD_LIABILITY,
            TIMES_CARD_LIABILITY,
            MEMBERSHIP_LIABILITY,
            CUSTOMER_DEPOSITS,
            OUTPUT_TAX,
            INPUT_TAX,
            INTER_STORE_PAYABLE,
            POINTS_CLEARING,
            TIPS_PAYABLE,
            SALES_REVENUE,
            BREAKAGE_REVENUE,
            TIMES_CARD_BREAKAGE,
            OTHER_INCOME,
            COST_OF_GOODS_SOLD,
            PURCHASE_PRICE_VARIANCE,
            PROMOTION_EXPENSE,
            MARKETING_EXPENSE,
            DELIVERY_EXPENSE,
            SHRINKAGE,
            CASH_OVER_SHORT,
            PETTY_EXPENSES,
            CASH_ROUNDING,
            PAYMENT_FEES,
            PURCHASE_DISCOUNTS,
        )
    }
)
"""Every account by its code, in the order of the codes."""

CLEARING_BY_TENDER: Final[Mapping[str, Account]] = MappingProxyType(
    {
        "cash": CASH,
        "card": CARD_CLEARING,
        "wallet": WALLET_CLEARING,
        "manufacturer_coupon": MANUFACTURER_COUPON_CLEARING,
        "bank_transfer": BANK_TRANSFER_CLEARING,
        "on_account": MEMBERS_RECEIVABLE,
        "deposit": CUSTOMER_DEPOSITS,
        "voucher": VOUCHER_CLEARING,
        "exchange": EXCHANGE_CLEARING,
    }
)
"""Where a tender waits until it is banked, settled or paid, by kind of tender; points are no tender of the books."""

SET_ASIDE_ACCOUNTS: Final[Mapping[str, Account]] = MappingProxyType(
    {
        "damaged": DAMAGED_GOODS,
        "dispatched": GOODS_DISPATCHED,
        "in_transit": GOODS_IN_TRANSIT,
        "quarantine": QUARANTINED_GOODS,
        "to_supplier": SET_ASIDE_GOODS,
    }
)
"""Where goods that are not for sale stand, by status; goods on consignment are a supplier's and in no account."""
