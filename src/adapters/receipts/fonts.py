"""Where the font with Chinese characters comes from: this program ships none, it is a file of the machine.

Any TrueType or OpenType file, or the first font of a collection. Debian's package fonts-wqy-microhei has one.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

KNOWN: Final = (
    Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
    Path("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"),
    Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"),
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc"),
    Path("/System/Library/Fonts/STHeiti Light.ttc"),
    Path("C:/Windows/Fonts/simhei.ttf"),
)


def font_file(chosen: Path | None, known: Iterable[Path] = KNOWN) -> Path | None:
    """The font that was chosen, and nothing else if it is missing; without a choice the first known one there is."""
    if chosen is not None:
        return chosen if chosen.is_file() else None
    return next((path for path in known if path.is_file()), None)
