"""Providers are there when they have settings, whole or not at all, and no secret is ever shown."""

import os
from pathlib import Path

import pytest

from entrypoints.container import payment_providers_of
from entrypoints.payment_settings import PaymentSettings, payment_providers, settings_of_environment
from entrypoints.settings import StartRefused
from tests.adapters.payments.simulators.signing import private_pem, public_pem

pytestmark = pytest.mark.capability("INT-01")

KEY = "ab" * 32


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("LIANSUO_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    for name, text in {"ours": private_pem("merchant"), "theirs": public_pem("provider"), "secret": "s" * 32}.items():
        (tmp_path / name).write_text(f"{text}\n", encoding="utf-8")
    return tmp_path


def everything(keys: Path) -> dict[str, str]:
    return {
        "stripe_secret_key_file": str(keys / "secret"),
        "stripe_webhook_secret": "whsec_hunter2",
        "wechat_pay_merchant_id": "1900000001",
        "wechat_pay_app_id": "wx1",
        "wechat_pay_private_key_file": str(keys / "ours"),
        "wechat_pay_certificate_serial": "AB12",
        "wechat_pay_api_v3_key_file": str(keys / "secret"),
        "wechat_pay_public_key_file": str(keys / "theirs"),
        "wechat_pay_public_key_id": "PUB_KEY_ID_1",
        "alipay_app_id": "2021000000000000",
        "alipay_private_key_file": str(keys / "ours"),
        "alipay_public_key_file": str(keys / "theirs"),
        "bank_terminal_address": "127.0.0.1:7070",
        "bank_terminal_key": KEY,
    }


def only(keys: Path, *, of: str) -> dict[str, str]:
    """The settings of one provider."""
    return {name: value for name, value in everything(keys).items() if name.startswith(of.split("_", 1)[0])}


def test_there_are_no_providers_without_settings():
    assert payment_providers_of() == {}


def test_what_is_wrong_is_told_when_a_provider_is_asked_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIANSUO_STRIPE_SECRET_KEY", "sk_hunter2")
    providers = payment_providers_of()

    with pytest.raises(StartRefused, match="LIANSUO_STRIPE_WEBHOOK_SECRET too"):
        providers.get("stripe")


def test_every_provider_comes_from_the_environment(keys: Path, monkeypatch: pytest.MonkeyPatch):
    for name, value in everything(keys).items():
        monkeypatch.setenv(f"LIANSUO_{name.upper()}", value)

    found = payment_providers_of()

    assert {code: provider.code for code, provider in found.items()} == {
        code: code for code in ("stripe", "wechat_pay", "alipay", "bank_terminal")
    }


@pytest.mark.parametrize(
    "missing",
    "stripe_webhook_secret wechat_pay_public_key_id wechat_pay_api_v3_key_file alipay_app_id bank_terminal_key".split(),
)
def test_half_of_a_provider_is_refused_and_what_is_missing_named(keys: Path, missing: str):
    given = only(keys, of=missing)
    del given[missing]

    with pytest.raises(StartRefused) as refused:
        payment_providers(PaymentSettings(**given))

    assert f"LIANSUO_{missing.removesuffix('_file').upper()} too." in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("stripe_base_url", "http://api.stripe.com", "is not https"),
        ("alipay_base_url", "ftp://127.0.0.1", "is not https"),
        ("wechat_pay_private_key", "hunter2", "no PEM text"),
        ("alipay_private_key", "hunter2", "cannot be used"),
        ("wechat_pay_public_key_file", "nowhere.pem", "there is no file nowhere.pem"),
        ("bank_terminal_address", "7070", "no host and port"),
        ("bank_terminal_address", "host:99999", "no host and port"),
        ("bank_terminal_key", "hunter2", "not 64 hexadecimal digits"),
    ],
)
def test_refuses_settings_that_cannot_be_used(keys: Path, name: str, value: str, why: str):
    with pytest.raises(StartRefused, match=why) as refused:
        payment_providers(PaymentSettings(**{**only(keys, of=name), name: value}))

    assert "hunter2" not in str(refused.value)


def test_refuses_what_is_no_setting_without_showing_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIANSUO_PAYMENT_TIMEOUT_SECONDS", "hunter2")

    with pytest.raises(StartRefused, match="LIANSUO_PAYMENT_TIMEOUT_SECONDS") as refused:
        settings_of_environment()

    assert "hunter2" not in str(refused.value)


def test_no_secret_shows_when_settings_are_printed(keys: Path):
    settings = PaymentSettings(**everything(keys), stripe_secret_key="sk_hunter2", alipay_private_key="hunter2")
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "hunter2" not in shown
        assert KEY not in shown
