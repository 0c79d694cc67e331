"""Where a parcel goes and who takes it: personal, so it is never part of an event, a log or a stored answer."""

import re
from dataclasses import dataclass, field
from typing import Final

from domain.shared.errors import Invalid

PHONE: Final = re.compile(r"\+?[0-9][0-9 -]{4,22}[0-9]", re.ASCII)


class NoPhone(Invalid):
    en = "Carriers need a phone: 6 to 24 digits, spaces and hyphens, with + before a country code."
    zh = "承运商需要联系电话：6 至 24 位数字、空格或连字符，国家代码前加 +。"


@dataclass(frozen=True, slots=True)
class DeliveryAddress:
    """Who takes the parcel, and where. `region` goes from the province to the district, `street` is the rest."""

    recipient: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    region: str = field(default="", repr=False)
    street: str = field(default="", repr=False)

    @property
    def is_empty(self) -> bool:
        return not (self.recipient or self.phone or self.region or self.street)

    @property
    def full(self) -> str:
        """The whole address in one line."""
        return f"{self.region}{self.street}"


def check_phone(phone: str, *, field: str) -> str:
    """The phone itself; raises NoPhone."""
    if not PHONE.fullmatch(phone):
        raise NoPhone(field)
    return phone
