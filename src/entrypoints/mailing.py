"""The mail server of the settings, as receipts need it."""

from application.ports.receipts import LetterSender
from domain.shared.errors import Rejected
from entrypoints.settings import Settings, is_loopback


class NoMailServer(Rejected):
    en = "No mail server is set up. Set LIANSUO_SMTP_HOST and LIANSUO_SMTP_SENDER."
    zh = "尚未配置邮件服务器，请设置 LIANSUO_SMTP_HOST 和 LIANSUO_SMTP_SENDER。"


class PlainMailRefused(Rejected):
    en = "Mail to {host} would travel in plain text. Set LIANSUO_SMTP_SECURITY to starttls or implicit."
    zh = "发往 {host} 的邮件将以明文传输，请将 LIANSUO_SMTP_SECURITY 设为 starttls 或 implicit。"


def letter_sender(settings: Settings) -> LetterSender:
    """Who hands receipts to the mail server; raises NoMailServer, or PlainMailRefused beyond this machine."""
    from adapters.receipts.smtp import LetterSender, MailServer, Security

    if not (settings.smtp_host and settings.smtp_sender):
        raise NoMailServer
    security = Security(settings.smtp_security)
    if security is Security.NONE and not is_loopback(settings.smtp_host):
        raise PlainMailRefused(host=settings.smtp_host)
    return LetterSender(
        MailServer(
            settings.smtp_host,
            settings.smtp_port,
            security,
            settings.smtp_sender,
            settings.smtp_user,
            settings.smtp_password.get_secret_value(),
        )
    )
