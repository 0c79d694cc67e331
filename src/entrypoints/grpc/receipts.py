"""The RPCs of receipts. They are rendered outside the transaction, after their print is in the log."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from adapters.receipts.fonts import font_file
from adapters.receipts.rendering import rendered
from application.sales.receipt_gaps import report_receipt_gaps
from application.sales.receipt_mails import send_receipt
from application.sales.receipt_views import LaidOutReceipt
from application.sales.receipts import RenderReceipt, get_receipt, render_receipt
from domain.sales.receipt_log import ReceiptFormat
from domain.shared.errors import Rejected
from entrypoints.grpc.codec import decoder
from entrypoints.grpc.rpc import Service, command, read, write
from entrypoints.settings import Settings
from liansuo.sales.v1 import receipt_pb2 as pb2

READ: Final = "sales.read"
PRINT: Final = "sales.print"


class NoReceiptFont(Rejected):
    en = (
        "This server has no font with Chinese characters for PDF. Ask its operator for LIANSUO_RECEIPT_FONT, or ask "
        "for HTML."
    )
    zh = "服务器没有生成 PDF 所需的中文字体。请联系运维人员设置 LIANSUO_RECEIPT_FONT，或改用 HTML。"


@cache
def receipt_font() -> Path | None:
    """The font for PDF, looked for once in a process."""
    return font_file(Settings().receipt_font)


def render_command(request: Any) -> RenderReceipt:
    """The command; a PDF that cannot be made is refused before anything is printed."""
    wanted: RenderReceipt = _DECODE(request)
    if wanted.format is ReceiptFormat.PDF and receipt_font() is None:
        raise NoReceiptFont("format")
    return wanted


def render_response(laid: LaidOutReceipt) -> pb2.RenderReceiptResponse:
    made = rendered(laid.receipt, laid.format, columns=laid.columns, font=receipt_font())
    return pb2.RenderReceiptResponse(
        sale_id=laid.sale_id,
        receipt_number=laid.receipt_number,
        print_number=laid.print_number,
        content=made.content,
        media_type=made.media_type,
    )


_DECODE: Final = decoder(RenderReceipt, pb2.RenderReceiptRequest.DESCRIPTOR)

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["ReceiptService"],
    {
        "RenderReceipt": command(
            render_receipt, pb2.RenderReceiptResponse, needs=PRINT, decode=render_command, encode=render_response
        ),
        "GetReceipt": read(get_receipt, pb2.GetReceiptResponse, needs=READ),
        "SendReceipt": write(send_receipt, pb2.SendReceiptResponse, needs=PRINT),
        "ReportReceiptGaps": read(report_receipt_gaps, pb2.ReportReceiptGapsResponse, needs=READ),
    },
)
