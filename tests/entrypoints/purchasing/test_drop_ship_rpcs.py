"""Drop-ship through the contract, from message to message."""

import pytest

from application.membership.register_member import RegisterMember, register_member
from application.pricing.entries import PriceEntry, PriceListEntry, TaxEntry
from application.pricing.put_price_lists import PutPriceLists, put_price_lists
from application.pricing.put_prices import PutPrices, put_prices
from application.pricing.put_taxes import PutTaxes, put_taxes
from application.purchasing.put_suppliers import PutSuppliers, SupplierEntry, put_suppliers
from application.purchasing.supplier_products import (
    PutSupplierProducts,
    SupplierProductEntry,
    put_supplier_products,
)
from entrypoints.grpc.drop_ships import SERVICE
from entrypoints.grpc.orders import SERVICE as ORDERS
from entrypoints.grpc.purchase_orders import SERVICE as PURCHASES
from liansuo.purchasing.v1 import drop_ship_pb2 as pb2
from liansuo.purchasing.v1 import purchase_order_pb2 as purchase_pb2
from liansuo.sales.v1 import order_pb2
from tests.application.small_chain import NOON, S01, terminal
from tests.entrypoints.table_calls import call, permissions


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "CreateDropShip": "purchasing.order",
        "DispatchDropShip": "purchasing.receive",
        "RecallDropShip": "purchasing.receive",
        "GetDropShip": "purchasing.order",
        "ListDropShips": "purchasing.read",
    }


@pytest.mark.capability("PUR-05")
def test_goods_go_from_the_supplier_to_the_member(stocked):
    stocked.write(put_suppliers, PutSuppliers((SupplierEntry("MILL", "Tea mill", "CNY"),)))
    offer = SupplierProductEntry("TEA", price_minor=800, price_quantity_milli=1_000)
    stocked.write(put_supplier_products, PutSupplierProducts("MILL", (offer,)))
    stocked.write(put_taxes, PutTaxes((TaxEntry("VAT13", "VAT 13 %", "standard", 130_000),)))
    stocked.write(put_price_lists, PutPriceLists((PriceListEntry("BASE", "List price", "CNY", includes_tax=True),)))
    stocked.write(put_prices, PutPrices("BASE", (PriceEntry("TEA", 1_200),)))
    stocked.write(register_member, RegisterMember(name="Li Na", phone="13800138000", source="till"))
    placed = order_pb2.PlaceOrderRequest(
        lines=[order_pb2.OrderLine(sku="TEA", quantity_milli=9_000)],
        member_key="13800138000",
        store_code="S01",
        fulfilment=order_pb2.FULFILMENT_SHIP,
        due_date=NOON.date().isoformat(),
        accept_short=True,
    )
    order = call(stocked, ORDERS, "PlaceOrder", placed).order
    drawn = pb2.CreateDropShipRequest(
        order_id=order.order_id,
        recipient="Li Na",
        phone="13800138000",
        address="1 Nanjing Road",
        lines=[pb2.DrawnItem(sku="TEA", quantity_milli=9_000)],
        supplier_code="MILL",
        submit=True,
    )
    [made] = call(stocked, SERVICE, "CreateDropShip", drawn).drop_ships
    number = made.purchase_order_id
    assert (made.state, made.net_minor) == (purchase_pb2.PURCHASE_ORDER_STATE_SUBMITTED, 7_200)
    review = purchase_pb2.ReviewPurchaseOrderRequest(order_id=number, version=1, approved=True)
    call(stocked, PURCHASES, "ReviewPurchaseOrder", review, caller=terminal(S01))
    send = purchase_pb2.AdvancePurchaseOrderRequest(order_id=number, step=purchase_pb2.PURCHASE_STEP_SEND, version=1)
    call(stocked, PURCHASES, "AdvancePurchaseOrder", send)
    asked = pb2.DispatchDropShipRequest(purchase_order_id=number, parcel="SF-1")
    done = call(stocked, SERVICE, "DispatchDropShip", asked)
    assert (done.goods_minor, done.order_state, done.sale_id, done.waits_for) == (7_200, "accepted", 0, "NOT_PAID")
    found = call(stocked, SERVICE, "GetDropShip", pb2.GetDropShipRequest(purchase_order_id=number))
    assert (found.address, found.drop_ship.lines[0].under_way_milli) == ("1 Nanjing Road", 9_000)
    back = call(stocked, SERVICE, "RecallDropShip", pb2.RecallDropShipRequest(purchase_order_id=number))
    assert (back.value_minor, back.drop_ship.lines[0].under_way_milli) == (7_200, 0)
    listed = call(stocked, SERVICE, "ListDropShips", pb2.ListDropShipsRequest(order_id=order.order_id)).drop_ships
    assert [(one.purchase_order_id, one.supplier_code) for one in listed] == [(number, "MILL")]
