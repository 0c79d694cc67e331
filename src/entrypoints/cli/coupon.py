"""`liansuo coupon`: codes by the thousand, who holds them, and the daily expiry."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID, uuid4, uuid5

import typer

from application.pricing.birthday_coupons import IssueBirthdayCoupons, issue_birthday_coupons
from application.pricing.coupon_changes import ExpireCoupons, expire_coupons
from application.pricing.coupon_queries import ListCoupons, list_coupons
from application.pricing.issue_coupons import IssueCoupons, issue_coupons
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import csv_cell, notes, progress
from entrypoints.cli.problems import Exit, Problem

coupon = typer.Typer(
    help="Issue coupons, export their codes, and let those expire that are over.", no_args_is_help=True
)

AT_ONCE: Final = 500
JOB_MAX: Final = 1_000_000
PAGE: Final = 500

BatchArgument = Annotated[str, typer.Argument(help="The code of the batch.")]


@coupon.command()
def issue(
    batch: BatchArgument,
    count: Annotated[
        int, typer.Option("--count", min=0, max=JOB_MAX, help="So many coupons for whoever shows them.")
    ] = 0,
    members: Annotated[
        Path | None,
        typer.Option("--members", exists=True, dir_okay=False, help="One member a line: number, phone or card."),
    ] = None,
    job: Annotated[
        str, typer.Option("--job", help="UUID of the job: the same one again carries on where it stopped.")
    ] = "",
    database: DatabaseOption = None,
) -> None:
    """Make coupons by the thousand, 500 in each transaction; an interrupted job carries on under its id."""
    job_id = _job(job)
    keys = [line.strip() for line in members.read_text(encoding="utf-8").splitlines()] if members else []
    keys = [key for key in keys if key]
    if bool(count) == bool(keys):
        raise Problem("Say either --count or --members FILE, with at least one line.", code=Exit.USAGE)
    notes.print(f"Job {job_id}; if it is interrupted: --job {job_id}", markup=False)
    with opened(database) as chain, progress() as step:
        parts = _parts(batch, count, keys)
        advance = step("Coupons", count or len(keys))
        fresh = 0
        for number, command in enumerate(parts):
            size = command.count or len(command.member_keys)
            fresh += size * chain.once(issue_coupons, command, request_id=str(uuid5(job_id, str(number))))
            advance(size)
    before = (count or len(keys)) - fresh
    notes.print(f"Issued {fresh:,} coupons; {before:,} had been issued before.", markup=False)
    notes.print(f"Their codes: liansuo coupon export {batch} FILE", markup=False)


@coupon.command()
def birthdays(batch: BatchArgument, database: DatabaseOption = None) -> None:
    """Give members a coupon before their birthday; run it daily. However often it runs, nobody gets two a year.

    The setting birthday_coupon_days says how many days before. An interrupted run carries on with the next one.
    """
    issued, token = 0, ""
    with opened(database) as chain, progress() as step:
        advance = step("Coupons", None)
        while True:
            done = chain.write(issue_birthday_coupons, IssueBirthdayCoupons(batch, token))
            issued += done.issued
            advance(done.issued)
            token = done.next_page_token
            if not token:
                break
    notes.print(f"{issued:,} birthday coupons of {batch}. `liansuo relay` delivers the notices.", markup=False)


@coupon.command()
def export(batch: BatchArgument, file: Annotated[Path, typer.Argument()], database: DatabaseOption = None) -> None:
    """Write the codes of a batch to a CSV, with the state and the holder of each."""
    count = 0
    with opened(database) as chain, file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("code", "state", "member_number", "from_date", "until_date", "uses"))
        token = ""
        while True:
            page = chain.read(list_coupons, ListCoupons(batch_code=batch, page_size=PAGE, page_token=token))
            for one in page.coupons:
                cells = (one.code, one.state, one.member_number, one.from_date, one.until_date, one.uses)
                rows.writerow([csv_cell(cell) for cell in cells])
            count += len(page.coupons)
            token = page.next_page_token
            if not token:
                break
    notes.print(f"{count:,} coupons: {file}", markup=False)


@coupon.command()
def expire(database: DatabaseOption = None) -> None:
    """Note in the ledger which coupons are over; run it daily. Tills refuse them by their date without it."""
    total = 0
    with opened(database) as chain:
        while expired := chain.write(expire_coupons, ExpireCoupons()).expired:
            total += expired
    notes.print(f"{total:,} coupons have expired.", markup=False)


def _parts(batch: str, count: int, keys: Sequence[str]) -> list[IssueCoupons]:
    if keys:
        return [
            IssueCoupons(batch, member_keys=tuple(keys[start : start + AT_ONCE]))
            for start in range(0, len(keys), AT_ONCE)
        ]
    return [IssueCoupons(batch, min(AT_ONCE, count - start)) for start in range(0, count, AT_ONCE)]


def _job(text: str) -> UUID:
    try:
        return UUID(text) if text else uuid4()
    except ValueError:
        raise Problem(f"“{text}” is no UUID.", advice="Leave --job out to begin a new job.", code=Exit.USAGE) from None
