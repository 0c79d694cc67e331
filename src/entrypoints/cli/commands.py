"""The commands of `liansuo`, and how every one of them ends: with an exit code and, if need be, with what to do."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Final

import typer

COMMANDS: Final = {
    "serve": "operate:serve",
    "migrate": "operate:migrate",
    "relay": "relay:relay",
    "worker": "worker:worker",
    "seed": "seed:seed",
    "import": "importing:imports",
    "replay": "replay:replay",
    "replay-coupons": "coupon_replay:replay_coupons",
    "demo": "demo:demo",
    "demo-loyalty": "loyalty_year:demo_loyalty",
    "promotion": "promotion:promotion",
    "coupon": "coupon:coupon",
    "member": "member:member",
    "points": "points:points",
    "draw": "draw:draw",
    "wallet": "wallet:wallet",
    "credit": "credit:credit",
    "order": "order:order",
    "payment": "payment:payment",
    "voucher": "voucher:voucher",
    "webhooks": "webhooks:webhooks",
    "tier": "tier:tier",
    "shift": "shift:shift",
    "stock": "stock:stock",
    "transfer": "transfer:transfer",
    "count": "count:count",
    "shipment": "shipment:shipment",
    "costing": "costing:costing",
    "settle": "settle:settle",
    "receipt": "receipt:receipt",
    "report": "report:report",
    "returns": "returns:returns",
    "keys": "keys:keys",
    "supplier": "supplier:supplier",
    "purchase": "purchase:purchase",
    "replenish": "replenish:replenish",
    "check": "check:check",
    "till": "till:till",
    "explain": "explain:explain",
    "terminals": "terminal_series:terminals",
    "settings": "settings:settings",
    "roles": "roles:roles",
    "enroll": "enroll:enroll_caller",
    "certificates": "certificates:certificates",
}
"""Every command with the module below entrypoints.cli that holds it, and its name there."""


INTERRUPTED: Final = 130
"""What typer makes of Ctrl-C."""


def run(arguments: Sequence[str]) -> int:
    """Runs a command and returns its exit code; what goes wrong is told on standard error, never as a traceback."""
    named = next((argument for argument in arguments if not argument.startswith("-")), "")
    # Only what is asked for is imported: `serve` must start its workers from a process that never loaded gRPC.
    wanted = [named] if named in COMMANDS else list(COMMANDS)
    try:
        app = application(wanted)
        app(list(arguments), prog_name="liansuo", standalone_mode=True)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
        if code == INTERRUPTED:
            sys.stderr.write("Stopped. Run the same command again: it carries on.\n")
        return code
    except Exception as error:  # noqa: BLE001 -- the edge: whatever it is, a person is told what to do
        return told(error, debug="--debug" in arguments)
    return 0


def application(commands: Sequence[str]) -> typer.Typer:
    """The command line with these commands."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, callback=options)
    for name in commands:
        module, _, attribute = COMMANDS[name].partition(":")
        found = getattr(import_module(f"entrypoints.cli.{module}"), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    return app


def print_version(asked: bool) -> None:
    """Prints the version and ends, when that was asked."""
    if asked:
        from importlib.metadata import version

        print(f"liansuo {version('liansuo')}")
        raise typer.Exit


def options(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and end.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an unexpected error came from.")] = False,
) -> None:
    """Liansuo: an ERP for retail chains.

    Exit codes: 0 done, 1 refused or a check failed, 2 wrong usage, 3 something needed is not there, 4 a defect,
    130 interrupted (the same command carries on).
    """


def told(error: Exception, *, debug: bool) -> int:
    """Says what is wrong and what to do; returns the exit code."""
    import traceback

    from entrypoints.cli.output import notes
    from entrypoints.cli.problems import problem_of

    if debug:
        traceback.print_exception(error)
    problem = problem_of(error)
    notes.print(problem.what, style="bold red", markup=False)
    if problem.advice:
        notes.print(problem.advice, markup=False)
    return problem.code
