"""`liansuo till` says what is missing before it takes the screen."""

from pathlib import Path

import pytest

from entrypoints.cli.commands import run
from entrypoints.cli.problems import Exit


def test_says_how_to_get_a_credential(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["till", "--credential-file", str(tmp_path / "none")]) == Exit.USAGE
    assert "liansuo enroll" in capsys.readouterr().err.replace("\n", " ")


def test_sends_no_credential_in_clear_to_another_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "credential").write_text("secret\n", encoding="utf-8")
    directory = tmp_path / "till"
    asked = ["till", "--credential-file", str(tmp_path / "credential"), "--directory", str(directory)]
    assert run([*asked, "--server", "shop.example:443"]) == Exit.USAGE
    assert "--ca-file" in capsys.readouterr().err
    assert not directory.exists()


def test_says_which_paper_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "credential").write_text("secret", encoding="utf-8")
    assert run(["till", "--credential-file", str(tmp_path / "credential"), "--columns", "40"]) == Exit.USAGE
    assert "Use 32 or 48." in capsys.readouterr().err
