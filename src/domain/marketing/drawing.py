"""What a play wins, decided by a secret seed so that anybody can recompute it once the seed is known.

Commit and reveal: SHA-256 of the seed is published before the first play, the seed itself after the last (the scheme of
M. Blum, "Coin flipping by telephone", 1981). The number drawn is HMAC-SHA-256 (RFC 2104) under the seed of what
identifies the play, so that nobody without the seed can foresee it, and nobody with it can change it.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from domain.marketing.draw import CHANCES_PPM, LuckyDraw, Prize, PrizeKind
from domain.marketing.draw_ledger import DrawPlay, PlayOutcome

WORD_BYTES: Final = 4
FAIR_WORDS: Final = 2 ** (8 * WORD_BYTES) // CHANCES_PPM * CHANCES_PPM
"""Words below this, 4,294,000,000, fall on every number equally often."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The number drawn and the position of the prize whose chances hold it; 0 beyond all of them."""

    roll_ppm: int
    position: int


@dataclass(frozen=True, slots=True)
class Awarded:
    """What is handed out: the position of the prize, 0 for nothing at all, and how many of its number that takes."""

    outcome: PlayOutcome
    position: int
    taken: int


def seed_of(secret: str) -> bytes:
    """The seed of 32 bytes that a random secret of at least 256 bits gives."""
    return hashlib.sha256(secret.encode()).digest()


def commitment_of(seed: bytes) -> bytes:
    """SHA-256 of the seed, which says nothing about it and fits no other."""
    return hashlib.sha256(seed).digest()


def drawn(draw: LuckyDraw, seed: bytes, *, play_number: int, ticket_id: int) -> Drawn:
    """What a play draws, before it is asked whether it can be had."""
    roll = roll_ppm(seed, draw_code=draw.code, play_number=play_number, ticket_id=ticket_id)
    return Drawn(roll, position_of(roll, [prize.chance_ppm for prize in draw.prizes]))


def roll_ppm(seed: bytes, *, draw_code: str, play_number: int, ticket_id: int) -> int:
    """The number drawn, 0 to 999,999, each as likely as any other.

    HMAC-SHA-256 of "code|number|ticket" in UTF-8 is read as eight words of 32 bits, the first byte the highest; the
    first word below FAIR_WORDS counts, modulo 1,000,000. Should none be (once in 10**29 plays), "|1" is appended to
    the text, then "|2", and so on.
    """
    text = f"{draw_code}|{play_number}|{ticket_id}"
    for attempt in count():
        message = f"{text}|{attempt}" if attempt else text
        digest = hmac.digest(seed, message.encode(), "sha256")
        words = [int.from_bytes(digest[at : at + WORD_BYTES], "big") for at in range(0, len(digest), WORD_BYTES)]
        found = first_fair(words)
        if found is not None:
            return found
    raise AssertionError("there is always another attempt")


def first_fair(words: Iterable[int]) -> int | None:
    """The first word that no number is favoured by, modulo 1,000,000; None when all are beyond it.

    Rejection instead of a plain remainder: 2**32 is no multiple of 1,000,000 (Knuth, TAOCP vol. 2, 3.4.1).
    """
    return next((word % CHANCES_PPM for word in words if word < FAIR_WORDS), None)


def position_of(roll: int, chances: Sequence[int]) -> int:
    """The position of the prize whose chances hold the number, added up in the declared order; 0 for none."""
    reached = 0
    for position, chance in enumerate(chances, start=1):
        reached += chance
        if roll < reached:
            return position
    return 0


def awarded(draw: LuckyDraw, position: int, *, left: int, can_give: PlayOutcome = PlayOutcome.WON) -> Awarded:
    """What is handed out for the prize drawn of which `left` are left.

    `can_give` is WON where one could be handed out, else the reason why not. What cannot be had becomes the
    consolation, whatever the reason.
    """
    prize = draw.prize_at(position)
    if prize is None:
        return Awarded(PlayOutcome.NOTHING, 0, 0)
    if prize.kind is PrizeKind.NOTHING:
        return Awarded(PlayOutcome.WON, position, 0)
    if not left:
        return Awarded(PlayOutcome.NONE_LEFT, draw.consolation_position, 0)
    if can_give is not PlayOutcome.WON:
        return Awarded(can_give, draw.consolation_position, 0)
    return Awarded(PlayOutcome.WON, position, 1)


@dataclass(frozen=True, slots=True)
class Differs:
    """A field of a stored play, what it says, and what it should say."""

    field: str
    stored: object
    recomputed: object


def first_difference(
    draw: LuckyDraw, seed: bytes, play: DrawPlay, *, play_number: int, holder_id: int, left: Mapping[int, int]
) -> Differs | None:
    """The first field of a stored play that is not as it follows from the seed; None when all are.

    `play_number` is the number that comes next, `holder_id` the member to whom the ticket was given, `left` how many
    are left by position. Two things are taken from the row, as they were known when it was played: the stock of the
    store, and whether the coupon batch could give one.
    """
    found = drawn(draw, seed, play_number=play.play_number, ticket_id=play.ticket_id)
    left_before = left.get(found.position, 0)
    given = awarded(draw, found.position, left=left_before, can_give=_could_give(draw.prize_at(found.position), play))
    pairs = (
        ("play_number", play.play_number, play_number),
        ("member_id", play.member_id, holder_id),
        ("roll_ppm", play.roll_ppm, found.roll_ppm),
        ("drawn_code", _code(draw, play.drawn_position), _code(draw, found.position)),
        ("left_before", play.left_before, left_before),
        ("outcome", play.outcome, given.outcome),
        ("prize_code", _code(draw, play.prize_position), _code(draw, given.position)),
        ("taken", play.taken, given.taken),
    )
    return next((Differs(*pair) for pair in pairs if pair[1] != pair[2]), None)


def _could_give(prize: Prize | None, play: DrawPlay) -> PlayOutcome:
    """Whether the prize could be handed out, as far as the seed does not tell."""
    if prize is None:
        return PlayOutcome.WON
    if prize.kind is PrizeKind.GOODS and play.available_milli < prize.quantity_milli:
        return PlayOutcome.NO_STOCK
    if prize.kind is PrizeKind.COUPON and play.outcome is PlayOutcome.NO_COUPONS:
        return PlayOutcome.NO_COUPONS
    return PlayOutcome.WON


def _code(draw: LuckyDraw, position: int) -> str:
    """The code of the prize at a position, the position itself where the draw has no such prize."""
    if not 0 <= position <= len(draw.prizes):
        return str(position)
    prize = draw.prize_at(position)
    return prize.code if prize else ""
