"""Request ids at the command line: what is to take effect once may be run again."""

from typing import Annotated
from uuid import UUID, uuid4

import typer

from entrypoints.cli.problems import Exit, Problem

RequestOption = Annotated[
    str, typer.Option("--request-id", help="UUID: the same one again changes nothing; default: a new one.")
]


def request_id_of(text: str) -> str:
    """The UUID as it is stored, a new one for an empty text; raises Problem."""
    try:
        return str(UUID(text)) if text else str(uuid4())
    except ValueError:
        raise Problem(
            f"“{text}” is no UUID.", advice="Leave --request-id out for a new one.", code=Exit.USAGE
        ) from None
