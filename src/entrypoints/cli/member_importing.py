"""`liansuo import members`: members from a CSV or XLSX file, each row once however often the import is begun."""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import typer

from application.membership.import_members import (
    ROWS_AT_ONCE_MAX,
    ImportMembers,
    MemberRow,
    MembersImported,
    RefusedRow,
    StandsInEarlierRow,
    check_import,
    import_members,
)
from application.transactor import Call
from entrypoints.cli.database import Database, DatabaseOption, opened, system
from entrypoints.cli.member_files import Row, opened_members
from entrypoints.cli.messages import import_id
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, csv_cell, notes, progress, show

FINGERPRINT_BYTES: Final = 16


@dataclass(slots=True)
class Counts:
    registered: int = 0
    before: int = 0
    refused: int = 0


def members(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="XLSX or CSV (UTF-8, GB 18030), with a heading.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be registered and refused.")] = False,
    report: Annotated[
        Path | None, typer.Option("--report", help="Where refused rows go; default: FILE with .refused.csv.")
    ] = None,
    sheet: Annotated[str, typer.Option("--sheet", help="Sheet of an XLSX file; default: the first.")] = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Register the members of a file; refused rows go to a report with row number, field and reason.

    Columns: name, phone, birthday, sex, card, tier, occupation, email, source, channel, campaign_code, store_code, or
    their Chinese names; each row has a phone or a card. Interrupted or repeated with the same file, the import carries
    on and doubles nothing.
    """
    path = report or file.with_suffix(".refused.csv")
    with (
        opened_members(file, sheet) as source,
        opened(database) as chain,
        progress() as step,
        path.open("w", encoding="utf-8-sig", newline="") as written,
    ):
        advance = step("Members", source.rows_max)
        refusals = csv.writer(written, lineterminator="\n")
        refusals.writerow([one.name for one in fields(RefusedRow)])
        counts = Counts()
        seen: set[bytes] = set()
        for number, part in enumerate(_parts(source.rows)):
            command = ImportMembers(tuple([row for row in part if isinstance(row, MemberRow)]))
            refused = [row for row in part if isinstance(row, RefusedRow)]
            if command.rows and dry_run:
                refused += _dry(chain, command, seen, counts)
            elif command.rows:
                refused += _registered(chain, command, f"members/{source.digest}/{number}", counts)
            for one in sorted(refused, key=lambda one: one.row):
                refusals.writerow([csv_cell(getattr(one, column.name)) for column in fields(RefusedRow)])
            counts.refused += len(refused)
            advance(len(part))
    rows = [("registered", counts.registered), ("before", counts.before), ("refused", counts.refused)]
    title = "What the import would do" if dry_run else "Members imported"
    show(Figures(title, (Column("what", "What"), Column("rows", "Rows", Kind.COUNT)), rows), form)
    notes.print(f"Refused rows with their reasons: {path}", markup=False)


def _registered(chain: Database, command: ImportMembers, what: str, counts: Counts) -> list[RefusedRow]:
    """Registers a part of the file once; what it came to is kept as its answer, for whoever begins again."""
    fingerprint = hashlib.sha256(repr(command).encode()).digest()[:FINGERPRINT_BYTES]
    call = Call(command, system(), import_id(what), "cli.import_members", fingerprint, datetime.now(UTC))
    answer = chain.transactor.execute(import_members, call, _encoded)
    done = json.loads(answer.payload)
    if answer.replayed:
        counts.before += done["registered"]
    else:
        counts.registered += done["registered"]
    return [RefusedRow(**one) for one in done["refused"]]


def _encoded(imported: MembersImported) -> bytes:
    refused = [asdict(one) for one in imported.refused]
    return json.dumps({"registered": imported.registered, "refused": refused}, ensure_ascii=False).encode()


def _dry(chain: Database, command: ImportMembers, seen: set[bytes], counts: Counts) -> list[RefusedRow]:
    """What a part would come to; `seen` holds a digest of 16 bytes for each key of the parts before."""
    checked = chain.read(check_import, command)
    refused = list(checked.refused)
    for row, keys in checked.keys.items():
        digests = [hashlib.blake2b(f"{kind.value}|{text}".encode(), digest_size=16).digest() for kind, text in keys]
        again = next((kind for (kind, _), digest in zip(keys, digests, strict=True) if digest in seen), None)
        if again is None:
            seen.update(digests)
            counts.registered += 1
        else:
            refused.append(RefusedRow(row, again.value, StandsInEarlierPart().message(system().language)))
    return refused


class StandsInEarlierPart(StandsInEarlierRow):
    en = "An earlier row has it already. Keep one of the two rows."
    zh = "前面已有一行相同内容，请只保留一行。"


def _parts(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while part := list(islice(rows, ROWS_AT_ONCE_MAX)):
        yield part
