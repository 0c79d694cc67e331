"""Kinds of promotions that installed packages add, found by their entry points when a process starts."""

from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from typing import Final

from domain.pricing.plug_in import PlugIn
from domain.pricing.promotion import Promotion
from entrypoints.settings import StartRefused

GROUP: Final = "liansuo.promotion_kinds"


def installed_plug_ins() -> Mapping[str, PlugIn]:
    """The plug-ins by name; raises StartRefused for one that cannot be loaded, is none, or has a name twice.

    Nothing may start without a plug-in that is installed: baskets would be priced without it, or refused.
    """
    found: dict[str, PlugIn] = {}
    for entry in entry_points(group=GROUP):
        if entry.name in found:
            raise StartRefused(f"Two packages install a promotion kind “{entry.name}”. Remove one of them.")
        try:
            kind = entry.load()
        except Exception as error:
            raise StartRefused(
                f"The promotion kind “{entry.name}” ({entry.value}) cannot be loaded: {type(error).__name__}: {error}"
            ) from error
        if not (callable(getattr(kind, "check", None)) and callable(getattr(kind, "offer", None))):
            raise StartRefused(f"The promotion kind “{entry.name}” ({entry.value}) has no check and offer.")
        found[entry.name] = kind
    return found


def check_plug_ins(lacking: Sequence[Promotion]) -> None:
    """Raises StartRefused when promotions are in force that need plug-ins which are not installed."""
    if lacking:
        named = ", ".join(f"{promotion.code} needs “{promotion.benefit.plug_in}”" for promotion in lacking[:10])
        raise StartRefused(
            f"Promotions are in force that this server cannot compute: {named}. Install the packages, or stop the "
            "promotions with `liansuo promotion pause CODE`."
        )
