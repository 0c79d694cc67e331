"""UBL 2.1 (ISO/IEC 19845): an order as it goes to a supplier's system, and what that system answers.

Written are Orders; read are OrderResponses and DespatchAdvices, of which only what an order needs: references, lines,
quantities, prices, dates and lots. What is read comes from outside: entities and document types are refused.
"""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from application.purchasing.advance_purchase_order import ConfirmedLine
from application.purchasing.delivery_notices import AnnounceDelivery, AnnouncedLine
from application.purchasing.order_documents import DocumentLine, OrderAnswer, OrderDocument, TakeSupplierDocument
from domain.shared.errors import Invalid
from domain.shared.money import minor_digits

DOCUMENT_BYTES_MAX: Final = 1_000_000
MEDIA_TYPE: Final = "application/xml"

_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
_AGGREGATE: Final = f"{_UBL}CommonAggregateComponents-2"
_BASIC: Final = f"{_UBL}CommonBasicComponents-2"
_NAMES: Final = {"cac": _AGGREGATE, "cbc": _BASIC}
_REFERENCE: Final = re.compile(r"([0-9]{1,19})(?:-([0-9]{1,9}))?")
_NUMBER: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,10})?")
_FRACTION_DIGITS_MAX: Final = 4
_PRICE_BASE_MILLI: Final = 1_000

# UN/ECE recommendation 20, where a chain's own code is not one of it; what is not known is "mutually defined".
_UNITS: Final = {"EA": "EA", "PC": "H87", "PCS": "H87", "KG": "KGM", "G": "GRM", "L": "LTR", "ML": "MLT", "M": "MTR"}
_UNKNOWN_UNIT: Final = "ZZ"

_ACCEPTED: Final = "AP"
_REFUSED: Final = "RE"
_WITH_CHANGES: Final = "CA"
_LINE_ACCEPTED: Final = "5"
_LINE_REFUSED: Final = "7"


class NoDocument(Invalid):
    en = "This is no UBL document that can be read: {why}"
    zh = "无法读取此 UBL 单据：{why}"


class AnotherDocument(Invalid):
    en = "“{name}” is no document that suppliers answer with. Send an OrderResponse or a DespatchAdvice of UBL 2.1."
    zh = "“{name}”不是供应商答复用的单据。请发送 UBL 2.1 的 OrderResponse 或 DespatchAdvice。"


class DocumentField(Invalid):
    en = "{path} is missing or cannot be read: “{text}”."
    zh = "{path} 缺失或无法读取：“{text}”。"


class AnswersNothing(Invalid):
    en = "The OrderResponseCode “{code}” answers nothing. Send AP (accepted), CA (with changes) or RE (refused)."
    zh = "OrderResponseCode“{code}”不构成答复。请使用 AP（接受）、CA（有变更）或 RE（拒绝）。"


def written_order(order: OrderDocument) -> bytes:
    """The Order as UTF-8 XML; its ID names the version too, by which an answer finds it again."""
    digits = minor_digits(order.currency)
    root = Element("Order", {"xmlns": f"{_UBL}Order-2", "xmlns:cac": _AGGREGATE, "xmlns:cbc": _BASIC})
    _basic(root, "UBLVersionID", "2.1")
    _basic(root, "ID", f"{order.order_id}-{order.version}")
    _basic(root, "IssueDate", order.issued_on.isoformat())
    _basic(root, "DocumentCurrencyCode", order.currency)
    _basic(root, "LineCountNumeric", str(len(order.lines)))
    _party(root, "BuyerCustomerParty", order.buyer_code, order.buyer_name)
    _party(root, "SellerSupplierParty", order.supplier_code, order.supplier_name, order.supplier_tax_number)
    delivery = SubElement(root, "cac:Delivery")
    _basic(SubElement(delivery, "cac:DeliveryLocation"), "ID", order.buyer_code)
    _basic(SubElement(delivery, "cac:RequestedDeliveryPeriod"), "EndDate", order.expected_on.isoformat())
    total = SubElement(root, "cac:AnticipatedMonetaryTotal")
    for name in ("LineExtensionAmount", "PayableAmount"):
        _basic(total, name, _major(order.net_minor, digits), currencyID=order.currency)
    for line in order.lines:
        _line(root, line, order.currency, digits)
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def read_answer(document: bytes) -> TakeSupplierDocument:
    """The answer or the announcement that a document states.

    Raises NoDocument, AnotherDocument, AnswersNothing, and DocumentField with the path of what cannot be read.
    """
    if not document or len(document) > DOCUMENT_BYTES_MAX:
        raise NoDocument("document", why=f"1 to {DOCUMENT_BYTES_MAX} bytes.")
    try:
        root = fromstring(document, forbid_dtd=True)
    except DefusedXmlException:
        raise NoDocument("document", why="it declares a document type or entities; leave them out.") from None
    except (ParseError, ValueError, LookupError) as error:
        raise NoDocument("document", why=str(error)[:200]) from None
    if root.tag == f"{{{_UBL}OrderResponse-2}}OrderResponse":
        return TakeSupplierDocument(answer=_answer(root))
    if root.tag == f"{{{_UBL}DespatchAdvice-2}}DespatchAdvice":
        return TakeSupplierDocument(announcement=_announcement(root))
    raise AnotherDocument("document", name=root.tag.rpartition("}")[2][:64])


