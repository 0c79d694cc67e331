"""`liansuo keys`: the key-encryption key is renewed, and members of before there were data keys get theirs."""

from typing import Final

import typer

from application.membership.data_keys import (
    GetDataKeys,
    ResealMembers,
    RewrapKeys,
    get_data_keys,
    reseal_members,
    rewrap_keys,
)
from entrypoints.cli.database import Database, DatabaseOption, opened, settings_of
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, progress, show
from entrypoints.master_key import add_wrapping_key

COLUMNS: Final = (
    Column("version", "Key-encryption key", Kind.COUNT),
    Column("members", "Members", Kind.COUNT),
    Column("now", "Wraps now"),
)

keys = typer.Typer(help="Keys that personal data is encrypted under.", no_args_is_help=True)


@keys.command()
def status(database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show under which key-encryption key the data keys of how many members are; under 0 those without a data key."""
    with opened(database) as chain:
        found = chain.read(get_data_keys, GetDataKeys())
    rows = [(one.version, one.members, "yes" if one.version == found.wrapping_version else "") for one in found.counts]
    show(Figures("Data keys of members", COLUMNS, rows), form)


@keys.command()
def add(database: DatabaseOption = None) -> None:
    """Add a new key-encryption key to the key file. Stop the servers before, start them after, then run `rotate`."""
    version = add_wrapping_key(settings_of(database))
    notes.print(
        f"Key-encryption key {version} is in the key file. Save the file, bring it to every server, start them, and run"
        " `liansuo keys rotate`.",
        markup=False,
    )


@keys.command()
def rotate(database: DatabaseOption = None) -> None:
    """Wrap every data key under the newest key-encryption key, in batches; stopped, the same command carries on."""
    with opened(database) as chain, progress() as step:
        left = chain.read(get_data_keys, GetDataKeys())
        advance = step(
            "Keys wrapped", sum(one.members for one in left.counts if 0 < one.version < left.wrapping_version)
        )
        total = 0
        while done := chain.write(rewrap_keys, RewrapKeys()).members:
            advance(done)
            total += done
    notes.print(
        f"{total:,} data keys are under key-encryption key {left.wrapping_version} now. Older ones may be taken out of"
        " the key file once every backup that needs them is gone; the master key stays.",
        markup=False,
    )


@keys.command()
def reseal(database: DatabaseOption = None) -> None:
    """Give members of before there were data keys one each, in batches; stopped, the same command carries on."""
    with opened(database) as chain, progress() as step:
        advance = step("Members sealed", _unsealed(chain))
        total, after = 0, 0
        while True:
            batch = chain.write(reseal_members, ResealMembers(after))
            advance(batch.members)
            total += batch.members
            if batch.next is None:
                break
            after = batch.next
    notes.print(f"{total:,} members have a data key of their own now.", markup=False)


def _unsealed(chain: Database) -> int:
    return sum(one.members for one in chain.read(get_data_keys, GetDataKeys()).counts if not one.version)
