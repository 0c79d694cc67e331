"""What is kept of a person, checked field by field."""

import re
from datetime import date
from typing import Final

from application.fields import optional_code, optional_date, optional_name
from application.ports.kernel import UnitOfWork
from domain.shared.errors import Invalid

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


class InvalidPhone(Invalid):
    en = "This is no phone number. Write it as dialled in China, or with a plus sign and the country code."
    zh = "电话号码无效。请填写国内号码，或以加号和国家代码开头。"


class InvalidEmail(Invalid):
    en = "This is no e-mail address. Write it as name@example.com, or leave it empty."
    zh = "电子邮箱地址无效，请按 name@example.com 的格式填写，或留空。"


class BornInFuture(Invalid):
    en = "The birthday {birthday} has not come yet. Correct it or leave it empty."
    zh = "生日 {birthday} 尚未到来，请更正或留空。"


def checked_phone(uow: UnitOfWork, phone: str, *, field: str) -> str:
    """The phone in E.164; empty for none."""
    if not phone.strip():
        return ""
    e164 = uow.members.e164(phone)
    if e164 is None:
        raise InvalidPhone(field)
    return e164


def checked_birthday(birthday: str, today: date, *, field: str) -> str:
    """An ISO date that has come; empty for none."""
    born = optional_date(birthday, field=field)
    if born is not None and born > today:
        raise BornInFuture(field, birthday=born.isoformat())
    return birthday


def checked_email(email: str, *, field: str) -> str:
    """An address of up to 200 characters without the space around it, which need not exist; empty for none."""
    email = optional_name(email, field=field)
    if email and _EMAIL.fullmatch(email) is None:
        raise InvalidEmail(field)
    return email


def checked_occupation(occupation: str, *, field: str) -> str:
    """Up to 64 characters without the space around them."""
    return optional_code(occupation.strip(), field=field)