def _basic(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, f"cbc:{name}", attributes).text = text


def _party(root: Element, name: str, code: str, full_name: str, tax_number: str = "") -> None:
    party = SubElement(SubElement(root, f"cac:{name}"), "cac:Party")
    _basic(SubElement(party, "cac:PartyIdentification"), "ID", code)
    _basic(SubElement(party, "cac:PartyName"), "Name", full_name or code)
    if tax_number:
        scheme = SubElement(party, "cac:PartyTaxScheme")
        _basic(scheme, "CompanyID", tax_number)
        _basic(SubElement(scheme, "cac:TaxScheme"), "ID", "VAT")


def _line(root: Element, line: DocumentLine, currency: str, digits: int) -> None:
    unit = _UNITS.get(line.unit_code.upper(), _UNKNOWN_UNIT)
    item_line = SubElement(SubElement(root, "cac:OrderLine"), "cac:LineItem")
    _basic(item_line, "ID", str(line.line_number))
    _basic(item_line, "Quantity", _units(line.quantity_milli), unitCode=unit)
    _basic(item_line, "LineExtensionAmount", _major(line.net_minor, digits), currencyID=currency)
    price = SubElement(item_line, "cac:Price")
    _basic(price, "PriceAmount", _major(line.price.minor, digits), currencyID=currency)
    _basic(price, "BaseQuantity", _units(line.price.quantity_milli), unitCode=unit)
    item = SubElement(item_line, "cac:Item")
    _basic(item, "Name", line.name or line.sku)
    _basic(SubElement(item, "cac:BuyersItemIdentification"), "ID", line.sku)
    if line.supplier_sku:
        _basic(SubElement(item, "cac:SellersItemIdentification"), "ID", line.supplier_sku)
    if line.barcode:
        _basic(SubElement(item, "cac:StandardItemIdentification"), "ID", line.barcode, schemeID="GTIN")


def _answer(root: Element) -> OrderAnswer:
    order_id, version = _order_of(root)
    code = _text(root, "cbc:OrderResponseCode")
    if code not in (_ACCEPTED, _WITH_CHANGES, _REFUSED):
        raise AnswersNothing("document", code=code[:64])
    lines: list[ConfirmedLine] = []
    currencies: set[str] = set()
    if code == _WITH_CHANGES:
        for number, line in enumerate(root.findall("cac:OrderLine", _NAMES), start=1):
            confirmed, currency = _confirmed(line, f"OrderLine[{number}]")
            if confirmed is not None:
                lines.append(confirmed)
            if currency:
                currencies.add(currency)
    if len(currencies) > 1:
        raise DocumentField("document", path="PriceAmount/@currencyID", text=", ".join(sorted(currencies)))
    return OrderAnswer(
        order_id=order_id,
        version=version,
        refused=code == _REFUSED,
        lines=tuple(lines),
        expected_date=_date(root, "cac:Delivery/cac:PromisedDeliveryPeriod/cbc:EndDate")
        if code == _WITH_CHANGES
        else "",
        note=" ".join(f"{_text(root, 'cbc:ID')} {_text(root, 'cbc:Note')}".split())[:200],
        currency=currencies.pop() if currencies else "",
    )


def _confirmed(line: Element, path: str) -> tuple[ConfirmedLine | None, str]:
    """What is confirmed otherwise of a line, None where it is accepted, and the currency of its price."""
    item = line.find("cac:LineItem", _NAMES)
    if item is None:
        raise DocumentField("document", path=f"{path}/LineItem", text="")
    status = _text(item, "cbc:LineStatusCode")
    if status == _LINE_ACCEPTED:
        return None, ""
    # What answers to a line of the order names it; by itself it is the line with the same number.
    named = "cac:OrderLineReference/cbc:LineID"
    number = _whole(line, named, path) if line.find(named, _NAMES) is not None else _whole(item, "cbc:ID", path)
    if status == _LINE_REFUSED:
        return ConfirmedLine(number, 0), ""
    quantity = _milli(item, "cbc:Quantity", path)
    amount = item.find("cac:Price/cbc:PriceAmount", _NAMES)
    if amount is None:
        return ConfirmedLine(number, quantity), ""
    currency = amount.get("currencyID", "")
    price, base = _price(item, f"{path}/Price", minor_digits(currency, field="document"))
    return ConfirmedLine(number, quantity, price, base), currency


