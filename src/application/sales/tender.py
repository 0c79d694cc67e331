"""A tender as a terminal sends it."""

from dataclasses import dataclass

from domain.sales.sale import TenderKind


@dataclass(frozen=True, slots=True)
class Tender:
    """`amount_minor` is computed for points and required for everything else."""

    kind: TenderKind
    amount_minor: int = 0
    points: int = 0
    reference: str = ""
