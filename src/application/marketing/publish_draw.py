"""A draft of a lucky draw is published: its terms stand, and its seed is made and committed to."""

from dataclasses import dataclass, replace
from datetime import datetime

from application.marketing.draw_scope import DrawOver, draw_of, told
from application.marketing.put_draw import DrawPublished, check_own, check_prizes
from application.ports.kernel import UnitOfWork
from domain.marketing.draw import terms_digest
from domain.marketing.drawing import commitment_of, seed_of
from domain.shared.errors import Rejected


class DrawBegun(Rejected):
    """规范促销行为暂行规定 (2020) art. 13: kinds, numbers, chances and values are made public before the draw."""

    en = "Draw “{code}” would have begun at {from_at}. It is published before it begins: move its beginning."
    zh = "抽奖“{code}”的开始时间 {from_at} 已过。抽奖须在开始前公布，请推迟开始时间。"


@dataclass(frozen=True, slots=True)
class PublishDraw:
    code: str


@dataclass(frozen=True, slots=True)
class PublishedDraw:
    """What everybody may keep from now on, to be compared when the draw is over; in hexadecimal digits."""

    seed_commitment: str
    terms_digest: str
    published_at: datetime


def publish_draw(uow: UnitOfWork, command: PublishDraw) -> PublishedDraw:
    """Fixes the terms for ever, makes a random seed, and commits to both.

    Raises UnknownDraw, DrawPublished, DrawBegun, DrawOver, and the refusals of what the terms name, as it is now.
    """
    uow.refresh()
    uow.bump("draws")
    found = draw_of(uow, command.code, field="code")
    draw = found.terms
    check_own(uow, found, field="code")
    if found.published_at is not None:
        raise DrawPublished("code", code=draw.code)
    if uow.now >= draw.until_at:
        raise DrawOver("code", code=draw.code, until_at=told(draw.until_at))
    if uow.now > draw.from_at:
        raise DrawBegun("code", code=draw.code, from_at=told(draw.from_at))
    check_prizes(uow, draw, field="draw")
    seed = seed_of(uow.secrets.new_token())
    published = replace(
        found,
        published_at=uow.now,
        seed_cipher=uow.keys.seal(seed, seed_context(found.draw_id)),
        seed_commitment=commitment_of(seed),
        terms_digest=terms_digest(draw),
        publisher_id=uow.caller.caller_id,
        publisher_staff_id=uow.caller.staff_id,
    )
    uow.draws.put(published)
    uow.draws.open(published)
    uow.publish(
        "DrawPublished",
        found.draw_id,
        {"draw_id": found.draw_id, "code": draw.code, "seed_commitment": published.seed_commitment.hex()},
    )
    return PublishedDraw(published.seed_commitment.hex(), published.terms_digest.hex(), uow.now)


def seed_of_draw(uow: UnitOfWork, draw_id: int, cipher: bytes) -> bytes:
    """The seed of a published draw."""
    return uow.keys.unseal(cipher, seed_context(draw_id))


def seed_context(draw_id: int) -> str:
    """Where the encrypted seed stands: it cannot be read anywhere else."""
    return f"draws|seed|{draw_id}"
