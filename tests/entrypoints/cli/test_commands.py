"""How commands end: exit codes, and what they say instead of a traceback."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from application.ports.kernel import StorageFull
from entrypoints.cli import check, commands
from entrypoints.cli.problems import Exit, problem_of
from tests.entrypoints.cli.journeys import Shell


def test_help_names_every_command(shell: Shell):
    ended = shell("--help")
    assert ended.code == 0
    assert [name for name in commands.COMMANDS if f" {name} " not in ended.out] == []


def test_prints_the_version(shell: Shell):
    ended = shell("--version")
    assert (ended.code, ended.out) == (0, "liansuo 0.1.0\n")


@pytest.mark.parametrize(
    "arguments",
    [("frobnicate",), ("report",), ("check", "--format", "xml"), ("replay", "--weeks", "54"), ("enroll",)],
)
def test_wrong_usage_ends_with_2(shell: Shell, arguments: tuple[str, ...]):
    ended = shell(*arguments)
    assert ended.code == 2
    assert ended.err + ended.out != ""


def test_a_missing_database_is_not_made(shell: Shell, anywhere: Path):
    ended = shell("check")
    assert ended.code == 3
    assert ended.err == "There is no database var/liansuo.db.\nCreate it with `liansuo migrate`.\n"
    assert list(anywhere.iterdir()) == []


def test_a_database_without_tables_is_not_used(shell: Shell, anywhere: Path):
    (anywhere / "empty.db").touch()
    ended = shell("report", "takings", "--database", "sqlite:///empty.db")
    assert ended.code == 3
    assert "Run `liansuo migrate` first" in ended.err
    assert "Traceback" not in ended.err


def test_a_file_that_is_no_database_is_said_to_be_none(shell: Shell, anywhere: Path):
    (anywhere / "notes.db").write_text("not a database, but a file of some length" * 100)
    ended = shell("check", "--database", "sqlite:///notes.db")
    assert (ended.code, ended.err.splitlines()[0]) == (3, "The database cannot be used: file is not a database.")


@pytest.mark.parametrize("url", ["nonsense", "mysql://somewhere/else", "sqlite://"])
def test_a_url_that_nothing_understands_is_wrong_usage(shell: Shell, url: str):
    ended = shell("check", "--database", url)
    assert ended.code == 2
    assert "sqlite:///var/liansuo.db" in ended.err


def test_an_unreachable_server_says_what_to_check(shell: Shell):
    ended = shell("check", "--database", "postgresql://nobody@127.0.0.1:1/nothing")
    assert ended.code == 3
    assert "LIANSUO_DATABASE_URL" in ended.err


def test_a_wrong_setting_in_the_environment_is_named(shell: Shell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIANSUO_PORT", "many")
    ended = shell("check")
    assert ended.code == 2
    assert "LIANSUO_PORT" in ended.err


def test_migrate_makes_the_database_and_changes_nothing_the_second_time(shell: Shell, anywhere: Path):
    first = shell("migrate")
    before = (anywhere / "var" / "liansuo.db").read_bytes()
    second = shell("migrate")
    assert (first.code, second.code) == (0, 0)
    assert first.err == second.err
    assert first.err.startswith("The database is ready, revision ")
    assert first.err.endswith(": sqlite:///var/liansuo.db\n")
    assert (anywhere / "var" / "liansuo.db").read_bytes() == before


def test_a_password_in_the_url_is_not_printed(shell: Shell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("entrypoints.cli.operate.migrated", lambda url: "0001")
    ended = shell("migrate", "--database", "postgresql://liansuo:geheim@db/liansuo")
    assert ended.code == 0
    assert "geheim" not in ended.err + ended.out


def test_a_refusal_ends_with_1_and_names_the_field(chain_shell: Shell):
    ended = chain_shell("settings", "set", "negative_stock", "perhaps")
    assert ended.code == 1
    assert ended.err == ("“perhaps” is no value of negative_stock. Allowed: forbid, warn, allow. (field value)\n")
    stored = chain_shell("settings", "list", "--format", "json").json
    assert [row["value"] for row in stored if row["name"] == "negative_stock"] == ["forbid"]


def test_refuses_in_the_language_of_the_terminal(chain_shell: Shell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    ended = chain_shell("settings", "set", "negative_stock", "perhaps")
    assert ended.err.startswith("“perhaps”不是 negative_stock 的有效值。")


def test_a_defect_shows_its_kind_and_never_its_text(chain_shell: Shell, monkeypatch: pytest.MonkeyPatch):
    def broken(_: object) -> None:
        raise LookupError("13800138000")

    monkeypatch.setattr(check, "examined", broken)
    ended = chain_shell("check")
    assert (ended.code, ended.err.splitlines()[0]) == (4, "Unexpected error: LookupError.")
    assert "13800138000" not in ended.err
    assert "Traceback" in chain_shell("--debug", "check").err


def test_a_reader_that_goes_away_is_no_error(chain_shell: Shell, database_url: str):
    command = f"{sys.executable} -m entrypoints settings list --database '{database_url}' --format csv | head -1"
    ended = subprocess.run(command, shell=True, capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout.startswith("name,scope_kind,scope_code,value")
    assert "Traceback" not in ended.stderr


def test_serve_loads_no_grpc_before_its_workers(shell: Shell):
    code = "import sys, entrypoints.cli.commands as c; c.application(['serve']); print('grpc' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout == "False\n"


def test_serve_in_production_makes_no_database(shell: Shell, anywhere: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIANSUO_PRODUCTION", "true")
    ended = shell("serve")
    assert (ended.code, ended.err.splitlines()[0]) == (3, "There is no database var/liansuo.db.")
    assert list(anywhere.iterdir()) == []


def test_settings_are_set_and_reset_for_a_store(chain_shell: Shell):
    assert chain_shell("seed").code == 0
    put = chain_shell("settings", "set", "points_rounding", "half_up", "--store", "S02", "--format", "json")
    assert put.code == 0
    assert [(row["scope_kind"], row["scope_code"], row["value"]) for row in put.json] == [("store", "S02", "half_up")]
    reset = chain_shell("settings", "reset", "points_rounding", "--store", "S02", "--format", "json")
    assert [(row["value"], row["is_default"]) for row in reset.json] == [("down", True)]
    assert chain_shell("settings", "set", "points_rounding", "").code == 2
    assert chain_shell("settings", "set", "points_rounding", "down", "--store", "S02", "--region", "east").code == 2


def test_check_names_a_tampered_row_and_ends_with_1(shell: Shell, sqlite_url: str):
    assert shell("seed", "--database", sqlite_url).code == 0
    whole = shell("check", "--database", sqlite_url, "--format", "json")
    assert (whole.code, whole.json["ok"]) == (0, True)
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        [(location, sku)] = connection.execute("SELECT location_id, sku_id FROM stock_levels LIMIT 1").fetchall()
        connection.execute("UPDATE stock_levels SET on_hand_milli = on_hand_milli + 1 WHERE sku_id = ?", (sku,))
    connection.close()
    tampered = shell("check", "--database", sqlite_url, "--format", "json")
    assert (tampered.code, tampered.json["ok"]) == (1, False)
    [violated] = [one for one in tampered.json["checks"] if not one["ok"]]
    assert violated["id"] == "I3"
    assert all(str(sku) in violation for violation in violated["violations"])
    assert str(location) in " ".join(violated["violations"])
    table = shell("check", "--database", sqlite_url)
    assert table.code == 1
    assert f"I3: {violated['violations'][0]}" in table.out


def test_a_full_disk_is_told_with_what_to_do():
    problem = problem_of(StorageFull())
    assert (problem.code, "no room" in problem.what, "Make room" in problem.advice) == (Exit.UNAVAILABLE, True, True)


def test_roles_are_compared_with_those_of_the_program_and_renewed_by_name(shell: Shell):
    shell("migrate")
    first = json.loads(shell("roles", "list", "--format", "json").out)
    assert {(one["code"], one["state"]) for one in first} == {
        (code, "absent")
        for code in ("admin", "cashier", "hq", "kiosk", "manager", "pricing_terminal", "supplier", "terminal")
    }
    assert shell("roles", "renew", "cashier", "hq").err == "Roles: 2 new, 0 renewed, 0 as before.\n"
    refused = shell("roles", "renew", "boss")
    assert (refused.code, "boss" in refused.err) == (1, True)
    table = shell("roles", "list")
    assert (table.code, table.out.count("builtin"), table.out.count("absent")) == (0, 2, 6)
