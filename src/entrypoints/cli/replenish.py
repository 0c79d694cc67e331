"""`liansuo replenish`: what stores need, from where, and what becomes of it."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import BaseModel, ConfigDict
from rich.progress import Progress

from application.paging import PAGE_SIZE_MAX
from application.replenishment.accept_proposal import AcceptProposal, accept_proposal
from application.replenishment.classes import (
    ClassifyStock,
    ListStockClasses,
    classify_stock,
    list_stock_classes,
)
from application.replenishment.plan import PlanPurchases, plan_purchases
from application.replenishment.propose import (
    ComputeProposal,
    GetProposal,
    ListProposals,
    ProposeReplenishment,
    compute_proposal,
    get_proposal,
    list_proposals,
    propose_replenishment,
)
from application.replenishment.rules import PutReplenishmentRules, Rule, put_replenishment_rules
from domain.replenishment.proposal import ProposalState
from domain.replenishment.rule import DemandBasis, GoodsKind, Method, PlaceKind
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.documents import read_document
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, rows_of, show

FILE_BYTES_MAX: Final = 10_000_000

replenish = typer.Typer(help="What stores need, from where, and what becomes of it.", no_args_is_help=True)

ProposalArgument = Annotated[int, typer.Argument(metavar="PROPOSAL", help="Its id, as `replenish list` shows it.")]
SupplierOption = Annotated[str, typer.Option("--supplier", help="Code of a supplier.")]
ShownOption = Annotated[int, typer.Option("--shown", min=1, max=PAGE_SIZE_MAX, help="How many at most.")]

PROPOSALS: Final = (
    Column("proposal_id", "Proposal"),
    Column("state", "State"),
    Column("store_code", "Store"),
    Column("region_code", "Region"),
    Column("supplier_code", "Supplier"),
    Column("as_of", "As of"),
    Column("pairs", "Looked at", Kind.COUNT),
    Column("without_rule", "Without rule", Kind.COUNT),
    Column("lines", "Lines", Kind.COUNT),
)
LINES: Final = (
    Column("store_code", "Store"),
    Column("sku", "SKU"),
    Column("source", "From"),
    Column("source_store_code", "Store of it"),
    Column("supplier_code", "Supplier"),
    Column("quantity_milli", "Quantity", Kind.QUANTITY),
    Column("need_milli", "Need", Kind.QUANTITY),
    Column("mean_milli", "A day", Kind.QUANTITY),
    Column("demand", "By"),
    Column("lead_days", "Lead", Kind.COUNT),
    Column("safety_milli", "Safety", Kind.QUANTITY),
    Column("reorder_milli", "Reorder at", Kind.QUANTITY),
    Column("target_milli", "Up to", Kind.QUANTITY),
    Column("on_hand_milli", "On hand", Kind.QUANTITY),
    Column("in_transit_milli", "Coming", Kind.QUANTITY),
    Column("on_order_milli", "On order", Kind.QUANTITY),
    Column("state", "State"),
)
PLAN: Final = (
    Column("supplier_code", "Supplier"),
    Column("order_on", "Order on"),
    Column("delivery_on", "Comes on"),
    Column("stores", "Stores", Kind.COUNT),
    Column("lines", "Lines", Kind.COUNT),
    Column("priced_minor", "Worth", Kind.COUNT),
    Column("unpriced", "Unpriced", Kind.COUNT),
    Column("minimum_order_minor", "Least order", Kind.COUNT),
    Column("below_minimum", "Below it", Kind.COUNT),
)
CLASSES: Final = (
    Column("sku", "SKU"),
    Column("abc", "ABC"),
    Column("xyz", "XYZ"),
    Column("sales_minor", "Sales", Kind.COUNT),
    Column("quantity_milli", "Quantity", Kind.QUANTITY),
)


class RuleInFile(BaseModel):
    """A rule of `replenish rules`; what is left out has these values."""

    model_config = ConfigDict(extra="forbid")

    place_kind: PlaceKind = PlaceKind.CHAIN
    place_code: str = ""
    goods_kind: GoodsKind = GoodsKind.ALL
    goods_code: str = ""
    method: Method = Method.DEMAND
    service_bp: int = 9_500
    lead_days: int = 0
    lead_deviation_milli: int = 0
    review_days: int = 1
    cover_days: int = 0
    minimum_milli: int = 0
    maximum_milli: int = 0
    pack_milli: int = 0
    order_minimum_milli: int = 0
    source_store_code: str = ""
    surplus_days: int = 0
    ended: bool = False
    demand: DemandBasis | None = None


class RulesFile(BaseModel):
    """What `replenish rules` reads."""

    model_config = ConfigDict(extra="forbid")

    rules: tuple[RuleInFile, ...]


@replenish.command("rules")
def rules(
    file: Annotated[Path, typer.Argument(help="YAML or JSON with `rules`.", exists=True, dir_okay=False)],
    database: DatabaseOption = None,
) -> None:
    """Put rules: what is ordered where, for how long and how safely. The narrowest holds."""
    read = read_document(file, RulesFile, bytes_max=FILE_BYTES_MAX)
    with opened(database) as chain:
        done = chain.write(
            put_replenishment_rules, PutReplenishmentRules(tuple(Rule(**one.model_dump()) for one in read.rules))
        )
    notes.print(f"{done.rules} rules put.", markup=False)


@replenish.command("classes")
def classes(
    store: Annotated[str, typer.Option("--store", help="Code of the store; not needed where there is one.")] = "",
    work_out: Annotated[bool, typer.Option("--work-out", help="Work them out anew first.")] = False,
    shown: ShownOption = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show the ABC and XYZ classes of a store; sales in minor units."""
    with opened(database) as chain:
        if work_out:
            chain.write(classify_stock, ClassifyStock(store))
        found = chain.read(list_stock_classes, ListStockClasses(store, page_size=shown))
    show(
        Figures(f"{found.store_code}, of {found.classified_on or 'never'}", CLASSES, rows_of(CLASSES, found.classes)),
        form,
    )


