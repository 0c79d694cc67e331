"""How well suppliers deliver: the figures of the last days, and a score card of every month that is over."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Final

from application.fields import InvalidDate, optional_date
from application.paging import next_token, page
from application.policies import Policies
from application.ports.kernel import UnitOfWork
from application.purchasing.put_suppliers import known_supplier
from application.scope import WholeChainOnly, chain_day, latest_day
from domain.identity.organisation import WHOLE_CHAIN
from domain.purchasing.supplier_score import (
    ScoreRules,
    SupplierFigures,
    SupplierGrade,
    SupplierScoreCard,
    month_of,
    months_before,
    next_month,
    scored,
)

CARDS_AT_ONCE_MAX: Final = 200
MONTHS_BACK_MAX: Final = 12
"""How many months that are over a run looks back for cards that were never made."""


@dataclass(frozen=True, slots=True)
class GetSupplierScore:
    supplier_code: str


@dataclass(frozen=True, slots=True)
class ListSupplierScores:
    supplier_code: str
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class ScoreSuppliers:
    """Asks for the cards of one month (ISO date of its first day); empty for the earliest of which some are missing."""

    month: str = ""


@dataclass(frozen=True, slots=True)
class SupplierScoreView:
    """The figures of a period, both days included: see the message of this name in the contract."""

    supplier_code: str
    currency: str
    from_date: str
    to_date: str
    grade: SupplierGrade | None
    score_bp: int
    deliveries: int
    on_time: int
    in_full: int
    overdue: int
    on_time_bp: int
    in_full_bp: int
    accepted_milli: int
    rejected_milli: int
    returned_milli: int
    reject_bp: int
    paid_minor: int
    last_minor: int
    over_last_bp: int
    list_minor: int
    over_list_bp: int
    lead_mean_milli: int
    lead_deviation_milli: int
    kept_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SupplierScoresPage:
    cards: Sequence[SupplierScoreView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class SuppliersScored:
    """How many cards were made of which month; no month when none was missing."""

    month: str
    cards: int


@dataclass(frozen=True, slots=True)
class Window:
    """The days over which suppliers are scored now: deliveries until today, and what should have come before today."""

    from_date: date
    until: date
    due_before: date


def get_supplier_score(uow: UnitOfWork, query: GetSupplierScore) -> SupplierScoreView:
    """The figures and grade of a supplier over the last days, in the caller's stores; raises UnknownSupplier."""
    uow.refresh()
    supplier = known_supplier(uow, query.supplier_code)
    window = window_now(uow)
    figures = figures_now(uow, [supplier.supplier_id], window).get(supplier.supplier_id, SupplierFigures())
    verdict = scored(figures, rules=score_rules(uow.chain.chain_policies))
    return _view(
        figures, supplier.code, supplier.currency, from_date=window.from_date, until=window.until,
        grade=verdict.grade if verdict else None, score_bp=verdict.score_bp if verdict else 0,
    )  # fmt: skip


def list_supplier_scores(uow: UnitOfWork, query: ListSupplierScores) -> SupplierScoresPage:
    """The score cards of a supplier, the latest month first; raises WholeChainOnly and UnknownSupplier."""
    asked = page(query.page_size, query.page_token, key=(date,))
    if not uow.caller.manages(WHOLE_CHAIN):
        raise WholeChainOnly
    uow.refresh()
    supplier = known_supplier(uow, query.supplier_code)
    before = asked.after[0] if asked.after else None
    found = uow.supplier_scores.cards(supplier.supplier_id, before=before, limit=asked.limit + 1)
    cards = [
        _view(
            _figures(card), supplier.code, card.currency, from_date=card.month, until=next_month(card.month),
            grade=card.grade, score_bp=card.score_bp, kept_at=card.kept_at,
        )
        for card in found[: asked.limit]
    ]  # fmt: skip
    return SupplierScoresPage(cards, next_token(found, asked.limit, lambda card: (card.month,)))


