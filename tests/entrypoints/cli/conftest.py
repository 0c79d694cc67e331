from pathlib import Path

import pytest

from tests.entrypoints.cli.journeys import Shell


@pytest.fixture
def anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working folder and an environment without settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("LIANSUO_DATABASE_URL", "LIANSUO_MASTER_KEY", "LIANSUO_MASTER_KEY_FILE", "LIANSUO_PRODUCTION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C")
    return tmp_path


@pytest.fixture
def shell(anywhere: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Runs commands in an empty folder, without a database unless the test makes one."""
    return Shell(capsys)


@pytest.fixture
def chain_shell(shell: Shell, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Runs commands on an empty, migrated database of either engine."""
    monkeypatch.setenv("LIANSUO_DATABASE_URL", database_url)
    return shell
