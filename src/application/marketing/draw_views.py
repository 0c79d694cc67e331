"""Draws as they are shown; fields are those of the messages of the same names in the contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.marketing.draw import DrawState, LuckyDraw
from domain.marketing.draw_ledger import PlayOutcome


@dataclass(frozen=True, slots=True)
class PrizeFigures:
    code: str
    awarded: int
    remaining: int


@dataclass(frozen=True, slots=True)
class MemberTickets:
    member_number: str
    granted: int
    used: int
    playable: int


@dataclass(frozen=True, slots=True)
class DrawView:
    """A draw with what is public about it; the seed is empty as long as it is secret."""

    draw: LuckyDraw
    state: DrawState
    seed_commitment: str
    terms_digest: str
    seed: str
    published_at: datetime | None
    published_by: str
    plays: int
    figures: Sequence[PrizeFigures]
    member: MemberTickets | None


@dataclass(frozen=True, slots=True)
class DrawSummary:
    code: str
    name_en: str
    name_zh: str
    state: DrawState
    from_at: datetime
    until_at: datetime
    seed_commitment: str


@dataclass(frozen=True, slots=True)
class DrawPage:
    draws: Sequence[DrawSummary]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class PlayView:
    play_number: int
    ticket_id: int
    roll_ppm: int
    drawn_code: str
    left_before: int
    available_milli: int
    outcome: PlayOutcome
    prize_code: str
    played_at: datetime
    store_code: str
    member_number: str


@dataclass(frozen=True, slots=True)
class PlayPage:
    plays: Sequence[PlayView]
    next_page_token: str
