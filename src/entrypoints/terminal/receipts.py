"""The receipt of a sale as the till prints it, laid out as by the server: from the answer, or the till's own record.

The letterhead is that of the price book, so it is there without connection too.
"""

from dataclasses import replace
from typing import Final

from application.sales.receipts import letterhead_of, printed_sale
from application.sales.views import SaleView
from domain.pricing.coupon import masked
from domain.sales.paper import WIDE_PAPER, PaperLine
from domain.sales.receipt import Printed, PrintedCoupon, PrintedTender, Receipt, on_paper, receipt_of
from domain.sales.receipt_words import ReceiptLanguage
from domain.sales.sale import TenderKind
from entrypoints.grpc.codec import decoder
from entrypoints.terminal.price_book import StoreBook
from liansuo.sales.v1 import sales_pb2 as pb2

TENDER_KINDS: Final = {pb2.TenderKind.Value(f"TENDER_KIND_{kind.name}"): kind for kind in TenderKind}
NOT_PRINTED: Final = ("tenders", "warnings", "coupon_costs", "coupons_awarded", "device_type")
_VIEW = decoder(SaleView, pb2.Sale.DESCRIPTOR)


def language_of(language: str) -> ReceiptLanguage:
    return ReceiptLanguage.ZH if language.startswith("zh") else ReceiptLanguage.EN


def receipt_from(
    sale: pb2.Sale, held: StoreBook, *, language: str, print_number: int = 1, original_receipt_number: str = ""
) -> Receipt:
    """The receipt of a stored document, or of a sale that was made without connection, which has no `sale_id` yet."""
    told = pb2.Sale()
    told.CopyFrom(sale)
    for name in NOT_PRINTED:
        told.ClearField(name)
    printed = printed_sale(
        _VIEW(told), held.store, original_receipt_number=original_receipt_number, print_number=print_number
    )
    printed = replace(
        printed,
        # A server that is newer than this program may know more kinds; the money stands on the receipt all the same.
        tenders=[
            PrintedTender(TENDER_KINDS.get(one.kind), one.amount_minor, one.points, one.reference)
            for one in sale.tenders
        ],
        coupons_awarded=_coupons(sale, copy=print_number > 1),
        points_balance=sale.points_balance if sale.sale_id else None,
    )
    return _laid_out(printed, held, language)


def text_of(receipt: Receipt, *, columns: int = WIDE_PAPER) -> str:
    """Its lines as they are shown on the screen, without codes that only a printer draws."""
    return "\n".join([line.text(columns) for line in on_paper(receipt, columns=columns) if isinstance(line, PaperLine)])


def _coupons(sale: pb2.Sale, *, copy: bool) -> list[PrintedCoupon]:
    """Those for the next purchase; a copy does not give them away once more."""
    return [
        PrintedCoupon(one.batch_name, masked(one.code) if copy else one.code, one.until_date)
        for one in sale.coupons_awarded
    ]


def _laid_out(printed: Printed, held: StoreBook, language: str) -> Receipt:
    return receipt_of(printed, letterhead=letterhead_of(held.store, held.policies), language=language_of(language))
