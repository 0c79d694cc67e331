"""A program keeps working while a newer one has already changed the schema (rolling upgrade)."""

import pytest
from sqlalchemy import text

from adapters.sql.tables import kernel, sales
from adapters.sql.unit_of_work import SqlUnits
from application.ports.kernel import Claim, Contention
from tests.adapters.sql.conftest import NOW, count, open_units, writing
from tests.adapters.sql.samples import line, request_id, sale


def alter(units: SqlUnits, statement: str) -> None:
    other = open_units(units.engine.url.render_as_string(hide_password=False))
    with writing(other) as uow:
        uow.execute(text(statement))
        uow.commit()
    other.close()


def sell(units: SqlUnits, sale_id: int) -> None:
    claim = Claim(5, request_id(sale_id), "Checkout", b"")
    with writing(units) as uow:
        uow.requests.claim([claim], at=NOW)
        uow.add(sale(sale_id), line(sale_id))
        uow.requests.answer(claim, b"receipt")
        uow.commit()


def test_a_column_that_the_program_does_not_know_is_left_to_its_default(postgres_units: SqlUnits):
    alter(postgres_units, "ALTER TABLE sale_lines ADD COLUMN season text NOT NULL DEFAULT 'none'")
    sell(postgres_units, 1)
    with writing(postgres_units) as uow:
        assert uow.execute(text("SELECT season FROM sale_lines")).scalar_one() == "none"


def test_a_column_added_while_it_runs_costs_one_attempt(postgres_units: SqlUnits):
    sell(postgres_units, 1)
    alter(postgres_units, "ALTER TABLE sale_lines ADD COLUMN season text NOT NULL DEFAULT 'none'")
    with pytest.raises(Contention):
        sell(postgres_units, 2)
    assert (count(postgres_units, sales.sales), count(postgres_units, kernel.requests)) == (1, 1)
    sell(postgres_units, 2)
    assert (count(postgres_units, sales.sale_lines), count(postgres_units, kernel.requests)) == (2, 2)


def test_a_column_dropped_and_one_added_in_its_place_are_told_apart(postgres_units: SqlUnits):
    alter(postgres_units, "ALTER TABLE sale_lines ADD COLUMN season text; ALTER TABLE sale_lines DROP COLUMN season")
    alter(postgres_units, "ALTER TABLE sale_lines ADD COLUMN origin bigint")
    sell(postgres_units, 1)
    assert count(postgres_units, sales.sale_lines) == 1
