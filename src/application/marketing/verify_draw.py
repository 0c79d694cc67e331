"""A lucky draw is recomputed, play by play, and compared with what is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from application.marketing.draw_scope import DrawNotPublished, draw_of
from application.marketing.publish_draw import seed_of_draw
from application.paging import page, token_of
from application.ports.kernel import UnitOfWork
from application.ports.marketing import DrawFigures, StoredDraw
from domain.marketing.draw import PrizeKind, seed_shown, terms_digest
from domain.marketing.drawing import Differs, commitment_of, first_difference
from domain.shared.errors import Forbidden

AUDIT = "draws.audit"


class DrawStillSecret(Forbidden):
    en = "Draw “{code}” still goes on: only auditors (permission draws.audit) verify it before its end."
    zh = "抽奖“{code}”仍在进行，结束前仅审计人员（权限 draws.audit）可验证。"


@dataclass(frozen=True, slots=True)
class VerifyDraw:
    code: str
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that is not as it should be; `play_number` is 0 where it is no play."""

    play_number: int
    field: str
    stored: str
    recomputed: str


@dataclass(frozen=True, slots=True)
class VerifiedPage:
    """`verified` plays of the page are as they follow from the seed; without a difference and a token all are."""

    verified: int
    difference: Difference | None
    next_page_token: str


def verify_draw(uow: UnitOfWork, query: VerifyDraw) -> VerifiedPage:
    """Recomputes a page of plays: number, ticket's holder, number drawn, what was left, and what was handed out.

    The first page also compares seed and terms with what was published, the last one the counts. How many were left
    of each prize is carried in the token, so that a page costs what it shows. Raises UnknownDraw, DrawNotPublished
    and DrawStillSecret.
    """
    found = draw_of(uow, query.code, field="code")
    if found.published_at is None:
        raise DrawNotPublished("code", code=query.code)
    if not seed_shown(found.terms, now=uow.now) and not uow.caller.may(AUDIT):
        raise DrawStillSecret("code", code=query.code)
    prizes = found.terms.prizes
    asked = page(query.page_size, query.page_token, key=(int,) * (1 + len(prizes)))
    number, *handed_out = asked.after or (0,) * (1 + len(prizes))
    left = {
        position: prize.number - gone
        for position, (prize, gone) in enumerate(zip(prizes, handed_out, strict=True), start=1)
    }
    seed = seed_of_draw(uow, found.draw_id, found.seed_cipher)
    if not number and (wrong := _unlike_published(found, seed)):
        return VerifiedPage(0, _told(0, wrong), "")
    rows = uow.draws.plays(found.draw_id, after=number, limit=asked.limit + 1)
    for verified, row in enumerate(rows[: asked.limit]):
        number += 1
        play = row.play
        wrong = first_difference(found.terms, seed, play, play_number=number, holder_id=row.holder_id, left=left)
        if wrong is not None:
            return VerifiedPage(verified, _told(play.play_number, wrong), "")
        if play.taken:
            left[play.prize_position] -= play.taken
    if len(rows) > asked.limit:
        gone = [prize.number - left[position] for position, prize in enumerate(prizes, start=1)]
        return VerifiedPage(asked.limit, None, token_of((number, *gone)))
    wrong = _miscounted(uow.draws.figures(found.draw_id), number, left)
    return VerifiedPage(len(rows), _told(0, wrong) if wrong else None, "")


def _unlike_published(found: StoredDraw, seed: bytes) -> Differs | None:
    """What of seed and terms is not what was published."""
    return _first(
        (
            ("seed_commitment", found.seed_commitment.hex(), commitment_of(seed).hex()),
            ("terms_digest", found.terms_digest.hex(), terms_digest(found.terms).hex()),
        )
    )


def _miscounted(figures: DrawFigures, plays: int, left: Mapping[int, int]) -> Differs | None:
    """What of the counts does not follow from the plays."""
    counted = [one for one in figures.prizes if one.kind != PrizeKind.NOTHING]
    return _first(
        [
            ("plays", figures.plays, plays),
            *[(f"remaining of {one.code}", one.remaining, left.get(one.position)) for one in counted],
        ]
    )


def _first(pairs: Sequence[tuple[str, object, object]]) -> Differs | None:
    return next((Differs(*pair) for pair in pairs if pair[1] != pair[2]), None)


def _told(play_number: int, wrong: Differs) -> Difference:
    return Difference(play_number, wrong.field, str(wrong.stored), str(wrong.recomputed))
