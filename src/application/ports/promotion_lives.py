"""What the application needs to lead promotions through their lives."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.pricing.promotion import Promotion
from domain.pricing.promotion_life import Life, LifeStep, PromotionState
from domain.pricing.template import Template


@dataclass(frozen=True, slots=True)
class Asked:
    """Which promotions of the calendar are meant; what is empty leaves none out.

    Those that have something of the days from `from_date` up to, not including, `until_date`. `store_ids` bounds them
    to what may hold in one of these stores, None is the whole chain. The calendars of the stores stand between
    `first_day` and `last_day`, ISO, which decides what is scheduled, live and ended.
    """

    first_day: str
    last_day: str
    store_ids: Sequence[int] | None
    state: PromotionState | None = None
    theme: str = ""
    from_date: str = ""
    until_date: str = ""


@dataclass(frozen=True, slots=True)
class Lived:
    """A promotion with its life; `published` are the terms that were published, None before the first ones are."""

    life: Life
    published: Promotion | None


class PromotionLives(Protocol):
    """The lives of promotions.

    A use case that takes a step bumps the version "promotion_lives" first, and after it "promotions" if what sells
    changes: whoever takes a step waits there for the one before, so that what it then reads stays true.
    """

    def lives(self, codes: Collection[str]) -> Mapping[str, Life]:
        """The lives of these promotions; what does not exist is absent."""

    def count_unpublished(self) -> int:
        """How many promotions have never been published."""

    def put(self, lived: Sequence[Lived], steps: Sequence[LifeStep]) -> None:
        """Creates or replaces lives, and adds the steps that led there."""

    def seen(self, code: str, store_ids: Collection[int]) -> bool:
        """Whether a promotion may hold in one of these stores, as it is published or as it is drafted."""

    def steps(self, code: str) -> Sequence[LifeStep]:
        """The steps of a promotion in the order in which they were taken."""

    def calendar(self, asked: Asked, *, after: tuple[str, str] | None, limit: int) -> Sequence[Lived]:
        """Up to `limit` promotions by their first day and code, those after `after`."""

    def put_templates(self, templates: Sequence[Template]) -> None:
        """Creates or replaces templates of the chain's own by code."""

    def templates(self) -> Sequence[Template]:
        """The chain's own templates by code."""
