from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest

from domain.shared.errors import Invalid
from entrypoints.grpc.codec import FieldRequired, InvalidTime, Mismatch, UnknownValue, decoder, encoder
from tests.entrypoints.grpc.toy import Basket, Box, BoxPut, Colour, Line, Price, PutBox, Sell, message

NOON = datetime(2025, 11, 22, 12, 0, 0, 123_456, tzinfo=UTC)
BOX = Box(
    code="B1",
    colour=Colour.RED,
    lid=None,
    stripes=(Colour.DARK_BLUE, Colour.RED),
    packed_at=NOON,
    opened_at=None,
    seen_at=(NOON, NOON + timedelta(days=1)),
    first=Line("A", 1_000, ("gift", "red"), Price(5)),
    second=None,
    sealed=True,
    label=b"\x00\xff",
    weight=-3,
    numbers=[1, -(2**63)],
)
decode_box = decoder(Box, message("Box").DESCRIPTOR)
encode_box = encoder(Box, message("Box"))


@pytest.mark.parametrize(
    "box",
    [
        BOX,
        replace(BOX, lid=Colour.DARK_BLUE, opened_at=NOON, second=Line("", 0), stripes=(), seen_at=(), numbers=[]),
        replace(
            BOX, packed_at=datetime(1, 1, 1, tzinfo=UTC), opened_at=datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)
        ),
    ],
)
def test_what_was_encoded_is_decoded_as_it_was(box: Box):
    assert decode_box(message("Box").FromString(encode_box(box).SerializeToString())) == box


def test_encodes_every_field():
    made: Any = encode_box(BOX)
    assert (made.code, made.colour, made.lid, list(made.stripes)) == ("B1", 1, 0, [2, 1])
    assert (made.packed_at.seconds, made.packed_at.nanos) == (1763812800, 123_456_000)
    assert not made.HasField("opened_at")
    assert not made.HasField("second")
    assert (made.first.sku, list(made.first.notes), made.first.price.amount_minor) == ("A", ["gift", "red"], 5)
    assert (made.sealed, made.label, made.weight, list(made.numbers)) == (True, b"\x00\xff", -3, [1, -(2**63)])


def test_an_instant_of_another_zone_travels_as_utc():
    shanghai = timezone(timedelta(hours=8))
    made: Any = encode_box(replace(BOX, packed_at=datetime(2025, 11, 22, 20, 0, tzinfo=shanghai)))
    assert made.packed_at.ToJsonString() == "2025-11-22T12:00:00Z"


def test_a_nested_message_without_content_is_still_there():
    made: Any = encode_box(replace(BOX, second=Line("", 0)))
    assert made.HasField("second")
    assert not made.second.HasField("price")


def test_encodes_into_the_only_field_of_a_response():
    encode = encoder(Box, message("GetBoxResponse"), into="box")
    assert encode(BOX).box == encode_box(BOX)


def test_none_is_a_message_without_fields():
    assert encoder(type(None), message("OpenResponse"))(None) == message("OpenResponse")()


def changed(**fields: Any) -> Any:
    made: Any = encode_box(BOX)
    for name, value in fields.items():
        if value is None:
            made.ClearField(name)
        elif isinstance(value, list):
            del getattr(made, name)[:]
            getattr(made, name).extend(value)
        else:
            setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("fields", "refusal", "field"),
    [
        ({"colour": 0}, FieldRequired, "colour"),
        ({"colour": 99}, UnknownValue, "colour"),
        ({"lid": 99}, UnknownValue, "lid"),
        ({"stripes": [1, 2, 3]}, UnknownValue, "stripes[2]"),
        ({"stripes": [0]}, UnknownValue, "stripes[0]"),
        ({"packed_at": None}, FieldRequired, "packed_at"),
        ({"first": None}, FieldRequired, "first"),
    ],
)
def test_refuses_what_is_missing_or_unknown_by_its_field(fields: dict[str, Any], refusal: type[Invalid], field: str):
    with pytest.raises(refusal) as raised:
        decode_box(changed(**fields))
    assert raised.value.field == field


@pytest.mark.parametrize(
    ("seconds", "nanos"), [(-62_135_596_801, 0), (253_402_300_800, 0), (0, -1), (0, 1_000_000_000)]
)
def test_refuses_times_outside_the_calendar(seconds: int, nanos: int):
    made = changed()
    made.packed_at.seconds, made.packed_at.nanos = seconds, nanos
    with pytest.raises(InvalidTime) as raised:
        decode_box(made)
    assert raised.value.field == "packed_at"
    made = changed()
    made.seen_at[1].nanos = -1
    with pytest.raises(InvalidTime) as raised:
        decode_box(made)
    assert raised.value.field == "seen_at[1]"


def test_a_message_that_is_unset_is_the_default_of_its_field():
    usual = Price(7)

    @dataclass(frozen=True)
    class Priced:
        sku: str
        quantity_milli: int
        notes: tuple[str, ...]
        price: Price = usual

    decode = decoder(Priced, message("Line").DESCRIPTOR)
    assert decode(message("Line")(sku="A")) == Priced("A", 0, (), usual)
    assert decode(message("Line")(sku="A", price=message("Price")())) == Priced("A", 0, (), Price(0))


