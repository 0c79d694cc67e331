"""Carriers of an installation, from the environment (LIANSUO_…); a carrier without settings is not there."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.carriers.kuaidi100 import ACCOUNT_FIELDS, CANCEL_URL, LABEL_URL, Kuaidi100Account, Kuaidi100Carrier
from adapters.carriers.simulator import SimulatedCarrier
from application.ports.carriers import Carrier, Carriers
from entrypoints.outside_settings import Installed, checked_url, read_settings
from entrypoints.settings import StartRefused

SALT_CHARACTERS_MIN: Final = 16
"""As long as a guess has to be hopeless; Kuaidi100 takes 32."""


class CarrierSettings(BaseSettings):
    """Whom we ask, and as whom. Every secret may stand in a file instead: `…_file`."""

    model_config = SettingsConfigDict(env_prefix="LIANSUO_", frozen=True, extra="forbid")

    production: bool = False
    carrier_timeout_seconds: float = Field(default=20.0, gt=0, le=120)
    """How long an answer of a carrier is waited for; after that it is asked again later."""

    kuaidi100_key: str = ""
    kuaidi100_secret: SecretStr = SecretStr("")
    kuaidi100_secret_file: Path | None = None
    kuaidi100_salt: SecretStr = SecretStr("")
    """A random text of 16 to 32 characters of our own, with which pushes are signed."""
    kuaidi100_salt_file: Path | None = None
    kuaidi100_callback_url: str = ""
    kuaidi100_accounts: SecretStr = SecretStr("")
    """JSON: our accounts by the carrier's code there, e.g. {"shunfeng": {"partnerId": "…", "partnerKey": "…"}}."""
    kuaidi100_accounts_file: Path | None = None
    kuaidi100_label_url: str = LABEL_URL
    kuaidi100_cancel_url: str = CANCEL_URL

    carrier_simulator_key: SecretStr = SecretStr("")
    """Given, there is a carrier "simulated" that makes waybills and moves nothing; not in production."""


def installed_carriers() -> Installed[Carrier]:
    """The carriers of the environment; raises StartRefused as `carriers`, once one is asked for."""
    return Installed(lambda: carriers(carrier_settings_of_environment()))


def carrier_settings_of_environment() -> CarrierSettings:
    """The settings of this process; raises StartRefused, which names what is wrong and never shows a value."""
    return read_settings(CarrierSettings, what="carriers")


def carriers(settings: CarrierSettings) -> Carriers:
    """The carriers that have settings, by code; raises StartRefused, which names every setting that is missing."""
    found: dict[str, Carrier] = {}
    if settings.carrier_simulator_key.get_secret_value():
        if settings.production:
            raise StartRefused("In production no carrier is simulated: take LIANSUO_CARRIER_SIMULATOR_KEY away.")
        simulated = SimulatedCarrier(settings.carrier_simulator_key.get_secret_value())
        found[simulated.code] = simulated
    given = {name: _given(settings, name) for name in _NEEDED}
    missing = [name for name, value in given.items() if not value]
    if missing and len(missing) < len(_NEEDED):
        named = ", ".join(f"LIANSUO_{name.upper()}" for name in missing)
        raise StartRefused(f"To ask carriers by kuaidi100, set {named} too.")
    if not missing:
        try:
            found |= _kuaidi100(settings, given)
        except ValueError as error:
            raise StartRefused(f"The settings of kuaidi100 cannot be used: {error}.") from None
    return found


_NEEDED: Final = (
    "kuaidi100_key", "kuaidi100_secret", "kuaidi100_salt", "kuaidi100_callback_url", "kuaidi100_accounts",
)  # fmt: skip


def _kuaidi100(settings: CarrierSettings, given: Mapping[str, str]) -> dict[str, Carrier]:
    if not SALT_CHARACTERS_MIN <= len(given["kuaidi100_salt"]) <= 32:
        raise ValueError(f"the salt needs {SALT_CHARACTERS_MIN} to 32 characters")
    account = Kuaidi100Account(
        key=given["kuaidi100_key"],
        secret=given["kuaidi100_secret"],
        salt=given["kuaidi100_salt"],
        callback_url=checked_url(given["kuaidi100_callback_url"]),
        label_url=checked_url(settings.kuaidi100_label_url),
        cancel_url=checked_url(settings.kuaidi100_cancel_url),
        timeout_seconds=settings.carrier_timeout_seconds,
    )
    return {
        code: Kuaidi100Carrier(code, account, partner)
        for code, partner in _accounts(given["kuaidi100_accounts"]).items()
    }


def _accounts(text: str) -> Mapping[str, Mapping[str, str]]:
    """Accounts by carrier; raises ValueError, which shows none of them."""
    try:
        accounts = json.loads(text)
    except ValueError:
        raise ValueError("the accounts are no JSON") from None
    if not isinstance(accounts, dict) or not accounts:
        raise ValueError("the accounts are no JSON object with a carrier in it")
    for code, partner in accounts.items():
        if not code.isascii() or not code.isalnum() or code != code.lower() or len(code) > 64:
            raise ValueError("a carrier's code is letters and digits in lower case")
        if not isinstance(partner, dict) or not all(isinstance(value, str) for value in partner.values()):
            raise ValueError(f"the account with {code} is no JSON object of texts")
        if unknown := sorted(set(partner) - set(ACCOUNT_FIELDS)):
            raise ValueError(f"an account has {', '.join(ACCOUNT_FIELDS)}, not {', '.join(unknown)}")
    return accounts


def _given(settings: CarrierSettings, name: str) -> str:
    value = getattr(settings, name)
    if not isinstance(value, SecretStr):
        return str(value)
    path: Path | None = getattr(settings, f"{name}_file")
    if value.get_secret_value() or path is None:
        return value.get_secret_value()
    if not path.is_file():
        raise StartRefused(f"There is no file {path}.")
    return path.read_text(encoding="utf-8").strip()
