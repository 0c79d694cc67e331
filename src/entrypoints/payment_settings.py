"""Payment providers of an installation, from the environment (LIANSUO_…); a provider without settings is not there."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from application.ports.payments import PaymentProvider, PaymentProviders
from entrypoints.outside_settings import Installed, checked_url, read_settings
from entrypoints.settings import StartRefused

PAIRING_KEY_BYTES: Final = 32


class PaymentSettings(BaseSettings):
    """Where the providers are and as whom they are asked. Every secret may stand in a file instead: `…_file`."""

    model_config = SettingsConfigDict(env_prefix="LIANSUO_", frozen=True, extra="forbid")

    payment_timeout_seconds: float = Field(default=20.0, gt=0, le=120)
    """How long an answer of a provider is waited for; after that the outcome is unknown until it is asked again."""

    stripe_secret_key: SecretStr = SecretStr("")
    stripe_secret_key_file: Path | None = None
    stripe_webhook_secret: SecretStr = SecretStr("")
    stripe_webhook_secret_file: Path | None = None
    stripe_base_url: str = "https://api.stripe.com"

    wechat_pay_merchant_id: str = ""
    wechat_pay_app_id: str = ""
    wechat_pay_private_key: SecretStr = SecretStr("")
    wechat_pay_private_key_file: Path | None = None
    wechat_pay_certificate_serial: str = ""
    """Serial number of the merchant's certificate, in hexadecimal."""
    wechat_pay_api_v3_key: SecretStr = SecretStr("")
    wechat_pay_api_v3_key_file: Path | None = None
    wechat_pay_public_key_file: Path | None = None
    wechat_pay_public_key_id: str = ""
    """Begins with PUB_KEY_ID_, and names the key in `wechat_pay_public_key_file`: WeChat Pay's own."""
    wechat_pay_notify_url: str = ""
    """Without it only what customers show on their phones is taken."""
    wechat_pay_base_url: str = "https://api.mch.weixin.qq.com"

    alipay_app_id: str = ""
    alipay_private_key: SecretStr = SecretStr("")
    alipay_private_key_file: Path | None = None
    alipay_public_key_file: Path | None = None
    """Alipay's own public key, not the one that was uploaded."""
    alipay_notify_url: str = ""
    alipay_base_url: str = "https://openapi.alipay.com/gateway.do"

    bank_terminal_address: str = ""
    """Host and port of the acquirer's gateway, e.g. 127.0.0.1:7070."""
    bank_terminal_key: SecretStr = SecretStr("")
    """32 bytes in hexadecimal, shared when the gateway was paired."""
    bank_terminal_key_file: Path | None = None

    webhook_host: str = "127.0.0.1"
    webhook_port: int = Field(default=8081, ge=0, le=65_535)


def settings_of_environment() -> PaymentSettings:
    """The settings of this process; raises StartRefused, which names what is wrong and never shows a value."""
    return read_settings(PaymentSettings, what="payments")


def installed_providers() -> Installed[PaymentProvider]:
    """The providers of the environment; raises StartRefused as `payment_providers`, once one is asked for."""
    return Installed(lambda: payment_providers(settings_of_environment()))


def payment_providers(settings: PaymentSettings) -> PaymentProviders:
    """The providers that have settings, by code; raises StartRefused, which names every setting that is missing."""
    problems: list[str] = []
    found: dict[str, PaymentProvider] = {}
    for name, needed in _NEEDED.items():
        missing = [field for field in needed if not _is_given(settings, field)]
        if len(missing) == len(needed):
            continue
        if missing:
            named = ", ".join(f"LIANSUO_{field.upper()}" for field in missing)
            problems.append(f"To take payments by {name}, set {named} too.")
            continue
        try:
            found[name] = _BUILT[name](settings)
        except (OSError, ValueError) as error:
            problems.append(f"The settings of {name} cannot be used: {error}.")
    if problems:
        raise StartRefused(" ".join(problems))
    return found


