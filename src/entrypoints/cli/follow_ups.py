"""`liansuo member follow-ups`: plans from a file, and which tasks are due."""

from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import BaseModel, ConfigDict

from application.care.follow_up_plans import (
    ListFollowUpPlans,
    PutFollowUpPlans,
    list_follow_up_plans,
    put_follow_up_plans,
)
from application.care.follow_up_queries import ListFollowUps, list_follow_ups
from application.paging import PAGE_SIZE_MAX
from domain.care.follow_up import FollowUpPlan, FollowUpState
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.documents import read_document
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, show

FILE_BYTES_MAX: Final = 100_000

follow_ups = typer.Typer(help="Follow-ups of members: plans, and the tasks of stores.", no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(help="YAML or JSON with `plans`.", exists=True, dir_okay=False)]

PLANS: Final = (
    Column("code", "Plan"),
    Column("trigger", "After"),
    Column("days", "Days", Kind.COUNT),
    Column("place", "Store"),
    Column("text_en", "What to do"),
    Column("text_zh", "回访内容"),
    Column("ended", "Ended"),
)
TASKS: Final = (
    Column("follow_up_id", "Task"),
    Column("due_date", "Due"),
    Column("overdue", "Overdue"),
    Column("store_code", "Store"),
    Column("staff_code", "Staff"),
    Column("member_number", "Member"),
    Column("plan_code", "Plan"),
    Column("outcome", "Outcome"),
)


class PlansFile(BaseModel):
    """The plans with the fields of the PutFollowUpPlans request."""

    model_config = ConfigDict(extra="forbid")

    plans: tuple[FollowUpPlan, ...]


@follow_ups.command()
def put(file: FileArgument, database: DatabaseOption = None) -> None:
    """Put the plans of the file; those that it does not name stay as they are."""
    read = read_document(file, PlansFile, bytes_max=FILE_BYTES_MAX)
    with opened(database) as chain:
        done = chain.write(put_follow_up_plans, PutFollowUpPlans(read.plans))
    notes.print(f"{len(read.plans)} plans, {done.created} of them new.", markup=False)


@follow_ups.command("plans")
def show_plans(database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show the plans."""
    with opened(database) as chain:
        found = chain.read(list_follow_up_plans, ListFollowUpPlans())
    rows = [[getattr(plan, column.name) for column in PLANS] for plan in found.plans]
    show(Figures("Follow-up plans", PLANS, rows, note="`liansuo member lifecycle` opens their tasks."), form)


@follow_ups.command("list")
def list_tasks(
    store: Annotated[str, typer.Option("--store", help="Of this store; default: all.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="Due on this day or before.")] = "",
    closed: Annotated[bool, typer.Option("--closed", help="Closed ones instead of open ones.")] = False,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List tasks by due date, without what was said."""
    state = FollowUpState.CLOSED if closed else FollowUpState.OPEN
    rows: list[list[object]] = []
    with opened(database) as chain:
        token = ""
        while True:
            page = chain.read(
                list_follow_ups,
                ListFollowUps(
                    state=state, store_code=store, until_date=until, page_size=PAGE_SIZE_MAX, page_token=token
                ),
            )
            rows += [[getattr(task, column.name) or "" for column in TASKS] for task in page.follow_ups]
            token = page.next_page_token
            if not token:
                break
    show(Figures("Follow-ups", TASKS, rows), form)
