"""What the application needs to tell what members buy."""

from collections.abc import Collection, Sequence
from typing import Protocol

from domain.membership.habits import Purchase


class MemberHabits(Protocol):
    def purchases(self, member_id: int, *, store_ids: Collection[int] | None, documents_max: int) -> Sequence[Purchase]:
        """The purchases among the latest `documents_max` sales, refunds and voids of a member, the newest first.

        Those of files that were merged into the member's are the member's.
        Voided sales are none. Goods that cost nothing, such as gifts, name no category: nobody chose them. None means
        all stores. It costs what so many documents of each file hold, not what the member ever bought.
        """
