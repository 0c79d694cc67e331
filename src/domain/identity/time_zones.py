"""Time zones that a store may lie in."""

from functools import lru_cache
from zoneinfo import available_timezones

from domain.shared.errors import Invalid


class UnknownTimeZone(Invalid):
    en = "“{time_zone}” is no time zone. Use an IANA name such as Asia/Shanghai."
    zh = "没有时区“{time_zone}”。请使用 IANA 名称，例如 Asia/Shanghai。"


def checked_time_zone(name: str, *, field: str) -> str:
    """The name of a zone of the IANA database, spelled as there. Raises UnknownTimeZone."""
    if name not in _time_zones():
        raise UnknownTimeZone(field, time_zone=name[:64])
    return name


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())