def score_suppliers(uow: UnitOfWork, command: ScoreSuppliers) -> SuppliersScored:
    """Keeps the score cards of up to 200 suppliers of one month that is over in every store; none is made twice.

    Raises WholeChainOnly, and InvalidDate for what is not the first day of a month that is over.
    """
    if not uow.caller.manages(WHOLE_CHAIN):
        raise WholeChainOnly
    # Who keeps cards at this moment waits here, and then finds them kept.
    uow.bump("supplier_scores")
    uow.refresh()
    this_month = month_of(chain_day(uow))
    named = optional_date(command.month, field="month")
    if named is not None and (named.day != 1 or named >= this_month):
        raise InvalidDate("month", text=command.month)
    for month in [named] if named else months_before(this_month, MONTHS_BACK_MAX):
        until = next_month(month)
        supplier_ids = uow.supplier_scores.unscored(month=month, until=until, limit=CARDS_AT_ONCE_MAX)
        if supplier_ids:
            cards = _cards(uow, supplier_ids, month, until)
            uow.supplier_scores.add_cards(cards)
            return SuppliersScored(month.isoformat(), len(cards))
    return SuppliersScored("", 0)


def window_now(uow: UnitOfWork) -> Window:
    """The last days that count now, as many as the setting supplier_score_days says."""
    days = uow.chain.chain_policies.supplier_score_days
    return Window(chain_day(uow) - timedelta(days=days - 1), latest_day(uow) + timedelta(days=1), chain_day(uow))


def figures_now(uow: UnitOfWork, supplier_ids: Sequence[int], window: Window) -> dict[int, SupplierFigures]:
    """The figures of these suppliers in the stores that the caller sees; two statements for however many."""
    found = uow.supplier_scores.figures(
        supplier_ids, from_date=window.from_date, until=window.until, due_before=window.due_before,
        store_ids=uow.caller.store_ids,
    )  # fmt: skip
    return dict(found)


def score_rules(policies: Policies) -> ScoreRules:
    """How suppliers are scored by the settings of the chain."""
    return ScoreRules(*policies.supplier_score_weights, *policies.supplier_score_worst, *policies.supplier_grade_from)


def _cards(uow: UnitOfWork, supplier_ids: Sequence[int], month: date, until: date) -> list[SupplierScoreCard]:
    found = uow.supplier_scores.figures(supplier_ids, from_date=month, until=until, due_before=until, store_ids=None)
    suppliers = uow.suppliers.by_ids(supplier_ids)
    rules = score_rules(uow.chain.chain_policies)
    cards = []
    for supplier_id in supplier_ids:
        figures = found[supplier_id]
        verdict = scored(figures, rules=rules)
        assert verdict is not None
        card = SupplierScoreCard(
            supplier_id, month, suppliers[supplier_id].currency, verdict.grade, verdict.score_bp, **asdict(figures),
            kept_at=uow.now,
        )  # fmt: skip
        cards.append(card)
    return cards


def _figures(card: SupplierScoreCard) -> SupplierFigures:
    return SupplierFigures(**{name: getattr(card, name) for name in SupplierFigures.__slots__})


def _view(
    figures: SupplierFigures,
    supplier_code: str,
    currency: str,
    *,
    from_date: date,
    until: date,
    grade: SupplierGrade | None,
    score_bp: int,
    kept_at: datetime | None = None,
) -> SupplierScoreView:
    return SupplierScoreView(
        supplier_code=supplier_code,
        currency=currency,
        from_date=from_date.isoformat(),
        to_date=(until - timedelta(days=1)).isoformat(),
        grade=grade,
        score_bp=score_bp,
        deliveries=figures.deliveries,
        on_time=figures.on_time,
        in_full=figures.in_full,
        overdue=figures.overdue,
        on_time_bp=figures.on_time_bp,
        in_full_bp=figures.in_full_bp,
        accepted_milli=figures.accepted_milli,
        rejected_milli=figures.rejected_milli,
        returned_milli=figures.returned_milli,
        reject_bp=figures.reject_bp,
        paid_minor=figures.paid_minor,
        last_minor=figures.last_minor,
        over_last_bp=figures.over_last_bp,
        list_minor=figures.list_minor,
        over_list_bp=figures.over_list_bp,
        lead_mean_milli=figures.lead_mean_milli,
        lead_deviation_milli=figures.lead_deviation_milli,
        kept_at=kept_at,
    )
