from entrypoints.grpc.inventory import SERVICE as INVENTORY
from entrypoints.grpc.reservations import SERVICE
from liansuo.inventory.v1 import inventory_pb2
from liansuo.inventory.v1 import reservation_pb2 as pb2
from tests.entrypoints.table_calls import call, permissions


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "ReserveStock": "inventory.reserve",
        "ReleaseStock": "inventory.reserve",
        "ListReservations": "inventory.read",
    }


def test_a_reservation_is_made_listed_and_released(stocked):
    arrived = [inventory_pb2.ReceiptLine(sku="TEA", quantity_milli=2_000, cost_minor=200)]
    call(stocked, INVENTORY, "ReceiveGoods", inventory_pb2.ReceiveGoodsRequest(store_code="S01", lines=arrived))
    asked = pb2.ReserveStockRequest(
        store_code="S01",
        reference="W-7",
        lines=[pb2.ReserveLine(sku="TEA", quantity_milli=3_000)],
        minutes=5,
        partial=True,
    )
    made = call(stocked, SERVICE, "ReserveStock", asked).reservation
    assert made.lines == [pb2.ReservedLine(sku="TEA", asked_milli=3_000, quantity_milli=2_000)]
    assert (made.state, made.expires_at.seconds - made.reserved_at.seconds) == (pb2.RESERVATION_STATE_OPEN, 300)
    asked = pb2.ListReservationsRequest(sku="TEA", state=pb2.RESERVATION_STATE_OPEN)
    assert list(call(stocked, SERVICE, "ListReservations", asked).reservations) == [made]
    released = call(
        stocked, SERVICE, "ReleaseStock", pb2.ReleaseStockRequest(reservation_id=made.reservation_id)
    ).reservation
    assert (released.state, list(released.kept)) == (pb2.RESERVATION_STATE_RELEASED, [])
    [level] = call(stocked, INVENTORY, "GetStock", inventory_pb2.GetStockRequest(store_code="S01")).levels
    assert (level.on_hand_milli, level.reserved_milli, level.available_milli) == (2_000, 0, 2_000)
