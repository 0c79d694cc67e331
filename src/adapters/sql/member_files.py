"""The files of one person, for whatever reads what was done under any of them."""

from typing import Any

from sqlalchemy import Column, ColumnElement, bindparam, or_, select

from adapters.sql.tables.membership import members

_files = members.alias("files")


def of_files(column: Column[Any], parameter: str) -> ColumnElement[bool]:
    """Whether a column names the member of a parameter, or a file that was merged into theirs."""
    member_id = bindparam(parameter, type_=members.c.member_id.type)
    return column.in_(
        select(_files.c.member_id).where(or_(_files.c.member_id == member_id, _files.c.merged_into == member_id))
    )