def test_a_refusal_names_the_whole_path_in_both_languages():
    made = message("PutBoxRequest")(box=changed(colour=0))
    with pytest.raises(FieldRequired) as raised:
        decoder(PutBox, message("PutBoxRequest").DESCRIPTOR, omit=["request_id"])(made)
    assert raised.value.field == "box.colour"
    assert raised.value.message() == "box.colour is required."
    assert raised.value.message("zh") == "缺少必填字段 box.colour。"


def test_a_refusal_inside_a_list_names_the_place():
    @dataclass
    class Strict:
        sku: str
        quantity_milli: int
        notes: list[str]
        price: Price

    @dataclass
    class StrictBasket:
        lines: list[Strict]

    basket = message("Basket")()
    basket.lines.add(sku="A", price=message("Price")())
    basket.lines.add(sku="B")
    with pytest.raises(FieldRequired) as raised:
        decoder(StrictBasket, message("Basket").DESCRIPTOR)(basket)
    assert raised.value.field == "lines[1].price"


def test_fixed_fields_are_not_of_the_request():
    request = message("SellRequest")(request_id="x", basket=message("Basket")())
    decode = decoder(Sell, message("SellRequest").DESCRIPTOR, omit=["request_id"], fixed={"uploaded": True})
    assert decode(request) == Sell(basket=Basket(()), sold_at=None, uploaded=True)


def test_keyword_only_fields_and_lists_are_made_as_declared():
    @dataclass
    class Declared:
        lines: Sequence[Line]
        _: KW_ONLY
        extra: str = ""

    decode = decoder(Declared, message("Basket").DESCRIPTOR, fixed={"extra": "e"})
    basket = message("Basket")()
    basket.lines.add(sku="A")
    assert decode(basket) == Declared((Line("A", 0),), extra="e")


class Tone(StrEnum):
    RED = "red"
    GREEN = "green"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"code": int}, r"Changed\.code \(int\) does not fit liansuo\.toy\.v1\.Box\.code \(string\)"),
        ({"label": str}, r"Changed\.label \(str\) does not fit .*Box\.label \(bytes\)"),
        ({"weight": int | None}, r"Changed\.weight \(int \| None\) does not fit .*Box\.weight \(int32\)"),
        ({"packed_at": date}, r"Changed\.packed_at \(date\) does not fit .*packed_at \(google\.protobuf\.Timestamp\)"),
        ({"first": str}, r"Changed\.first \(str\) does not fit .*first \(liansuo\.toy\.v1\.Line\)"),
        (
            {"stripes": Colour},
            r"Changed\.stripes \(Colour\) does not fit .*stripes \(repeated liansuo\.toy\.v1\.Colour\)",
        ),
        ({"numbers": list[int] | None}, r"Changed\.numbers .* does not fit .*numbers \(repeated int64\)"),
        ({"first": tuple[Line, ...]}, r"Changed\.first .* does not fit .*first \(liansuo\.toy\.v1\.Line\)"),
        ({"first": Line | Price}, r"Changed\.first .* does not fit .*first"),
        (
            {"colour": Tone},
            r"Tone and liansuo\.toy\.v1\.Colour do not name the same values: COLOUR_DARK_BLUE, COLOUR_GREEN",
        ),
        ({"colour": str}, r"Changed\.colour \(str\) does not fit .*Box\.colour \(liansuo\.toy\.v1\.Colour\)"),
        ({"first": Basket}, r"Basket\.lines has no counterpart in liansuo\.toy\.v1\.Line"),
        ({"more": str}, r"Changed\.more has no counterpart in liansuo\.toy\.v1\.Box"),
        ({"code": None}, r"liansuo\.toy\.v1\.Box\.code has no counterpart in .*Changed"),
    ],
)
@pytest.mark.parametrize(
    "build", [lambda kind: decoder(kind, message("Box").DESCRIPTOR), lambda kind: encoder(kind, message("Box"))]
)
def test_a_mismatch_names_both_sides(changes: dict[str, Any], complaint: str, build: Any):
    annotations = {**Box.__annotations__, **changes}
    fields = {name: kind for name, kind in annotations.items() if kind is not None}
    changed = dataclass(type("Changed", (), {"__annotations__": fields, "__module__": __name__}))
    with pytest.raises(Mismatch, match=complaint):
        build(changed)


def test_all_mismatches_are_listed_at_once():
    @dataclass
    class Wrong:
        code: int
        more: str

    with pytest.raises(Mismatch) as raised:
        decoder(Wrong, message("GetBoxRequest").DESCRIPTOR, fixed={"nothing": 1})
    assert str(raised.value).count(";") == 2


@pytest.mark.parametrize(
    ("result", "response", "into"),
    [
        (Box, "GetBoxResponse", "chest"),
        (Box, "PutBoxResponse", "box"),
        (Box, "Basket", "lines"),
        (BoxPut, "OpenRequest", "code"),
    ],
)
def test_into_must_be_the_only_field_and_a_message(result: type, response: str, into: str):
    with pytest.raises(Mismatch, match="is not a message around one message"):
        encoder(result, message(response), into=into)


def test_only_dataclasses_stand_for_messages():
    with pytest.raises(Mismatch, match=r"builtins\.str is not a dataclass"):
        decoder(str, message("Box").DESCRIPTOR)
