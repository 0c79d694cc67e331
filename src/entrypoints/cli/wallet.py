"""`liansuo wallet`: what members hold of stored value, frozen and unfrozen; gift cards issued, listed and blocked."""

import csv
from pathlib import Path
from typing import Annotated, Final

import typer

from application.wallet.freezing import (
    FreezeStoredValue,
    StoredValueState,
    UnfreezeStoredValue,
    freeze_stored_value,
    unfreeze_stored_value,
)
from application.wallet.gift_card_queries import ListGiftCards, list_gift_cards
from application.wallet.gift_cards import (
    BlockGiftCard,
    IssueGiftCards,
    UnblockGiftCard,
    block_gift_card,
    issue_gift_cards,
    unblock_gift_card,
)
from application.wallet.queries import (
    GetStoredValue,
    GetStoredValueStatement,
    get_stored_value,
    get_stored_value_statement,
)
from application.wallet.times_cards import ExpireTimesCards, expire_times_cards
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, csv_cell, notes, rows_of, show, show_all

PAGE_SIZE: Final = 500
ENTRIES_DEFAULT: Final = 20

wallet = typer.Typer(help="Stored value of members, and gift cards.", no_args_is_help=True)

MemberArgument = Annotated[str, typer.Argument(metavar="MEMBER", help="Number, phone, card or code of the member.")]
EntriesOption = Annotated[
    int, typer.Option("--entries", min=0, max=PAGE_SIZE, help="How many of the newest movements to show.")
]

CardArgument = Annotated[int, typer.Argument(metavar="CARD_ID", help="Id of the card, as `wallet cards` lists it.")]
BatchArgument = Annotated[str, typer.Argument(help="Under which name the cards are listed.")]
StoreOption = Annotated[str, typer.Option("--store", help="Code of the store where it happens.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for whoever reads the statement.")]

CARDS: Final = (
    Column("card_id", "Card"),
    Column("hint", "Code ends"),
    Column("currency", "Currency"),
    Column("face_minor", "Sold for, minor units", Kind.COUNT),
    Column("balance_minor", "Balance", Kind.COUNT),
    Column("sold", "Sold"),
    Column("blocked", "Blocked"),
    Column("wrong_pins", "Wrong PINs", Kind.COUNT),
)
BALANCES: Final = (
    Column("currency", "Currency"),
    Column("balance_minor", "Balance, minor units", Kind.COUNT),
    Column("principal_minor", "Principal", Kind.COUNT),
    Column("bonus_minor", "Bonus", Kind.COUNT),
    Column("frozen", "Frozen"),
)
ENTRIES: Final = (
    Column("posted_at", "When"),
    Column("store_code", "Store"),
    Column("reason", "Reason"),
    Column("currency", "Currency"),
    Column("principal_minor", "Principal", Kind.COUNT),
    Column("bonus_minor", "Bonus", Kind.COUNT),
    Column("tender", "Tender"),
    Column("document_id", "Document"),
    Column("note", "Note"),
)


@wallet.command("show")
def show_wallet(
    member: MemberArgument,
    entries: EntriesOption = ENTRIES_DEFAULT,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what a member holds by currency, and the newest movements; amounts are in minor units."""
    with opened(database) as chain:
        held = chain.read(get_stored_value, GetStoredValue(member))
        moved = chain.read(get_stored_value_statement, GetStoredValueStatement(member, entries)) if entries else None
    shown = {
        "balances": Figures(f"Stored value of {held.member_number}", BALANCES, rows_of(BALANCES, held.balances)),
        "entries": Figures("Newest movements", ENTRIES, rows_of(ENTRIES, moved.entries if moved else [])),
    }
    show_all(shown, form)


@wallet.command()
def freeze(member: MemberArgument, store: StoreOption, reason: ReasonOption, database: DatabaseOption = None) -> None:
    """Let nothing be spent or paid in, in the currency of the store, until it is unfrozen."""
    with opened(database) as chain:
        _tell(member, chain.write(freeze_stored_value, FreezeStoredValue(member, reason, store)))


@wallet.command()
def unfreeze(member: MemberArgument, store: StoreOption, reason: ReasonOption, database: DatabaseOption = None) -> None:
    """Let stored value be used again."""
    with opened(database) as chain:
        _tell(member, chain.write(unfreeze_stored_value, UnfreezeStoredValue(member, reason, store)))


@wallet.command()
def issue(
    batch: BatchArgument,
    count: Annotated[int, typer.Argument(min=1, help="How many cards, up to 1000.")],
    face_minor: Annotated[int, typer.Argument(min=1, help="What each is sold for, in minor units.")],
    file: Annotated[Path, typer.Argument(help="A new CSV for the codes and PINs, which are shown nowhere else.")],
    store: StoreOption,
    database: DatabaseOption = None,
) -> None:
    """Issue gift cards and write what is printed on them to a new file; they are worth nothing until they are sold."""
    # The file is made first: cards whose codes cannot be written must not come into being.
    with opened(database) as chain, file.open("x", encoding="utf-8", newline="") as out:
        issued = chain.write(issue_gift_cards, IssueGiftCards(batch, count, face_minor, store))
        rows = csv.writer(out)
        rows.writerow(("card_id", "code", "pin"))
        rows.writerows([[csv_cell(cell) for cell in (one.card_id, one.code, one.pin)] for one in issued.cards])
    notes.print(f"{batch}: issued {count:,} cards in {issued.currency}.", markup=False)


@wallet.command("expire-times-cards")
def expire_cards(database: DatabaseOption = None) -> None:
    """Take the uses off times cards that are over; run it daily. An interrupted run carries on with the next one."""
    cards = uses = 0
    with opened(database) as chain:
        while (done := chain.write(expire_times_cards, ExpireTimesCards())).cards:
            cards, uses = cards + done.cards, uses + done.uses
    notes.print(f"{cards:,} times cards with {uses:,} uses have expired.", markup=False)


@wallet.command()
def cards(batch: BatchArgument, database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """List the gift cards of a batch, without their codes; amounts are in minor units."""
    rows: list[list[object]] = []
    token = ""
    with opened(database) as chain:
        while True:
            page = chain.read(list_gift_cards, ListGiftCards(batch, PAGE_SIZE, token))
            rows += rows_of(CARDS, page.cards)
            token = page.next_page_token
            if not token:
                break
    show(Figures(f"Gift cards of {batch}", CARDS, rows), form)


@wallet.command()
def block(card: CardArgument, store: StoreOption, reason: ReasonOption, database: DatabaseOption = None) -> None:
    """Let a gift card pay no more."""
    with opened(database) as chain:
        done = chain.write(block_gift_card, BlockGiftCard(card, reason, store))
    notes.print(f"Gift card {done.card.hint}: blocked.", markup=False)


@wallet.command()
def unblock(card: CardArgument, store: StoreOption, reason: ReasonOption, database: DatabaseOption = None) -> None:
    """Let a gift card pay again that was blocked, or shut by wrong PINs."""
    with opened(database) as chain:
        done = chain.write(unblock_gift_card, UnblockGiftCard(card, reason, store))
    notes.print(f"Gift card {done.card.hint}: pays again.", markup=False)


def _tell(member: str, state: StoredValueState) -> None:
    notes.print(f"{member}: {state.currency} {'frozen' if state.frozen else 'unfrozen'}.", markup=False)