@replenish.command("propose")
def propose(
    store: Annotated[str, typer.Option("--store", help="Code of a store; the whole chain without.")] = "",
    region: Annotated[str, typer.Option("--region", help="Code of a region.")] = "",
    supplier: SupplierOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Propose what to bring where; interrupted, `replenish resume` carries on."""
    with opened(database) as chain:
        made = chain.write(propose_replenishment, ProposeReplenishment(store, region, supplier))
        made = _compute(chain, made)
    show(Figures("Proposal", PROPOSALS, rows_of(PROPOSALS, [made])), form)


@replenish.command("resume")
def resume(proposal: ProposalArgument, database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Carry on with a proposal that is being computed."""
    with opened(database) as chain:
        made = _compute(chain, chain.write(compute_proposal, ComputeProposal(proposal)))
    show(Figures("Proposal", PROPOSALS, rows_of(PROPOSALS, [made])), form)


@replenish.command("list")
def list_(shown: ShownOption = 50, database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """List proposals, newest first."""
    with opened(database) as chain:
        found = chain.read(list_proposals, ListProposals(shown))
    show(Figures("Proposals", PROPOSALS, rows_of(PROPOSALS, found.proposals)), form)


@replenish.command("show")
def show_one(
    proposal: ProposalArgument,
    supplier: SupplierOption = "",
    shown: ShownOption = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show lines of a proposal with the figures that they follow from."""
    with opened(database) as chain:
        found = chain.read(get_proposal, GetProposal(proposal, supplier, shown))
    show(Figures(f"Proposal {proposal}, {found.proposal.state}", LINES, rows_of(LINES, found.lines)), form)


@replenish.command("plan")
def plan(proposal: ProposalArgument, database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show what a proposal asks of each supplier; amounts in minor units."""
    with opened(database) as chain:
        found = chain.read(plan_purchases, PlanPurchases(proposal))
    show(Figures(f"Purchase plan of {proposal}", PLAN, rows_of(PLAN, found.suppliers)), form)


@replenish.command("accept")
def accept(
    proposal: ProposalArgument,
    supplier: SupplierOption = "",
    submit: Annotated[bool, typer.Option("--submit", help="Submit orders for approval at once.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Make transfers and purchase orders of a proposal."""
    lines = orders = transfers = 0
    with opened(database) as chain:
        while True:
            done = chain.write(accept_proposal, AcceptProposal(proposal, supplier, submit))
            lines, orders = lines + done.lines, orders + len(done.purchase_orders)
            transfers += len(done.transfers)
            if not done.more or not done.lines:
                break
    for one in done.left:
        of = f"of {one.supplier_code}" if one.supplier_code else "without a supplier"
        notes.print(f"{one.store_code} {one.sku} {of}: cannot be ordered as it is.", markup=False)
    notes.print(f"{lines} lines became {orders} orders and {transfers} transfers.", markup=False)


def _compute(chain: Any, made: Any) -> Any:
    """The proposal once it is whole, with progress on the way."""
    with Progress(console=notes, transient=True) as progress:
        task = progress.add_task("Stores × SKUs", total=None)
        while made.state is ProposalState.COMPUTING:
            progress.update(task, completed=made.pairs)
            made = chain.write(compute_proposal, ComputeProposal(made.proposal_id))
    return made
