"""Members as requests name them, by number, phone, card or code."""

from collections.abc import Sequence

from application.ports.kernel import UnitOfWork
from domain.shared.errors import NotFound


class UnknownMember(NotFound):
    en = "No member has this number, phone, card or code. Register the member first."
    zh = "没有此号码、手机、会员卡或会员码的会员，请先注册。"


def member_ids_of(uow: UnitOfWork, member_keys: Sequence[str]) -> list[int]:
    """The members by their keys, in the order of the request, whom nobody merges until the end of this transaction.

    Raises UnknownMember with the place of the first.
    """
    found = uow.members.ids(member_keys)
    for index, key in enumerate(member_keys):
        if key not in found:
            raise UnknownMember(f"member_keys[{index}]")
    uow.members.hold(set(found.values()))
    return [found[key] for key in member_keys]


def files_of(uow: UnitOfWork, member_id: int) -> list[int]:
    """The member with the files that were merged into theirs: what those did, the member has done."""
    return [member_id, *uow.merges.files_of(member_id)]


def member_id_of(uow: UnitOfWork, member_key: str, *, field: str = "member_key") -> int | None:
    """The member with this key, None for an empty one; raises UnknownMember."""
    return known_member_id(uow, member_key, field=field) if member_key else None


def known_member_id(uow: UnitOfWork, member_key: str, *, field: str = "member_key") -> int:
    """The member with this key; raises UnknownMember."""
    found = uow.members.ids([member_key])
    if member_key not in found:
        raise UnknownMember(field)
    return found[member_key]
