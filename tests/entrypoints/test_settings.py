from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from entrypoints.settings import Settings, StartRefused, is_loopback

KEY = "ab" * 32
POSTGRES = "postgresql://chain@127.0.0.1/chain"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("LIANSUO_")]:
        monkeypatch.delenv(name)


def test_the_defaults_serve_this_machine_only():
    settings = Settings()
    settings.check_start()
    assert (settings.address, settings.embedded, settings.worker_count, settings.reflection) == (
        "127.0.0.1:50051",
        True,
        1,
        True,
    )
    assert (settings.metrics_port, settings.otlp_endpoint) == (0, "")


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    for name, value in {"HOST": "::1", "PORT": "6000", "WORKERS": "3", "DATABASE_URL": POSTGRES}.items():
        monkeypatch.setenv(f"LIANSUO_{name}", value)
    settings = Settings()
    assert (settings.address, settings.worker_count, settings.embedded) == ("[::1]:6000", 3, False)


@pytest.mark.parametrize(("cores", "workers"), [(1, 2), (2, 3), (4, 5), (64, 8)])
def test_postgresql_is_served_by_one_worker_more_than_cores_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, cores: int, workers: int
):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(cores)))
    assert Settings(database_url=POSTGRES).worker_count == workers


@pytest.mark.parametrize(
    ("name", "value"), [("port", -1), ("workers", 65), ("threads", 0), ("log_level", "chatty"), ("colour", "red")]
)
def test_refuses_what_is_no_setting(name: str, value: Any):
    with pytest.raises(ValidationError, match=name):
        Settings(**{name: value})


def test_no_secret_shows_when_settings_are_printed():
    settings = Settings(master_key=KEY, database_url="postgresql://chain:hunter2@db/chain")
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert KEY not in shown
        assert "hunter2" not in shown


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, Path]:
    for name in ("server.crt", "server.key"):
        (tmp_path / name).write_text("x")
    return {"tls_certificate": tmp_path / "server.crt", "tls_key": tmp_path / "server.key"}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"production": True, "host": "0.0.0.0", "master_key": KEY}, r"0\.0\.0\.0 needs TLS"),
        ({"production": True, "host": "::", "master_key": KEY}, "needs TLS"),
        ({"production": True, "host": "shop.example", "master_key": KEY}, "needs TLS"),
        ({"production": True}, "set LIANSUO_MASTER_KEY or LIANSUO_MASTER_KEY_FILE"),
        ({"tls_certificate": Path("nowhere.crt")}, "TLS needs both .* There is no file nowhere.crt"),
        ({"tls_client_ca": Path("nowhere.crt")}, "asks for client certificates"),
        ({"port": 9465, "metrics_port": 9464, "workers": 2}, "Metrics would take port 9465"),
    ],
)
def test_refuses_to_start_where_settings_do_not_fit(given: dict[str, Any], why: str):
    with pytest.raises(StartRefused, match=why):
        Settings(**given).check_start()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_production_may_speak_plain_text_on_loopback(host: str):
    Settings(production=True, host=host, master_key=KEY).check_start()


def test_production_with_tls_may_be_reached_from_everywhere(certificate: dict[str, Path]):
    settings = Settings(production=True, host="0.0.0.0", master_key=KEY, **certificate)
    settings.check_start()
    assert not settings.reflection


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("shop", False),
    ],
)
def test_knows_what_only_this_machine_can_reach(host: str, loopback: bool):
    assert is_loopback(host) is loopback
