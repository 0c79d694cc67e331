"""Figures as tables, JSON and CSV."""

import io
import json

import pytest

from entrypoints.cli.output import Column, Figures, Format, Kind, csv_cell, major, show, units

FIGURES = Figures(
    "Takings",
    (
        Column("store_code", "Store"),
        Column("currency", "Currency"),
        Column("sales", "Sales", Kind.COUNT),
        Column("quantity_milli", "Quantity", Kind.QUANTITY),
        Column("total_minor", "Total", Kind.MONEY),
    ),
    [("S1", "CNY", 1234, 1500, 123456), ("=1+1", "JPY", 1, -1000, -1234)],
)


def printed(form: Format) -> str:
    out = io.StringIO()
    show(FIGURES, form, file=out)
    return out.getvalue()


def test_a_table_shows_major_units_of_each_rows_currency():
    first, second = [line for line in printed(Format.TABLE).splitlines() if "CNY" in line or "JPY" in line]
    assert [cell.strip() for cell in first.strip("│ ").split("│")] == ["S1", "CNY", "1,234", "1.5", "1,234.56"]
    assert [cell.strip() for cell in second.strip("│ ").split("│")] == ["=1+1", "JPY", "1", "-1", "-1,234"]


def test_json_holds_the_exact_integers():
    assert json.loads(printed(Format.JSON)) == [
        {"store_code": "S1", "currency": "CNY", "sales": 1234, "quantity_milli": 1500, "total_minor": 123456},
        {"store_code": "=1+1", "currency": "JPY", "sales": 1, "quantity_milli": -1000, "total_minor": -1234},
    ]


def test_csv_defuses_formulas_and_keeps_negative_numbers():
    assert printed(Format.CSV) == (
        "store_code,currency,sales,quantity_milli,total_minor\nS1,CNY,1234,1500,123456\n'=1+1,JPY,1,-1000,-1234\n"
    )


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "＠x"])
def test_csv_puts_an_apostrophe_before_what_a_spreadsheet_would_evaluate(text: str):
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["a=1", "", "1-2", -5, 0, None, True])
def test_csv_keeps_everything_else_as_it_is(value: object):
    assert csv_cell(value) is value


def test_amounts_have_the_digits_of_their_currency():
    assert [major(-5, "USD"), major(0, "USD"), major(1234567, "JPY"), major(1234567, "KWD")] == [
        "-0.05",
        "0.00",
        "1,234,567",
        "1,234.567",
    ]


def test_quantities_have_no_zeros_at_their_end():
    assert [units(1000), units(1250), units(-1), units(0), units(1234567890)] == [
        "1", "1.25", "-0.001", "0", "1,234,567.89",
    ]  # fmt: skip
