"""When a product begins to be sold, as its document in the row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

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
