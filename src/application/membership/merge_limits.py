"""Limits per member: what merged files have used of them counts for their survivor."""

from collections.abc import Sequence

from application.membership.merge_work import Merging, Undoing
from domain.pricing.promotion_use import PromotionUse


def add_counts(merging: Merging) -> None:
    """Adds up what both have used of limits per member, of the day and of all days: nobody gets twice what one may get.

    What both have used together may be more than one may use. That is no refusal: nothing more is to be had.
    """
    both = merging.survivor.member_id, merging.merged.member_id
    shared = merging.uow.merge_counts.promotions_of_both(*both)
    merging.uow.merge_counts.add_up(merging.merged.member_id, merging.survivor.member_id)
    _count_persons(merging, shared, -1)


def take_counts(undoing: Undoing) -> None:
    """Takes what the file has used off the survivor's counts again; what was used since is the survivor's own."""
    both = undoing.survivor.member_id, undoing.merged.member_id
    undoing.uow.merge_counts.take_apart(undoing.merged.member_id, undoing.survivor.member_id)
    _count_persons(undoing, undoing.uow.merge_counts.promotions_of_both(*both), 1)


def _count_persons(work: Merging | Undoing, promotion_codes: Sequence[str], persons: int) -> None:
    """Corrects how many members have used a promotion: where both had, one has."""
    for code in promotion_codes:
        work.uow.add(
            PromotionUse(
                sale_id=work.document_id,
                promotion_code=code,
                campaign_code="",
                member_id=work.survivor.member_id,
                store_id=work.store.store_id,
                business_date=work.on,
                uses=0,
                discount_minor=0,
                members=persons,
                beyond=False,
                limits={},
                posted_at=work.uow.now,
            )
        )
