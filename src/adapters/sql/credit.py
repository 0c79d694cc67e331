"""Members' accounts in SQL."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam, exists, select, tuple_
from sqlalchemy.dialects.postgresql import insert as insert_or_leave

from adapters.sql.reading import Statement
from adapters.sql.statements import any_of
from adapters.sql.tables.credit import credit_accounts as accounts
from adapters.sql.tables.credit import credit_entries as entries
from adapters.sql.transaction import Transaction
from application.ports import credit as ports
from application.ports.wallet import AccountKey, StatementKey
from application.wallet.credit_views import CreditEntryView
from domain.sales.sale import TenderKind
from domain.wallet.credit import CreditAccount, CreditEntry, CreditReason

_IN_ORDER: Final = select(accounts).order_by(accounts.c.member_id, accounts.c.currency)
_LOCK: Final = _IN_ORDER.where(any_of(accounts.c.member_id, "member_ids")).with_for_update(key_share=True)
# The construct of this dialect compiles on SQLite too, to the same words.
_OPEN: Final = insert_or_leave(accounts).on_conflict_do_nothing(index_elements=["member_id", "currency"])
_OF_MEMBER: Final = bindparam("member_id", type_=accounts.c.member_id.type)
_ACCOUNTS: Final = _IN_ORDER.where(accounts.c.member_id == _OF_MEMBER)
_OF_DOCUMENT: Final = (
    select(entries)
    .where(entries.c.document_id == bindparam("document_id", type_=entries.c.document_id.type))
    .order_by(entries.c.entry_id)
)
_SET_SINCE: Final = select(
    exists().where(
        entries.c.member_id == _OF_MEMBER,
        tuple_(entries.c.posted_at, entries.c.entry_id)
        > tuple_(
            bindparam("after_at", type_=entries.c.posted_at.type),
            bindparam("after_id", type_=entries.c.entry_id.type),
        ),
        entries.c.currency == bindparam("currency"),
        entries.c.reason == CreditReason.LIMIT_SET.value,
    )
)
_STATEMENT: Final = Statement(entries, entries.c.member_id)


class Credit(ports.Credit):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(
        self, member_ids: Collection[int], *, opening: Collection[AccountKey] = ()
    ) -> Mapping[AccountKey, CreditAccount]:
        execute = self._transaction.execute
        if opening:
            missing = [
                {"member_id": member_id, "currency": currency, "limit_minor": 0, "owed_minor": 0}
                for member_id, currency in sorted(opening)
            ]
            execute(_OPEN, missing)
        rows = execute(_LOCK, {"member_ids": sorted(member_ids)})
        return {(row.member_id, row.currency): CreditAccount(**row._mapping) for row in rows}

    def accounts(self, member_id: int) -> Sequence[CreditAccount]:
        found = self._transaction.execute(_ACCOUNTS, {"member_id": member_id})
        return [CreditAccount(**row._mapping) for row in found]

    def entries_of(self, document_id: int) -> Sequence[CreditEntry]:
        rows = self._transaction.execute(_OF_DOCUMENT, {"document_id": document_id})
        return [CreditEntry(**{**row._mapping, "reason": CreditReason(row.reason)}) for row in rows]

    def limit_set_since(self, entry: CreditEntry) -> bool:
        asked = {
            "member_id": entry.member_id,
            "after_at": entry.posted_at,
            "after_id": entry.entry_id,
            "currency": entry.currency,
        }
        return bool(self._transaction.execute(_SET_SINCE, asked).scalar_one())

    def statement(
        self, member_id: int, *, after: StatementKey | None, limit: int
    ) -> Sequence[tuple[StatementKey, CreditEntryView]]:
        rows = _STATEMENT.page(self._transaction, member_id, after=after, limit=limit)
        return [
            (
                key,
                CreditEntryView(
                    entry_id=row.entry_id,
                    currency=row.currency,
                    reason=CreditReason(row.reason),
                    owed_minor=row.owed_minor,
                    limit_minor=row.limit_minor,
                    beyond_minor=row.beyond_minor,
                    document_id=row.document_id,
                    tender=TenderKind(row.tender) if row.tender else None,
                    reference=row.reference,
                    note=row.note,
                    store_code=row.store_code,
                    business_date=row.business_date.isoformat(),
                    posted_at=row.posted_at,
                ),
            )
            for key, row in rows
        ]
