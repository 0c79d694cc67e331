"""What the application needs to replenish stores."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from domain.replenishment.classification import AbcClass, XyzClass
from domain.replenishment.planning import Sold
from domain.replenishment.proposal import Proposal, ProposalLine
from domain.replenishment.rule import GoodsKind, ReplenishmentRule
from domain.replenishment.targets import Integers


@dataclass(frozen=True, slots=True)
class ReplenishedGoods:
    """A product as far as ordering it goes; `kept` is false for what is not stocked or not sold any more.

    `lead_days`, `pack_milli` and `minimum_milli` are those of its supplier, 0 where nothing is said of them.
    """

    sku_id: int
    sku: str
    category_id: int
    supplier_code: str
    unit_decimals: int
    kept: bool
    lead_days: int = 0
    pack_milli: int = 0
    minimum_milli: int = 0


@dataclass(frozen=True, slots=True)
class StockClass:
    """What a SKU is in a store, by the sales of the period that was looked at."""

    location_id: int
    sku_id: int
    abc: AbcClass
    xyz: XyzClass
    sales_minor: int
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class ClassRun:
    """When the classes of a store were last worked out, from which days, both included; `skus` have sold."""

    location_id: int
    classified_on: date
    from_date: date
    to_date: date
    skus: int


@dataclass(frozen=True, slots=True)
class SkuSales:
    """What a store has sold of a SKU, less what came back; `squares` sums the squares of each week's quantity."""

    sku_id: int
    sales_minor: int
    quantity_milli: int
    squares: int


@dataclass(frozen=True, slots=True)
class ListedRule:
    """A rule with the code of its goods: of a category or a SKU, empty for everything and for classes."""

    rule: ReplenishmentRule
    goods_code: str


@dataclass(frozen=True, slots=True)
class ListedClass:
    sku: str
    held: StockClass


@dataclass(frozen=True, slots=True)
class ListedLine:
    sku: str
    line: ProposalLine


@dataclass(frozen=True, slots=True)
class Range:
    """SKUs by id, both included, in the stores named, in the order named."""

    first_sku_id: int
    last_sku_id: int
    store_ids: Sequence[int]
    sku_ids: Sequence[int]


class Replenishment(Protocol):
    """Rules, classes and proposals, and the demand and the stock that they are about."""

    def goods(
        self, *, after: int, limit: int, supplier_code: str, sku_ids: Collection[int]
    ) -> Sequence[ReplenishedGoods]:
        """Up to `limit` products by id, those after `after`: of a supplier, of these ids, or all if both are empty."""

    def sold(self, within: Range, days: Sequence[date]) -> Sold:
        """What was sold on these business dates, less what came back and was voided; gifts are none."""

    def stock(self, within: Range) -> tuple[Integers, Integers]:
        """What is on hand and what of it is reserved, a row per store and a column per SKU."""

    def class_numbers(self, within: Range) -> Integers:
        """The numbers of the ABC classes (ABC_NUMBERS), a row per store; C where nothing is known."""

    def rules(self, *, first_sku_id: int, last_sku_id: int) -> Sequence[ReplenishmentRule]:
        """All rules that are not ended, but of single SKUs only those in the range."""

    def put_rules(self, rules: Sequence[ReplenishmentRule]) -> None:
        """Adds rules, or replaces those of the same goods and place."""

    def list_rules(
        self, *, goods_kind: GoodsKind | None, after: tuple[str, int, str, int] | None, limit: int
    ) -> Sequence[ListedRule]:
        """Up to `limit` rules by goods and place, those after a key of both; ended ones too."""

    def category_ids(self, codes: Collection[str]) -> Mapping[str, int]:
        """The ids of these categories; what does not exist is absent."""

    def sales_by_sku(self, store_id: int, *, from_date: date, to_date: date) -> Sequence[SkuSales]:
        """What a store has sold between two business dates, both included, by SKU, with the squares of its weeks."""

    def class_runs(self) -> Mapping[int, ClassRun]:
        """The last run of each store that has had one."""

    def put_classes(self, run: ClassRun, classes: Sequence[StockClass]) -> None:
        """Replaces all classes of a store."""

    def list_classes(self, store_id: int, *, abc: AbcClass | None, after: int, limit: int) -> Sequence[ListedClass]:
        """Up to `limit` SKUs of a store by id, those after `after`."""

    def add_proposal(self, proposal: Proposal) -> None:
        """Adds a proposal without lines. Whoever adds or changes one has raised the version "replenishment" before."""

    def undecided(self) -> Sequence[Proposal]:
        """All proposals that are being computed or open, by id."""

    def find(self, proposal_id: int) -> Proposal | None:
        """The proposal of this id."""

    def change(self, proposals: Sequence[Proposal]) -> None:
        """Writes what proposals are now."""

    def list_proposals(self, *, after: tuple[datetime, int] | None, limit: int) -> Sequence[Proposal]:
        """Up to `limit` proposals, the newest first."""

    def add_lines(self, lines: Sequence[ProposalLine]) -> None:
        """Adds lines of a proposal that is being computed."""

    def list_lines(
        self, proposal_id: int, *, supplier_code: str, after: tuple[int, int, int] | None, limit: int
    ) -> Sequence[ListedLine]:
        """Up to `limit` lines by store, SKU and number, those of a supplier when one is named."""

    def waiting_lines(self, proposal_id: int, *, supplier_code: str, limit: int) -> Sequence[ListedLine]:
        """Up to `limit` lines that are not accepted yet, those of a supplier when one is named.

        What a source buys for others is in its own line; see `central_lines`.
        """

    def central_counts(self, proposal_id: int) -> Mapping[tuple[int, int], int]:
        """For how many stores a source (id) is to buy a SKU (id), of what is not accepted yet."""

    def central_lines(self, proposal_id: int, sku_ids: Collection[int]) -> Sequence[ListedLine]:
        """Lines of the stores for which their source buys these SKUs, which are not accepted yet, by store and SKU."""

    def accept_lines(self, lines: Sequence[tuple[ProposalLine, int]]) -> None:
        """These lines have become the documents with these ids."""
