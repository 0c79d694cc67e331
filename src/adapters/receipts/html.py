"""A receipt as a page of its own: no script, nothing from elsewhere, the QR code drawn in it."""

from html import escape
from typing import Final

import segno

from domain.sales.paper import plain
from domain.sales.receipt import Pair, Part, Qr, Receipt, Rule, Text

STYLE: Final = (
    "body{font:14px/1.4 system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;margin:1em auto;max-width:24em}"
    "table{border-collapse:collapse;width:100%}td{padding:0;vertical-align:top}"
    "td.r{text-align:right;white-space:nowrap;padding-left:1em}.c{text-align:center}"
    ".i{padding-left:1em}hr{border:0;border-top:1px dashed #888}svg{display:block;margin:.5em auto}"
)
QR_SCALE: Final = 4


def as_html(receipt: Receipt) -> str:
    """The whole page; whatever stands in names is text and never markup."""
    rows = "\n".join([_row(part) for part in receipt.parts])
    language = "zh-CN" if receipt.language == "zh" else "en"
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n<meta name="robots" content="noindex">\n'
        f"<title>{_text(receipt.title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<table>\n{rows}\n</table>\n</body>\n</html>\n"
    )


def _row(part: Part) -> str:
    match part:
        case Text(text, centred, strong):
            kind = ' class="c"' if centred else ""
            return f'<tr><td colspan="2"{kind}>{_emphasised(text, strong=strong)}</td></tr>'
        case Pair(left, right, indent, strong):
            kind = ' class="i"' if indent else ""
            return (
                f"<tr><td{kind}>{_emphasised(left, strong=strong)}</td>"
                f'<td class="r">{_emphasised(right, strong=strong)}</td></tr>'
            )
        case Rule():
            return '<tr><td colspan="2"><hr></td></tr>'
        case Qr(payload):
            drawn = segno.make_qr(payload, error="m").svg_inline(scale=QR_SCALE)
            return f'<tr><td colspan="2" class="c">{drawn}{_text(payload)}</td></tr>'


def _emphasised(text: str, *, strong: bool) -> str:
    return f"<strong>{_text(text)}</strong>" if strong else _text(text)


def _text(text: str) -> str:
    return escape(plain(text))
