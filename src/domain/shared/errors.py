"""Refusals: the five ways in which the business says no.

A refusal names the field at fault and says what to do, in English and in Chinese; nothing is written when one is
raised. Each is defined beside the function that raises it.
"""

import re
from typing import ClassVar


class Refusal(Exception):
    """A business refusal.

    `field` is the path of the field at fault in the caller's terms ("basket.lines[2].sku"), empty when there is none.
    `details` fill the two message templates. `reason` is the machine-readable name, e.g. "UNKNOWN_SKU".
    """

    reason: ClassVar[str] = "REFUSED"
    en: ClassVar[str] = "Refused."
    zh: ClassVar[str] = "已拒绝。"

    def __init_subclass__(cls) -> None:
        cls.reason = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.__name__).upper()

    def __init__(self, field: str = "", **details: object) -> None:
        super().__init__(field, details)
        self.field = field
        self.details = details

    def message(self, language: str = "en") -> str:
        """The message in `language` ("zh" or anything else for English)."""
        template = self.zh if language.startswith("zh") else self.en
        return template.format(field=self.field, **self.details)

    def at(self, prefix: str) -> "Refusal":
        """The same refusal with its field placed below `prefix`."""
        self.field = f"{prefix}.{self.field}" if self.field else prefix
        return self

    def __str__(self) -> str:
        return f"{self.field}: {self.message()}" if self.field else self.message()


class Invalid(Refusal):
    """The request itself is wrong and will never succeed as it is."""


class NotFound(Refusal):
    """What the request names does not exist, or not for this caller."""


class Rejected(Refusal):
    """The request is well formed, but the present state forbids it."""


class Conflict(Refusal):
    """Something else stands under this identity already."""


class Forbidden(Refusal):
    """The caller may not do this."""
