"""Questions about lucky draws."""

from dataclasses import dataclass

from application.marketing.draw_scope import draw_of
from application.marketing.draw_views import (
    DrawPage,
    DrawSummary,
    DrawView,
    MemberTickets,
    PlayPage,
    PlayView,
    PrizeFigures,
)
from application.marketing.publish_draw import seed_of_draw
from application.marketing.taking_part import member_id_of
from application.named_members import UnknownMember
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.marketing import DrawFigures, ListedPlay, StoredDraw
from domain.marketing.draw import DrawState, LuckyDraw, PrizeKind, seed_shown, state_at


@dataclass(frozen=True, slots=True)
class GetDraw:
    code: str
    member_key: str = ""


@dataclass(frozen=True, slots=True)
class ListDraws:
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class ListPlays:
    draw_code: str
    member_key: str = ""
    page_size: int = 0
    page_token: str = ""


def get_draw(uow: UnitOfWork, query: GetDraw) -> DrawView:
    """A draw with its prizes and chances, what is left of them, and a minute after the end its seed.

    Raises UnknownDraw and UnknownMember.
    """
    found = draw_of(uow, query.code, field="code")
    published = found.published_at is not None
    figures = uow.draws.figures(found.draw_id) if published else DrawFigures(0, ())
    shown = published and seed_shown(found.terms, now=uow.now)
    chain = uow.chain
    return DrawView(
        draw=found.terms,
        state=_state(uow, found),
        seed_commitment=found.seed_commitment.hex(),
        terms_digest=found.terms_digest.hex(),
        seed=seed_of_draw(uow, found.draw_id, found.seed_cipher).hex() if shown else "",
        published_at=found.published_at,
        published_by=chain.staff_codes.get(found.publisher_staff_id or 0)
        or chain.caller_codes.get(found.publisher_id or 0)
        or ("system" if published else ""),
        plays=figures.plays,
        figures=[
            PrizeFigures(one.code, one.awarded, one.remaining)
            for one in figures.prizes
            if one.kind != PrizeKind.NOTHING
        ],
        member=_tickets(uow, found.draw_id, query.member_key) if query.member_key else None,
    )


def list_draws(uow: UnitOfWork, query: ListDraws) -> DrawPage:
    """The draws that may hold in one of the caller's stores, by code."""
    asked = page(query.page_size, query.page_token, key=(str,))
    rows = uow.draws.list_draws(
        uow.caller.store_ids, after=asked.after[0] if asked.after else "", limit=asked.limit + 1
    )
    draws = [
        DrawSummary(
            one.terms.code,
            one.terms.name_en,
            one.terms.name_zh,
            _state(uow, one),
            one.terms.from_at,
            one.terms.until_at,
            one.seed_commitment.hex(),
        )
        for one in rows[: asked.limit]
    ]
    return DrawPage(draws, next_token(rows, asked.limit, lambda one: (one.terms.code,)))


def list_plays(uow: UnitOfWork, query: ListPlays) -> PlayPage:
    """The plays of a draw by number, all of them, because only then can they be recomputed.

    Of those in stores that the caller does not see, store and member stay empty. Raises UnknownDraw, UnknownMember.
    """
    asked = page(query.page_size, query.page_token, key=(int,))
    found = draw_of(uow, query.draw_code, field="draw_code")
    member_id = member_id_of(uow, query.member_key) if query.member_key else None
    rows = uow.draws.plays(
        found.draw_id, member_id=member_id, after=asked.after[0] if asked.after else 0, limit=asked.limit + 1
    )
    plays = [_play(uow, found.terms, row) for row in rows[: asked.limit]]
    return PlayPage(plays, next_token(rows, asked.limit, lambda row: (row.play.play_number,)))


def _state(uow: UnitOfWork, found: StoredDraw) -> DrawState:
    return state_at(found.terms, published=found.published_at is not None, now=uow.now)


def _tickets(uow: UnitOfWork, draw_id: int, member_key: str) -> MemberTickets:
    account = uow.members.account(member_key)
    if account is None:
        raise UnknownMember("member_key")
    tickets, playable = uow.draws.member(draw_id, account.member_id)
    return MemberTickets(account.member_number, tickets.granted, tickets.used, playable)


def _play(uow: UnitOfWork, draw: LuckyDraw, row: ListedPlay) -> PlayView:
    play = row.play
    seen = uow.caller.sees(play.store_id)
    return PlayView(
        play_number=play.play_number,
        ticket_id=play.ticket_id,
        roll_ppm=play.roll_ppm,
        drawn_code=_code(draw, play.drawn_position),
        left_before=play.left_before,
        available_milli=play.available_milli,
        outcome=play.outcome,
        prize_code=_code(draw, play.prize_position),
        played_at=play.played_at,
        store_code=uow.chain.stores[play.store_id].code if seen else "",
        member_number=row.member_number if seen else "",
    )


def _code(draw: LuckyDraw, position: int) -> str:
    prize = draw.prize_at(position)
    return prize.code if prize else ""
