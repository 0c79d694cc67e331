"""`liansuo worker`: the chain's daily jobs, by hand or when they are due, each in one place at a time."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from uuid import uuid4

import typer

from application.inventory.as_of import CarryStock, carry_stock
from application.inventory.reserve_stock import ExpireReservations, expire_reservations
from application.jobs import FinishJob, ListJobs, RenewJob, TakeJob, finish_job, list_jobs, renew_job, take_job
from application.logistics.asking_carriers import ask_due_carriers
from application.logistics.late_shipments import TellLateShipments, tell_late_shipments
from application.loyalty.expire_points import ExpirePoints, expire_points
from application.loyalty.remind_points import RemindPoints, remind_points
from application.membership.evaluate_tiers import EvaluateTiers, evaluate_tiers
from application.membership.move_lifecycles import MoveLifecycles, move_lifecycles
from application.membership.paid_memberships import ReleaseMemberships, release_memberships
from application.membership.review_tiers import ReviewTiers, review_tiers
from application.ports.kernel import Contention
from application.pricing.birthday_coupons import IssueBirthdayCoupons, issue_birthday_coupons
from application.purchasing.supplier_scores import ScoreSuppliers, score_suppliers
from application.replenishment.classes import ClassifyStock, classify_stock
from application.replenishment.stock_alerts import FindStockAlerts, find_stock_alerts
from application.sales.receipt_mails import FinishLetter, TakeLetter, finish_letter, letters_due, take_letter
from application.sales.reconcile_payments import reconcile
from application.wallet.times_cards import ExpireTimesCards, expire_times_cards
from domain.sales.receipt_log import MailState
from domain.shared.errors import Refusal
from entrypoints.cli.database import Database, DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, show
from entrypoints.cli.problems import Exit, Problem
from entrypoints.cli.relay import until_stopped
from entrypoints.mailing import letter_sender

PAUSE_S: Final = 30.0
"""How long a worker waits before it looks again for what is due."""
AGAIN: Final = timedelta(minutes=10)
"""How long after it was stopped, refused or broken off a job is due again."""

worker = typer.Typer(help="Run the chain's jobs, and see how they went.", no_args_is_help=True)

JOBS_SHOWN: Final = (
    Column("name", "Job"),
    Column("state", "State"),
    Column("started", "Started"),
    Column("finished", "Finished"),
    Column("done", "Done", Kind.COUNT),
    Column("next", "Next"),
)


@dataclass(frozen=True, slots=True)
class Job:
    """`batches` does the work, one committed batch after the other, and yields how much each has done.

    It may be left after any batch and begun anew: what is done is not done again.
    """

    every: timedelta
    batches: Callable[[Database], Iterator[int]]


def _expire_points(chain: Database) -> Iterator[int]:
    day = token = ""
    while True:
        batch = chain.write(expire_points, ExpirePoints(day, page_token=token))
        yield batch.lots
        day, token = batch.on, batch.next_page_token
        if not token:
            return


def _remind_expiry(chain: Database) -> Iterator[int]:
    more = True
    while more:
        batch = chain.write(remind_points, RemindPoints())
        more = batch.more
        yield batch.members


def _evaluate_tiers(chain: Database) -> Iterator[int]:
    token = ""
    while True:
        batch = chain.write(evaluate_tiers, EvaluateTiers("", token))
        yield len(batch.changes)
        token = batch.next_page_token
        if not token:
            return


def _review_tiers(chain: Database) -> Iterator[int]:
    while not (batch := chain.write(review_tiers, ReviewTiers())).finished:
        yield batch.reviewed


def _expire_times_cards(chain: Database) -> Iterator[int]:
    while (batch := chain.write(expire_times_cards, ExpireTimesCards())).cards:
        yield batch.cards


def _lifecycle(chain: Database) -> Iterator[int]:
    while not (batch := chain.write(move_lifecycles, MoveLifecycles())).finished:
        yield batch.members


def _release_memberships(chain: Database) -> Iterator[int]:
    while (batch := chain.write(release_memberships, ReleaseMemberships())).memberships:
        yield batch.memberships


def _reconcile_payments(chain: Database) -> Iterator[int]:
    with chain.outside() as outside:
        yield from reconcile(outside)


def _give_birthday_coupons(chain: Database) -> Iterator[int]:
    token = ""
    while True:
        batch = chain.write(issue_birthday_coupons, IssueBirthdayCoupons(page_token=token))
        yield batch.issued
        token = batch.next_page_token
        if not token:
            return


def _send_receipts(chain: Database) -> Iterator[int]:
    if not chain.read(letters_due, TakeLetter()):
        return
    sender = letter_sender(chain.settings)
    while (letter := chain.write(take_letter, TakeLetter())) is not None:
        delivery = sender.send(letter, now=datetime.now(UTC))
        state = chain.write(finish_letter, FinishLetter(letter.mail_id, letter.attempt, delivery))
        yield int(state is MailState.SENT)


def _carry_stock(chain: Database) -> Iterator[int]:
    token = ""
    while True:
        batch = chain.write(carry_stock, CarryStock(token))
        yield batch.balances
        token = batch.next_page_token
        if not token:
            return


def _classify_stock(chain: Database) -> Iterator[int]:
    while (done := chain.write(classify_stock, ClassifyStock())).store_code:
        yield done.a + done.b + done.c


def _ask_carriers(chain: Database) -> Iterator[int]:
    with chain.outside() as outside:
        yield from ask_due_carriers(outside)


def _late_shipments(chain: Database) -> Iterator[int]:
    while (told := chain.write(tell_late_shipments, TellLateShipments())).shipments:
        yield told.shipments


def _score_suppliers(chain: Database) -> Iterator[int]:
    while (done := chain.write(score_suppliers, ScoreSuppliers())).cards:
        yield done.cards


def _release_stock(chain: Database) -> Iterator[int]:
    while done := chain.write(expire_reservations, ExpireReservations()):
        yield done


def _stock_alerts(chain: Database) -> Iterator[int]:
    more = True
    while more:
        found = chain.write(find_stock_alerts, FindStockAlerts())
        more = found.more
        yield found.raised + found.closed


JOBS: Final[Mapping[str, Job]] = {
    "expire-points": Job(timedelta(days=1), _expire_points),
    "remind-expiry": Job(timedelta(days=1), _remind_expiry),
    "evaluate-tiers": Job(timedelta(hours=6), _evaluate_tiers),
    "review-tiers": Job(timedelta(days=1), _review_tiers),
    "release-memberships": Job(timedelta(days=1), _release_memberships),
    "expire-times-cards": Job(timedelta(days=1), _expire_times_cards),
    "payments": Job(timedelta(minutes=1), _reconcile_payments),
    "lifecycle": Job(timedelta(minutes=10), _lifecycle),
    "give-birthday-coupons": Job(timedelta(days=1), _give_birthday_coupons),
    "send-receipts": Job(timedelta(minutes=1), _send_receipts),
    # A worker looks every PAUSE_S: what has expired is free within a minute.
    "release-stock": Job(timedelta(seconds=PAUSE_S), _release_stock),
    "carry-stock": Job(timedelta(days=1), _carry_stock),
    "classify-stock": Job(timedelta(days=1), _classify_stock),
    "ask-carriers": Job(timedelta(minutes=1), _ask_carriers),
    "late-shipments": Job(timedelta(minutes=10), _late_shipments),
    "stock-alerts": Job(timedelta(minutes=1), _stock_alerts),
    "score-suppliers": Job(timedelta(days=1), _score_suppliers),
}
"""Every job by its name; a further one is a line here."""


@worker.command("run")
def run_named(name: Annotated[str, typer.Argument(help=", ".join(JOBS))], database: DatabaseOption = None) -> None:
    """Run a job now, whenever it is due; refused while a worker runs it. Interrupted, it carries on next time."""
    if name not in JOBS:
        raise Problem(f"There is no job “{name}”.", advice=f"Jobs: {', '.join(JOBS)}.", code=Exit.USAGE)
    with opened(database) as chain, until_stopped() as stop:
        result = run_job(chain, name, stop, by_hand=True)
    if result is None:
        raise Problem(f"Another worker runs {name}.", advice="See `liansuo worker status`.", code=Exit.REFUSED)
    notes.print(f"{name}: {result}", markup=False)


@worker.command()
def serve(
    once: Annotated[bool, typer.Option("--once", help="Run what is due, then end.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Run every job when it is due, until Ctrl-C or SIGTERM, which end after the batch under way.

    Any number of workers may run: a job is one worker's at a time, and that of a worker that was killed is taken over
    after two minutes.
    """
    with opened(database) as chain, until_stopped() as stop:
        while not stop.is_set():
            for name in JOBS:
                result = None if stop.is_set() else run_job(chain, name, stop)
                if result is not None:
                    notes.print(f"{name}: {result}", markup=False)
            if once:
                break
            stop.wait(PAUSE_S)


