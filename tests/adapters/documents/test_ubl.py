"""UBL 2.1 as it is written, and as suppliers answer with it."""

from dataclasses import replace
from datetime import date

import pytest
from defusedxml.ElementTree import fromstring

from adapters.documents.ubl import (
    AnotherDocument,
    AnswersNothing,
    DocumentField,
    NoDocument,
    read_answer,
    written_order,
)
from application.purchasing.advance_purchase_order import ConfirmedLine
from application.purchasing.delivery_notices import AnnounceDelivery, AnnouncedLine
from application.purchasing.order_documents import DocumentLine, OrderAnswer, OrderDocument
from domain.purchasing.purchase_terms import NetPrice
from domain.shared.errors import Invalid
from tests.adapters.documents.samples import despatch, response, response_line

NAMES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
TEA = DocumentLine(1, "TEA", "M-TEA", "Green tea", "6901234567892", "EA", 20_000, 16_000, NetPrice(800, 1_000))
ORDER = OrderDocument(
    4711, 2, date(2026, 11, 22), "CNY", "S1", "Store S1", "MILL", "Tea mill", "91310000MA1FL0", date(2026, 11, 25),
    16_000, (TEA,),
)  # fmt: skip


@pytest.mark.capability("PUR-08")
def test_writes_an_order_that_names_its_version():
    root = fromstring(written_order(ORDER))
    assert root.tag == "{urn:oasis:names:specification:ubl:schema:xsd:Order-2}Order"
    told = {
        path: root.findtext(path, None, NAMES)
        for path in (
            "cbc:ID", "cbc:IssueDate", "cbc:DocumentCurrencyCode", "cac:Delivery/cac:DeliveryLocation/cbc:ID",
            "cac:Delivery/cac:RequestedDeliveryPeriod/cbc:EndDate", "cac:AnticipatedMonetaryTotal/cbc:PayableAmount",
        )
    }  # fmt: skip
    assert list(told.values()) == ["4711-2", "2026-11-22", "CNY", "S1", "2026-11-25", "160.00"]
    line = root.find("cac:OrderLine/cac:LineItem", NAMES)
    assert [
        (line.findtext(path, None, NAMES), line.find(path, NAMES).attrib)
        for path in ("cbc:ID", "cbc:Quantity", "cbc:LineExtensionAmount", "cac:Price/cbc:PriceAmount")
    ] == [
        ("1", {}), ("20", {"unitCode": "EA"}), ("160.00", {"currencyID": "CNY"}), ("8.00", {"currencyID": "CNY"}),
    ]  # fmt: skip
    assert line.findtext("cac:Item/cac:StandardItemIdentification/cbc:ID", None, NAMES) == "6901234567892"


def test_writes_units_and_currencies_as_the_standards_name_them():
    rice = replace(TEA, unit_code="KG", quantity_milli=2_500, price=NetPrice(7_999_500, 10_000_000), net_minor=2_000)
    root = fromstring(written_order(replace(ORDER, currency="JPY", lines=(rice, replace(TEA, unit_code="BOX")))))
    first, second = root.findall("cac:OrderLine/cac:LineItem", NAMES)
    quantity = first.find("cbc:Quantity", NAMES)
    assert (quantity.text, quantity.get("unitCode")) == ("2.5", "KGM")
    assert second.find("cbc:Quantity", NAMES).get("unitCode") == "ZZ"
    # Yen has no minor unit; an exact price is for a larger quantity.
    assert first.findtext("cac:Price/cbc:PriceAmount", None, NAMES) == "7999500"
    assert first.findtext("cac:Price/cbc:BaseQuantity", None, NAMES) == "10000"


@pytest.mark.capability("INT-06")
def test_reads_an_acceptance_and_a_refusal():
    assert read_answer(response("AP")).answer == OrderAnswer(4711, 2, note="R7")
    assert read_answer(response("RE")).answer == OrderAnswer(4711, 2, refused=True, note="R7")


@pytest.mark.capability("PUR-08")
def test_reads_what_is_confirmed_otherwise():
    changed = response(
        "CA",
        response_line(1, "5", "20"),
        response_line(2, "3", "90", price="7.995", base="1"),
        response_line(3, "7", "0"),
        response_line(9, "3", "1.5", of_line=4),
        promised="2026-11-27",
    )
    assert read_answer(changed).answer == OrderAnswer(
        4711, 2,
        lines=(ConfirmedLine(2, 90_000, 7_995, 10_000), ConfirmedLine(3, 0), ConfirmedLine(4, 1_500)),
        expected_date="2026-11-27", note="R7", currency="CNY",
    )  # fmt: skip


@pytest.mark.capability("INT-06")
def test_reads_what_leaves():
    assert read_answer(despatch("4711-2")).announcement == AnnounceDelivery(
        4711, "DN-7", (AnnouncedLine(1, 15_000, "L1", "2027-05-01"),), "2026-11-23", "2026-11-24", "SF Express", "SF1"
    )


@pytest.mark.parametrize(
    ("document", "refusal"),
    [
        (b"", NoDocument),
        (b"x" * 1_000_001, NoDocument),
        (b"<Order", NoDocument),
        (b"\xff\xfe", NoDocument),
        (b'<?xml version="1.0" encoding="none"?><a/>', NoDocument),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', NoDocument),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', NoDocument),
        (b"<Invoice/>", AnotherDocument),
        (response("AB"), AnswersNothing),
        (response("AP", order="4711x"), DocumentField),
        (response("AP", order="99999999999999999999"), DocumentField),
        (response("CA", response_line(1, "3", "1e9")), DocumentField),
        (response("CA", response_line(1, "3", "1.0005")), DocumentField),
        (response("CA", response_line(1, "3", "-1")), DocumentField),
        (response("CA", response_line(1, "3", "1", price="1.1234567", base="1")), DocumentField),
        (response("CA", response_line(1, "3", "1", price="1", base="0")), DocumentField),
        (response("CA", promised="soon"), DocumentField),
        (despatch("4711", lines=False), DocumentField),
        (despatch("4711", quantity="many"), DocumentField),
    ],
)
def test_refuses_what_it_cannot_take(document: bytes, refusal: type[Invalid]):
    with pytest.raises(refusal) as refused:
        read_answer(document)
    assert refused.value.field == "document"