_NEEDED: Final = {
    "stripe": ("stripe_secret_key", "stripe_webhook_secret"),
    "wechat_pay": (
        "wechat_pay_merchant_id",
        "wechat_pay_app_id",
        "wechat_pay_private_key",
        "wechat_pay_certificate_serial",
        "wechat_pay_api_v3_key",
        "wechat_pay_public_key_file",
        "wechat_pay_public_key_id",
    ),
    "alipay": ("alipay_app_id", "alipay_private_key", "alipay_public_key_file"),
    "bank_terminal": ("bank_terminal_address", "bank_terminal_key"),
}


def _stripe(settings: PaymentSettings) -> PaymentProvider:
    from adapters.payments.stripe import StripeAccount, StripePayments

    account = StripeAccount(
        secret_key=_secret(settings, "stripe_secret_key"),
        webhook_secret=_secret(settings, "stripe_webhook_secret"),
        base_url=checked_url(settings.stripe_base_url),
        timeout_seconds=settings.payment_timeout_seconds,
    )
    return StripePayments(account)


def _wechat_pay(settings: PaymentSettings) -> PaymentProvider:
    from adapters.payments.wechat_pay import WeChatPayments, WeChatPayMerchant

    merchant = WeChatPayMerchant(
        merchant_id=settings.wechat_pay_merchant_id,
        app_id=settings.wechat_pay_app_id,
        private_key=_secret(settings, "wechat_pay_private_key"),
        certificate_serial=settings.wechat_pay_certificate_serial,
        api_v3_key=_secret(settings, "wechat_pay_api_v3_key"),
        public_key=_text(settings.wechat_pay_public_key_file),
        public_key_id=settings.wechat_pay_public_key_id,
        base_url=checked_url(settings.wechat_pay_base_url),
        timeout_seconds=settings.payment_timeout_seconds,
        notify_url=settings.wechat_pay_notify_url,
    )
    return WeChatPayments(merchant)


def _alipay(settings: PaymentSettings) -> PaymentProvider:
    from adapters.payments.alipay import AlipayApp, AlipayPayments

    app = AlipayApp(
        app_id=settings.alipay_app_id,
        private_key=_secret(settings, "alipay_private_key"),
        public_key=_text(settings.alipay_public_key_file),
        notify_url=settings.alipay_notify_url,
        gateway=checked_url(settings.alipay_base_url),
        timeout_seconds=settings.payment_timeout_seconds,
    )
    return AlipayPayments(app)


def _bank(settings: PaymentSettings) -> PaymentProvider:
    from adapters.payments.bank_terminal import BankTerminals, TerminalGateway

    host, colon, port = settings.bank_terminal_address.rpartition(":")
    if not colon or not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ValueError("the address is no host and port, e.g. 127.0.0.1:7070")
    try:
        key = bytes.fromhex(_secret(settings, "bank_terminal_key"))
    except ValueError:
        key = b""
    if len(key) != PAIRING_KEY_BYTES:
        raise ValueError("the key is not 64 hexadecimal digits")
    gateway = TerminalGateway(host.strip("[]"), int(port), key, settings.payment_timeout_seconds)
    return BankTerminals(gateway)


_BUILT: Final[Mapping[str, Callable[[PaymentSettings], PaymentProvider]]] = {
    "stripe": _stripe,
    "wechat_pay": _wechat_pay,
    "alipay": _alipay,
    "bank_terminal": _bank,
}


def _is_given(settings: PaymentSettings, field: str) -> bool:
    value = getattr(settings, field)
    if isinstance(value, SecretStr):
        return bool(value.get_secret_value()) or getattr(settings, f"{field}_file") is not None
    return bool(value)


def _secret(settings: PaymentSettings, field: str) -> str:
    secret: SecretStr = getattr(settings, field)
    return secret.get_secret_value() or _text(getattr(settings, f"{field}_file"))


def _text(path: Path | None) -> str:
    if path is None or not path.is_file():
        raise ValueError(f"there is no file {path}")
    return path.read_text(encoding="utf-8").strip()
