"""Members come from a file, thousands at once: good rows are registered, bad ones are told with their reasons."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

from application.fields import at_most
from application.membership.register_member import (
    AlreadyMember,
    CardTaken,
    RegisterMember,
    new_member,
    register_files,
)
from application.ports.kernel import Contention, UnitOfWork
from application.ports.membership import MemberFile
from domain.membership.member import MemberKeyKind, Sex
from domain.shared.errors import Conflict, Invalid, Refusal

ROWS_AT_ONCE_MAX: Final = 1_000

SEXES: Final[Mapping[str, Sex | None]] = {
    "": None, "女": Sex.FEMALE, "男": Sex.MALE, "其他": Sex.OTHER, **{sex.value: sex for sex in Sex},
}  # fmt: skip


WRITTEN_AS_IS: Final = frozenset({"name", "occupation"})
HALF_WIDTH: Final = {0x3000: 0x20} | {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width digits, letters and signs (Unicode 15.0, FF01 to FF5E) that Chinese input methods write into codes."""


class NothingToFindBy(Invalid):
    en = "The row has neither a phone nor a card, so the member could never be found again. Add one of them."
    zh = "此行既无手机号也无会员卡，以后无法查找该会员，请补充其一。"


class StandsInEarlierRow(Conflict):
    en = "Row {row} has it already. Keep one of the two rows."
    zh = "第 {row} 行已有相同内容，请只保留一行。"


class UnknownSex(Invalid):
    en = "“{text}” is none of female, male and other. Correct it or leave it empty."
    zh = "“{text}”不是有效性别，请填写女、男、其他，或留空。"


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A row of the file, as its texts; `row` is its number, the heading being row 1."""

    row: int
    name: str = ""
    phone: str = ""
    birthday: str = ""
    sex: str = ""
    card: str = ""
    tier: str = ""
    occupation: str = ""
    email: str = ""
    source: str = ""
    channel: str = ""
    campaign_code: str = ""
    store_code: str = ""


COLUMNS: Final = tuple([field.name for field in fields(MemberRow) if field.name != "row"])


@dataclass(frozen=True, slots=True)
class ImportMembers:
    rows: tuple[MemberRow, ...]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    row: int
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class MembersImported:
    """How many rows were registered, and the others with their reasons, by row."""

    registered: int
    refused: Sequence[RefusedRow]


@dataclass(frozen=True, slots=True)
class RowsChecked:
    """Rows that could be registered now, each with the keys that it would take; the others with their reasons."""

    keys: Mapping[int, Sequence[tuple[MemberKeyKind, str]]]
    refused: Sequence[RefusedRow]


def import_members(uow: UnitOfWork, command: ImportMembers) -> MembersImported:
    """Registers the rows that can be, of up to 1,000, in one transaction with as many statements as one row takes.

    A row is refused for what `register_member` refuses, for what an earlier row has, and without phone and card.
    """
    files, refused = _checked(uow, command.rows)
    if files:
        rows = sorted(files)
        try:
            register_files(uow, [files[row] for row in rows], [""] * len(rows))
        except (AlreadyMember, CardTaken):
            # Somebody was registered since the rows were looked at; looked at again, they tell whom.
            raise Contention("a row was registered meanwhile") from None
    return MembersImported(len(files), refused)


def check_import(uow: UnitOfWork, command: ImportMembers) -> RowsChecked:
    """What `import_members` would do, without doing it."""
    files, refused = _checked(uow, command.rows)
    return RowsChecked({row: list(_keys(file)) for row, file in files.items()}, refused)


def _checked(uow: UnitOfWork, rows: Sequence[MemberRow]) -> tuple[dict[int, MemberFile], list[RefusedRow]]:
    """The members of the rows that can be registered, by row, and the rows that cannot."""
    at_most(rows, ROWS_AT_ONCE_MAX, field="rows")
    files: dict[int, MemberFile] = {}
    refused: list[RefusedRow] = []
    first: dict[tuple[MemberKeyKind, str], int] = {}
    for row in rows:
        try:
            file = new_member(uow, _command(row))
            _check_keys(file, row.row, first)
        except Refusal as refusal:
            refused.append(_refused(uow, row.row, refusal))
        else:
            files[row.row] = file
    holders = uow.members.holders(first)
    held_cards = uow.member_cards.holders([text for kind, text in first if kind is MemberKeyKind.CARD])
    for number, file in list(files.items()):
        for kind, text in _keys(file):
            holder = holders.get((kind, text)) or (held_cards.get(text) if kind is MemberKeyKind.CARD else None)
            if holder is not None:
                refusal_class = AlreadyMember if kind is MemberKeyKind.PHONE else CardTaken
                refused.append(_refused(uow, number, refusal_class(kind.value, member_number=holder)))
                del files[number]
                break
    return files, sorted(refused, key=lambda one: one.row)


def _command(row: MemberRow) -> RegisterMember:
    if row.sex.strip() not in SEXES:
        raise UnknownSex("sex", text=row.sex.strip()[:20])
    texts = {name: getattr(row, name).strip() for name in COLUMNS if name != "sex"}
    for name in texts.keys() - WRITTEN_AS_IS:
        texts[name] = texts[name].translate(HALF_WIDTH).strip()
    return RegisterMember(**texts, sex=SEXES[row.sex.strip()])


def _check_keys(file: MemberFile, row: int, first: dict[tuple[MemberKeyKind, str], int]) -> None:
    keys = list(_keys(file))
    if not keys:
        raise NothingToFindBy("phone")
    for kind, text in keys:
        if (kind, text) in first:
            raise StandsInEarlierRow(kind.value, row=first[kind, text])
    first.update(dict.fromkeys(keys, row))


def _keys(file: MemberFile) -> Iterator[tuple[MemberKeyKind, str]]:
    if file.member.phone:
        yield MemberKeyKind.PHONE, file.member.phone
    for card in file.cards:
        yield MemberKeyKind.CARD, card


def _refused(uow: UnitOfWork, row: int, refusal: Refusal) -> RefusedRow:
    return RefusedRow(row, refusal.field, refusal.message(uow.caller.language))
