"""Request ids on the command line."""

from uuid import UUID, uuid4

from entrypoints.cli.problems import Exit, Problem


def request_id_of(text: str) -> str:
    """The UUID as it is stored, a new one for an empty text; raises Problem."""
    try:
        return str(UUID(text)) if text else str(uuid4())
    except ValueError:
        raise Problem(
            f"“{text}” is no UUID.", advice="Leave --request-id out for a new one.", code=Exit.USAGE
        ) from None
