"""How the texts of settings are read: each gives the value, or raises ValueError."""

import re
from itertools import pairwise
from typing import Final

from domain.shared.money import AMOUNT_MINOR_MAX


def flag_value(text: str) -> bool:
    return {"yes": True, "no": False}[text]


def expiry(text: str) -> str:
    kind, _, count = text.partition(":")
    if text == "never":
        return text
    known = kind in {"months", "end_of_month", "end_of_year"} and count.isascii() and count.isdigit()
    if not known or int(count) > 1200:
        raise ValueError(text)
    return text


def days_value(text: str) -> tuple[int, ...]:
    days = [] if text == "none" else [int(part) for part in text.split(",")]
    if len(days) > 10 or len(set(days)) < len(days) or not all(1 <= one <= 366 for one in days):
        raise ValueError(text)
    return tuple(days)


def tiers(text: str) -> tuple[tuple[int, int], ...]:
    """Pairs of amounts, the first of each ascending: "50000:5000,100000:15000"."""
    if text == "none":
        return ()
    tiers = []
    for tier in text.split(","):
        least, bonus = tier.split(":")
        tiers.append((int(least), int(bonus)))
    if any(not 0 < amount < AMOUNT_MINOR_MAX for tier in tiers for amount in tier):
        raise ValueError(text)
    if any(tier[0] >= later[0] for tier, later in pairwise(tiers)):
        raise ValueError(text)
    return tuple(tiers)


def cycle(text: str) -> tuple[int, int, int]:
    a, b, c = (int(part) for part in text.split(","))
    if not all(1 <= days <= 3_660 for days in (a, b, c)):
        raise ValueError(text)
    return a, b, c


def weights(text: str) -> tuple[int, int, int, int]:
    """Four shares that make a hundred."""
    on_time, in_full, rejects, price = (int(part) for part in text.split(","))
    shares = (on_time, in_full, rejects, price)
    if min(shares) < 0 or sum(shares) != 100:
        raise ValueError(text)
    return shares


def two_bp(text: str) -> tuple[int, int]:
    """Two shares in basis points, neither of them nothing."""
    first, second = (int(part) for part in text.split(","))
    if not (1 <= first <= 10_000 and 1 <= second <= 10_000):
        raise ValueError(text)
    return first, second


def falling_bp(text: str) -> tuple[int, int]:
    """As `two_bp`, the first above the second."""
    first, second = two_bp(text)
    if first <= second:
        raise ValueError(text)
    return first, second


def markdowns(text: str) -> tuple[tuple[int, int], ...]:
    """As tiers: days before expiry, ascending, each with its discount in basis points."""
    steps = tiers(text)
    if any(days > 366 or bp > 10_000 for days, bp in steps):
        raise ValueError(text)
    return steps


def purposes(text: str) -> tuple[tuple[str, int], ...]:
    """Purposes with the versions of their texts: "marketing_sms:2,profiling:1"."""
    if text == "none":
        return ()
    purposes = [(code, int(version)) for code, _, version in (one.partition(":") for one in text.split(","))]
    if len(purposes) > PURPOSES_MAX or len(dict(purposes)) < len(purposes):
        raise ValueError(text)
    if any(not PURPOSE.fullmatch(code) or not 1 <= version <= 1_000_000 for code, version in purposes):
        raise ValueError(text)
    return tuple(purposes)


def void_window(text: str) -> str:
    kind, _, count = text.partition(":")
    if text in ("same_shift", "same_day"):
        return text
    if kind != "minutes" or not (count.isascii() and count.isdigit()) or not 1 <= int(count) <= 10_080:
        raise ValueError(text)
    return text


def company_value(text: str) -> str:
    if not text or text != text.strip() or len(text) > 64 or not text.isprintable():
        raise ValueError(text)
    return text


PURPOSES_MAX: Final = 20
PURPOSE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


def batch_value(text: str) -> str:
    return "" if text == "none" else company_value(text)


def printed_value(text: str) -> str:
    if not text or text != text.strip() or not text.isprintable():
        raise ValueError(text)
    return "" if text == "none" else text


def printed_lines(text: str) -> tuple[str, ...]:
    lines = tuple([line.strip() for line in printed_value(text).split("|")]) if printed_value(text) else ()
    if len(lines) > PRINTED_LINES_MAX:
        raise ValueError(text)
    return lines


def link_value(text: str) -> str:
    if text != "none" and not LINK.fullmatch(text):
        raise ValueError(text)
    return "" if text == "none" else text


PRINTED_LINES_MAX: Final = 6
LINK: Final = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]{1,150}")
