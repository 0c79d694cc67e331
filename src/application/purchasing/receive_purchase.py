"""Goods arrive for a purchase order: what is accepted goes into stock at the price of the order and its freight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import NamedTwice, at_most, optional_name, required_name, within
from application.inventory.stock_book import StockBook, open_book
from application.ports.kernel import UnitOfWork
from application.purchasing.purchase_ledger import (
    UnknownPurchaseLine,
    locked_purchase_order,
    note_event,
    nothing_open,
)
from application.purchasing.purchase_views import PurchaseOrderView, whole_purchase_order
from application.purchasing.purchase_writing import LINES_MAX
from application.scope import checked_open, trading_day
from domain.catalog.quantity import QUANTITY_MILLI_MAX, checked_quantity
from domain.finance.accounts import GOODS_RECEIVED_NOT_INVOICED, SET_ASIDE_ACCOUNTS
from domain.finance.journal import JournalEntry, balanced
from domain.finance.sale_postings import receipt_postings
from domain.identity.organisation import Store
from domain.inventory.receipt import GoodsReceipt
from domain.inventory.set_aside import SetAsideReason, SetAsideStatus
from domain.purchasing.purchase_order import (
    PurchaseEventKind,
    PurchaseOrder,
    PurchaseOrderLine,
    check_receivable,
    close,
    received,
)
from domain.purchasing.purchase_receipt import (
    PurchaseAllocation,
    PurchaseReceipt,
    PurchaseReceiptLine,
    RejectedTo,
    acceptable_milli,
    check_acceptable,
    cost_of_goods,
    spread_freight,
)
from domain.purchasing.purchase_terms import price_of, worth_minor
from domain.shared.errors import Invalid
from domain.shared.money import AMOUNT_MINOR_MAX, Rounding