def _price(item: Element, path: str, digits: int) -> tuple[int, int]:
    """A price in minor units, for a larger quantity where it states fractions of them."""
    amount = _decimal(item, "cac:Price/cbc:PriceAmount", path).scaleb(digits)
    base = _PRICE_BASE_MILLI
    if item.find("cac:Price/cbc:BaseQuantity", _NAMES) is not None:
        base = _milli(item, "cac:Price/cbc:BaseQuantity", path)
    for _ in range(_FRACTION_DIGITS_MAX):
        if amount == amount.to_integral_value():
            break
        amount, base = amount * 10, base * 10
    if amount != amount.to_integral_value() or not base:
        raise DocumentField("document", path=f"{path}/PriceAmount", text=_text(item, "cac:Price/cbc:PriceAmount"))
    return int(amount), base


def _announcement(root: Element) -> AnnounceDelivery:
    order_id, _ = _order_of(root)
    shipment = "cac:Shipment/"
    lines = []
    for number, line in enumerate(root.findall("cac:DespatchLine", _NAMES), start=1):
        path = f"DespatchLine[{number}]"
        lot = "cac:Item/cac:ItemInstance/cac:LotIdentification/"
        lines.append(
            AnnouncedLine(
                _whole(line, "cac:OrderLineReference/cbc:LineID", path),
                _milli(line, "cbc:DeliveredQuantity", path),
                _text(line, f"{lot}cbc:LotNumberID"),
                _date(line, f"{lot}cbc:ExpiryDate"),
            )
        )
    if not lines:
        raise DocumentField("document", path="DespatchLine", text="")
    dispatched = _date(root, f"{shipment}cac:Delivery/cac:Despatch/cbc:ActualDespatchDate")
    return AnnounceDelivery(
        order_id=order_id,
        reference=_required(root, "cbc:ID"),
        lines=tuple(lines),
        dispatched_date=dispatched or _date(root, "cbc:IssueDate"),
        expected_date=_date(root, f"{shipment}cac:Delivery/cac:EstimatedDeliveryPeriod/cbc:EndDate"),
        carrier=_text(root, f"{shipment}cac:Consignment/cac:CarrierParty/cac:PartyName/cbc:Name"),
        tracking=_text(root, f"{shipment}cac:Delivery/cbc:TrackingID"),
    )


def _order_of(root: Element) -> tuple[int, int]:
    """The order and version that a document is about; the version is 0 where it is not named."""
    path = "cac:OrderReference/cbc:ID"
    found = _REFERENCE.fullmatch(_text(root, path))
    if found is None or int(found[1]) >= 2**63:
        raise DocumentField("document", path=_plain(path), text=_text(root, path)[:64])
    return int(found[1]), int(found[2] or 0)


def _text(parent: Element, path: str) -> str:
    return (parent.findtext(path, "", _NAMES) or "").strip()


def _required(parent: Element, path: str) -> str:
    if not (text := _text(parent, path)):
        raise DocumentField("document", path=_plain(path), text="")
    return text


def _date(parent: Element, path: str) -> str:
    text = _text(parent, path)
    try:
        return date.fromisoformat(text[:10]).isoformat() if text else ""
    except ValueError:
        raise DocumentField("document", path=_plain(path), text=text[:64]) from None


def _decimal(parent: Element, path: str, within: str) -> Decimal:
    text = _text(parent, path)
    try:
        if _NUMBER.fullmatch(text):
            return Decimal(text)
    except InvalidOperation:
        pass
    raise DocumentField("document", path=f"{within}/{_plain(path)}", text=text[:64])


def _milli(parent: Element, path: str, within: str) -> int:
    milli = _decimal(parent, path, within).scaleb(3)
    if milli != milli.to_integral_value():
        raise DocumentField("document", path=f"{within}/{_plain(path)}", text=_text(parent, path)[:64])
    return int(milli)


def _whole(parent: Element, path: str, within: str) -> int:
    text = _text(parent, path)
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise DocumentField("document", path=f"{within}/{_plain(path)}", text=text[:64])
    return int(text)


def _plain(path: str) -> str:
    return path.replace("cac:", "").replace("cbc:", "")


def _major(minor: int, digits: int) -> str:
    return f"{Decimal(minor).scaleb(-digits):f}"


def _units(milli: int) -> str:
    return f"{Decimal(milli).scaleb(-3).normalize():f}"
