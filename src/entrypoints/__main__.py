"""The command line: `liansuo`, or `python -m entrypoints`."""

import sys

import entrypoints.collecting  # noqa: F401 - by being imported, before anything large is
from entrypoints.cli.commands import run


def main() -> None:
    """Runs the command that the arguments name and exits with its code; see entrypoints.cli.problems.Exit."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
