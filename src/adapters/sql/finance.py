"""The books in SQL."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, bindparam, case, func, select

from adapters.sql.reading import Filtered, Scoped, bounds, newest_first
from adapters.sql.statements import any_of
from adapters.sql.tables.finance import journal_entries, postings
from adapters.sql.tables.identity import stores
from adapters.sql.transaction import Transaction
from application.finance.views import AccountTotals, JournalEntryView, PostingView
from application.ports import finance
from application.ports.finance import JournalKey
from application.ports.selection import Selection


def _with_store(rows: Any) -> Select[Any]:
    return select(rows, stores.c.code.label("store_code")).join_from(rows, stores, stores.c.store_id == rows.c.store_id)


_BY_ID: Final = Scoped(
    lambda *within: _with_store(journal_entries).where(journal_entries.c.entry_id == bindparam("entry_id"), *within),
    journal_entries.c.store_id,
)
_BY_DOCUMENT: Final = Scoped(
    lambda *within: (
        _with_store(journal_entries)
        .where(journal_entries.c.document_id == bindparam("document_id"), *within)
        .order_by(journal_entries.c.entry_id)
        .limit(1)
    ),
    journal_entries.c.store_id,
)
_POSTINGS: Final = (
    select(postings)
    .where(any_of(postings.c.entry_id, "entry_ids"))
    .order_by(postings.c.entry_id, postings.c.posting_number)
)

_KEY: Final = (journal_entries.c.business_date, journal_entries.c.posted_at, journal_entries.c.entry_id)


def _page(rows: Select[Any]) -> Select[Any]:
    """The rows found first, so that no join can lead the engine away from the index."""
    page = rows.subquery()
    return _with_store(page).order_by(page.c.business_date.desc(), page.c.posted_at.desc(), page.c.entry_id.desc())


_ENTRIES: Final = Scoped(
    lambda *within: _page(newest_first(*_KEY).where(*within)), Filtered(journal_entries.c.store_id)
)
_ENTRIES_OF_STORE: Final = _page(newest_first(*_KEY, where=journal_entries.c.store_id))


def _totals(*within: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            postings.c.account_code,
            journal_entries.c.currency,
            func.sum(case((postings.c.amount_minor > 0, postings.c.amount_minor), else_=0)).label("debit_minor"),
            func.sum(case((postings.c.amount_minor < 0, -postings.c.amount_minor), else_=0)).label("credit_minor"),
        )
        .join_from(journal_entries, postings, postings.c.entry_id == journal_entries.c.entry_id)
        .where(
            journal_entries.c.business_date.between(
                bindparam("from_date", type_=journal_entries.c.business_date.type),
                bindparam("to_date", type_=journal_entries.c.business_date.type),
            ),
            *within,
        )
        .group_by(postings.c.account_code, journal_entries.c.currency)
        .order_by(postings.c.account_code, journal_entries.c.currency)
    )


_TOTALS: Final = Scoped(_totals, journal_entries.c.store_id)


class Journal(finance.Journal):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def entry(self, *, entry_id: int = 0, document_id: int = 0) -> JournalEntryView | None:
        visible = self._transaction.caller.store_ids
        store_ids = None if visible is None else sorted(visible)
        if entry_id:
            rows = self._transaction.execute(*_BY_ID.within(store_ids, {"entry_id": entry_id})).all()
        else:
            rows = self._transaction.execute(*_BY_DOCUMENT.within(store_ids, {"document_id": document_id})).all()
        return self._views(rows)[0] if rows else None

    def list_entries(
        self, selection: Selection, *, after: JournalKey | None, limit: int
    ) -> Sequence[tuple[JournalKey, JournalEntryView]]:
        parameters = bounds(selection, after, limit)
        store_ids = selection.store_ids
        if store_ids is not None and len(store_ids) == 1:
            rows = self._transaction.execute(_ENTRIES_OF_STORE, {**parameters, "store_id": store_ids[0]}).all()
        else:
            rows = self._transaction.execute(*_ENTRIES.within(store_ids, parameters)).all()
        keys = [(row.business_date, row.posted_at, row.entry_id) for row in rows]
        return list(zip(keys, self._views(rows), strict=True))

    def totals(self, selection: Selection) -> Sequence[AccountTotals]:
        period = {"from_date": selection.from_date, "to_date": selection.to_date}
        rows = self._transaction.execute(*_TOTALS.within(selection.store_ids, period))
        # PostgreSQL sums integers to decimals.
        return [
            AccountTotals(row.account_code, row.currency, int(row.debit_minor), int(row.credit_minor)) for row in rows
        ]

    def _views(self, rows: Sequence[Row[Any]]) -> list[JournalEntryView]:
        """The entries with their postings, all of which are read in one statement."""
        of_entry: dict[int, list[PostingView]] = defaultdict(list)
        if rows:
            for posting in self._transaction.execute(_POSTINGS, {"entry_ids": [row.entry_id for row in rows]}):
                of_entry[posting.entry_id].append(PostingView(posting.account_code, posting.amount_minor))
        return [
            JournalEntryView(
                entry_id=row.entry_id,
                store_code=row.store_code,
                business_date=row.business_date.isoformat(),
                currency=row.currency,
                channel=row.channel,
                document_kind=row.document_kind,
                document_id=row.document_id,
                posted_at=row.posted_at,
                postings=of_entry[row.entry_id],
            )
            for row in rows
        ]
