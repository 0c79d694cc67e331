"""How far a permission goes: the most that its holder may take off, of one line and of one sale."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Final

from domain.shared.errors import Forbidden, Invalid
from domain.shared.money import AMOUNT_MINOR_MAX

EVERYTHING: Final = "*"
"""Stands for every permission in a role."""

LIMITED: Final = frozenset({"sales.manual_discount", "sales.price_override"})
"""The permissions that a role may hold within limits."""

SHARE_BP_MAX: Final = 10_000


class NotLimitable(Invalid):
    en = "“{permission}” takes no limit. Permissions with limits: {limited}."
    zh = "权限“{permission}”不能设置限额。可设限额的权限：{limited}。"


class LimitOutOfRange(Invalid):
    en = "A limit is zero, for none, or up to {limit}."
    zh = "限额为 0（不限）或不超过 {limit}。"


class LimitStatedTwice(Invalid):
    en = "The role states two limits of “{permission}”. Send one."
    zh = "该角色对“{permission}”设置了两个限额，只能提供一个。"


class BeyondOwnLimits(Forbidden):
    en = "Role “{role_code}” may go further with “{permission}” than you may yourself. Ask somebody with higher limits."
    zh = "角色“{role_code}”对“{permission}”的限额高于您自己的限额。请由限额更高的人办理。"


@dataclass(frozen=True, slots=True)
class Limit:
    """The bounds of one permission, 0 where there is none.

    Shares are basis points of what the line or the sale would have cost, amounts minor units of the store's currency.
    """

    permission: str
    line_share_bp_max: int = 0
    line_minor_max: int = 0
    sale_share_bp_max: int = 0
    sale_minor_max: int = 0

    def or_wider(self, other: "Limit") -> "Limit":
        """The wider of both, bound by bound: who holds two roles may what either lets them."""
        mine, theirs = self._bounds(), other._bounds()
        return Limit(self.permission, *[max(a, b) if a and b else 0 for a, b in zip(mine, theirs, strict=True)])

    def within(self, other: "Limit") -> bool:
        """Whether this goes nowhere further than the other one."""
        return all(b == 0 or 0 < a <= b for a, b in zip(self._bounds(), other._bounds(), strict=True))

    def _bounds(self) -> tuple[int, int, int, int]:
        return self.line_share_bp_max, self.line_minor_max, self.sale_share_bp_max, self.sale_minor_max


def checked_limits(limits: Iterable[Limit], *, field: str) -> tuple[Limit, ...]:
    """The limits by permission. Raises NotLimitable, LimitStatedTwice or LimitOutOfRange with the place at fault."""
    found: dict[str, Limit] = {}
    for place, limit in enumerate(limits):
        if limit.permission not in LIMITED:
            listed = ", ".join(sorted(LIMITED))
            raise NotLimitable(f"{field}[{place}].permission", permission=limit.permission[:64], limited=listed)
        if limit.permission in found:
            raise LimitStatedTwice(f"{field}[{place}].permission", permission=limit.permission)
        for bound in fields(limit)[1:]:
            highest = SHARE_BP_MAX if bound.name.endswith("_bp_max") else AMOUNT_MINOR_MAX
            if not 0 <= getattr(limit, bound.name) <= highest:
                raise LimitOutOfRange(f"{field}[{place}].{bound.name}", limit=highest)
        found[limit.permission] = limit
    return tuple([found[permission] for permission in sorted(found)])


def limit_of(permission: str, limits: Sequence[Limit]) -> Limit:
    """The limit of a permission that is held; without one, nothing bounds it."""
    return next((limit for limit in limits if limit.permission == permission), Limit(permission))


def combined(held: Sequence[tuple[frozenset[str], Sequence[Limit]]]) -> tuple[Limit, ...]:
    """The limits of somebody with several roles, each with its permissions and its limits."""
    found = []
    for permission in sorted(LIMITED):
        granted = [limit_of(permission, limits) for of, limits in held if permission in of or EVERYTHING in of]
        if granted:
            widest = granted[0]
            for limit in granted[1:]:
                widest = widest.or_wider(limit)
            if widest != Limit(permission):
                found.append(widest)
    return tuple(found)


def check_limits_within(
    granted: frozenset[str], limits: Sequence[Limit], held: Sequence[Limit], *, role_code: str, field: str
) -> None:
    """Refuses a grant that goes further than the one who makes it: BeyondOwnLimits names the permission."""
    for mine in held:
        permission = mine.permission
        if (permission in granted or EVERYTHING in granted) and not limit_of(permission, limits).within(mine):
            raise BeyondOwnLimits(field, role_code=role_code, permission=permission)
