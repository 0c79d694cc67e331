"""Text on paper of so many columns: a Chinese character takes two, and no line is ever wider than its paper.

Widths are those of Unicode's East Asian Width (UAX #11). What is ambiguous there (“ × …) counts as wide, because a
printer that is set to Chinese takes it from its Chinese font.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

NARROW_PAPER: Final = 32
"""Columns of 58 mm paper."""
WIDE_PAPER: Final = 48
"""Columns of 80 mm paper."""
PAPERS: Final = (NARROW_PAPER, WIDE_PAPER)

YEN: Final = "\N{YEN SIGN}"
WIDE_YEN: Final = "\N{FULLWIDTH YEN SIGN}"
"""The sign that printers with GB18030 have; half of the keyboards write the other one, which they lack."""

_TWO_COLUMNS: Final = frozenset("WFA")
_BLANK: Final = frozenset({"Cc", "Zl", "Zp", "Zs"})
_DROPPED: Final = frozenset({"Cf", "Cs", "Co", "Cn", "Mn", "Me"})


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One line as it stands on the paper: `left` from the left edge, `right` up to the right one."""

    left: str
    right: str = ""
    strong: bool = False
    centred: bool = False

    def text(self, columns: int) -> str:
        """The line as characters, at most `columns` wide, without blanks at its end."""
        if self.centred:
            return " " * ((columns - width_of(self.left)) // 2) + self.left
        if not self.right:
            return self.left
        return self.left + " " * (columns - width_of(self.left) - width_of(self.right)) + self.right


def plain(text: str) -> str:
    """`text` on one line, composed, without what has no place on paper: controls, directions, loose accents.

    Its signs of yuan are those that every printer has.
    """
    kept = []
    for character in unicodedata.normalize("NFC", text).replace(YEN, WIDE_YEN):
        category = unicodedata.category(character)
        if category in _BLANK:
            kept.append(" ")
        elif category not in _DROPPED:
            kept.append(character)
    return " ".join("".join(kept).split())


def width_of(text: str) -> int:
    """How many columns `text` takes; it has been through `plain`."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def wrapped(text: str, columns: int) -> list[str]:
    """`text` in lines of at most `columns`: broken between words, where one is too long within it, Chinese anywhere."""
    lines: list[str] = []
    line, width = "", 0
    for piece in _pieces(plain(text)):
        size = width_of(piece)
        if width + size <= columns:
            line, width = line + piece, width + size
            continue
        if piece == " ":
            continue
        if line:
            lines.append(line.rstrip())
        *whole, line = _cut(piece, columns)
        lines += whole
        width = width_of(line)
    if line.strip() or not lines:
        lines.append(line.rstrip())
    return lines


def pair(left: str, right: str, *, columns: int, indent: int = 0, strong: bool = False) -> list[PaperLine]:
    """`left` with `right` at the edge of its last line; on a line of its own where both do not fit side by side."""
    margin = " " * indent
    lines = [margin + line for line in wrapped(left, columns - indent)]
    *above, last = lines
    right_lines = wrapped(right, columns)
    if len(right_lines) > 1 or width_of(last) + 1 + width_of(right) > columns:
        above, last = lines if last.strip() else above, ""
    placed = [PaperLine(line, strong=strong) for line in above]
    *over, end = right_lines
    placed += [PaperLine("", line, strong=strong) for line in over]
    return [*placed, PaperLine(last, end, strong=strong)]


def _columns(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in _TWO_COLUMNS else 1


def _pieces(text: str) -> Iterator[str]:
    """Words, blanks and wide characters, none of which has to stay with its neighbour."""
    word = ""
    for character in text:
        if character == " " or _columns(character) == 2:
            if word:
                yield word
                word = ""
            yield character
        else:
            word += character
    if word:
        yield word


def _cut(piece: str, columns: int) -> list[str]:
    """A word in parts of at most `columns`; a wide character, two columns, fits any paper."""
    if width_of(piece) <= columns:
        return [piece]
    return [piece[start : start + columns] for start in range(0, len(piece), columns)]