@worker.command()
def status(database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show every job: whether it runs, when it last ran, how it ended, how much it did, when it is due."""
    now = datetime.now(UTC)
    with opened(database) as chain:
        known = {state.name: state for state in chain.read(list_jobs, ListJobs())}
    rows = []
    for name in JOBS:
        state = known.get(name)
        if state is None:
            rows.append([name, "never run", "", "", 0, "now"])
            continue
        broken_off = state.holder and state.lease_until <= now
        rows.append(
            [
                name,
                "broken off" if broken_off else state.result,
                _shown(state.started_at),
                _shown(state.finished_at),
                state.done,
                "now" if state.due_at <= now else _shown(state.due_at),
            ]
        )
    show(Figures("Jobs", JOBS_SHOWN, rows), form)


def run_job(chain: Database, name: str, stop: threading.Event, *, by_hand: bool = False) -> str | None:
    """Runs a job under its lease; how it ended, None where it is not due or another worker's.

    "done", "stopped" after a batch, "lost" where another worker has taken it over, or the reason of a refusal. What
    breaks a run off keeps its lease, and is raised.
    """
    job, holder = JOBS[name], uuid4().hex
    if not chain.write(take_job, TakeJob(name, holder, by_hand)):
        return None
    done, result = 0, "done"
    try:
        for count in job.batches(chain):
            done += count
            if not chain.write(renew_job, RenewJob(name, holder, done)):
                return "lost"
            if stop.is_set():
                result = "stopped"
                break
    except (Refusal, Contention) as error:
        result = type(error).__name__
    due = datetime.now(UTC) + (job.every if result == "done" else AGAIN)
    if not chain.write(finish_job, FinishJob(name, holder, result, done, due)):
        return "lost"
    return f"{result}, {done:,}"


def _shown(at: datetime | None) -> str:
    return "" if at is None else at.isoformat(timespec="seconds")
