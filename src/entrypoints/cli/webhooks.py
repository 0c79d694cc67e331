"""`liansuo webhooks`: the endpoint for messages of payment providers and carriers, and which there are."""

from typing import Annotated, Final

import typer

from entrypoints.carrier_settings import installed_carriers
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, notes, show
from entrypoints.cli.problems import Exit, Problem
from entrypoints.cli.relay import until_stopped
from entrypoints.payment_settings import installed_providers, settings_of_environment
from entrypoints.settings import is_loopback

COLUMNS: Final = (Column("provider", "Provider"), Column("path", "Where it sends its messages"))
CARRIERS: Final = (Column("carrier", "Carrier"), Column("path", "Where its messages come"))

webhooks = typer.Typer(help="Messages of payment providers and carriers.", no_args_is_help=True)


@webhooks.command()
def providers(form: FormatOption = Format.TABLE) -> None:
    """Show the payment providers of the environment, whose settings are read as the server reads them."""
    from entrypoints.webhooks import path_of

    rows = [(code, path_of(code)) for code in installed_providers()]
    show(Figures("Payment providers", COLUMNS, rows), form)


@webhooks.command()
def carriers(form: FormatOption = Format.TABLE) -> None:
    """Show the carriers of the environment, whose settings are read as the server reads them."""
    from entrypoints.webhooks import PATH

    rows = [(code, f"{PATH}{one.gateway}") for code, one in installed_carriers().items()]
    show(Figures("Carriers", CARRIERS, rows), form)


@webhooks.command()
def serve(
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65_535, help="Default: LIANSUO_WEBHOOK_PORT; 0 takes a free one.")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Take messages of payment providers and carriers until Ctrl-C or SIGTERM, which end after those at hand.

    It speaks plain HTTP on loopback: the proxy before it has the certificate and passes /webhooks/ on.
    """
    from entrypoints.carrier_webhooks import CarrierWebhooks, noting
    from entrypoints.container import utc_now
    from entrypoints.logs import configure_logs
    from entrypoints.webhooks import Webhooks, WebhookServer, receiving

    settings = settings_of_environment()
    if not is_loopback(settings.webhook_host):
        raise Problem(
            f"Messages are taken on loopback only, not on {settings.webhook_host}.",
            advice="Set LIANSUO_WEBHOOK_HOST to 127.0.0.1, behind a proxy that has TLS.",
            code=Exit.USAGE,
        )
    with opened(database) as chain, chain.outside() as outside, until_stopped() as stop:
        configure_logs(level=chain.settings.log_level)
        carriers_tell = CarrierWebhooks(outside.carriers, noting(outside), clock=utc_now)
        taking = Webhooks(outside.providers, receiving(outside), clock=utc_now, others=carriers_tell)
        try:
            server = WebhookServer(
                taking, host=settings.webhook_host, port=settings.webhook_port if port is None else port
            )
        except OSError as error:
            raise Problem(f"The port cannot be had: {error.strerror}.", advice="Change LIANSUO_WEBHOOK_PORT.") from None
        server.start()
        notes.print(
            f"Messages of {', '.join([*outside.providers, *carriers_tell.gateways]) or 'no provider'} are taken on port"
            f" {server.server_port}.",
            markup=False,
        )
        stop.wait()
        server.stop()
