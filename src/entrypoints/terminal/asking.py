"""What the screen asks one thing after the other: a question, and what follows from what is keyed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Question:
    """Something that is asked in the line of entry, in the till's language.

    `take` gets what was keyed, in the till's thread, and gives the next question, or what is to be told in the end.
    What it raises is told, and the question stays. `told` stands above the line of entry; a `secret` is not shown.
    """

    prompt: str
    take: Callable[[str], "Next"]
    told: str = ""
    secret: bool = False


Next: TypeAlias = Question | str
