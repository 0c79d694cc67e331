import json

import pytest

from entrypoints.carrier_settings import CarrierSettings, carrier_settings_of_environment, carriers
from entrypoints.settings import StartRefused

SALT = "0123456789abcdef"
GIVEN = {
    "kuaidi100_key": "KEY",
    "kuaidi100_secret": "hunter2",
    "kuaidi100_salt": SALT,
    "kuaidi100_callback_url": "https://shop.example/webhooks/kuaidi100",
    "kuaidi100_accounts": json.dumps({"shunfeng": {"partnerId": "1"}, "zhongtong": {"partnerId": "2"}}),
}


def test_without_settings_there_is_no_carrier():
    assert carriers(CarrierSettings()) == {}


def test_every_account_is_a_carrier_of_its_own():
    found = carriers(CarrierSettings(**GIVEN))
    assert {code: one.gateway for code, one in found.items()} == {"shunfeng": "kuaidi100", "zhongtong": "kuaidi100"}


def test_a_secret_may_stand_in_a_file(tmp_path):
    file = tmp_path / "secret"
    file.write_text("hunter2\n", encoding="utf-8")
    given = {**GIVEN, "kuaidi100_secret": "", "kuaidi100_secret_file": file}
    assert sorted(carriers(CarrierSettings(**given))) == ["shunfeng", "zhongtong"]
    with pytest.raises(StartRefused, match="There is no file"):
        carriers(CarrierSettings(**{**given, "kuaidi100_secret_file": tmp_path / "none"}))


@pytest.mark.parametrize("name", GIVEN)
def test_names_what_is_missing(name):
    with pytest.raises(StartRefused, match=f"LIANSUO_{name.upper()} too"):
        carriers(CarrierSettings(**{**GIVEN, name: ""}))


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("kuaidi100_salt", "short", "the salt needs 16 to 32 characters"),
        ("kuaidi100_callback_url", "http://shop.example/", "is not https"),
        ("kuaidi100_label_url", "http://api.example/", "is not https"),
        ("kuaidi100_accounts", "hunter2", "no JSON"),
        ("kuaidi100_accounts", "{}", "no JSON object with a carrier in it"),
        ("kuaidi100_accounts", '{"Shun feng": {}}', "letters and digits in lower case"),
        ("kuaidi100_accounts", '{"shunfeng": []}', "no JSON object of texts"),
        ("kuaidi100_accounts", '{"shunfeng": {"password": "hunter2"}}', "not password"),
    ],
)
def test_says_what_cannot_be_used_and_shows_no_secret(name, value, why):
    with pytest.raises(StartRefused, match=why) as refused:
        carriers(CarrierSettings(**{**GIVEN, name: value}))
    assert "hunter2" not in str(refused.value)


def test_simulates_a_carrier_outside_production_only():
    assert list(carriers(CarrierSettings(carrier_simulator_key="k"))) == ["simulated"]
    with pytest.raises(StartRefused, match="In production no carrier is simulated"):
        carriers(CarrierSettings(carrier_simulator_key="k", production=True))


def test_reads_the_environment_and_never_shows_a_value(monkeypatch):
    monkeypatch.setenv("LIANSUO_CARRIER_SIMULATOR_KEY", "hunter2")
    settings = carrier_settings_of_environment()
    assert list(carriers(settings)) == ["simulated"]
    assert "hunter2" not in repr(settings)
    monkeypatch.setenv("LIANSUO_CARRIER_TIMEOUT_SECONDS", "hunter2")
    with pytest.raises(StartRefused) as refused:
        carrier_settings_of_environment()
    assert "LIANSUO_CARRIER_TIMEOUT_SECONDS" in str(refused.value)
    assert "hunter2" not in str(refused.value)
