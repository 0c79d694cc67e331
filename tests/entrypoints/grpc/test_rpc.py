from typing import Any
from uuid import UUID

import pytest

from application.transactor import Call
from domain.shared.errors import Refusal
from entrypoints.grpc.codec import Mismatch
from entrypoints.grpc.rpc import (
    AUTHENTICATED,
    PUBLIC,
    InvalidRequestId,
    Service,
    batched,
    batched_many,
    checked_request_id,
    command,
    fingerprint_of,
    read,
    write,
)
from tests.entrypoints.grpc import toy
from tests.entrypoints.grpc.serving import new_id
from tests.entrypoints.grpc.toy import TOY, message, rows

ID = "0190b1c2-0000-7000-8000-00000000000f"


def test_binds_every_method_to_its_path_and_operation():
    assert {path: method.operation for path, method in toy.SERVICE.methods.items()} == {
        "/liansuo.toy.v1.ToyService/Sell": "toy.sell",
        # What is uploaded is the same operation as what is sold online.
        "/liansuo.toy.v1.ToyService/SellMany": "toy.sell",
        "/liansuo.toy.v1.ToyService/PutBox": "toy.put_box",
        "/liansuo.toy.v1.ToyService/Open": "toy.open",
        "/liansuo.toy.v1.ToyService/GetBox": "toy.get_box",
    }


def unannotated(uow, command):
    return None


def sell_unions(uow: Any, calls: list[Call[toy.Sell]]) -> list[Refusal | toy.Sold]:
    return []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"Open": None}, "has no row for Open"),
        ({"Close": rows()["Open"]}, "has no method Close"),
        ({"Open": command(toy.open_box, message("OpenResponse"), needs="")}, "needs '', which is no permission"),
        (
            {"Open": command(toy.open_box, message("OpenResponse"), needs="toys")},
            "needs 'toys', which is no permission",
        ),
        ({"Open": command(toy.open_box, message("GetBoxResponse"), needs=PUBLIC)}, "answers with .*OpenResponse"),
        ({"Open": command(toy.get_box, message("OpenResponse"), needs=PUBLIC)}, "no counterpart in .*OpenResponse"),
        ({"Open": command(unannotated, message("OpenResponse"), needs=PUBLIC)}, "unannotated is not an annotated"),
        ({"Open": write(toy.open_box, message("OpenResponse"), needs=PUBLIC)}, "OpenRequest has no request_id"),
        ({"PutBox": read(toy.put_box, message("PutBoxResponse"), needs=PUBLIC)}, "PutBoxRequest.request_id has no"),
        (
            {"PutBox": write(toy.put_box, message("PutBoxResponse"), needs=PUBLIC, secret=("pin",))},
            "PutBoxResponse has no field pin to keep secret",
        ),
        (
            {
                "SellMany": batched_many(
                    "PutBox", message("SellManyResponse"), needs=PUBLIC, split=toy.split, join=toy.join
                )
            },
            "carries many of 'PutBox', which is not a batched method",
        ),
    ],
)
def test_a_table_that_does_not_fit_its_contract_fails_at_import(change: dict[str, Any], complaint: str):
    changed = {name: row for name, row in {**rows(), **change}.items() if row is not None}
    with pytest.raises(Mismatch, match=complaint):
        Service(TOY, changed)


def test_the_permission_of_a_row_is_mandatory():
    with pytest.raises(TypeError, match="needs"):
        command(toy.open_box, message("OpenResponse"))  # type: ignore[call-arg]


def test_explicit_functions_replace_the_codec_where_names_differ():
    row = read(
        toy.get_box,
        message("GetBoxResponse"),
        needs=AUTHENTICATED,
        decode=lambda request: toy.GetBox(request.code.upper()),
        encode=lambda box: message("GetBoxResponse")(box=message("Box")(code=box.code)),
    )
    method = Service(TOY, {**rows(), "GetBox": row}).methods["/liansuo.toy.v1.ToyService/GetBox"]
    assert method.decode(message("GetBoxRequest")(code="b1")) == toy.GetBox("B1")


def test_refusals_may_stand_first_in_the_outcome_of_a_batch():
    row = batched(sell_unions, message("SellResponse"), needs=PUBLIC, fixed={"uploaded": False})
    method = Service(TOY, {**rows(), "Sell": row}).methods["/liansuo.toy.v1.ToyService/Sell"]
    assert method.encode(toy.Sold(4, [])) == message("SellResponse")(sale_id=4).SerializeToString()


def test_request_ids_are_uuids_in_lower_case():
    assert checked_request_id(ID.upper()) == ID
    assert checked_request_id(str(UUID(int=0))) == "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    "request_id", ["", "1", ID[:-1], ID + "0", ID.replace("-", ""), "{" + ID[1:-1] + "}", ID[:-1] + "g", ID + "\n"]
)
def test_refuses_request_ids_that_are_no_uuids(request_id: str):
    with pytest.raises(InvalidRequestId) as raised:
        checked_request_id(request_id)
    assert raised.value.field == "request_id"


def sell(**changes: Any) -> Any:
    request = message("SellRequest")(request_id=changes.pop("request_id", ID))
    request.basket.lines.add(sku="A", quantity_milli=1_000)
    request.sold_at.FromJsonString(changes.pop("sold_at", "2025-11-22T10:00:00Z"))
    request.MergeFrom(message("SellRequest")(**changes))
    return request


def fingerprint(request: Any) -> bytes:
    return fingerprint_of(request, request.request_id.lower())


def test_a_fingerprint_is_of_the_content():
    same = fingerprint(sell())
    assert len(same) == 16
    assert fingerprint(sell(request_id=ID.upper())) == same
    assert fingerprint(sell(request_id=new_id())) != same
    assert fingerprint(sell(sold_at="2025-11-22T10:00:01Z")) != same
    assert fingerprint(sell(basket=message("Basket")(lines=[message("Line")(sku="B")]))) != same


def test_unknown_fields_and_their_order_do_not_count():
    known = sell().SerializeToString()
    # Field 15 is of a newer contract; then the same fields in another order.
    newer = message("SellRequest").FromString(b"\x7a\x03new" + known + b"\x7a\x01!")
    assert fingerprint(newer) == fingerprint(sell())
    sold_at = message("SellRequest")(sold_at=sell().sold_at).SerializeToString()
    rest = sell()
    rest.ClearField("sold_at")
    assert fingerprint(message("SellRequest").FromString(sold_at + rest.SerializeToString())) == fingerprint(sell())
