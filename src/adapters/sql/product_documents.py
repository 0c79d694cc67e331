"""What few products have, as documents in their row: when they begin to be sold, what a times card says, what the till
has to ask for, and what they are made of."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from domain.catalog.product import Component, Recipe, SellingTerms, TimesCardTerms
from domain.shared.launch import EarlierStart, Launch


def launch_document(launch: Launch | None) -> dict[str, Any]:
    """The document of a launch; an empty one for none."""
    if launch is None:
        return {}
    return {
        "sale_from": launch.sale_from.isoformat(),
        "earlier": [[one.tier, one.sale_from.isoformat()] for one in launch.earlier],
    }


def launch_of(document: Mapping[str, Any]) -> Launch | None:
    """The launch of a document."""
    if not document:
        return None
    earlier = [EarlierStart(tier, datetime.fromisoformat(at)) for tier, at in document["earlier"]]
    return Launch(datetime.fromisoformat(document["sale_from"]), tuple(earlier))


def times_card_document(terms: TimesCardTerms | None) -> dict[str, Any]:
    """The document of what a times card says; an empty one for other products."""
    return {} if terms is None else {"valid_days": terms.valid_days}


def times_card_of(document: Mapping[str, Any]) -> TimesCardTerms | None:
    """What a times card says, of its document."""
    return TimesCardTerms(**document) if document else None


def selling_document(terms: SellingTerms | None) -> dict[str, Any]:
    """The document of what the till has to ask for; an empty one where it asks nothing."""
    return {} if terms is None else asdict(terms)


def selling_of(document: Mapping[str, Any]) -> SellingTerms | None:
    """What the till has to ask for, of its document."""
    return SellingTerms(**document) if document else None


def recipe_document(recipe: Recipe | None) -> dict[str, Any]:
    """The document of a recipe; an empty one for none. SKUs stand beside their ids, because they never change."""
    if recipe is None:
        return {}
    components = [[one.sku_id, one.sku, one.quantity_milli] for one in recipe.components]
    return {"makes_milli": recipe.makes_milli, "perishable": recipe.perishable, "components": components}


def recipe_of(document: Mapping[str, Any]) -> Recipe | None:
    """The recipe of a document."""
    if not document:
        return None
    return Recipe(
        tuple(Component(*one) for one in document["components"]), document["makes_milli"], document["perishable"]
    )
