"""Answers of suppliers' systems, as UBL 2.1 states them."""

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
SPACES = f'xmlns:cac="{UBL}CommonAggregateComponents-2" xmlns:cbc="{UBL}CommonBasicComponents-2"'


def response(code: str, *lines: str, order: str = "4711-2", promised: str = "") -> bytes:
    """An OrderResponse about an order and its version."""
    period = f"<cac:PromisedDeliveryPeriod><cbc:EndDate>{promised}</cbc:EndDate></cac:PromisedDeliveryPeriod>"
    delivery = f"<cac:Delivery>{period}</cac:Delivery>" if promised else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><OrderResponse xmlns="{UBL}OrderResponse-2" {SPACES}>'
        f"<cbc:UBLVersionID>2.1</cbc:UBLVersionID><cbc:ID>R7</cbc:ID><cbc:IssueDate>2026-11-23</cbc:IssueDate>"
        f"<cbc:OrderResponseCode>{code}</cbc:OrderResponseCode>"
        f"<cac:OrderReference><cbc:ID>{order}</cbc:ID></cac:OrderReference>{delivery}{''.join(lines)}</OrderResponse>"
    ).encode()


def response_line(
    number: int, status: str, quantity: str, *, price: str = "", base: str = "", of_line: int | None = None
) -> str:
    """A line of an OrderResponse; `of_line` names that of the order where they differ."""
    priced = (
        f'<cac:Price><cbc:PriceAmount currencyID="CNY">{price}</cbc:PriceAmount>'
        f'<cbc:BaseQuantity unitCode="EA">{base}</cbc:BaseQuantity></cac:Price>'
        if price
        else ""
    )
    reference = (
        f"<cac:OrderLineReference><cbc:LineID>{of_line}</cbc:LineID></cac:OrderLineReference>"
        if of_line is not None
        else ""
    )
    return (
        f"<cac:OrderLine><cac:LineItem><cbc:ID>{number}</cbc:ID><cbc:LineStatusCode>{status}</cbc:LineStatusCode>"
        f'<cbc:Quantity unitCode="EA">{quantity}</cbc:Quantity>{priced}'
        f"<cac:Item><cbc:Name>Green tea</cbc:Name></cac:Item></cac:LineItem>{reference}</cac:OrderLine>"
    )


def despatch(order: str, *, quantity: str = "15", lines: bool = True) -> bytes:
    """A DespatchAdvice of one line with its lot."""
    line = (
        f"<cac:DespatchLine><cbc:ID>1</cbc:ID>"
        f'<cbc:DeliveredQuantity unitCode="EA">{quantity}</cbc:DeliveredQuantity>'
        "<cac:OrderLineReference><cbc:LineID>1</cbc:LineID></cac:OrderLineReference><cac:Item><cac:ItemInstance>"
        "<cac:LotIdentification><cbc:LotNumberID>L1</cbc:LotNumberID><cbc:ExpiryDate>2027-05-01</cbc:ExpiryDate>"
        "</cac:LotIdentification></cac:ItemInstance></cac:Item></cac:DespatchLine>"
        if lines
        else ""
    )
    return (
        f'<DespatchAdvice xmlns="{UBL}DespatchAdvice-2" {SPACES}><cbc:ID>DN-7</cbc:ID>'
        "<cbc:IssueDate>2026-11-23</cbc:IssueDate>"
        f"<cac:OrderReference><cbc:ID>{order}</cbc:ID></cac:OrderReference>"
        "<cac:DespatchSupplierParty/><cac:DeliveryCustomerParty/>"
        "<cac:Shipment><cbc:ID>1</cbc:ID><cac:Consignment><cbc:ID>1</cbc:ID><cac:CarrierParty><cac:PartyName>"
        "<cbc:Name>SF Express</cbc:Name></cac:PartyName></cac:CarrierParty></cac:Consignment>"
        "<cac:Delivery><cbc:TrackingID>SF1</cbc:TrackingID><cac:EstimatedDeliveryPeriod>"
        "<cbc:EndDate>2026-11-24</cbc:EndDate></cac:EstimatedDeliveryPeriod></cac:Delivery></cac:Shipment>"
        f"{line}</DespatchAdvice>"
    ).encode()
