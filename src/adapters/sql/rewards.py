"""Rewards and what was redeemed for points in SQL."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, literal_column, select

from adapters.sql.member_files import of_files
from adapters.sql.statements import upsert
from adapters.sql.tables.loyalty import points_entries
from adapters.sql.tables.marketing import points_rewards, reward_redemptions
from adapters.sql.transaction import Transaction
from application.ports import rewards as ports
from application.ports.rewards import StoredReward
from domain.loyalty.ledger import PointsEntry, PointsReason
from domain.marketing.reward import Redemption, Reward, RewardKind

_BY_CODE: Final = select(points_rewards).where(points_rewards.c.code == bindparam("code"))
_PAGE: Final = (
    select(points_rewards)
    .where(points_rewards.c.code > bindparam("after"))
    .order_by(points_rewards.c.code)
    .limit(bindparam("limit"))
)
_PUT: Final = upsert(points_rewards)
_TIMES: Final = select(func.coalesce(func.sum(reward_redemptions.c.times), 0)).where(
    reward_redemptions.c.reward_id == bindparam("reward_id"), of_files(reward_redemptions.c.member_id, "member_id")
)
_REDEMPTION: Final = select(reward_redemptions).where(reward_redemptions.c.redemption_id == bindparam("redemption_id"))
_UNDONE: Final = select(reward_redemptions.c.redemption_id).where(
    reward_redemptions.c.reverses_id == bindparam("redemption_id"),
    # In the words of the index, so that it is used.
    reward_redemptions.c.reverses_id != literal_column("0"),
)
# All entries of a redemption were posted at its moment, and a statement finds them by that.
_ENTRIES: Final = (
    select(points_entries)
    .where(
        points_entries.c.member_id == bindparam("member_id"),
        points_entries.c.posted_at == bindparam("posted_at", type_=points_entries.c.posted_at.type),
        points_entries.c.sale_id == bindparam("redemption_id"),
    )
    .order_by(points_entries.c.entry_id)
)


class Rewards(ports.Rewards):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, code: str) -> StoredReward | None:
        row = self._transaction.execute(_BY_CODE, {"code": code}).one_or_none()
        return None if row is None else _reward(row)

    def put(self, reward: StoredReward) -> None:
        terms = {name: value for name, value in asdict(reward.terms).items() if name != "code"}
        self._transaction.execute(_PUT, {"reward_id": reward.reward_id, "code": reward.terms.code, "terms": terms})

    def list_rewards(self, *, after: str | None, limit: int) -> Sequence[StoredReward]:
        return [_reward(row) for row in self._transaction.execute(_PAGE, {"after": after or "", "limit": limit})]

    def times(self, reward_id: int, member_id: int) -> int:
        # PostgreSQL sums integers to decimals.
        return int(self._transaction.execute(_TIMES, {"reward_id": reward_id, "member_id": member_id}).scalar_one())

    def redemption(self, redemption_id: int) -> Redemption | None:
        row = self._transaction.execute(_REDEMPTION, {"redemption_id": redemption_id}).one_or_none()
        return None if row is None else Redemption(**row._mapping)

    def is_undone(self, redemption_id: int) -> bool:
        return self._transaction.execute(_UNDONE, {"redemption_id": redemption_id}).first() is not None

    def points_entries(self, redemption: Redemption) -> Sequence[PointsEntry]:
        asked = {
            "member_id": redemption.member_id,
            "posted_at": redemption.redeemed_at,
            "redemption_id": redemption.redemption_id,
        }
        rows = self._transaction.execute(_ENTRIES, asked)
        return [PointsEntry(**{**row._mapping, "reason": PointsReason(row.reason)}) for row in rows]


def _reward(row: Row[Any]) -> StoredReward:
    terms = {**row.terms, "kind": RewardKind(row.terms["kind"])}
    return StoredReward(row.reward_id, Reward(row.code, **terms))
