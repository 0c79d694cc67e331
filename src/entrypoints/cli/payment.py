"""`liansuo payment`: payments by providers that are not over yet, their history, and what providers owe the chain."""

from typing import Annotated, Final

import typer

from application.sales.pay import (
    GetPayment,
    ListPayments,
    ListTakings,
    get_payment,
    list_payments,
    list_provider_takings,
)
from application.sales.reconcile_payments import reconcile as reconcile_payments
from application.sales.settle_payments import SettlePayments, settle_payments
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.once import done_once
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, rows_of, show, show_all
from entrypoints.cli.request_ids import RequestOption

PAGE_SIZE: Final = 500
LOOK_AT_AFTER_MINUTES: Final = 15

payment = typer.Typer(help="Payments by providers: what is not over, and what they owe.", no_args_is_help=True)

PAYMENTS: Final = (
    Column("payment_id", "Payment"),
    Column("opened_at", "Opened"),
    Column("store_code", "Store"),
    Column("terminal_code", "Terminal"),
    Column("provider", "Provider"),
    Column("state", "State"),
    Column("cancelling", "Cancelling"),
    Column("amount_minor", "Amount, minor units", Kind.COUNT),
    Column("currency", "Currency"),
    Column("sale_id", "Sale"),
    Column("reason", "Reason"),
)
EVENTS: Final = (
    Column("happened_at", "At"),
    Column("kind", "What"),
    Column("state", "State after it"),
    Column("done_by", "By"),
    Column("note", "Note"),
)
TAKINGS: Final = (
    Column("provider", "Provider"),
    Column("currency", "Currency"),
    Column("payments", "Payments", Kind.COUNT),
    Column("unsettled_minor", "Not settled, minor units", Kind.COUNT),
)


@payment.command("list")
def list_open(
    older: Annotated[
        int, typer.Option("--older-than", min=0, metavar="MINUTES", help="Only those opened so long ago.")
    ] = LOOK_AT_AFTER_MINUTES,
    store: Annotated[str, typer.Option("--store", help="Code of a store; without it all.")] = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List payments that should be over and are not, the oldest first: somebody is to look at them."""
    with opened(database) as chain:
        found = chain.read(list_payments, ListPayments(older, store, PAGE_SIZE))
    rows = rows_of(PAYMENTS, found.payments)
    more = f"There are more than {PAGE_SIZE}." if found.next_page_token else ""
    show(Figures("Payments that are not over", PAYMENTS, rows, note=more), form)


@payment.command("show")
def show_payment(
    payment_id: Annotated[int, typer.Argument(metavar="PAYMENT_ID", help="Id of the payment.")],
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show a payment and everything that happened to it."""
    with opened(database) as chain:
        found = chain.read(get_payment, GetPayment(payment_id))
    one = [[getattr(found.payment, column.name) for column in PAYMENTS]]
    history = [[getattr(event, column.name) for column in EVENTS] for event in found.history]
    shown = {
        "payment": Figures(f"Payment {payment_id}", PAYMENTS, one),
        "history": Figures("History", EVENTS, history),
    }
    show_all(shown, form)


@payment.command()
def reconcile(database: DatabaseOption = None) -> None:
    """Ask providers after all payments that are due, now; the worker does so every minute (job `payments`)."""
    with opened(database) as chain, chain.outside() as outside:
        done = sum(reconcile_payments(outside))
    notes.print(f"Asked after {done:,} payments.", markup=False)


@payment.command()
def settle(
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="Code of the provider.")],
    store: Annotated[str, typer.Option("--store", help="Code of the store that was paid.")],
    fee: Annotated[int, typer.Option("--fee", min=0, help="What the provider has kept of it, in minor units.")] = 0,
    request: RequestOption = "",
    database: DatabaseOption = None,
) -> None:
    """Book that a provider has paid out what it had taken for a store: bank and fees against clearing."""
    done = done_once(settle_payments, SettlePayments(provider, store, fee), request=request, database=database)
    if done is not None:
        more = " There is more: settle again." if done.more else ""
        notes.print(
            f"Settled {done.payments:,} payments of {done.amount_minor:,} {done.currency} in minor units,"
            f" {done.fee_minor:,} of it fees.{more}",
            markup=False,
        )


@payment.command()
def takings(database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show what each provider has taken for the chain and not settled yet."""
    with opened(database) as chain:
        found = chain.read(list_provider_takings, ListTakings())
    show(Figures("Takings not settled", TAKINGS, [list(one) for one in found]), form)
