"""What members of staff have bought in a month, for head office to look at."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.ports.kernel import UnitOfWork
from domain.shared.errors import Invalid

_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


class InvalidMonth(Invalid):
    en = "“{month}” is no month. Write it as YYYY-MM."
    zh = "“{month}”不是有效的月份，请写作 YYYY-MM。"


@dataclass(frozen=True, slots=True)
class ListStaffPurchases:
    """`month` as YYYY-MM; `shown` rows at most."""

    month: str
    shown: int


@dataclass(frozen=True, slots=True)
class StaffPurchaseRow:
    """As `BoughtInMonth`, with the code of the member of staff."""

    staff_code: str
    currency: str
    bought_minor: int
    discount_minor: int
    limit_minor: int
    beyond: int


@dataclass(frozen=True, slots=True)
class StaffPurchasesFound:
    rows: Sequence[StaffPurchaseRow]


def list_staff_purchases(uow: UnitOfWork, query: ListStaffPurchases) -> StaffPurchasesFound:
    """The purchases of a month, who went beyond their limit first. Raises InvalidMonth."""
    if not _MONTH.fullmatch(query.month):
        raise InvalidMonth("month", month=query.month[:16])
    found = uow.staff_purchases.of_month(query.month, limit=query.shown)
    codes = uow.chain.staff_codes
    return StaffPurchasesFound([StaffPurchaseRow(codes.get(one.staff_id, ""), *one[1:]) for one in found])
