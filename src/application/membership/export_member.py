"""A copy of everything that is held about a member, for the member."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from application.membership.queries import found_id
from application.paging import InvalidPageToken, page, token_of
from application.ports.kernel import UnitOfWork
from application.scope import WholeChainOnly
from domain.identity.organisation import WHOLE_CHAIN


@dataclass(frozen=True, slots=True)
class ExportMember:
    member_key: str
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class MemberExport:
    """JSON objects, one each, and where the next page begins."""

    records: Sequence[str]
    next_page_token: str


def export_member(uow: UnitOfWork, query: ExportMember) -> MemberExport:
    """The next records about a member, from every table that holds some, in clear; each page costs what it holds.

    Of a person who had several files it goes through all of them, and through the sales of every store. Raises
    UnknownMember, and WholeChainOnly for staff who do not act for all of them.
    """
    if not uow.caller.member_number and not uow.caller.manages(WHOLE_CHAIN):
        raise WholeChainOnly
    asked = page(query.page_size, query.page_token, key=(int, int, str))
    member_id = found_id(uow, query.member_key)
    files = [member_id, *uow.merges.files_of(member_id)]
    file, section, text = asked.after or (0, 0, "")
    records: list[str] = []
    while file < len(files):
        if not 0 <= section < uow.member_records.sections:
            raise InvalidPageToken("page_token")
        found = uow.member_records.page(files[file], section, after=text, limit=asked.limit - len(records))
        if found is None:
            raise InvalidPageToken("page_token")
        records += [json.dumps(record, ensure_ascii=False) for record in found.records]
        text = found.next
        if not text:
            file, section = (file, section + 1) if section + 1 < uow.member_records.sections else (file + 1, 0)
        if len(records) == asked.limit and file < len(files):
            return MemberExport(records, token_of((file, section, text)))
    return MemberExport(records, "")
