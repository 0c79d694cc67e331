import pytest
from sqlalchemy import Engine, insert, select

from adapters.sql.engine import open_engine
from adapters.sql.statements import any_of, upsert
from adapters.sql.tables.catalog import units

ROWS = [
    {"unit_id": 1, "code": "EA", "name": "Piece", "decimals": 0},
    {"unit_id": 2, "code": "公斤", "name": "Kilogram", "decimals": 3},
    {"unit_id": 2**40, "code": "O'\"\\", "name": "Odd", "decimals": 1},
]
BY_CODE = select(units.c.unit_id).where(any_of(units.c.code, "codes")).order_by(units.c.unit_id)
BY_ID = select(units.c.unit_id).where(any_of(units.c.unit_id, "unit_ids")).order_by(units.c.unit_id)


@pytest.fixture
def engine(database_url: str) -> Engine:
    """A database with three units of measure."""
    engine = open_engine(database_url)
    with engine.begin() as connection:
        connection.execute(insert(units), ROWS)
    return engine


@pytest.mark.parametrize(
    ("statement", "parameters", "found"),
    [
        (BY_CODE, {"codes": ["公斤", "EA", "XX"]}, [1, 2]),
        (BY_CODE, {"codes": {"O'\"\\"}}, [2**40]),
        (BY_CODE, {"codes": []}, []),
        (BY_ID, {"unit_ids": [2**40, 2, 3]}, [2, 2**40]),
        (BY_ID, {"unit_ids": ()}, []),
        # More than SQLite and PostgreSQL take as single parameters.
        (BY_CODE, {"codes": ["EA", *map(str, range(70_000))]}, [1]),
    ],
)
def test_finds_any_of_a_collection_of_any_size(engine, statement, parameters, found):
    with engine.begin() as connection:
        assert list(connection.execute(statement, parameters).scalars()) == found
    engine.dispose()


def test_replaces_what_has_the_same_key_and_adds_the_rest(engine):
    with engine.begin() as connection:
        connection.execute(
            upsert(units),
            [
                {"unit_id": 2, "code": "KG", "name": "Kilo", "decimals": 2},
                {"unit_id": 3, "code": "L", "name": "Litre", "decimals": 3},
            ],
        )
        stored = connection.execute(select(units).order_by(units.c.unit_id)).all()
    assert stored == [
        (1, "EA", "Piece", 0),
        (2, "KG", "Kilo", 2),
        (3, "L", "Litre", 3),
        (2**40, "O'\"\\", "Odd", 1),
    ]
    engine.dispose()
